"""One stretch of a medium, from its start or from its middle: frames go in, rows and cuts of its seconds come out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Final

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.video import MediaInfo
from v2m_bridge.vision.cuts import CutFinder
from v2m_bridge.vision.emotion_track import EmotionTrack
from v2m_bridge.vision.frames import Frame, Frames, SeekError
from v2m_bridge.vision.motion import MotionMeter
from v2m_bridge.vision.sampling import SecondSampler, n_seconds
from v2m_bridge.vision.spans import BLOCK_S, Span

LEAD_S: Final = 1
LEAD_FRAMES: Final = 16
"""Seen before the first second that counts: the shortest shot, and the frames that a cut is weighed against."""
TAIL_FRAMES: Final = 3
"""Seen after the last second that counts, for the same reason."""
_TELL_EVERY_FRAMES: Final = 25

Tell = Callable[[int], None]
"""Takes seconds done; also called now and then when no second has been done."""


class Stretch:
    """Rows and cuts of the seconds ``[first_s, stop_s)``; emotion goes to a track, one row for each.

    Parameters
    ----------
    info : MediaInfo
    span : Span, optional
        None for all that there is.
    emotion : EmotionTrack
        May hold rows of other stretches already.
    tell : callable
        Takes the seconds of this stretch that are done.
    """

    def __init__(self, info: MediaInfo, span: Span | None, emotion: EmotionTrack, tell: Tell) -> None:
        self.first_s = span.first_s if span else 0
        self._stop_s = span.stop_s if span else None
        self._emotion, self._tell = emotion, tell
        self._meter, self._finder = MotionMeter(), CutFinder(info.rate)
        self._sampler = SecondSampler(info.duration_s, first=self.first_s, stop=self._stop_s)
        self._n_frames = self._n_before = self._n_after = self._n_rows = 0
        self.end_s = Fraction(0)
        """End of the last frame seen."""

    @property
    def is_done(self) -> bool:
        """Whether what comes now is of no use."""
        return self._n_after >= TAIL_FRAMES

    @property
    def has_lead(self) -> bool:
        """Whether enough came before the first second."""
        return self._n_before >= LEAD_FRAMES // 2

    @property
    def n_rows(self) -> int:
        """Seconds done."""
        return self._n_rows

    def see(self, frame: Frame) -> None:
        """Take the next frame."""
        self._meter.see(frame)
        self._finder.see(frame)
        self._read(self._sampler.see(frame))
        self._n_frames += 1
        self._n_before += frame.at_s < self.first_s
        self._n_after += self._stop_s is not None and frame.at_s >= self._stop_s
        if self._n_frames % _TELL_EVERY_FRAMES == 0:
            self._tell(self._n_rows)
        self.end_s = frame.end_s

    def finish(self) -> None:
        """Take the end of the medium."""
        self._read(self._sampler.finish())

    def motion(self) -> F32:
        """Return (n_rows,)."""
        return self._meter.rows(self.first_s + self._n_rows)[self.first_s :]

    def cuts_s(self) -> tuple[Fraction, ...]:
        """Return the cuts in the seconds done."""
        return tuple(s for s in self._finder.cuts_s() if self.first_s <= s < self.first_s + self._n_rows)

    def _read(self, picked: Iterable[tuple[int, Frame]]) -> None:
        for second, on_screen in picked:
            self._emotion.add(on_screen.bgr, afresh=second % BLOCK_S == 0)
            self._n_rows += 1
            self._tell(self._n_rows)


def whole(frames: Frames, emotion: EmotionTrack, tell: Tell) -> Stretch:
    """Look at a medium from its start to its end."""
    stretch = Stretch(frames.info, None, emotion, tell)
    for frame in frames:
        stretch.see(frame)
    stretch.finish()
    return stretch


def part(frames: Frames, span: Span, emotion: EmotionTrack, tell: Tell) -> Stretch:
    """Look at some seconds of a medium, and no more of it than they take.

    Raises
    ------
    SeekError
        Where they would not be certain to be the same as of the whole.
    """
    stretch = Stretch(frames.info, span, emotion, tell)
    start_s = max(Fraction(0), span.first_s - max(Fraction(LEAD_S), LEAD_FRAMES / frames.info.rate))
    for frame in frames.since(start_s):
        if frame.at_s >= span.first_s and start_s > 0 and not stretch.has_lead:
            raise SeekError("too few frames before the stretch")
        stretch.see(frame)
        if stretch.is_done:
            return stretch
    stretch.finish()
    is_whole_end = n_seconds(frames.info.duration_s) == span.stop_s == n_seconds(stretch.end_s)
    if not is_whole_end or stretch.n_rows != span.stop_s - span.first_s:
        raise SeekError("the medium ends before it should")
    return stretch
