"""Numbered images: a folder of them is an edit, and an edit may name them as one medium."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.timeline import fcpxml_edits, xmeml_edits
from tests.timeline.edits import edit, reread, span, track
from v2m_bridge.core.numbered import NumberedImages, numbered_images
from v2m_bridge.core.timeline import Media, PlainVideo, Timeline
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline import read

FILM = Fraction(24000, 1001)


def write_images(folder: Path, first: int, last: int, name: str = "shot.{:04}.png") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, last + 1):
        (folder / name.format(number)).write_bytes(b"picture")
    return folder


def found(media: Media) -> NumberedImages:
    images = numbered_images(media.path or "")
    assert images is not None
    return images


@pytest.mark.parametrize(
    ("name", "first", "called"),
    [
        ("shot.{:04}.png", 1001, "shot.[1001-1030].png"),
        ("take 2_{:06}.DPX", 86400, "take 2_[086400-086429].DPX"),
        ("{}.jpg", 1, "[1-30].jpg"),
        ("a100%b{:03}.exr", 0, "a100%b[000-029].exr"),
    ],
)
def test_a_folder_of_numbered_images_is_a_video_of_the_rate_that_is_given(
    name: str, first: int, called: str, tmp_path: Path
) -> None:
    folder = write_images(tmp_path / "plate.v2", first, first + 29, name)
    (folder / "notes.txt").write_text("mine")
    video = read(folder, rate=FILM)
    assert isinstance(video, PlainVideo)
    assert (video.media.name, video.source_path) == (called, str(folder))
    images = found(video.media)
    assert (images.n_frames, images.rate, images.file(first)) == (30, FILM, folder / name.format(first))
    assert Path(video.media.path or "").name == called


def test_of_several_series_the_longest_is_the_edit(tmp_path: Path) -> None:
    write_images(tmp_path, 1, 5, "matte{:02}.png")
    write_images(tmp_path, 1, 9, "beauty{:02}.png")
    video = read(tmp_path, rate=Fraction(25))
    assert isinstance(video, PlainVideo)
    assert video.media.name == "beauty[01-09].png"


def test_what_is_no_series_costs_one_sentence(tmp_path: Path) -> None:
    holed = write_images(tmp_path / "holed", 1, 9)
    (holed / "shot.0005.png").unlink()
    pipe = write_images(tmp_path / "pipe", 1, 9)
    (pipe / "shot.0003.png").unlink()
    os.mkfifo(pipe / "shot.0003.png")
    whole = write_images(tmp_path / "whole", 1, 9)
    (tmp_path / "empty").mkdir()
    cases = {
        holed: "lacks 'shot.0005.png' between its first and its last image",
        pipe: "lacks 'shot.0003.png'",
        whole: "do not say their frame rate",
        tmp_path / "empty": "a folder without numbered images",
        write_images(tmp_path / "one", 1, 1): "a folder without numbered images",
    }
    for folder, words in cases.items():
        with pytest.raises(TimelineError, match=words) as caught:
            read(folder, rate=None if folder == whole else Fraction(25))
        assert caught.value.hint
        assert folder.name in caught.value.sentence()
        assert "\n" not in caught.value.sentence()


def test_an_edit_in_otio_names_numbered_images(tmp_path: Path) -> None:
    import opentimelineio as otio

    folder = write_images(tmp_path / "plates" / "010", 1001, 1100)
    reference = otio.schema.ImageSequenceReference(
        "../plates/010", "shot.", ".png", 1001, 1, 25, 4, available_range=span(1001, 100)
    )
    clip = otio.schema.Clip("plate", media_reference=reference, source_range=span(1010, 40))
    (tmp_path / "edit").mkdir()
    (scene,) = reread(edit(track(clip)), tmp_path / "edit").scenes
    assert scene.media is not None
    assert (scene.media.name, scene.source_in_s) == ("shot.[1001-1100].png", Fraction(9, 25))
    assert found(scene.media).file(1001).resolve() == folder / "shot.1001.png"


def test_resolves_names_of_numbered_images_are_found_in_xml(tmp_path: Path) -> None:
    write_images(tmp_path / "media", 1001, 1100)
    xml = xmeml_edits.edit(xmeml_edits.clip(0, 40, 10, source=xmeml_edits.file("shot.[1001-1100].png", 100)), tmp_path)
    resources = (
        '<asset id="q" start="0s" duration="4s" hasVideo="1" format="f25">'
        '<media-rep src="file:///r/shot.%5B1001-1100%5D.png"/></asset>'
    )
    fcpxml = fcpxml_edits.reread(
        fcpxml_edits.clip("plate", "0s", "40/25s", ref="q", start="10/25s"), tmp_path, resources
    )
    for timeline in (xml, fcpxml):
        (scene,) = timeline.scenes
        assert scene.media is not None
        assert (found(scene.media).n_frames, scene.source_in_s) == (100, Fraction(10, 25))
    assert [scene.id for scene in xml.scenes] == [scene.id for scene in fcpxml.scenes]


def test_slides_of_mlt_may_stand_for_several_frames(tmp_path: Path) -> None:
    write_images(tmp_path, 1, 20)
    path = tmp_path / "edit.mlt"
    said = "".join(
        f'<property name="{name}">{value}</property>'
        for name, value in (("mlt_service", "qimage"), ("resource", "shot.%04d.png"), ("ttl", "5"), ("length", "100"))
    )
    path.write_text(
        '<mlt><profile frame_rate_num="25" frame_rate_den="1"/>'
        f'<producer id="p" in="0" out="99">{said}</producer><playlist id="l"><entry producer="p" in="10" out="59"/>'
        '</playlist><tractor id="t"><track producer="l"/></tractor></mlt>'
    )
    timeline = read(path)
    assert isinstance(timeline, Timeline)
    (scene,) = timeline.scenes
    assert scene.media is not None
    assert (found(scene.media).rate, scene.source_in_s, scene.n_frames) == (Fraction(5), Fraction(10, 25), 50)


def test_images_that_are_not_all_there_are_offline(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "media", 1001, 1100)
    (folder / "shot.1050.png").unlink()
    (scene,) = xmeml_edits.edit(
        xmeml_edits.clip(0, 40, 10, source=xmeml_edits.file("shot.[1001-1100].png", 100)), tmp_path
    ).scenes
    assert scene.media == Media("shot.[1001-1100].png")


@given(
    folder=st.text("ab é%@:-/1", max_size=20),
    names=st.lists(st.text("ab é%@:-1.", max_size=8), min_size=2, max_size=2),
    digits=st.integers(1, 8),
    first=st.integers(0, 10**6),
    n_more=st.integers(0, 10**5),
    rate=st.sampled_from([FILM, Fraction(25), Fraction(60000, 1001)]),
)
def test_an_address_says_all_of_its_images(
    folder: str, names: list[str], digits: int, first: int, n_more: int, rate: Fraction
) -> None:
    digits = max(digits, len(str(first))) if len(str(first)) > digits else digits
    images = NumberedImages(f"/{folder}", names[0], digits, names[1], first, first + n_more, rate)
    assert numbered_images(images.address) == images
    assert numbered_images(images.name) is None


@pytest.mark.parametrize(
    "address", ["images:0-1:/a/b[1-2].png", "images:25-0:/a/b[1-2].png", "images:25-1:/a/b[2-1].x"]
)
def test_addresses_that_mean_nothing_are_paths_like_any_other(address: str) -> None:
    assert numbered_images(address) is None


@settings(max_examples=40)
@given(
    st.lists(st.text("ab019.[]-%_#é ", min_size=1, max_size=10), max_size=14), st.sampled_from([".png", ".PNG", ".x"])
)
def test_any_names_in_a_folder_give_a_video_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in names:
        (folder / f"{name}{suffix}").write_bytes(b"picture")
    try:
        video = read(folder, rate=FILM)
    except TimelineError as exc:
        assert "\n" not in exc.sentence()
        return
    assert isinstance(video, PlainVideo)
    images = found(video.media)
    assert images.n_frames >= 2
    assert all(images.file(number).is_file() for number in range(images.first, images.last + 1))
