"""The line of a melody part: free melody and theme, cut to what texture, speech, hits and ending leave room for.

The free melody is drawn from seed and cue number; a theme takes its bars.  A note may be held into the next chord where
it belongs to it, never over a bar line.  Like everything here it reads from left to right.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from v2m_bridge.arrange.measures import SungBar, sung_bars
from v2m_bridge.arrange.melody import Measure, Singer, Sung
from v2m_bridge.arrange.motif import draw_motif
from v2m_bridge.arrange.sheet import Sheet
from v2m_bridge.arrange.style_data import PartStyle
from v2m_bridge.arrange.theme import Statement, in_range, statements_of
from v2m_bridge.arrange.theme_part import states_theme
from v2m_bridge.arrange.under_speech import is_thinned
from v2m_bridge.core.harmony import Chord

_REACH: Final = 21
"""Semitones of a part's range that a free melody uses."""
_ABOVE_LOWEST: Final = 7
"""Semitones from its lowest pitch to where its phrases begin."""


def stated_by(part_index: int, sheet: Sheet) -> tuple[Statement, ...]:
    """Return the statements of the theme that a part plays, in its range."""
    part = sheet.style.parts[part_index]
    first = next((index for index, each in enumerate(sheet.style.parts) if states_theme(each, sheet.plan.wishes)), -1)
    if part_index != first:
        return ()
    return tuple(
        Statement(each.start_tick, each.end_tick, in_range(each.notes, part.low, part.high))
        for each in statements_of(sheet.plan)
    )


def line_of(part_index: int, sheet: Sheet) -> tuple[Sung, ...]:
    """Return what a part sings, in order: a melody part its free melody and the theme, any other the theme alone.

    Parameters
    ----------
    part_index : int
    sheet : Sheet

    Returns
    -------
    tuple of Sung
        Each note ended before the next, inside its bar and the range of the part.
    """
    part, stated = sheet.style.parts[part_index], stated_by(part_index, sheet)
    theme = [note for each in stated for note in each.notes]
    free = _free(part_index, sheet, stated) if part.tones == "melody" else []
    wanted = [note for note in sorted([*free, *theme]) if _may_begin(note.onset_tick, part_index, sheet)]
    if part.on_hits and part.tones == "melody":
        wanted = _with_hits(part_index, wanted, sheet)
    return tuple(_shortened(note, part_index, sheet) for note in wanted)


def _free(part_index: int, sheet: Sheet, stated: Sequence[Statement]) -> list[Sung]:
    """Return the free melody of every bar that no theme takes; it rests where its part does."""
    part, singer, sings = sheet.style.parts[part_index], _singer(part_index, sheet), True
    low, highest_centre = singer.centre, max(singer.centre, singer.high - 12)
    found: list[Sung] = []
    for bar in sung_bars(sheet.plan):
        if bar.opens_phrase:
            sings = any(sheet.style.figures[part_index][sheet.texture.levels[bar.first_slot]])
            singer.centre = round(min(max(singer.low, low + sheet.cues.register[bar.first_slot]), highest_centre))
        theme = next((each for each in stated if each.start_tick <= bar.start_tick < each.end_tick), None)
        present = sheet.texture.entered[bar.first_slot][part_index]
        if theme is not None:
            singer.rest([note.pitch for note in theme.notes if note.onset_tick < bar.end_tick][-1])
        elif sings and present and bar.index >= 0 and not _is_over(bar, sheet):
            found += singer.sing(_measure(bar, sheet))
        else:
            singer.rest()
    return [*found, *_at_rest(part, found, sheet)]


def _singer(part_index: int, sheet: Sheet) -> Singer:
    part, plan = sheet.style.parts[part_index], sheet.plan
    digest = hashlib.blake2b(f"{plan.cue.number}\0{part.name}".encode(), digest_size=8).digest()
    key = plan.wishes.seed or 0, int.from_bytes(digest, "big")
    stream = np.random.Philox(key=np.array(key, dtype=np.uint64), counter=[0, 0, 0, 2**63])
    high = min(part.high, part.low + max(0, part.high - part.low - _REACH) // 2 + _REACH)
    low = max(part.low, high - _REACH)
    return Singer(draw_motif(np.random.Generator(stream)), low, high, min(high, low + _ABOVE_LOWEST), key)


def _measure(bar: SungBar, sheet: Sheet) -> Measure:
    plan, slots = sheet.plan, range(bar.first_slot, bar.end_slot)
    chords = [(plan.slots[index].onset_tick, sheet.texture.chords[index]) for index in slots]
    return Measure(
        start_tick=bar.start_tick,
        end_tick=bar.end_tick,
        beat_ticks=plan.tempo.meter_at(bar.start_tick).ticks_per_beat,
        bar_in_phrase=bar.in_phrase,
        is_last=bar.ends_phrase,
        chords=tuple((tick, chord) for tick, chord in chords if chord is not None),
        key=plan.key_at(bar.first_slot),
    )


def _is_over(bar: SungBar, sheet: Sheet) -> bool:
    return bar.start_tick >= sheet.ending.start_tick and not sheet.ending.plays_on


def _at_rest(part: PartStyle, sung: Sequence[Sung], sheet: Sheet) -> Iterator[Sung]:
    """Yield the note on the last chord, for a part that strikes it."""
    ending, chord = sheet.ending, sheet.texture.chords[sheet.ending.first_slot]
    if part.in_ending and chord is not None and not ending.plays_on:
        pitch = _chord_tone(part, chord, sung[-1].pitch if sung else None)
        yield Sung(ending.start_tick, ending.end_tick - ending.start_tick, pitch)


def _with_hits(part_index: int, sung: Sequence[Sung], sheet: Sheet) -> list[Sung]:
    """Let a part that strikes on hits begin a chord tone on each that must be met, where no note begins there."""
    found = list(sung)
    for index, hits in enumerate(sheet.hits):
        chord, run = sheet.texture.chords[index], sheet.texture.runs[index]
        for tick in hits.must_strike if chord and sheet.texture.entered[index][part_index] else ():
            place = bisect_left(found, tick, key=lambda note: note.onset_tick)
            if chord is None or (place < len(found) and found[place].onset_tick == tick):
                continue
            before = found[place - 1] if place else None
            if before is not None and before.onset_tick + before.length_ticks > tick:
                found[place - 1] = before._replace(length_ticks=tick - before.onset_tick)
            end = min([run.end_tick, *(note.onset_tick for note in found[place : place + 1])])
            pitch = _chord_tone(sheet.style.parts[part_index], chord, before and before.pitch)
            found.insert(place, Sung(tick, end - tick, pitch))
    return found


def _chord_tone(part: PartStyle, chord: Chord, near: int | None) -> int:
    """Return the tone of a chord in the range of a part that is nearest to a pitch, by default to its middle."""
    aim = (part.low + part.high) // 2 if near is None else near
    inside = [pitch for pitch in range(part.low, part.high + 1) if pitch % 12 in chord.pitch_classes]
    return min(inside, key=lambda pitch: (abs(pitch - aim), pitch))


def _may_begin(tick: int, part_index: int, sheet: Sheet) -> bool:
    """Whether a note may begin here: not in silence, under speech, after a stop, before the entry or at the end."""
    part, slot, ending = sheet.style.parts[part_index], sheet.slot_at(tick), sheet.ending
    if sheet.texture.chords[slot] is None or is_thinned(part, sheet, slot):
        return False
    if sheet.entry.kind == "pickup" and sheet.entry.is_waiting(part_index, tick):
        return False
    if tick >= sheet.breath(part_index, slot):
        return False
    stop = sheet.hits[slot].rests_after
    if stop is not None and tick > stop and tick != sheet.texture.runs[slot].start_tick:
        return False
    if ending.plays_on:
        return tick < ending.last_onset_tick
    return tick <= ending.start_tick


def _shortened(note: Sung, part_index: int, sheet: Sheet) -> Sung:
    """End a note where a chord begins that it does not belong to, at a breath, and before the stroke of a button."""
    end = note.onset_tick + note.length_ticks
    if sheet.ending.button_tick is not None:
        end = min(end, sheet.ending.last_onset_tick)
    slot = sheet.slot_at(note.onset_tick)
    breath = sheet.breath(part_index, slot)
    end = min(end, breath) if note.onset_tick < breath else end
    own = sheet.texture.chords[slot]
    for index in range(slot + 1, len(sheet.plan.slots)):
        start, chord = sheet.plan.slots[index].onset_tick, sheet.texture.chords[index]
        if start >= end:
            break
        if chord is None or (chord != own and note.pitch % 12 not in chord.pitch_classes):
            end = start
    return note._replace(length_ticks=end - note.onset_tick)
