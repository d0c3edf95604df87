from __future__ import annotations

from pathlib import Path

import pytest

from tests.scores import make_score
from v2m_bridge.errors import OutputError
from v2m_bridge.export.files import replace_file, replacement
from v2m_bridge.export.markers import markers_csv
from v2m_bridge.export.midi_file import midi_bytes

SCORE = make_score()
OURS = {
    "score.json": SCORE.to_json(),
    "report.json": b'{"report": 0, "cues": []}',
    "score.mid": midi_bytes(SCORE),
    "markers.csv": markers_csv(SCORE).encode(),
}
THEIRS = {
    "score.json": b'{"name": "my settings"}',
    "report.json": b"not json at all",
    "score.mid": b"MThd\0\0\0\6\0\1\0\1\3\xc0MTrk\0\0\0\4\0\xff\x2f\0",
    "markers.csv": b"my,own,list\n1,2,3\n",
    "film.mp4": b"\0\0\0\x20ftypisom",
    "notes.txt": b"do not lose me",
}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", OURS)
def test_a_file_of_ours_is_replaced(tmp_path: Path, name: str) -> None:
    replace_file(tmp_path / "new folder" / name, OURS[name])
    replace_file(tmp_path / "new folder" / name, OURS[name])
    assert (tmp_path / "new folder" / name).read_bytes() == OURS[name]
    assert names(tmp_path / "new folder") == [name]


@pytest.mark.parametrize("name", THEIRS)
def test_a_file_of_the_user_in_the_way_stays_as_it_is_and_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(THEIRS[name])
    with pytest.raises(OutputError, match=name) as caught:
        replace_file(tmp_path / name, OURS.get(name, b"new"))
    assert "Move it away" in caught.value.hint
    assert (tmp_path / name).read_bytes() == THEIRS[name]
    assert names(tmp_path) == [name]


def test_an_empty_file_in_the_way_holds_nothing_to_lose(tmp_path: Path) -> None:
    (tmp_path / "score.mid").touch()
    replace_file(tmp_path / "score.mid", OURS["score.mid"])
    assert (tmp_path / "score.mid").read_bytes() == OURS["score.mid"]


def test_a_file_where_a_folder_is_needed_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="cannot write"):
        replace_file(tmp_path / "out" / "score.json", OURS["score.json"])
    assert (tmp_path / "out").read_text() == "a file"


def test_a_folder_in_the_way_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "score.json").mkdir()
    with pytest.raises(OutputError, match="is not a file"):
        replace_file(tmp_path / "score.json", OURS["score.json"])


@pytest.mark.parametrize("name", ["a\0b.json", "x" * 300 + ".json"])
def test_a_name_that_no_file_can_have_is_an_output_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError):
        replace_file(tmp_path / name, b"{}")


def test_when_writing_fails_the_earlier_file_stays_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "score.mid"
    replace_file(path, OURS["score.mid"])

    def fail() -> None:
        with replacement(path) as temporary:
            temporary.write_bytes(b"half")
            raise InterruptedError(4, "stopped half way")

    with pytest.raises(OutputError, match="stopped half way"):
        fail()
    assert path.read_bytes() == OURS["score.mid"]
    assert names(tmp_path) == ["score.mid"]


def test_a_symbolic_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "score.json").symlink_to(tmp_path / "real" / "score.json")
    replace_file(tmp_path / "score.json", OURS["score.json"])
    assert (tmp_path / "score.json").is_symlink()
    assert (tmp_path / "real" / "score.json").read_bytes() == OURS["score.json"]
