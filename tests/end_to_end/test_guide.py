"""An edit without its sources and one movie of it, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest

from tests.end_to_end.stage import Stage
from tests.timeline.dialects import otio_json
from tests.vision.guides import AT_25, Guide, reference_timeline, write_guide, write_sources

pytestmark = pytest.mark.long

WIDE = {"COLUMNS": "1000"}


@pytest.fixture(scope="module")
def rushes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the sources."""
    folder = tmp_path_factory.mktemp("rushes")
    write_sources(folder)
    return folder


@pytest.fixture(scope="module")
def desk(rushes: Path, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return what a composer gets: the edit, a guide movie with burn-in, and one that is late."""
    folder = tmp_path_factory.mktemp("composer")
    otio_json.write(AT_25, folder).rename(folder / "cut.otio")
    online = reference_timeline({path.name: path for path in rushes.iterdir()})
    write_guide(folder / "guide.mov", online)
    write_guide(folder / "late.mov", online, Guide(late=5, burn_in=True))
    return Stage(folder)


def scenes_of(report: Path) -> list[dict[str, object]]:
    return list(json.loads((report / "report.json").read_text(encoding="utf-8"))["scenes"])


def test_an_edit_of_offline_media_is_scored_through_its_guide(desk: Stage, rushes: Path, tmp_path: Path) -> None:
    with_sources = scenes_of(desk.scored(tmp_path / "sources", "--media", rushes))
    done = desk.v2m("score", desk.edit, "-o", tmp_path / "guide", "--guide", desk.folder / "guide.mov", env=WIDE)
    assert done.returncode == 0, done.stderr
    assert "its scenes are seen through guide.mov" in done.stderr
    with_guide = scenes_of(tmp_path / "guide")
    assert [scene["id"] for scene in with_guide] == [scene["id"] for scene in with_sources]
    assert all(scene["seen"] for scene in with_guide)


def test_a_late_guide_is_named_by_score_and_spot(desk: Stage, tmp_path: Path) -> None:
    for command in (("score", desk.edit, "-o", tmp_path / "out"), ("spot", desk.edit, "-o", tmp_path / "cues.csv")):
        done = desk.v2m(*command, "--guide", desk.folder / "late.mov", env=WIDE)
        assert done.returncode == 0, done.stderr
        assert "late.mov is 5 frames late" in done.stderr


def test_a_film_is_rendered_with_the_pictures_of_the_guide(desk: Stage, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    done = desk.v2m("render", desk.edit, "-o", film, "--guide", desk.folder / "guide.mov", env=WIDE)
    assert done.returncode == 0, done.stderr
    with av.open(str(film)) as container:
        shown = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    with av.open(str(desk.folder / "guide.mov")) as container:
        guide = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)][200:]
    assert len(shown) == 1000
    for number in (0, 95, 96, 500, 999):
        assert np.abs(shown[number].astype(int) - guide[number]).mean() < 8, number


def test_what_cannot_be_a_guide_is_refused_in_one_sentence(desk: Stage, tmp_path: Path) -> None:
    mistakes = {
        ("--guide", tmp_path / "none.mov"): "there is no file",
        ("--guide", desk.edit): "cut.otio",
        ("--guide-start", "00:59:52:00"): "without a guide",
        ("--guide", desk.folder / "guide.mov", "--guide-start", "noon"): "no start for the guide",
    }
    for options, words in mistakes.items():
        done = desk.v2m("score", desk.edit, "-o", tmp_path / "out", *options, env=WIDE)
        assert done.returncode == 2, done.stderr
        assert words in done.stderr
        assert "Traceback" not in done.stderr
