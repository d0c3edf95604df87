"""MLT XML (.mlt), and the projects of Kdenlive (.kdenlive) and Shotcut, which are written in it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import AudioClip, Timeline, name_scenes
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.content import Content, markers
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.mlt_document import Document
from v2m_bridge.timeline.mlt_flatten import Flattener, trimmed
from v2m_bridge.timeline.mlt_markers import MarkReader
from v2m_bridge.timeline.roles import role_of
from v2m_bridge.timeline.segments import Segment, scenes_of

_LONGEST_S: Final = 48 * 3600


def mlt_edit(root: Element, path: Path, finder: MediaFinder, rate: Fraction | None = None) -> Timeline:
    """Return the edit of an MLT document: the active sequence of a project, else what MLT itself would play.

    Parameters
    ----------
    root : Element
        The ``mlt`` element.
    path : Path
        Where it was read, for names.
    finder : MediaFinder
        Finds its media, and the documents that are clips in it.
    rate : Fraction, optional
        Frames per second to count in, instead of what the profile says.

    Raises
    ------
    TimelineError
        When nothing in it shows pictures.
    """
    document = Document(root)
    edit = document.edit()
    if edit is None:
        raise TimelineError(
            f"{path.name[:80]!r} holds no timeline", hint="Save the project, or export its timeline, as MLT XML."
        )
    if document.said_rate is None and rate is not None:
        document = Document(root, rate)
    try:
        content = _content(document, edit, finder)
    except RecursionError as exc:
        raise TimelineError(
            f"{path.name[:80]!r} nests sequences deeper than can be followed",
            hint="Flatten the sequences in the editor, then save again.",
        ) from exc
    return _timeline(document, content, path, rate)


def _content(document: Document, edit: Element, finder: MediaFinder) -> Content:
    """Return what plays of an edit; where it says in and out, as what programs without a project write, only that."""
    content = Flattener(document, finder).content(edit)
    if document.project or edit.tag not in ("tractor", "playlist"):
        return content
    first, last = (document.frames(edit.get(key)) for key in ("in", "out"))
    if last is None or last <= (first or 0):
        return content
    start_s = (first or 0) / document.rate
    return trimmed(content, start_s, (last + 1) / document.rate).moved(-start_s)


def _timeline(document: Document, content: Content, path: Path, wanted_rate: Fraction | None) -> Timeline:
    name = path.stem
    rate = wanted_rate or document.rate
    length_s = max((picture.end_s for picture in content.pictures), default=Fraction(0))
    if length_s > _LONGEST_S:
        raise TimelineError(f"{name[:80]!r} is longer than {_LONGEST_S // 3600} hours, which no edit is")
    n_frames = FrameTime.nearest(length_s, rate).frame
    scenes = scenes_of(content.pictures, n_frames, rate)
    audio = tuple(_audio(content.sounds, rate))
    if not any(scene.media for scene in scenes):
        what = "titles alone" if content.pictures else "sound alone" if audio else ""
        said = f"it holds {what}" if what else "it is empty"
        raise TimelineError(f"{name[:80]!r} shows no pictures: {said}", hint="Save a project with video clips.")
    if wanted_rate is None and document.said_rate is None:
        raise TimelineError(
            f"{name[:80]!r} does not say its frame rate", hint="Give it with --rate, such as --rate 25."
        )
    marks = content.marks
    if not any(True for _ in _own_guides(document)):
        marks = (*marks, *MarkReader(document).of_project())
    return Timeline(
        name=name,
        rate=rate,
        scenes=name_scenes(scenes),
        start=FrameTime(0, rate),
        audio=audio,
        markers=markers(marks, Fraction(0), n_frames, rate),
        source_path=str(path),
    )


def _own_guides(document: Document) -> Iterator[Element]:
    """Yield the sequences that have guides of their own: those of the project are left over from one of them."""
    for element in document.root.iter("tractor"):
        if "kdenlive:sequenceproperties.guides" in document.properties(element):
            yield element


def _audio(sounds: tuple[Segment, ...], rate: Fraction) -> Iterator[AudioClip]:
    for sound in sorted(sounds, key=lambda one: (one.start_s, one.end_s)):
        start, end = FrameTime.nearest(sound.start_s, rate), FrameTime.nearest(sound.end_s, rate)
        if start < end:
            yield AudioClip(
                name=sound.name,
                track=sound.track or "Sound",
                record_in=start,
                record_out=end,
                media=sound.media,
                source_in_s=max(Fraction(0), sound.source_s),
                role=role_of(sound.track),
                enabled=sound.enabled,
                gain_db=sound.gain_db,
            )
