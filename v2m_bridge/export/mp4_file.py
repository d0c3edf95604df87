"""MP4: H.264 picture at the rate of the edit, coded here or copied, and AAC stereo sound at 48 kHz."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.errors import OutputError
from v2m_bridge.export.files import MARK
from v2m_bridge.export.held_sound import HeldSound
from v2m_bridge.export.picture_copy import CodedPicture
from v2m_bridge.export.source_picture import Size, open_media
from v2m_bridge.export.synth import SAMPLE_RATE

_VIDEO_OPTIONS: Final = {"crf": "20", "preset": "veryfast"}
# The movie clock counts samples: with the default of 1 ms, edit lists would be rounded to it.
_CONTAINER_OPTIONS: Final = {"movflags": "+faststart", "movie_timescale": "48000"}
_AUDIO_BIT_RATE: Final = 256_000
_AAC_FRAME_SAMPLES: Final = 1024

Told = Callable[[int, int], None]
"""Receives (frames done, frames in all)."""


def write_mp4(
    frames: Iterable[Any],
    *,
    size: Size,
    rate: Fraction,
    n_frames: int,
    sound: HeldSound,
    path: Path,
    title: str,
    progress: Told,
) -> None:
    """Write frames and sound, the index first so that players can start at once.

    Parameters
    ----------
    frames : iterable of av.VideoFrame
        `n_frames` of them, of this size, in yuv420p.
    size : Size
        Of the picture.
    rate : Fraction
        Exact frames per second.
    n_frames : int
        Length of the edit.
    sound : HeldSound
        The encoder's lead-in is skipped by an edit list, so that sample 0 falls on frame 0.
    path : Path
        An empty file.
    title : str
        Name of the edit.
    progress : callable
        Receives (frames done, `n_frames`).

    Raises
    ------
    OutputError
        When the encoders refuse.
    """
    with _film(path, title) as container:
        picture = _Picture(container, size, rate)
        coded_sound = _Sound(container, sound)
        for number, frame in enumerate(frames):
            picture.write(frame, number)
            coded_sound.write_until(Fraction(number + 1) / rate)
            progress(number + 1, n_frames)
        picture.close()
        coded_sound.close()


def write_copied_mp4(
    picture: CodedPicture, *, rate: Fraction, sound: HeldSound, path: Path, title: str, progress: Told
) -> None:
    """Write a picture as it is coded already, with sound; the rest is as for `write_mp4`.

    Raises
    ------
    MediaError
        When the medium cannot be read.
    OutputError
        When the encoder of the sound refuses.
    """
    n_frames, done = max(picture.numbers) + 1, 0
    with _film(path, title) as container, open_media(picture.path) as source:
        stream = container.add_stream_from_template(source.streams.video[0])
        stream.time_base = 1 / rate
        coded_sound = _Sound(container, sound)
        for packet, number in picture.packets():
            packet.stream, packet.time_base = stream, 1 / rate
            packet.pts, packet.dts, packet.duration = number, done - picture.delay, 1
            container.mux(packet)
            done += 1
            coded_sound.write_until(Fraction(done) / rate)
            progress(done, n_frames)
        coded_sound.close()


@contextmanager
def _film(path: Path, title: str) -> Iterator[Any]:
    try:
        with av.open(str(path), "w", format="mp4", options=dict(_CONTAINER_OPTIONS)) as container:
            container.metadata.update({"title": title, "comment": MARK})
            yield container
    except (av.FFmpegError, ValueError) as exc:
        raise OutputError(f"cannot encode {path.suffix} video: {exc}") from exc


class _Picture:
    def __init__(self, container: Any, size: Size, rate: Fraction) -> None:
        self._container = container
        self._stream = container.add_stream("libx264", rate=rate, options=dict(_VIDEO_OPTIONS))
        self._stream.width, self._stream.height = size.width, size.height
        self._stream.pix_fmt = "yuv420p"
        self._time_base = 1 / rate
        self._stream.codec_context.time_base = self._time_base

    def write(self, frame: Any, number: int) -> None:
        frame.pts, frame.time_base = number, self._time_base
        frame.pict_type = 0
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        self._container.mux(self._stream.encode(None))


class _Sound:
    def __init__(self, container: Any, sound: HeldSound) -> None:
        self._container = container
        self._stream = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        self._stream.bit_rate = _AUDIO_BIT_RATE
        self._blocks: Iterator[F32] = sound.blocks(_AAC_FRAME_SAMPLES)
        self._at = 0

    def write_until(self, end_s: Fraction | None) -> None:
        """Encode up to a time, or all that is left."""
        while end_s is None or Fraction(self._at, SAMPLE_RATE) < end_s:
            block = next(self._blocks, None)
            if block is None:
                return
            planes = np.ascontiguousarray(block.T)
            frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._at, Fraction(1, SAMPLE_RATE)
            self._container.mux(self._stream.encode(frame))
            self._at += len(block)

    def close(self) -> None:
        self.write_until(None)
        self._container.mux(self._stream.encode(None))
