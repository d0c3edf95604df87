"""Standard MIDI Files that a user gives: opened with limits, and refused in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import mido

from v2m_bridge.errors import DirectionError

MOST_BYTES: Final = 2_000_000
_DAMAGED: Final = (EOFError, ValueError, LookupError, TypeError, ArithmeticError, AttributeError)
"""What mido raises at bytes that are no MIDI file."""


def open_midi(path: Path, purpose: str, hint: str) -> mido.MidiFile:
    """Open a MIDI file of type 0 or 1 whose ticks count beats.

    Parameters
    ----------
    path : Path
    purpose : str
        What it is read for, as in ``a theme``.
    hint : str
        What to do where it cannot be used.

    Raises
    ------
    DirectionError
        When it cannot be read, is too large or no such file.
    """
    name = path.name
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DirectionError(f"{name} is too large for {purpose}", hint=hint)
        file = mido.MidiFile(path, clip=True)
    except OSError as exc:
        raise DirectionError(f"cannot read {purpose} from {name}: {exc or 'it ends too early'}", hint=hint) from exc
    except _DAMAGED as exc:
        raise DirectionError(f"{name} is not a MIDI file that can be read", hint=hint) from exc
    if file.type == 2 or file.ticks_per_beat <= 0:
        counted = "has songs side by side" if file.type == 2 else "counts frames, not beats"
        raise DirectionError(f"{name} {counted}", hint=hint)
    return file
