from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.videos import picture, write_pictures, write_video
from v2m_bridge.errors import MediaError
from v2m_bridge.vision.frames import Frames


def _times(path: Path) -> list[Fraction]:
    with Frames(path) as frames:
        return [frame.at_s for frame in frames]


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_every_frame_of_a_constant_rate_stands_exactly_on_its_number(
    tmp_path: Path, rate: Fraction, suffix: str
) -> None:
    path = write_video(tmp_path / f"v{suffix}", [(2, "moving")], rate=rate, with_audio=True)
    assert _times(path) == [n / rate for n in range(round(2 * rate))]


def test_a_variable_rate_keeps_its_own_times(tmp_path: Path) -> None:
    at_s = [Fraction(n, 10) for n in (0, 1, 5, 6, 25, 26, 40)]
    path = write_pictures(tmp_path / "v.mp4", [(s, picture("noise", n)) for n, s in enumerate(at_s)])
    assert _times(path) == at_s


def test_one_frame_is_a_medium(tmp_path: Path) -> None:
    path = write_pictures(tmp_path / "one.mp4", [(Fraction(0), picture("bars"))])
    with Frames(path) as frames:
        (only,) = list(frames)
    assert only.at_s == 0
    assert only.end_s == Fraction(1, 25)
    assert only.bgr.shape == (120, 160, 3)


def test_colours_come_as_bgr_scaled_down_and_never_up(tmp_path: Path) -> None:
    path = write_video(tmp_path / "wide.mp4", [(0.2, (250, 20, 30))], size=(1280, 720))
    with Frames(path) as frames:
        frame = next(iter(frames))
        assert frame.thumbnail.shape == (144, 256, 3)
        assert frame.bgr.shape == (360, 640, 3)
        assert np.allclose(frame.bgr.mean(axis=(0, 1)), (30, 20, 250), atol=6)


def test_a_truncated_file_shows_what_is_left_of_it(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mkv", [(4, "noise")])
    times = _times(whole)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    left = _times(cut)
    assert 10 < len(left) < len(times)
    assert left == times[: len(left)]


def test_a_damaged_stretch_is_passed_over_and_times_stay_right(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mkv", [(4, "noise")])
    times, data = _times(whole), bytearray(whole.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20_000] = bytes(20_000)
    damaged = tmp_path / "damaged.mkv"
    damaged.write_bytes(data)
    left = _times(damaged)
    assert len(left) > 20
    assert set(left) <= set(times)
    assert left == sorted(left)


def test_no_picture_at_all_is_an_error(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mkv", [(1, "noise")])
    data = whole.read_bytes()
    first_cluster = data.index(b"\x1f\x43\xb6\x75")
    headers = tmp_path / "headers.mkv"
    headers.write_bytes(data[: first_cluster + 40])
    with pytest.raises(MediaError, match="not one picture"):
        _times(headers)


def test_a_picture_of_wide_pixels_is_seen_as_wide_as_it_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "dv.mov"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 180, 144, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(64, 45)
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.zeros((144, 180, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    with Frames(path) as frames:
        assert next(iter(frames)).bgr.shape == (144, 256, 3)
