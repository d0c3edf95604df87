"""What files of styles and themes hold is part of the direction: composing reads no file, and sees a file change."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from tests.recut_scores import SEEN, edit_of, weights
from tests.test_locks import RATE, SHOTS
from v2m_bridge.core.cue import Cue
from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.score import Score
from v2m_bridge.errors import DirectionError
from v2m_bridge.materials import with_materials
from v2m_bridge.pipeline import compose_seen

TEXT = (files("v2m_bridge.arrange") / "styles" / "pop-band.toml").read_text(encoding="utf-8")
EDIT = edit_of(SHOTS, RATE)
CUES = (Cue("1m01", EDIT.frame(0), EDIT.frame(450)), Cue("1m02", EDIT.frame(450), EDIT.frame(900)))


def composed(direction: Direction, kept: Score | None = None) -> Score:
    return compose_seen(EDIT, replace(direction, spotted=CUES), kept, seen=SEEN, weights=weights())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "mine.toml"
    found.write_text(TEXT, encoding="utf-8")
    return found


def test_a_changed_style_file_composes_the_cues_that_use_it_again_and_no_other(path: Path) -> None:
    wished = Direction(cues={"1m01": CueDirection(style=str(path))})
    first = composed(with_materials(wished))
    assert composed(with_materials(wished), first) == first
    path.write_text(TEXT.replace("program = 33", "program = 38"), encoding="utf-8")
    again = composed(with_materials(wished), first)
    assert [part.program for part in again.cues[0].parts if part.name == "bass"] == [38]
    assert again.cues[0].inputs != first.cues[0].inputs
    assert again.cues[1] == first.cues[1]


def test_composing_reads_no_file(path: Path) -> None:
    direction = with_materials(Direction(cues={"1m01": CueDirection(style=str(path))}))
    first = composed(direction)
    path.unlink()
    assert composed(direction) == first


def test_a_file_that_was_read_for_a_request_is_not_read_again(path: Path) -> None:
    wished = Direction(defaults=CueDirection(style=str(path)))
    known = with_materials(wished)
    path.unlink()
    assert with_materials(wished, known) == known


def test_a_style_of_the_program_brings_no_text_and_its_scores_stay_as_they_were() -> None:
    wished = Direction(defaults=CueDirection(style="pop-band"))
    assert with_materials(wished) == wished


def test_a_wrong_style_file_is_said_before_anything_is_composed(path: Path) -> None:
    path.write_text(TEXT.replace("rests = 0.3", "rests = "), encoding="utf-8")
    with pytest.raises(DirectionError, match="line 6"):
        with_materials(Direction(cues={"1m02": CueDirection(style=str(path))}))
