"""Two papers to draw on with the same strokes: SVG text, and pixels.

Coordinates are in pixels from the top left corner.  Both give the same bytes for the same strokes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape
from typing import Final, Protocol

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from v2m_bridge.export.files import MARK

Point = tuple[float, float]

_SHARPNESS: Final = 3
"""Pixels are drawn this many times as large and averaged, so that slopes are smooth."""
_FAMILY: Final = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_ANCHORS: Final = {"left": ("start", "ls"), "middle": ("middle", "ms"), "right": ("end", "rs")}
_EM: Final = 0.56
"""Mean width of a letter, in font sizes."""


def width_of(text: str, size: float) -> float:
    """Return about how wide a text is."""
    return len(text) * size * _EM


class Canvas(Protocol):
    """What can be drawn; colours are ``#rrggbb``."""

    def rect(self, x: float, y: float, width: float, height: float, fill: str, *, edge: str = "") -> None:
        """Fill a rectangle, with a thin line around it where `edge` is a colour."""

    def line(self, points: Sequence[Point], colour: str, *, width: float = 1.0) -> None:
        """Draw a line through points."""

    def polygon(self, points: Sequence[Point], fill: str, *, edge: str = "") -> None:
        """Fill a polygon."""

    def text(
        self, x: float, y: float, text: str, *, size: float, colour: str, anchor: str = "left", bold: bool = False
    ) -> None:
        """Write a text whose base line is at `y`; `anchor` says which part of it stands at `x`."""

    def finished(self) -> bytes:
        """Return the picture as a file."""


class SvgCanvas:
    """Strokes as SVG 1.1 without scripts, styles or links."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._strokes = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f"<!-- {MARK} -->",
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="{_FAMILY}">',
            f"<title>{_plain(title)}</title>",
        ]

    def rect(self, x: float, y: float, width: float, height: float, fill: str, *, edge: str = "") -> None:
        """Fill a rectangle."""
        self._strokes.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{fill}"{_edge(edge)}/>'
        )

    def line(self, points: Sequence[Point], colour: str, *, width: float = 1.0) -> None:
        """Draw a line through points."""
        self._strokes.append(
            f'<polyline points="{_points(points)}" fill="none" stroke="{colour}" stroke-width="{_n(width)}" '
            'stroke-linejoin="round"/>'
        )

    def polygon(self, points: Sequence[Point], fill: str, *, edge: str = "") -> None:
        """Fill a polygon."""
        self._strokes.append(f'<polygon points="{_points(points)}" fill="{fill}"{_edge(edge)}/>')

    def text(
        self, x: float, y: float, text: str, *, size: float, colour: str, anchor: str = "left", bold: bool = False
    ) -> None:
        """Write a text."""
        where = f'x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{colour}"'
        how = f' text-anchor="{_ANCHORS[anchor][0]}"' + (' font-weight="bold"' if bold else "")
        self._strokes.append(f"<text {where}{how}>{_plain(text)}</text>")

    def finished(self) -> bytes:
        """Return the SVG file."""
        return ("\n".join([*self._strokes, "</svg>"]) + "\n").encode()


class PixelCanvas:
    """Strokes as a PNG picture on white ground."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._size, self._title = (width, height), _printable(title)
        self._image = Image.new("RGB", (width * _SHARPNESS, height * _SHARPNESS), "#ffffff")
        self._draw = ImageDraw.Draw(self._image)
        self._fonts: dict[float, ImageFont.ImageFont | ImageFont.FreeTypeFont] = {}

    def rect(self, x: float, y: float, width: float, height: float, fill: str, *, edge: str = "") -> None:
        """Fill a rectangle."""
        corners = [_up(x), _up(y), max(_up(x), _up(x + width) - 1), max(_up(y), _up(y + height) - 1)]
        self._draw.rectangle(corners, fill=fill, outline=edge or None, width=_SHARPNESS if edge else 0)

    def line(self, points: Sequence[Point], colour: str, *, width: float = 1.0) -> None:
        """Draw a line through points."""
        places = [(_up(x), _up(y)) for x, y in points]
        self._draw.line(places, fill=colour, width=max(1, _up(width)), joint="curve")

    def polygon(self, points: Sequence[Point], fill: str, *, edge: str = "") -> None:
        """Fill a polygon."""
        places = [(_up(x), _up(y)) for x, y in points]
        self._draw.polygon(places, fill=fill, outline=edge or None, width=_SHARPNESS)

    def text(
        self, x: float, y: float, text: str, *, size: float, colour: str, anchor: str = "left", bold: bool = False
    ) -> None:
        """Write a text."""
        font = self._fonts.setdefault(size, ImageFont.load_default(size * _SHARPNESS))
        weight = 1 if bold else 0
        self._draw.text((_up(x), _up(y)), text, fill=colour, font=font, anchor=_ANCHORS[anchor][1], stroke_width=weight)

    def finished(self) -> bytes:
        """Return the PNG file."""
        notes, out = PngInfo(), io.BytesIO()
        notes.add_text("Software", MARK)
        notes.add_itxt("Title", self._title)
        self._image.resize(self._size, Image.Resampling.BOX).save(out, "PNG", pnginfo=notes, optimize=False)
        return out.getvalue()


def _n(value: float) -> str:
    """Write a number with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _edge(colour: str) -> str:
    return f' stroke="{colour}" stroke-width="1"' if colour else ""


def _plain(text: str) -> str:
    """Escape a text; XML cannot hold every character."""
    return escape(_printable(text), quote=False)


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _up(value: float) -> int:
    return round(value * _SHARPNESS)
