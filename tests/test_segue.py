"""Cues overlap only where one goes over into the next, and then with a tone that both hold."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.recut_scores import SEEN, edit_of, weights
from v2m_bridge.arrange.segue import over_joins, without_tail
from v2m_bridge.arrange.styles import style_names
from v2m_bridge.core.cue import Cue
from v2m_bridge.core.direction import ENDINGS, CueDirection, Direction
from v2m_bridge.core.harmony import Key, parse_chord, parse_progression
from v2m_bridge.core.programme import NOTE_OFF, programme_of
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.pipeline import compose_seen

RATE = Fraction(25)
EDIT = edit_of([("a.mov", 0, 400), ("b.mov", 0, 400), ("c.mov", 0, 400)], RATE)
C_MAJOR = Key(0, "major")


def scored(style: str, ending: str, *, gap: int = 0, primer: str = "C", kept: Score | None = None) -> Score:
    cues = tuple(
        Cue(number, FrameTime(start, RATE), FrameTime(end, RATE))
        for number, start, end in (("1m01", 0, 600), ("1m02", 600 + gap, 1200))
    )
    wishes = {
        "1m01": CueDirection(style=style, ending=ending, key=C_MAJOR),
        "1m02": CueDirection(style=style, key=C_MAJOR, primer=parse_progression(primer)),
    }
    return compose_seen(EDIT, Direction(spotted=cues, cues=wishes), kept, seen=SEEN, weights=weights())


def tails(cue: CueMusic) -> list[tuple[int, int]]:
    """Pitches that last past the end of a cue, with how long."""
    ends = [(note.pitch, note.onset_tick + note.length_ticks - cue.end_tick) for p in cue.parts for note in p.notes]
    return [(pitch, end) for pitch, end in ends if end > 0]


def at_the_join(first: CueMusic, second: CueMusic) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Channels and pitches that sound to the end of a cue, and those that the next one begins with."""
    ends = {
        (p.channel, n.pitch) for p in first.parts for n in p.notes if n.onset_tick + n.length_ticks >= first.end_tick
    }
    return ends, {(p.channel, n.pitch) for p in second.parts for n in p.notes if n.onset_tick == 0}


@pytest.mark.parametrize("style", style_names())
def test_a_segue_holds_a_tone_of_the_next_chord_for_a_beat(style: str) -> None:
    first, second = scored(style, "segue").cues
    shared = parse_chord(second.slots[0].chord).pitch_classes
    ends, begun = at_the_join(first, second)
    held = tails(first)
    assert len(held) == (not all(each in begun for each in ends if each[1] % 12 in shared))
    assert all(pitch % 12 in shared and 0 < tail <= first.tempo.meter_at(0).ticks_per_beat for pitch, tail in held)
    assert held or ends & begun  # a tone in common is held, or struck anew on its own channel


@pytest.mark.parametrize("ending", [ending for ending in ENDINGS if ending != "segue"])
def test_no_other_ending_lasts_past_the_out(ending: str) -> None:
    assert all(not tails(cue) for cue in scored("felt-piano", ending).cues)


def test_nothing_sounds_on_into_a_silence_or_into_a_chord_without_a_tone_in_common() -> None:
    assert not tails(scored("felt-piano", "segue", gap=25).cues[0])
    score = scored("felt-piano", "segue", primer="Ab")
    last = parse_chord(score.cues[0].slots[-1].chord)
    assert not {*last.pitch_classes} & {*parse_chord("Ab").pitch_classes}
    assert not tails(score.cues[0])


def test_composing_again_changes_nothing_and_the_tail_goes_with_the_wish() -> None:
    first = scored("felt-piano", "segue")
    again = scored("felt-piano", "segue", kept=first)
    assert again.cues == first.cues
    unwished = over_joins(first.cues, {})
    assert not tails(unwished[0])
    assert without_tail(unwished[0]) is unwished[0]
    assert over_joins(unwished, {"1m01": "segue"}) == first.cues


def test_the_player_holds_the_tail_and_ends_it_in_the_next_cue() -> None:
    score = scored("felt-piano", "segue")
    programme = programme_of(score, score.cues[0], generation=1)
    after_ns = score.cue_start_ns(score.cues[1])
    late = [row for row in programme.events.tolist() if row[0] > after_ns]
    assert [row[2] & 0xF0 for row in late] == [NOTE_OFF]
    plain = replace(score, cues=tuple(map(without_tail, score.cues)))
    assert all(row[0] <= after_ns for row in programme_of(plain, plain.cues[0], generation=1).events.tolist())
