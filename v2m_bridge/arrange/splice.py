"""Joining two arrangements of one cue: kept music with newly arranged passages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from v2m_bridge.core.score import ControlChange, Note, Part

Window = tuple[int, int]
"""Ticks [start, end) of a passage of whole bars."""
MELODY: Final = "melody"
TEXTURE: Final = "texture"


def notes_in(part: Part, start_tick: int, end_tick: int) -> tuple[Note, ...]:
    """Return the notes of a part whose onset lies in ``[start_tick, end_tick)``."""
    return tuple(note for note in part.notes if start_tick <= note.onset_tick < end_tick)


def controls_in(part: Part, start_tick: int, end_tick: int) -> tuple[ControlChange, ...]:
    """Return the controller values of a part in ``[start_tick, end_tick)``."""
    return tuple(control for control in part.controls if start_tick <= control.tick < end_tick)


def until(parts: Sequence[Part], end_tick: int) -> tuple[Part, ...]:
    """Return parts that end at a tick: what sounds there ends, what would begin there or later is left out."""
    return tuple(
        replace(
            part,
            notes=tuple(
                note._replace(length_ticks=min(note.length_ticks, end_tick - note.onset_tick))
                for note in part.notes
                if note.onset_tick < end_tick
            ),
            controls=tuple(control for control in part.controls if control.tick < end_tick),
        )
        for part in parts
    )


def rebarred(parts: Sequence[Part], old: Sequence[Window], new: Sequence[Window]) -> tuple[Part, ...]:
    """Move parts from the bars of one grid to those of another, bar by bar.

    Parameters
    ----------
    parts : sequence of Part
    old, new : sequence of (start tick, end tick)
        The bars of the two grids in order.  What a shorter bar has no room for is left out, and so is what lies in bars
        that the new grid does not have.  A note that rings on rings as long as before, at most to the last bar's end.
    """
    if list(old) == list(new[: len(old)]):
        return until(parts, new[-1][1])
    starts = [start for start, _ in old]

    def moved(tick: int) -> int:
        """Return the tick in the new grid, -1 where it has no room for it."""
        bar = bisect_right(starts, tick) - 1
        at = new[bar][0] + tick - starts[bar] if bar < len(new) else -1
        return at if at >= 0 and at < new[bar][1] else -1

    found = []
    for part in parts:
        notes = (note._replace(onset_tick=moved(note.onset_tick)) for note in part.notes)
        controls = (control._replace(tick=moved(control.tick)) for control in part.controls)
        inside = tuple(note for note in notes if note.onset_tick >= 0), tuple(c for c in controls if c.tick >= 0)
        found.append(replace(part, notes=inside[0], controls=inside[1]))
    return until(found, new[-1][1])


def layer_of(part_name: str) -> str:
    """Return the layer of a cue that a lock holds a part by: ``melody``, or ``texture`` for all the others."""
    return MELODY if part_name == MELODY else TEXTURE


def splice_layers(
    kept: Sequence[Part], new: Sequence[Part], windows: Sequence[Window], locks: Sequence[str], beyond: Sequence[Window]
) -> tuple[Part, ...]:
    """Do what `splice` does for the layers that are not locked; of the others take new music `beyond` the kept alone.

    Where a layer is locked its parts are those of `kept`, whatever the style of `new` plays.
    """
    held = [part for part in kept if layer_of(part.name) in locks]
    free = splice(
        tuple(part for part in kept if part not in held),
        tuple(part for part in new if layer_of(part.name) not in locks),
        windows,
    )
    names = {part.name for part in held}
    longer = splice(tuple(held), tuple(part for part in new if part.name in names), beyond)
    order = [part.name for part in (*new, *kept)]
    return tuple(sorted((*free, *longer), key=lambda part: order.index(part.name)))


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
