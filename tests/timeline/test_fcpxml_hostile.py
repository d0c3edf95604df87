"""FCPXML that is broken by accident or on purpose: one sentence each, in bounded time; and where it may lie."""

import random
import time
from pathlib import Path

import pytest

from tests.timeline.dialects import fcpxml
from tests.timeline.fcpxml_edits import clip, document, project, reread
from tests.timeline.reference_edit import RATES
from v2m_bridge import jobs
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import TimelineError, V2MError
from v2m_bridge.timeline import read


@pytest.mark.long
def test_compounds_in_compounds_do_not_explode(tmp_path: Path) -> None:
    media = "".join(
        f'<media id="n{level}"><sequence format="f25"><spine>'
        + f'<ref-clip ref="n{level + 1}" duration="{10 ** (8 - level)}/1000s"/>' * 10
        + "</spine></sequence></media>"
        for level in range(9)
    )
    media += f'<media id="n9"><sequence format="f25"><spine>{clip("x", "0s", "1s")}</spine></sequence></media>'
    before_s = time.process_time()
    with pytest.raises(TimelineError, match="opens to more than"):
        reread('<ref-clip ref="n0" offset="0s" duration="1000000s"/>', tmp_path, media)
    assert time.process_time() - before_s < 30


def test_a_chain_of_many_compounds_costs_one_sentence(tmp_path: Path) -> None:
    media = "".join(
        f'<media id="n{level}"><sequence format="f25"><spine><ref-clip ref="n{level + 1}" offset="0s" duration="1s"/>'
        "</spine></sequence></media>"
        for level in range(5_000)
    )
    with pytest.raises(TimelineError, match="deeper than can be followed"):
        reread('<ref-clip ref="n0" offset="0s" duration="1s"/>', tmp_path, media)


def test_a_clip_in_two_hundred_clips_is_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    edit = '<clip offset="0s" duration="1s">' * 200 + clip("x", "0s", "1s") + "</clip>" * 200
    try:
        assert reread(edit, tmp_path).scenes[0].name == "x"
    except TimelineError as exc:
        assert "deeper" in exc.sentence()


ODD_TIMES = ("nan", "-1s", "0s", "1/0s", "1e300s", "99999999999s", "1/999999999999999999s", "", "x", "-5/25s")
PLACES = ("offset=", "start=", "duration=", "time=", "value=", "tcStart=", "frameDuration=")


@pytest.mark.parametrize("odd", ODD_TIMES)
@pytest.mark.parametrize("place", PLACES)
def test_any_time_may_be_odd(odd: str, place: str, tmp_path: Path) -> None:
    text = fcpxml.document(RATES[1])
    at, path = 0, tmp_path / "odd.fcpxml"
    for _ in range(6):
        at = text.find(f" {place}", at + 1)
        begin = text.find('"', at) + 1
        path.write_text(text[:begin] + odd + text[text.find('"', begin) :])
        try:
            assert isinstance(read(path), Timeline)
        except TimelineError as exc:
            assert "\n" not in exc.sentence()


def test_a_file_cut_short_anywhere_costs_one_sentence(tmp_path: Path) -> None:
    content = fcpxml.document(RATES[0]).encode()
    path = tmp_path / "short.fcpxml"
    for length in range(1, len(content) - 12, 97):
        path.write_bytes(content[:length])
        with pytest.raises(TimelineError):
            read(path)


def test_a_file_with_wrong_bytes_is_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    content, rng = fcpxml.document(RATES[2]).encode(), random.Random(7)  # noqa: S311
    path = tmp_path / "wrong.fcpxml"
    for _ in range(300):
        wrong = bytearray(content)
        for _ in range(rng.randrange(1, 4)):
            wrong[rng.randrange(len(wrong))] = rng.randrange(256)
        path.write_bytes(wrong)
        try:
            read(path)
        except V2MError as exc:
            assert "\n" not in exc.sentence()


@pytest.mark.long
def test_ten_thousand_overlapping_clips_are_read_in_time(tmp_path: Path) -> None:
    over = "".join(clip("o", f"{n}/25s", "400s", lane="1") for n in range(10_000))
    before_s = time.process_time()
    assert len(reread(clip("main", "0s", "500s", over), tmp_path).scenes) > 9_000
    assert time.process_time() - before_s < 30


def test_any_xml_suffix_is_told_by_its_root(tmp_path: Path) -> None:
    text = document(project(clip("a", "0s", "2s")))
    for name in ("edit.xml", "edit.XML", "edit.fcpxml", "plain.fcpxmld"):
        (tmp_path / name).write_text(text)
        assert isinstance(read(tmp_path / name), Timeline)
    (tmp_path / "page.xml").write_text("<html><body/></html>")
    with pytest.raises(TimelineError, match="root element is <html>"):
        read(tmp_path / "page.xml")


def bundle(folder: Path, name: str = "Info.fcpxml") -> Path:
    made = folder / "Cut.fcpxmld"
    made.mkdir()
    relative = '<asset id="r" hasVideo="1" duration="9s" format="f25"><media-rep src="./Media/near.mov"/></asset>'
    (made / name).write_text(document(project(clip("n", "0s", "2s", ref="r") + clip("b", "2s", "2s")), relative))
    return made


@pytest.mark.parametrize("name", ["Info.fcpxml", "Other.fcpxml"])
def test_a_bundle_is_read_by_its_folder_with_media_in_it_and_beside_it(name: str, tmp_path: Path) -> None:
    made = bundle(tmp_path, name)
    (made / "Media").mkdir()
    for place in (made / "Media" / "near.mov", tmp_path / "b.mov"):
        place.touch()
    timeline = jobs.read_timeline(made)
    assert isinstance(timeline, Timeline)
    assert [scene.media.path if scene.media else None for scene in timeline.scenes] == [
        str(made / "Media" / "near.mov"),
        str(tmp_path / "b.mov"),
    ]
    assert timeline.source_path == str(made)


def test_an_empty_bundle_costs_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.fcpxmld").mkdir()
    with pytest.raises(TimelineError, match="there is no file"):
        read(tmp_path / "empty.fcpxmld")
