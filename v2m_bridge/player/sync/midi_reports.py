"""From MIDI messages to reports: timecode with machine control, or MIDI Clock, on the time of the edit.  Pure."""

from __future__ import annotations

from typing import Final, Protocol

from v2m_bridge.core.timebase import NS_PER_S, TICKS_PER_QUARTER
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.follower import Report
from v2m_bridge.player.sync.midi_clock import CLOCKS_PER_QUARTER, ClockDecoder
from v2m_bridge.player.sync.mmc import MmcVerb, read_mmc
from v2m_bridge.player.sync.mtc import MtcDecoder

_LIKE_NOMINAL: Final = 0.08
"""A measured speed so near to 1 is jitter: the loop finds what is left of it."""
_OTHER_TEMPO: Final = 0.005
_LOCK_IN_QUARTERS: Final = 7


class MidiReports(Protocol):
    """Reads one kind of sync from a stream of MIDI messages."""

    warning: str

    def hear(self, message: bytes, clock_ns: int) -> Report | None:
        """Take a whole MIDI message of any kind; None where it says nothing of the transport."""


class TimecodeReports:
    """MIDI timecode, with the stops and locates of machine control."""

    def __init__(self, place: EditPlace) -> None:
        self._place = place
        self._decoder = MtcDecoder()
        self._last_ns = 0
        self.warning = ""

    def hear(self, message: bytes, clock_ns: int) -> Report | None:
        """Take a message."""
        told = None
        for command in read_mmc(message):
            if command.verb is MmcVerb.LOCATE and command.rate is not None:
                self._last_ns = self._place.of_quarters(4 * command.frame, command.rate)
            if command.verb in (MmcVerb.LOCATE, MmcVerb.STOP, MmcVerb.PAUSE):
                self._decoder = MtcDecoder()  # quarter frames still under way are not to start it again
                told = Report(clock_ns, self._last_ns, False)
        heard = self._decoder.hear(message, clock_ns)
        if heard is None:
            return told
        self.warning = self._place.label_warning(heard.rate)
        self._last_ns = self._place.of_quarters(heard.quarters, heard.rate)
        if not heard.rolling:
            return Report(clock_ns, self._last_ns, False)
        interval_ns = NS_PER_S / (abs(heard.speed) * 4 * heard.rate.nominal)
        speed = heard.speed * float(heard.rate.nominal / self._place.frames_per_s(heard.rate))
        speed = 1.0 if abs(speed - 1) < _LIKE_NOMINAL else speed
        return Report(clock_ns, self._last_ns, True, speed, round(_LOCK_IN_QUARTERS * interval_ns))


class ClockReports:
    """MIDI Clock with song positions, on the tempo map of the edit."""

    def __init__(self, place: EditPlace) -> None:
        self._place = place
        self._decoder = ClockDecoder()
        self.warning = ""

    def hear(self, message: bytes, clock_ns: int) -> Report | None:
        """Take a message."""
        heard = self._decoder.hear(message, clock_ns)
        if heard is None:
            return None
        speed = 1.0
        if heard.rolling and heard.bpm:
            ours = self._place.tempo.bpm_at(heard.clocks * TICKS_PER_QUARTER // CLOCKS_PER_QUARTER)
            speed = heard.bpm / ours
            self.warning = tempo_warning(heard.bpm, ours)
            speed = 1.0 if abs(speed - 1) < _LIKE_NOMINAL else speed
        return Report(clock_ns, self._place.of_clocks(heard.clocks), heard.rolling, speed)


def tempo_warning(theirs: float, ours: float, who: str = "the DAW") -> str:
    """Return one sentence where it plays in another tempo than the score; empty where it does not."""
    if abs(theirs / ours - 1) <= _OTHER_TEMPO:
        return ""
    return f"{who} plays {theirs:.1f} bpm where the score has {ours:.1f}: set it so, or import score.mid"
