"""Presence: which parts play, from intensity, and which of them rests for a phrase.

At intensity 0 one part plays, at 1 all of them; the parts of a style enter in the order of their `enters_at`.  In a
cue of a minute or more each part rests now and then, and the next one in that order takes its place: the part that has
rested least goes first, and somebody always plays the whole chord.  Parts come and go where a phrase begins, at a hit,
and with the last chord.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from v2m_bridge.arrange.cue_model import rounded
from v2m_bridge.arrange.ending import Ending
from v2m_bridge.arrange.hits import hits_by_slot
from v2m_bridge.arrange.phrases import Bar, phrase_bars
from v2m_bridge.arrange.style_data import PartStyle, Style
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.timebase import NS_PER_S

RESTS_FROM_NS: Final = 60 * NS_PER_S
"""Cues of this length or more let their parts rest."""
_ENTRY_HYSTERESIS: Final = 0.05
_MELODY_SHARE: Final = 0.4
"""How much less a melody rests for whole phrases: it breathes at the end of each."""


@dataclass(slots=True)
class _Desk:
    """How the parts stand at a bar."""

    parts: tuple[PartStyle, ...]
    wanted: list[bool]
    plays: tuple[bool, ...] = ()
    resting: frozenset[int] = frozenset()
    rested_ns: list[int] = field(default_factory=list)


def presence(plan: CuePlan, style: Style, ending: Ending) -> tuple[tuple[bool, ...], ...]:
    """Return for each slot whether each part plays, (T, parts)."""
    intensity, hits = rounded(plan.affect.intensity), hits_by_slot(plan)
    desk = _Desk(style.parts, [True] * len(style.parts), rested_ns=[0] * len(style.parts))
    share = style.rests if plan.tempo.ns_at(plan.end_tick) >= RESTS_FROM_NS else 0.0
    rows: list[tuple[bool, ...]] = []
    for bar in phrase_bars(plan):
        slots = range(bar.first_slot, bar.end_slot)
        ends = ending.first_slot in slots
        if not rows or bar.opens_phrase or bar.is_hit or ends:
            mean = sum(intensity[index] for index in slots) / len(slots)
            _enter(desk, mean, is_first=not rows)
            if bar.opens_phrase or ends:
                desk.resting = frozenset() if ends else _resting(desk, share, bar.start_ns)
            must = any(hits[index].must_strike for index in slots)
            desk.plays = _playing(desk)
            if must and not any(p and part.on_hits for p, part in zip(desk.plays, desk.parts, strict=True)):
                desk.resting = frozenset()
                desk.plays = _playing(desk)
        _count(desk, bar)
        rows += [desk.plays] * len(slots)
    return tuple(rows)


def _enter(desk: _Desk, intensity: float, *, is_first: bool) -> None:
    """Decide which parts the intensity of a bar wants; a part that is wanted stays a little longer."""
    margins = [0.0 if is_first else (-_ENTRY_HYSTERESIS if was else _ENTRY_HYSTERESIS) for was in desk.wanted]
    desk.wanted = [
        part.enters_at == 0 or intensity >= min(1.0, part.enters_at + margin)
        for part, margin in zip(desk.parts, margins, strict=True)
    ]


def _order(desk: _Desk) -> list[int]:
    return sorted(range(len(desk.parts)), key=lambda index: (desk.parts[index].enters_at, index))


def _playing(desk: _Desk) -> tuple[bool, ...]:
    """Return who plays: as many as are wanted, the first in order of those that do not rest."""
    ready = [index for index in _order(desk) if index not in desk.resting]
    chosen = set(ready[: max(1, sum(desk.wanted))])
    return tuple(index in chosen for index in range(len(desk.parts)))


def _resting(desk: _Desk, share: float, now_ns: int) -> frozenset[int]:
    """Return who rests in the phrase that begins: who has rested least, half of the parts at most."""
    shares = [share * (_MELODY_SHARE if part.tones == "melody" else 1.0) for part in desk.parts]
    owed = {index: each * now_ns - desk.rested_ns[index] for index, each in enumerate(shares)}
    resting: frozenset[int] = frozenset()
    for index in sorted(owed, key=lambda index: (-owed[index], index)):
        if owed[index] <= 0 or len(resting) >= len(desk.parts) // 2:
            break
        with_it = resting | {index}
        trial = _Desk(desk.parts, desk.wanted, resting=with_it)
        playing = [part for part, plays in zip(desk.parts, _playing(trial), strict=True) if plays]
        alone = len(playing) == 1
        if any(part.carries for part in playing) and (alone or any(part.on_hits for part in playing)):
            resting = with_it
    return resting


def _count(desk: _Desk, bar: Bar) -> None:
    for index, plays in enumerate(desk.plays):
        if not plays:
            desk.rested_ns[index] += bar.end_ns - bar.start_ns
