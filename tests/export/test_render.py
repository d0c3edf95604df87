"""What a rendered film shows, and how long it is."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.scores import make_score
from tests.videos import write_pictures, write_video
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Media, RetimePoint, Scene, Timeline, name_scenes
from v2m_bridge.errors import MediaError, OutputError
from v2m_bridge.export.render import render
from v2m_bridge.export.source_picture import Size, display_size, open_picture

RATE = Fraction(25)
SIZE = (160, 90)
RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)


def edit(*shots: tuple[int, Path | str | None, Fraction, tuple[RetimePoint, ...]], rate: Fraction = RATE) -> Timeline:
    """Return an edit of shots, each (frames, medium, source in, retime); a str is an offline medium."""
    scenes, at = [], 0
    for n_frames, path, source_in_s, retime in shots:
        media = Media(path.name, str(path)) if isinstance(path, Path) else Media(path) if path else None
        ends = FrameTime(at, rate), FrameTime(at + n_frames, rate)
        scenes.append(Scene("", "shot", *ends, media, source_in_s, retime))
        at += n_frames
    return Timeline("edit", rate, name_scenes(tuple(scenes)), FrameTime(0, rate))


def speed(factor: Fraction | int, n_frames: int, rate: Fraction = RATE) -> tuple[RetimePoint, ...]:
    length_s = n_frames / rate
    return (RetimePoint(Fraction(0), Fraction(0)), RetimePoint(length_s, length_s * factor))


def render_edit(timeline: Timeline, out: Path) -> tuple[list[NDArray[Any]], tuple[str, ...]]:
    """Return RGB pictures of the rendered film and the warnings."""
    report = render(make_score(rate=timeline.rate, n_frames=timeline.end.frame), timeline, out)
    with av.open(str(out)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)], report.warnings


def grey_ramp(path: Path, n_frames: int, rate: Fraction = RATE) -> Path:
    """Write a video whose frame k has the grey level 4 k."""
    pictures = ((k / rate, np.full((90, 160, 3), 4 * k, np.uint8)) for k in range(n_frames))
    return write_pictures(path, pictures, rate=rate)


def shown(pictures: list[NDArray[Any]]) -> list[int]:
    """Return which frame of a grey ramp each picture shows."""
    return [round(float(picture.mean()) / 4) for picture in pictures]


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)])
def test_picture_is_as_long_as_the_edit_to_the_frame_and_sound_to_an_aac_frame(tmp_path: Path, rate: Fraction) -> None:
    source = write_video(tmp_path / "a.mp4", [(1, RED), (1, "moving")], rate=rate, size=SIZE)
    render_edit(edit((53, source, Fraction(1, 4), ()), rate=rate), tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        video: Any = container.streams.video[0]
        audio: Any = container.streams.audio[0]
        assert video.average_rate == rate
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (audio.codec_context.name, audio.rate, audio.layout.name) == ("aac", 48_000, "stereo")
        assert (video.start_time, audio.start_time) == (0, 0)
        length_s = 53 / rate
        assert abs(video.duration * video.time_base - length_s) < Fraction(1, 10_000)
        assert abs(audio.duration * audio.time_base - length_s) < Fraction(1024, 48_000)
        times = [frame.pts * frame.time_base * rate for frame in container.decode(video)]
        assert [round(float(at), 3) for at in times] == list(range(53))


def test_each_scene_shows_its_own_source_range(tmp_path: Path) -> None:
    ramp = grey_ramp(tmp_path / "ramp.mp4", 60)
    pictures, warnings = render_edit(
        edit((5, ramp, Fraction(30, 25), ()), (4, ramp, Fraction(2, 25), ()), (3, ramp, Fraction(57, 25), ())),
        tmp_path / "out.mp4",
    )
    assert shown(pictures) == [30, 31, 32, 33, 34, 2, 3, 4, 5, 57, 58, 59]
    assert warnings == ()


@pytest.mark.parametrize(
    ("source_frame", "factor", "expected"),
    [
        (10, 2, [10, 12, 14, 16, 18, 20]),
        (40, -1, [40, 39, 38, 37, 36, 35]),
        (59, -3, [59, 56, 53, 50, 47, 44]),
        (25, 0, [25] * 6),
    ],
)
def test_fast_reverse_and_frozen_scenes_show_the_frames_that_the_retime_says(
    tmp_path: Path, source_frame: int, factor: int, expected: list[int]
) -> None:
    ramp = grey_ramp(tmp_path / "ramp.mp4", 60)
    pictures, _ = render_edit(edit((6, ramp, Fraction(source_frame, 25), speed(factor, 6))), tmp_path / "out.mp4")
    assert shown(pictures) == expected


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_long_reverse_is_right_on_every_frame(tmp_path: Path, suffix: str) -> None:
    ramp = grey_ramp(tmp_path / f"ramp.{suffix}", 60)
    with open_picture(str(ramp), Size(*SIZE)) as source:
        levels = [source.at(Fraction(k, 25)).to_ndarray(format="gray").mean() for k in reversed(range(60))]
    assert all(a > b for a, b in pairwise(levels))


def test_beyond_the_end_of_a_medium_its_last_frame_stands(tmp_path: Path) -> None:
    ramp = grey_ramp(tmp_path / "ramp.mp4", 10)
    pictures, _ = render_edit(edit((6, ramp, Fraction(7, 25), ())), tmp_path / "out.mp4")
    assert shown(pictures) == [7, 8, 9, 9, 9, 9]


def test_gaps_and_media_that_cannot_be_seen_are_black_and_named(tmp_path: Path) -> None:
    red = write_video(tmp_path / "red.mp4", [(1, RED)], size=SIZE)
    (tmp_path / "broken.mp4").write_bytes(red.read_bytes()[:300])
    pictures, warnings = render_edit(
        edit(
            (3, red, Fraction(0), ()),
            (3, None, Fraction(0), ()),
            (3, "lost.mov", Fraction(0), ()),
            (3, tmp_path / "broken.mp4", Fraction(0), ()),
            (3, red, Fraction(0), ()),
        ),
        tmp_path / "out.mp4",
    )
    levels = [round(float(picture.mean())) for picture in pictures]
    assert all(level > 60 for level in levels[:3] + levels[12:])
    assert levels[3:12] == [0] * 9
    assert len(warnings) == 2
    assert "lost.mov" in warnings[0]
    assert "broken.mp4" in warnings[1]


def test_the_size_that_fills_most_of_the_edit_wins_and_others_are_padded(tmp_path: Path) -> None:
    wide = write_video(tmp_path / "wide.mp4", [(1, RED)], size=(160, 90))
    tall = write_video(tmp_path / "tall.mp4", [(1, GREEN)], size=(64, 96))
    pictures, _ = render_edit(edit((6, wide, Fraction(0), ()), (4, tall, Fraction(0), ())), tmp_path / "out.mp4")
    assert {picture.shape for picture in pictures} == {(90, 160, 3)}
    assert pictures[-1][:, :40].max() < 30
    assert pictures[-1][45, 80, 1] > 150


def test_a_film_held_upright_by_a_phone_is_shown_upright(tmp_path: Path) -> None:
    film = write_video(tmp_path / "phone.mp4", [(1, "bars")], size=SIZE)
    turned = bytearray(film.read_bytes())
    matrix = turned.index(b"tkhd") + 44
    turn = [0, 1 << 16, 0, -(1 << 16), 0, 0, 90 << 16, 0, 1 << 30]
    turned[matrix : matrix + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in turn)
    film.write_bytes(turned)
    assert display_size(str(film)) == Size(90, 160)
    with open_picture(str(film), Size(90, 160)) as source:
        picture = source.at(Fraction(0)).to_ndarray(format="rgb24")
    assert picture[:12].mean() < 40  # the left bar, black, has turned clockwise to the top
    assert picture[-12:].mean() > 215


def test_when_nothing_can_be_seen_no_film_is_made(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"lost\.mov"):
        render_edit(edit((3, "lost.mov", Fraction(0), ())), tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_suffix_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"film\.avi"):
        render_edit(edit((3, None, Fraction(0), ())), tmp_path / "film.avi")


def test_a_film_of_ours_is_replaced_and_a_film_of_the_user_is_not(tmp_path: Path) -> None:
    red = write_video(tmp_path / "red.mp4", [(1, RED)], size=SIZE)
    timeline = edit((3, red, Fraction(0), ()))
    before = red.read_bytes()
    for _ in range(2):
        render_edit(timeline, tmp_path / "out.mp4")
    with pytest.raises(OutputError, match=r"red\.mp4"):
        render_edit(timeline, red)
    assert red.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "red.mp4"]


def test_the_index_stands_before_the_pictures(tmp_path: Path) -> None:
    render_edit(edit((5, None, Fraction(0), ())), tmp_path / "out.mp4")
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_progress_reaches_its_total_in_every_stage(tmp_path: Path) -> None:
    last: dict[str, tuple[int, int]] = {}

    def progress(label: str, done: int, total: int) -> None:
        last[label] = done, total

    timeline = edit((5, None, Fraction(0), ()))
    render(make_score(n_frames=5), timeline, tmp_path / "out.mp4", progress=progress)
    render(make_score(n_frames=5), timeline, tmp_path / "out.wav", progress=progress)
    assert set(last) == {"Finding the picture", "Playing", "Encoding", "Writing"}
    assert all(done == total for done, total in last.values())


def test_sound_and_picture_start_together(tmp_path: Path) -> None:
    timeline = edit((50, None, Fraction(0), ()))
    render(make_score(n_frames=50), timeline, tmp_path / "out.mp4")
    render(make_score(n_frames=50), timeline, tmp_path / "out.wav")
    coded, plain = decoded(tmp_path / "out.mp4"), decoded(tmp_path / "out.wav")
    n = min(coded.shape[1], plain.shape[1])
    shift = np.fft.irfft(np.fft.rfft(coded[0, :n]) * np.conj(np.fft.rfft(plain[0, :n])))
    assert int(np.argmax(shift)) == 0


def decoded(path: Path) -> NDArray[Any]:
    with av.open(str(path)) as container:
        resample = av.AudioResampler(format="fltp", layout="stereo", rate=48_000)
        return np.concatenate(
            [part.to_ndarray() for frame in container.decode(audio=0) for part in resample.resample(frame)], axis=1
        )
