"""Versions of cues: numbered, written once, restored byte for byte, and damage that is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.scores import make_cue, make_score
from v2m_bridge.core.direction import CueDirection, Direction, SceneDirection
from v2m_bridge.core.score import Score
from v2m_bridge.errors import OutputError
from v2m_bridge.version_store import (
    Damaged,
    Version,
    cues_with_versions,
    keep_versions,
    list_versions,
    numbered,
    read_version,
    restored,
    set_remark,
    version_numbers,
    with_wishes,
)


def takes(n: int) -> Score:
    """Return a score of two cues; another number gives the first of them other music."""
    first = replace(make_cue("1m01", out_frame=100), seed=n, key=f"{'CDEFG'[n % 5]} major")
    return make_score(cues=(first, make_cue("1m02", in_frame=120, out_frame=250)))


def kept(score: Score, folder: Path, direction: Direction | None = None) -> Score:
    score = numbered(score, folder)
    keep_versions(score, direction or Direction(), folder)
    return score


def test_other_music_is_the_next_version_and_equal_music_the_one_that_it_was(tmp_path: Path) -> None:
    found = [[cue.version for cue in kept(takes(n), tmp_path).cues] for n in (0, 1, 1, 2, 0)]
    assert found == [[1, 1], [2, 1], [2, 1], [3, 1], [1, 1]]
    assert version_numbers(tmp_path, "1m01") == [1, 2, 3]
    assert cues_with_versions(tmp_path) == ["1m01", "1m02"]


def test_the_first_version_comes_back_byte_for_byte_after_several_others(tmp_path: Path) -> None:
    first = kept(takes(0), tmp_path)
    for n in (1, 2, 3):
        last = kept(takes(n), tmp_path)
    back = restored(last, read_version(tmp_path, "1m01", 1))
    assert msgspec.json.encode(back.cues[0]) == msgspec.json.encode(first.cues[0])
    assert back.cues[1] == last.cues[1]
    assert back.to_json() == first.to_json()


def test_no_version_is_ever_written_again(tmp_path: Path) -> None:
    kept(takes(0), tmp_path)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*.cue")}
    for n in (1, 2, 0):
        kept(takes(n), tmp_path)
    set_remark(tmp_path, "1m01", 1, "the one for the director")
    assert len(before) == 2
    for path, (data, written) in before.items():
        assert (path.read_bytes(), path.stat().st_mtime_ns) == (data, written)
        assert path.stat().st_mode & 0o222 == 0
    keep_versions(replace(takes(4), cues=(replace(takes(4).cues[0], version=1),)), Direction(), tmp_path)
    assert read_version(tmp_path, "1m01", 1).music.seed == 0


def test_a_cue_list_may_ask_for_a_higher_number(tmp_path: Path) -> None:
    kept(takes(0), tmp_path)
    score = takes(0)
    asked = replace(score, cues=(replace(score.cues[0], version=7), score.cues[1]))
    assert [cue.version for cue in kept(asked, tmp_path).cues] == [7, 1]
    assert kept(takes(1), tmp_path).cues[0].version == 8


def test_a_version_knows_its_picture_its_wishes_and_what_was_said_of_it(tmp_path: Path) -> None:
    wishes = Direction(
        cues={"1m01": CueDirection(seed=5, style="pop-band")},
        scenes={"s0": SceneDirection(intensity=0.5), "s1": SceneDirection(mute=True)},
    )
    kept(takes(5), tmp_path, wishes)
    set_remark(tmp_path, "1m01", 1, "  too\n busy ")
    version = read_version(tmp_path, "1m01", 1)
    assert (version.about.revision, version.about.seed, version.remark) == ("0123456789abcdef", 5, "too busy")
    now = Direction(
        cues={"1m01": CueDirection(locks=("tempo",)), "1m02": CueDirection(seed=9)},
        scenes={"s0": SceneDirection(mute=True), "s1": SceneDirection(mute=True)},
    )
    then = with_wishes(now, version)
    assert then.for_cue("1m01") == replace(wishes.for_cue("1m01"), locks=("tempo",))
    assert then.cues["1m02"] == now.cues["1m02"]
    assert then.scenes == {"s0": SceneDirection(intensity=0.5), "s1": SceneDirection(mute=True)}
    set_remark(tmp_path, "1m01", 1, "")
    assert read_version(tmp_path, "1m01", 1).remark == ""


@pytest.mark.parametrize("harm", ["cut", "changed", "swapped", "empty", "head"])
def test_a_damaged_version_costs_a_sentence_and_no_other_version(tmp_path: Path, harm: str) -> None:
    for n in (0, 1):
        kept(takes(n), tmp_path)
    path, other = (tmp_path / "1m01" / f"v00{n}.cue" for n in (1, 2))
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(
        {
            "cut": data[:-9],
            "changed": data.replace(b'"C major"', b'"D major"'),
            "swapped": other.read_bytes(),
            "empty": b"",
            "head": b"{}\n" + data,
        }[harm]
    )
    with pytest.raises(OutputError, match=r"version 1 of 1m01 is damaged .*v001\.cue") as caught:
        read_version(tmp_path, "1m01", 1)
    assert "another version" in caught.value.hint
    assert [type(each) for each in list_versions(tmp_path, "1m01")] == [Damaged, Version]
    assert kept(takes(2), tmp_path).cues[0].version == 3


def test_what_is_not_there_or_was_made_for_another_cut_is_refused(tmp_path: Path) -> None:
    score = kept(takes(0), tmp_path)
    with pytest.raises(OutputError, match="no version 2 of the cue '1m01'") as caught:
        read_version(tmp_path, "1m01", 2)
    assert caught.value.hint == "There are 1."
    with pytest.raises(OutputError, match="no version"):
        read_version(tmp_path, "../1m01", 1)
    version = read_version(tmp_path, "1m01", 1)
    moved = replace(score, cues=(replace(score.cues[0], out_frame=110), score.cues[1]))
    with pytest.raises(OutputError, match="for another cut, where it went from 01:00:00:00 to 01:00:04:00"):
        restored(moved, version)
    with pytest.raises(OutputError, match="no cue '1m01'"):
        restored(replace(score, cues=score.cues[1:]), version)


def test_names_that_no_folder_can_have_are_kept_apart(tmp_path: Path) -> None:
    names = ("a/b", "a-b", "..", "ä?", ".x")
    for name in names:
        kept(make_score(cues=(make_cue(name),)), tmp_path)
    assert cues_with_versions(tmp_path) == sorted(names)
    assert {path.parent.parent for path in tmp_path.rglob("*.cue")} == {tmp_path}
