"""Final Cut Pro XML (FCPXML 1.8 to 1.14), as Final Cut Pro, Resolve and others write it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.timebase import FrameTime, can_drop_frames
from v2m_bridge.core.timeline import AudioClip, Timeline, name_scenes
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.content import Laid, markers
from v2m_bridge.timeline.fcpxml_flatten import Flattener
from v2m_bridge.timeline.fcpxml_resources import Resources
from v2m_bridge.timeline.fcpxml_spine import ITEMS
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.segments import Segment, scenes_of

_LONGEST_S: Final = 48 * 3600
_INFO: Final = "Info.fcpxml"
"""What a bundle folder (.fcpxmld) holds the edit in."""


def bundled(path: Path, finder: MediaFinder) -> tuple[Path, MediaFinder]:
    """Return the file inside a bundle folder and a finder that looks beside that too; a plain file as it is."""
    if not path.is_dir():
        return path, finder
    inside = path / _INFO
    if not inside.is_file():
        found = sorted(path.glob("*.fcpxml"))
        inside = found[0] if found else inside
    return inside, replace(finder, home=path.absolute(), folders=(*finder.folders, path.absolute()))


def fcpxml_edit(root: Element, path: Path, finder: MediaFinder, rate: Fraction | None = None) -> Timeline:
    """Return the edit of an FCPXML document: the first project whose sequence shows pictures.

    Parameters
    ----------
    root : Element
        The ``fcpxml`` element.
    path : Path
        Where it was read, for names.
    finder : MediaFinder
        Finds its media.
    rate : Fraction, optional
        Frames per second to count in, instead of what the sequence says.

    Raises
    ------
    TimelineError
        When no project shows pictures.
    """
    sequences = list(_sequences(root))
    if not sequences:
        _refuse(root, path)
    resources = Resources(root, finder)
    shown = next((named for named in sequences if _refers_to_pictures(named[1], resources)), sequences[0])
    try:
        return _timeline(*shown, resources, path, rate)
    except RecursionError as exc:
        raise TimelineError(
            f"{path.name[:80]!r} nests compound clips deeper than can be followed",
            hint="Break the compound clips apart in the editor, then export again.",
        ) from exc


def _sequences(root: Element) -> Iterator[tuple[str, Element]]:
    """Yield the sequences that are edits, with their names."""
    for project in root.iter("project"):
        for sequence in project.iterfind("sequence"):
            yield project.get("name") or sequence.get("name") or "", sequence
    for sequence in root.iterfind("sequence"):
        yield sequence.get("name") or "", sequence


def _refuse(root: Element, path: Path) -> None:
    what = "no project"
    if any(child.tag in ITEMS for holder in (root, *root.iter("event")) for child in holder):
        what = "clips of an event, but no project"
    raise TimelineError(
        f"{path.name[:80]!r} holds {what}", hint="In Final Cut Pro, select the project itself, then File, Export XML."
    )


def _refers_to_pictures(sequence: Element, resources: Resources) -> bool:
    """Whether a sequence holds a clip, title and sound aside."""
    for item in sequence.iter():
        if item.tag in ("ref-clip", "mc-clip"):
            return True
        if item.tag in ("asset-clip", "video") and (asset := resources.asset(item)) and asset.has_picture:
            return True
    return False


def _timeline(name: str, sequence: Element, resources: Resources, path: Path, wanted_rate: Fraction | None) -> Timeline:
    name = name or path.stem
    said_rate = wanted_rate or resources.rate(sequence.get("format")) or _rate_of_clips(sequence, resources)
    rate = said_rate or Fraction(24)
    laid = Flattener(resources, 1 / rate).sequence(sequence, said_rate)
    length_s = max((segment.end_s for segment in laid.content.pictures), default=laid.end_s)
    length_s = max(length_s, laid.end_s) - laid.start_s
    if length_s > _LONGEST_S:
        raise TimelineError(f"{name[:80]!r} is longer than {_LONGEST_S // 3600} hours, which no edit is")
    n_frames = FrameTime.nearest(length_s, rate).frame
    scenes = scenes_of((segment.moved(-laid.start_s) for segment in laid.content.pictures), n_frames, rate)
    audio = tuple(_audio(laid, rate))
    if not any(scene.media for scene in scenes):
        what = "titles alone" if laid.content.pictures else "sound alone" if audio else ""
        said = f"it holds {what}" if what else "it is empty"
        raise TimelineError(f"{name[:80]!r} shows no pictures: {said}", hint="Export a timeline with video clips.")
    if said_rate is None:
        raise TimelineError(
            f"{name[:80]!r} does not say its frame rate", hint="Give it with --rate, such as --rate 25."
        )
    return Timeline(
        name=name,
        rate=rate,
        scenes=name_scenes(scenes),
        start=FrameTime.nearest(laid.start_s, rate),
        drop_frame=sequence.get("tcFormat") == "DF" and can_drop_frames(rate),
        audio=audio,
        markers=markers(laid.content.marks, laid.start_s, n_frames, rate),
        source_path=str(path),
    )


def _rate_of_clips(sequence: Element, resources: Resources) -> Fraction | None:
    """Return the rate of most of the media, where the sequence itself says none."""
    count: dict[Fraction, int] = {}
    for item in sequence.iter():
        asset = resources.asset(item) if item.tag in ("asset-clip", "video") else None
        if asset and asset.rate:
            count[asset.rate] = count.get(asset.rate, 0) + 1
    return max(count, key=lambda rate: count[rate], default=None)


def _audio(laid: Laid, rate: Fraction) -> Iterator[AudioClip]:
    """Yield the sounds in order, each once: channels of one recording are written one by one."""
    seen: dict[AudioClip, None] = {}
    sounds = (segment.moved(-laid.start_s) for segment in laid.content.sounds)
    for sound in sorted(sounds, key=lambda segment: (segment.start_s, segment.end_s)):
        seen.update(dict.fromkeys(_clips(sound, rate)))
    yield from seen


def _clips(sound: Segment, rate: Fraction) -> Iterator[AudioClip]:
    start, end = FrameTime.nearest(max(Fraction(0), sound.start_s), rate), FrameTime.nearest(sound.end_s, rate)
    if start < end:
        yield AudioClip(
            name=sound.name,
            track=sound.track or "Sound",
            record_in=start,
            record_out=end,
            media=sound.media,
            source_in_s=max(Fraction(0), sound.source_at(max(Fraction(0), sound.start_s))),
            role=sound.role,
            enabled=sound.enabled,
            gain_db=sound.gain_db,
        )
