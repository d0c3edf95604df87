from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from tests.training.songs import loop_songs
from v2m_bridge.core.harmony import PAD
from v2m_bridge.errors import ModelError
from v2m_bridge.model.conditions import MUSIC_COLUMNS, standing, valence_index
from v2m_bridge.model.weights import load_chords, load_weights
from v2m_bridge.training import config as config_module
from v2m_bridge.training.chord_run import ChordRun, learning_rate
from v2m_bridge.training.conditions import measure_standings, song_columns
from v2m_bridge.training.config import ChordTraining, DynamicsTraining, TrainConfig, read_config
from v2m_bridge.training.corpora import CORPORA, read_corpora
from v2m_bridge.training.evaluate_songs import evaluate_on, windows
from v2m_bridge.training.examples import START, Augmentation, collate, crop, draw_batch, examples_of
from v2m_bridge.training.train import CHECKPOINT, train_on
from v2m_bridge.training.train_chords import amt_config

TINY = TrainConfig(
    seed=3,
    chords=ChordTraining(
        d_model=32, n_heads=2, d_feedforward=32, n_encoder_layers=1, n_decoder_layers=1, n_positions=32,
        n_steps=60, batch_songs=4, crop_slots=24, warm_up_steps=5, validate_every=20, peak_rate=5e-3, average_decay=0.8,
    ),
    dynamics=DynamicsTraining(hidden=8, n_steps=100, batch_songs=4, crop_slots=24, peak_rate=1e-2),
)  # fmt: skip


class _BrokenOffError(Exception):
    """Stands for a run that is killed."""


def _breaking_off_at(step: int) -> Callable[[str, int, int], None]:
    def progress(label: str, done: int, total: int) -> None:
        assert 0 <= done <= total
        if label.startswith("chords") and done == step:
            raise _BrokenOffError

    return progress


@pytest.mark.long
def test_a_run_that_was_broken_off_ends_in_the_same_bytes(tmp_path: Path) -> None:
    songs = loop_songs()
    whole = train_on(songs, TINY, tmp_path / "whole")
    with pytest.raises(_BrokenOffError):
        train_on(songs, TINY, tmp_path / "broken", _breaking_off_at(33))
    assert (tmp_path / "broken" / CHECKPOINT).is_file()
    resumed = train_on(songs, TINY, tmp_path / "broken")
    assert load_chords(whole)[0].state_dict().keys() == load_chords(resumed)[0].state_dict().keys()
    assert whole.read_bytes() == resumed.read_bytes()


@pytest.mark.long
def test_another_seed_gives_other_weights(tmp_path: Path) -> None:
    songs, short = loop_songs(), msgspec.structs.replace(TINY.chords, n_steps=3)
    paths = [
        train_on(songs, msgspec.structs.replace(TINY, seed=seed, chords=short), tmp_path / str(seed)) for seed in (1, 2)
    ]
    assert paths[0].read_bytes() != paths[1].read_bytes()


def test_a_model_learns_loops_and_beats_repeating_the_last_chord(tmp_path: Path) -> None:
    songs = loop_songs()
    path = train_on(songs, TINY, tmp_path)
    weights = load_weights(path)
    figures = evaluate_on(weights.chords, weights.chords_header, songs)
    assert figures["hits_at_1"] > figures["repeat_last_hits_at_1"] + 0.2
    assert figures["hits_at_1"] <= figures["hits_at_3"] <= figures["hits_at_5"]
    assert figures["loops_hits_at_1"] == figures["hits_at_1"]
    assert figures["trigram_hits_at_1"] > 0.8
    assert figures["cross_entropy"] < np.log(159)
    assert weights.dynamics_header.provenance["explained_variance"] > 0.5  # type: ignore[operator]


def test_a_checkpoint_of_other_sizes_is_refused_with_a_hint(tmp_path: Path) -> None:
    songs = loop_songs()
    short = msgspec.structs.replace(TINY, chords=msgspec.structs.replace(TINY.chords, n_steps=2))
    train_on(songs, short, tmp_path)
    other = msgspec.structs.replace(short, chords=msgspec.structs.replace(short.chords, d_model=16))
    with pytest.raises(ModelError, match="cannot go on") as caught:
        train_on(songs, other, tmp_path)
    assert "Delete" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"torn", b"PK\x03\x04 torn"])
def test_a_damaged_checkpoint_is_refused_with_a_hint(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CHECKPOINT).write_bytes(content)
    with pytest.raises(ModelError, match="cannot go on") as caught:
        train_on(loop_songs(), TINY, tmp_path)
    assert "Delete" in caught.value.hint


def test_a_checkpoint_holds_six_things_and_a_run_takes_them_up(tmp_path: Path) -> None:
    songs = loop_songs()
    examples = examples_of(songs, measure_standings(songs))
    run = ChordRun(TINY.chords, amt_config(TINY.chords), 1)
    batch = draw_batch(examples, 4, Augmentation(24, 0.3, 0.1, 0.1), 1, 0)
    run.train_on(batch)
    run.keep_best(run.validate([batch]).total)
    run.save(tmp_path / CHECKPOINT)
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert state.keys() == {"model", "average", "optimiser", "best", "best_loss", "step"}
    other = ChordRun(TINY.chords, amt_config(TINY.chords), 2)
    other.resume(tmp_path / CHECKPOINT)
    assert (other.step, other.best_loss) == (1, run.best_loss)
    other.seed = run.seed
    assert run.train_on(batch) == other.train_on(batch)
    for one, two in zip(run.model.parameters(), other.model.parameters(), strict=True):
        assert torch.equal(one, two)


def test_batches_of_any_size_are_learnt_from_and_padding_changes_no_loss() -> None:
    songs = loop_songs(n_slots=20)
    examples = examples_of(songs, measure_standings(songs))
    run = ChordRun(TINY.chords, amt_config(TINY.chords), 1)
    for size in (1, 2, 7):
        batch = collate(examples[:size])
        padded = run.validate([collate(examples[:size], 30)])
        assert run.validate([batch]).chords == pytest.approx(padded.chords, abs=1e-5)
        assert np.isfinite(run.train_on(batch).total)


def test_an_emotion_loss_needs_pictures(tmp_path: Path) -> None:
    with_emotion = msgspec.structs.replace(TINY, chords=msgspec.structs.replace(TINY.chords, chord_share=0.4))
    with pytest.raises(ModelError, match="music videos"):
        train_on(loop_songs(), with_emotion, tmp_path)


def test_training_without_validation_songs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="validate"):
        train_on([replace(song, validation=False) for song in loop_songs()], TINY, tmp_path)


def test_a_crop_begins_with_the_chord_before_it_and_padding_is_never_a_target() -> None:
    songs = loop_songs()
    examples = examples_of(songs, measure_standings(songs))
    assert examples[0].inputs[0] == START
    part = crop(examples[0], 5, 8)
    assert part.inputs[0] == examples[0].targets[4]
    batch = collate([part, crop(examples[1], 0, 3)])
    assert batch.targets[1, 3:].tolist() == [PAD] * 5
    assert batch.row_mask.sum(1).tolist() == [8, 3]


def test_a_step_draws_the_same_batch_whenever_it_is_drawn() -> None:
    songs = loop_songs()
    examples, how = examples_of(songs, measure_standings(songs)), Augmentation(24, 0.4, 0.2, 0.3)
    first, again, other = (draw_batch(examples, 6, how, 1, step) for step in (5, 5, 6))
    assert torch.equal(first.inputs, again.inputs)
    assert torch.equal(first.rows, again.rows)
    assert not torch.equal(first.rows, other.rows)
    shifted = first.targets[:, :-1] == first.inputs[:, 1:]
    assert bool((shifted | (first.targets[:, :-1] == PAD)).all())


def test_dropped_affect_is_marked_as_unknown() -> None:
    songs = loop_songs()
    examples = examples_of(songs, measure_standings(songs))
    rows = draw_batch(examples, 40, Augmentation(24, 0.5, 0.5, 0.0), 1, 0).rows
    for value, known in (("valence", "valence_known"), ("change_rate", "change_rate_known")):
        hidden = rows[..., MUSIC_COLUMNS.index(known)] == 0
        assert 0.2 < hidden.float().mean() < 0.95
        assert (rows[..., MUSIC_COLUMNS.index(value)][hidden] == 0).all()


def test_a_songs_standing_rises_with_its_valence_index() -> None:
    songs = loop_songs()
    standings = measure_standings(songs)
    columns = song_columns(songs[0], standings)
    index = valence_index(songs[0].symbol_ids)
    order = np.argsort(index, kind="stable")
    assert (np.diff(columns["valence"][order]) >= -1e-6).all()
    assert np.abs(columns["valence"]).max() <= 1


def test_standing_is_the_middle_of_equal_quantiles() -> None:
    values = np.array([-1, 0, 0.5, 1, 2], np.float32)
    assert standing(values, [0.0, 1.0, 1.0, 1.0, 3.0]).tolist() == [-1, -1, -0.75, 0, 0.75]


def test_windows_count_every_slot_once() -> None:
    for n_slots in (1, 31, 32, 33, 200):
        counted = [slot for _, first, end in windows(n_slots, 32) for slot in range(first, end)]
        assert counted == list(range(n_slots))
        assert all(end - first <= 32 for first, _, end in windows(n_slots, 32))


def test_the_rate_rises_to_its_peak_and_falls() -> None:
    rates = [learning_rate(step, TINY.chords) for step in range(60)]
    assert max(rates) == pytest.approx(TINY.chords.peak_rate)
    assert int(np.argmax(rates)) in (4, 5)
    assert rates[-1] < 0.1 * max(rates)
    published = ChordTraining(schedule="noam", warm_up_steps=4000, peak_rate=512**-0.5 * 4000**-0.5)
    for step in (0, 100, 4000, 70_000):
        at = step + 1
        assert learning_rate(step, published) == pytest.approx(512**-0.5 * min(at**-0.5, at * 4000**-1.5))


def test_the_packaged_configuration_reads_and_a_wrong_one_names_its_fault(tmp_path: Path) -> None:
    assert read_config().chords.n_steps > 100
    path = tmp_path / "own.toml"
    path.write_text("[chords]\nd_modle = 3\n")
    with pytest.raises(ModelError, match="d_modle"):
        read_config(path)
    path.write_text("seed = ")
    with pytest.raises(ModelError):
        read_config(path)
    with pytest.raises(ModelError):
        read_config(tmp_path / "absent.toml")
    path.write_text("[chords]\nchord_share = 0.0\n")
    with pytest.raises(ModelError, match="chord_share"):
        read_config(path)


def test_every_packaged_configuration_reads_and_the_published_baselines_see_no_pictures() -> None:
    folder = Path(config_module.__file__).parent / "configs"
    read = {path.relative_to(folder).as_posix(): read_config(path) for path in sorted(folder.rglob("*.toml"))}
    published = {name: config.chords for name, config in read.items() if name.startswith("published/")}
    assert {name for name, chords in published.items() if chords.chord_share == 0.4} == {"published/amt.toml"}
    assert {(chords.sees_rows, chords.relative) for chords in published.values()} == {
        (True, True), (False, True), (False, False)
    }  # fmt: skip


@pytest.mark.shared
@pytest.mark.long
def test_the_starter_weights_beat_repeating_the_last_chord_in_every_corpus(shared: Path, tmp_path: Path) -> None:
    weights = load_weights()
    songs = read_corpora(shared / "data", tmp_path)
    figures = evaluate_on(weights.chords, weights.chords_header, songs)
    for corpus in ("", *(f"{name}_" for name in CORPORA)):
        assert figures[f"{corpus}hits_at_1"] > figures[f"{corpus}repeat_last_hits_at_1"] + 0.05
        assert figures[f"{corpus}hits_at_1"] > figures[f"{corpus}trigram_hits_at_1"]
