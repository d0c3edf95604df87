"""Shots of an MLT playlist that a transition cuts into parts: before it, inside it and after it they are one shot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from v2m_bridge.timeline.content import Content, Mark
from v2m_bridge.timeline.segments import Segment


def joined(parts: Sequence[Content], joints: Iterable[int]) -> Content:
    """Return what plays of the entries of a playlist, one after the other.

    Shotcut and melt write a dissolve as an entry of its own, which plays the end of one shot and the beginning of the
    next; what goes on from its neighbours into it is no shot of its own.

    Parameters
    ----------
    parts : sequence of Content
        What each entry plays, in the time of the playlist.
    joints : iterable of int
        Places of the entries that are transitions.
    """
    pictures: list[Segment] = []
    sounds: list[Segment] = []
    marks: list[Mark] = []
    at_joint = {place for joint in joints for place in (joint, joint + 1)}
    for place, part in enumerate(parts):
        if place in at_joint:
            _append(pictures, part.pictures)
            _append(sounds, part.sounds)
        else:
            pictures += part.pictures
            sounds += part.sounds
        marks += part.marks
    return Content(tuple(pictures), tuple(sounds), tuple(marks))


def _append(segments: list[Segment], more: Sequence[Segment]) -> None:
    """Add segments of a later entry; one that goes on from one that is there lengthens it."""
    ending = {segment.end_s: index for index, segment in enumerate(segments[-_NEAR:], max(0, len(segments) - _NEAR))}
    for segment in more:
        index = ending.get(segment.start_s)
        if index is not None and _goes_on(segments[index], segment):
            segments[index] = replace(segments[index], end_s=segment.end_s)
        else:
            segments.append(segment)


_NEAR = 8
"""How many of the latest segments one may go on from: a picture, and the sounds of a few tracks."""


def _goes_on(a: Segment, b: Segment) -> bool:
    is_even = not (a.retime or b.retime) and a.speed == b.speed
    same = replace(b, start_s=a.start_s, end_s=a.end_s, source_s=a.source_s) == a
    return same and is_even and a.source_at(a.end_s) == b.source_s
