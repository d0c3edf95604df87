"""Each mistake is one sentence with the next step, exit code 2, and nothing that was there is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.stage import DELIVERED, Stage

pytestmark = pytest.mark.long


def _no_file(_: Stage, folder: Path) -> list[object]:
    return [folder / "nothing.otio"]


def _offline(stage: Stage, folder: Path) -> list[object]:
    edit = folder / "alone" / "cut.otio"
    edit.parent.mkdir()
    shutil.copy(stage.edit, edit)
    return [edit]


def _not_a_timeline(_: Stage, folder: Path) -> list[object]:
    (folder / "cut.otio").write_text("{ this is no timeline")
    return [folder / "cut.otio"]


def _nested(_: Stage, folder: Path) -> list[object]:
    (folder / "deep.otio").write_text("[" * 200_000 + "]" * 200_000)
    return [folder / "deep.otio"]


def _bad_primer(stage: Stage, _: Path) -> list[object]:
    return [stage.edit, "--primer", "C Am Xm7 G"]


def _bad_cue_line(stage: Stage, folder: Path) -> list[object]:
    (folder / "list.csv").write_text("number,in,out\n1m01,01:00:00:00,01:00:10:00\n1m02,01:00:75:00,01:00:20:00\n")
    return [stage.edit, "--cues", folder / "list.csv"]


def _corrupt_video(_: Stage, folder: Path) -> list[object]:
    (folder / "film.mp4").write_bytes(bytes(range(256)) * 64)
    return [folder / "film.mp4"]


def _empty_video(_: Stage, folder: Path) -> list[object]:
    (folder / "film.mp4").touch()
    return [folder / "film.mp4"]


def _no_weights(stage: Stage, folder: Path) -> list[object]:
    return [stage.edit, "--weights", folder / "mine.safetensors"]


def _cut_weights(stage: Stage, folder: Path) -> list[object]:
    (folder / "mine.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{}")
    return [stage.edit, "--weights", folder / "mine.safetensors"]


def _unknown_style(stage: Stage, _: Path) -> list[object]:
    return [stage.edit, "--style", "polka"]


def _unknown_scene(stage: Stage, folder: Path) -> list[object]:
    (folder / "direction.toml").write_text('[scene.99]\nemotion = "sad"\n')
    return [stage.edit, "--direction", folder / "direction.toml"]


def _unknown_emotion(stage: Stage, _: Path) -> list[object]:
    return [stage.edit, "--emotion", "hungry"]


def _bad_keep(stage: Stage, folder: Path) -> list[object]:
    (folder / "old.json").write_text('{"schema": 0}')
    return [stage.edit, "--keep", folder / "old.json"]


def _no_cue_list(stage: Stage, folder: Path) -> list[object]:
    return [stage.edit, "--cues", folder / "mine.csv"]


def _no_media_folder(stage: Stage, folder: Path) -> list[object]:
    return [stage.edit, "--media", folder / "nowhere"]


def _hit_elsewhere(stage: Stage, folder: Path) -> list[object]:
    (folder / "direction.toml").write_text('[scene.2]\nhits = ["01:00:01:00 must accent"]\n')
    return [stage.edit, "--direction", folder / "direction.toml"]


def _huge_seed(stage: Stage, _: Path) -> list[object]:
    return [stage.edit, "--seed", "9" * 40]


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        (_no_media_folder, "nowhere"),
        (_hit_elsewhere, "01:00:06:00"),
        (_huge_seed, "from 0 to"),
        (_no_file, "nothing.otio"),
        (_offline, "day.mp4"),
        (_not_a_timeline, "cut.otio"),
        (_nested, "deep.otio"),
        (_bad_primer, "column 6"),
        (_bad_cue_line, "line 3"),
        (_corrupt_video, "film.mp4"),
        (_empty_video, "film.mp4"),
        (_no_weights, "mine.safetensors"),
        (_cut_weights, "mine.safetensors"),
        (_unknown_style, "polka"),
        (_unknown_scene, "99"),
        (_unknown_emotion, "hungry"),
        (_bad_keep, "score.json"),
        (_no_cue_list, "v2m score wrote"),
    ],
)
def test_a_mistake_is_one_sentence_and_loses_nothing(
    stage: Stage, scored: Path, tmp_path: Path, mistake: Callable[[Stage, Path], list[object]], says: str
) -> None:
    out = tmp_path / "out"
    shutil.copytree(scored, out)
    before = {name: (out / name).read_bytes() for name in DELIVERED}
    done = stage.v2m("score", *mistake(stage, tmp_path), "-o", out)
    last_line = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 2, done.stderr
    assert last_line.startswith("v2m: ")
    assert says in last_line
    assert ";" in last_line, "the next step is missing"
    assert "Traceback" not in done.stderr
    assert {name: (out / name).read_bytes() for name in DELIVERED} == before


def test_an_unknown_style_is_refused_before_the_pictures_are_looked_at(stage: Stage, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for command in (("score", stage.edit), ("score", stage.folder / "day.mp4")):
        done = stage.v2m(*command, "-o", tmp_path / "out", "--style", "polka", env={"V2M_CACHE": str(cache)})
        assert done.returncode == 2, done.stderr
        assert "polka" in done.stderr
    assert not list(cache.rglob("*.npz"))


def test_one_missing_medium_of_two_is_a_warning_and_the_rest_is_composed(stage: Stage, tmp_path: Path) -> None:
    shutil.copy(stage.edit, tmp_path / "cut.otio")
    shutil.copy(stage.folder / "day.mp4", tmp_path)
    done = stage.v2m("score", tmp_path / "cut.otio", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "night.mp4 is offline" in done.stderr


def test_a_file_of_the_users_in_the_way_is_not_overwritten(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "score.json").write_text('{"mine": true}')
    done = stage.v2m("score", stage.edit, "-o", tmp_path)
    assert done.returncode == 2
    assert (tmp_path / "score.json").read_text() == '{"mine": true}'
    assert "score.json" in done.stderr


def test_a_cue_list_that_the_user_edited_is_kept_unless_it_is_what_was_read(
    stage: Stage, scored: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(scored, out)
    edited = (out / "cues.csv").read_text().replace("1m01,", "1m01,My title", 1)
    (out / "cues.csv").write_text(edited)
    done = stage.v2m("score", stage.edit, "-o", out)
    assert done.returncode == 2
    assert "has been edited" in done.stderr
    assert (out / "cues.csv").read_text() == edited
    stage.scored(out, "--cues", out / "cues.csv")
    assert "My title" in (out / "cues.csv").read_text()


@pytest.mark.parametrize(
    "wish",
    [("--key", "C minor"), ("--seed", 0), ("--affect", 0), ("--cues", "mine.csv"), ("--direction", "direction.toml")],
)
def test_a_wish_for_music_that_is_composed_already_is_refused_and_not_ignored(
    stage: Stage, scored: Path, tmp_path: Path, wish: tuple[object, ...]
) -> None:
    done = stage.v2m("render", scored / "score.json", "-o", tmp_path / "music.wav", *wish)
    assert done.returncode == 2
    assert "composed already" in done.stderr
    assert not (tmp_path / "music.wav").exists()
