"""A video file that is its own edit: only named here, its pictures are decoded elsewhere."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

from v2m_bridge.core.timeline import Media, PlainVideo
from v2m_bridge.timeline.files import check_file
from v2m_bridge.timeline.media import MediaFinder

VIDEO_SUFFIXES: Final = (
    *(".mp4", ".mov", ".mkv", ".avi", ".webm", ".m4v", ".mxf", ".mpg", ".mpeg", ".mts", ".m2ts", ".ts"),
    *(".wmv", ".flv", ".ogv", ".3gp", ".vob", ".dv"),
)
"""What video files are called."""


def read_plain_video(path: Path, _finder: MediaFinder, _rate: Fraction | None = None) -> PlainVideo:
    """Name a video file.  It lies where it lies and its rate is its own, so the other arguments change nothing.

    Raises
    ------
    TimelineError
        When it is not there, empty, or no file.
    """
    check_file(path)
    return PlainVideo(Media(path.name, str(path.absolute())), str(path))
