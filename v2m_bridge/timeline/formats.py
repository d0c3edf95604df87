"""The table of what can be read, by file name suffix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Final

from v2m_bridge.core.timeline import MediaFacts, MediaWanted, PlainVideo, Timeline
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.aaf_file import read_aaf
from v2m_bridge.timeline.edl_file import read_edl
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.numbered_files import read_images
from v2m_bridge.timeline.otio_bundle import read_otiod, read_otioz
from v2m_bridge.timeline.otio_file import read_otio
from v2m_bridge.timeline.plain_video import VIDEO_SUFFIXES, read_plain_video
from v2m_bridge.timeline.relink import relinked
from v2m_bridge.timeline.xml_formats import read_xml_edit


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that can be read."""

    title: str
    reader: Callable[[Path, MediaFinder, Fraction | None], Timeline | PlainVideo | MediaWanted]


_XML: Final = {
    ".fcpxml": Format("Final Cut Pro XML", read_xml_edit),
    ".fcpxmld": Format("a Final Cut Pro XML bundle", read_xml_edit),
    ".kdenlive": Format("a Kdenlive project", read_xml_edit),
    ".mlt": Format("MLT XML, as Shotcut and melt write it", read_xml_edit),
    ".xml": Format("an edit in XML", read_xml_edit),
}
_PLAIN_VIDEO: Final = Format("a plain video", read_plain_video)

FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        ".otio": Format("OpenTimelineIO", read_otio),
        ".otiod": Format("an OpenTimelineIO folder with its media", read_otiod),
        ".otioz": Format("an OpenTimelineIO archive with its media", read_otioz),
        ".aaf": Format("Advanced Authoring Format", read_aaf),
        ".edl": Format("an edit decision list (CMX 3600)", read_edl),
    }
    | _XML
    | dict.fromkeys(VIDEO_SUFFIXES, _PLAIN_VIDEO)
)


def read(
    path: Path,
    *,
    media_dirs: Sequence[Path] = (),
    rate: Fraction | None = None,
    known: Mapping[str, MediaFacts] | None = None,
) -> Timeline | PlainVideo | MediaWanted:
    """Read a picture edit, or say of a plain video where it lies.

    Parameters
    ----------
    path : Path
        A file whose suffix is a key of `FORMATS`, or a folder of numbered images.
    media_dirs : sequence of Path
        Folders to search for media, after the places that are always searched.
    rate : Fraction, optional
        Frames per second to count the edit in, instead of what the file says.
    known : mapping of str to MediaFacts, optional
        What the media at these paths say of themselves.

    Returns
    -------
    Timeline, PlainVideo or MediaWanted
        Media are named and found, never opened: an edit that leaves out what only its media say is answered by their
        paths, until `known` is given, be it empty.

    Raises
    ------
    TimelineError
        When the file cannot be read as an edit.
    """
    kind = FORMATS.get(path.suffix.lower())
    try:
        if kind is None and _is_folder(path):
            return read_images(path, rate)
        if kind is None:
            raise TimelineError(
                f"cannot read {path.name[:80]!r}: its suffix is not that of an edit",
                hint=f"Give a file that ends in one of {', '.join(FORMATS)}, or a folder of numbered images.",
            )
        finder = MediaFinder.beside(path, media_dirs, known)
        edit = kind.reader(path, finder, rate)
        return relinked(edit, finder) if isinstance(edit, Timeline) else edit
    except TimelineError as exc:
        name = repr(path.name[:80])
        if name[1:-1] in str(exc):
            raise
        raise TimelineError(f"{name}: {exc}", hint=exc.hint) from exc


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
