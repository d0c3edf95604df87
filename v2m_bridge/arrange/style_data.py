"""What a style of arrangement is: the values that a file in ``styles/`` holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from v2m_bridge.arrange.cue_model import CueModel
from v2m_bridge.arrange.figures import Figure, mean_notes, parse_figure
from v2m_bridge.arrange.style_checks import check_style
from v2m_bridge.core.affect import Emotion
from v2m_bridge.core.harmonic_rhythm import parse_rhythm

_UNDOUBLED = 3
"""Notes of a triad without doublings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicingRange:
    """Where the upper voices of a chord lie, in MIDI keys; `span` is the widest hand in semitones."""

    low: int
    high: int
    centre: int
    span: int
    voices: int
    motion: Literal["nearest", "planing"] = "nearest"
    """Whether voices move as little as they can, or all of them in parallel (planing)."""
    parallels: int = 0
    """Cost, in quarters of a semitone, of each pair of voices that moves in parallel fifths or octaves."""
    pull: int = 1
    """How firmly the middle of the voicing is drawn to its centre, in quarters of a semitone per voice and semitone."""
    spread: int = 0
    """Cost of each gap of less than three semitones between neighbours: open positions where it is high."""
    wander: float = 0.0
    """Semitones by which a phrase may lie above or below the centre, as the seed draws."""


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
    curve: tuple[float, ...] = (1.0,)
    """What the density is multiplied by in each bar of a phrase, over and over."""
    most_per_s: float = 0.0
    """Notes a second of all parts but drums, beyond which a level is too busy at a tempo; 0 for no limit."""


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
    curve: tuple[float, ...] = (-1.0, 0.0, 1.0, 0.0)
    """Share of `phrase` in each bar of a phrase, over and over."""
    period: float = 0.0
    """How much the phrases of a period of four differ: the third is the loudest."""
    offbeat: float = 0.0
    """How much softer a stroke between the beats is."""
    top: float = 0.0
    """How much louder the highest tone of a chord is than its others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherFigures:
    """Figures that a part may play instead of its own."""

    levels: tuple[str, ...]
    """A figure per density level."""
    moods: tuple[Emotion, ...] = ()
    """The moods that they are for; empty for any that has none of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStyle:
    """One instrument of a style; `channel` counts from 1, `program` is General MIDI from 0."""

    name: str
    channel: int
    program: int
    tones: Literal["upper", "full", "bass", "pad", "melody", "drums"]
    """What it may play: the upper voices, bass and upper voices, the bass line, the upper voices undoubled, the same
    from the highest down, or the keys of `kit`."""
    low: int
    high: int
    levels: tuple[str, ...]
    """A figure per density level, see `v2m_bridge.arrange.figures`."""
    turns: Literal["never", "phrases", "bars"] = "never"
    """Whether the seed turns the tones of its figures: another way in each phrase and its last bar, or in its bars."""
    others: tuple[OtherFigures, ...] = ()
    """What the seed may choose for a phrase instead of `levels`."""
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
    kit: tuple[int, ...] = ()
    """Keys of a drum kit, which a figure counts from 0."""
    breathes: bool = True
    """Whether it rests with the others at the end of a phrase."""
    speech: Literal["thin", "rest", "plays"] = "thin"
    """What it does while somebody speaks: strikes each chord once with few voices, rests, or plays on."""

    @property
    def carries(self) -> bool:
        """Whether the part alone sounds the whole chord in every slot's cell that opens a bar."""
        every = (self.levels, *(other.levels for other in self.others))
        strikes = all(level.split("|")[0].strip() != "-" for levels in every for level in levels)
        return self.tones in ("upper", "full", "pad") and strikes


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmony:
    """What a style asks of the chords; the wishes for a cue come first."""

    rhythm: str = ""
    """Harmonic rhythm as in the direction file: ``vamp 2 bars``, ``4 bars``, ``0.25`` changes per slot."""
    tension: float = 0.0
    """Chord changes per slot that full tension takes away."""
    pedal_from: float | None = None
    """Tension 0..1 from which the bass holds the tonic; 0 always, None never."""
    rub: float = 0.0
    """Share of the triads that take a tone which rubs, at full tension."""
    ninth: float = 0.0
    """Share of the triads that take a ninth, where music is wholly calm."""
    mediants: bool = False
    """Whether a phrase may begin a third away from the one before, with a chord of the same quality."""

    def __post_init__(self) -> None:
        if self.rhythm:
            parse_rhythm(self.rhythm)
        if not 0 <= self.tension <= 1 or not 0 <= (self.pedal_from or 0) <= 1:
            raise ValueError("tension and pedal_from lie from 0 to 1")
        if not 0 <= self.rub <= 4 or not 0 <= self.ninth <= 4:
            raise ValueError("rub and ninth lie from 0 to 4")


def _figures(part: PartStyle, levels: tuple[str, ...]) -> tuple[Figure, ...]:
    try:
        return tuple(map(parse_figure, levels))
    except (ValueError, ZeroDivisionError) as exc:
        raise ValueError(f"a figure of the part {part.name} cannot be read: {exc}") from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A style of arrangement."""

    name: str
    summary: str
    counts_from: Literal["bar", "chord"]
    """Whether the cells of a figure begin again at each bar line, or only at each chord change."""
    affect: float
    """How far affect bends the arrangement, times the wish for the cue."""
    cues: CueModel = field(default_factory=CueModel)
    """How valence and arousal bend it."""
    harmony: Harmony = field(default_factory=Harmony)
    breaths: float = 0.0
    """Share of the phrases of four bars after which everybody breathes."""
    rests: float = 0.0
    """Share of a cue of a minute or more that each part is to rest."""
    voicing: VoicingRange
    bass: BassRange
    density: DensityRule
    velocity: VelocityRule
    parts: tuple[PartStyle, ...]
    figures: tuple[tuple[Figure, ...], ...] = field(default=(), init=False)
    """For each part a figure per level."""
    other_figures: tuple[tuple[tuple[Figure, ...], ...], ...] = field(default=(), init=False)
    """For each part those of its `others`."""
    notes_per_level: tuple[float, ...] = field(default=(), init=False)
    """Notes in two beats at each level when every part but the drums plays, on average over its figures."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "figures", tuple(_figures(part, part.levels) for part in self.parts))
        others = (tuple(_figures(part, other.levels) for other in part.others) for part in self.parts)
        object.__setattr__(self, "other_figures", tuple(others))
        check_style(self)
        object.__setattr__(self, "notes_per_level", tuple(map(self._notes_at, range(self.n_levels))))

    def _notes_at(self, level: int) -> float:
        voices = {"pad": _UNDOUBLED, "full": self.voicing.voices + 1, "bass": 1, "melody": 1}
        total = 0.0
        for part, own, others in zip(self.parts, self.figures, self.other_figures, strict=True):
            if part.tones != "drums":
                every = [figures[level] for figures in (own, *others)]
                n_all = voices.get(part.tones, self.voicing.voices)
                total += sum(mean_notes(figure, n_all) for figure in every) / len(every)
        return total

    @property
    def n_levels(self) -> int:
        """Density levels, from the sparsest."""
        return len(self.density.thresholds) + 1
