"""Players: one part's figure turned into notes, slot by slot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from v2m_bridge.arrange.figures import ALL_TONES, strokes_in_slot
from v2m_bridge.arrange.line import line_of, stated_by
from v2m_bridge.arrange.sheet import Sheet
from v2m_bridge.arrange.style_data import PartStyle
from v2m_bridge.arrange.under_speech import Strokes, is_thinned, shell, thinned
from v2m_bridge.arrange.voicing import Voicing
from v2m_bridge.core.score import Note
from v2m_bridge.core.timebase import TICKS_PER_QUARTER

_SHORTEST_RUN_TICKS: Final = TICKS_PER_QUARTER // 8
_LONGEST_HELD_SLOT_NS: Final = 1_500_000_000
_LONGEST_GAP_NS: Final = 300_000_000


@dataclass(frozen=True, slots=True)
class _Onset:
    """Pitches that a part strikes together, and the tick by which they must have ended."""

    tick: int
    slot: int
    stroke: int
    pitches: Voicing
    latest_end: int


def play(part_index: int, sheet: Sheet) -> tuple[Note, ...]:
    """Return the notes of one part of a style, in order of onset and pitch."""
    part = sheet.style.parts[part_index]
    onsets: list[_Onset] = []
    taken = _taken(part_index, sheet)
    for index, run in enumerate(sheet.texture.runs):
        tones = sheet.tones(part_index, index)
        if not tones or index in taken:
            continue
        strokes, breath = _strokes(part_index, sheet, index), sheet.breath(part_index, index)
        onsets += [
            _Onset(
                tick, index, count, _pitches(part, sheet, index, tones, strokes[tick]),
                min(run.end_tick, breath) if tick < breath else run.end_tick,
            )
            for count, tick in enumerate(sorted(strokes))
        ]  # fmt: skip
    notes: list[Note] = []
    for onset, ends in zip(onsets, _ends(part, sheet, onsets), strict=True):
        place = part, part_index, onset.slot, onset.tick, onset.stroke
        softer, loudest = (sheet.performance.velocity(*place, is_top=is_top) for is_top in (False, True))
        highest = max(onset.pitches) if len(onset.pitches) > 1 else None
        late = sheet.performance.late(part_index, onset.slot, onset.tick, onset.stroke)
        for pitch, end in zip(onset.pitches, ends, strict=True):
            length = _articulated(part, sheet, onset, end)
            after = min(late, length // 2)
            velocity = loudest if pitch == highest else softer
            notes.append(Note(onset.tick + after, length - after, pitch, velocity))
    notes += _sung(part_index, sheet)
    notes += _button(part_index, sheet)
    return tuple(sorted(notes, key=lambda note: (note.onset_tick, note.pitch)))


def _taken(part_index: int, sheet: Sheet) -> frozenset[int]:
    """Return the slots in which a part sings instead of playing its figure: all of a melody's, those of a theme."""
    if sheet.style.parts[part_index].tones == "melody":
        return frozenset(range(len(sheet.plan.slots)))
    spans = [(each.start_tick, each.end_tick) for each in stated_by(part_index, sheet)]
    slots = enumerate(sheet.plan.slots)
    sung = frozenset(k for k, slot in slots if any(start <= slot.onset_tick < end for start, end in spans))
    return frozenset(k for k in sung if not is_thinned(sheet.style.parts[part_index], sheet, k))


def _sung(part_index: int, sheet: Sheet) -> Iterator[Note]:
    """Yield the notes of a melody or a theme; those of a slot are counted as its strokes."""
    part, stroke, before = sheet.style.parts[part_index], 0, -1
    for tick, ticks, pitch in line_of(part_index, sheet):
        slot = sheet.slot_at(tick)
        stroke, before = (stroke + 1 if slot == before else 0), slot
        onset = _Onset(tick, slot, stroke, (pitch,), tick + ticks)
        length = _articulated(part, sheet, onset, tick + ticks)
        after = min(sheet.performance.late(part_index, slot, tick, stroke), length // 2)
        velocity = sheet.performance.velocity(part, part_index, slot, tick, stroke)
        yield Note(tick + after, length - after, pitch, velocity)


def _pitches(part: PartStyle, sheet: Sheet, index: int, tones: Voicing, wanted: frozenset[int]) -> Voicing:
    if ALL_TONES in wanted:
        chord = sheet.texture.chords[index]
        if is_thinned(part, sheet, index) and chord is not None and part.tones in ("upper", "full", "pad"):
            return shell(chord, tones)
        return tones[:1] if part.tones == "bass" else tones
    return tuple(sorted({tones[tone % len(tones)] for tone in wanted}))


def _strokes(part_index: int, sheet: Sheet, index: int) -> Strokes:
    """Return the ticks at which a part strikes in a slot."""
    part, slot, run = sheet.style.parts[part_index], sheet.plan.slots[index], sheet.texture.runs[index]
    if index >= sheet.ending.first_slot and not sheet.ending.plays_on:
        strokes = _last_strokes(part, sheet, index)
    elif run.end_tick - run.start_tick < _SHORTEST_RUN_TICKS:
        strokes = {}
    else:
        strokes = _figure_strokes(part_index, sheet, index)
        length_ns = sheet.plan.tempo.ns_at(slot.end_tick) - sheet.plan.tempo.ns_at(slot.onset_tick)
        if part.on_hits and length_ns > _LONGEST_HELD_SLOT_NS and not is_thinned(part, sheet, index):
            strokes.setdefault(slot.onset_tick, frozenset({ALL_TONES}))
    if is_thinned(part, sheet, index):
        strokes = thinned(part_index, sheet, index, strokes)
    if index >= sheet.ending.first_slot and sheet.ending.plays_on:
        strokes = {tick: tones for tick, tones in strokes.items() if tick < sheet.ending.last_onset_tick}
    strokes = _cut(part, strokes, sheet.breath(part_index, index))
    strokes = _with_hits(part, sheet, index, strokes)
    if sheet.entry.kind == "pickup":
        strokes = _led_in(part_index, sheet, index, strokes)
    return strokes


def _cut(part: PartStyle, strokes: Strokes, breath: int) -> Strokes:
    """Leave out what would be struck in a breath; a chord that would have come in two halves comes whole before it."""
    kept = {tick: tones for tick, tones in strokes.items() if tick < breath}
    if kept and len(kept) < len(strokes) and part.carries:
        kept[min(kept)] = frozenset({ALL_TONES})
    return kept


def _led_in(part_index: int, sheet: Sheet, index: int, strokes: Strokes) -> Strokes:
    """Leave out what would sound before the upbeat, but for hits, and let the leading part play it."""
    entry, slot, must = sheet.entry, sheet.plan.slots[index], sheet.hits[index].must_strike
    if slot.onset_tick >= entry.end_tick:
        return strokes
    kept = {tick: tones for tick, tones in strokes.items() if tick in must or not entry.is_waiting(part_index, tick)}
    if entry.upbeat_tick and part_index == entry.leader:
        kept = {tick: tones for tick, tones in kept.items() if tick in must}
    if part_index == entry.leader and slot.onset_tick <= entry.upbeat_tick < slot.end_tick and entry.upbeat_tick:
        half = (entry.end_tick - entry.upbeat_tick) // 2
        for count, tick in enumerate((entry.upbeat_tick, entry.upbeat_tick + half)):
            if slot.onset_tick <= tick < slot.end_tick:
                kept[tick] = strokes[tick] if tick in must else frozenset({count})
    return kept


def _button(part_index: int, sheet: Sheet) -> list[Note]:
    """Return the stroke on the out; it rings for a beat after it."""
    part, tick, last = sheet.style.parts[part_index], sheet.ending.button_tick, len(sheet.plan.slots) - 1
    tones = sheet.tones(part_index, last)
    if tick is None or not part.in_ending or not tones:
        return []
    length = sheet.plan.tempo.meter_at(tick).ticks_per_beat
    velocity = sheet.performance.velocity(part, part_index, last, tick, 0)
    if part.fixed_velocity is None and last not in sheet.plan.spoken:
        velocity = min(sheet.performance.rule.high, velocity + round(sheet.performance.rule.accent))
    return [Note(tick, length, pitch, velocity) for pitch in (tones[:1] if part.tones in ("bass", "melody") else tones)]


def _last_strokes(part: PartStyle, sheet: Sheet, index: int) -> Strokes:
    """Return the strokes of the ending: each chord once, and none in the last beat."""
    run = sheet.texture.runs[index]
    may_strike = index == sheet.ending.first_slot or run.start_tick < sheet.ending.last_onset_tick
    if part.in_ending and run.first_slot == index and may_strike:
        return {run.start_tick: frozenset({ALL_TONES})}
    return {}


def _figure_strokes(part_index: int, sheet: Sheet, index: int) -> Strokes:
    slot, texture = sheet.plan.slots[index], sheet.texture
    figure = sheet.variety.figures[index][part_index][texture.levels[index]]
    turn = sheet.variety.turns[index][part_index]
    beat = sheet.plan.tempo.meter_at(slot.onset_tick).ticks_per_beat
    strokes: Strokes = {}
    for after, tone in strokes_in_slot(figure, texture.turns[index], slot.length_ticks, beat, texture.steps[index]):
        tick = slot.onset_tick + after
        strokes[tick] = strokes.get(tick, frozenset()) | {turn.tone(tone)}
    return strokes


def _with_hits(part: PartStyle, sheet: Sheet, index: int, strokes: Strokes) -> Strokes:
    """Add the hits that must be met, and rest after a stop until the bar ends or the chord changes."""
    hits, run = sheet.hits[index], sheet.texture.runs[index]
    forced = hits.must_strike if part.on_hits else ()
    if hits.rests_after is not None:
        stop = hits.rests_after
        strokes = {t: tones for t, tones in strokes.items() if t <= stop or t == run.start_tick or t in forced}
    for tick in forced:
        if part.carries and part.turns != "never":
            strokes[tick] = frozenset({ALL_TONES})
        strokes.setdefault(tick, frozenset({ALL_TONES}))
    return strokes


def _ends(part: PartStyle, sheet: Sheet, onsets: Sequence[_Onset]) -> list[tuple[int, ...]]:
    """Return where each pitch of each onset ends: with its chord, its ring, or the part's next onset of it.

    A part without a ring of its own holds until its next onset; so does any chord struck as a block, at least.
    """
    found: list[tuple[int, ...]] = []
    next_of_pitch: dict[int, int] = {}
    next_tick = sheet.plan.end_tick
    for onset in reversed(onsets):
        ring = onset.tick + round(part.ring_beats * sheet.plan.tempo.meter_at(onset.tick).ticks_per_beat)
        if not part.ring_beats or len(onset.pitches) > 1:
            ring = max(ring, next_tick)
        latest = onset.latest_end if sheet.ending.button_tick is None else min(onset.latest_end, _hush(sheet, onset))
        found.append(tuple(min(latest, ring, next_of_pitch.get(p, ring)) for p in onset.pitches))
        next_of_pitch.update(dict.fromkeys(onset.pitches, onset.tick))
        next_tick = onset.tick
    return found[::-1]


def _hush(sheet: Sheet, onset: _Onset) -> int:
    """Return the tick from which nothing sounds before a button; what is struck there lasts till the button."""
    ending = sheet.ending
    return ending.last_onset_tick if onset.tick < ending.last_onset_tick else ending.button_tick or ending.end_tick


def _articulated(part: PartStyle, sheet: Sheet, onset: _Onset, end: int) -> int:
    """Return the length of a note: the more aroused, the shorter; pads and the last chord keep theirs."""
    length = end - onset.tick
    share = sheet.cues.gap[onset.slot]
    if (onset.tick >= sheet.ending.start_tick and sheet.ending.falls) or part.fixed_velocity is not None or share == 0:
        return length
    tempo = sheet.plan.tempo
    soonest_end = tempo.tick_at_ns(tempo.ns_at(end) - _LONGEST_GAP_NS)
    return max(1, length - int(share * length), min(length, soonest_end - onset.tick))
