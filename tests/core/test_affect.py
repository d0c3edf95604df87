"""Emotion as words and as points."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.strategies import overrides, points
from v2m_bridge.core.affect import (
    AFFECT_OF_EMOTION,
    EMOTIONS,
    Affect,
    Emotion,
    EmotionOverride,
    affect_of,
    emotion_text,
    parse_emotion,
)
from v2m_bridge.errors import DirectionError


def test_the_six_words_stand_in_the_published_order() -> None:
    assert [str(word) for word in EMOTIONS] == ["exciting", "fearful", "tense", "sad", "relaxing", "neutral"]


@given(overrides)
def test_every_override_is_read_back_from_how_it_is_written(override: EmotionOverride) -> None:
    assert parse_emotion(emotion_text(override)) == override
    assert parse_emotion(f"  {emotion_text(override).upper()} ") == override


@given(points)
def test_the_nearest_word_is_no_farther_than_any_other(point: Affect) -> None:
    def distance(word: Emotion) -> float:
        there = AFFECT_OF_EMOTION[word]
        return math.hypot(there.valence - point.valence, there.arousal - point.arousal)

    nearest = point.nearest_emotion()
    assert all(distance(nearest) <= distance(word) + 1e-12 for word in EMOTIONS)


@pytest.mark.parametrize("word", EMOTIONS)
def test_every_word_is_nearest_to_its_own_place(word: Emotion) -> None:
    assert affect_of(word).nearest_emotion() is word


@pytest.mark.parametrize(
    "text", ["", "angry", "0.4", "0.4,", "1.1,0", "0,-1.1", "nan,0", "0,inf", "0,0,0", "tense,sad", "0;0"]
)
def test_what_is_no_emotion_is_refused_with_the_words_that_are(text: str) -> None:
    with pytest.raises(DirectionError, match="not an emotion") as caught:
        parse_emotion(text)
    assert all(word in caught.value.hint for word in EMOTIONS)


@given(st.floats(), st.floats())
def test_a_point_lies_in_the_square_or_is_refused(valence: float, arousal: float) -> None:
    inside = -1 <= valence <= 1 and -1 <= arousal <= 1
    try:
        Affect(valence, arousal)
    except ValueError:
        assert not inside
    else:
        assert inside
