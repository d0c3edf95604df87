"""A score opened in a real Ardour as a MIDI file with its tempo map: every tempo, meter and note in its place."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from tests.end_to_end.stage import Stage, write_stage
from tests.export.ardour_peer import SAMPLE_RATE, TICKS_PER_QUARTER, Ardour, Imported, ardour_in
from tests.scores import make_cue, make_score
from v2m_bridge.core.score import CueMusic, Note, Part, Score, read_score
from v2m_bridge.core.song_map import song_map
from v2m_bridge.core.timebase import NS_PER_S, US_PER_MINUTE, Meter, MeterChange, TempoMap, tempo_changes
from v2m_bridge.export.midi_file import midi_bytes

pytestmark = pytest.mark.long

SCALE = TICKS_PER_QUARTER // 960
FINEST_S = 1e-6
"""What a tempo map may be off: it bridges silences to half a microsecond, and so is one sample 21 of them."""


@pytest.fixture(scope="module")
def ardour(tmp_path_factory: pytest.TempPathFactory) -> Ardour:
    return ardour_in(tmp_path_factory.mktemp("ardour"))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return write_stage(tmp_path_factory.mktemp("stage"))


def changing_score() -> Score:
    """Return four cues: silences, ends between two quarters, ramps, a pickup, meters of quarters and eighths."""
    ramp = TempoMap(
        tempo_changes([(0, 93.7), (3840, 96.1), (7680, 99.9), (9600, 60.0)]),
        (MeterChange(0, Meter(3, 4)), MeterChange(8640, Meter(4, 4))),
        0,
    )
    pickup = TempoMap(tempo_changes([(0, 121.3), (400 + 3840, 119.1)]), (MeterChange(0, Meter(4, 4)),), 400)
    eighths = TempoMap(tempo_changes([(0, 140.7), (6720, 133.3)]), (MeterChange(0, Meter(7, 8)),), 0)
    return make_score(
        n_frames=1500,
        cues=(
            _cue("1m01", 31, 233, ramp),
            _cue("1m02", 233, 401, TempoMap.constant(77.7)),
            _cue("1m03", 520, 700, pickup),
            _cue("1m04", 900, 1400, eighths),
        ),
    )


def _cue(number: str, in_frame: int, out_frame: int, tempo: TempoMap) -> CueMusic:
    end = tempo.tick_at_ns((out_frame - in_frame) * NS_PER_S // 25)
    line = Part("melody", 4, 73, tuple(Note(480 * n, 400, 60 + n % 12, 60 + n % 40) for n in range(end // 480)))
    bass = Part("bass", 2, 32, tuple(Note(at, min(1900, end - at), 40, 90) for at in range(0, end - 100, 1920)))
    return make_cue(number, in_frame=in_frame, out_frame=out_frame, tempo=tempo, parts=(line, bass))


def check_time(score: Score, heard: Imported) -> None:
    """Check that Ardour's tempo map is the file's: places to the tick, times to a microsecond, tempi and meters.

    Where the meter alone changes, Ardour says the tempo again.
    """
    song = song_map(score)
    tempi = [(point.tick, round(US_PER_MINUTE / point.quarters_per_minute)) for point in heard.tempi]
    turns = [tempi[0], *(after for before, after in pairwise(tempi) if after[1] != before[1])]
    assert turns == [(change.tick * SCALE, change.us_per_quarter) for change in song.tempo.tempi]
    for point in heard.tempi:
        assert float(point.at_s) == pytest.approx(song.tempo.ns_at(point.tick // SCALE) / NS_PER_S, abs=FINEST_S)
    assert [(point.tick, point.beats, point.unit) for point in heard.meters] == [
        (meter.tick * SCALE, meter.beats, meter.unit) for meter in song.meters
    ]


def check_notes(score: Score, heard: Imported) -> None:
    """Check that each note is at its tick of the file, and that Ardour plays it within a sample of that tick's time."""
    song = song_map(score)
    wanted = sorted(
        (
            part.name,
            song.tick(index, note.onset_tick),
            note.pitch,
            song.tick(index, note.onset_tick + note.length_ticks),
            part.channel - 1,
            note.velocity,
        )
        for index, cue in enumerate(score.cues)
        for part in cue.parts
        for note in part.notes
    )
    found = sorted(
        (_part(n.track), n.on_tick / SCALE, n.pitch, n.off_tick / SCALE, n.channel, n.velocity) for n in heard.notes
    )
    assert found == wanted
    for note in heard.notes:
        for tick, sample in ((note.on_tick, note.on_sample), (note.off_tick, note.off_sample)):
            assert sample == pytest.approx(song.tempo.ns_at(tick // SCALE) * SAMPLE_RATE / NS_PER_S, abs=1)


def _part(track: str) -> str:
    """Return the name of the part of a track, which Ardour calls ``FILE.PART-1-tN``."""
    return track.partition(".")[2].rsplit("-", 2)[0]


def test_tempi_meters_and_notes_of_every_kind_of_seam_arrive_in_ardour(ardour: Ardour, tmp_path: Path) -> None:
    score = changing_score()
    file = tmp_path / "seams.mid"
    file.write_bytes(midi_bytes(score))
    heard = ardour.imports(file)
    check_time(score, heard)
    check_notes(score, heard)


@pytest.mark.parametrize("way", ["musical", "exact"])
def test_a_composed_score_whose_tempo_follows_hits_arrives_in_ardour(
    stage: Stage, ardour: Ardour, tmp_path: Path, way: str
) -> None:
    direction = tmp_path / "direction.toml"
    hits = {1: "01:00:03:07", 2: "01:00:09:19", 3: "01:00:16:11", 5: "01:00:23:02"}
    direction.write_text("".join(f'[scene.{number}]\nhits = ["{at} must"]\n' for number, at in hits.items()))
    out = stage.scored(tmp_path / way, "--direction", direction, "--fit", way)
    (out / "score.mid").rename(out / f"{way}.mid")
    score = read_score(out / "score.json")
    assert len(score.cues[0].tempo.tempi) > 1
    heard = ardour.imports(out / f"{way}.mid")
    check_time(score, heard)
    check_notes(score, heard)
