from __future__ import annotations

import pytest

from tests.spotting.edits import make_timeline
from v2m_bridge.core.codec import decode, encode
from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.direction_text import parse_direction
from v2m_bridge.core.harmonic_rhythm import RhythmWish, parse_rhythm
from v2m_bridge.errors import DirectionError


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("pedal", RhythmWish(changes_per_slot=0.0)),
        ("Vamp", RhythmWish(bars_per_chord=1, n_chords=2)),
        ("vamp 2 bars", RhythmWish(bars_per_chord=2, n_chords=2)),
        (" 8 bars ", RhythmWish(bars_per_chord=8)),
        ("1 bar", RhythmWish(bars_per_chord=1)),
        ("0.25", RhythmWish(changes_per_slot=0.25)),
        ("1", RhythmWish(changes_per_slot=1.0)),
    ],
)
def test_a_rhythm_is_read_as_it_is_written(text: str, wish: RhythmWish) -> None:
    assert parse_rhythm(text) == wish


@pytest.mark.parametrize("text", ["", "slow", "0 bars", "99 bars", "-0.1", "1.5", "nan", "vamp 0.5", "bars"])
def test_what_is_no_rhythm_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(DirectionError, match="harmonic rhythm") as caught:
        parse_rhythm(text)
    assert "vamp" in caught.value.hint


def test_a_direction_file_says_it_for_every_cue_and_for_one() -> None:
    timeline = make_timeline([(250, "a.mov")])
    direction = parse_direction('rhythm = 0.25\n[cue.1m01]\nrhythm = "8 bars"\n', timeline)
    assert direction.for_cue("1m01").rhythm == RhythmWish(bars_per_chord=8)
    assert direction.for_cue("1m02").rhythm == RhythmWish(changes_per_slot=0.25)


def test_a_wish_for_a_rhythm_survives_the_journal() -> None:
    direction = Direction(defaults=CueDirection(rhythm=parse_rhythm("vamp")))
    assert decode(encode(direction), Direction) == direction
