"""Our place among the peers of an Ableton Link session."""

from __future__ import annotations

import importlib
from typing import Any, Final

from v2m_bridge.core.sync_choice import LINK_HINT, LINK_MISSING
from v2m_bridge.errors import OutputError

_SETTLE_US: Final = 500_000
"""Between making a peer and joining: what joins sooner may bring its own tempo into the session."""
_FIND_US: Final = 1_500_000
"""After joining, time in which the others are found."""
_LEARN_US: Final = 500_000
"""After they are found, time in which their tempo and beat are learnt."""
_OWN_BPM: Final = 120.0


class LinkPeer:
    """One peer, which joins half a second after it is made.  Thread: scheduler.

    Raises
    ------
    OutputError
        When Link is not installed.
    """

    def __init__(self) -> None:
        try:
            module = importlib.import_module("link")
            self._link: Any = module.Link(_OWN_BPM)
        except (ImportError, AttributeError) as exc:
            raise OutputError(LINK_MISSING, hint=LINK_HINT) from exc
        self._link.startStopSyncEnabled = True
        self._join_us = self.now_us() + _SETTLE_US
        self._known_us = self._join_us + _FIND_US
        self._has_found = False

    def now_us(self) -> int:
        """Return Link's clock in microseconds."""
        return int(self._link.clock().micros())

    def has_joined(self) -> bool:
        """Join when it is time; True once the others are found and known, or nobody is there."""
        now_us = self.now_us()
        if not self._link.enabled and now_us >= self._join_us:
            self._link.enabled = True
        if not self._has_found and self.n_others:
            self._has_found, self._known_us = True, now_us + _LEARN_US
        return now_us >= self._known_us

    @property
    def n_others(self) -> int:
        """How many other peers the session has."""
        return int(self._link.numPeers())

    def session(self) -> Any:
        """Return tempo, beats and start/stop as they are now."""
        return self._link.captureAppSessionState()

    def commit(self, session: Any) -> None:
        """Tell the others what was changed in a session."""
        self._link.commitAppSessionState(session)

    def close(self) -> None:
        """Leave the session."""
        self._link.enabled = False
