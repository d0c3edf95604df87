"""A cue as a MIDI file of its own: the music of score.mid, from the cue's first frame on."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import mido
import pytest

from tests.scores import make_cue, make_score
from v2m_bridge.core.score import Score
from v2m_bridge.deliver import deliver_cues_midi
from v2m_bridge.errors import OutputError
from v2m_bridge.export.cue_midi import cue_midi_bytes
from v2m_bridge.export.midi_file import midi_bytes
from v2m_bridge.version_store import midi_name


def _score() -> Score:
    return make_score(n_frames=300, cues=(make_cue(out_frame=100), make_cue("1m02", in_frame=150, out_frame=250)))


def _onsets_s(data: bytes, from_s: float, to_s: float) -> list[tuple[int, int, float]]:
    file: Any = mido.MidiFile(file=io.BytesIO(data))
    now, found = 0.0, []
    for message in file:
        now += message.time
        if message.type == "note_on" and message.velocity and from_s <= now < to_s:
            found.append((message.channel, message.note, round(now - from_s, 3)))
    return sorted(found)


def test_a_cue_alone_has_the_notes_of_the_whole_from_its_first_frame_on_and_says_where_that_is() -> None:
    score = _score()
    data = cue_midi_bytes(score, score.cues[1])
    alone, whole = _onsets_s(data, 0.0, 4.0), _onsets_s(midi_bytes(score), 6.0, 10.0)
    assert len(alone) > 4
    assert alone == whole
    offset = next(
        message for message in mido.MidiFile(file=io.BytesIO(data)).tracks[0] if message.type == "smpte_offset"
    )
    first_frame = score.start_frame + 150
    assert (offset.hours * 3600 + offset.minutes * 60 + offset.seconds) * 25 + offset.frames == first_frame


def test_each_version_has_a_file_and_one_that_is_not_ours_stays(tmp_path: Path) -> None:
    score = _score()
    deliver_cues_midi(score, tmp_path)
    names = [midi_name(cue) for cue in score.cues]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    before = (tmp_path / names[0]).stat().st_mtime_ns
    deliver_cues_midi(score, tmp_path)
    assert (tmp_path / names[0]).stat().st_mtime_ns == before
    newer = replace(score, cues=tuple(replace(cue, version=7) for cue in score.cues))
    (tmp_path / "1m01 v007.mid").write_bytes(b"somebody's")
    with pytest.raises(OutputError):
        deliver_cues_midi(newer, tmp_path)
    assert (tmp_path / "1m01 v007.mid").read_bytes() == b"somebody's"
