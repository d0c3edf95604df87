"""The table of what can be read, by file name suffix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Final

from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.otio_file import read_otio
from v2m_bridge.timeline.plain_video import VIDEO_SUFFIXES, read_plain_video


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that can be read."""

    title: str
    reader: Callable[[Path, MediaFinder, Fraction | None], Timeline | PlainVideo]


_PLAIN_VIDEO: Final = Format("a plain video", read_plain_video)

FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {".otio": Format("OpenTimelineIO", read_otio)} | dict.fromkeys(VIDEO_SUFFIXES, _PLAIN_VIDEO)
)


def read(path: Path, *, media_dirs: Sequence[Path] = (), rate: Fraction | None = None) -> Timeline | PlainVideo:
    """Read a picture edit, or say of a plain video where it lies.

    Parameters
    ----------
    path : Path
        A file whose suffix is a key of `FORMATS`.
    media_dirs : sequence of Path
        Folders to search for media, after the places that are always searched.
    rate : Fraction, optional
        Frames per second to count the edit in, instead of what the file says.

    Returns
    -------
    Timeline or PlainVideo
        Media are named and found, never opened.

    Raises
    ------
    TimelineError
        When the file cannot be read as an edit.
    """
    known = FORMATS.get(path.suffix.lower())
    if known is None:
        raise TimelineError(
            f"cannot read {path.name[:80]!r}: its suffix is not that of an edit",
            hint=f"Give a file that ends in one of {', '.join(FORMATS)}.",
        )
    return known.reader(path, MediaFinder.beside(path, media_dirs), rate)
