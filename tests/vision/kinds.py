"""Videos of the kinds that cameras, editors and phones make, each a second or more of the same moving picture."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from tests.videos import U8, picture

RATE: Final = Fraction(25)
SIZE: Final = (160, 96)
SECONDS: Final = 3
_UNITY: Final = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_MATRICES: Final = {
    90: struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, SIZE[1] << 16, 0, 1 << 30),
    180: struct.pack(">9i", -1 << 16, 0, 0, 0, -1 << 16, 0, SIZE[0] << 16, SIZE[1] << 16, 1 << 30),
    270: struct.pack(">9i", 0, -1 << 16, 0, 1 << 16, 0, 0, 0, SIZE[0] << 16, 1 << 30),
}


def shown(frame: int) -> U8:
    """Return (H, W, 3) RGB: bright above, dark below, a red square that moves; from second 2 on something else."""
    if frame >= 2 * RATE:
        return picture("checker", frame, SIZE)
    rgb = np.full((SIZE[1], SIZE[0], 3), 40, np.uint8)
    rgb[: SIZE[1] // 2] = 180
    rgb[20:50, 2 * frame : 2 * frame + 30] = (220, 30, 30)
    return rgb


def write(
    path: Path,
    codec: str,
    pixels: str,
    *,
    options: Mapping[str, str] | None = None,
    prepare: Callable[[Any], None] = lambda stream: None,
    alpha: U8 | None = None,
) -> Path:
    """Write the picture with a codec, as a pixel format; `prepare` sets up the stream, `alpha` covers its pixels."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=RATE, options=dict(options or {}))
        stream.width, stream.height = SIZE
        stream.pix_fmt = pixels
        prepare(stream)
        for number in range(int(SECONDS * RATE)):
            rgb, kind = shown(number), "rgb24"
            if alpha is not None:
                rgb, kind = np.dstack([rgb, alpha]), "rgba"
            frame = av.VideoFrame.from_ndarray(rgb, format=kind).reformat(format=pixels)
            frame.pts, frame.time_base = number, 1 / RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def h264(path: Path) -> Path:
    """Write the picture as H.264 in 4:2:0."""
    return write(path, "libx264", "yuv420p", options={"crf": "8", "preset": "ultrafast", "threads": "1"})


def hdr(path: Path, curve: int) -> Path:
    """Write HEVC in 10 bit whose tags say PQ (16) or HLG (18), over Rec. 2020."""

    def tag(stream: Any) -> None:
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = 9, curve, 9, 1

    options = {"x265-params": "log-level=none:pools=1:crf=8", "preset": "ultrafast"}
    return write(path, "libx265", "yuv420p10le", options=options, prepare=tag)


def interlaced(path: Path) -> Path:
    """Write MPEG-2 in fields, top first."""
    return write(path, "mpeg2video", "yuv420p", options={"flags": "+ildct+ilme", "top": "1", "qscale": "2"})


def rotated(path: Path, degrees: int) -> Path:
    """Write an H.264 file that asks its player to turn the picture clockwise, as phones do."""
    data = h264(path).read_bytes()
    assert data.count(_UNITY) >= 2  # of the film and of its track
    track = data.rindex(_UNITY)
    path.write_bytes(data[:track] + _MATRICES[degrees] + data[track + len(_UNITY) :])
    return path
