"""How busy and how loud the music of a cue is, slot by slot."""

from __future__ import annotations

from dataclasses import dataclass

from v2m_bridge.core.arrays import F32, freeze


@dataclass(frozen=True, slots=True, eq=False)
class Dynamics:
    """Loudness and busyness of one cue; row t covers slot t."""

    density_notes_per_s: F32
    """(T,) >= 0"""
    loudness_rms: F32
    """(T,) linear, 0..1"""

    def __post_init__(self) -> None:
        freeze(
            rows=len(self.density_notes_per_s),
            density_notes_per_s=self.density_notes_per_s,
            loudness_rms=self.loudness_rms,
        )
        if (self.density_notes_per_s < 0).any() or (self.loudness_rms < 0).any() or (self.loudness_rms > 1).any():
            raise ValueError("density is not negative and loudness lies from 0 to 1")

    def __len__(self) -> int:
        return len(self.loudness_rms)
