from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np

from tests.end_to_end.stage import Stage
from v2m_bridge.core.score import read_score


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
    peak_dbfs = 20 * np.log10(np.abs(sound).max())
    assert -12 <= peak_dbfs <= -0.3
    seconds = sound[:, : sound.shape[1] // rate * rate].reshape(2, -1, rate)
    rms_dbfs = 20 * np.log10(np.sqrt((seconds**2).mean(axis=(0, 2))) + 1e-9)
    assert (rms_dbfs > -60).all()


def test_an_edit_can_be_rendered_as_sound_alone(stage: Stage, tmp_path: Path) -> None:
    out = tmp_path / "music.wav"
    done = stage.v2m("render", stage.edit, "-o", out, "--seed", 3)
    assert done.returncode == 0, done.stderr
    with wave.open(str(out), "rb") as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 48_000, 30 * 48_000)


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
