from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import mido
import pytest

from tests.end_to_end.stage import Stage
from v2m_bridge.core.score import CueMusic, read_score

pytestmark = pytest.mark.long

HITS = {1: "01:00:03:07", 2: "01:00:09:19", 3: "01:00:16:11", 5: "01:00:23:02"}
"""One in each of these scenes."""


def _scored(stage: Stage, folder: Path, way: str) -> tuple[Path, CueMusic]:
    direction = folder / "direction.toml"
    scenes = (f'[scene.{number}]\nhits = ["{at} must"]\n' for number, at in HITS.items())
    direction.write_text("seed = 3\n" + "".join(scenes))
    out = stage.scored(folder / way, "--direction", direction, "--fit", way)
    return out, read_score(out / "score.json").cues[0]


@pytest.mark.parametrize("way", ["musical", "exact"])
def test_tempo_and_meter_that_follow_hits_reach_the_notes_and_the_midi_file(
    stage: Stage, tmp_path: Path, way: str
) -> None:
    out, cue = _scored(stage, tmp_path, way)
    musts = [hit for hit in cue.hits if hit.need == "must" and hit.reason == "asked for by the user"]
    assert len(musts) == len(HITS)
    assert [hit.off_frames for hit in musts if not hit.met] == []
    assert len(cue.tempo.tempi) > 1
    lines = sorted({0, *cue.tempo.bar_lines(cue.end_tick), cue.end_tick})
    assert {slot.onset_tick for slot in cue.slots} >= set(lines[:-1])
    assert {change.tick for change in cue.tempo.tempi} <= set(lines)
    sounding = {part.name: part.notes for part in cue.parts if part.notes}
    assert set(sounding) >= {"chords", "bass"}
    for start, end in pairwise(lines):
        assert any(n.onset_tick < end and n.onset_tick + n.length_ticks > start for n in sounding["chords"]), start
    messages = list(mido.MidiFile(out / "score.mid").tracks[0])
    tempi = [message.tempo for message in messages if message.type == "set_tempo"]
    assert tempi[: len(cue.tempo.tempi)] == [change.us_per_quarter for change in cue.tempo.tempi]
    meters = [(m.numerator, m.denominator) for m in messages if m.type == "time_signature"]
    assert len(meters) >= len(cue.tempo.meters)


def test_a_way_of_fitting_that_does_not_exist_is_one_sentence(stage: Stage, tmp_path: Path) -> None:
    done = stage.v2m("score", stage.edit, "-o", tmp_path / "out", "--fit", "elastic")
    assert done.returncode == 2
    assert "elastic" in done.stderr
    assert "musical" in done.stderr


def test_a_tempo_map_of_the_daw_is_obeyed(stage: Stage, tmp_path: Path) -> None:
    file, track = mido.MidiFile(ticks_per_beat=480), mido.MidiTrack()
    track.extend(
        (
            mido.MetaMessage("time_signature", numerator=3, denominator=4),
            mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(90)),
            mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(75), time=12 * 480),
        )
    )
    file.tracks.append(track)
    file.save(tmp_path / "daw.mid")
    out = stage.scored(tmp_path / "obeyed", "--tempo-map", tmp_path / "daw.mid")
    (cue,) = read_score(out / "score.json").cues
    assert [(change.tick, change.us_per_quarter) for change in cue.tempo.tempi] == [(0, 666_667), (12 * 960, 800_000)]
    assert [(change.meter.beats, change.meter.unit) for change in cue.tempo.meters] == [(3, 4)]
    (tmp_path / "not.mid").write_bytes(b"MThd")
    refused = stage.v2m("score", stage.edit, "-o", tmp_path / "no", "--tempo-map", tmp_path / "not.mid")
    assert refused.returncode == 2
    assert "not.mid" in refused.stderr
