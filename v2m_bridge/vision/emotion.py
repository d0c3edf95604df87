"""Emotion of pictures: what every backend answers, and the way between six shares and valence and arousal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from v2m_bridge.core.affect import AFFECT_OF_EMOTION, EMOTIONS
from v2m_bridge.core.arrays import F32, freeze
from v2m_bridge.vision.frames import U8

_POINTS: Final = np.array([[AFFECT_OF_EMOTION[word].valence, AFFECT_OF_EMOTION[word].arousal] for word in EMOTIONS])
_REACH: Final = 0.4
_DECIMALS: Final = 3
_PARTS: Final = 1000


@dataclass(frozen=True, slots=True, eq=False)
class EmotionRows:
    """What a backend reads in B pictures, quantised so that no rounding error of the arithmetic shows."""

    semantic: F32 | None
    """(B, 768), 3 decimals; None where the backend has no 768 columns."""
    emotion: F32
    """(B, 6) in thousandths; each row sums to 1."""
    valence: F32
    """(B,) -1..1, 3 decimals."""
    arousal: F32
    """(B,) -1..1, 3 decimals."""
    confidence: F32
    """(B,) 0..1, 3 decimals."""

    def __post_init__(self) -> None:
        freeze(
            rows=len(self.emotion),
            semantic=self.semantic,
            emotion=self.emotion,
            valence=self.valence,
            arousal=self.arousal,
            confidence=self.confidence,
        )


class EmotionBackend(Protocol):
    """Reads emotion in pictures; a row depends on its own picture only."""

    @property
    def name(self) -> str:
        """``compact`` or ``clip:NAME``."""

    @property
    def batch(self) -> int:
        """How many pictures are best given at once; any number may be."""

    @property
    def fingerprint(self) -> str:
        """What the readings depend on besides the pictures: weights and version."""

    def encode(self, pictures: Sequence[U8]) -> EmotionRows:
        """Read B pictures, each (H, W, 3) uint8 of BGR."""


def quantised(
    semantic: np.ndarray | None, emotion: np.ndarray, valence: np.ndarray, arousal: np.ndarray, confidence: np.ndarray
) -> EmotionRows:
    """Round raw readings (B, ...) to what is stored."""
    return EmotionRows(
        semantic=None if semantic is None else _rounded(semantic),
        emotion=_thousandths(np.asarray(emotion, np.float64)),
        valence=_rounded(np.clip(valence, -1, 1)),
        arousal=_rounded(np.clip(arousal, -1, 1)),
        confidence=_rounded(np.clip(confidence, 0, 1)),
    )


def shares_at(valence: np.ndarray, arousal: np.ndarray) -> np.ndarray:
    """Return how near each of the six words lies: (B,), (B,) -> (B, 6), rows sum to 1.

    ``softmax(-d**2 / (2 * 0.4**2))`` over the distances d to the places of the words on the circumplex.
    """
    points = np.stack([valence, arousal], axis=-1)  # (B, 2)
    squared = ((points[:, None] - _POINTS) ** 2).sum(axis=-1)  # (B, 6)
    near = np.exp(-(squared - squared.min(axis=1, keepdims=True)) / (2 * _REACH**2))
    shares: np.ndarray = near / near.sum(axis=1, keepdims=True)
    return shares


def affect_of_shares(shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean place of the six words, weighted by their shares: (B, 6) -> (B,) valence, (B,) arousal."""
    points = shares @ _POINTS  # (B, 2)
    return points[:, 0], points[:, 1]


def _rounded(values: np.ndarray) -> F32:
    return np.round(np.asarray(values, np.float64), _DECIMALS).astype(np.float32) + np.float32(0)  # no -0


def _thousandths(shares: np.ndarray) -> F32:
    """Round rows (B, 6) to thousandths that sum to 1: the largest remainders are rounded up."""
    scaled = np.round(shares * _PARTS, 3)  # what is smaller is rounding error and must not decide
    whole = np.floor(scaled)
    missing = (_PARTS - whole.sum(axis=1)).astype(int)
    order = np.argsort(-(scaled - whole), axis=1, kind="stable")
    for row, n in enumerate(missing):
        whole[row, order[row, :n]] += 1
    return (whole / _PARTS).astype(np.float32)
