"""One decode pass: the pictures of a medium in display order, each with its exact time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.video import MediaInfo
from v2m_bridge.errors import MediaError
from v2m_bridge.vision.probe import info_of, open_medium, picture_stream

U8 = NDArray[np.uint8]

THUMBNAIL_WIDTH_PX: Final = 256
"""Width at which cuts are sought; PySceneDetect scales down to the same."""
PICTURE_SHORT_SIDE_PX: Final = 360
"""Shorter side of the pictures for motion and emotion."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture; `at_s` is exact seconds from the start of the medium, `end_s` when the next one is due.

    The two sizes are rendered when they are first asked for: every frame needs the thumbnail, few need the picture.
    """

    at_s: Fraction
    end_s: Fraction
    source: Any
    """An ``av.VideoFrame``, or an array (H, W, 3) uint8 of BGR which is used as it is."""
    thumbnail_size: tuple[int, int] = (0, 0)
    picture_size: tuple[int, int] = (0, 0)
    """Width and height in pixels, before rotation."""

    @classmethod
    def of_array(cls, at_s: Fraction, bgr: U8, end_s: Fraction | None = None) -> Frame:
        """Wrap a picture that is already an array (H, W, 3) of BGR."""
        return cls(at_s, at_s if end_s is None else end_s, bgr)

    @cached_property
    def bgr(self) -> U8:
        """(H, W, 3) uint8, shorter side at most 360 px, upright."""
        return _upright(self._render(self.picture_size, "BILINEAR"), getattr(self.source, "rotation", 0))

    @cached_property
    def thumbnail(self) -> U8:
        """(H, W, 3) uint8, at most 256 px wide, as it lies in the file."""
        return self._render(self.thumbnail_size, "FAST_BILINEAR")

    def _render(self, size: tuple[int, int], interpolation: str) -> U8:
        if isinstance(self.source, np.ndarray):
            return self.source
        scaled = self.source.reformat(size[0], size[1], "bgr24", interpolation=interpolation, threads=1)
        pixels: U8 = scaled.to_ndarray()
        return pixels


class Frames:
    """The frames of one medium as a single pass; closing it, or leaving a ``with``, closes the file.

    Corrupt stretches are passed over, so that of a truncated file all that can be seen is seen.

    Parameters
    ----------
    path : Path
        A plain video file.

    Raises
    ------
    MediaError
        On opening as `probe`; in the iteration when not one picture can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._container = open_medium(path)
        self.info: Final[MediaInfo] = info_of(path, self._container)

    def __enter__(self) -> Frames:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; may be called more than once."""
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        stream = picture_stream(self._path, self._container)
        stream.thread_type = "AUTO"
        last: Frame | None = None
        for decoded in _decoded(self._container, stream):
            frame = self._frame(decoded, stream, last)
            if frame is not None:
                last = frame
                yield frame
        if last is None:
            raise MediaError(f"not one picture of {self._path.name} can be decoded")

    def _frame(self, decoded: Any, stream: Any, last: Frame | None) -> Frame | None:
        """Place a decoded picture in time; None for one that does not come after the last."""
        tick_s = Fraction(decoded.time_base or stream.time_base)
        if decoded.pts is None:
            at_s = last.end_s if last else Fraction(0)
        else:
            origin = stream.start_time if stream.start_time is not None else 0
            at_s = self._on_grid((decoded.pts - origin) * tick_s, tick_s)
        if at_s < 0 or (last is not None and at_s <= last.at_s):
            return None
        length_s = decoded.duration * tick_s if decoded.duration else 1 / self.info.rate
        end_s = self._on_grid(at_s + length_s, tick_s)
        if last is not None:
            return Frame(at_s, end_s, decoded, last.thumbnail_size, last.picture_size)
        size = (decoded.width, decoded.height)
        thumbnail, picture = _fit(size, width=THUMBNAIL_WIDTH_PX), _fit(size, short=PICTURE_SHORT_SIDE_PX)
        return Frame(at_s, end_s, decoded, thumbnail, picture)

    def _on_grid(self, seconds: Fraction, tick_s: Fraction) -> Fraction:
        """Return the frame boundary that a coarse clock (a millisecond in Matroska) has rounded, if there is one."""
        exact = round(seconds * self.info.rate) / self.info.rate
        return exact if abs(exact - seconds) <= tick_s else seconds


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    """Yield whole pictures in display order, passing over packets that cannot be decoded."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.error.FFmpegError, OSError):
            return
        try:
            pictures = packet.decode()
        except (av.error.FFmpegError, OSError):
            continue
        yield from (picture for picture in pictures if not picture.is_corrupt)


def _fit(size: tuple[int, int], *, width: int | None = None, short: int | None = None) -> tuple[int, int]:
    """Scale a size down, never up, to a width or to a shorter side; both sides stay even and at least 2 px."""
    scale = min(Fraction(1), Fraction(width, size[0]) if width else Fraction(short or 1, min(size)))
    return max(2, 2 * round(size[0] * scale / 2)), max(2, 2 * round(size[1] * scale / 2))


def _upright(bgr: U8, degrees: int) -> U8:
    """Undo the rotation that the file asks for; `degrees` counts counterclockwise."""
    return np.ascontiguousarray(np.rot90(bgr, degrees // 90 % 4)) if degrees % 360 else bgr
