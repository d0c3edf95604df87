"""Every kind of file gives rows, cuts and times that are right, whatever camera or program wrote it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from tests.videos import U8, picture, write_pictures, write_video
from tests.vision import kinds
from tests.vision.conftest import Brightness
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.errors import MediaError
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.frames import Frames

KINDS: Final[dict[str, Callable[[Path], Path]]] = {
    "h264.mp4": kinds.h264,
    "ten-bit.mp4": lambda path: kinds.write(
        path, "libx264", "yuv420p10le", options={"crf": "8", "preset": "ultrafast", "threads": "1"}
    ),
    "prores.mov": lambda path: kinds.write(path, "prores_ks", "yuv422p10le"),
    "ffv1.mkv": lambda path: kinds.write(path, "ffv1", "yuv444p"),
    "interlaced.mpg": kinds.interlaced,
    "vp9.webm": lambda path: kinds.write(path, "libvpx-vp9", "yuv420p", options={"cpu-used": "8", "crf": "20"}),
}


def _seen(path: Path) -> MediumFeatures:
    return analyse(path, backend=Brightness(), cache_dir=None)


def _first(path: Path) -> U8:
    with Frames(path) as frames:
        return next(iter(frames)).bgr


@pytest.mark.parametrize("name", KINDS)
def test_codecs_and_pixel_formats_show_the_same(tmp_path: Path, name: str) -> None:
    seen = _seen(KINDS[name](tmp_path / name))
    plain = _seen(kinds.h264(tmp_path / "plain.mp4"))
    assert (seen.info.rate, len(seen.features)) == (kinds.RATE, kinds.SECONDS)
    assert abs(seen.info.duration_s - kinds.SECONDS) <= 1 / kinds.RATE
    assert [round(cut_s * kinds.RATE) for cut_s in seen.cuts_s] == [2 * kinds.RATE]
    assert np.abs(seen.features.valence - plain.features.valence).max() < 0.06
    assert np.abs(seen.features.motion - plain.features.motion).max() < 2


@pytest.mark.parametrize(("curve", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_seen_as_bright_as_a_viewer_sees_it(tmp_path: Path, curve: int, name: str) -> None:
    seen = _seen(kinds.hdr(tmp_path / f"{name}.mp4", curve))
    assert [round(cut_s * kinds.RATE) for cut_s in seen.cuts_s] == [2 * kinds.RATE]
    bgr = _first(tmp_path / f"{name}.mp4")
    sky, ground = (int(np.median(bgr[rows])) for rows in (slice(4, 16), slice(-16, -4)))
    assert sky == 255 if curve == 16 else 225 <= sky <= 250  # code 180 of 255 lies above diffuse white in PQ
    assert ground < 60


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_phone_held_upright_is_seen_upright(tmp_path: Path, degrees: int) -> None:
    bgr = _first(kinds.rotated(tmp_path / "phone.mp4", degrees))
    upright = np.rot90(_first(kinds.h264(tmp_path / "plain.mp4")), -degrees // 90)
    assert bgr.shape == upright.shape
    assert np.abs(bgr.astype(int) - upright).max() <= 2
    seen = _seen(tmp_path / "phone.mp4")
    assert [round(cut_s * kinds.RATE) for cut_s in seen.cuts_s] == [2 * kinds.RATE]


@pytest.mark.parametrize(("codec", "pixels"), [("qtrle", "argb"), ("png", "rgba"), ("prores_ks", "yuva444p10le")])
def test_what_is_transparent_is_black(tmp_path: Path, codec: str, pixels: str) -> None:
    alpha = np.full(kinds.SIZE[::-1], 255, np.uint8)
    alpha[: kinds.SIZE[1] // 2] = 0
    path = kinds.write(tmp_path / "title.mov", codec, pixels, alpha=alpha)
    bgr = _first(path)
    assert bgr[: kinds.SIZE[1] // 2 - 2].max() <= 3
    assert 30 <= bgr[-20:].min() <= bgr[-20:].max() <= 50
    assert len(_seen(path).features) == kinds.SECONDS


def test_a_variable_rate_with_a_gap_has_a_row_for_every_second(tmp_path: Path) -> None:
    early = [Fraction(n, 30) for n in range(40)]
    late = [Fraction(6) + Fraction(n, 15) + Fraction(n % 3, 90) for n in range(30)]
    pictures = [(s, picture("moving", n)) for n, s in enumerate(early)]
    pictures += [(s, picture("checker", n)) for n, s in enumerate(late)]
    seen = _seen(write_pictures(tmp_path / "phone.mp4", pictures, rate=Fraction(30)))
    assert len(seen.features) == 8
    assert seen.cuts_s == (Fraction(6),)
    assert (seen.features.valence[2:6] == seen.features.valence[1]).all()  # what stands on screen in the gap
    assert not seen.features.motion[2:6].any()
    assert seen.features.scene_offset_s.tolist() == [0, 1, 2, 3, 4, 5, 0, 1]


def test_a_film_without_sound_and_one_with_it_are_seen_alike(tmp_path: Path) -> None:
    silent, loud = (
        _seen(write_video(tmp_path / f"{sound}.mp4", [(2, "moving")], with_audio=sound)) for sound in (False, True)
    )
    assert (silent.info.has_audio, loud.info.has_audio) == (False, True)
    assert (silent.features.motion == loud.features.motion).all()
    assert silent.info.duration_s == loud.info.duration_s


def test_one_frame_is_one_row_and_no_byte_is_one_sentence(tmp_path: Path) -> None:
    one = _seen(write_pictures(tmp_path / "one.mp4", [(Fraction(0), picture("bars"))]))
    assert (len(one.features), one.cuts_s, float(one.features.motion[0])) == (1, (), 0)
    (tmp_path / "none.mp4").write_bytes(b"")
    with pytest.raises(MediaError, match="empty"):
        _seen(tmp_path / "none.mp4")
