"""An edit with dialogue and temp music, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.end_to_end.stage import Stage, write_stage
from tests.listening.sounds import MUSIC_HZ, SPEECH_HZ, clicks, dialogue, write_wav
from v2m_bridge.core.score import read_score

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, tuple[tuple[float, float], ...]]:
    """Return an edit of ninety seconds with a track of lines, one of temp clicks, and when people speak."""
    import opentimelineio as otio

    from tests.timeline.edits import clip, gap, track

    stage = write_stage(tmp_path_factory.mktemp("noisy"), n_times=3)
    sound, spans = dialogue(stage.folder, "traffic", 12, seconds=40.0)
    write_wav(stage.folder / "lines.wav", sound, SPEECH_HZ)
    write_wav(stage.folder / "temp.wav", np.asarray(clicks(131, seconds=40)), MUSIC_HZ)
    edit = otio.adapters.read_from_string(stage.edit.read_text(encoding="utf-8"), "otio_json")
    edit.tracks.append(track(clip("lines", 0, 1000, url="lines.wav"), name="DX", kind="Audio"))
    edit.tracks.append(track(gap(1250), clip("temp", 0, 1000, url="temp.wav"), name="TEMP MX", kind="Audio"))
    stage.edit.write_text(otio.adapters.write_to_string(edit, "otio_json"), encoding="utf-8")
    return stage, spans


def test_spotting_offers_what_temp_music_tells_and_keeps_clear_of_lines(
    noisy: tuple[Stage, tuple[tuple[float, float], ...]], tmp_path: Path
) -> None:
    stage, _ = noisy
    done = stage.v2m("spot", stage.edit, "-o", tmp_path / "cues.csv", env={"COLUMNS": "400"})
    assert done.returncode == 0, done.stderr
    assert "Temp music 'temp' plays from 01:00:50:00 to 01:01:30:00, runs at 131.0 bpm" in done.stdout
    assert "--tempo 129-133" in done.stdout
    assert "not known" not in done.stderr


def test_the_report_says_when_people_speak_and_what_temp_music_tells(
    noisy: tuple[Stage, tuple[tuple[float, float], ...]], tmp_path: Path
) -> None:
    stage, spans = noisy
    report = json.loads((stage.scored(tmp_path) / "report.json").read_text(encoding="utf-8"))
    assert len(report["speech"]) == len(spans)
    (temp,) = report["temp_music"]
    assert temp["bpm"] == pytest.approx(131, abs=0.5)
    assert (temp["in"], temp["out"]) == ("01:00:50:00", "01:01:30:00")


def test_the_temp_music_of_an_edit_is_obeyed_where_it_plays(
    noisy: tuple[Stage, tuple[tuple[float, float], ...]], tmp_path: Path
) -> None:
    """Its clicks begin at 0:50; the cue under them runs at their tempo, the cue before it is fitted."""
    stage, _ = noisy
    cues = tmp_path / "cues.csv"
    cues.write_text("number,in,out\n1m01,01:00:00:00,01:00:30:00\n1m02,01:00:50:00,01:01:20:00\n", encoding="utf-8")
    out = stage.scored(tmp_path / "out", "--cues", cues, "--follow-temp")
    first, second = read_score(out / "score.json").cues
    assert (first.fit, second.fit) == ("constant", "given")
    assert second.tempo.bpm_at(0) == pytest.approx(131, abs=0.5)
    assert len(second.tempo.tempi) == 1
    refused = stage.v2m("score", stage.edit, "-o", tmp_path / "no", "--follow-temp", "--tempo-map", tmp_path / "x.mid")
    assert refused.returncode == 2
    assert "--tempo-map" in refused.stderr
