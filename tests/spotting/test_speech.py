from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.spotting.edits import make_timeline
from tests.spotting.spots import with_sound
from v2m_bridge.core.speech import SpeechMask
from v2m_bridge.spotting.speech import source_music_of, speech_of, temp_music_of

EDIT = make_timeline([(500, "a.mov"), (500, "b.mov")])
"""40 s."""


def test_speech_is_where_enabled_dialogue_clips_are() -> None:
    timeline = with_sound(with_sound(EDIT, "dialogue", [(2, 5), (4, 6), (9, 12)]), "effects", [(0, 40)])
    assert speech_of(timeline) == SpeechMask(((Fraction(2), Fraction(6)), (Fraction(9), Fraction(12))))
    off = replace(timeline, audio=tuple(replace(clip, enabled=False) for clip in timeline.audio[:3]))
    assert speech_of(off) is None


def test_it_is_not_known_who_speaks_without_sound_or_roles_and_known_that_nobody_does_where_all_sound_has_one() -> None:
    assert speech_of(EDIT) is None
    assert speech_of(with_sound(EDIT, "", [(0, 40)])) is None
    assert speech_of(with_sound(EDIT, "effects", [(0, 40)])) == SpeechMask()


def test_dialogue_clips_that_fill_the_edit_do_not_say_when_people_speak() -> None:
    assert speech_of(with_sound(EDIT, "dialogue", [(0, 20), (20, 39)])) is None


def test_clips_beyond_the_edit_are_cut_to_it() -> None:
    assert speech_of(with_sound(EDIT, "dialogue", [(30, 55)])) == SpeechMask(((Fraction(30), Fraction(40)),))


@pytest.mark.parametrize(("track", "is_temp"), [("TEMP MX", True), ("A4 temp", True), ("MX contemporary", False)])
def test_music_on_a_track_called_temp_is_to_be_replaced_and_other_music_stays(track: str, is_temp: bool) -> None:
    timeline = with_sound(EDIT, "music", [(3, 8)], track=track)
    spans = ((Fraction(3), Fraction(8)),)
    assert (temp_music_of(timeline), source_music_of(timeline)) == ((spans, ()) if is_temp else ((), spans))


def test_spans_of_speech_that_touch_or_have_no_length_are_refused() -> None:
    for spans in (((Fraction(1), Fraction(1)),), ((Fraction(0), Fraction(2)), (Fraction(2), Fraction(3)))):
        with pytest.raises(ValueError, match="span"):
            SpeechMask(spans)
