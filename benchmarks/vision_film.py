"""Two minutes of 1080p25 for `benchmarks vision`: real footage, cut often, with a camera that pans and zooms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NamedTuple

import av
import cv2
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]

RATE: Final = Fraction(25)
SIZE: Final = (1920, 1080)
_SEED: Final = 20_240_611
_SHOT_S: Final = (1.0, 6.0)
_ZOOM: Final = (1.0, 1.6)
# One thread and no adaptation to the machine: the same bytes wherever the same libraries run.
_ENCODER: Final = {"preset": "faster", "crf": "19", "threads": "1", "sc_threshold": "0"}


class Shot(NamedTuple):
    """A stretch of a clip, seen by a camera that moves evenly from one framing to another."""

    clip: int
    first: int
    n_frames: int
    start: tuple[float, float, float]
    """Zoom, and where the framing lies in what the zoom leaves free, 0..1 across and down."""
    end: tuple[float, float, float]


def write_film(path: Path, clips: Sequence[Path], seconds: int) -> Path:
    """Write the film unless it is there; it appears whole or not at all.  The same seconds give the same film."""
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.mp4")
    with av.open(str(unfinished), "w") as container:
        stream: Any = container.add_stream("libx264", rate=RATE, options=dict(_ENCODER))
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for picture in pictures([_frames(clip) for clip in clips], round(seconds * RATE)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
    return unfinished.replace(path)


def pictures(clips: Sequence[Sequence[U8]], n_frames: int) -> Iterator[U8]:
    """Yield the (1080, 1920, 3) BGR pictures of the film."""
    for shot in _shots([len(clip) for clip in clips], n_frames):
        for step in range(shot.n_frames):
            way = step / max(1, shot.n_frames - 1)
            zoom, across, down = (a + (b - a) * way for a, b in zip(shot.start, shot.end, strict=True))
            yield _framed(clips[shot.clip][shot.first + step], zoom, across, down)


def _shots(lengths: Sequence[int], n_frames: int) -> Iterator[Shot]:
    """Yield shots that are `n_frames` long together; clips take turns."""
    rng = np.random.Generator(np.random.Philox(key=_SEED))
    left, number = n_frames, 0
    while left:
        clip = number % len(lengths)
        length = min(left, lengths[clip], round(rng.uniform(*_SHOT_S) * RATE))
        first = int(rng.integers(0, lengths[clip] - length + 1))
        start, end = ((rng.uniform(*_ZOOM), rng.uniform(), rng.uniform()) for _ in range(2))
        yield Shot(clip, first, length, start, end)
        left, number = left - length, number + 1


def _framed(picture: U8, zoom: float, across: float, down: float) -> U8:
    """Fill 1920 x 1080 with a part of a picture, to a fraction of a pixel."""
    height, width = picture.shape[:2]
    scale = zoom * max(SIZE[0] / width, SIZE[1] / height)
    left, top = across * (width * scale - SIZE[0]), down * (height * scale - SIZE[1])
    place = np.array([[scale, 0, -left], [0, scale, -top]])
    framed: Any = cv2.warpAffine(picture, place, SIZE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    filled: U8 = framed
    return filled


def _frames(clip: Path) -> list[U8]:
    with av.open(str(clip)) as container:
        decoded: Any = container.decode(video=0)
        return [frame.to_ndarray(format="bgr24") for frame in decoded]
