"""Texture: how busy each slot is and which parts play in it, from density, intensity and arousal.

Everything here is read from left to right: a slot depends on earlier slots and on its own bar, never on later bars, so
that a passage can be arranged again without touching what stands before it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from v2m_bridge.arrange.cue_model import Cues, rounded
from v2m_bridge.arrange.ending import Ending
from v2m_bridge.arrange.phrases import in_phrase
from v2m_bridge.arrange.presence import presence
from v2m_bridge.arrange.style_data import DensityRule, Style
from v2m_bridge.arrange.variety import wandering
from v2m_bridge.core.dynamics import Dynamics
from v2m_bridge.core.harmony import Chord
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.timebase import NS_PER_S

_FINEST_STEP_NS: Final = 90_000_000


@dataclass(frozen=True, slots=True)
class Run:
    """Slots of one chord inside one bar (or inside the ending): what a note may not ring out of."""

    first_slot: int
    start_tick: int
    end_tick: int


@dataclass(frozen=True, slots=True)
class Texture:
    """What the players read, one row per slot."""

    chords: tuple[Chord | None, ...]
    """None is silence."""
    runs: tuple[Run, ...]
    turns: tuple[int, ...]
    """Which cell of a figure is due."""
    levels: tuple[int, ...]
    """Density level, 0 the sparsest."""
    entered: tuple[tuple[bool, ...], ...]
    """For each part of the style, whether it plays."""
    centres: tuple[float, ...]
    """MIDI key that the chords are drawn to."""
    steps: tuple[int, ...]
    """Ticks of the finest step of a figure."""


def read_texture(
    plan: CuePlan, chords: Sequence[Chord], dynamics: Dynamics, style: Style, cues: Cues, ending: Ending
) -> Texture:
    """Read chords, dynamics and affect slot by slot.

    Parameters
    ----------
    plan : CuePlan
        T slots with affect and intensity.
    chords : sequence of Chord
        (T,) as they sound; N is silence.
    dynamics : Dynamics
        T rows; loudness is not used here.
    style : Style
        Thresholds, and when each part enters.
    ending : Ending
        Where the last chord begins.
    """
    sounding = tuple(
        None if muted or chord.root is None else chord
        for chord, muted in zip(chords, plan.affect.muted.tolist(), strict=True)
    )
    runs = _runs(plan, sounding, ending)
    return Texture(
        chords=sounding,
        runs=runs,
        turns=_turns(sounding, runs, style),
        levels=_playable(_hysteresis(_busyness(plan, dynamics, style, cues), style.density), plan, style),
        entered=presence(plan, style, ending),
        centres=tuple(
            style.voicing.centre + register + away
            for register, away in zip(cues.register, wandering(plan, style), strict=True)
        ),
        steps=tuple(_finest_step(plan, slot.onset_tick) for slot in plan.slots),
    )


def affect_strength(plan: CuePlan, style: Style) -> float:
    """Return how far affect bends the arrangement: 0 not at all, 1 as the style means it, at most 2."""
    wished = plan.wishes.affect_strength
    return style.affect * (1.0 if wished is None else wished)


def beat_ns(plan: CuePlan, tick: int) -> int:
    """Return the length of the notated beat at `tick` in nanoseconds."""
    return plan.tempo.ns_at(tick + plan.tempo.meter_at(tick).ticks_per_beat) - plan.tempo.ns_at(tick)


def _runs(plan: CuePlan, chords: Sequence[Chord | None], ending: Ending) -> tuple[Run, ...]:
    keys = [(min(slot.bar, plan.slots[ending.first_slot].bar), chord)
            for slot, chord in zip(plan.slots, chords, strict=True)]  # fmt: skip
    runs: list[Run] = []
    for _, group in groupby(range(len(keys)), key=keys.__getitem__):
        members = list(group)
        first, last = plan.slots[members[0]], plan.slots[members[-1]]
        runs += [Run(members[0], first.onset_tick, last.end_tick)] * len(members)
    return tuple(runs)


def _turns(chords: Sequence[Chord | None], runs: Sequence[Run], style: Style) -> tuple[int, ...]:
    turns: list[int] = []
    for index, run in enumerate(runs):
        goes_on = index > 0 and chords[index] == chords[index - 1]
        if style.counts_from == "bar":
            turns.append(index - run.first_slot)
        else:
            turns.append(turns[-1] + 1 if goes_on else 0)
    return tuple(turns)


def _busyness(plan: CuePlan, dynamics: Dynamics, style: Style, cues: Cues) -> list[float]:
    """Return the notes that each slot asks for, in the unit of the style, bent by intensity, arousal and the phrase."""
    found = []
    rows = zip(plan.slots, rounded(dynamics.density_notes_per_s), rounded(plan.affect.intensity), cues.density,
               in_phrase(plan, style.density.curve), strict=True)  # fmt: skip
    for slot, density, intensity, by_arousal, by_phrase in rows:
        two_beats_s = 2 * beat_ns(plan, slot.onset_tick) / NS_PER_S
        notes = density * (two_beats_s if style.density.per == "two beats" else 1.0)
        bent_by_intensity = 1 + style.density.intensity * (intensity - 0.5)
        found.append(notes * bent_by_intensity * by_arousal * by_phrase)
    return found


def _hysteresis(busyness: Sequence[float], rule: DensityRule) -> tuple[int, ...]:
    """Return the level of each slot: it moves only where the density passes a threshold by the hysteresis."""
    levels: list[int] = []
    for notes in busyness:
        if not levels:
            levels.append(bisect_left(rule.thresholds, notes))
            continue
        lowest = bisect_left(rule.thresholds, notes - rule.hysteresis)
        highest = bisect_left(rule.thresholds, notes + rule.hysteresis)
        levels.append(min(max(levels[-1], lowest), highest))
    return tuple(levels)


def _playable(levels: Sequence[int], plan: CuePlan, style: Style) -> tuple[int, ...]:
    """Return the levels, none busier than the style wants it at the tempo of its slot."""
    most = style.density.most_per_s
    if most == 0:
        return tuple(levels)
    found = []
    for level, slot in zip(levels, plan.slots, strict=True):
        room = most * 2 * beat_ns(plan, slot.onset_tick) / NS_PER_S
        found.append(min(level, max(0, bisect_right(style.notes_per_level, room) - 1)))
    return tuple(found)


def _finest_step(plan: CuePlan, tick: int) -> int:
    beat = plan.tempo.meter_at(tick).ticks_per_beat
    length_ns = beat_ns(plan, tick)
    return next((beat // parts for parts in (4, 2) if length_ns // parts >= _FINEST_STEP_NS), beat)
