"""The sound of a medium: opened as pictures are, from plain local files alone, and decoded stretch by stretch."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.containers import FINDS_ITS_PLACE, SOUND_CONTAINERS
from v2m_bridge.errors import MediaError

_OPTIONS: Final = {"protocol_whitelist": "file", "format_whitelist": SOUND_CONTAINERS}
_PLAYLIST_HINT: Final = "Give the sound file itself: playlists, folders, devices and addresses are not opened."
_US_PER_S: Final = 1_000_000
_SLACK_S: Final = 10
"""Nothing is sought further than this beyond the length that the file states."""
_RUN_UP_S: Final = Fraction(1)
"""Decoded before a stretch and dropped: compressed sound needs what came before."""


class Sound:
    """The sound of one medium; closing it, or leaving a ``with``, closes the file.

    Parameters
    ----------
    path : Path
        A plain sound or video file.

    Raises
    ------
    MediaError
        When the file is missing, empty, corrupt, not a plain file, or without sound.
    """

    def __init__(self, path: Path) -> None:
        _check_plain_file(path)
        self._path = path
        try:
            self._container: Any = av.open(str(path.resolve()), options=dict(_OPTIONS), metadata_errors="replace")
        except av.error.ArgumentError as exc:
            raise MediaError(f"{path.name} is not a kind of sound file that is opened", hint=_PLAYLIST_HINT) from exc
        except (av.error.FFmpegError, OSError) as exc:
            raise MediaError(f"{path.name} is no sound, or is corrupt") from exc
        self._stream: Any = next((s for s in self._container.streams.audio if s.codec_context is not None), None)
        if self._stream is None:
            self._container.close()
            raise MediaError(f"{path.name} holds no sound", hint="Give a file with a sound track.")
        self._starts_s = self._start_s()

    def __enter__(self) -> Sound:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._container.close()

    @property
    def length_s(self) -> Fraction | None:
        """Length as the file states it; None where it does not."""
        length = self._stream.duration
        if length and self._stream.time_base:
            return Fraction(length * self._stream.time_base)
        return Fraction(self._container.duration, _US_PER_S) if self._container.duration else None

    def samples(self, start_s: Fraction, end_s: Fraction, rate_hz: int, *, channel: int | None = None) -> F32:
        """Decode a stretch.

        Parameters
        ----------
        start_s, end_s : Fraction
            Seconds from the start of the medium: of its pictures, where it has any.
        rate_hz : int
            Samples per second wanted.
        channel : int, optional
            One channel alone, counted from 0; None mixes all of them to one.

        Returns
        -------
        (N,) float32
            N is the length in samples, rounded; silence where the medium holds no sound or cannot be decoded.
        """
        own_hz = int(self._stream.codec_context.sample_rate)
        length_s = self.length_s
        if length_s is not None and start_s > length_s + _SLACK_S:
            return np.zeros(max(0, round((end_s - start_s) * rate_hz)), np.float32)
        sound = np.zeros(max(0, round((end_s - start_s) * own_hz)), np.float32)
        for at_s, piece in self._pieces(start_s, end_s, channel):
            _lay(piece, sound, round((at_s - start_s) * own_hz))
        resampled = _resampled(sound, own_hz, rate_hz)
        wanted = np.zeros(max(0, round((end_s - start_s) * rate_hz)), np.float32)
        _lay(resampled, wanted, 0)
        return wanted

    def _pieces(self, start_s: Fraction, end_s: Fraction, channel: int | None) -> Iterator[tuple[Fraction, F32]]:
        """Yield what is decoded from `start_s` or earlier on: its time in the medium, and (N,) samples."""
        to_mono = av.AudioResampler(format="fltp", layout="mono") if channel is None else None
        apart = av.AudioResampler(format="fltp")
        next_s: Fraction | None = None
        for frame in self._frames(start_s):
            at_s = next_s
            if frame.pts is not None and frame.time_base:
                at_s = Fraction(frame.pts * frame.time_base) - self._starts_s
            at_s = self._starts_s if at_s is None else at_s
            next_s = at_s + Fraction(frame.samples, frame.sample_rate)
            if at_s >= end_s:
                return
            if next_s > start_s:
                yield at_s, _mono(frame, to_mono or apart, channel)

    def _frames(self, start_s: Fraction) -> Iterator[Any]:
        """Yield decoded frames, passing over packets that cannot be decoded."""
        self._find(max(Fraction(0), start_s - _RUN_UP_S))
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.error.FFmpegError, OSError):
                return
            try:
                yield from packet.decode()
            except (av.error.FFmpegError, OSError):
                continue

    def _find(self, at_s: Fraction) -> None:
        exact = FINDS_ITS_PLACE.intersection(self._container.format.name.split(","))
        at_s = at_s + self._starts_s if exact and at_s > 0 else self._own_start_s()
        try:
            self._container.seek(int(at_s / self._stream.time_base), stream=self._stream, backward=True)
        except (av.error.FFmpegError, OSError) as exc:
            raise MediaError(f"no place can be found in the sound of {self._path.name}") from exc

    def _own_start_s(self) -> Fraction:
        return Fraction((self._stream.start_time or 0) * self._stream.time_base)

    def _start_s(self) -> Fraction:
        """Return what the clock of the file says as the medium starts."""
        pictures = next(iter(self._container.streams.video), None)
        if pictures is not None and pictures.start_time is not None and pictures.average_rate:
            return Fraction(pictures.start_time * pictures.time_base)
        return self._own_start_s()


def _check_plain_file(path: Path) -> None:
    try:
        status = path.stat()
    except (OSError, ValueError) as exc:
        raise MediaError(f"there is no file {path}") from exc
    if not stat.S_ISREG(status.st_mode):
        raise MediaError(f"{path} is not a plain file", hint=_PLAYLIST_HINT)
    if status.st_size == 0:
        raise MediaError(f"{path.name} is empty (0 bytes)", hint="Copy or export the file again.")


def _mono(frame: Any, resampler: Any, channel: int | None) -> F32:
    """(N,) float32 of one channel, or of all of them mixed as their layout says."""
    channels = np.concatenate([piece.to_ndarray() for piece in resampler.resample(frame)], axis=1)
    chosen: F32 = channels[0 if channel is None else min(channel, len(channels) - 1)]
    return np.nan_to_num(chosen, nan=0.0, posinf=0.0, neginf=0.0)


def _lay(piece: F32, into: F32, at: int) -> None:
    """Copy what of a piece lies inside an array, from the place `at` on, which may be negative."""
    first, last = max(0, at), min(len(into), at + len(piece))
    if first < last:
        into[first:last] = piece[first - at : last - at]


def _resampled(sound: F32, own_hz: int, rate_hz: int) -> F32:
    if own_hz == rate_hz or not len(sound):
        return sound
    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate_hz)
    frame = av.AudioFrame.from_ndarray(sound[None, :], format="flt", layout="mono")
    frame.sample_rate = own_hz
    pieces = [piece.to_ndarray()[0] for piece in (*resampler.resample(frame), *resampler.resample(None))]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
