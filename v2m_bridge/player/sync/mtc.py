"""MIDI timecode: quarter frames and full frames in, a place on the tape out, and the other way.

The tape is ruled in quarter frames.  The eight messages that spell the label of frame F are passed on the quarters
4F to 4F + 7: forward in this order, in reverse backwards.  A label is thus complete seven quarters after the moment
that it names; the decoder answers for the moment of the message, so nothing has to be added.  Source: MIDI 1.0, RP-004.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from v2m_bridge.core.timebase import NS_PER_S, FrameTime
from v2m_bridge.player.sync.timecode_label import (
    BY_CODE,
    Label,
    MtcRate,
    frame_of,
    frame_of_nibbles,
    label_of,
    nibbles_of,
)

QUARTER_FRAME: Final = 0xF1
_PIECES: Final = 8
_GAP_NS: Final = 250_000_000
"""After so long without a message the tape may be anywhere."""
_SMOOTHING: Final = 8
_FULL_BYTES: Final = 10
_LIMITS: Final = (60, 60, 24)
"""Of seconds, minutes and hours."""


class MtcPlace(NamedTuple):
    """Where the tape is at a moment of the clock."""

    clock_ns: int
    quarters: int
    """Quarter frames from midnight."""
    rate: MtcRate
    rolling: bool
    speed: float
    """1 where the quarters pass at the nominal rate, negative in reverse, 0 where the tape stands."""


class _Piece(NamedTuple):
    number: int
    nibble: int
    clock_ns: int


class _Lock(NamedTuple):
    quarters: int
    rate: MtcRate
    direction: int
    interval_ns: float


class MtcDecoder:
    """Follows one stream of MIDI timecode.  It holds no clock: each message comes with its time.

    It locks on any eight messages in a row, and from there checks each against what it must say.  Dropped, doubled and
    reversed messages keep the lock, and so does silence of up to a quarter of a second; a message that contradicts the
    place ends it, and nothing is said until eight more have told the new one.
    """

    def __init__(self) -> None:
        self._guesses: list[_Lock] = []  # one where the place is known; two where the next message will tell
        self._last: _Piece | None = None
        self._run: list[_Piece] = []

    @property
    def is_locked(self) -> bool:
        """Whether the place is known."""
        return len(self._guesses) == 1

    def hear(self, message: bytes, clock_ns: int) -> MtcPlace | None:
        """Take a MIDI message; None where it tells no place.

        Parameters
        ----------
        message : bytes
            One whole message of any kind; what is not MIDI timecode is passed over.
        clock_ns : int
            When it arrived.
        """
        if len(message) == 2 and message[0] == QUARTER_FRAME and message[1] < 0x80:
            return self._hear_quarter(_Piece(message[1] >> 4, message[1] & 15, clock_ns))
        is_full = message[:2] == b"\xf0\x7f" and message[3:5] == b"\x01\x01" and message[-1:] == b"\xf7"
        if len(message) == _FULL_BYTES and is_full:
            return self._hear_full(message, clock_ns)
        return None

    def _hear_full(self, message: bytes, clock_ns: int) -> MtcPlace | None:
        hours, *rest = message[5:9]
        rate = BY_CODE[hours >> 5 & 3]
        try:
            frame = frame_of(Label(hours & 31, *rest), rate)
        except ValueError:
            return None
        self._last = None
        self._guesses.clear()
        self._run.clear()
        return MtcPlace(clock_ns, 4 * frame, rate, False, 0.0)

    def _hear_quarter(self, piece: _Piece) -> MtcPlace | None:
        if self._guesses and self._last is not None:
            carried = [_carried_on(guess, self._last, piece) for guess in self._guesses]
            self._guesses = [guess for guess in carried if guess is not None]
            if not self._guesses:
                self._run.clear()
        if not self._guesses:
            self._gather(piece)
        self._last = piece
        return self._place(piece.clock_ns)

    def _gather(self, piece: _Piece) -> None:
        """Lengthen the run of messages in one direction, and lock as soon as eight of them name one place."""
        run = self._run
        if run and piece.clock_ns - run[-1].clock_ns > _GAP_NS:
            run.clear()
        step = _step(run[-1], piece) if run else 0
        if run and step == 0:  # said twice
            return
        if abs(step) != 1:
            run.clear()
        elif len(run) > 1 and step != _step(run[-2], run[-1]):
            del run[:-1]
        run.append(piece)
        del run[:-_PIECES]
        if len(run) == _PIECES:
            self._guesses = _guesses(run, step)

    def _place(self, clock_ns: int) -> MtcPlace | None:
        if len(self._guesses) != 1:
            return None
        at, rate, direction, interval_ns = self._guesses[0]
        speed = direction * NS_PER_S / (max(1.0, interval_ns) * 4 * rate.nominal)
        return MtcPlace(clock_ns, at % (4 * rate.frames_per_day), rate, True, speed)


def _step(before: _Piece, after: _Piece) -> int:
    """How many numbers lie between two messages, -4 to 3."""
    return (after.number - before.number + 4) % _PIECES - 4


def _carried_on(lock: _Lock, last: _Piece, piece: _Piece) -> _Lock | None:
    """Return the lock one message later; None where the message contradicts it or comes too late."""
    elapsed_ns = piece.clock_ns - last.clock_ns
    if not 0 <= elapsed_ns <= _GAP_NS:
        return None
    expected = lock.direction * elapsed_ns / max(1.0, lock.interval_ns)
    step = _step(last, piece)
    step += _PIECES * round((expected - step) / _PIECES)
    quarters = lock.quarters + step
    if nibbles_of((quarters - piece.number) // 4, lock.rate)[piece.number] != piece.nibble:
        return None
    direction, interval_ns = lock.direction, lock.interval_ns
    if step:
        turned = (step > 0) != (direction > 0)
        direction = 1 if step > 0 else -1
        if not turned:
            interval_ns += (elapsed_ns / abs(step) - interval_ns) / _SMOOTHING
    elif elapsed_ns > interval_ns / 2:  # the tape turned and passed this quarter again: it was not just sent twice
        direction = -direction
    return _Lock(quarters, lock.rate, direction, interval_ns)


def _guesses(run: list[_Piece], step: int) -> list[_Lock]:
    """Return the places that eight messages in a row can mean.

    They are two only where a label may have been dropped: 00:00:59;16 and ;28 are both followed by a frame 2 or 18.
    """
    nibbles = [0] * _PIECES
    for piece in run:
        nibbles[piece.number] = piece.nibble
    last = run[-1]
    n_low = last.number + 1 if step > 0 else last.number
    interval_ns = (last.clock_ns - run[0].clock_ns) / (_PIECES - 1)
    return [
        _Lock(4 * (frame + 2 if step > 0 else frame) + last.number, rate, step, interval_ns)
        for frame, rate in sorted(_earlier_frames(tuple(nibbles), n_low), key=lambda found: found[0])
    ]


def _earlier_frames(nibbles: tuple[int, ...], n_low: int) -> set[tuple[int, MtcRate]]:
    """Find the frames F such that the first `n_low` nibbles are of F + 2 and the rest are of F."""
    low, high = nibbles[:n_low], nibbles[n_low:]
    rate = BY_CODE[nibbles[7] >> 1 & 3]
    later: set[int] = set()
    for read in (frame_of_nibbles, lambda all_of_it: _last_with(all_of_it[n_low:], rate)):
        try:
            frame, _ = read(nibbles)
        except ValueError:
            continue
        later |= {frame, frame + 1, frame + 2}
    return {
        ((frame - 2) % rate.frames_per_day, rate)
        for frame in later
        if nibbles_of(frame, rate)[:n_low] == low and nibbles_of(frame - 2, rate)[n_low:] == high
    }


def _last_with(high: tuple[int, ...], rate: MtcRate) -> tuple[int, MtcRate]:
    """Return the last frame of the day whose label ends in these nibbles."""
    n_low = _PIECES - len(high)
    fields = []
    for at, limit in zip((0, 2, 4, 6), (rate.nominal, *_LIMITS), strict=True):
        lo = high[at - n_low] if at >= n_low else 15
        hi = high[at + 1 - n_low] if at + 1 >= n_low else 15
        value = lo | (hi & 1 if at == 6 else hi) << 4
        fields.append(value if at >= n_low else min(value, limit - 1))
    frames, seconds, minutes, hours = fields
    return frame_of(Label(hours, minutes, seconds, frames), rate), rate


def full_frame(frame: int, rate: MtcRate) -> bytes:
    """Return the full frame message that names a frame, counted from midnight."""
    hours, minutes, seconds, frames = label_of(frame, rate)
    return bytes((0xF0, 0x7F, 0x7F, 1, 1, rate.code << 5 | hours, minutes, seconds, frames, 0xF7))


def quarter_frame(quarters: int, rate: MtcRate) -> bytes:
    """Return the message that is sent on a quarter frame, counted from midnight."""
    piece = quarters % _PIECES
    return bytes((QUARTER_FRAME, piece << 4 | nibbles_of((quarters - piece) // 4, rate)[piece]))


def quarter_frames(
    from_ns: int, to_ns: int, frames_per_s: Fraction, rate: MtcRate, *, start_frame: int = 0
) -> Iterator[tuple[int, bytes]]:
    """Yield the messages of a stretch of tape with their times on it.

    Parameters
    ----------
    from_ns, to_ns : int
        Nanoseconds from the frame `start_frame`.  Forward, ``[from, to)`` is passed; where `to_ns` lies before
        `from_ns`, ``[to, from)`` is passed in reverse.
    frames_per_s : Fraction
        The rate at which the labels pass: 24, or 24000/1001 where 24 stands for 23.976.
    rate : MtcRate
        How they are counted.
    start_frame : int
        Frames from midnight to the beginning of the tape.
    """
    low_ns, high_ns = min(from_ns, to_ns), max(from_ns, to_ns)
    per_s = 4 * frames_per_s
    first = _first_from(low_ns, per_s)
    count = _first_from(high_ns, per_s) - first
    numbers = range(first, first + count) if from_ns <= to_ns else range(first + count - 1, first - 1, -1)
    for number in numbers:
        yield FrameTime(number, per_s).ns, quarter_frame(4 * start_frame + number, rate)


def _first_from(at_ns: int, per_s: Fraction) -> int:
    """Return the first quarter that begins at a time or after it."""
    number = FrameTime.nearest(Fraction(at_ns, NS_PER_S), per_s).frame - 1
    while FrameTime(number, per_s).ns < at_ns:
        number += 1
    return number
