from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.stage import DELIVERED, Stage
from v2m_bridge.core.harmony import parse_chord, parse_key
from v2m_bridge.core.score import CueMusic, Note, Score, read_score

SAME_BYTES = ("score.json", "score.mid", "cues.csv", "markers.csv")


def _notes(cue: CueMusic) -> set[tuple[str, Note]]:
    return {(part.name, note) for part in cue.parts for note in part.notes}


def _cue(score: Score, number: str = "1m01") -> CueMusic:
    cue = score.cue_of(number)
    assert cue is not None
    return cue


def test_a_score_is_six_files_its_versions_and_music_for_every_slot(scored: Path) -> None:
    assert sorted(path.name for path in scored.iterdir()) == sorted((*DELIVERED, "versions"))
    score = read_score(scored / "score.json")
    cue = _cue(score)
    assert (len(score.scenes), score.n_frames, cue.out_frame) == (5, 750, 750)
    assert all(slot.chord for slot in cue.slots)
    assert parse_chord(cue.slots[-1].chord).root == parse_key(cue.key).tonic, "the cue does not come to rest"
    assert {part.name for part in cue.parts if part.notes} >= {"chords", "bass"}
    report = json.loads((scored / "report.json").read_text())
    assert report["warnings"] == []
    assert report["speech"] is None, "the edit has no sound, so nobody knows who speaks"
    assert set(report["took_s"]) == {"looking", "composing"}
    (told,) = report["cues"]
    assert [hit["frame"] for hit in told["hits"]] == [hit.frame for hit in cue.hits]
    assert told["musts_met"] + told["musts_missed"] == sum(hit.need == "must" for hit in cue.hits)
    assert bool(told["other_tempi"]) == bool(told["musts_missed"])
    assert all(bool(hit["why_missed"]) != hit["met"] for hit in told["hits"])


@pytest.mark.long
def test_the_plot_is_the_same_in_two_runs_and_png_comes_when_asked_for(
    stage: Stage, scored: Path, tmp_path: Path
) -> None:
    again = stage.scored(tmp_path / "again", "--seed", 3, "--png")
    assert (again / "report.svg").read_bytes() == (scored / "report.svg").read_bytes()
    assert (again / "report.png").read_bytes().startswith(b"\x89PNG")
    assert not (scored / "report.png").exists()


@pytest.mark.long
def test_a_part_that_nothing_has_is_named(stage: Stage, tmp_path: Path) -> None:
    parts = tmp_path / "parts.toml"
    parts.write_text("[bas]\nchannel = 2\n[melody]\nchannel = 3\n")
    report = json.loads((stage.scored(tmp_path / "out", "--parts", parts) / "report.json").read_text())
    (warning,) = report["warnings"]
    assert "[bas]" in warning
    assert "bass, chords" in warning


@pytest.mark.long
def test_tempi_of_a_cue_are_ranked_from_its_score(stage: Stage, scored: Path) -> None:
    done = stage.v2m("tempo", scored / "score.json", "--cue", "1m01", "--tempo", "80-120", "--top", 5)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines() if line.strip()[:1].isdigit() and "/" in line]
    tempi = [float(row[0]) for row in rows if row[0] != "1m01"]
    assert len(tempi) == 5
    assert all(80 <= bpm <= 120 for bpm in tempi)
    refused = stage.v2m("tempo", scored / "score.json", "--cue", "3m07")
    assert refused.returncode == 2
    assert "1m01" in refused.stderr


@pytest.mark.long
def test_two_runs_with_one_seed_give_the_same_bytes_on_any_number_of_threads(
    stage: Stage, scored: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text("threads = 1\n")
    env = {"V2M_SETTINGS": str(settings), "V2M_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
    again = stage.scored(tmp_path / "again", "--seed", 3, env=env)
    for name in SAME_BYTES:
        assert (again / name).read_bytes() == (scored / name).read_bytes(), name


@pytest.mark.long
def test_another_seed_gives_other_music(stage: Stage, scored: Path, tmp_path: Path) -> None:
    other = stage.scored(tmp_path / "other", "--seed", 4)
    assert _notes(_cue(read_score(other / "score.json"))) != _notes(_cue(read_score(scored / "score.json")))


@pytest.mark.long
def test_a_scene_override_bends_its_scene_and_leaves_every_note_beyond_a_seam_bar(stage: Stage, tmp_path: Path) -> None:
    scores = {}
    for step, (word, keep) in enumerate((("relaxing", None), ("tense", "relaxing"))):
        direction = tmp_path / f"{word}.toml"
        direction.write_text(f'seed = 3\n[scene.3]\nemotion = "{word}"\n')
        kept = ("--keep", tmp_path / keep / "score.json") if keep else ()
        scores[step] = read_score(stage.scored(tmp_path / word, "--direction", direction, *kept) / "score.json")
    before, after = _cue(scores[0]), _cue(scores[1])
    scene_id = scores[0].scenes[2].id
    inside = [index for index, slot in enumerate(before.slots) if slot.scene_id == scene_id]
    bars = {before.slots[index].bar for index in inside}
    seam = [slot for slot in before.slots if min(bars) - 1 <= slot.bar <= max(bars) + 1]
    start, end = seam[0].onset_tick, seam[-1].onset_tick + seam[-1].length_ticks
    assert (before.tempo, before.key, before.inputs) == (after.tempo, after.key, after.inputs)
    changed = _notes(before) ^ _notes(after)
    assert all(start <= note.onset_tick < end for _, note in changed)
    assert any(
        (before.slots[i].chord, before.slots[i].density_notes_per_s, before.slots[i].loudness_rms)
        != (after.slots[i].chord, after.slots[i].density_notes_per_s, after.slots[i].loudness_rms)
        for i in inside
    )
    assert changed


@pytest.mark.long
def test_a_cue_override_leaves_every_other_cue_untouched(stage: Stage, tmp_path: Path) -> None:
    cues = tmp_path / "list.csv"
    cues.write_text("number,title,in,out\n1m01,Day,01:00:00:00,01:00:14:00\n1m02,Night,01:00:16:00,01:00:30:00\n")
    first = stage.scored(tmp_path / "first", "--cues", cues, "--seed", 3)
    direction = tmp_path / "direction.toml"
    direction.write_text('[cue.1m02]\nemotion = "exciting"\n')
    keep = ("--keep", first / "score.json")
    second = stage.scored(tmp_path / "second", "--cues", cues, "--seed", 3, "--direction", direction, *keep)
    third = stage.scored(tmp_path / "third", "--cues", cues, "--seed", 3, "--direction", direction)
    before, after, anew = (read_score(folder / "score.json") for folder in (first, second, third))
    assert _cue(before) == _cue(after) == _cue(anew)
    assert _notes(_cue(before, "1m02")) != _notes(_cue(after, "1m02"))


@pytest.mark.long
def test_keeping_a_score_without_a_change_gives_the_same_score(stage: Stage, scored: Path, tmp_path: Path) -> None:
    again = stage.scored(tmp_path / "kept", "--seed", 3, "--keep", scored / "score.json")
    assert (again / "score.json").read_bytes() == (scored / "score.json").read_bytes()


@pytest.mark.long
def test_primer_and_key_are_what_the_cue_begins_with(stage: Stage, tmp_path: Path) -> None:
    out = stage.scored(tmp_path / "primed", "--key", "Eb", "--primer", "Eb Cm7 Ab Bb/D")
    cue = _cue(read_score(out / "score.json"))
    assert cue.key == "Eb major"
    assert [slot.chord for slot in cue.slots[:4]] == ["Eb", "Cm7", "Ab", "Bb/D"]


@pytest.mark.long
def test_a_cue_list_written_by_a_score_can_be_read_again(stage: Stage, scored: Path, tmp_path: Path) -> None:
    again = stage.scored(tmp_path / "again", "--cues", scored / "cues.csv", "--seed", 3)
    before, after = _cue(read_score(scored / "score.json")), _cue(read_score(again / "score.json"))
    assert (before.in_frame, before.out_frame, before.key, before.style) == (
        after.in_frame,
        after.out_frame,
        after.key,
        after.style,
    )
    assert before.tempo == after.tempo
