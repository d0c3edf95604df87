"""Numbered images are looked at as the video that they are."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from tests.videos import picture
from tests.vision.conftest import Brightness
from v2m_bridge.core.timeline import PlainVideo
from v2m_bridge.errors import MediaError
from v2m_bridge.pipeline import see
from v2m_bridge.timeline import read
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.content import fingerprint_of
from v2m_bridge.vision.frames import Frames
from v2m_bridge.vision.probe import probe

FILM = Fraction(24000, 1001)


def write_images(folder: Path, suffix: str = ".png", n_frames: int = 80) -> Path:
    """Write bars, then from image 50 on a checker."""
    folder.mkdir()
    for number in range(n_frames):
        rgb = picture("bars" if number < 50 else "checker", number)
        Image.fromarray(rgb).save(folder / f"50% shot.{1001 + number}{suffix}")
    return folder


def address_of(folder: Path, rate: Fraction = FILM) -> Path:
    video = read(folder, rate=rate)
    assert isinstance(video, PlainVideo)
    return Path(video.media.path or "")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tiff", ".bmp", ".tga"])
def test_rate_length_and_times_are_exact_and_the_cut_is_found(suffix: str, tmp_path: Path) -> None:
    path = address_of(write_images(tmp_path / "shot", suffix))
    info = probe(path)
    assert (info.rate, info.duration_s, info.width, info.height) == (FILM, 80 / FILM, 160, 120)
    assert not info.has_audio
    with Frames(path) as frames:
        assert [frame.at_s for frame in frames] == [number / FILM for number in range(80)]
    with Frames(path) as frames:
        late = [frame.at_s for frame in frames.since(40 / FILM)]
    assert late == [number / FILM for number in range(40, 80)]
    assert analyse(path, backend=Brightness(), cache_dir=None).cuts_s == (50 / FILM,)


def test_a_folder_of_images_becomes_an_edit_of_its_shots(tmp_path: Path) -> None:
    video = read(write_images(tmp_path / "shot"), rate=FILM)
    assert isinstance(video, PlainVideo)
    timeline, seen = see(video, Brightness())
    assert [(scene.record_in.frame, scene.record_out.frame) for scene in timeline.scenes] == [(0, 50), (50, 80)]
    assert (timeline.rate, set(seen.media)) == (FILM, {"50% shot.[1001-1080].png"})


def test_a_rate_is_part_of_what_is_cached_and_so_is_every_image(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "shot")
    first = fingerprint_of(address_of(folder))
    assert fingerprint_of(address_of(folder, Fraction(25))) != first
    assert fingerprint_of(address_of(folder.rename(tmp_path / "moved"))) == first
    rendered_again = tmp_path / "moved" / "50% shot.1033.png"
    os.utime(rendered_again, (1, 1))
    assert fingerprint_of(address_of(tmp_path / "moved")) != first


def test_images_that_are_gone_or_none_cost_one_sentence(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "shot")
    path = address_of(folder)
    for number in range(80):
        (folder / f"50% shot.{1001 + number}.png").write_bytes(b"no picture")
    with pytest.raises(MediaError, match=r"shot.\[1001-1080\].png"):
        analyse(path, backend=Brightness(), cache_dir=None)
    (folder / "50% shot.1080.png").unlink()
    with pytest.raises(MediaError, match="1080"):
        probe(path)


def test_an_image_may_not_name_another_file(tmp_path: Path) -> None:
    """A list of files in place of images is not followed."""
    folder = write_images(tmp_path / "shot", n_frames=3)
    for number in range(3):
        (folder / f"50% shot.{1001 + number}.png").write_text("ffconcat version 1.0\nfile /etc/hostname\n")
    with pytest.raises(MediaError):
        analyse(address_of(folder), backend=Brightness(), cache_dir=None)
