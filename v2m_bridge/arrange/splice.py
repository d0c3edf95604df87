"""Joining two arrangements of one cue: kept music with newly arranged passages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from v2m_bridge.core.score import ControlChange, Note, Part

Window = tuple[int, int]
"""Ticks [start, end) of a passage of whole bars."""


def notes_in(part: Part, start_tick: int, end_tick: int) -> tuple[Note, ...]:
    """Return the notes of a part whose onset lies in ``[start_tick, end_tick)``."""
    return tuple(note for note in part.notes if start_tick <= note.onset_tick < end_tick)


def controls_in(part: Part, start_tick: int, end_tick: int) -> tuple[ControlChange, ...]:
    """Return the controller values of a part in ``[start_tick, end_tick)``."""
    return tuple(control for control in part.controls if start_tick <= control.tick < end_tick)


def splice(kept: tuple[Part, ...], new: tuple[Part, ...], windows: Sequence[Window]) -> tuple[Part, ...]:
    """Return the kept music with the passages in `windows` taken from the new music.

    Parameters
    ----------
    kept, new : tuple of Part
        Two arrangements of the same cue; parts are matched by name, in the order of `new`, then those of `kept` alone.
    windows : sequence of (start tick, end tick)
        Passages of whole bars.  What starts before a window stays as it was.  A window whose end cuts a note (only
        the ring of the last chord crosses a bar line) is widened to the end of that note, in either arrangement.

    Returns
    -------
    tuple of Part
        Notes in order of onset and pitch, controllers in order of time.
    """
    widened = _merged(_widened(window, (*kept, *new)) for window in windows)
    kept_by_name = {part.name: part for part in kept}
    new_names = {part.name for part in new}
    joined = [_joined(kept_by_name.get(part.name), part, widened) for part in new]
    return tuple(joined) + tuple(
        _joined(part, replace(part, notes=(), controls=()), widened) for part in kept if part.name not in new_names
    )


def _widened(window: Window, parts: Iterable[Part]) -> Window:
    start, end = window
    every = [note for part in parts for note in part.notes]
    while crossing := [n.onset_tick + n.length_ticks for n in every
                       if start <= n.onset_tick < end < n.onset_tick + n.length_ticks]:  # fmt: skip
        end = max(crossing)
    return start, end


def _merged(windows: Iterable[Window]) -> list[Window]:
    merged: list[Window] = []
    for start, end in sorted(windows):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _joined(kept: Part | None, new: Part, windows: Sequence[Window]) -> Part:
    def is_new(tick: int) -> bool:
        return any(start <= tick < end for start, end in windows)

    old_notes = kept.notes if kept else ()
    old_controls = kept.controls if kept else ()
    notes = [*(n for n in old_notes if not is_new(n.onset_tick)), *(n for n in new.notes if is_new(n.onset_tick))]
    values = [*(c for c in old_controls if not is_new(c.tick)), *(c for c in new.controls if is_new(c.tick))]
    return replace(
        new,
        notes=tuple(sorted(notes, key=lambda note: (note.onset_tick, note.pitch))),
        controls=tuple(sorted(values)),
    )
