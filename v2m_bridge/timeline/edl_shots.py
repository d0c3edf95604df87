"""The shots of one track of an edit decision list, with every transition cut in its middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from v2m_bridge.timeline.edl_media import Range, Sources
from v2m_bridge.timeline.edl_notes import Event, Speed, is_black
from v2m_bridge.timeline.edl_times import Span
from v2m_bridge.timeline.segments import BLACK, Segment, lay_over


@dataclass(frozen=True, slots=True)
class Item:
    """An event on a track, where it lies in the edit, and how much later it begins there than its source does."""

    event: Event
    span: Span
    delay: int = 0


@dataclass(slots=True)
class Shot:
    """What is seen or heard of an event, in frames of the edit."""

    item: Item
    start: int
    end: int


@dataclass(slots=True)
class Track:
    """Shots of one track, while its events are taken in."""

    first: int
    """Frame where the edit begins."""
    last: int
    """Frame after its end."""
    shots: dict[int, Shot] = field(default_factory=dict)
    """By place of the event in the list."""
    ending: dict[int, Shot] = field(default_factory=dict)
    """By last frame."""


def shots_of(items: Sequence[Item]) -> list[Shot]:
    """Return the shots of a track in the order of the list.

    A dissolve or wipe is two lines: the outgoing source, mostly without length, and the incoming one, whose first frame
    begins the transition.  A fade at the head or tail of the edit changes nothing.

    Parameters
    ----------
    items : sequence of Item
        In the order of the list; what follows an event that goes on into a transition is that transition.
    """
    if not items:
        return []
    shown = [item.span for item in items if item.span.end > item.span.start]
    track = Track(min((span.start for span in shown), default=0), max((span.end for span in shown), default=0))
    for index in sorted(range(len(items)), key=lambda index: (items[index].span.start, index)):
        item = items[index]
        if item.event.line.transition in ("D", "W"):
            _dissolve(track, index, item, _outgoing(track, items, index))
        else:
            _cut(track, index, item)
    shots = {id(shot): shot for _, shot in sorted(track.shots.items())}
    return [shot for shot in shots.values() if shot.end > shot.start]


def _cut(track: Track, index: int, item: Item) -> None:
    span = item.span
    before = track.ending.get(span.start)
    if before is not None and _is_one_shot(before.item, item):
        before.end = max(before.end, span.end)
        track.shots[index] = before
        track.ending[span.end] = before
        return
    shot = Shot(item, min(span.end, span.start + item.delay), span.end)
    track.shots[index] = shot
    if span.end > span.start and item.event.line.transition != "K":
        track.ending[span.end] = shot


def _is_one_shot(before: Item, item: Item) -> bool:
    """Whether an event only continues the one before it: it names its outgoing side, or a transition took all of it.

    Some writers give the outgoing side the reel of the incoming one; its timecode is right.
    """
    if item.span.end <= item.span.start:
        is_next = before.event.line.source_out == item.event.line.source_in and before.event.speed is None
        return item.event.goes_on and (is_next or _goes_on(before.event, item.event))
    line = before.event.line
    is_transition = line.transition in ("D", "W") and before.span.end - before.span.start <= line.transition_frames
    return is_transition and _goes_on(before.event, item.event)


def _goes_on(before: Event, after: Event) -> bool:
    """Whether the source of an event goes on in another."""
    if before.line.reel.casefold() != after.line.reel.casefold() or before.speed != after.speed:
        return False
    if before.name and after.name and before.name != after.name:
        return False
    if before.speed is not None:
        return True
    nominal = Fraction(30)
    end, start = (label.at(nominal, drop=False) for label in (before.line.source_out, after.line.source_in))
    return abs(end - start) <= 1


def _outgoing(track: Track, items: Sequence[Item], index: int) -> Shot | None:
    if index and items[index - 1].event.goes_on:
        return track.shots.get(index - 1)
    return track.ending.get(items[index].span.start)


def _dissolve(track: Track, index: int, item: Item, outgoing: Shot | None) -> None:
    span, frames = item.span, item.event.line.transition_frames
    middle = min(span.start + (frames + 1) // 2, span.end)
    is_out = is_black(item.event.line.reel) and span.end == track.last and span.end - span.start <= frames
    if is_out and outgoing is not None:
        outgoing.end = span.end
        return
    at_head = span.start <= track.first and (outgoing is None or is_black(outgoing.item.event.line.reel))
    if at_head or outgoing is None:
        middle = span.start
    else:
        outgoing.end = middle
    shot = Shot(item, middle, span.end)
    track.shots[index] = shot
    if span.end > span.start:
        track.ending[span.end] = shot


def segments_of(shots: Sequence[Shot], sources: Sources, zero: int, rate: Fraction) -> list[Segment]:
    """Return shots as stretches of media, in seconds from frame `zero` on."""
    return [_segment(shot, sources, zero, rate) for shot in shots]


def _segment(shot: Shot, sources: Sources, zero: int, rate: Fraction) -> Segment:
    event, span = shot.item.event, shot.item.span
    start_s, end_s = (shot.start - zero) / rate, (shot.end - zero) / rate
    if is_black(event.line.reel):
        return Segment(start_s, end_s, BLACK, None)
    n_record = span.end - span.start
    media = sources.media_of(event)
    source = sources.range_of(event, media, rate, n_record / rate)
    speed = speed_of(event, source, n_record, rate)
    source_s = source.start / source.rate
    if speed < 0:
        source_s -= speed * (n_record - 1) / rate
    whole = Segment(
        (span.start - zero) / rate,
        end_s,
        name=event.name[:200] or media.name,
        media=media,
        source_s=source_s,
        speed=speed,
        opaque=event.line.transition != "K",
    )
    return whole.part(start_s, end_s)


def speed_of(event: Event, source: Range, n_record: int, rate: Fraction) -> Fraction:
    """Return how much faster than the edit its source runs; below 0 backwards, 0 for a freeze frame.

    ``M2`` says it, in frames; where it is rounded to the digits that it has, a whole percentage within them is meant.
    Most writers count the frames that a second of timecode has, some the frames of a real second.
    Without it, a source whose length differs from the record by more than a frame was retimed to fit.
    """
    if event.speed is not None:
        speed = _whole_percent(event.speed, rate)
        return -speed if source.backwards and speed > 0 else speed
    if event.held or (source.n_frames == 1 < n_record):
        return Fraction(0)
    return _ratio(source, n_record, rate) * (-1 if source.backwards else 1)


def _ratio(source: Range, n_record: int, rate: Fraction) -> Fraction:
    if not (n_record and source.n_frames):  # a source without length is one whose times are not known
        return Fraction(1)
    if round(source.rate) == round(rate):
        return Fraction(1) if abs(source.n_frames - n_record) <= 1 else source.n_frames / n_record
    source_s, record_s = source.n_frames / source.rate, n_record / rate
    return Fraction(1) if abs(source_s - record_s) <= max(1 / rate, 1 / source.rate) else source_s / record_s


def _whole_percent(speed: Speed, rate: Fraction) -> Fraction:
    nominal = Fraction(max(1, round(rate)))
    for full in (nominal, rate):
        percent = Fraction(round(speed.frames_per_s / full * 100), 100)
        if percent and abs(percent * full - speed.frames_per_s) <= speed.within:
            return percent
    return speed.frames_per_s / nominal


def recorded(segments: Sequence[Segment]) -> list[Segment]:
    """Return what is on a tape after segments were recorded on it in their order: each erases what it covers."""
    in_order = sorted(segments, key=lambda segment: segment.start_s)
    if all(before.end_s <= after.start_s for before, after in pairwise(in_order)):
        return in_order
    half = len(segments) // 2
    return lay_over(recorded(segments[:half]), recorded(segments[half:]))
