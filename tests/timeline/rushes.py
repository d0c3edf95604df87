"""The camera originals of the reference edit as real files, with the timecode of their first frame inside."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.timeline.reference_edit import SOURCES, EditRate
from v2m_bridge.core.messages import ProbeRequest
from v2m_bridge.core.timeline import MediaFacts
from v2m_bridge.prober import probe_media


def write_rushes(at: EditRate, folder: Path) -> None:
    """Write every source that is not in the folder yet."""
    for source in SOURCES:
        if not (folder / source.file).exists():
            write_video(folder / source.file, at, source.n_frames, source.start_label)


def write_video(path: Path, at: EditRate, n_frames: int, start_label: str = "") -> None:
    """Write a video that shows one grey picture; without a label it has no timecode."""
    with av.open(str(path), "w") as container:
        if start_label:
            container.metadata["timecode"] = start_label
        stream: Any = container.add_stream("mjpeg", rate=at.rate)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 16, 16, "yuvj420p", 1 / at.rate
        for number in range(n_frames):
            packet = av.Packet(_picture())
            packet.pts = packet.dts = number
            packet.duration, packet.time_base, packet.stream, packet.is_keyframe = 1, 1 / at.rate, stream, True
            container.mux(packet)


@cache
def _picture() -> bytes:
    codec: Any = av.CodecContext.create("mjpeg", "w")
    codec.width, codec.height, codec.pix_fmt, codec.time_base = 16, 16, "yuvj420p", Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(np.full((16, 16, 3), 128, np.uint8), format="rgb24").reformat(format="yuvj420p")
    return b"".join(bytes(packet) for packet in (*codec.encode(frame), *codec.encode(None)))


def facts(paths: tuple[str, ...]) -> dict[str, MediaFacts]:
    """Ask media what they say of themselves, as the prober does."""
    return probe_media(ProbeRequest(paths), lambda *_: None).facts
