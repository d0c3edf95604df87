"""Edit decision lists (.edl) in the format of the CMX 3600, which every editor writes and none defines.

A list says neither its frame rate nor where its media begin: both are asked of the media.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

from v2m_bridge.core.timebase import FrameTime, can_drop_frames
from v2m_bridge.core.timeline import AudioClip, MediaWanted, Timeline, name_scenes
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.edl_labels import Label
from v2m_bridge.timeline.edl_lines import read_list
from v2m_bridge.timeline.edl_markers import Clock, markers_of
from v2m_bridge.timeline.edl_media import Sources
from v2m_bridge.timeline.edl_notes import Event, Noted, is_black, noted
from v2m_bridge.timeline.edl_shots import Item, recorded, segments_of, shots_of
from v2m_bridge.timeline.edl_times import Span, marks_drops, rate_of, record_drops, spans
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.segments import Segment, scenes_of, top_of

_LONGEST_S: Final = 48 * 3600

_Shown = Sequence[tuple[Event, Span]]


def read_edl(path: Path, finder: MediaFinder, rate: Fraction | None = None) -> Timeline | MediaWanted:
    """Read what is seen and heard of an edit decision list.

    Parameters
    ----------
    path : Path
        The file.
    finder : MediaFinder
        Finds its media; while it knows no facts about any, those that are found are asked for.
    rate : Fraction, optional
        Frames per second to count in.

    Raises
    ------
    TimelineError
        When it is no such list, shows no pictures, or nothing tells its rate.
    """
    found = read_list(path)
    name = found.title[:200] or path.stem
    notes = noted(found)
    shown = [event for event in notes.events if _is_shown(event)]
    if not any(event.line.pictures and not is_black(event.line.reel) for event in shown):
        what = "markers" if notes.flags else "sound" if shown else "no picture"
        raise TimelineError(
            f"{name[:80]!r} shows no pictures: it holds {what} alone", hint="Export the video track of the timeline."
        )
    sources = Sources(finder, marks_drops(found))
    wanted = sources.wanted(shown)
    if wanted and finder.known is None:
        return MediaWanted(wanted)
    known_rate = rate_of(found, rate, (facts.rate for event in shown if (facts := sources.facts_of(event))))
    if known_rate is None:
        raise TimelineError(
            f"{name[:80]!r} does not say its frame rate", hint="Give it with --rate, such as --rate 25."
        )
    drop = record_drops(found) and can_drop_frames(known_rate)
    return _timeline(name, path, notes, sources, known_rate, drop)


def _is_shown(event: Event) -> bool:
    """Whether an event is part of the edit, and not there for its marker alone."""
    line = event.line
    carries_marker = event.flagged and (line.source_in, line.source_out) == (line.record_in, line.record_out)
    return bool(line.pictures or line.sounds) and not carries_marker


def _timeline(name: str, path: Path, found: Noted, sources: Sources, rate: Fraction, drop: bool) -> Timeline:
    places = spans([(event.line.record_in, event.line.record_out) for event in found.events], rate, drop=drop)
    shown = [(event, span) for event, span in zip(found.events, places, strict=True) if _is_shown(event)]
    seen = [span for event, span in shown if event.line.pictures and span.end > span.start]
    if not seen:
        raise TimelineError(f"{name[:80]!r} shows no pictures: none of its events has a length")
    zero = min(span.start for _, span in shown if span.end > span.start)
    n_frames = max(span.end for span in seen) - zero
    if n_frames / rate > _LONGEST_S:
        raise TimelineError(f"{name[:80]!r} is longer than {_LONGEST_S // 3600} hours, which no edit is")
    scenes = scenes_of(top_of(_layers(shown, sources, zero, rate)), n_frames, rate)
    if not any(scene.media for scene in scenes):
        raise TimelineError(f"{name[:80]!r} shows no pictures: it holds titles alone")
    return Timeline(
        name=name,
        rate=rate,
        scenes=name_scenes(scenes),
        start=FrameTime(zero, rate),
        drop_frame=drop,
        audio=tuple(_audio(shown, sources, zero, rate)),
        markers=markers_of(found, places, Clock(rate, drop, zero, n_frames)),
        source_path=str(path),
    )


def _layers(shown: _Shown, sources: Sources, zero: int, rate: Fraction) -> Iterator[list[Segment]]:
    """Yield what is recorded on each video track, its keys above it."""
    for track in sorted({track for event, _ in shown for track in event.line.pictures}):
        items = [
            Item(event, span, _frames(event.line.picture_delay, rate))
            for event, span in shown
            if track in event.line.pictures
        ]
        segments = segments_of(shots_of(items), sources, zero, rate)
        for opaque in (True, False):
            yield recorded([segment for segment in segments if segment.opaque is opaque])


def _audio(shown: _Shown, sources: Sources, zero: int, rate: Fraction) -> Iterator[AudioClip]:
    """Yield the clips of every audio track, track by track."""
    for track in sorted({track for event, _ in shown for track in event.line.sounds}):
        items = [
            Item(event, span, _frames(event.line.sound_delay, rate))
            for event, span in shown
            if track in event.line.sounds
        ]
        shots = shots_of(items)
        for shot, segment in zip(shots, segments_of(shots, sources, zero, rate), strict=True):
            if segment.media is not None:
                yield AudioClip(
                    name=segment.name,
                    track=f"A{track}",
                    record_in=FrameTime(shot.start - zero, rate),
                    record_out=FrameTime(shot.end - zero, rate),
                    media=segment.media,
                    source_in_s=max(Fraction(0), segment.source_s),
                    gain_db=shot.item.event.gain_db,
                )


def _frames(delay: Label | None, rate: Fraction) -> int:
    return delay.at(rate, drop=False) if delay is not None else 0
