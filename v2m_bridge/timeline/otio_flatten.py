"""What is seen and heard of nested OpenTimelineIO tracks: stretches of media in the order of playing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

import opentimelineio as otio

from v2m_bridge.core.timeline import Media
from v2m_bridge.timeline.content import Budget
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.otio_times import available_range, clock_rate, lay_out, length_s, seconds, start_s, warp_of
from v2m_bridge.timeline.roles import role_in
from v2m_bridge.timeline.segments import Segment, top_of

_OPAQUE_GENERATORS: Final = ("black", "bars", "color", "colour", "solid")
"""Kinds of generators that fill the picture; every other one is a title, through which the picture is seen."""


@dataclass(frozen=True, slots=True)
class Flattener:
    """Flattens the picture, or with `sound` the sound, of whatever it is given."""

    frame_s: Fraction
    finder: MediaFinder
    sound: bool = False
    budget: Budget = field(default_factory=Budget, compare=False)

    def segments(self, item: Any, start: Fraction, end: Fraction) -> list[Segment]:
        """Return what plays of an item between two times, in seconds since it began to play.

        Parameters
        ----------
        item : opentimelineio.core.Item
            A clip, gap, track or stack.
        start, end : Fraction
            They may lie outside the item where a transition needs more of it.

        Returns
        -------
        list of Segment
            Of the picture: in order, without overlaps, holes where nothing is seen.  Of the sound: all that is there,
            also what is disabled.
        """
        if start >= end or isinstance(item, otio.schema.Gap) or not (item.enabled or self.sound):
            return []
        warp = warp_of(item)
        played = warp.played(self._inside(item, *warp.inside(start, end, self.frame_s)), start, end, self.frame_s)
        return played if item.enabled else [replace(segment, enabled=False) for segment in played]

    def _inside(self, item: Any, start: Fraction, end: Fraction) -> list[Segment]:
        if isinstance(item, otio.schema.Track):
            return self._of_track(item, start, end)
        if isinstance(item, otio.schema.Stack):
            return self._of_stack(item, start, end)
        return [self._of_clip(item, start, end)] if isinstance(item, otio.schema.Clip) else []

    def _of_track(self, track: Any, start: Fraction, end: Fraction) -> list[Segment]:
        segments: list[Segment] = []
        for placed in lay_out(track, self.frame_s):
            first, last = max(start, placed.start_s) - placed.at_s, min(end, placed.end_s) - placed.at_s
            segments += [segment.moved(placed.at_s) for segment in self.segments(placed.item, first, last)]
        return segments

    def _of_stack(self, stack: Any, start: Fraction, end: Fraction) -> list[Segment]:
        layers = [
            self.segments(child, max(start, Fraction(0)), min(end, length_s(child)))
            for child in stack
            if isinstance(child, otio.core.Item) and carries(child, sound=self.sound)
        ]
        return [segment for layer in layers for segment in layer] if self.sound else top_of(layers)

    def _of_clip(self, clip: Any, start: Fraction, end: Fraction) -> Segment:
        self.budget.spend(1)
        media, opaque = self._medium(clip)
        return Segment(
            start,
            end,
            name=clip.name[:200] or (media.name if media else "Title"),
            media=media,
            source_s=start - start_s(clip) + _source_in_medium_s(clip),
            opaque=opaque,
            role=role_in(clip.metadata) if self.sound else "",
        )

    def _medium(self, clip: Any) -> tuple[Media | None, bool]:
        """Return the medium of a clip, None for a generator, and whether it hides what lies below."""
        reference = clip.media_reference
        if isinstance(reference, otio.schema.GeneratorReference):
            kind = f"{reference.generator_kind} {reference.name}".lower()
            return None, any(word in kind for word in _OPAQUE_GENERATORS)
        if isinstance(reference, otio.schema.ExternalReference) and reference.target_url:
            media = self.finder.find(reference.target_url)
            if media.path is None:
                start = reference.available_range.start_time if reference.available_range is not None else None
                self.finder.note(media, _reel(reference, clip), (start and seconds(start)) or None)
            return media, True
        if isinstance(reference, otio.schema.ImageSequenceReference):
            return _images(reference, self.finder), True
        name = (reference.name if reference is not None else "") or clip.name
        return self.finder.find(name) if name else Media("unnamed"), True


def _reel(*holders: Any) -> str:
    """Return the reel that metadata give, in one of the places where programs put it."""
    for holder in holders:
        for values in (holder.metadata, *holder.metadata.values()):
            for key in ("reel", "Reel", "reel_name", "Reel Name", "tape", "Tape"):
                if hasattr(values, "get") and isinstance(said := values.get(key), str) and said.strip():
                    return said
    return ""


def _images(reference: Any, finder: MediaFinder) -> Media:
    """Return the numbered images of a reference; without a range those from its first number on."""
    digits = max(0, min(12, reference.frame_zero_padding))
    numbers = f"%0{digits}d"
    if reference.available_range is not None and reference.frame_step == 1:
        n_frames = round(seconds(reference.available_range.duration) * clock_rate(reference.rate))
        last = reference.start_frame + max(1, n_frames) - 1
        numbers = f"[{reference.start_frame:0{digits}}-{last:0{digits}}]"
    folder = reference.target_url_base.rstrip("/") + "/" if reference.target_url_base else ""
    name = f"{reference.name_prefix}{numbers}{reference.name_suffix}"
    return finder.find_images(folder + name, clock_rate(reference.rate))


def carries(item: Any, *, sound: bool) -> bool:
    """Whether an item can hold sound, or picture.  Tracks hold one of both, or neither (subtitles, data)."""
    return not isinstance(item, otio.schema.Track) or item.kind.lower() in (("audio",) if sound else ("video", ""))


def _source_in_medium_s(clip: Any) -> Fraction:
    """Return how far into its medium a clip begins: its source start less the timecode where the medium starts.

    Two habits of editors are put right where the clip would otherwise begin before its medium.  Frames of a medium at
    24000/1001 are counted at 24 (or the other way round), so timecodes that are hours long drift apart: then frames
    are subtracted, not seconds.  And a source range that lies wholly before the medium's timecode counts from the
    start of the medium.
    """
    source, available = start_s(clip), available_range(clip)
    if available is None:
        return source
    medium = seconds(available.start_time)
    if source >= medium:
        return source - medium
    start, first = clip.source_range.start_time, available.start_time
    if round(start.rate) == round(first.rate) and start.value >= first.value:
        return Fraction(round(start.value - first.value)) / clock_rate(first.rate)
    return source if source + length_s(clip) <= medium else source - medium
