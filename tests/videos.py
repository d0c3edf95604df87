"""Synthetic videos with known cuts, for every test that needs pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
Colour = tuple[int, int, int]
Size = tuple[int, int]

AUDIO_RATE: Final = 48_000
TICK: Final = Fraction(1, 90_000)


def _bars(_frame: int, size: Size) -> U8:
    columns = np.linspace(0, 7.999, size[0]).astype(int)
    row = np.array([[(c & 1) * 255, (c >> 1 & 1) * 255, (c >> 2 & 1) * 255] for c in columns], np.uint8)
    return np.broadcast_to(row, (size[1], size[0], 3)).copy()


def _checker(_frame: int, size: Size) -> U8:
    y, x = np.mgrid[: size[1], : size[0]]
    return np.repeat((((x // 16 + y // 16) % 2) * 200 + 20).astype(np.uint8)[..., None], 3, axis=2)


def _moving(frame: int, size: Size) -> U8:
    """A bright square that moves to and fro over grey, 2 px a frame."""
    picture = np.full((size[1], size[0], 3), 60, np.uint8)
    way = max(1, size[0] - 40)
    left = way - abs(2 * frame % (2 * way) - way)
    picture[20:60, left : left + 40] = (230, 200, 40)
    return picture


def _noise(frame: int, size: Size) -> U8:
    """Another random picture in each frame."""
    return np.random.default_rng(frame).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)


PATTERNS: Final[dict[str, Callable[[int, Size], U8]]] = {
    "bars": _bars,
    "checker": _checker,
    "moving": _moving,
    "noise": _noise,
}

Look = Colour | str
"""An RGB colour, or one of `PATTERNS`."""


def picture(look: Look, frame: int = 0, size: Size = (160, 120)) -> U8:
    """Draw one (H, W, 3) RGB picture; `frame` counts from the start of its shot."""
    if isinstance(look, str):
        return PATTERNS[look](frame, size)
    return np.full((size[1], size[0], 3), look, np.uint8)


def write_video(
    path: Path,
    shots: Sequence[tuple[float | Fraction, Look]],
    *,
    rate: Fraction = Fraction(25),
    size: Size = (160, 120),
    with_audio: bool = False,
    codec: str = "libx264",
    timecode: str | None = None,
) -> Path:
    """Write a video of uncut shots, each (seconds, look), at a constant rate; return `path`.

    A cut stands at the frame nearest to the sum of the lengths before it.
    """

    def frames() -> Iterator[tuple[Fraction, U8]]:
        number, end_s = 0, Fraction(0)
        for seconds, look in shots:
            end_s += Fraction(seconds).limit_denominator(100_000)
            first = number
            while number < round(end_s * rate):
                yield number / rate, picture(look, number - first, size)
                number += 1

    return write_pictures(path, frames(), rate=rate, with_audio=with_audio, codec=codec, timecode=timecode)


def write_pictures(
    path: Path,
    pictures: Iterable[tuple[Fraction, U8]],
    *,
    rate: Fraction = Fraction(25),
    with_audio: bool = False,
    codec: str = "libx264",
    timecode: str | None = None,
) -> Path:
    """Write RGB pictures, each with its presentation time in seconds, so also at a variable rate; return `path`."""
    options = {"crf": "10", "preset": "ultrafast", "threads": "1"} if codec == "libx264" else {}
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate, options=options)
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = TICK if codec == "libx264" else 1 / rate
        if timecode is not None:
            stream.metadata["timecode"] = timecode
        audio: Any = container.add_stream("aac", rate=AUDIO_RATE, layout="mono") if with_audio else None
        end_s = Fraction(0)
        for at_s, rgb in pictures:
            if not stream.codec_context.is_open:
                stream.height, stream.width = rgb.shape[:2]
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame.time_base = stream.codec_context.time_base
            frame.pts = round(at_s / frame.time_base)
            container.mux(stream.encode(frame))
            end_s = at_s + 1 / rate
        container.mux(stream.encode(None))
        if audio is not None:
            _write_sine(container, audio, end_s)
    return path


def write_audio(path: Path, seconds: float = 1.0) -> Path:
    """Write a sine and no picture; return `path`."""
    with av.open(str(path), "w") as container:
        _write_sine(container, container.add_stream("aac", rate=AUDIO_RATE, layout="mono"), Fraction(seconds))
    return path


def _write_sine(container: Any, stream: Any, seconds: Fraction) -> None:
    n_samples = round(seconds * AUDIO_RATE)
    wave = (0.1 * np.sin(2 * np.pi * 440 * np.arange(n_samples) / AUDIO_RATE)).astype(np.float32)
    for start in range(0, n_samples, 1024):
        frame = av.AudioFrame.from_ndarray(wave[None, start : start + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, start, Fraction(1, AUDIO_RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
