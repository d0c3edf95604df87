"""What the transport was told lately: a player that hangs or dies may not have done it, so its spare is told again."""

from __future__ import annotations

from collections import deque
from typing import Final

from v2m_bridge.core import playing

_MOST: Final = 64
_ON_THE_WAY_NS: Final = 50_000_000
"""How long an order may lie in the pipe while the player still says where it was before."""


class TransportOrders:
    """Orders and when they were given.  A take is none: what was sent is gone with the player that sent it."""

    def __init__(self) -> None:
        self._given: deque[tuple[int, playing.ToPlayer]] = deque(maxlen=_MOST)

    def give(self, order: playing.ToPlayer, mono_ns: int) -> None:
        """Remember an order and the monotonic time at which it was given."""
        if not isinstance(order, playing.WriteTake):
            self._given.append((mono_ns, order))

    def after(self, mono_ns: int) -> list[playing.ToPlayer]:
        """Return what a player that spoke last at a monotonic time cannot be known to have done, in order.

        Each does no harm when it is done twice.
        """
        return [order for given_ns, order in self._given if given_ns > mono_ns - _ON_THE_WAY_NS]
