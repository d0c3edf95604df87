"""One decode pass: the pictures of a medium in display order, each with its exact time."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import av

from v2m_bridge.core.video import MediaInfo
from v2m_bridge.errors import MediaError
from v2m_bridge.vision.ahead import ahead
from v2m_bridge.vision.probe import info_of, open_medium, picture_stream
from v2m_bridge.vision.scaling import U8, Scaler, Size

__all__ = ["PICTURE_SHORT_SIDE_PX", "THUMBNAIL_WIDTH_PX", "U8", "Frame", "Frames", "SeekError"]

THUMBNAIL_WIDTH_PX: Final = 256
"""Width at which cuts are sought; PySceneDetect scales down to the same."""
PICTURE_SHORT_SIDE_PX: Final = 360
"""Shorter side of the pictures for motion and emotion."""
MOST_AHEAD: Final = 12
AHEAD_BYTES: Final = 64 << 20
"""Decoded pictures that wait: so many, or so many bytes, but two at least."""
_MOST_ASPECT: Final = Fraction(8)


class SeekError(Exception):
    """A medium cannot be decoded from the middle with certainty; it is to be decoded from its start."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture; `at_s` is exact seconds from the start of the medium, `end_s` when the next one is due.

    The two sizes are rendered when they are first asked for: every frame needs the thumbnail, few need the picture.
    """

    at_s: Fraction
    end_s: Fraction
    source: Any
    """An ``av.VideoFrame``, or an array (H, W, 3) uint8 of BGR which is used as it is."""
    scaler: Scaler | None = None
    """Makes both sizes of what is not an array."""

    @classmethod
    def of_array(cls, at_s: Fraction, bgr: U8, end_s: Fraction | None = None) -> Frame:
        """Wrap a picture that is already an array (H, W, 3) of BGR."""
        return cls(at_s, at_s if end_s is None else end_s, bgr)

    @cached_property
    def bgr(self) -> U8:
        """(H, W, 3) uint8, shorter side at most 360 px, upright, with square pixels, as a viewer sees it."""
        return self.source if self.scaler is None else self.scaler.picture(self.source)

    @cached_property
    def thumbnail(self) -> U8:
        """(H, W, 3) uint8, at most 256 px wide, as it lies in the file."""
        return self.source if self.scaler is None else self.scaler.thumbnail(self.source)


class Frames:
    """The frames of one medium as a single pass; closing it, or leaving a ``with``, closes the file.

    Corrupt stretches are passed over, so that of a truncated file all that can be seen is seen.

    Parameters
    ----------
    path : Path
        A plain video file.
    device : str
        Kind of device that decodes, from `v2m_bridge.vision.hardware.device`; empty for the processor.

    Raises
    ------
    MediaError
        On opening as `probe`; in the iteration when not one picture can be decoded.
    """

    def __init__(self, path: Path, *, device: str = "") -> None:
        self._path = path
        self._container = open_medium(path, device=device)
        self.info: Final[MediaInfo] = info_of(path, self._container)
        self._stream = picture_stream(path, self._container)
        self._stream.thread_type = "AUTO"
        self._pixel_aspect = _pixel_aspect(self._stream)
        self._scaler: Scaler | None = None
        self._decoding: Generator[Any, None, None] | None = None

    def __enter__(self) -> Frames:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; may be called more than once."""
        self._stop_decoding()
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        last: Frame | None = None
        for decoded in self._decoded():
            frame = self._frame(decoded, last)
            if frame is not None:
                last = frame
                yield frame
        if last is None:
            raise MediaError(f"not one picture of {self._path.name} can be decoded")

    def since(self, start_s: Fraction) -> Iterator[Frame]:
        """Yield the frames from a keyframe at or before `start_s` to the end, each as in the pass from the start.

        Raises
        ------
        SeekError
            When there is no such keyframe that can be trusted: no index, no times, or the wrong place.
        """
        tick_s = Fraction(self._stream.time_base or 0)
        if not tick_s:
            raise SeekError(self._path.name)
        origin = self._stream.start_time or 0
        self._stop_decoding()
        try:
            self._container.seek(origin + int(start_s / tick_s), stream=self._stream, backward=True)
        except (av.error.FFmpegError, OSError) as exc:
            raise SeekError(self._path.name) from exc
        last: Frame | None = None
        for decoded in self._decoded():
            if decoded.pts is None:
                raise SeekError(self._path.name)
            if last is None and not decoded.key_frame:
                continue  # shown before the keyframe, of which it knows nothing
            frame = self._frame(decoded, last)
            if frame is None:
                continue
            if last is None and frame.at_s > start_s:
                raise SeekError(self._path.name)
            last = frame
            yield frame

    def _decoded(self) -> Iterator[Any]:
        """Yield decoded pictures; the decoder runs ahead, so that it never waits for what is done with them."""
        self._stop_decoding()
        n_bytes = max(1, self._stream.codec_context.width * self._stream.codec_context.height * 2)
        most = min(max(AHEAD_BYTES // n_bytes, 2), MOST_AHEAD)
        self._decoding = ahead(_decoded(self._container, self._stream), most)
        return self._decoding

    def _stop_decoding(self) -> None:
        if self._decoding is not None:
            self._decoding.close()
            self._decoding = None

    def _frame(self, decoded: Any, last: Frame | None) -> Frame | None:
        """Place a decoded picture in time; None for one that does not come after the last."""
        tick_s = Fraction(decoded.time_base or self._stream.time_base)
        if decoded.pts is None:
            at_s = last.end_s if last else Fraction(0)
        else:
            origin = self._stream.start_time if self._stream.start_time is not None else 0
            at_s = self._on_grid((decoded.pts - origin) * tick_s, tick_s)
        if at_s < 0 or (last is not None and at_s <= last.at_s):
            return None
        length_s = decoded.duration * tick_s if decoded.duration else 1 / self.info.rate
        if self._scaler is None:
            stored = (decoded.width, decoded.height)
            shown = (round(decoded.width * self._pixel_aspect), decoded.height)
            self._scaler = Scaler(_fit(stored, width=THUMBNAIL_WIDTH_PX), _fit(shown, short=PICTURE_SHORT_SIDE_PX))
        return Frame(at_s, self._on_grid(at_s + length_s, tick_s), decoded, self._scaler)

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


def _pixel_aspect(stream: Any) -> Fraction:
    """Return how much wider than high a pixel is shown; 1 where the file says nothing sane."""
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    return aspect if 1 / _MOST_ASPECT <= aspect <= _MOST_ASPECT else Fraction(1)


def _fit(size: Size, *, width: int | None = None, short: int | None = None) -> Size:
    """Scale a size down, never up, to a width or to a shorter side; both sides stay even and at least 2 px."""
    scale = min(Fraction(1), Fraction(width, size[0]) if width else Fraction(short or 1, min(size)))
    return max(2, 2 * round(size[0] * scale / 2)), max(2, 2 * round(size[1] * scale / 2))
