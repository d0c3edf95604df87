"""The sound of a medium in stereo at 48 kHz, read forward from one place, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.containers import FINDS_ITS_PLACE, SOUND_CONTAINERS
from v2m_bridge.errors import MediaError
from v2m_bridge.export.synth import SAMPLE_RATE

_OPTIONS: Final = {"protocol_whitelist": "file", "format_whitelist": SOUND_CONTAINERS}
_RUN_UP_S: Final = Fraction(1)
"""Decoded before the place and dropped: compressed sound needs what came before."""
_GAP_S: Final = Fraction(1, 20)
"""A hole in the time stamps of this length is silence; shorter ones are rounding."""
_LONGEST_GAP_S: Final = 600


class SourceSound:
    """The sound of a medium from one place on; what it does not hold is silence."""

    def __init__(self, container: Any, start_s: Fraction) -> None:
        self._stream = container.streams.audio[0]
        self._lead = max(0, round(-start_s * SAMPLE_RATE))
        self._pieces = _pieces(container, self._stream, max(Fraction(0), start_s))
        self._left = np.zeros((0, 2), np.float32)

    def read(self, n_samples: int) -> F32:
        """Return the next (n_samples, 2) float32 at 48 kHz."""
        block = np.zeros((n_samples, 2), np.float32)
        at = min(self._lead, n_samples)
        self._lead -= at
        while at < n_samples:
            if not len(self._left):
                self._left = next(self._pieces, self._left)
                if not len(self._left):
                    break
            piece = self._left[: n_samples - at]
            block[at : at + len(piece)] = piece
            self._left = self._left[len(piece) :]
            at += len(piece)
        return block


@contextmanager
def open_sound(path: str, start_s: Fraction) -> Iterator[SourceSound]:
    """Open the sound of a plain local file at a place.

    Parameters
    ----------
    path : str
    start_s : Fraction
        Seconds from the start of the medium: of its pictures, where it has any.  Before 0 there is silence.

    Raises
    ------
    MediaError
        When the file is missing, is no sound or film, or holds no sound.
    """
    name = Path(path).name
    if not Path(path).is_file():
        raise MediaError(f"{name} is not there")
    try:
        container = av.open(f"file:{path}", options=dict(_OPTIONS), metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as exc:
        raise MediaError(f"{name} is no sound, or is corrupt") from exc
    with container:
        if not any(stream.codec_context for stream in container.streams.audio):
            raise MediaError(f"{name} holds no sound")
        yield SourceSound(container, start_s)


def _pieces(container: Any, stream: Any, start_s: Fraction) -> Iterator[F32]:
    """Yield (n, 2) pieces, n > 0; the first one begins at `start_s`."""
    resampler = av.AudioResampler(format="flt", layout="stereo", rate=SAMPLE_RATE)
    n_dropped: int | None = None
    for at_s, frame in _placed_frames(container, stream, start_s):
        if n_dropped is None:
            gap_s = at_s - start_s
            n_dropped = max(0, round(-gap_s * SAMPLE_RATE))
            yield from _silence(gap_s)
        for piece in resampler.resample(frame):
            sound = _finite(piece)
            kept, n_dropped = sound[n_dropped:], max(0, n_dropped - len(sound))
            if len(kept):
                yield kept
    if n_dropped is not None:
        for piece in resampler.resample(None):
            if len(kept := _finite(piece)[n_dropped:]):
                yield kept


def _placed_frames(container: Any, stream: Any, start_s: Fraction) -> Iterator[tuple[Fraction, Any]]:
    """Yield frames with their times in seconds of the medium, holes filled with frames of silence."""
    zero_s = _zero_s(container, stream)
    _find(container, stream, max(Fraction(0), start_s - _RUN_UP_S), zero_s)
    due_s: Fraction | None = None
    for frame in _frames(container, stream):
        at_s = due_s if frame.pts is None or not frame.time_base else frame.pts * frame.time_base - zero_s
        at_s = Fraction(0) if at_s is None else at_s
        if due_s is not None and _GAP_S < at_s - due_s < _LONGEST_GAP_S:
            yield due_s, _silent_frame(frame, at_s - due_s)
        elif due_s is not None:
            at_s = due_s
        due_s = at_s + Fraction(frame.samples, frame.sample_rate)
        frame.pts = None
        yield at_s, frame


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Yield decoded frames, passing over packets that cannot be decoded."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError, OSError):
            return
        try:
            yield from packet.decode()
        except (av.FFmpegError, OSError):
            continue


def _zero_s(container: Any, stream: Any) -> Fraction:
    """Return what the clock of the file says as the medium starts."""
    pictures = next(iter(container.streams.video), None)
    if pictures is not None and pictures.start_time is not None and pictures.average_rate:
        return Fraction(pictures.start_time * pictures.time_base)
    return Fraction((stream.start_time or 0) * stream.time_base)


def _find(container: Any, stream: Any, at_s: Fraction, zero_s: Fraction) -> None:
    exact = FINDS_ITS_PLACE.intersection(container.format.name.split(","))
    pts = int((at_s + zero_s) / stream.time_base) if exact and at_s > 0 else (stream.start_time or 0)
    try:
        container.seek(pts, stream=stream, backward=True)
    except (av.FFmpegError, OSError) as exc:
        raise MediaError("no place can be found in its sound") from exc


def _silent_frame(like: Any, length_s: Fraction) -> Any:
    """Return a frame of silence in the format of another."""
    silent = av.AudioFrame(like.format.name, like.layout, round(length_s * like.sample_rate))
    silent.sample_rate = like.sample_rate
    for plane in silent.planes:
        plane.update(bytes(plane.buffer_size))
    return silent


def _silence(length_s: Fraction) -> Iterator[F32]:
    n_left = round(min(length_s, Fraction(_LONGEST_GAP_S)) * SAMPLE_RATE)
    while n_left > 0:
        n_samples = min(n_left, SAMPLE_RATE)
        yield np.zeros((n_samples, 2), np.float32)
        n_left -= n_samples


def _finite(frame: Any) -> F32:
    sound = np.asarray(frame.to_ndarray(), np.float32).reshape(-1, 2)
    return np.nan_to_num(sound, nan=0.0, posinf=0.0, neginf=0.0)
