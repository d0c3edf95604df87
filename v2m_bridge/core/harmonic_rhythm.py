"""What a user says of how often chords change: a pedal, a vamp, a chord for some bars, or a rate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from v2m_bridge.errors import DirectionError

VAMP_CHORDS: Final = 2
MOST_BARS: Final = 64
_BARS: Final = re.compile(r"(vamp)?\s*(?:(\d{1,2})\s*bars?)?")


@dataclass(frozen=True, slots=True)
class RhythmWish:
    """One of two: whole bars that each chord lasts, or the share of slots in which the chord changes."""

    bars_per_chord: int | None = None
    changes_per_slot: float | None = None
    """0..1; 0 is a pedal."""
    n_chords: int | None = None
    """Chords that take turns; None for any number."""

    def __post_init__(self) -> None:
        if (self.bars_per_chord is None) == (self.changes_per_slot is None):
            raise ValueError("say for how many bars a chord lasts, or how often chords change")
        if self.bars_per_chord is not None and not 1 <= self.bars_per_chord <= MOST_BARS:
            raise ValueError(f"a chord lasts from 1 to {MOST_BARS} bars")
        if self.changes_per_slot is not None and not 0 <= self.changes_per_slot <= 1:
            raise ValueError(f"{self.changes_per_slot} chord changes a slot do not lie from 0 to 1")


def rhythm_text(wish: RhythmWish) -> str:
    """Write a harmonic rhythm; `parse_rhythm` reads it again."""
    if wish.bars_per_chord is None:
        return f"{wish.changes_per_slot:g}" if wish.changes_per_slot else "pedal"
    bars = f"{wish.bars_per_chord} bar{'s' if wish.bars_per_chord > 1 else ''}"
    return f"vamp {bars}" if wish.n_chords else bars


def parse_rhythm(text: str) -> RhythmWish:
    """Read a harmonic rhythm: ``pedal``, ``vamp``, ``8 bars``, ``vamp 2 bars``, or changes per slot such as ``0.25``.

    Raises
    ------
    DirectionError
        When the text is none of these.
    """
    word = text.strip().lower()
    if word == "pedal":
        return RhythmWish(changes_per_slot=0.0)
    try:
        if (match := _BARS.fullmatch(word)) and any(match.groups()):
            return RhythmWish(bars_per_chord=int(match[2] or 1), n_chords=VAMP_CHORDS if match[1] else None)
        return RhythmWish(changes_per_slot=float(word))
    except ValueError as exc:
        raise DirectionError(
            f"{text[:40]!r} is not a harmonic rhythm",
            hint='Write "pedal", "vamp", "8 bars", "vamp 2 bars", or chord changes per slot such as "0.25".',
        ) from exc
