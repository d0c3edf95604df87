from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.tiny import tiny_weights
from tests.plans import make_plan
from v2m_bridge.core.harmony import MODEL_KEYS, NO_CHORD, Mode, chord_of_id
from v2m_bridge.core.plan import ModeTurn
from v2m_bridge.core.timebase import Meter
from v2m_bridge.model.compose import compose_chords, predict_dynamics
from v2m_bridge.model.conditions import VALENCE_OF_SYMBOL, video_columns
from v2m_bridge.model.sampling import FREE, Decoding
from v2m_bridge.model.weights import Weights, load_weights
from v2m_bridge.training.free_running import in_key


@pytest.fixture(scope="module")
def starter() -> Weights:
    return load_weights()


def test_the_same_plan_gives_the_same_chords_and_another_seed_gives_others(starter: Weights) -> None:
    first = compose_chords(starter, make_plan(16, seed=1))
    assert first.tolist() == compose_chords(starter, make_plan(16, seed=1)).tolist()
    assert first.tolist() != compose_chords(starter, make_plan(16, seed=2)).tolist()
    assert first.tolist() != compose_chords(starter, make_plan(16, seed=1, number="1m02")).tolist()


@pytest.mark.long
def test_the_number_of_threads_and_of_takes_does_not_matter(starter: Weights) -> None:
    plan, before = make_plan(24, seed=4, valence=-0.3, arousal=0.5), torch.get_num_threads()
    drawn = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            drawn.append(compose_chords(starter, plan).tolist())
    finally:
        torch.set_num_threads(before)
    assert drawn[0] == drawn[1] == drawn[2]
    forced = np.concatenate([np.array(drawn[0][:20]), np.full(28, FREE)])
    one = compose_chords(starter, plan, forced=forced, decoding=Decoding(n_takes=1, guidance=1.5))
    many = compose_chords(starter, plan, forced=forced, decoding=Decoding(n_takes=9, guidance=1.5))
    assert one.tolist() == many.tolist()


def test_keeping_what_was_drawn_draws_the_rest_again_the_same(starter: Weights) -> None:
    plan = make_plan(12, seed=5)
    drawn = compose_chords(starter, plan)
    forced = drawn.copy()
    forced[14:] = FREE
    assert compose_chords(starter, plan, forced=forced).tolist() == drawn.tolist()


@settings(max_examples=10)
@given(st.lists(st.one_of(st.just(FREE), st.integers(0, 156)), min_size=16, max_size=16), st.integers(0, 9))
def test_forced_slots_stay_and_free_ones_hold_chords(forced: list[int], seed: int) -> None:
    drawn = compose_chords(tiny_weights(), make_plan(8, seed=seed), forced=np.array(forced))
    for wanted, got in zip(forced, drawn.tolist(), strict=True):
        assert got == wanted if wanted != FREE else got != NO_CHORD


def test_changed_affect_of_a_scene_changes_only_what_is_free(starter: Weights) -> None:
    calm = make_plan(12, valence=0.5)
    drawn = compose_chords(starter, calm)
    bent = make_plan(12, valence=[0.5] * 8 + [-0.9] * 8 + [0.5] * 8)
    forced = drawn.copy()
    forced[8:16] = FREE
    again = compose_chords(starter, bent, forced=forced)
    outside = np.r_[0:8, 16:24]
    assert again[outside].tolist() == drawn[outside].tolist()
    assert VALENCE_OF_SYMBOL[again[8:16]].mean() < VALENCE_OF_SYMBOL[drawn[8:16]].mean()


@pytest.mark.parametrize(("tonic", "mode"), [(0, "major"), (3, "major"), (4, "minor")])
def test_the_primer_sounds_as_it_was_written_in_any_key(starter: Weights, tonic: int, mode: str) -> None:
    plan = make_plan(4, tonic=tonic, mode=mode, primer="Cm7b5 Ab Eb/G N F#m")  # type: ignore[arg-type]
    drawn = compose_chords(starter, plan)
    sounding = [chord_of_id(s).transposed(plan.key.semitones_from_model).text() for s in drawn[:5].tolist()]
    assert sounding == ["Cm7b5", "G#", "D#", "N", "F#m"]


def test_a_primer_longer_than_the_cue_is_cut_and_forced_music_goes_before_it(starter: Weights) -> None:
    plan = make_plan(2, primer="C F G C F G C")
    assert [chord_of_id(s).text() for s in compose_chords(starter, plan).tolist()] == ["C", "F", "G", "C"]
    kept = compose_chords(starter, plan, forced=np.array([FREE, 5, FREE, FREE]))
    assert kept[1] == 5


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_valence_moves_the_valence_index_of_the_chords(starter: Weights, mode: str) -> None:
    def index(valence: float) -> float:
        plans = [make_plan(16, valence=valence, seed=seed, mode=mode) for seed in range(3)]  # type: ignore[arg-type]
        return float(np.mean([VALENCE_OF_SYMBOL[compose_chords(starter, plan)].mean() for plan in plans]))

    low, middle, high = index(-0.8), index(0.0), index(0.8)
    assert low + 0.2 < middle
    assert middle + 0.1 < high


def test_strength_nought_makes_affect_irrelevant_to_chords_and_dynamics(starter: Weights) -> None:
    sad, glad = (make_plan(8, valence=v, arousal=v, affect_strength=0.0) for v in (-0.9, 0.9))
    chords = compose_chords(starter, sad)
    assert chords.tolist() == compose_chords(starter, glad).tolist()
    first, second = predict_dynamics(starter, sad, chords), predict_dynamics(starter, glad, chords)
    assert first.loudness_rms.tolist() == second.loudness_rms.tolist()


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_most_chords_lie_in_the_key_and_the_cue_ends_on_its_tonic(starter: Weights, mode: str) -> None:
    plans = [make_plan(16, seed=seed, mode=mode) for seed in range(6)]  # type: ignore[arg-type]
    drawn = [compose_chords(starter, plan) for plan in plans]
    inside = in_key(plans[0].key.mode)
    assert np.mean([inside[symbols].mean() for symbols in drawn]) > 0.8
    tonic = 0 if mode == "major" else 9
    assert sum(chord_of_id(int(symbols[-1])).root == tonic for symbols in drawn) >= 4


def test_a_cue_that_turns_begins_in_one_mode_and_comes_to_rest_in_the_other(starter: Weights) -> None:
    thirds = []
    for seed in range(4):
        plain = make_plan(24, seed=seed, mode="minor", valence=[-0.6] * 24 + [0.6] * 24)
        plan = replace(plain, turn=ModeTurn(24, MODEL_KEYS["major"], "brighter"))
        drawn = compose_chords(starter, plan)
        assert drawn.tolist() == compose_chords(starter, plan).tolist()
        forced = np.where(np.arange(48) < 24, drawn, FREE)
        assert compose_chords(starter, plan, forced=forced).tolist() == drawn.tolist()
        last = chord_of_id(int(drawn[-1]))
        thirds.append((last.root, last.quality))
        assert np.mean(in_key("minor")[drawn[:24]]) > 0.7
        assert np.mean(in_key("major")[drawn[24:]]) > 0.7
    assert thirds.count((0, "maj")) >= 3


def test_a_cue_of_one_slot_and_one_of_many_meters_are_composed(starter: Weights) -> None:
    assert len(compose_chords(starter, make_plan(1, meter=Meter(3, 4)))) == 1
    assert len(compose_chords(starter, make_plan(3, meter=Meter(5, 4)))) == 6


def test_a_cue_beyond_the_window_is_composed_to_its_end(starter: Weights) -> None:
    drawn = compose_chords(starter, make_plan(160))
    assert len(drawn) == 320
    assert len(np.unique(drawn[200:])) > 2
    for period in range(1, 33):
        assert not (drawn[period + 100 :] == drawn[100:-period]).all()


def test_forced_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="forced"):
        compose_chords(tiny_weights(), make_plan(2), forced=np.array([1]))


def test_weights_that_read_video_are_driven_by_the_features() -> None:
    tiny = tiny_weights(start_symbol=None, n_inputs=776, encoder_band=None, memory_band=None)
    reader = _reading(tiny, video_columns())
    semantic = np.random.default_rng(0).normal(scale=9, size=(16, 768)).astype(np.float32)
    drawn = [compose_chords(reader, make_plan(8, semantic=s)).tolist() for s in (None, semantic, semantic)]
    assert drawn[1] == drawn[2]
    assert drawn[0] != drawn[1]
    assert drawn[0][0] == 1  # a published model cannot open by itself: the tonic does


def _reading(weights: Weights, inputs: tuple[str, ...]) -> Weights:
    return replace(weights, chords_header=msgspec.structs.replace(weights.chords_header, inputs=inputs))


@settings(max_examples=20)
@given(st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 15))
def test_more_arousal_never_gives_less_and_acts_on_its_own_slots(low: float, high: float, slot: int) -> None:
    weights, chords = tiny_weights(), np.arange(1, 17)
    low, high = min(low, high), max(low, high)
    curve = [low] * 16
    before = predict_dynamics(weights, make_plan(8, arousal=curve), chords)
    curve[slot] = high
    after = predict_dynamics(weights, make_plan(8, arousal=curve), chords)
    for first, second in (
        (before.density_notes_per_s, after.density_notes_per_s),
        (before.loudness_rms, after.loudness_rms),
    ):
        assert second[slot] >= first[slot]
        assert np.delete(second, slot).tolist() == np.delete(first, slot).tolist()


def test_dynamics_span_what_recorded_music_spans(starter: Weights) -> None:
    chords = compose_chords(starter, make_plan(16))
    calm, plain, wild = (predict_dynamics(starter, make_plan(16, arousal=a), chords) for a in (-0.9, 0.0, 0.9))
    assert calm.density_notes_per_s.mean() + 3 < plain.density_notes_per_s.mean() < wild.density_notes_per_s.mean() - 3
    assert calm.loudness_rms.mean() * 1.5 < plain.loudness_rms.mean()
    assert plain.loudness_rms.mean() * 1.3 < wild.loudness_rms.mean()
    assert np.std(plain.density_notes_per_s) > 1
    assert (plain.density_notes_per_s * 16 % 1 == 0).all()
    assert (plain.loudness_rms * 1024 % 1 == 0).all()


def test_more_intensity_never_gives_less(starter: Weights) -> None:
    chords = compose_chords(starter, make_plan(8))
    soft, strong = (predict_dynamics(starter, make_plan(8, intensity=i), chords) for i in (0.1, 0.9))
    assert (soft.density_notes_per_s <= strong.density_notes_per_s).all()
    assert (soft.loudness_rms < strong.loudness_rms).all()


def test_a_new_process_composes_the_same(starter: Weights) -> None:
    program = (
        "from tests.plans import make_plan; from v2m_bridge.model.compose import compose_chords;"
        "from v2m_bridge.model.weights import load_weights;"
        "import sys; sys.stdout.write(str(compose_chords(load_weights(), make_plan(8, seed=3)).tolist()))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout == str(compose_chords(starter, make_plan(8, seed=3)).tolist())


@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("close_at", [None, pytest.param(28, marks=pytest.mark.long)])
def test_a_cue_comes_to_rest_on_its_tonic_whatever_came_before(
    starter: Weights, mode: Mode, close_at: int | None
) -> None:
    for seed in range(12):
        for valence, arousal in ((0.6, -0.7), (-0.7, -0.5), (-0.4, 0.7)):
            plan = make_plan(16, mode=mode, seed=seed, valence=valence, arousal=arousal)
            ids = compose_chords(starter, plan, close_at=close_at)
            assert chord_of_id(int(ids[-1 if close_at is None else close_at])).root == MODEL_KEYS[mode].tonic
