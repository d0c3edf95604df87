"""A lead sheet in MusicXML 4.0: the cues one after the other, without the silence between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.harmony import Key, parse_key, pitch_class_name
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.timebase import Meter
from v2m_bridge.export.lead_sheet import Bar, Held, LeadSheet, lead_sheet
from v2m_bridge.export.marks import plain
from v2m_bridge.export.musicxml_harmony import add_harmony
from v2m_bridge.export.xml_text import add, xml_bytes

_DOCTYPE: Final = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN"'
    ' "http://www.musicxml.org/dtds/partwise.dtd">'
)
_DIVISIONS: Final = 4
"""Sixteenths in a quarter."""
_TYPES: Final = {
    16: ("whole", 0), 12: ("half", 1), 8: ("half", 0), 6: ("quarter", 1), 4: ("quarter", 0), 3: ("eighth", 1),
    2: ("eighth", 0), 1: ("16th", 0),
}  # fmt: skip
"""Name and dots of a length in sixteenths, the longest first."""
_FIFTHS: Final = (0, -5, 2, -3, 4, -1, 6, 1, -4, 3, -2, 5)
"""Sharps of the major key on each pitch class; flats are negative."""


def musicxml_bytes(score: Score) -> bytes:
    """Return the lead sheet of every cue in order of time."""
    root = Element("score-partwise", version="4.0")
    add(add(root, "work"), "work-title", plain(score.name) or "Untitled")
    add(add(add(root, "identification"), "encoding"), "software", "v2m_bridge")
    add(add(add(root, "part-list"), "score-part", id="P1"), "part-name", "Lead sheet")
    part = add(root, "part", id="P1")
    for cue in sorted(score.cues, key=lambda cue: cue.in_frame):
        _add_cue(part, score, cue)
    if not score.cues:
        _add_silence(part)
    return xml_bytes(root, _DOCTYPE)


def _add_cue(part: Element, score: Score, cue: CueMusic) -> None:
    sheet = lead_sheet(cue)
    before: Bar | None = None
    for bar, after in zip(sheet.bars, (*sheet.bars[1:], None), strict=True):
        measure = add(part, "measure", number=len(part) + 1)
        if not bar.is_whole:
            measure.set("implicit", "yes")
        if before is None and len(part) > 1:
            add(measure, "print").set("new-system", "yes")
        _add_attributes(measure, bar, before, sheet)
        if before is None:
            _add_heading(measure, score, cue)
        _add_music(measure, bar, after)
        if after is None:
            add(add(measure, "barline", location="right"), "bar-style", "light-heavy")
        before = bar


def _add_silence(part: Element) -> None:
    """Append a bar of rest: a part without a bar is none."""
    bar = Bar(0, 4 * _DIVISIONS, Meter(), "C major", (Held(0, 4 * _DIVISIONS, None),), (), ())
    measure = add(part, "measure", number=1)
    _add_attributes(measure, bar, None, LeadSheet((bar,), is_bass=False))
    _add_music(measure, bar, None)


def _add_attributes(measure: Element, bar: Bar, before: Bar | None, sheet: LeadSheet) -> None:
    attributes = Element("attributes")
    if before is None:
        add(attributes, "divisions", _DIVISIONS)
    if before is None or before.key != bar.key:
        key, element = parse_key(bar.key), add(attributes, "key")
        add(element, "fifths", _FIFTHS[key.tonic if key.mode == "major" else (key.tonic + 3) % 12])
        add(element, "mode", key.mode)
    if before is None or before.meter != bar.meter:
        time = add(attributes, "time")
        add(time, "beats", bar.meter.beats)
        add(time, "beat-type", bar.meter.unit)
    if before is None:
        clef = add(attributes, "clef")
        add(clef, "sign", "F" if sheet.is_bass else "G")
        add(clef, "line", 4 if sheet.is_bass else 2)
    if len(attributes):
        measure.append(attributes)


def _add_heading(measure: Element, score: Score, cue: CueMusic) -> None:
    direction = add(measure, "direction", placement="above")
    add(add(direction, "direction-type"), "rehearsal", plain(cue.number))
    about = plain(f"{cue.title} {score.label(cue.in_frame)} {cue.style}")
    add(add(direction, "direction-type"), "words", about)


def _add_music(measure: Element, bar: Bar, after: Bar | None) -> None:
    """Append the notes, each with the tempi and chords that begin on it or before it ends."""
    key = parse_key(bar.key)
    is_silent = len(bar.line) == 1 and bar.line[0].pitch is None
    pieces = list(bar.line) if is_silent else [piece for held in bar.line for piece in _pieces(held)]
    for piece in pieces:
        for at, bpm in bar.tempi:
            if piece.start <= at < piece.end:
                _add_tempo(measure, bpm, at - piece.start)
        for at, chord in bar.chords:
            if piece.start <= at < piece.end:
                add_harmony(measure, chord, at - piece.start)
        note = add(measure, "note")
        if is_silent:
            add(note, "rest").set("measure", "yes")
            add(note, "duration", piece.end - piece.start)
            add(note, "voice", 1)
        else:
            held = next(held for held in bar.line if held.start <= piece.start < held.end)
            goes_on = after is not None and after.line[0].is_held and piece.end == bar.end
            stops = piece.start > held.start or held.is_held
            _add_note(note, piece, key, stops=stops, starts=piece.end < held.end or goes_on)


def _pieces(held: Held) -> Iterator[Held]:
    """Split a length into those that a note can have."""
    now = held.start
    while now < held.end:
        length = next(length for length in _TYPES if length <= held.end - now)
        yield held._replace(start=now, end=now + length)
        now += length


def _add_note(note: Element, piece: Held, key: Key, *, stops: bool, starts: bool) -> None:
    length = piece.end - piece.start
    ties = [kind for kind, holds in (("stop", stops), ("start", starts)) if holds and piece.pitch is not None]
    if piece.pitch is None:
        add(note, "rest")
    else:
        _add_pitch(note, piece.pitch, key)
    add(note, "duration", length)
    for kind in ties:
        add(note, "tie", type=kind)
    add(note, "voice", 1)
    name, n_dots = _TYPES[length]
    add(note, "type", name)
    for _ in range(n_dots):
        add(note, "dot")
    if ties:
        notations = add(note, "notations")
        for kind in ties:
            add(notations, "tied", type=kind)


def _add_pitch(note: Element, pitch: int, key: Key) -> None:
    name = pitch_class_name(pitch % 12, flats=key.uses_flats)
    element = add(note, "pitch")
    add(element, "step", name[0])
    if len(name) > 1:
        add(element, "alter", 1 if name[1] == "#" else -1)
    add(element, "octave", pitch // 12 - 1)


def _add_tempo(measure: Element, bpm: float, offset: int) -> None:
    direction = add(measure, "direction", placement="above")
    metronome = add(add(direction, "direction-type"), "metronome")
    add(metronome, "beat-unit", "quarter")
    add(metronome, "per-minute", f"{bpm:.2f}")
    if offset:
        add(direction, "offset", offset)
    add(direction, "sound", tempo=f"{bpm:.6f}")
