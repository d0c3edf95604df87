"""A folder of scores takes a cue list with a theme after one without, and the other way round."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.scores import make_score
from v2m_bridge.deliver import deliver
from v2m_bridge.errors import OutputError


def test_the_column_of_themes_comes_and_goes_with_the_themes(tmp_path: Path) -> None:
    plain = make_score()
    themed = replace(plain, cues=tuple(replace(cue, theme="hero:bass") for cue in plain.cues))
    for score, last in ((plain, "version"), (themed, "theme"), (plain, "version")):
        deliver(score, tmp_path, ())
        assert (tmp_path / "cues.csv").read_text().splitlines()[0].endswith(last)


def test_a_list_that_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "cues.csv").write_text("number,in,out\n")
    with pytest.raises(OutputError):
        deliver(make_score(), tmp_path, (), cue_list=tmp_path / "cues.csv")
    assert (tmp_path / "cues.csv").read_text() == "number,in,out\n"
