"""Leading an Ableton Link session: our tempo, our place in the bar, our start and stop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from v2m_bridge.core.playing import SinkState
from v2m_bridge.player.clocks import MONOTONIC
from v2m_bridge.player.sinks.lead import Lead
from v2m_bridge.player.sounding import NoteTable
from v2m_bridge.player.sync.link_peer import LinkPeer
from v2m_bridge.player.transport import Segment

_LOOK_EVERY_NS: Final = 500_000_000
_OFF_BEATS: Final = 0.02
_OFF_BPM: Final = 0.01
_SLOWEST, _FASTEST = 20.0, 999.0
"""What Link allows."""


class LinkSink(Lead):
    """A peer that sets the session's tempo where the score changes its own, and looks twice a second that it holds."""

    kind: ClassVar[str] = "link"

    def __init__(self, name: str, table: NoteTable) -> None:
        del table
        super().__init__(name)
        self._peer: LinkPeer | None = None
        self._look_ns = 0

    def open(self) -> None:
        """Make a peer, which joins a little later.

        Raises
        ------
        OutputError
            When Link is not installed.
        """
        self._peer = LinkPeer()

    def close(self) -> None:
        """Stop the session where it plays, and leave it."""
        if self._peer is not None:
            if self._line is not None:
                self.halt(self.rolling_at_ns or 0)
            self._peer.close()
            self._peer = None

    def now_ns(self) -> int:
        """Return Link's clock."""
        return MONOTONIC() if self._peer is None else self._peer.now_us() * 1000

    def state(self) -> SinkState:
        """Return how often the session was changed."""
        return SinkState(self.name, self.kind, self.n_told, 0, 0, self.lost)

    def changes(self, segment: Segment) -> Iterator[int]:
        """Yield where the score changes its tempo."""
        for change in self.place.tempo.tempi:
            if segment.from_ns < (at_ns := self.place.tempo.ns_at(change.tick)) < segment.to_ns:
                yield at_ns

    def go(self, clock_ns: int, at_ns: int) -> None:
        """Play in the score's tempo from a time on, at the score's place in the bar."""
        self._set(clock_ns, at_ns, plays=True)

    def halt(self, at_ns: int) -> None:
        """Stop now, in the tempo of the place."""
        self._set(self.now_ns(), at_ns, plays=False)

    def stand(self, at_ns: int) -> None:
        """Let the session stand, and look that it does."""
        super().stand(at_ns)
        self._look(at_ns, plays=False)

    def _tell_due(self) -> None:
        super()._tell_due()
        if (at_ns := self.rolling_at_ns) is not None:
            self._look(at_ns, plays=True)

    def _set(self, clock_ns: int, at_ns: int, *, plays: bool) -> None:
        if self._peer is None:
            return
        session, at_us = self._peer.session(), clock_ns // 1000
        into, quarters = self.place.bar_at(at_ns)
        session.setTempo(self._bpm_at(at_ns), at_us)
        if plays:
            session.forceBeatAtTime(into, at_us, quarters)
        if bool(session.isPlaying()) != plays:
            session.setIsPlaying(plays, at_us)
        self._peer.commit(session)

    def _look(self, at_ns: int, *, plays: bool) -> None:
        """Twice a second, say it again where the session has gone elsewhere: it was joined, or clocks drifted."""
        now_ns = self.now_ns()
        if self._peer is None or now_ns < self._look_ns:
            return
        self._look_ns = now_ns + _LOOK_EVERY_NS
        self._peer.has_joined()
        session = self._peer.session()
        into, quarters = self.place.bar_at(at_ns)
        off = (session.phaseAtTime(now_ns // 1000, quarters) - into + quarters / 2) % quarters - quarters / 2
        has_tempo = abs(session.tempo() - self._bpm_at(at_ns)) < _OFF_BPM
        if not has_tempo or session.isPlaying() != plays or (plays and abs(off) > _OFF_BEATS):
            self.n_told += 1
            self._set(now_ns, at_ns, plays=plays)

    def _bpm_at(self, at_ns: int) -> float:
        tempo = self.place.tempo
        return min(_FASTEST, max(_SLOWEST, tempo.bpm_at(round(tempo.tick_at_ns(max(0, at_ns))))))
