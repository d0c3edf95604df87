"""Variety: what a seed changes in the figures and in where the chords lie, phrase by phrase.

Phrases have four bars, and four phrases the form a a b a.  A phrase takes its bars from three ways of playing in a
form such as a b a c, so that its last bar is always different.  A way of playing turns the tones of a figure: it begins
with another one, or goes the other way.  Which figures of a part are played is drawn from those that suit the mood in
which the phrase begins.  The draws of a phrase depend on the seed, the cue and the number of the phrase only, so that
what stands before a change stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.arrange.cue_model import rounded
from v2m_bridge.arrange.draws import FIGURES, PLACES, stepped
from v2m_bridge.arrange.figures import ALL_TONES, Figure
from v2m_bridge.arrange.measures import SungBar, sung_bars
from v2m_bridge.arrange.style_data import Style
from v2m_bridge.core.affect import Affect, Emotion
from v2m_bridge.core.plan import CuePlan

_FORMS: Final = {
    "never": ((0,),),
    "phrases": ((1, 1, 1, 2),),
    "bars": ((1, 2, 1, 3), (1, 2, 2, 3), (1, 1, 2, 3)),
}
"""Which of the turns of a phrase each of its bars takes; 0 leaves figures as they are."""
_FIRST_TONES: Final = 4
_WAYS: Final = tuple(permutations(range(2 * _FIRST_TONES), 3))
"""Three different turns each, numbered as `Turn.numbered` reads them."""
_DRAWS: Final = 3
_PERIOD_PHRASES: Final = 4
_OTHER_PHRASE: Final = 2
_COMMON_MULTIPLE: Final = 60
"""Of every number of voices that there are."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How the tones of a figure are taken: tone t becomes `first` + t, or `first` - t."""

    first: int = 0
    way: int = 1

    @staticmethod
    def numbered(number: int) -> Turn:
        """Return one of the eight turns; 0 leaves the tones as they are."""
        return Turn(number % _FIRST_TONES, 1 if number < _FIRST_TONES else -1)

    def tone(self, tone: int) -> int:
        """Return which tone is played, to be counted round the voicing; all of them stay all."""
        return tone if tone == ALL_TONES else (self.first + self.way * tone) % _COMMON_MULTIPLE


@dataclass(frozen=True, slots=True)
class Variety:
    """What is played in each slot, (T, parts)."""

    figures: tuple[tuple[tuple[Figure, ...], ...], ...]
    """For each slot and part a figure per level."""
    turns: tuple[tuple[Turn, ...], ...]


def read_variety(plan: CuePlan, style: Style, strength: float) -> Variety:
    """Draw what every phrase is played with.

    Parameters
    ----------
    plan : CuePlan
        T slots; its affect where a phrase begins picks the figures.
    style : Style
    strength : float
        Affect strength; 0 plays as if everything were neutral.
    """
    bars = sung_bars(plan)
    rows = _rows(bars)
    draws = stepped(plan, FIGURES, rows[-1] + 2, len(style.parts), _DRAWS)
    figures: list[tuple[tuple[Figure, ...], ...]] = []
    turns: list[tuple[Turn, ...]] = []
    playing = style.figures
    for bar, number in zip(bars, rows, strict=True):
        row = draws[number]
        if bar.opens_phrase or not figures:
            playing = _chosen(style, _mood(plan, bar, strength), row)
        ways = tuple(_turn(part.turns, own, bar.in_phrase) for part, own in zip(style.parts, row, strict=True))
        n_slots = bar.end_slot - bar.first_slot
        figures += [playing] * n_slots
        turns += [ways] * n_slots
    return Variety(tuple(figures), tuple(turns))


def wandering(plan: CuePlan, style: Style) -> tuple[float, ...]:
    """Return the semitones by which the chords of each slot lie above their place, (T,), one draw for each phrase."""
    most = style.voicing.wander
    if most == 0:
        return (0.0,) * len(plan.slots)
    bars = sung_bars(plan)
    rows = _rows(bars)
    places = (most * (2 * stepped(plan, PLACES, rows[-1] + 2) - 1)).tolist()
    return tuple(
        places[number] for bar, number in zip(bars, rows, strict=True) for _ in range(bar.first_slot, bar.end_slot)
    )


def new_places(plan: CuePlan, style: Style) -> frozenset[int]:
    """Return the slots at which the chords go where a phrase lies; none where phrases do not wander."""
    return frozenset(bar.first_slot for bar in sung_bars(plan) if bar.opens_phrase and style.voicing.wander)


def _rows(bars: Sequence[SungBar]) -> list[int]:
    """Return for each bar the number of its phrase among those that differ: four phrases are a a b a."""
    found: list[int] = []
    phrase = -1
    for bar in bars:
        phrase += bar.opens_phrase
        period, place = divmod(max(0, phrase), _PERIOD_PHRASES)
        found.append(2 * period + (place == _OTHER_PHRASE))
    return found


def _mood(plan: CuePlan, bar: SungBar, strength: float) -> Emotion:
    """Return the word nearest to what a bar feels like."""
    slots = slice(bar.first_slot, bar.end_slot)
    valence, arousal = (
        float(np.clip(strength * np.mean(rounded(column)[slots]), -1, 1))
        for column in (plan.affect.valence, plan.affect.arousal)
    )
    return Affect(valence, arousal).nearest_emotion()


def _chosen(style: Style, mood: Emotion, draws: NDArray[np.float64]) -> tuple[tuple[Figure, ...], ...]:
    """Return for each part the figures of a phrase: those for its mood where there are any, else those for all."""
    found = []
    for part, own, others, row in zip(style.parts, style.figures, style.other_figures, draws, strict=True):
        meant = [figures for each, figures in zip(part.others, others, strict=True) if mood in each.moods]
        common = [own, *(figures for each, figures in zip(part.others, others, strict=True) if not each.moods)]
        options = meant or common
        found.append(options[int(row[0] * len(options))])
    return tuple(found)


def _turn(turns: str, row: NDArray[np.float64], in_phrase: int) -> Turn:
    forms = _FORMS[turns]
    form = forms[int(row[1] * len(forms))]
    of_phrase = (0, *_WAYS[int(row[2] * len(_WAYS))])
    return Turn.numbered(of_phrase[form[in_phrase % len(form)]])
