"""Where on the edit the places of a source lie: timecode labels, seconds and clocks of a song.

The edit's first frame has a timecode, and the source has a place for it.  A timecode source shows the same label there,
counted at its own rate; what counts seconds or beats begins with the edit unless the user says another start.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from v2m_bridge.core.edit_sheet import EditSheet
from v2m_bridge.core.sync_choice import check_start
from v2m_bridge.core.timebase import (
    NS_PER_S,
    TICKS_PER_QUARTER,
    FrameTime,
    TempoChange,
    TempoMap,
    parse_timecode,
    timecode,
)
from v2m_bridge.player.sync.midi_clock import CLOCKS_PER_QUARTER
from v2m_bridge.player.sync.timecode_label import Label, MtcRate, frame_of

_DEFAULT_RATE: Final = Fraction(25)
_DEFAULT_US: Final = 500_000
_HALVED_ABOVE: Final = 30
"""MIDI timecode has no faster rates: 48, 50 and 60 fps are sent as every second frame."""
_TICKS_PER_CLOCK: Final = TICKS_PER_QUARTER // CLOCKS_PER_QUARTER
_HOUR: Final = Label(1, 0, 0, 0)
_PULL: Final = 1 / 1001
_PULL_TOLERANCE: Final = 0.3 / 1001
_SEEN_ENOUGH_NS: Final = 10 * NS_PER_S


class EditPlace:
    """Maps places of a source to nanoseconds from the first frame of the edit.

    Parameters
    ----------
    start : str
        Timecode that the source has at the first frame of the edit; empty takes the edit's own for timecode, and zero
        for what counts seconds or beats.

    Raises
    ------
    SettingsError
        When `start` is no timecode.
    """

    def __init__(self, start: str = "") -> None:
        self._start = check_start(start) if start else ""
        self._rate, self._drop = _DEFAULT_RATE, False
        self._label = "00:00:00:00"
        self._tempo = TempoMap((TempoChange(0, _DEFAULT_US),))
        self._meters: tuple[tuple[int, int, int], ...] = ()

    def load(self, sheet: EditSheet) -> None:
        """Take the rate, timecode and tempo of an edit."""
        self._rate, self._drop = Fraction(sheet.rate), sheet.drop_frame
        self._label = timecode(FrameTime(sheet.start_frame, self._rate), drop_frame=sheet.drop_frame)
        if sheet.tempi:
            self._tempo = TempoMap(tuple(TempoChange(tick, us) for tick, us in sheet.tempi))
        self._meters = sheet.meters

    @property
    def tempo(self) -> TempoMap:
        """Tempo map of the whole edit."""
        return self._tempo

    def bar_at(self, at_ns: int) -> tuple[float, float]:
        """Return how many quarter notes into its bar a time of the edit lies, and how many that bar has."""
        tick = self._tempo.tick_at_ns(max(0, at_ns))
        begins, beats, unit = next((meter for meter in reversed(self._meters) if meter[0] <= tick), (0, 4, 4))
        quarters = 4 * beats / unit
        return (tick - begins) / TICKS_PER_QUARTER % quarters, quarters

    def of_quarters(self, quarters: int, rate: MtcRate) -> int:
        """Return the place of a timecode, in quarter frames from midnight."""
        day = 4 * rate.frames_per_day
        from_start = (quarters - 4 * self.start_frame(rate) + day // 2) % day - day // 2
        return FrameTime(from_start, 4 * self.frames_per_s(rate)).ns

    def of_time(self, at_ns: int) -> int:
        """Return the place of a time of the source, in nanoseconds from its zero."""
        return at_ns - self.start_ns

    def of_clocks(self, clocks: int) -> int:
        """Return the place of a song position, in clocks from its beginning."""
        return self._tempo.ns_at(clocks * _TICKS_PER_CLOCK) - self.start_ns

    def of_beats(self, quarters: float) -> int:
        """Return the place of a song position, in quarter notes from its beginning."""
        return self._tempo.ns_at(round(quarters * TICKS_PER_QUARTER)) - self.start_ns

    @property
    def start_ns(self) -> int:
        """Time of the source, where it counts seconds, at the first frame of the edit."""
        return FrameTime(_parsed(self._start, self._rate, self._drop), self._rate).ns if self._start else 0

    def frames_per_s(self, rate: MtcRate) -> Fraction:
        """Return how many frames a second a code stands for: 24 is 23.976 where the edit runs at 23.976."""
        base = self._base
        return base if round(base) == rate.nominal else rate.label_rate

    def label_warning(self, rate: MtcRate) -> str:
        """Return one sentence where timecode is labelled at another rate than the edit; empty where it is not."""
        expected = self.mtc_rate
        if rate is expected:
            return ""
        ours = _named(self._base, expected)
        said = f"timecode comes as {rate} and the edit counts {ours}"
        if rate.nominal != expected.nominal:
            return f"{said}: set the DAW to {ours}"
        apart_s = abs(frame_of(_HOUR, MtcRate.THIRTY) - frame_of(_HOUR, MtcRate.DROP)) / float(self._base)
        return f"{said}: their labels are {apart_s:.1f} s apart by 01:00:00:00; set the DAW to {ours}"

    def speed_warning(self, mean_speed: float, seen_ns: int) -> str:
        """Return one sentence where the source runs at 24 and the edit at 23.976, or the like; empty where not.

        Parameters
        ----------
        mean_speed : float
            Nanoseconds of the edit per nanosecond of the clock over `seen_ns`.
        seen_ns : int
            How long was measured; less than ten seconds tell nothing.
        """
        off = mean_speed - 1
        if seen_ns < _SEEN_ENOUGH_NS or abs(abs(off) - _PULL) > _PULL_TOLERANCE:
            return ""
        apart_s = abs(3600 * off)
        base = float(self._base)
        other = base * (1001 / 1000 if off > 0 else 1000 / 1001)
        goes = "gains" if off > 0 else "loses"
        return (
            f"the DAW runs at {other:.4g} fps and the edit at {base:.4g}: it {goes} {apart_s:.1f} s an hour; "
            f"set the DAW to {base:.4g} fps"
        )

    @property
    def _base(self) -> Fraction:
        return self._rate / 2 if self._rate > _HALVED_ABOVE else self._rate

    @property
    def mtc_rate(self) -> MtcRate:
        """The code of MIDI timecode that stands for the edit's rate; 30 where there is none."""
        if self._drop:
            return MtcRate.DROP
        nominal = round(self._base)
        return next((rate for rate in MtcRate if rate.nominal == nominal and not rate.drop_frame), MtcRate.THIRTY)

    def frame_at(self, at_ns: int) -> int:
        """Return the timecode of a time of the edit, in frames from midnight, counted by `mtc_rate`."""
        per_s = self.frames_per_s(self.mtc_rate)
        frame = FrameTime.nearest(Fraction(at_ns, NS_PER_S), per_s).frame
        frame -= FrameTime(frame, per_s).ns > at_ns
        return self.start_frame(self.mtc_rate) + frame

    def start_frame(self, rate: MtcRate) -> int:
        """Return the label that the edit begins with, in frames from midnight, counted by a code."""
        text = self._start or self._label
        hours, minutes, seconds, frames = (int(part) for part in text.replace(";", ":").split(":"))
        try:
            whole = frame_of(Label(hours % 24, minutes, seconds, 0), rate)
        except ValueError:  # a dropped label: the next that there is
            whole = frame_of(Label(hours % 24, minutes, seconds, 2), rate) - 2
        nominal = max(1, round(self._rate))
        return whole + round(Fraction(frames * rate.nominal, nominal))


def _parsed(text: str, rate: Fraction, drop_frame: bool) -> int:
    if not drop_frame:
        text = text.replace(";", ":")
    try:
        return parse_timecode(text, rate).frame
    except ValueError:
        return 0


def _named(base: Fraction, rate: MtcRate) -> str:
    return str(rate) if rate.drop_frame else f"{float(base):.5g} fps"
