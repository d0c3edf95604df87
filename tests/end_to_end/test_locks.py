"""A cue is locked, a shot is put in before it, and the locked music goes with its pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import opentimelineio as otio
import pytest

from tests.end_to_end.stage import SHOTS, Stage
from tests.timeline.edits import clip
from v2m_bridge.core.score import CueMusic, ScoredHit, read_score

pytestmark = pytest.mark.long

FRESH = ("night", 30, 60)
"""Medium, first source frame and length of the shot that is put in."""
LIST = "number,title,in,out\n1m01,Day,01:00:00:00,{}\n1m02,Night,{},{}\n"


def write_edit(stage: Stage, name: str, shots: list[tuple[str, int, int]]) -> Path:
    edit = otio.schema.Timeline("Cut", global_start_time=otio.opentime.RationalTime(90_000, 25))
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    edit.tracks.append(track)
    for medium, start, frames in shots:
        track.append(clip(medium, start, frames, url=f"{medium}.mp4"))
    path = stage.folder / name
    path.write_text(otio.adapters.write_to_string(edit, "otio_json"), encoding="utf-8")
    return path


def relative_hits(cue: CueMusic) -> list[ScoredHit]:
    return [replace(hit, frame=hit.frame - cue.in_frame) for hit in cue.hits]


def test_a_locked_cue_goes_with_its_pictures_and_stays_note_for_note(stage: Stage, tmp_path: Path) -> None:
    before, after = tmp_path / "before.csv", tmp_path / "after.csv"
    before.write_text(LIST.format("01:00:11:00", "01:00:11:00", "01:00:30:00"))
    after.write_text(LIST.format("01:00:13:10", "01:00:13:10", "01:00:32:10"))
    longer = write_edit(stage, "longer.otio", [*SHOTS[:1], FRESH, *SHOTS[1:]])
    first = read_score(stage.scored(tmp_path / "first", "--cues", before, "--seed", 3) / "score.json")
    direction = tmp_path / "direction.toml"
    direction.write_text('[cue.1m02]\nlock = "all"\nemotion = "exciting"\n')
    done = stage.v2m(
        "score", longer, "-o", tmp_path / "second", "--cues", after, "--seed", 3, "--direction", direction,
        "--keep", tmp_path / "first" / "score.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    second = read_score(tmp_path / "second" / "score.json")
    (day, night), (new_day, new_night) = first.cues, second.cues
    assert (new_night.in_frame - night.in_frame, new_night.out_frame - night.out_frame) == (60, 60)
    assert (new_night.parts, new_night.tempo, new_night.key) == (night.parts, night.tempo, night.key)
    assert relative_hits(new_night) == relative_hits(night)
    assert [slot.chord for slot in new_night.slots] == [slot.chord for slot in night.slots]
    # The unlocked cue keeps its bars before the shot that was put in at 6 s.
    line = max(t for t in day.tempo.bar_lines(day.end_tick) if day.tempo.ns_at(t) <= 6 * 10**9)
    assert line > 0
    for part, again in zip(day.parts, new_day.parts, strict=True):
        assert [n for n in again.notes if n.onset_tick < line] == [n for n in part.notes if n.onset_tick < line]
    assert new_day.out_frame == new_night.in_frame


def test_a_locked_cue_without_a_list_begins_where_its_first_picture_has_gone(stage: Stage, tmp_path: Path) -> None:
    first = stage.scored(tmp_path / "first", "--seed", 3)
    longer = write_edit(stage, "later.otio", [FRESH, *SHOTS])
    direction = tmp_path / "direction.toml"
    direction.write_text('lock = ["tempo", "texture"]\n')
    asked = ("--seed", 3, "--direction", direction, "--keep", first / "score.json")
    done = stage.v2m("score", longer, "-o", tmp_path / "second", *asked)
    assert done.returncode == 0, done.stderr
    (old,), (new,) = (read_score(folder / "score.json").cues for folder in (first, tmp_path / "second"))
    assert (new.in_frame, new.out_frame) == (60, 810)
    assert (new.parts, new.tempo) == (old.parts, old.tempo)
    assert relative_hits(new) == relative_hits(old)
    said = json.loads((tmp_path / "second" / "score.json").read_text())["remarks"]
    assert [sentence[:44] for sentence in said] == ["nothing sounds from 01:00:00:00 to 01:00:02:"]


def test_a_layer_that_does_not_exist_is_one_sentence(stage: Stage, tmp_path: Path) -> None:
    direction = tmp_path / "direction.toml"
    direction.write_text('[cue.1m01]\nlock = "drums"\n')
    done = stage.v2m("score", stage.edit, "-o", tmp_path / "out", "--direction", direction)
    assert done.returncode == 2
    assert "drums" in done.stderr
    assert "harmony" in done.stderr
