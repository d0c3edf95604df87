"""Small songs in the original formats of the corpora, and songs for tiny training runs; all written for these tests."""

from __future__ import annotations

from pathlib import Path

import mido
import numpy as np

from v2m_bridge.training.song import Song

MCGILL = """# title: A Tune
# artist: The Testers
# metre: 4/4
# tonic: D

0.0\tsilence
0.5\tA, intro, | D:maj | A:7 . B:min . | N | (guitar)
8.0\tB, verse, | G:maj9/3 A:sus4(b7) | (2/4) D:maj | E:hdim7 | x2, (voice
# tonic: B
20.0\tC, bridge, | B:min . . F#:min | &pause | * |, voice)
30.0\tend
"""

RS200 = """!!!OTL: Another Tune
!!!COC: Testers
**harm\t**harte\t**harm\t**harte\t**kern\t**timestamp
!T.d.C.\t!T.d.C.\t!D.T.\t!D.T.\t!\t!
=1\t=1\t=1\t=1\t=1\t=1
*tb1\t*tb1\t*tb1\t*tb1\t*tb1\t*
*M4/4\t*M4/4\t*M4/4\t*M4/4\t*M4/4\t*
*B-:\t*B-:\t*B-:\t*B-:\t*B-:\t*
I\tB-:maj\tI\tB-:7\t.\t0.1
=2\t=2\t=2\t=2\t=2\t=2
*tb8\t*tb8\t*tb8\t*tb8\t*tb8\t*
IV\tE-:maj/5\tIV\tE-:maj\t.\t2.0
.\t.\t.\t.\tb-\t.
.\t.\t.\t.\t.\t.
.\t.\t.\t.\t.\t.
V7\tF:7\tV7\tF:7\t.\t.
.\t.\t.\t.\t.\t.
.\t.\t.\t.\t.\t.
.\t.\t.\t.\t.\t.
=3\t=3\t=3\t=3\t=3\t=3
*tb2.\t*tb2.\t*tb2.\t*tb2.\t*tb2.\t*
*M3/4\t*M3/4\t*M3/4\t*M3/4\t*M3/4\t*
.\t.\t.\t.\t.\t.
=4\t=4\t=4\t=4\t=4\t=4
vi\tG:min7\tvi\tG:min7\t.\t6.0
=\t=\t=\t=\t=\t=
*-\t*-\t*-\t*-\t*-\t*-
"""


def write_pop909(folder: Path) -> Path:
    """Write one song of three bars at 120 bpm in E minor."""
    folder.mkdir(parents=True)
    beats = [(0.5 * i, float(i % 2 == 0), float(i % 4 == 0)) for i in range(13)]
    (folder / "beat_midi.txt").write_text("".join(f"{at} {half} {bar}\n" for at, half, bar in beats))
    (folder / "chord_midi.txt").write_text("0.0\t2.0\tE:min\n2.0\t3.0\tC:maj7/3\n3.0\t4.0\tB:sus4(b7)\n4.0\t6.0\tN\n")
    (folder / "key_audio.txt").write_text("0.1\t5.9\tE:min\n")
    midi = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=500_000))
    for pitch in range(60, 68):  # eight notes in the first second, one held through the second
        track.append(mido.Message("note_on", note=pitch, velocity=100))
        track.append(mido.Message("note_off", note=pitch, time=120))
    track.append(mido.Message("note_on", note=50, velocity=50))
    track.append(mido.Message("note_on", note=50, velocity=0, time=960))
    midi.tracks.append(track)
    midi.save(folder / f"{folder.name}.mid")
    return folder


def loop_songs(n_songs: int = 12, n_slots: int = 48) -> tuple[Song, ...]:
    """Return songs that go round four chords, performed louder on every downbeat; a quarter of them is validation."""
    loops = ([1, 122, 66, 92], [1, 1, 66, 92], [122, 66, 1, 92])
    slot = np.arange(n_slots)
    return tuple(
        Song(
            corpus="loops",
            name=f"loops|{index}",
            mode="major" if index % 2 else "minor",
            symbol_ids=np.resize(np.array(loops[index % 3]), n_slots),
            bar=slot // 2,
            slot_in_bar=slot % 2,
            slots_per_bar=np.full(n_slots, 2),
            density_notes_per_s=(8 - 4.0 * (slot % 2)).astype(np.float32),
            loudness=(0.3 - 0.1 * (slot % 2)).astype(np.float32),
            validation=index % 4 == 0,
        )
        for index in range(n_songs)
    )
