"""xmeml 1 to 5, the XML of Final Cut Pro 7, as Premiere Pro, DaVinci Resolve and many others write it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.timebase import FrameTime, can_drop_frames, parse_timecode
from v2m_bridge.core.timeline import AudioClip, Timeline, name_scenes
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.content import Laid, markers
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.segments import scenes_of
from v2m_bridge.timeline.xmeml_flatten import Flattener, Habits
from v2m_bridge.timeline.xmeml_markers import colours_are_said
from v2m_bridge.timeline.xmeml_resources import Resources
from v2m_bridge.timeline.xmeml_tracks import fitting_rate, lay_out
from v2m_bridge.timeline.xmeml_values import frames_at, lower_tags, number_at, rate_of, text_of

_LONGEST_S: Final = 48 * 3600
_HINT: Final = "Select the sequence itself in the editor and export it as Final Cut Pro XML."


def xmeml_edit(root: Element, path: Path, finder: MediaFinder, rate: Fraction | None = None) -> Timeline:
    """Return the edit of an xmeml document: the longest sequence that is used in no other one.

    Parameters
    ----------
    root : Element
        The ``xmeml`` element; the names of its elements become lower case.
    path : Path
        Where it was read, for names.
    finder : MediaFinder
        Finds its media.
    rate : Fraction, optional
        Frames per second to count in, instead of what the sequence says.

    Raises
    ------
    TimelineError
        When no sequence shows pictures.
    """
    lower_tags(root)
    sequence = _chosen(root)
    if sequence is None:
        what = "clips, but no sequence" if root.find(".//clip") is not None else "no sequence"
        raise TimelineError(f"{path.name[:80]!r} holds {what}", hint=_HINT)
    try:
        return _timeline(sequence, root, path, finder, rate)
    except RecursionError as exc:
        raise TimelineError(
            f"{path.name[:80]!r} nests sequences deeper than can be followed",
            hint="Flatten the nested sequences in the editor, then export again.",
        ) from exc


def _chosen(root: Element) -> Element | None:
    """Return the longest sequence with pictures that is used in no other, the first of equals; else any."""
    nested = {id(inside) for item in root.iter("clipitem") for inside in item.iter("sequence")}
    used = {inside.get("id", "") for item in root.iter("clipitem") for inside in item.iterfind("sequence")} - {""}
    found = [sequence for sequence in root.iter("sequence") if sequence.find("media") is not None]
    pictured = [sequence for sequence in found if sequence.find("media/video/track/clipitem") is not None]
    free = [one for one in pictured if id(one) not in nested and one.get("id", "") not in used]
    return max(free or pictured or found, key=_length_s, default=None)


def _length_s(sequence: Element) -> Fraction:
    rate = rate_of(sequence, None) or Fraction(24)
    ends = (frames_at(item, "end") or Fraction(0) for item in sequence.iterfind("media/video/track/clipitem"))
    return max(ends, default=Fraction(0)) / rate


def _timeline(
    sequence: Element, root: Element, path: Path, finder: MediaFinder, wanted_rate: Fraction | None
) -> Timeline:
    name = text_of(sequence, "name")[:200] or path.stem
    own_rate = rate_of(sequence, None) or _rate_of_most(sequence)
    counted = own_rate or wanted_rate or Fraction(24)
    rate = wanted_rate or counted
    habits = Habits(_counts_by_sequence(root, counted), colours_are_said(root))
    laid = Flattener(Resources(root, finder), habits, 1 / rate).sequence(sequence, counted)
    length_s = max((segment.end_s for segment in laid.content.pictures), default=Fraction(0))
    if length_s > _LONGEST_S:
        raise TimelineError(f"{name[:80]!r} is longer than {_LONGEST_S // 3600} hours, which no edit is")
    n_frames = FrameTime.nearest(length_s, rate).frame
    scenes = scenes_of(laid.content.pictures, n_frames, rate)
    audio = tuple(_audio(laid, rate))
    if not any(scene.media for scene in scenes):
        what = "titles alone" if laid.content.pictures else "sound alone" if audio else ""
        said = f"it holds {what}" if what else "it is empty"
        raise TimelineError(f"{name[:80]!r} shows no pictures: {said}", hint="Export a sequence with video clips.")
    if own_rate is None and wanted_rate is None:
        raise TimelineError(
            f"{name[:80]!r} does not say its frame rate", hint="Give it with --rate, such as --rate 25."
        )
    start, drop_frame = _start(sequence, counted)
    return Timeline(
        name=name,
        rate=rate,
        scenes=name_scenes(scenes),
        start=start if start.rate == rate else FrameTime.nearest(start.exact_s, rate),
        drop_frame=drop_frame and can_drop_frames(rate),
        audio=audio,
        markers=markers(laid.content.marks, Fraction(0), n_frames, rate),
        source_path=str(path),
    )


def _rate_of_most(sequence: Element) -> Fraction | None:
    """Return the rate of most clips, where the sequence itself says none."""
    count: dict[Fraction, int] = {}
    for item in sequence.iterfind("media/video/track/clipitem"):
        if (rate := rate_of(item, None) or rate_of(item.find("file"), None)) is not None:
            count[rate] = count.get(rate, 0) + 1
    return max(count, key=lambda rate: count[rate], default=None)


def _counts_by_sequence(root: Element, around: Fraction) -> bool:
    """Whether more clips of another rate count in and out at the rate of their sequence than at their own."""
    by_sequence = 0
    for sequence in root.iter("sequence"):
        rate = rate_of(sequence, around) or around
        for track in sequence.iterfind("media/*/track"):
            if not any(rate_of(item, rate) != rate for item in track.iterfind("clipitem")):
                continue
            for placed in lay_out(track, rate):
                own = rate_of(placed.item, rate) or rate
                fits = fitting_rate(placed.item, placed.length_s, own, rate) if own != rate else None
                by_sequence += (fits == rate) - (fits == own)
    return by_sequence > 0


def _start(sequence: Element, rate: Fraction) -> tuple[FrameTime, bool]:
    """Return the timecode of the first frame and whether its labels are dropped."""
    timecode = sequence.find("timecode")
    said = rate_of(timecode, rate) or rate
    label = text_of(timecode, "string")
    form = text_of(timecode, "displayformat").upper()
    drop = form == "DF" or (form != "NDF" and any(mark in label for mark in ";,"))
    start = _labelled(label, said, drop)
    if start is None:
        start = FrameTime(int(max(Fraction(0), number_at(timecode, "frame") or Fraction(0))), said)
    return start if said == rate else FrameTime.nearest(start.exact_s, rate), drop


def _labelled(label: str, rate: Fraction, drop: bool) -> FrameTime | None:
    plain = label.replace(";", ":").replace(",", ":").replace(".", ":")
    if drop and can_drop_frames(rate):
        head, _, frames = plain.rpartition(":")
        plain = f"{head};{frames}"
    try:
        return parse_timecode(plain, rate)
    except ValueError:
        return None


def _audio(laid: Laid, rate: Fraction) -> Iterator[AudioClip]:
    """Yield the sounds in order of time."""
    for sound in sorted(laid.content.sounds, key=lambda segment: (segment.start_s, segment.end_s)):
        start, end = FrameTime.nearest(sound.start_s, rate), FrameTime.nearest(sound.end_s, rate)
        if 0 <= start.frame < end.frame:
            yield AudioClip(
                name=sound.name,
                track=sound.track,
                record_in=start,
                record_out=end,
                media=sound.media,
                source_in_s=max(Fraction(0), sound.source_s),
                role=sound.role,
                enabled=sound.enabled,
                gain_db=sound.gain_db,
            )
