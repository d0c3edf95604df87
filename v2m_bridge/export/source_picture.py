"""Pictures of one medium by source time, at the size of the render."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av

from v2m_bridge.core.numbered import numbered_images
from v2m_bridge.errors import MediaError

FILE_ONLY: Final = {"protocol_whitelist": "file"}
"""Media come from a timeline, which is not trusted: nothing but local files is opened."""

_HELD_FORWARD, _HELD_BACKWARD = 3, 32
"""Decoded frames kept; reverse play decodes a stretch once for as many frames."""
_SEEK_AHEAD_S: Final = Fraction(3)
"""Further ahead than this a seek is cheaper than decoding on."""
_QUARTER_TURN: Final = 90
# Filters for the counterclockwise turn, in degrees, that a phone writes into its films.
_HALF_TURN: Final = (("hflip", ""), ("vflip", ""))
_TURNS: Final = {
    90: (("transpose", "cclock"),),
    -90: (("transpose", "clock"),),
    180: _HALF_TURN,
    -180: _HALF_TURN,
}


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels, both even."""

    width: int
    height: int


class _Held:
    """A decoded frame and its time; fitted to the render once."""

    __slots__ = ("at_s", "fitted", "frame")

    def __init__(self, at_s: Fraction, frame: Any) -> None:
        self.at_s, self.frame = at_s, frame
        self.fitted: Any = None


class SourcePicture:
    """Gives the frame nearest to a source time, forward, backward or standing still."""

    def __init__(self, container: Any, size: Size, name: str) -> None:
        self._container = container
        self._name = name
        self._stream = container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self._start_pts = self._stream.start_time or 0
        self._fit = _Fitting(size, _pixel_aspect(self._stream))
        self._held: deque[_Held] = deque(maxlen=_HELD_FORWARD)
        self._frames: Iterator[_Held] = self._decoded()
        self._ended = False

    def at(self, source_s: Fraction) -> Any:
        """Return the picture at `source_s` seconds from the start of the medium, as an av.VideoFrame in yuv420p.

        Before the first frame it is the first, beyond the last the last.

        Raises
        ------
        MediaError
            When nothing can be decoded there.
        """
        wanted_s = max(Fraction(0), source_s)
        try:
            self._reach(wanted_s)
            nearest = min(self._held, key=lambda held: abs(held.at_s - wanted_s), default=None)
            if nearest is None:
                raise MediaError(f"{self._name} holds no picture")
            if nearest.fitted is None:
                nearest.fitted, nearest.frame = self._fit(nearest.frame), None
        except (av.FFmpegError, ValueError) as exc:
            raise MediaError(f"cannot decode {self._name}: {exc}") from exc
        return nearest.fitted

    def _reach(self, wanted_s: Fraction) -> None:
        """Decode until the frames held stand on both sides of `wanted_s`, as far as the medium has them."""
        first_s, last_s = (self._held[0].at_s, self._held[-1].at_s) if self._held else (Fraction(0), Fraction(0))
        if wanted_s < first_s:
            self._seek(wanted_s, _HELD_BACKWARD)
        elif wanted_s > last_s + _SEEK_AHEAD_S and not self._ended:
            self._seek(wanted_s, _HELD_FORWARD)
        while not self._ended and (not self._held or self._held[-1].at_s < wanted_s):
            self._decode_one()

    def _seek(self, wanted_s: Fraction, n_held: int) -> None:
        """Go to the key frame before `wanted_s`, or to the start of a medium that cannot find it."""
        for target_s in (wanted_s, Fraction(0)):
            pts = self._start_pts + int(target_s / self._stream.time_base)
            self._container.seek(pts, stream=self._stream, backward=True)
            self._held = deque(maxlen=n_held)
            self._frames, self._ended = self._decoded(), False
            self._decode_one()
            if self._held and self._held[0].at_s <= wanted_s:
                return

    def _decode_one(self) -> None:
        held = next(self._frames, None)
        if held is None:
            self._ended = True
        else:
            self._held.append(held)

    def _decoded(self) -> Iterator[_Held]:
        for frame in self._container.decode(self._stream):
            if frame.pts is not None:
                yield _Held((frame.pts - self._start_pts) * self._stream.time_base, frame)


@contextmanager
def open_picture(path: str, size: Size) -> Iterator[SourcePicture]:
    """Open a medium for `SourcePicture.at`.

    Raises
    ------
    MediaError
        When it is missing or has no picture.
    """
    with open_media(path) as container:
        yield SourcePicture(container, size, Path(path).name)


@contextmanager
def open_media(path: str) -> Iterator[Any]:
    """Open a local file that holds a picture, or numbered images.

    Raises
    ------
    MediaError
        When it is missing, or no film.
    """
    name = Path(path).name
    images = numbered_images(path)
    if not (Path(path) if images is None else images.file(images.first)).is_file():
        raise MediaError(f"{name} is not there")
    try:
        if images is None:
            container = av.open(f"file:{path}", options=dict(FILE_ONLY))
        else:
            container = av.open(images.pattern, format="image2", options=images.options)
    except (av.FFmpegError, ValueError) as exc:
        raise MediaError(f"cannot open {name}: {exc}") from exc
    with container:
        if not container.streams.video:
            raise MediaError(f"{name} has no picture")
        yield container


def display_size(path: str) -> Size:
    """Return the size at which a medium is shown: pixel shape and turn applied, made even.

    Raises
    ------
    MediaError
        When its first picture cannot be decoded.
    """
    with open_media(path) as container:
        try:
            frame = next(container.decode(video=0), None)
        except (av.FFmpegError, ValueError) as exc:
            raise MediaError(f"cannot decode {Path(path).name}: {exc}") from exc
        if frame is None:
            raise MediaError(f"{Path(path).name} holds no picture")
        return _shown_size(frame, _pixel_aspect(container.streams.video[0]))


class _Fitting:
    """Turns, scales and pads frames; the filter graph is made again where the frames change."""

    def __init__(self, size: Size, pixel_aspect: Fraction) -> None:
        self._size = size
        self._pixel_aspect = pixel_aspect
        self._made_for: tuple[object, ...] = ()
        self._graph: Any = None

    def __call__(self, frame: Any) -> Any:
        shape = (frame.width, frame.height, frame.format.name, frame.rotation)
        if shape != self._made_for:
            self._graph, self._made_for = self._make(frame), shape
        self._graph.push(frame)
        return self._graph.pull()

    def _make(self, frame: Any) -> Any:
        graph = av.filter.Graph()
        last = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format.name, time_base=Fraction(1, 1000)
        )
        for name, arguments in self._filters(frame):
            node = graph.add(name, arguments)
            last.link_to(node)
            last = node
        last.link_to(graph.add("buffersink"))
        graph.configure()
        return graph

    def _filters(self, frame: Any) -> Iterator[tuple[str, str]]:
        """Name and arguments of each filter, in order."""
        yield from _TURNS.get(frame.rotation, ())
        shown = _shown_size(frame, self._pixel_aspect)
        ratio = min(Fraction(self._size.width, shown.width), Fraction(self._size.height, shown.height))
        fitted = _even(shown.width * ratio, shown.height * ratio)
        yield "scale", f"{fitted.width}:{fitted.height}:flags=bicubic"
        yield "format", "yuv420p"
        yield "pad", f"{self._size.width}:{self._size.height}:(ow-iw)/2:(oh-ih)/2:black"
        yield "setsar", "1"


def _shown_size(frame: Any, pixel_aspect: Fraction) -> Size:
    shown = _even(frame.width * pixel_aspect, Fraction(frame.height))
    return Size(shown.height, shown.width) if abs(frame.rotation) == _QUARTER_TURN else shown


def _even(width: Fraction, height: Fraction) -> Size:
    return Size(max(2, round(width / 2) * 2), max(2, round(height / 2) * 2))


def _pixel_aspect(stream: Any) -> Fraction:
    return Fraction(stream.sample_aspect_ratio or 1)
