"""Ableton Link: tempo, beat phase and start/stop of a session.  It has no places, so the place stays our own."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Final

from v2m_bridge.player.clocks import MONOTONIC
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.follower import Report, Tolerance
from v2m_bridge.player.sync.grid_check import Grid
from v2m_bridge.player.sync.link_peer import LinkPeer
from v2m_bridge.player.sync.sources.base import Source

_LATEST_US: Final = 80_000
"""A start that is noticed late is entered where it was, as far back as this."""
_ON_TIME_BEATS: Final = 0.02
_NAME: Final = "the Link session"


class LinkSource(Source):
    """Starts and stops with the session, from where playing stands, and never changes its tempo.

    Among other peers a start waits until the session is where the edit is in its bar.
    """

    tolerance: ClassVar[Tolerance] = Tolerance(jump_ns=1_000_000, bandwidth_hz=math.inf)

    def __init__(self, place: EditPlace) -> None:
        super().__init__(place)
        self._peer: LinkPeer | None = None
        self._at_ns: int | None = None  # where it stands, or stood at _from_us
        self._from_us: int | None = None
        self._is_in = False

    def open(self) -> None:
        """Make a peer, which joins a little later.

        Raises
        ------
        OutputError
            When Link is not installed.
        """
        self._peer = LinkPeer()

    def close(self) -> None:
        """Leave the session."""
        if self._peer is not None:
            self._peer.close()
            self._peer = None

    def now_ns(self) -> int:
        """Return Link's clock."""
        return MONOTONIC() if self._peer is None else self._peer.now_us() * 1000

    def take(self) -> list[Report]:
        """Return where playing stands or rolls, as the session's start and stop have it."""
        peer = self._peer
        if peer is None:
            return []
        now_us = peer.now_us()
        if self._at_ns is None:
            self._at_ns, rolls = self.own
            self._from_us = now_us if rolls else None
        if not self._is_in and peer.has_joined():
            self._is_in = True
            if self._from_us is not None:  # a session does not tell a new peer that it plays: what rolls says so
                self._tell(peer, True, now_us)
        if self._is_in:
            self._follow(peer, peer.session(), now_us)
        return [self._report(now_us)]

    def _follow(self, peer: LinkPeer, session: Any, now_us: int) -> None:
        """Do what the session's start or stop says, and take its tempo and its place in the bar."""
        if not session.isPlaying():
            self._at_ns, self._from_us = self._place_at(now_us), None
        elif self._from_us is None:
            self._from_us = self._entry_us(session, max(int(session.timeForIsPlaying()), now_us - _LATEST_US))
        self.grid = None
        if peer.n_others:
            at_ns = self._place_at(now_us)
            _, quarters = self.place.bar_at(at_ns)
            self.grid = Grid(at_ns, 0, session.phaseAtTime(now_us, quarters), session.tempo(), who=_NAME)

    def _entry_us(self, session: Any, from_us: int) -> int:
        """Return when the session is next where the edit stands in its bar; alone there is nothing to wait for."""
        if self._peer is None or not self._peer.n_others:
            return from_us
        into, quarters = self.place.bar_at(self._at_ns or 0)
        wait = (into - session.phaseAtTime(from_us, quarters)) % quarters
        if wait > quarters - _ON_TIME_BEATS:
            return from_us
        return int(session.timeAtBeat(session.beatAtTime(from_us, quarters) + wait, quarters))

    def _place_at(self, now_us: int) -> int:
        at_ns = self._at_ns or 0
        return at_ns if self._from_us is None else at_ns + max(0, now_us - self._from_us) * 1000

    def _report(self, now_us: int) -> Report:
        since_us = -1 if self._from_us is None else now_us - self._from_us
        rolls = since_us >= 0
        return Report(now_us * 1000, self._place_at(now_us), rolls, float(rolls), max(0, since_us) * 1000)

    def play(self) -> bool:
        """Start the session, where the edit stands in its bar."""
        if (peer := self._peer) is not None and self._from_us is None:
            self._from_us = self._entry_us(peer.session(), peer.now_us())
            self._tell(peer, True, self._from_us)
        return True

    def stop(self) -> bool:
        """Stop the session."""
        if (peer := self._peer) is not None:
            now_us = peer.now_us()
            self._at_ns, self._from_us = self._place_at(now_us), None
            self._tell(peer, False, now_us)
        return True

    def locate(self, at_ns: int) -> bool:
        """Go to a time of the edit; where it rolls, it rolls from there."""
        self._at_ns = max(0, at_ns)
        if self._peer is not None and self._from_us is not None:
            self._from_us = self._entry_us(self._peer.session(), self._peer.now_us())
        return True

    def _tell(self, peer: LinkPeer, plays: bool, at_us: int) -> None:
        session = peer.session()
        session.setIsPlaying(plays, at_us)
        peer.commit(session)
