"""The reference edit as the events of an edit decision list, without the habits of any program."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from tests.timeline.reference_edit import PROGRAMME, SOUNDS, EditRate, Nest, Shot, Sound, Source
from v2m_bridge.core.timebase import FrameTime, parse_timecode, timecode


@dataclass(frozen=True, slots=True)
class Event:
    """A shot in frames of the edit; `dissolve` frames of it from its first one on are a dissolve."""

    name: str
    source: Source
    source_in: int
    source_out: int
    record_in: int
    record_out: int
    speed: Fraction = Fraction(1)
    dissolve: int = 0


def events() -> Iterator[Event | None]:
    """Yield the shots in order, nested ones in their place, None for the gap; a shot ends where the next one begins."""
    shots = list(_flat())
    at = 0
    for (shot, skipped, n_frames), (following, _, _) in zip(shots, [*shots[1:], (shots[0][0], 0, 0)], strict=True):
        if shot.source is None:
            yield None
        else:
            early, short = shot.dissolve_in // 2, following.dissolve_in // 2
            first = shot.source_in + skipped - early
            length = n_frames + early - short
            used = 1 if shot.speed == 0 else int(length * abs(shot.speed))
            yield Event(
                shot.name,
                shot.source,
                first,
                first + used,
                at - early,
                at + n_frames - short,
                shot.speed,
                shot.dissolve_in,
            )
        at += n_frames


def _flat() -> Iterator[tuple[Shot, int, int]]:
    """Yield each shot with how many of its frames are trimmed away and how many are seen."""
    for item in PROGRAMME:
        if isinstance(item, Nest):
            inside = -item.trimmed_in
            for shot in item.shots:
                first, last = max(0, inside), min(item.n_frames, inside + shot.n_frames)
                yield shot, first - inside, last - first
                inside += shot.n_frames
        else:
            yield item, 0, item.n_frames


def sounds() -> Iterator[tuple[Sound, str]]:
    """Yield the sounds that are on with the channel of their track, in the order of the edit."""
    channels = dict(zip(dict.fromkeys(sound.track for sound in SOUNDS), ("A", "A2", "A3"), strict=True))
    for sound in sorted(SOUNDS, key=lambda sound: sound.record_in):
        if sound.enabled:
            yield sound, channels[sound.track]


def source_label(source: Source, frame: int, at: EditRate) -> str:
    return timecode(FrameTime(parse_timecode(source.start_label, at.rate).frame + frame, at.rate))


def plain_label(frame: int, at: EditRate) -> str:
    return timecode(FrameTime(frame, at.rate))


def record_label(frame: int, at: EditRate) -> str:
    return timecode(at.start + FrameTime(frame, at.rate), drop_frame=at.drop_frame)
