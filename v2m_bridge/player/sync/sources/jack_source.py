"""JACK transport: the server's own position, exact to the frame."""

from __future__ import annotations

import math
from collections import deque
from typing import Any, ClassVar, Final

from v2m_bridge.errors import OutputError
from v2m_bridge.player.clocks import MONOTONIC, frames_to_ns, ns_to_frames, unwrap_frames
from v2m_bridge.player.jack_seat import JackSeat, load_jack
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.follower import Report, Tolerance
from v2m_bridge.player.sync.grid_check import BarClock, Grid
from v2m_bridge.player.sync.sources.base import Source

_HINT: Final = "Start a JACK server (QjackCtl, or jackd), or choose another source with --sync."
_EVERY_S: Final = 0.02
_MOST_WAITING: Final = 1000
_HAS_BARS: Final = 0x10
"""JackPositionBBT: somebody is timebase master and says bar, beat and tick."""

_FINE_TICKS: Final = 480
"""Ticks a beat from which tempo is measured by them: half a beat is then exact to 0.4 %."""


class JackTransportSource(Source):
    """Follows JACK transport, and asks it to play, stop and locate."""

    tolerance: ClassVar[Tolerance] = Tolerance(jump_ns=1_000_000, bandwidth_hz=math.inf)

    def __init__(self, place: EditPlace) -> None:
        super().__init__(place)
        self._client: Any = None
        self._seat: JackSeat | None = None
        self._bar_clock = BarClock()
        self._bars: tuple[tuple[int, int, int, int], tuple[float, float, float]] | None = None
        self._waiting: deque[tuple[int, int, bool, int]] = deque(maxlen=_MOST_WAITING)
        self._base = self._expected = self._began = self._told = 0
        self._rolled = False

    def open(self) -> None:
        """Join the server.

        Raises
        ------
        OutputError
            When JACK-Client is not installed or no server runs.
        """
        jack = load_jack()
        try:
            client = jack.Client("v2m_bridge Transport", no_start_server=True)
            self._client, self._rolling = client, jack.ROLLING
            self._seat = JackSeat(client, self)
            self._rate = int(client.samplerate)
            self._every = max(1, int(self._rate * _EVERY_S))
            self._base = int(client.frame_time)
            client.set_process_callback(self._process)
            client.activate()
        except jack.JackError as exc:
            self.close()
            raise OutputError(f"cannot follow JACK transport: {exc}", hint=_HINT) from exc

    def _process(self, n_frames: int) -> None:
        """Note where the transport is in this cycle, on every change and fifty times a second.  Thread: JACK."""
        client = self._client
        self._base = base = unwrap_frames(self._base, client.last_frame_time)
        state, position = client.transport_query_struct()
        frame, rolls = int(position.frame), state == self._rolling
        goes_on = rolls == self._rolled and frame == self._expected
        if not goes_on:
            self._began = base
        if not goes_on or base - self._told >= self._every:
            self._told = base
            self._waiting.append((base, frame, rolls, base - self._began))
        if position.valid & _HAS_BARS:
            self._bars = (
                (frame, position.bar, position.beat, position.tick),
                (position.ticks_per_beat, position.beats_per_minute, position.beat_type),
            )
        self._rolled, self._expected = rolls, frame + (n_frames if rolls else 0)

    def take(self) -> list[Report]:
        """Return where the transport was."""
        self._look_at_bars()
        reports = []
        for _ in range(len(self._waiting)):
            base, frame, rolls, since = self._waiting.popleft()
            at_ns = self.place.of_time(frames_to_ns(frame, self._rate))
            reports.append(
                Report(
                    frames_to_ns(base, self._rate), at_ns, rolls, 1.0 if rolls else 0.0, frames_to_ns(since, self._rate)
                )
            )
        return reports

    def _look_at_bars(self) -> None:
        """Take what the timebase master says of its bars."""
        bars = self._bars
        if bars is None:
            return
        self._bars = None
        (frame, number, beat, tick), (ticks_per_beat, beats_per_min, beat_type) = bars
        if ticks_per_beat > 0 and beats_per_min > 0 and beat_type > 0:
            at_ns = self.place.of_time(frames_to_ns(frame, self._rate))
            beats_in = beat - 1 + tick / ticks_per_beat
            if ticks_per_beat < _FINE_TICKS:
                self.grid = Grid(at_ns, number, beats_in, beats_per_min, 4 / beat_type)
            else:
                self.grid = self._bar_clock.hear(at_ns, number, beats_in, 4 / beat_type) or self.grid

    def now_ns(self) -> int:
        """Return the server's frame counter as nanoseconds."""
        if self._client is None:
            return MONOTONIC()
        return frames_to_ns(unwrap_frames(self._base, int(self._client.frame_time)), self._rate)

    def play(self) -> bool:
        """Let the transport roll."""
        self._client.transport_start()
        return True

    def stop(self) -> bool:
        """Let the transport stop."""
        self._client.transport_stop()
        return True

    def locate(self, at_ns: int) -> bool:
        """Let the transport go to a time of the edit."""
        frame = ns_to_frames(at_ns + self.place.start_ns, self._rate)
        self._client.transport_frame = max(0, frame)
        return True

    def close(self) -> None:
        """Leave the server."""
        if self._seat is not None:
            self._seat.leave()
        self._client = None
