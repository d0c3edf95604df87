"""What `v2m score` prints is readable on a narrow terminal and says what the music does."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from tests.scores import make_cue, make_score
from v2m_bridge.cli_tables import show_score
from v2m_bridge.core.score import Note, Score, ScoredHit

HITS = (
    ScoredHit(50, "accent", "must", "marker '! Bang'", 960, -2.25, False),
    ScoredHit(100, "change", "must", "cut", 960, 0.0, True),
    ScoredHit(150, "change", "may", "cut: nobody asked", 960, 3.0, False),
)


def _shown(score: Score, width: int) -> str:
    out = io.StringIO()
    show_score(score, Console(file=out, width=width))
    return out.getvalue()


def _line(score: Score, words: str) -> str:
    return next(line.strip() for line in _shown(score, 140).splitlines() if words in line)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_nothing_is_cut_off_in_a_table(width: int) -> None:
    shown = _shown(make_score(cues=[make_cue(title="The long way home", key="F# minor", hits=HITS)]), width)
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= width
    for word in ("1m01", "01:00:00:00", "01:00:10:00", "neutral", "minor", "120.00", "felt-piano", "1/2", "0/1"):
        assert word in shown, word


def test_musts_that_are_missed_are_named_with_their_distance_and_mays_are_not() -> None:
    shown = _shown(make_score(cues=[make_cue(hits=HITS)]), 100)
    assert "01:00:02:00  2.2 frames early  marker '! Bang'" in shown
    assert "nobody asked" not in shown
    assert "missed" not in _shown(make_score(cues=[make_cue(hits=HITS[1:])]), 100)


def test_a_scene_without_a_slot_of_its_own_shows_the_chord_that_goes_on_under_it() -> None:
    score = make_score()  # every slot of its cue belongs to the first scene; a slot lasts a second
    assert _line(score, "shot 2").endswith("(F)")
    without = make_score(cues=[make_cue(out_frame=125)])
    assert _line(without, "shot 2").split()[-1] == "-"


def test_a_scene_in_which_nothing_sounds_is_called_silent_and_one_in_which_a_chord_rings_is_not() -> None:
    cue = make_cue()
    ringing = tuple(replace(part, notes=(Note(0, cue.end_tick, 60, 80),)) for part in cue.parts)
    late = [replace(slot, scene_id="s1") if slot.onset_tick else slot for slot in cue.slots]
    assert _line(make_score(cues=[replace(cue, slots=tuple(late), parts=ringing)]), "shot 2").split()[-1] != "silent"
    parts = tuple(replace(part, notes=()) for part in cue.parts)
    assert _line(make_score(cues=[replace(cue, parts=parts)]), "shot 1").split()[-1] == "silent"
    assert _line(make_score(), "shot 1").split()[-1] != "silent"
