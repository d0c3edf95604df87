"""What the user wishes: for every cue, for one cue, for one scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Final

from v2m_bridge.core.affect import EmotionOverride
from v2m_bridge.core.cue import Cue, Hit
from v2m_bridge.core.fixed_tempo import FixedTempo
from v2m_bridge.core.harmonic_rhythm import RhythmWish
from v2m_bridge.core.harmony import Chord, Key
from v2m_bridge.core.theme import FORMS, NO_THEME, Theme
from v2m_bridge.core.timebase import Meter, TempoMap

DEFAULT_STYLE: Final = "felt-piano"
DEFAULT_TEMPO_BPM: Final = (70.0, 140.0)
FITS: Final = ("constant", "musical", "exact")
"""Ways of fitting the tempo of a cue to its hits, each freer than the one before."""
GIVEN: Final = "given"
"""In place of one of `FITS`, where a tempo map was given and is obeyed."""
ENTRIES: Final = ("downbeat", "pickup", "fade")
"""How a cue begins: with its first beat, with an upbeat to its second bar, or from nothing."""
ENDINGS: Final = ("ring", "button", "fade", "open", "cut", "segue")
"""How a cue ends: its last chord rings, a stroke on the out, to nothing, unresolved, cut off, or on into the next."""
LOCKS: Final = ("tempo", "harmony", "melody", "texture")
"""Layers of a cue that a lock can hold as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CueDirection:
    """Wishes that live on a cue; None means that nothing was said."""

    key: Key | None = None
    primer: tuple[Chord, ...] | None = None
    """Chords that the cue begins with, as they should sound (in the cue's key)."""
    emotion: EmotionOverride | None = None
    style: str | None = None
    """A style of the program, one of the folder ``styles``, or the path of a file."""
    tempo_bpm: tuple[float, float] | None = None
    """Lowest and highest quarter notes per minute."""
    meter: Meter | None = None
    fit: str | None = None
    """One of `FITS`."""
    fixed: tuple[FixedTempo, ...] | None = None
    """Stretches whose tempo is given, counted from the first frame of the cue; the fit is then `musical`."""
    affect_strength: float | None = None
    """0..2; 0 ignores the emotion, 1 is the default."""
    rhythm: RhythmWish | None = None
    """How often chords change."""
    entry: str | None = None
    """One of `ENTRIES`; the first where nothing was said."""
    ending: str | None = None
    """One of `ENDINGS`; the first where nothing was said."""
    theme: str | None = None
    """Name of a theme that the cue states, or `NO_THEME`."""
    theme_form: str | None = None
    """One of `FORMS`; the first where nothing was said."""
    humanize: float | None = None
    """0..1: how far strokes lie off the grid; 0 is the grid, and so is None."""
    seed: int | None = None
    locks: tuple[str, ...] | None = None
    """Layers of `LOCKS` that stay as they are, in that order; none of them where it is empty."""
    style_text: str | None = None
    """What the file of a user's style holds; `Direction.for_cue` lays it in, None for a style of the program."""
    tune: Theme | None = None
    """The theme itself; `Direction.for_cue` lays it in."""

    def __post_init__(self) -> None:
        if self.locks is not None:
            if unknown := [layer for layer in self.locks if layer not in LOCKS]:
                raise ValueError(f"there is no layer {unknown[0][:40]!r} to lock; there are {', '.join(LOCKS)}")
            object.__setattr__(self, "locks", tuple(layer for layer in LOCKS if layer in self.locks))
        if self.tempo_bpm is not None and not 20 <= self.tempo_bpm[0] <= self.tempo_bpm[1] <= 300:
            raise ValueError(f"tempo range {self.tempo_bpm} is not from 20 to 300 bpm, lowest first")
        if self.fit is not None and self.fit not in FITS:
            raise ValueError(f"tempo fit {self.fit[:40]!r} is none of {', '.join(FITS)}")
        forms = ("entry", self.entry, ENTRIES), ("ending", self.ending, ENDINGS), ("theme form", self.theme_form, FORMS)
        for name, said, known in forms:
            if said is not None and said not in known:
                raise ValueError(f"{name} {said[:40]!r} is none of {', '.join(known)}")
        if self.humanize is not None and not 0 <= self.humanize <= 1:
            raise ValueError(f"humanize {self.humanize} is not from 0 to 1")
        if self.affect_strength is not None and not 0 <= self.affect_strength <= 2:
            raise ValueError(f"affect strength {self.affect_strength} is not from 0 to 2")
        if self.seed is not None and not 0 <= self.seed < 2**63:
            raise ValueError(f"the seed is not a whole number from 0 to {2**63 - 1}")

    def over(self, below: CueDirection) -> CueDirection:
        """Return these wishes, with those of `below` where nothing was said here."""
        return replace(
            self,
            **{f.name: getattr(below, f.name) for f in fields(self) if getattr(self, f.name) is None},
        )


@dataclass(frozen=True, slots=True)
class ParkedHit:
    """A hit whose picture the edit does not show now; it comes back into play when the picture does."""

    hit: Hit
    """At the frame of the edit that showed it last."""
    source_s: Fraction | None = None
    """The picture: seconds from the start of the medium, None where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneDirection:
    """Wishes that bend one scene inside its cue."""

    emotion: EmotionOverride | None = None
    intensity: float | None = None
    """0..1 in place of the picture's own; None leaves it."""
    mute: bool = False
    hits: tuple[Hit, ...] = ()
    parked: tuple[ParkedHit, ...] = ()
    """Hits out of play since the edit was cut again."""

    def __post_init__(self) -> None:
        if self.intensity is not None and not 0 <= self.intensity <= 1:
            raise ValueError(f"intensity {self.intensity} is not from 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """All wishes for one timeline.

    `spotted` is the cue list that the user edited; None leaves spotting to the program.  `cues` is keyed by cue number,
    `scenes` by scene id.
    """

    defaults: CueDirection = field(default_factory=CueDirection)
    cues: Mapping[str, CueDirection] = field(default_factory=dict)
    scenes: Mapping[str, SceneDirection] = field(default_factory=dict)
    spotted: tuple[Cue, ...] | None = None
    tempo_maps: Mapping[str, TempoMap] = field(default_factory=dict)
    """By cue number, each from the first frame of its cue on: tempi that are obeyed instead of fitted."""
    styles: Mapping[str, str] = field(default_factory=dict)
    """Text of the styles that wishes name and that are not the program's, by the words that name them."""
    themes: Mapping[str, Theme] = field(default_factory=dict)
    """The themes that wishes name, by name."""

    def for_cue(self, number: str) -> CueDirection:
        """Return what holds for a cue: its own wishes, else those for every cue, else the program's defaults.

        The text of its style and its theme are laid in, so that what reads the wishes needs no file.
        """
        wishes = self.cues.get(number, CueDirection()).over(self.defaults).over(_PROGRAM_DEFAULTS)
        if wishes.theme == NO_THEME:
            wishes = replace(wishes, theme=None, theme_form=None)
        return replace(
            wishes,
            style_text=self.styles.get(wishes.style or "", wishes.style_text),
            tune=self.themes.get(wishes.theme, wishes.tune) if wishes.theme else None,
        )

    def for_scene(self, scene_id: str) -> SceneDirection:
        """Return the wishes for a scene."""
        return self.scenes.get(scene_id, SceneDirection())


_PROGRAM_DEFAULTS: Final = CueDirection(
    style=DEFAULT_STYLE, tempo_bpm=DEFAULT_TEMPO_BPM, meter=Meter(4, 4), fit="constant", affect_strength=1.0, seed=0
)
