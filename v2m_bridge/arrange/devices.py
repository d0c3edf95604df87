"""Harmonic devices of a style: how fast chords change, a pedal under them, a phrase a third away.

The chords of a cue are chosen by the model.  A style says before how often they change, and afterwards over which bass
they stand and where a phrase begins a chromatic mediant away.  What the user wishes comes first; a style without
devices leaves the chords as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.arrange.cue_model import rounded, tension_of
from v2m_bridge.arrange.ending import ending_of
from v2m_bridge.arrange.phrases import phrase_bars
from v2m_bridge.arrange.style_data import Style
from v2m_bridge.arrange.texture import affect_strength
from v2m_bridge.core.arrays import I64
from v2m_bridge.core.harmonic_rhythm import parse_rhythm
from v2m_bridge.core.harmony import Chord, chord_of_id
from v2m_bridge.core.plan import CuePlan

_LEAST_RATE = 1 / 16
_MEDIANT_STEPS = (4, 8, 3, 9)
_PLAIN = ("maj", "min")


def with_rhythm(plan: CuePlan, style: Style) -> CuePlan:
    """Return the plan with the harmonic rhythm of a style, where the user wishes none."""
    if plan.wishes.rhythm is not None or not style.harmony.rhythm:
        return plan
    return replace(plan, wishes=replace(plan.wishes, rhythm=parse_rhythm(style.harmony.rhythm)))


def slowed(rates: NDArray[np.float64], plan: CuePlan, style: Style) -> NDArray[np.float64]:
    """Return chord changes per slot (T,) with what the tension of each slot takes away: dread stands still."""
    less = style.harmony.tension * np.array(_tension(plan, style))
    return np.where(less > 0, np.maximum(np.minimum(rates, _LEAST_RATE), rates - less), rates)


def with_mediants(ids: I64, free: NDArray[np.bool_], plan: CuePlan, style: Style) -> I64:
    """Let phrases begin a chromatic mediant away from the chord before, until that slot's own chord ends.

    Parameters
    ----------
    ids : (T,) int64
        Symbol ids in the model's key.
    free : (T,) bool
        Slots whose chord may become another.
    plan : CuePlan
    style : Style

    Returns
    -------
    (T,) int64
        The third, up or down, major or minor, takes turns; only from plain major or minor chords.
    """
    if not style.harmony.mediants:
        return ids
    found, last = ids.copy(), ending_of(plan).first_slot
    for turn, start in enumerate(_phrase_slots(plan)[1:]):
        before = chord_of_id(int(found[start - 1]))
        end = start
        while end < last and ids[end] == ids[start] and plan.slots[end].bar == plan.slots[start].bar:
            end += 1
        if (
            turn % 2 == 0
            and end > start
            and free[start:end].all()
            and before.quality in _PLAIN
            and before.root is not None
        ):
            root = (before.root + _MEDIANT_STEPS[turn // 2 % len(_MEDIANT_STEPS)]) % 12
            found[start:end] = Chord(root, before.quality).symbol_id
    return found


def over_pedal(chords: Sequence[Chord], free: NDArray[np.bool_], plan: CuePlan, style: Style) -> tuple[Chord, ...]:
    """Put chords over the tonic where a bar is tense enough for the style; a bass that is there stays.

    Parameters
    ----------
    chords : sequence of Chord
        (T,) as they sound.
    free : (T,) bool
        Slots whose bass may become another.
    plan : CuePlan
    style : Style
    """
    last = ending_of(plan).first_slot
    found = list(chords)
    for index in sorted(pedal_slots(plan, style)):
        chord, tonic = found[index], plan.key_at(index).tonic
        if index < last and free[index] and chord.bass is None and chord.root not in (None, tonic):
            found[index] = replace(chord, bass=tonic)
    return tuple(found)


def pedal_slots(plan: CuePlan, style: Style) -> frozenset[int]:
    """Return the slots of the bars that are tense enough for a pedal: the bass stands still there."""
    threshold = style.harmony.pedal_from
    if threshold is None:
        return frozenset()
    tension = _tension(plan, style)
    found: set[int] = set()
    for _, group in groupby(range(len(plan.slots)), key=lambda index: plan.slots[index].bar):
        bar = list(group)
        if sum(tension[index] for index in bar) / len(bar) >= threshold:
            found.update(bar)
    return frozenset(found)


def _tension(plan: CuePlan, style: Style) -> list[float]:
    strength = min(1.0, affect_strength(plan, style))
    points = zip(rounded(plan.affect.valence), rounded(plan.affect.arousal), strict=True)
    return [strength * tension_of(valence, arousal) for valence, arousal in points]


def _phrase_slots(plan: CuePlan) -> list[int]:
    return [bar.first_slot for bar in phrase_bars(plan) if bar.opens_phrase]
