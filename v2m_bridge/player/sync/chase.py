"""The source that was chosen and the follower that chases it: reports in, motions of the transport out."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from v2m_bridge.core.edit_sheet import EditSheet
from v2m_bridge.core.playing import SyncState
from v2m_bridge.core.sync_choice import DEFAULT_FREEWHEEL_FRAMES, SyncChoice, check_freewheel
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.errors import OutputError
from v2m_bridge.player.clocks import MONOTONIC, Clock, ClockOffset
from v2m_bridge.player.deck import Deck
from v2m_bridge.player.sounding import NoteTable
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.follower import Follower, Motion, Report
from v2m_bridge.player.sync.grid_check import grid_warning
from v2m_bridge.player.sync.sources.base import PortMemory, Source
from v2m_bridge.player.transport import Transport

_SOURCES: Final = "v2m_bridge.player.sync.sources"
_HOMES: Final = {
    "mtc": ("midi_source", "MtcSource"),
    "clock": ("midi_source", "ClockSource"),
    "jack": ("jack_source", "JackTransportSource"),
    "osc": ("osc_source", "OscSource"),
    "link": ("link_source", "LinkSource"),
}
_RETRY_NS: Final = 1_000_000_000
_SAME_CLOCK_NS: Final = 1_000_000

MakeSource = Callable[[EditPlace], Source]


def source_maker(choice: SyncChoice, port: int, table: NoteTable) -> MakeSource:
    """Load the module of a kind of source, and return what makes one.

    Parameters
    ----------
    choice : SyncChoice
        The kind.
    port : int
        UDP port that hears OSC; 0 takes the usual one.
    table : NoteTable
        Where the peers of a MIDI port are kept.
    """
    module, name = _HOMES[choice.kind]
    factory = getattr(importlib.import_module(f"{_SOURCES}.{module}"), name)
    match choice.kind:
        case "mtc" | "clock":
            memory = PortMemory(table)
            return lambda place: factory(place, memory)
        case "osc":
            return lambda place: factory(place, choice.flavour, port)
    return lambda place: factory(place)


class Chase:
    """Keeps the source open, and tells what its transport means for ours.

    Parameters
    ----------
    name : str
        How the source is called in the state.
    make : callable
        Makes a source that is not open yet.
    start : str
        Timecode that the source has at the first frame of the edit; empty takes the edit's own.
    freewheel_frames : int
        How long playing goes on after the source falls silent.

    Raises
    ------
    SettingsError
        When `start` is no timecode, or so many frames are no sensible wait.
    """

    def __init__(
        self,
        name: str,
        make: MakeSource,
        *,
        start: str = "",
        freewheel_frames: int = DEFAULT_FREEWHEEL_FRAMES,
        monotonic: Clock = MONOTONIC,
    ) -> None:
        self.name = name
        self._make, self._monotonic = make, monotonic
        self._place = EditPlace(start)
        self._frames, self._rate = check_freewheel(freewheel_frames), Fraction(25)
        self._source = make(self._place)
        self._follower = self._new_follower()
        self._offset = ClockOffset()
        self._is_open = False
        self._error = ""
        self._retry_mono_ns = 0

    def load(self, sheet: EditSheet) -> None:
        """Take the timecode, rate and tempo of an edit."""
        self._place.load(sheet)
        self._rate = Fraction(sheet.rate)
        self._follower.freewheel_ns = self._freewheel_ns

    def tick(self, now_ns: int, horizon_ns: int, transport: Transport) -> Motion | None:
        """Hear what has come, and return what the transport must do.

        Parameters
        ----------
        now_ns : int
            The playing clock.
        horizon_ns : int
            Up to where was planned.
        transport : Transport
            What plays; it is read only.
        """
        self._mind()
        if self._is_open:
            offset_ns = self._offset.between(self._source.now_ns(), now_ns)
            if abs(offset_ns) < _SAME_CLOCK_NS:
                offset_ns = 0
            line, rolls = self._follower.line, bool(self._follower.speed)
            self._source.own = (line.at(now_ns) if rolls else transport.position_at(now_ns), rolls)
            for report in self._source.take():
                self._follower.hear(_moved(report, offset_ns))
        return self._follower.decide(now_ns, horizon_ns, transport)

    def hold_ns(self, now_ns: int, transport: Transport) -> int | None:
        """Return the clock time up to which may be planned; None where nothing holds it back."""
        return self._follower.hold_ns(now_ns, transport)

    def state(self, now_ns: int, transport: Transport, deck: Deck | None = None) -> SyncState:
        """Return how well the source is followed; `deck` is what plays now."""
        follower, line = self._follower, self._follower.line
        warning = self._error or self._source.warning
        if not warning and follower.speed:
            warning = self._place.speed_warning(line.mean_speed, line.seen_ns)
            grid = self._source.grid
            if not warning and grid is not None:
                warning = grid_warning(grid, deck, FrameTime(1, self._rate).ns)
        return SyncState(
            source=self.name,
            state=follower.state.value,
            drift_ns=follower.drift_ns(now_ns, transport),
            age_ns=follower.age_ns(now_ns),
            speed=follower.speed,
            warning=warning,
        )

    def move_clock(self, by_ns: int) -> None:
        """Go on under another playing clock, which shows `by_ns` more than the old one."""
        self._offset = ClockOffset()
        self._follower.move_clock(by_ns)

    def adopt(self, at_ns: int, clock_ns: int) -> None:
        """Take over from a player that was rolling at `at_ns`: freewheel from there until the source is heard."""
        self._follower.adopt(at_ns, clock_ns)

    def mind_peers(self) -> None:
        """Remember what the source's port is connected to, and join what has come back."""
        if self._is_open:
            self._source.mind_peers()

    def play(self) -> bool:
        """Ask the source to roll; False where it takes no orders."""
        return self._is_open and self._source.play()

    def stop(self) -> bool:
        """Ask the source to stop; False where it takes no orders."""
        return self._is_open and self._source.stop()

    def locate(self, at_ns: int) -> bool:
        """Ask the source to go to a time of the edit; False where it takes no orders."""
        return self._is_open and self._source.locate(at_ns)

    def close(self) -> None:
        """Let go of the source."""
        if self._is_open:
            self._source.close()
            self._is_open = False

    @property
    def _freewheel_ns(self) -> int:
        return FrameTime(self._frames, self._rate).ns

    def _new_follower(self) -> Follower:
        return Follower(self._source.tolerance, self._freewheel_ns)

    def _mind(self) -> None:
        """Notice that the source has gone, and try to open it again every second."""
        now_mono_ns = self._monotonic()
        if self._is_open and self._source.lost:
            self._error = self._source.lost
            self.close()
            self._retry_mono_ns = now_mono_ns + _RETRY_NS
        if self._is_open or now_mono_ns < self._retry_mono_ns:
            return
        self._retry_mono_ns = now_mono_ns + _RETRY_NS
        source = self._make(self._place)
        try:
            source.open()
        except OutputError as exc:
            self._error = exc.sentence()
            source.close()
            return
        self._source, self._is_open, self._error = source, True, ""
        self._offset = ClockOffset()


def _moved(report: Report, offset_ns: int) -> Report:
    return report._replace(clock_ns=report.clock_ns + offset_ns) if offset_ns else report
