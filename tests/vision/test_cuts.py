from __future__ import annotations

from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from scenedetect import AdaptiveDetector, FrameTimecode

from tests.footage import footage
from tests.videos import Look, picture, write_pictures, write_video
from v2m_bridge.core.timeline import Media, PlainVideo
from v2m_bridge.core.video import MediaInfo, MediumFeatures, VideoFeatures
from v2m_bridge.vision.cuts import SHORTEST_SHOT_S, CutFinder, cuts, split
from v2m_bridge.vision.frames import Frames

LOOKS: tuple[Look, ...] = ((200, 40, 40), "bars", (30, 60, 200), "checker", (240, 240, 230), "moving")
LENGTHS_S = (1.0, 0.6, 2.0, 0.24, 0.4, 1.0)


def _cuts(path: Path) -> tuple[Fraction, ...]:
    with Frames(path) as frames:
        return cuts(frames, frames.info.rate)


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(24000, 1001), Fraction(60)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_cuts_are_found_to_the_frame(tmp_path: Path, rate: Fraction, suffix: str) -> None:
    path = write_video(tmp_path / f"v{suffix}", list(zip(LENGTHS_S, LOOKS, strict=True)), rate=rate)
    true_frames = [round(Fraction(s).limit_denominator(1000) * rate) for s in accumulate(LENGTHS_S)][:-1]
    assert _cuts(path) == tuple(frame / rate for frame in true_frames)


def test_one_moving_shot_has_no_cut(tmp_path: Path) -> None:
    assert _cuts(write_video(tmp_path / "v.mp4", [(3, "moving")])) == ()
    assert _cuts(write_video(tmp_path / "n.mp4", [(1, "noise")])) == ()


def test_a_cut_at_a_variable_rate_stands_at_the_time_of_its_frame(tmp_path: Path) -> None:
    at_s = [Fraction(n, 25) + (Fraction(1, 100) if n % 2 else 0) for n in range(60)]
    looks: list[Look] = ["bars"] * 31 + [(20, 20, 160)] * 29
    path = write_pictures(tmp_path / "v.mp4", [(s, picture(look)) for s, look in zip(at_s, looks, strict=True)])
    assert _cuts(path) == (at_s[31],)


def _medium(rate: Fraction, seconds: Fraction, cuts_s: tuple[Fraction, ...]) -> MediumFeatures:
    rows = np.zeros(3, np.float32)
    features = VideoFeatures(None, rows, rows, np.zeros((3, 6), np.float32), rows, rows, rows)
    info = MediaInfo("f.mov", seconds, rate, 160, 120, has_audio=False, start_frame=86400, drop_frame=False)
    return MediumFeatures(info, features, cuts_s, "compact")


def test_a_plain_video_becomes_scenes_that_tile_it_and_show_what_stands_there() -> None:
    rate = Fraction(24000, 1001)
    medium = _medium(rate, 72 / rate, (10 / rate, 50 / rate))
    timeline = split(PlainVideo(Media("f.mov", "/films/f.mov"), "/films/f.mov"), medium)
    assert [scene.name for scene in timeline.scenes] == ["Shot 1", "Shot 2", "Shot 3"]
    assert [scene.record_in.frame for scene in timeline.scenes] == [0, 10, 50]
    assert (timeline.end.frame, timeline.rate, timeline.start.frame, timeline.name) == (72, rate, 86400, "f")
    assert all(scene.source_in_s == scene.record_in.exact_s for scene in timeline.scenes)
    assert len({scene.id for scene in timeline.scenes}) == 3
    assert all(scene.id for scene in timeline.scenes)


def test_cuts_that_fall_on_one_frame_or_outside_make_no_empty_scene() -> None:
    rate = Fraction(25)
    outside = (Fraction(0), Fraction(1, 100), Fraction(1), Fraction(101, 100), Fraction(2), Fraction(9))
    timeline = split(PlainVideo(Media("f.mov"), "f.mov"), _medium(rate, Fraction(2), outside))
    assert [scene.record_in.frame for scene in timeline.scenes] == [0, 25]


def test_the_quick_score_finds_what_pyscenedetect_finds() -> None:
    for path in footage():
        with Frames(path) as frames:
            rate = frames.info.rate
            finder, published = CutFinder(rate), AdaptiveDetector(min_scene_len=round(rate * SHORTEST_SHOT_S))
            expected: list[Fraction] = []
            for number, frame in enumerate(frames):
                finder.see(frame)
                found = published.process_frame(FrameTimecode(number, rate), frame.thumbnail)
                expected += [cut.frame_num / rate for cut in found]
        assert finder.cuts_s() == tuple(expected)
    assert [round(cut_s * 25) for cut_s in _cuts(footage().bikes)] == [30, 76, 137, 187, 242]
