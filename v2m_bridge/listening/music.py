"""What a piece of music tells: how fast it is, where its first bar begins, and its key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.harmony import Key
from v2m_bridge.listening.bars import bars_of
from v2m_bridge.listening.chroma import chroma_of, key_of
from v2m_bridge.listening.onsets import onsets_of
from v2m_bridge.listening.tempo import beats_of

LONGEST_S: Final = 300
"""What is listened to of a clip, from its beginning."""
SURE_ENOUGH: Final = 0.2
"""Confidence below which there is no tempo to speak of."""
_SILENT: Final = 1e-4


@dataclass(frozen=True, slots=True)
class HeardMusic:
    """What was heard in one stretch of music; times in seconds from its beginning."""

    bpm: float | None = None
    """Quarters per minute, to a hundredth; None where no beat recurs evenly."""
    first_downbeat_s: float | None = None
    beats_per_bar: int = 0
    """0 where it is not known."""
    key: Key | None = None
    confidence: float = 0.0


def hear_music(sound: F32) -> HeardMusic:
    """Listen to music.

    Parameters
    ----------
    sound : (N,) float32
        At `onsets.RATE_HZ`.
    """
    if not len(sound) or float(abs(sound).max()) < _SILENT:
        return HeardMusic()
    onsets, chroma = onsets_of(sound), chroma_of(sound)
    key, beats = key_of(chroma), beats_of(onsets)
    if beats is None or beats.confidence < SURE_ENOUGH:
        return HeardMusic(key=key, confidence=round(beats.confidence, 3) if beats else 0.0)
    bars = bars_of(beats, onsets, chroma)
    return HeardMusic(
        bpm=round(beats.bpm, 2),
        first_downbeat_s=round(bars.first_downbeat_s, 3),
        beats_per_bar=bars.n_beats,
        key=key,
        confidence=round(beats.confidence, 3),
    )
