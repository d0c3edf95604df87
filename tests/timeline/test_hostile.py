"""Files that are broken by accident or on purpose: one sentence each, in bounded time."""

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timeline.edits import clip, dissolve, edit, gap, mark, stack, track
from v2m_bridge import jobs
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline import read
from v2m_bridge.timeline.files import MAX_BYTES, json_depth, read_text
from v2m_bridge.timeline.formats import FORMATS

NESTED = '{"OTIO_SCHEMA":"Stack.1","metadata":{},"children":[' * 100_000 + "]}" * 100_000


def sound_edit() -> str:
    slow = clip("b", 20, 40, medium_from=0, speed=0.5)
    slow.markers.append(mark("m", 25))
    made = edit(track(clip("a", 10, 50), dissolve(4, 4), slow, gap(9), stack(track(clip("c", 0, 9)))))
    text: str = made.to_json_string()
    return text


def one_sentence(path: Path) -> str:
    """Return what a process of its own says of a file, after checking the form and the time."""
    before_s = time.monotonic()
    with pytest.raises(TimelineError) as caught:
        jobs.read_timeline(path)
    assert time.monotonic() - before_s < 20
    sentence = caught.value.sentence()
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert len(sentence) < 700
    return sentence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (NESTED, "nested more than 256 deep"),
        ("[" * 200_000, "nested more than 256 deep"),
        ('["a",' + '"x",' * 15_000_000, "cannot be read|MB to read|not a sound"),
        ("[" + "1," * 30_000_000 + "1]", "MB to read|cannot be read"),
        ('"' + '\\"' * 5_000_000, "not a sound"),
        ("not json", "not a sound"),
        ("\0\1\2", "not a sound"),
        ("[1, 2]", "no timeline"),
        ('{"OTIO_SCHEMA": "Timeline.99"}', "newer"),
        ('{"OTIO_SCHEMA": "Nonsense.1"}', "no timeline"),
    ],
)
def test_a_hostile_file_costs_one_sentence(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.otio"
    path.write_text(text)
    sentence = one_sentence(path)
    assert any(word in sentence for word in words.split("|")), sentence


def test_what_is_no_file_costs_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "folder.otio").mkdir()
    os.mkfifo(tmp_path / "pipe.otio")
    (tmp_path / "empty.otio").touch()
    (tmp_path / "latin.otio").write_bytes("Ärger".encode("latin-1"))
    (tmp_path / "text.txt").write_text("x")
    os.mkfifo(tmp_path / "pipe.mp4")
    for name, words in (
        ("folder.otio", "is a folder"),
        ("pipe.otio", "is a pipe"),
        ("pipe.mp4", "is a pipe"),
        ("empty.otio", "is empty"),
        ("latin.otio", "is not text"),
        ("missing.otio", "there is no file"),
        ("missing.mov", "there is no file"),
        ("text.txt", "ends in one of .otio, "),
        ("n\0ul.otio", "cannot look at"),
    ):
        with pytest.raises(TimelineError) as caught:
            read(tmp_path / name)
        assert words in caught.value.sentence()
    assert "there is no file" in one_sentence(tmp_path / "missing.otio")


def test_a_path_that_is_not_unicode_costs_one_sentence(tmp_path: Path) -> None:
    assert "not Unicode" in one_sentence(tmp_path / "\udcff.otio")


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.otio"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(TimelineError, match="larger than 64 MB"):
        read_text(path)


def test_a_file_cut_short_anywhere_costs_one_sentence(tmp_path: Path) -> None:
    text = sound_edit()
    path = tmp_path / "short.otio"
    path.write_text(text)
    read(path)
    for length in range(1, len(text.rstrip()) - 1, max(1, len(text) // 400)):
        path.write_text(text[:length])
        with pytest.raises(TimelineError):
            read(path)


def numbers(value: object) -> int:
    """Return how many numbers a JSON value holds."""
    if isinstance(value, dict):
        return sum(numbers(inner) for inner in value.values())
    if isinstance(value, list):
        return sum(numbers(inner) for inner in value)
    return int(isinstance(value, float))


def with_number(value: object, index: int, number: object, count: list[int]) -> object:
    """Return a JSON value with one of its numbers replaced."""
    if isinstance(value, dict):
        return {key: with_number(inner, index, number, count) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_number(inner, index, number, count) for inner in value]
    if isinstance(value, float):
        count[0] += 1
        return number if count[0] == index + 1 else value
    return value


N_NUMBERS = numbers(json.loads(sound_edit()))
ODD = st.sampled_from([float("nan"), float("inf"), -float("inf"), -1.0, 0.0, -1e300, 1e300, 1e-300, 1e9, 0.5, 10**30])


@given(st.integers(0, N_NUMBERS - 1), st.one_of(ODD, st.floats(), st.text(max_size=3), st.none()))
def test_any_number_may_be_odd(tmp_path_factory: pytest.TempPathFactory, index: int, number: object) -> None:
    path = tmp_path_factory.getbasetemp() / "odd.otio"
    path.write_text(json.dumps(with_number(json.loads(sound_edit()), index, number, [0])))
    try:
        timeline = read(path)
    except TimelineError as exc:
        assert "\n" not in exc.sentence()
    else:
        assert isinstance(timeline, Timeline)


@given(st.recursive(st.text('a[]{}"\\\n ', max_size=8), lambda inner: st.lists(inner, max_size=3), max_leaves=12))
def test_depth_is_what_a_parser_would_meet(value: object) -> None:
    def depth(part: object) -> int:
        return 1 + max(map(depth, part), default=0) if isinstance(part, list) else 0

    assert json_depth(json.dumps(value)) == depth(value)
    assert json_depth(json.dumps({"key": value})) == depth(value) + 1


def test_every_format_is_reached_by_its_suffix_in_any_case(tmp_path: Path) -> None:
    for suffix in FORMATS:
        with pytest.raises(TimelineError, match="there is no file"):
            read(tmp_path / f"x{suffix.upper()}")
