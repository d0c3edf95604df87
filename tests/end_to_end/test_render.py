from __future__ import annotations

import re
import wave
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest

from tests.end_to_end.stage import Stage
from tests.export.sounds import dbfs, meter, read_sound
from tests.listening.sounds import SPEECH_HZ, dialogue, write_wav
from tests.timeline.edits import clip, track
from v2m_bridge.core.score import read_score

pytestmark = pytest.mark.long


def _sound(path: Path) -> tuple[np.ndarray, int]:
    """Return (channels, samples) float in -1..1, and the sample rate."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        blocks = [frame.to_ndarray() for frame in container.decode(stream)]
        rate = int(stream.rate)
    return np.concatenate(blocks, axis=1), rate


def test_a_rendered_edit_has_its_picture_to_the_frame_and_music_in_every_second(
    stage: Stage, scored: Path, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    done = stage.v2m("render", scored / "score.json", "-o", film)
    assert done.returncode == 0, done.stderr
    score = read_score(scored / "score.json")
    with av.open(str(film)) as container:
        assert sum(1 for _ in container.decode(video=0)) == score.n_frames
        assert container.streams.video[0].average_rate == 25
    sound, rate = _sound(film)
    assert sound.shape[0] == 2
    assert abs(sound.shape[1] / rate - score.n_frames / 25) <= 1 / 25
    measured = meter(sound.T.astype(np.float64))
    assert measured["I"] == pytest.approx(-16, abs=0.5)
    assert dbfs(measured["true_peak"]) < -1
    told = re.search(r"(-\d+\.\d) LUFS", done.stdout)
    assert told
    assert float(told[1]) == pytest.approx(measured["I"], abs=0.15)
    assert "picture coded again" in done.stdout
    seconds = sound[:, : sound.shape[1] // rate * rate].reshape(2, -1, rate)
    rms_dbfs = 20 * np.log10(np.sqrt((seconds**2).mean(axis=(0, 2))) + 1e-9)
    assert (rms_dbfs > -60).all()


def test_an_edit_can_be_rendered_as_sound_alone(stage: Stage, tmp_path: Path) -> None:
    out = tmp_path / "music.wav"
    done = stage.v2m("render", stage.edit, "-o", out, "--seed", 3)
    assert done.returncode == 0, done.stderr
    with wave.open(str(out), "rb") as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 48_000, 30 * 48_000)


def test_stems_lie_beside_the_sound_and_a_second_render_replaces_them(
    stage: Stage, scored: Path, tmp_path: Path
) -> None:
    stems = tmp_path / "stems"
    for _ in range(2):
        done = stage.v2m("render", scored / "score.json", "-o", tmp_path / "music.wav", "--stems", stems)
        assert done.returncode == 0, done.stderr
    score = read_score(scored / "score.json")
    day = datetime.fromtimestamp(stage.edit.stat().st_mtime, UTC).astimezone()
    heads = {f"Cut_{cue.number}_v{cue.version:02}_PIC{day:%Y%m%d}" for cue in score.cues}
    parts = {part.name for cue in score.cues for part in cue.parts}
    assert {path.name for path in stems.iterdir()} == {f"{h}_{part}.wav" for h in heads for part in {*parts, "mix"}}
    with av.open(str(next(stems.glob("*_mix.wav")))) as container:
        assert int(container.metadata["time_reference"]) == (score.start_frame + score.cues[0].in_frame) * 1920
    (stems / "mine.wav").write_bytes(b"mine")
    victim = next(stems.glob("*_mix.wav"))
    victim.write_bytes(b"a recording of mine")
    done = stage.v2m("render", scored / "score.json", "-o", tmp_path / "music.wav", "--stems", stems)
    assert done.returncode == 2
    assert victim.name in done.stderr.replace("\n", "")
    assert victim.read_bytes() == b"a recording of mine"


def test_temp_music_means_nothing_for_music_alone(stage: Stage, scored: Path, tmp_path: Path) -> None:
    done = stage.v2m("render", scored / "score.json", "-o", tmp_path / "music.wav", "--with-temp")
    assert done.returncode == 2
    assert "--with-temp" in done.stderr


def test_music_gives_way_to_lines_that_are_heard(stage: Stage, tmp_path: Path) -> None:
    import opentimelineio as otio

    lines, spans = dialogue(stage.folder, "traffic", 12, seconds=25.0)
    write_wav(stage.folder / "lines.wav", lines, SPEECH_HZ)
    edit = otio.adapters.read_from_string(stage.edit.read_text(encoding="utf-8"), "otio_json")
    edit.tracks.append(track(clip("lines", 0, 625, url="lines.wav"), name="DX", kind="Audio"))
    (stage.folder / "talk.otio").write_text(otio.adapters.write_to_string(edit, "otio_json"), encoding="utf-8")
    score = tmp_path / "score"
    for command in (
        ("score", stage.folder / "talk.otio", "-o", score, "--seed", 3),
        ("render", score / "score.json", "-o", tmp_path / "film.mp4"),
        ("render", score / "score.json", "-o", tmp_path / "music.wav"),
    ):
        done = stage.v2m(*command)
        assert done.returncode == 0, done.stderr
    film, music = (read_sound(tmp_path / name).mean(axis=1) for name in ("film.mp4", "music.wav"))
    voice = read_sound(stage.folder / "lines.wav").mean(axis=1)

    def level_db(start_s: float, end_s: float) -> float:
        """How loud the music is in the film: the film as a sum of lines and music, by least squares."""
        span = slice(round(start_s * 48_000), round(end_s * 48_000))
        of_music = np.linalg.lstsq(np.stack([voice[span], music[span]], axis=1), film[span], rcond=None)[0][1]
        return dbfs(abs(float(of_music)))

    under = [level_db(a + 0.1, b - 0.1) for a, b in spans]
    beyond = level_db(spans[-1][1] + 1.2, 24.9)
    assert all(beyond - level == pytest.approx(9, abs=1.5) for level in under), (under, beyond)


def test_a_score_of_an_edit_that_has_changed_is_refused(stage: Stage, scored: Path, tmp_path: Path) -> None:
    folder = tmp_path / "recut"
    folder.mkdir()
    text = stage.edit.read_text().replace('"value": 150.0', '"value": 125.0')
    (folder / "cut.otio").write_text(text)
    json = (scored / "score.json").read_text().replace(str(stage.edit), str(folder / "cut.otio"))
    (folder / "score.json").write_text(json)
    done = stage.v2m("render", folder / "score.json", "-o", tmp_path / "film.mp4", "--media", stage.folder)
    assert done.returncode == 2
    assert "has changed" in done.stderr
    assert not (tmp_path / "film.mp4").exists()


def test_a_kind_of_file_that_cannot_be_rendered_is_one_sentence(stage: Stage, scored: Path, tmp_path: Path) -> None:
    done = stage.v2m("render", scored / "score.json", "-o", tmp_path / "film.avi")
    assert done.returncode == 2
    assert "film.avi" in done.stderr
