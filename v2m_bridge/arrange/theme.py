"""Themes in a cue: where one is stated, in which form, and which tones it puts on the strong beats.

A theme begins with the first bar and again at the start of a phrase, at least once in 24 bars.  It is laid in the key
of the cue, degree by degree, beats on beats; where one meter counts in threes, dotted beats on beats.  No note crosses
a bar line.  Everything reads from left to right, so that a change in one bar touches no earlier one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from v2m_bridge.arrange.ending import ending_of
from v2m_bridge.arrange.measures import PHRASE_BARS, SungBar, sung_bars
from v2m_bridge.arrange.melody import Sung
from v2m_bridge.core.harmony import Key, Mode
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.theme import FEWEST_NOTES, Theme, ThemeNote, degree_mapped, key_in_mode
from v2m_bridge.core.timebase import TICKS_PER_QUARTER, Meter

_LONGEST_BARS: Final = 16
"""Bars of the cue that one statement lasts at most: longer ones end with their last whole bar."""
_SHORTEST_PERIOD: Final = 12
_BREATH_BARS: Final = 4
_FRAGMENT_BARS: Final = 2


@dataclass(frozen=True, slots=True)
class Statement:
    """One appearance of a theme; the bars of ``[start_tick, end_tick)`` are its own."""

    start_tick: int
    end_tick: int
    notes: tuple[Sung, ...]
    """In the octave above middle C; `in_range` moves them into that of a part."""


def statements_of(plan: CuePlan) -> tuple[Statement, ...]:
    """Return every statement of the theme that a cue names, in order; none where it names none.

    A statement begins at the start of a phrase whose first bar is neither silent nor spoken over.  The first one may be
    cut short by the ending; the others are whole.
    """
    theme = plan.wishes.tune
    if theme is None:
        return ()
    ending = ending_of(plan)
    end = ending.last_onset_tick if ending.plays_on else ending.start_tick
    bars = [bar for bar in sung_bars(plan) if bar.index >= 0 and bar.end_tick <= end]
    found: list[Statement] = []
    due = 0
    for place, bar in enumerate(bars):
        if place < due or not bar.opens_phrase or _is_silent(plan, bar):
            continue
        made, is_whole = _stated(plan, theme, bars[place : place + _LONGEST_BARS], bars[place:][-1])
        if made is None or (found and not is_whole):
            continue
        found.append(made)
        n_bars = sum(made.start_tick <= each.start_tick < made.end_tick for each in bars)
        due = place + max(_SHORTEST_PERIOD, -(-(n_bars + _BREATH_BARS) // PHRASE_BARS) * PHRASE_BARS)
    return tuple(found)


def strong_tones(plan: CuePlan) -> dict[int, int]:
    """Return the pitch class 0..11, as it sounds, that the theme puts on the first beat of each slot that has one."""
    starts = [slot.onset_tick for slot in plan.slots]
    return {
        slot: note.pitch % 12
        for statement in statements_of(plan)
        for note in statement.notes
        for slot in range(
            bisect_left(starts, note.onset_tick), bisect_left(starts, note.onset_tick + note.length_ticks)
        )
    }


def in_range(notes: Sequence[Sung], low: int, high: int) -> tuple[Sung, ...]:
    """Move notes by octaves between two MIDI keys at least an octave apart.

    All of them move by the same octaves, those that most of them fit in, nearest to the middle; what is outside then
    is folded by itself.
    """
    if not notes:
        return ()

    def cost(octaves: int) -> tuple[int, float]:
        pitches = [note.pitch + 12 * octaves for note in notes]
        outside = sum(not low <= pitch <= high for pitch in pitches)
        return outside, abs((min(pitches) + max(pitches)) - (low + high))

    octaves = min(range(-8, 9), key=cost)
    return tuple(note._replace(pitch=_folded(note.pitch + 12 * octaves, low, high)) for note in notes)


def _folded(pitch: int, low: int, high: int) -> int:
    while pitch > high:
        pitch -= 12
    while pitch < low:
        pitch += 12
    return pitch


def _is_silent(plan: CuePlan, bar: SungBar) -> bool:
    slots = range(bar.first_slot, bar.end_slot)
    waits = plan.wishes.entry == "pickup" and bar.start_tick == 0
    return waits or any(plan.affect.muted[index] or index in plan.spoken for index in slots)


def _stated(
    plan: CuePlan, theme: Theme, bars: Sequence[SungBar], last: SungBar
) -> tuple[Statement | None, bool]:  # fmt: skip
    """Return a statement that begins with the first of some bars and stays in them, and whether all of it fits."""
    start, form = bars[0].start_tick, plan.wishes.theme_form
    scale = _scale(theme.meter, plan.tempo.meter_at(start)) * (2 if form == "half-speed" else 1)
    key, wanted = _key(plan.key_at(bars[0].first_slot), form), list(_formed(theme, form))
    lines = [bar.start_tick for bar in bars] + [bars[-1].end_tick]
    notes = [note for note in (_laid(each, theme, key, start, scale) for each in wanted) if note.onset_tick < lines[-1]]
    cut = tuple(_cut(note, lines) for note in notes)
    if not cut:
        return None, False
    end = next(line for line in lines if line >= cut[-1].onset_tick + cut[-1].length_ticks)
    return Statement(start, end, cut), len(cut) == len(wanted) or lines[-1] < last.end_tick


def _formed(theme: Theme, form: str | None) -> Iterator[ThemeNote]:
    """Yield what a form takes of a theme: of a fragment its head of two bars, or as many as hold four notes."""
    bars = Fraction(_FRAGMENT_BARS)
    for index, note in enumerate(theme.notes):
        if form == "fragment" and index >= FEWEST_NOTES and note.beat >= bars * theme.meter.beats:
            return
        yield note


def _key(key: Key, form: str | None) -> Key:
    modes: dict[str | None, Mode] = {"minor": "minor", "major": "major"}
    return key_in_mode(key, modes.get(form, key.mode))


def _laid(note: ThemeNote, theme: Theme, key: Key, start: int, scale: Fraction) -> Sung:
    beat = theme.meter.ticks_per_beat
    ticks = [start + round(at * beat * scale) for at in (note.beat, note.beat + note.length_beats)]
    return Sung(ticks[0], max(1, ticks[1] - ticks[0]), degree_mapped(note.pitch, theme.key, key))


def _cut(note: Sung, lines: Iterable[int]) -> Sung:
    """End a note at the next bar line."""
    line = next(line for line in lines if line > note.onset_tick)
    return note._replace(length_ticks=min(note.length_ticks, line - note.onset_tick))


def _scale(own: Meter, cue: Meter) -> Fraction:
    """Return how much longer a tick of a theme becomes in the meter of a cue.

    Bars of which one holds the other a whole number of times keep their time; between beats of two and of three parts
    each beat takes the length of a beat.
    """
    bars = sorted((own.ticks_per_bar, cue.ticks_per_bar))
    if bars[1] % bars[0] == 0 or _is_compound(own) == _is_compound(cue):
        return Fraction(1)
    return Fraction(_felt_beat(cue), _felt_beat(own))


def _is_compound(meter: Meter) -> bool:
    return meter.unit >= 8 and meter.beats % 3 == 0


def _felt_beat(meter: Meter) -> int:
    return 3 * meter.ticks_per_beat if _is_compound(meter) else max(meter.ticks_per_beat, TICKS_PER_QUARTER)
