"""Exports opened by programs that others wrote: the same notes at the same times, the same chords."""

from __future__ import annotations

import ctypes
import io
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import fluidsynth
import music21
import pretty_midi
import pytest
from hypothesis import given, settings

from tests.export.drawn import scores
from tests.export.in_file import placed_notes
from tests.scores import make_cue, make_score
from v2m_bridge.core.harmony import N_SYMBOLS, chord_of_id
from v2m_bridge.core.score import Note, Part, Score
from v2m_bridge.core.timebase import Meter, MeterChange, TempoMap, tempo_changes
from v2m_bridge.export.midi_file import midi_bytes
from v2m_bridge.export.musicxml import musicxml_bytes

SAMPLE_RATE = 48_000
BLOCK = 64
"""Samples after which FluidSynth looks for events."""
NOTE_ON, NOTE_OFF = 0x90, 0x80


def wanted(score: Score) -> list[tuple[float, float, int, int]]:
    """(on s, off s, pitch, velocity) of every note, in order."""
    return sorted((note.on_s, note.off_s, note.pitch, note.velocity) for note in placed_notes(score))


def moving_score() -> Score:
    """Return two cues whose tempo and meter change, each part on a channel of its own."""
    tempo = TempoMap(tempo_changes([(0, 93.7), (3840, 121.3), (7680, 60.0)]), (MeterChange(0, Meter(3, 4)),), 0)
    melody = Part("melody", 4, 73, tuple(Note(480 * n, 400, 72 + n % 7, 60 + n) for n in range(12)))
    first = make_cue("1m01", in_frame=30, out_frame=230, tempo=tempo)
    second = make_cue("1m02", in_frame=300, out_frame=420, tempo=TempoMap.constant(140), parts=(melody,))
    return make_score(n_frames=450, cues=(first, second))


@settings(max_examples=30)
@given(scores())
def test_pretty_midi_reads_every_note_at_its_time(score: Score) -> None:
    file = pretty_midi.PrettyMIDI(io.BytesIO(midi_bytes(score)))
    notes = [note for part in file.instruments for note in part.notes]
    found = sorted((note.start, note.end, note.pitch, note.velocity) for note in notes)
    assert [note[2:] for note in found] == [note[2:] for note in wanted(score)]
    for read, written in zip(found, wanted(score), strict=True):
        assert read[:2] == pytest.approx(written[:2], abs=1e-5)


def test_fluidsynth_plays_every_note_at_its_time() -> None:
    score = moving_score()
    wished = [(note[0], note[2], note[3]) for note in wanted(score)]
    played, ended = _played(midi_bytes(score), wanted(score)[-1][1] + 1)
    assert [note[1:] for note in sorted(played)] == [note[1:] for note in wished]
    late = [found[0] - note[0] for found, note in zip(sorted(played), wished, strict=True)]
    assert max(map(abs, late)) < 2 * BLOCK / SAMPLE_RATE + 0.002  # it counts the milliseconds of each tempo as a float
    assert len(ended) == len(played)


def test_music21_reads_the_lead_sheet_with_its_notes_chords_and_meters() -> None:
    tempo = TempoMap(tempo_changes([(0, 120)]), (MeterChange(0, Meter(3, 4)),), 0)
    line = Part("melody", 4, 73, tuple(Note(960 * n, 960, 60 + n, 80) for n in range(9)))
    cue = make_cue(out_frame=113, tempo=tempo, end_tick=9 * 960, parts=(line,))
    score = make_score(cues=(cue,))
    part = _sheet(musicxml_bytes(score))
    assert [note.pitch.midi for note in part.notes if not _is_symbol(note)] == [60 + n for n in range(9)]
    assert [float(note.offset) for note in part.notes if not _is_symbol(note)] == list(range(9))
    assert part.getElementsByClass("TimeSignature")[0].ratioString == "3/4"
    symbols = part.getElementsByClass("ChordSymbol")
    changes = [slot for n, slot in enumerate(cue.slots) if not n or cue.slots[n - 1].chord != slot.chord]
    assert [(symbol.figure, float(symbol.offset)) for symbol in symbols] == [
        (slot.chord, slot.onset_tick / 960) for slot in changes
    ]


@pytest.mark.parametrize("root", [0, 6])
def test_music21_hears_the_tones_of_every_chord_that_the_model_knows(root: int) -> None:
    for chord in map(chord_of_id, range(1, N_SYMBOLS)):
        if chord.root != root:
            continue
        cue = make_cue(out_frame=50)
        cue = replace(cue, slots=tuple(replace(slot, chord=chord.text()) for slot in cue.slots))
        data = musicxml_bytes(make_score(cues=(cue,)))
        read = _sheet(data)
        found = {pitch.pitchClass for pitch in read.getElementsByClass("ChordSymbol")[0].pitches}
        assert found == set(chord.pitch_classes), chord.text()


def _sheet(data: bytes) -> Any:
    """Return what music21 reads of the one part, all measures as one."""
    read: Any = music21.converter.parseData(data.decode(), format="musicxml")
    return read.parts[0].flatten()


def _is_symbol(note: Any) -> bool:
    return isinstance(note, music21.harmony.ChordSymbol)


def _played(data: bytes, until_s: float) -> tuple[list[tuple[float, int, int]], list[int]]:
    """Let FluidSynth play a file against its count of samples; return (s, pitch, velocity), and pitches that end."""
    played: list[tuple[float, int, int]] = []
    ended: list[int] = []
    n_samples = 0

    def hear(_data: Any, event: Any) -> int:
        kind, key, velocity = (
            getattr(library, f"fluid_midi_event_get_{name}")(ctypes.c_void_p(event))
            for name in ("type", "key", "velocity")
        )
        if kind == NOTE_ON and velocity:
            played.append((n_samples / SAMPLE_RATE, key, velocity))
        elif kind in (NOTE_ON, NOTE_OFF):
            ended.append(key)
        return 0

    library = fluidsynth._fl
    callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(hear)
    synth = fluidsynth.Synth(samplerate=float(SAMPLE_RATE), **{"player.timing-source": "sample"})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "score.mid"
        path.write_bytes(data)
        synth.custom_router_callback = callback
        assert synth.play_midi_file(str(path)) == 0
        while n_samples < until_s * SAMPLE_RATE:
            synth.get_samples(BLOCK)
            n_samples += BLOCK
    synth.delete()
    return played, ended
