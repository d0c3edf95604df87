"""Styles of arrangement: data in ``styles/*.toml``, checked once when they are read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal

import msgspec

from v2m_bridge.arrange.figures import Figure, parse_figure
from v2m_bridge.errors import DirectionError

MUD_PITCH: Final = 48
"""Below this MIDI key close intervals blur."""
MUD_INTERVAL: Final = 7
"""Smallest interval, in semitones, above a note that lies below `MUD_PITCH`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicingRange:
    """Where the upper voices of a chord lie, in MIDI keys; `span` is the widest hand in semitones."""

    low: int
    high: int
    centre: int
    span: int
    voices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BassRange:
    """Where the bass lies, in MIDI keys; at least an octave, so that every pitch class is in it."""

    low: int
    high: int
    centre: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityRule:
    """How busyness picks one of the levels of a figure.

    `thresholds` are in notes per second, or per two beats whatever the tempo; at the 120 bpm of the published renderer
    both are the same.  A level is left only when the density passes its threshold by `hysteresis`.  `intensity` says
    how far the intensity of the picture bends the density: 0 not at all, 1 from half to one and a half times.
    """

    per: Literal["second", "two beats"]
    thresholds: tuple[float, ...]
    hysteresis: float
    intensity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VelocityRule:
    """How loudness becomes velocity: ``low + (high - low) * (L / 50) ** exponent``, bent by the offsets.

    Source of the curve: Kang et al. 2024, velocity rule of the published renderer.
    """

    low: int
    high: int
    exponent: float
    arousal: float
    phrase: float
    downbeat: float
    accent: float
    human: float
    fall: float
    """How much softer the music has become when the last chord is struck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStyle:
    """One instrument of a style; `channel` counts from 1, `program` is General MIDI from 0."""

    name: str
    channel: int
    program: int
    tones: Literal["upper", "full", "bass", "pad"]
    """What it may play: the upper voices, bass and upper voices, the bass line, or the upper voices undoubled."""
    low: int
    high: int
    levels: tuple[str, ...]
    """A figure per density level, see `v2m_bridge.arrange.figures`."""
    transpose: int = 0
    enters_at: float = 0.0
    """Intensity from which the part plays."""
    ring_beats: float = 0.0
    """How long a note rings; 0 holds it until the part's next onset."""
    velocity: float = 0.0
    """Added to the velocity that loudness gives."""
    fixed_velocity: int | None = None
    """Velocity of every note where a controller carries the dynamics."""
    controller: int | None = None
    on_hits: bool = False
    """Whether the part strikes on every hit that must be met."""
    in_ending: bool = False
    """Whether the part strikes the last chord."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A style of arrangement."""

    name: str
    summary: str
    counts_from: Literal["bar", "chord"]
    """Whether the cells of a figure begin again at each bar line, or only at each chord change."""
    affect: float
    """How far affect bends the arrangement, times the wish for the cue."""
    voicing: VoicingRange
    bass: BassRange
    density: DensityRule
    velocity: VelocityRule
    parts: tuple[PartStyle, ...]
    figures: tuple[tuple[Figure, ...], ...] = field(default=(), init=False)
    """For each part a figure per level."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "figures", tuple(tuple(map(parse_figure, part.levels)) for part in self.parts))
        if any(len(part.levels) != self.n_levels for part in self.parts):
            raise ValueError(f"style {self.name} needs {self.n_levels} figures for each part")
        if self.bass.high - self.bass.low < 11 or self.bass.high >= MUD_PITCH:
            raise ValueError(f"the bass of style {self.name} covers at least an octave below {MUD_PITCH}")
        if self.voicing.low < max(MUD_PITCH, self.bass.high + MUD_INTERVAL):
            raise ValueError(f"the chords of style {self.name} lie too near to its bass")

    @property
    def n_levels(self) -> int:
        """Density levels, from the sparsest."""
        return len(self.density.thresholds) + 1


def style_names() -> tuple[str, ...]:
    """Return the names of the styles there are, in alphabetical order."""
    folder = files("v2m_bridge.arrange") / "styles"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


@lru_cache(maxsize=32)
def load_style(name: str) -> Style:
    """Return the style of this name.

    Raises
    ------
    DirectionError
        When there is none; the hint names those there are.
    """
    names = style_names()
    if name not in names:
        raise DirectionError(f"there is no style {name[:40]!r}", hint=f"Choose one of {', '.join(names)}.")
    text = (files("v2m_bridge.arrange") / "styles" / f"{name}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Style)
