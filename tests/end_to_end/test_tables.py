"""What `v2m score` prints is readable on a narrow terminal and says what the music does."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.console import Console

from tests.scores import make_cue, make_score
from v2m_bridge.cli_tables import show_score
from v2m_bridge.core.score import Note, Score, ScoredHit
from v2m_bridge.core.tempo_list import CueTempi, NextWay, RankedTempo
from v2m_bridge.core.timebase import TempoChange, TempoMap

HITS = (
    ScoredHit(50, "accent", "must", "marker '! Bang'", 960, -2.25, False),
    ScoredHit(100, "change", "must", "cut", 960, 0.0, True),
    ScoredHit(150, "change", "may", "cut: nobody asked", 960, 3.0, False),
)


def _shown(score: Score, width: int, *, tempi: Sequence[CueTempi] = (), verbose: bool = False) -> str:
    out = io.StringIO()
    show_score(score, Console(file=out, width=width), tempi=tempi, verbose=verbose)
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


def test_musts_are_shown_with_bar_distance_and_why_they_are_missed_and_mays_only_when_asked() -> None:
    score = make_score(cues=[make_cue(hits=HITS)])
    missed = _line(score, "! Bang")
    assert missed.split()[:7] == ["1m01", "01:00:02:00", "must", "accent", "1.2", "-2.2", "no"]
    assert (
        "the nearest beat is 2.2 frames early: 4.00 beats of 120.00 bpm lie between it and the start of the cue"
        in " ".join(_shown(score, 180).split())
    )
    assert _line(score, "must change").split()[4:7] == ["1.2", "+0.0", "yes"]
    assert "nobody asked" not in _shown(score, 140)
    assert "nobody asked" in _shown(score, 140, verbose=True)
    assert "Musts" not in _shown(make_score(cues=[make_cue(hits=HITS[2:])]), 140).replace("Musts, mays", "")


def test_a_cue_whose_picture_says_too_little_asks_for_a_word() -> None:
    for confidence, words in ((0.29, "neutral, please say (29%)"), (0.3, "neutral (30%)")):
        cue = replace(make_cue(), emotion="neutral", confidence=confidence)
        assert words in " ".join(_shown(make_score(cues=[cue]), 180).split())


def test_a_cue_that_breaks_the_limits_says_by_how_much() -> None:
    tempo = TempoMap((TempoChange(0, 500_000), TempoChange(3840, 450_000)))
    cue = replace(make_cue(tempo=tempo), fit="exact", tempo_range_bpm=(70.0, 110.0))
    shown = " ".join(_shown(make_score(cues=[cue]), 100).split())
    for words in ("steps of up to 11.1 % between", "bars up to 11.1 % off", "120.00 bpm, not 70 to 110"):
        assert words in shown, words
    assert "breaks" not in _shown(make_score(cues=[make_cue()]), 100)


def test_many_scenes_are_cut_short_unless_all_are_asked_for() -> None:
    score = make_score(n_frames=1000, n_scenes=40)
    assert "24 scenes more; --verbose shows all" in _shown(score, 100)
    assert "shot 40" not in _shown(score, 100)
    assert "shot 40" in _shown(score, 100, verbose=True)


TEMPI = CueTempi(
    number="1m01", fit="constant", bpm=96.0, tempo_bpm=(70.0, 140.0), n_musts=5, n_mays=9, n_musts_met=3, n_mays_met=1,
    ranked=tuple(RankedTempo(bpm, 3, 1, 2, -2.9, 13.8) for bpm in (96.0, 96.2, 111.0, 120.0, 80.0, 75.0)),
    next_way=NextWay("musical", 5, 1, 0.03, 116.0, 124.8),
)  # fmt: skip


@pytest.mark.parametrize("width", [80, 120])
def test_a_cue_that_misses_a_must_shows_three_other_tempi_and_what_the_next_way_offers(width: int) -> None:
    shown = _shown(make_score(), width, tempi=[TEMPI])
    assert [bpm in shown for bpm in ("111.000", "120.000", "80.000", "75.000", "96.200")] == [True] * 3 + [False] * 2
    assert "--fit musical meets 5 of 5 musts" in shown
    assert "1 irregular bar " in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= width


def test_a_way_that_meets_no_more_musts_is_not_offered() -> None:
    assert replace(TEMPI, next_way=replace(TEMPI.next_way, n_musts_met=3)).offer == ""  # type: ignore[type-var]
    assert replace(TEMPI, next_way=None).offer == ""


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
