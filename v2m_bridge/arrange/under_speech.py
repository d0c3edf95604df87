"""Music under speech: it keeps its harmony and leaves the words alone.

Melody, figures and drums rest.  The others strike each chord once, with two voices of it; where a held part plays, it
alone does.  Nothing is accented.  Hits that must be met are struck all the same, as softly as the rest.
"""

from __future__ import annotations

from v2m_bridge.arrange.sheet import Sheet
from v2m_bridge.arrange.style_data import PartStyle
from v2m_bridge.arrange.voicing import Voicing
from v2m_bridge.core.harmony import Chord

Strokes = dict[int, frozenset[int]]
"""Tones of the figure by tick."""


def is_thinned(part: PartStyle, sheet: Sheet, slot: int) -> bool:
    """Whether a part gives way to speech in a slot."""
    return slot in sheet.plan.spoken and part.speech != "plays"


def thinned(part_index: int, sheet: Sheet, slot: int, strokes: Strokes) -> Strokes:
    """Return the strokes of a slot that a part keeps under speech: that at the start of its chord, or none."""
    part = sheet.style.parts[part_index]
    if part.speech == "rest" or (_strikes_chords(part) and _is_held_by_another(sheet, slot)):
        return {}
    start = sheet.texture.runs[slot].start_tick
    return {tick: tones for tick, tones in strokes.items() if tick == start}


def shell(chord: Chord, tones: Voicing) -> Voicing:
    """Return two voices that tell a chord: its third, and its seventh or sixth, else its root."""
    classes = chord.pitch_classes
    wanted = (classes[1], classes[3] if len(classes) > 3 else classes[0])
    found = {pitch % 12: pitch for pitch in reversed(tones) if pitch % 12 in wanted}
    return tuple(sorted(found.values())) or tones[:2]


def _strikes_chords(part: PartStyle) -> bool:
    return part.tones != "bass" and part.controller is None


def _is_held_by_another(sheet: Sheet, slot: int) -> bool:
    return any(
        part.controller is not None and part.carries and part.speech == "thin" and sheet.texture.entered[slot][index]
        for index, part in enumerate(sheet.style.parts)
    )
