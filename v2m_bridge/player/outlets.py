"""All outputs together: opened, minded, reopened, and fed on one playing clock.

The playing clock is that of the first MIDI output that is open, else the monotonic one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from v2m_bridge.core.edit_sheet import EditSheet
from v2m_bridge.core.playing import MAX_SINKS, SinkState
from v2m_bridge.errors import OutputError
from v2m_bridge.player.clocks import MONOTONIC, Clock, ClockOffset
from v2m_bridge.player.sayings import Said
from v2m_bridge.player.scheduler import Plan, Planned
from v2m_bridge.player.send_queue import Sent
from v2m_bridge.player.sinks import AUTO, ON_JACK, PARTS, Wanted, make_sink
from v2m_bridge.player.sinks.base import MidiSink, Sink
from v2m_bridge.player.sounding import NoteTable, NoteTables

MakeSink = Callable[[str, str, NoteTable], Sink]
_RETRY_NS: Final = 1_000_000_000
_MARGIN_NS: Final = 10_000_000
_JUMP_NS: Final = 250_000_000
"""A clock that leaves the monotonic one by so much at once has jumped: a server stalled or the machine slept."""


class _Outlet:
    """One output that is wanted, and the sink that is it while it is open."""

    def __init__(self, wanted: Wanted, table: NoteTable) -> None:
        self.is_for_parts = wanted.kind == PARTS
        """Whether only parts go there whose port it is."""
        self.kind, self.name, self.table = (AUTO if self.is_for_parts else wanted.kind), wanted.name, table
        self.asks = self.kind
        """The kind that is opened: JACK's own once its port was there, so that a server that restarts gets it back."""
        self.shift_ns = wanted.shift_ns
        self.sink: Sink | None = None
        self.error = ""
        self.retry_mono_ns = 0
        self.offset = ClockOffset()

    def state(self) -> SinkState:
        """Return how the output fares, also while it is not open."""
        return self.sink.state() if self.sink else SinkState(self.name, self.kind, 0, 0, 0, self.error)


class Outlets:
    """The outputs that the player was asked to send to."""

    def __init__(
        self,
        wanted: Sequence[Wanted],
        tables: NoteTables,
        *,
        monotonic: Clock = MONOTONIC,
        make: MakeSink = make_sink,
    ) -> None:
        if len(wanted) > MAX_SINKS:
            raise OutputError(f"{len(wanted)} outputs are more than {MAX_SINKS}", hint="Leave some out.")
        self._outlets = [_Outlet(each, row) for each, row in zip(wanted, tables.rows, strict=False)]
        self._monotonic, self._make = monotonic, make
        self._clock: Clock = monotonic
        self._sheet: EditSheet | None = None
        self._last = (monotonic(), monotonic())

    def open(self) -> None:
        """Open every output; one that cannot be opened says so in its state and is tried again every second."""
        for outlet in self._outlets:
            self._try_open(outlet)
        self._choose_clock()

    def now_ns(self) -> int:
        """Return the playing clock."""
        return self._clock()

    @property
    def start_delay_ns(self) -> int:
        """How far ahead of its first event playing must be told to begin."""
        delays = (each.sink.start_delay_ns - each.shift_ns for each in self._outlets if each.sink is not None)
        return _MARGIN_NS + max(delays, default=0)

    @property
    def n_sounding(self) -> int:
        """How many notes sound, in the output that has most."""
        return max((sink.n_sounding for sink in self._open()), default=0)

    def states(self) -> tuple[SinkState, ...]:
        """Return how each output fares."""
        return tuple(outlet.state() for outlet in self._outlets)

    def mind(self) -> int | None:
        """Notice outputs that went away, a clock that jumped, and try outputs that are shut.

        Returns
        -------
        int or None
            None where nothing changed; else how much more the playing clock shows now than it would have shown.
        """
        now_mono_ns = self._monotonic()
        changed = False
        for outlet in self._outlets:
            if outlet.sink is not None and outlet.sink.lost:
                outlet.error = outlet.sink.lost
                outlet.sink.close()
                outlet.sink = None
                outlet.retry_mono_ns = now_mono_ns + _RETRY_NS
                changed = True
            elif outlet.sink is None and now_mono_ns >= outlet.retry_mono_ns:
                changed = self._try_open(outlet) or changed
        if changed:
            return self._choose_clock()
        clock_ns, now_mono_ns = self._clock(), self._monotonic()  # beside each other: opening may have taken its time
        jumped_ns = clock_ns - self._last[0] - (now_mono_ns - self._last[1])
        self._last = (clock_ns, now_mono_ns)
        return jumped_ns if abs(jumped_ns) > _JUMP_NS else None

    def mind_peers(self) -> None:
        """Remember what each output is connected to, and join what has come back."""
        for sink in self._open():
            sink.mind_peers()

    def hand(self, plan: Plan) -> None:
        """Give every output its part of a plan."""
        for outlet in self._outlets:
            if outlet.sink is not None:
                offset_ns = self._offset_of(outlet, outlet.sink)
                outlet.sink.hand_events(self._for(outlet, plan), offset_ns)
                outlet.sink.hand_sayings(plan.sayings, offset_ns)
                outlet.sink.hand_way(plan.way, offset_ns)

    def _for(self, outlet: _Outlet, plan: Plan) -> Sequence[Planned]:
        """Return the events that an output is to send: a part with a port of its own goes there and nowhere else."""
        everybody = not outlet.is_for_parts
        return [event for event in plan.events if (event.port == outlet.name if event.port else everybody)]

    def restart(self, *, full: bool, at_ns: int = 0) -> None:
        """Forget what was handed over from `at_ns` of the playing clock on (0: at once) and end there what sounds."""
        for outlet in self._outlets:
            if outlet.sink is not None:
                offset_ns = self._offset_of(outlet, outlet.sink)
                outlet.sink.restart(full=full, at_ns=at_ns + offset_ns if at_ns else 0)

    def begin_take(self) -> None:
        """Forget what was sent so far."""
        for sink in self._open():
            if isinstance(sink, MidiSink):
                sink.queue.log.clear()

    def take(self) -> tuple[list[Sent], int] | None:
        """Return what the first MIDI output sent since the take began, and by how much its clock is ahead of ours."""
        for outlet in self._outlets:
            if isinstance(outlet.sink, MidiSink):
                return list(outlet.sink.queue.log.copy()), self._offset_of(outlet, outlet.sink)
        return None

    def load_sheet(self, sheet: EditSheet) -> None:
        """Tell the timecode, rate and tempo of an edit."""
        self._sheet = sheet
        for sink in self._open():
            sink.load_sheet(sheet)

    def stand(self, at_ns: int) -> None:
        """Tell where playing stands."""
        for sink in self._open():
            sink.stand(at_ns)

    def say(self, said: Said) -> None:
        """Announce something at once."""
        for sink in self._open():
            sink.say(said)

    def close(self, settle_s: float) -> None:
        """Wait until what was ended has left, then close everything."""
        sinks = self._open()
        for sink in sinks:
            sink.settle(settle_s)
        for sink in sinks:
            sink.close()

    def _open(self) -> list[Sink]:
        return [outlet.sink for outlet in self._outlets if outlet.sink is not None]

    def _try_open(self, outlet: _Outlet) -> bool:
        try:
            sink = self._make(outlet.asks, outlet.name, outlet.table)
            sink.open()
        except OutputError as exc:
            outlet.error = exc.sentence()
            outlet.retry_mono_ns = self._monotonic() + _RETRY_NS
            return False
        outlet.sink, outlet.error, outlet.offset = sink, "", ClockOffset()
        if sink.kind == "jack":
            outlet.asks = ON_JACK.get(outlet.asks, outlet.asks)
        if self._sheet is not None:
            sink.load_sheet(self._sheet)
        return True

    def _offset_of(self, outlet: _Outlet, sink: Sink) -> int:
        """Return what leads from the playing clock to the time at which an output is to send."""
        if self._clock == sink.now_ns:
            return outlet.shift_ns
        return outlet.shift_ns + outlet.offset.between(self._clock(), sink.now_ns())

    def _choose_clock(self) -> int:
        """Take the clock of the first open MIDI output; return how much more it shows than the old one would."""
        clock = next((sink.now_ns for sink in self._open() if isinstance(sink, MidiSink)), self._monotonic)
        last_clock_ns, last_mono_ns = self._last
        now_mono_ns = self._monotonic()
        expected_ns = last_clock_ns + now_mono_ns - last_mono_ns
        if clock == self._clock:
            return 0
        self._clock = clock
        for outlet in self._outlets:
            outlet.offset = ClockOffset()
        self._last = (clock(), now_mono_ns)
        return self._last[0] - expected_ns
