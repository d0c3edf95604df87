"""Which pictures are copied as they are coded, and which are coded again."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.scores import make_score
from tests.videos import write_pictures, write_video
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Media, RetimePoint, Scene, Timeline, name_scenes
from v2m_bridge.core.work import Rendered
from v2m_bridge.export.render import render

SIZE = (64, 48)
NTSC = Fraction(24000, 1001)


def edit(path: Path, *shots: tuple[int, Fraction], rate: Fraction = Fraction(25), speed: int = 1) -> Timeline:
    """Return an edit of shots of one medium, each (frames, source in)."""
    scenes, at = [], 0
    for n_frames, source_in_s in shots:
        length_s = n_frames / rate
        retime = (RetimePoint(Fraction(0), Fraction(0)), RetimePoint(length_s, speed * length_s))
        ends = FrameTime(at, rate), FrameTime(at + n_frames, rate)
        scenes.append(Scene("", "shot", *ends, Media(path.name, str(path)), source_in_s, retime))
        at += n_frames
    return Timeline("edit", rate, name_scenes(tuple(scenes)), FrameTime(0, rate))


def render_film(timeline: Timeline, out: Path) -> Rendered:
    return render(make_score(rate=timeline.rate, n_frames=timeline.end.frame), timeline, out)


def packets(path: Path) -> list[bytes]:
    """Return the coded pictures of a file in its order."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def decoded(path: Path) -> tuple[list[Fraction], list[np.ndarray[Any, Any]]]:
    """Return times in seconds, and pictures."""
    with av.open(str(path)) as container:
        frames: list[Any] = list(container.decode(video=0))
        return [frame.pts * frame.time_base for frame in frames], [frame.to_ndarray(format="rgb24") for frame in frames]


@pytest.mark.parametrize("rate", [Fraction(25), NTSC, Fraction(30000, 1001), Fraction(50)])
def test_a_film_that_is_its_own_edit_is_copied_packet_for_packet(tmp_path: Path, rate: Fraction) -> None:
    source = write_video(tmp_path / "a.mp4", [(1, "noise"), (1, "moving")], rate=rate, size=SIZE)
    n_frames = len(packets(source))
    cuts = (20, Fraction(0)), (n_frames - 20, 20 / rate)
    done = render_film(edit(source, *cuts, rate=rate), tmp_path / "film.mp4")
    assert done.picture == "picture copied from a.mp4"
    assert packets(tmp_path / "film.mp4") == packets(source)
    times, pictures = decoded(tmp_path / "film.mp4")
    assert [float(at * rate) for at in times] == pytest.approx(list(range(n_frames)), abs=0.02)
    assert all(np.array_equal(a, b) for a, b in zip(pictures, decoded(source)[1], strict=True))
    with av.open(str(tmp_path / "film.mp4")) as container:
        video: Any = container.streams.video[0]
        assert video.average_rate == rate
        assert video.start_time == 0
        assert abs(video.duration * video.time_base - n_frames / rate) < Fraction(1, 10_000)


def keyed(
    path: Path, n_frames: int, gop: int, *, codec: str = "libx264", bframes: int = 2, pixels: str = "yuv420p"
) -> Path:
    """Write a film with a key frame every `gop` frames, whose frames all differ."""
    with av.open(str(path), "w") as container:
        options = {"g": str(gop), "bf": str(bframes)} | ({"sc_threshold": "0"} if codec == "libx264" else {})
        stream: Any = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, pixels
        for number in range(n_frames):
            picture = np.full((SIZE[1], SIZE[0], 3), 4 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def test_a_guide_with_a_leader_is_copied_from_the_key_frame_on_which_the_edit_begins(tmp_path: Path) -> None:
    guide = keyed(tmp_path / "guide.mp4", 50, gop=10)
    done = render_film(edit(guide, (20, Fraction(20, 25))), tmp_path / "film.mp4")
    assert done.picture == "picture copied from guide.mp4"
    times, pictures = decoded(tmp_path / "film.mp4")
    assert [float(at * 25) for at in times] == pytest.approx(list(range(20)), abs=0.01)
    assert [round(float(picture.mean()) / 4) for picture in pictures] == list(range(20, 40))


def cases(folder: Path) -> Iterator[tuple[str, Timeline]]:
    film = keyed(folder / "film.mp4", 50, gop=10)
    yield "no key frame", edit(film, (20, Fraction(15, 25)))
    yield "more than one stretch", edit(film, (10, Fraction(0)), (10, Fraction(20, 25)))
    yield "more than one stretch", edit(film, (10, Fraction(0)), speed=2)
    yield "not H.264", edit(keyed(folder / "old.mp4", 20, gop=5, codec="mpeg4", bframes=0), (20, Fraction(0)))
    yield "yuv444p", edit(keyed(folder / "rich.mp4", 20, gop=5, pixels="yuv444p"), (20, Fraction(0)))
    yield "each frame once, at 30", edit(film, (20, Fraction(0)), rate=Fraction(30))
    yield "each frame once", edit(film, (60, Fraction(0)))
    at_s = [Fraction(k, 25) + (Fraction(1, 90) if k % 3 == 1 else 0) for k in range(20)]
    uneven = write_pictures(folder / "phone.mp4", ((at, np.full((48, 64, 3), 90, np.uint8)) for at in at_s))
    yield "phone.mp4", edit(uneven, (20, Fraction(0)))


def test_what_cannot_be_copied_is_coded_again_and_the_reason_is_said(tmp_path: Path) -> None:
    for number, (why, timeline) in enumerate(cases(tmp_path)):
        done = render_film(timeline, tmp_path / f"out{number}.mp4")
        assert done.picture.startswith("picture coded again, because "), why
        assert why in done.picture
        assert len(decoded(tmp_path / f"out{number}.mp4")[0]) == timeline.end.frame
        assert done.warnings == ()


def test_an_end_inside_a_group_of_pictures_is_never_wrong(tmp_path: Path) -> None:
    film = keyed(tmp_path / "film.mp4", 40, gop=40, bframes=3)
    was_copied = set()
    for n_frames in range(20, 26):
        done = render_film(edit(film, (n_frames, Fraction(0))), tmp_path / "out.mp4")
        was_copied.add(done.picture.startswith("picture copied"))
        pictures = decoded(tmp_path / "out.mp4")[1]
        assert [round(float(picture.mean()) / 4) for picture in pictures] == list(range(n_frames))
    assert was_copied == {True, False}
