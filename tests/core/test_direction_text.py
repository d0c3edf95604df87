"""direction.toml."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.core.affect import Affect, Emotion
from v2m_bridge.core.cue import HitKind, Need
from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.direction_text import parse_direction, parse_meter, parse_tempo
from v2m_bridge.core.harmony import parse_key, parse_progression
from v2m_bridge.core.timebase import FrameTime, Meter
from v2m_bridge.core.timeline import Media, Scene, Timeline, name_scenes
from v2m_bridge.errors import DirectionError

RATE = Fraction(25)


def scene(number: int) -> Scene:
    return Scene(
        "", f"shot {number}", FrameTime(100 * number, RATE), FrameTime(100 * number + 100, RATE), Media("a.mov")
    )


EDIT = Timeline("cut", RATE, name_scenes(tuple(scene(n) for n in range(3))), FrameTime(90_000, RATE))


def test_everything_that_the_file_can_say_is_read() -> None:
    said = parse_direction(
        """
        key = "A minor"
        primer = "Am F C G"
        emotion = "tense"
        style = "felt-piano"
        tempo = "70-140"
        meter = "3/4"
        affect = 1.5
        seed = 7
        [cue.1m02]
        emotion = "0.4,-0.2"
        tempo = 96
        [scene.3]
        emotion = "relaxing"
        intensity = 0.8
        mute = true
        hits = ["01:00:08:12 must accent", "01:00:12:00 may stop"]
        """,
        EDIT,
    )
    assert said.defaults == CueDirection(
        key=parse_key("A minor"),
        primer=parse_progression("Am F C G"),
        emotion=Emotion.TENSE,
        style="felt-piano",
        tempo_bpm=(70, 140),
        meter=Meter(3, 4),
        affect_strength=1.5,
        seed=7,
    )
    assert said.cues == {"1m02": CueDirection(emotion=Affect(0.4, -0.2), tempo_bpm=(96, 96))}
    bent = said.scenes[EDIT.scenes[2].id]
    assert (bent.emotion, bent.intensity, bent.mute) == (Emotion.RELAXING, 0.8, True)
    assert [(hit.at.frame, hit.need, hit.kind) for hit in bent.hits] == [
        (212, Need.MUST, HitKind.ACCENT),
        (300, Need.MAY, HitKind.STOP),
    ]


@pytest.mark.parametrize("at", ["01:00:04:12", "01:00:07:24", "01:00:12:00"])
def test_a_hit_outside_its_scene_is_refused_with_the_place_of_the_scene(at: str) -> None:
    with pytest.raises(DirectionError, match=f"scene 3 has a hit at {at}") as caught:
        parse_direction(f'[scene.3]\nhits = ["{at} must accent"]', EDIT)
    assert "from 01:00:08:00 to 01:00:12:00" in caught.value.hint


@pytest.mark.parametrize("seed", ["9" * 30, "-1", "9" * 5000])
def test_a_seed_that_is_too_large_is_refused_in_a_short_sentence(seed: str) -> None:
    with pytest.raises(DirectionError) as caught:
        parse_direction(f"seed = {seed}", EDIT)
    assert len(caught.value.sentence()) < 250


def test_an_empty_file_wishes_nothing() -> None:
    assert parse_direction("", EDIT) == Direction()


def test_a_scene_is_named_by_its_number_or_by_its_id() -> None:
    by_number = parse_direction("[scene.2]\nmute = true", EDIT)
    assert parse_direction(f"[scene.{EDIT.scenes[1].id}]\nmute = true", EDIT) == by_number


@pytest.mark.parametrize(
    "text",
    [
        "key = ",
        "key = 3",
        'key = "H"',
        'mood = "sad"',
        "seed = true",
        "seed = -1",
        "affect = 3",
        "affect = nan",
        'tempo = "10-400"',
        'meter = "4"',
        "cue = 3",
        "[cue]\n1m02 = 3",
        '[cue.1m02]\nmood = "sad"',
        "[scene.4]\nmute = true",
        "[scene.0]\nmute = true",
        "[scene.x]\nmute = true",
        "[scene.1]\nmute = 1",
        "[scene.1]\nintensity = 2",
        '[scene.1]\nloud = "yes"',
        '[scene.1]\nhits = ["soon"]',
        '[scene.1]\nhits = [""]',
        "[scene.1]\nhits = [3]",
        '[scene.1]\nhits = ["01:00:04:12 loud"]',
        "x = " + "[" * 100_000,
    ],
)
def test_what_cannot_be_followed_is_refused_with_a_next_step(text: str) -> None:
    with pytest.raises(DirectionError) as caught:
        parse_direction(text, EDIT)
    assert caught.value.hint


@given(st.text(max_size=10))
def test_no_text_gives_anything_but_a_tempo_a_meter_or_a_direction_error(text: str) -> None:
    for parse in (parse_tempo, parse_meter):
        try:
            parse(text)
        except DirectionError as exc:
            assert exc.hint
