"""A stretch of a cue whose tempo is given."""

from __future__ import annotations

from dataclasses import dataclass, replace

from v2m_bridge.core.timebase import US_PER_MINUTE


@dataclass(frozen=True, slots=True)
class FixedTempo:
    """Bars that begin from one time to another have this tempo.

    In wishes for a cue the times count from its first frame, for a fit they are on the clock of the hits.
    """

    from_ns: int
    to_ns: int
    bpm: float

    def __post_init__(self) -> None:
        if not 20 <= self.bpm <= 300:
            raise ValueError(f"a fixed tempo of {self.bpm:g} bpm is not from 20 to 300")
        if self.to_ns <= self.from_ns:
            raise ValueError("a fixed tempo holds for some time")

    @property
    def us_per_quarter(self) -> int:
        """Length of a quarter in whole microseconds."""
        return round(US_PER_MINUTE / self.bpm)

    def later(self, by_ns: int) -> FixedTempo:
        """Return the same, some time later."""
        return replace(self, from_ns=self.from_ns + by_ns, to_ns=self.to_ns + by_ns)
