"""A user's own style is a file; what is wrong with it is said in one sentence with the line or key."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from tests.arrange.cues import dynamics_of
from tests.plans import make_plan
from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.styles import load_style, read_style_text, style_names
from v2m_bridge.core.harmony import parse_progression
from v2m_bridge.errors import DirectionError

NAMES = ("ambient-pad", "felt-piano", "hybrid-action", "pop-band", "reference", "strings-chorale", "tension-pulse")
CHANNELS = {"chords": 1, "piano": 1, "bass": 2, "figures": 3, "melody": 4, "pad": 5, "percussion": 10}
CHORDS = parse_progression("C C Am Am F F G G") * 2


def text_of(name: str = "pop-band") -> str:
    return (files("v2m_bridge.arrange") / "styles" / f"{name}.toml").read_text(encoding="utf-8")


def written(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_seven_styles_come_with_the_program_and_each_part_has_its_channel() -> None:
    assert style_names() == NAMES
    for name in NAMES:
        for part in load_style(name).parts:
            assert part.channel == CHANNELS[part.name]


def test_a_path_is_a_style_and_plays_what_the_file_says(tmp_path: Path) -> None:
    path = written(tmp_path, text_of().replace("program = 33", "program = 38").replace('"pop-band"', '"mine"'))
    plan = make_plan(8, style=path)
    mine = replace(plan, wishes=replace(plan.wishes, style_text=read_style_text(path)))
    own, copied = (arrange(each, CHORDS, dynamics_of(16)) for each in (make_plan(8, style="pop-band"), mine))
    assert load_style(path).name == "mine"
    assert len(plan.slots) == 16
    assert [part.notes for part in own] == [part.notes for part in copied]
    assert [part.program for part in copied if part.name == "bass"] == [38]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    assert load_style(written(tmp_path, text_of())).bass.centre == 35
    assert load_style(written(tmp_path, text_of().replace("centre = 35", "centre = 36"))).bass.centre == 36


def test_files_in_the_folder_styles_are_styles_by_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "club.toml").write_text(text_of(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert "club" in style_names()
    assert load_style("club") == load_style("pop-band")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rests = 0.3", "rests = ", "line 6"),
        ("rests = 0.3", "rets = 0.3", "'rets'"),
        ("low = 52", "lowest = 52", "voicing.lowest"),
        ("low = 52", 'low = "C3"', "voicing.low"),
        ("low = 52", "low = 40", "too near"),
        ("centre = 35", "", "centre"),
        ("kit = [36, 38, 42]", "", "percussion"),
        ("channel = 10", "channel = 9", "channel 10"),
        ('"0:0 | -",\n  "0:0 1:1', '"0:0 | -",\n  "0:0 9:1', "'9:1'"),
        ("high = 112", "high = 127", "15..120"),
        ("thresholds = [4.0, 8.0, 13.0, 19.0]", "thresholds = [8.0, 4.0, 13.0, 19.0]", "density.thresholds"),
        ("tension = 0.6", "tension = 6", "harmony"),
        ("tension = 0.6", 'rhythm = "now and then"', "harmonic rhythm"),
        ("voices = 4", "voices = 40", "voicing.voices"),
        ("affect = 1.0", "affect = nan", "affect"),
        ("exponent = 0.5", "exponent = inf", "exponent"),
        ("fall = 8.0", "fall = nan", "velocity.fall"),
        ("ring_beats = 1.0", "ring_beats = -1.0", "ring_beats"),
    ],
)
def test_a_wrong_file_costs_one_sentence_with_the_line_or_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in text_of()
    with pytest.raises(DirectionError) as caught:
        load_style(written(tmp_path, text_of().replace(old, new)))
    assert said in str(caught.value)
    assert "mine.toml" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("data", [b"\xff\xfe", b"x = " + b"1" * 70_000, b"a = " + b"[" * 5000, b"", b"parts = 3"])
def test_what_is_no_style_at_all_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(data)
    with pytest.raises(DirectionError):
        load_style(str(path))


@pytest.mark.parametrize("name", ["gone.toml", ".toml", "a\0b.toml", "../polka"])
def test_a_file_that_is_not_there_is_said_with_the_styles_there_are(name: str) -> None:
    with pytest.raises(DirectionError) as caught:
        load_style(name)
    assert "felt-piano" in caught.value.hint
