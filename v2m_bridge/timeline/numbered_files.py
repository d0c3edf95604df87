"""Finds numbered images: a folder of them that is an edit of its own, and those that an edit names as one medium."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

from v2m_bridge.core.numbered import IMAGE_SUFFIXES, NumberedImages
from v2m_bridge.core.timeline import Media, PlainVideo
from v2m_bridge.errors import TimelineError

MOST_FILES: Final = 1_000_000
"""In one folder: six hours of them at 48 a second."""
_NUMBERED: Final = re.compile(r"(.*?)(\d{1,12})(\.[^.]*)", re.DOTALL)
_WITH_RANGE: Final = re.compile(r"(.*?)\[(\d{1,12})-(\d{1,12})\]([^\[\]]*)", re.DOTALL)
_WITH_PATTERN: Final = re.compile(r"(.*?)(?:%0?(\d{0,2})d|(#+))([^%#]*)", re.DOTALL)


@dataclass(slots=True)
class _Series:
    """Images in one folder that differ in their number alone; numbers as they are written."""

    prefix: str
    suffix: str
    numbers: dict[int, int] = field(default_factory=dict)
    """Numbers, and how many digits each is written with."""


def read_images(folder: Path, rate: Fraction | None) -> PlainVideo:
    """Read a folder of numbered images as the video that they are; of several series the longest is taken.

    Raises
    ------
    TimelineError
        When it holds none, when one is missing between the first and the last, or when no rate is given.
    """
    name = folder.name[:80]
    series = max(_series_in(folder), key=lambda one: (len(one.numbers), one.prefix, one.suffix), default=None)
    if series is None or len(series.numbers) < 2:
        raise TimelineError(
            f"{name!r} is a folder without numbered images",
            hint="Name the file that the editor exported, or a folder of images such as shot.0001.png.",
        )
    if rate is None:
        raise TimelineError(
            f"{name!r} holds images, which do not say their frame rate", hint="Give it with --rate, such as --rate 24."
        )
    images = _images(folder, series, rate)
    if images.n_frames != len(series.numbers):
        hole = next(number for number in range(images.first, images.last) if number not in series.numbers)
        raise TimelineError(
            f"{name!r} lacks {images.file(hole).name[:80]!r} between its first and its last image",
            hint="Render it again, or take away what lies beyond the hole.",
        )
    return PlainVideo(Media(images.name, images.address), str(folder))


def images_in(folder: Path, name: str, rate: Fraction) -> Media | None:
    """Return the numbered images in a folder that a name such as ``shot.[1001-1100].png`` or ``shot.%04d.png`` means.

    Returns
    -------
    Media or None
        None where they are not all there.
    """
    wanted = parsed(name)
    if wanted is None:
        return None
    prefix, suffix, span = wanted
    series = next((one for one in _series_in(folder) if (one.prefix, one.suffix) == (prefix, suffix)), None)
    if series is None:
        return None
    first, last = span or (min(series.numbers), max(series.numbers))
    series.numbers = {number: digits for number, digits in series.numbers.items() if first <= number <= last}
    if len(series.numbers) != last - first + 1:
        return None
    images = _images(folder, series, rate)
    return Media(images.name, images.address)


def parsed(name: str) -> tuple[str, str, tuple[int, int] | None] | None:
    """Return prefix, suffix and range of a name of numbered images; None where it is the name of one file."""
    if ranged := _WITH_RANGE.fullmatch(name):
        first, last = int(ranged[2]), int(ranged[3])
        return (ranged[1], ranged[4], (first, last)) if first <= last else None
    if pattern := _WITH_PATTERN.fullmatch(name):
        return pattern[1], pattern[4], None
    return None


def _images(folder: Path, series: _Series, rate: Fraction) -> NumberedImages:
    first = min(series.numbers)
    place = str(folder.absolute())
    return NumberedImages(place, series.prefix, series.numbers[first], series.suffix, first, max(series.numbers), rate)


def _series_in(folder: Path) -> Iterator[_Series]:
    """Yield the series of images in a folder; what is no plain file, or empty, is none."""
    found: dict[tuple[str, str], _Series] = {}
    try:
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries):
                if count >= MOST_FILES:
                    raise TimelineError(f"{folder.name[:80]!r} holds more than {MOST_FILES:,} files")
                match = _NUMBERED.fullmatch(entry.name)
                if match and match[3].lower() in IMAGE_SUFFIXES and entry.name.isprintable() and entry.is_file():
                    series = found.setdefault((match[1], match[3]), _Series(match[1], match[3]))
                    series.numbers.setdefault(int(match[2]), len(match[2]))
    except OSError as exc:
        raise TimelineError(
            f"cannot look into {folder.name[:80]!r}: {(exc.strerror or str(exc)).lower()}",
            hint="Check who may read the folder.",
        ) from exc
    yield from found.values()
