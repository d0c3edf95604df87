"""Markers of an edit decision list: the locators of Avid and the flags of Resolve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Marker
from v2m_bridge.timeline.edl_labels import Label
from v2m_bridge.timeline.edl_notes import Locator, Noted
from v2m_bridge.timeline.edl_times import Span


@dataclass(frozen=True, slots=True)
class Clock:
    """How the edit counts, and where it lies."""

    rate: Fraction
    drop: bool
    zero: int
    n_frames: int


def markers_of(found: Noted, spans: Sequence[Span], clock: Clock) -> tuple[Marker, ...]:
    """Return the markers inside the edit in order, each once.

    A locator counts in the time of the edit (Avid) or of its source (OpenTimelineIO): the list is taken to mean that in
    which more of its locators lie in their events.
    """
    by_record = [_on_record(locator, found, spans, clock) for locator in found.locators]
    by_source = [_on_source(locator, found, spans, clock) for locator in found.locators]
    record_first = sum(at is not None for at in by_record) >= sum(at is not None for at in by_source)
    marks: dict[Marker, None] = {}
    for locator, record, source in zip(found.locators, by_record, by_source, strict=True):
        at = (record if record is not None else source) if record_first else (source if source is not None else record)
        frame = _record_frame(locator.at, clock) if at is None else at
        _add(marks, frame - clock.zero, Marker(_at(frame, clock), locator.name, colour=locator.colour), clock)
    for flag in found.flags:
        frame = spans[flag.event].start
        length = flag.n_frames if flag.n_frames > 1 else 0
        _add(marks, frame - clock.zero, Marker(_at(frame, clock), flag.name, flag.note, flag.colour, length), clock)
    return tuple(sorted(marks, key=lambda m: (m.at.frame, m.n_frames, m.name, m.comment, m.colour)))


def _add(marks: dict[Marker, None], frame: int, marker: Marker, clock: Clock) -> None:
    if 0 <= frame <= clock.n_frames:
        marks[marker] = None


def _at(frame: int, clock: Clock) -> FrameTime:
    return FrameTime(frame - clock.zero, clock.rate)


def _record_frame(label: Label, clock: Clock) -> int:
    frame = label.at(clock.rate, drop=clock.drop)
    day = Label(24 * 3600, 0).at(clock.rate, drop=clock.drop)
    return frame + day if frame < clock.zero and frame + day <= clock.zero + clock.n_frames else frame


def _on_record(locator: Locator, found: Noted, spans: Sequence[Span], clock: Clock) -> int | None:
    frame = _record_frame(locator.at, clock)
    return frame if any(span.start <= frame < span.end for span in _spans(locator, found, spans)) else None


def _on_source(locator: Locator, found: Noted, spans: Sequence[Span], clock: Clock) -> int | None:
    line, span = found.events[locator.event].line, spans[locator.event]
    start, end, at = (label.at(clock.rate, drop=clock.drop) for label in (line.source_in, line.source_out, locator.at))
    if not start <= at < end or span.end <= span.start:
        return None
    return span.start + round(Fraction((at - start) * (span.end - span.start), end - start))


def _spans(locator: Locator, found: Noted, spans: Sequence[Span]) -> list[Span]:
    """Return where the event of a locator lies, with the outgoing side of its transition."""
    first = locator.event
    while first and found.events[first - 1].goes_on:
        first -= 1
    return list(spans[first : locator.event + 1])
