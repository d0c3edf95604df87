"""Numbered images that are one medium: how they are named, and the address under which they are opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

IMAGE_SUFFIXES: Final = (
    *(".png", ".jpg", ".jpeg", ".tif", ".tiff", ".tga", ".bmp", ".dpx", ".exr", ".webp", ".jp2", ".sgi", ".ppm"),
)
"""Of images that are decoded, in lower case."""

_SCHEME: Final = "images:"
_ADDRESS: Final = re.compile(
    r"images:(\d{1,9})-(\d{1,9}):(.*?)[/\\]([^/\\]*)\[(\d{1,12})-(\d{1,12})\]([^/\\\[\]]*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class NumberedImages:
    """Images ``prefix``, number, ``suffix`` in a folder, from `first` to `last` without a hole, `rate` in a second."""

    folder: str
    prefix: str
    n_digits: int
    """Numbers are filled with zeros up to so many digits."""
    suffix: str
    first: int
    last: int
    rate: Fraction

    @property
    def name(self) -> str:
        """What the medium is called: ``shot.[1001-1100].png``, as Resolve calls it."""
        return f"{self.prefix}[{self._digits(self.first)}-{self._digits(self.last)}]{self.suffix}"

    @property
    def address(self) -> str:
        """What stands for its path, in `Media.path`; its last part is its name."""
        return f"{_SCHEME}{self.rate.numerator}-{self.rate.denominator}:{self.folder}/{self.name}"

    @property
    def n_frames(self) -> int:
        """How many images there are."""
        return self.last - self.first + 1

    @property
    def pattern(self) -> str:
        """What FFmpeg opens them by."""
        folder, prefix, suffix = (part.replace("%", "%%") for part in (self.folder, self.prefix, self.suffix))
        return f"{folder}/{prefix}%0{self.n_digits}d{suffix}"

    @property
    def options(self) -> dict[str, str]:
        """Options of FFmpeg's ``image2``, which opens the pattern; nothing but these files is opened with it."""
        return {
            "framerate": f"{self.rate.numerator}/{self.rate.denominator}",
            "start_number": str(self.first),
            "pattern_type": "sequence",
            "protocol_whitelist": "file",
            "format_whitelist": "image2",
        }

    def file(self, number: int) -> Path:
        """Return where an image lies."""
        return Path(self.folder, f"{self.prefix}{self._digits(number)}{self.suffix}")

    def _digits(self, number: int) -> str:
        return f"{number:0{self.n_digits}}"


def numbered_images(address: str) -> NumberedImages | None:
    """Return the images that an address of `NumberedImages` stands for, None where it is any other path."""
    match = _ADDRESS.fullmatch(address) if address.startswith(_SCHEME) else None
    if match is None or not int(match[1]) or not int(match[2]) or int(match[5]) > int(match[6]):
        return None
    return NumberedImages(
        folder=match[3] or "/",
        prefix=match[4],
        n_digits=len(match[5]),
        suffix=match[7],
        first=int(match[5]),
        last=int(match[6]),
        rate=Fraction(int(match[1]), int(match[2])),
    )
