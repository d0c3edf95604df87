"""How valence and arousal bend an arrangement: one weighted sum per quality of the music.

Each cue of expression is a base plus a weight times valence plus a weight times arousal, all times one affect strength:

    cue = base + strength * (w_valence * valence + w_arousal * arousal)

A sum is enough: over 200 stimuli with six cues a linear additive model explains 77 to 89 % of what listeners feel,
square terms add 0 to 8 %, interactions nothing (Eerola, Friberg and Bresin 2013); mode matters most, then tempo,
register, dynamics and articulation.  Where each cue is set:

========================  ==========================  =========================================================
cue                       moved by                    where
========================  ==========================  =========================================================
mode                      valence                     key of the cue, chord qualities (Husain et al. 2002: mode
                                                      moves mood, not arousal)
tempo                     arousal                     tempo fit (Husain et al. 2002: tempo moves arousal)
register                  valence, a little arousal   here, `CueModel.register_valence` (Oliveira and Cardoso:
                                                      register acts on both axes)
dynamics                  arousal                     loudness; here, `velocity.arousal` of the style
articulation              arousal                     here, `CueModel.gap_arousal` (CMERS, Livingstone et al. 2010)
density                   arousal                     density; here, `CueModel.density_arousal`
harmonic rhythm           arousal, tension            chords; here, `tension_of`
========================  ==========================  =========================================================
"""

from __future__ import annotations

from dataclasses import dataclass

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.plan import CuePlan

_DECIMALS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class CueModel:
    """Weights of the sums; each says what full valence or arousal adds at strength 1."""

    register_valence: float = 3.0
    """Semitones that the middle of the chords rises."""
    register_arousal: float = 2.0
    density_arousal: float = 0.35
    """Share that the density grows."""
    gap_arousal: float = 0.25
    """Share of its length that a struck note ends early; calm music is legato."""
    velocity_valence: float = 0.0
    """Velocity that valence adds; arousal has `VelocityRule.arousal`."""

    def __post_init__(self) -> None:
        if not all(abs(each) <= 12 for each in (self.register_valence, self.register_arousal, self.velocity_valence)):
            raise ValueError("register and velocity of cues lie from -12 to 12")
        if not 0 <= self.density_arousal < 0.5 or not 0 <= self.gap_arousal <= 0.45:
            raise ValueError("density_arousal lies from 0 to 0.5 and gap_arousal from 0 to 0.45")


@dataclass(frozen=True, slots=True)
class Cues:
    """The weighted sums, one row per slot."""

    register: tuple[float, ...]
    """Semitones added to the middle of the chords."""
    density: tuple[float, ...]
    """Factor of the density."""
    velocity: tuple[float, ...]
    """Added velocity."""
    gap: tuple[float, ...]
    """Share of its length that a struck note ends early, 0 for legato."""


def read_cues(plan: CuePlan, model: CueModel, strength: float, velocity_arousal: float) -> Cues:
    """Return the cues of expression of every slot.

    Parameters
    ----------
    plan : CuePlan
        T slots with affect.
    model : CueModel
    strength : float
        Affect strength, 0..2 times that of the style; 0 leaves every cue at its base.
    velocity_arousal : float
        Velocity that full arousal adds.
    """
    points = list(zip(rounded(plan.affect.valence), rounded(plan.affect.arousal), strict=True))
    return Cues(
        register=tuple(strength * (model.register_valence * v + model.register_arousal * a) for v, a in points),
        density=tuple(1 + model.density_arousal * strength * a for _, a in points),
        velocity=tuple(strength * (velocity_arousal * a + model.velocity_valence * v) for v, a in points),
        gap=tuple(model.gap_arousal * strength * max(0.0, a) for _, a in points),
    )


def tension_of(valence: float, arousal: float) -> float:
    """Return tension 0..1: aroused and unpleasant at once.

    Van der Zwaag et al. 2011 find arousal and tension to rise together; what tells tension from joy is valence.
    """
    return max(0.0, min(arousal, -valence))


def rounded(column: F32) -> list[float]:
    """Return a column rounded, so that the last bits of a prediction cannot tip a threshold."""
    return [round(value, _DECIMALS) for value in column.tolist()]
