"""Emotion as six words and as a point of valence and arousal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from v2m_bridge.errors import DirectionError

CONFIDENT: Final = 0.3
"""Below this confidence nothing is said of emotion: the word is neutral."""


class Emotion(StrEnum):
    """The six classes of the published model, in the order of its columns."""

    EXCITING = "exciting"
    FEARFUL = "fearful"
    TENSE = "tense"
    SAD = "sad"
    RELAXING = "relaxing"
    NEUTRAL = "neutral"


EMOTIONS: Final = tuple(Emotion)


@dataclass(frozen=True, slots=True)
class Affect:
    """A point of the circumplex: valence (unpleasant..pleasant) and arousal (calm..excited), each -1..1."""

    valence: float
    arousal: float

    def __post_init__(self) -> None:
        if not (-1 <= self.valence <= 1 and -1 <= self.arousal <= 1):
            raise ValueError(f"valence {self.valence} and arousal {self.arousal} lie from -1 to 1")

    def nearest_emotion(self) -> Emotion:
        """Return the word whose place on the circumplex is nearest."""
        return min(
            EMOTIONS,
            key=lambda word: (
                (AFFECT_OF_EMOTION[word].valence - self.valence) ** 2
                + (AFFECT_OF_EMOTION[word].arousal - self.arousal) ** 2
            ),
        )


# Where each word lies on the circumplex of affect (Russell 1980), rounded; neutral is the middle.
AFFECT_OF_EMOTION: Final = {
    Emotion.EXCITING: Affect(0.7, 0.7),
    Emotion.FEARFUL: Affect(-0.7, 0.6),
    Emotion.TENSE: Affect(-0.4, 0.7),
    Emotion.SAD: Affect(-0.7, -0.5),
    Emotion.RELAXING: Affect(0.6, -0.7),
    Emotion.NEUTRAL: Affect(0.0, 0.0),
}

EmotionOverride = Emotion | Affect
"""What a user can say of a cue or a scene: one of the six words, or a point."""


def affect_of(override: EmotionOverride) -> Affect:
    """Return the point that an override means."""
    return override if isinstance(override, Affect) else AFFECT_OF_EMOTION[override]


def parse_emotion(text: str) -> EmotionOverride:
    """Read one of the six words, or a valence/arousal point such as ``0.4,-0.2``.

    Raises
    ------
    DirectionError
        When the text is neither.
    """
    word = text.strip().lower()
    if word in set(Emotion):
        return Emotion(word)
    try:
        valence, arousal = (float(part) for part in word.split(","))
        return Affect(valence, arousal)
    except ValueError as exc:
        raise DirectionError(
            f"{text[:40]!r} is not an emotion",
            hint=f"Use one of {', '.join(EMOTIONS)}, or valence,arousal from -1 to 1 such as 0.4,-0.2.",
        ) from exc


def emotion_text(override: EmotionOverride) -> str:
    """Write an override the way `parse_emotion` reads it."""
    return f"{override.valence:g},{override.arousal:g}" if isinstance(override, Affect) else str(override)


def felt_text(emotion: str, confidence: float) -> str:
    """Write what a picture feels; where that is not sure enough for a word, the user is asked for one."""
    return emotion if confidence >= CONFIDENT else f"{emotion}, please say"
