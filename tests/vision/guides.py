"""The reference edit with pictures: sources of real footage, and guide movies made from it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from tests.footage import footage
from tests.timeline.reference_edit import RATES, SOURCES, EditRate, seen
from tests.videos import U8, write_pictures
from v2m_bridge.core.timebase import FrameTime, timecode
from v2m_bridge.core.timeline import Media, RetimePoint, Scene, Timeline, name_scenes
from v2m_bridge.export.picture_edit import PictureEdit

SIZE = (192, 108)
LEADER_S = 8
AT_25 = next(at for at in RATES if at.name == "25")


def write_sources(folder: Path) -> dict[str, Path]:
    """Write the three sources of the reference edit; the footage goes to and fro, each source with its own framing."""
    bikes, bunny = _pictures(footage().bikes), _pictures(footage().big_buck_bunny)
    looks = ((bikes, 0), (bunny, 0), (bikes, 90))
    return {
        source.file: write_pictures(folder / source.file, _to_and_fro(pictures, first, source.n_frames))
        for source, (pictures, first) in zip(SOURCES, looks, strict=True)
    }


def _pictures(path: Path) -> list[U8]:
    with av.open(str(path)) as container:
        return [
            np.asarray(cv2.resize(frame.to_ndarray(format="rgb24"), (SIZE[0] + 80, SIZE[1])), np.uint8)
            for frame in container.decode(video=0)
        ]


def _to_and_fro(pictures: Sequence[U8], first: int, n_frames: int) -> Iterator[tuple[Fraction, U8]]:
    """Play the pictures forward and backward, panning 80 px to the right and back."""
    for number in range(n_frames):
        turn = (number + first) % (2 * len(pictures) - 2)
        left = abs((number // 2 + first) % 160 - 80)
        picture = pictures[turn if turn < len(pictures) else 2 * len(pictures) - 2 - turn][:, left : left + SIZE[0]]
        yield Fraction(number, 25), picture[:, ::-1] if first else picture


def reference_timeline(media: dict[str, Path], at: EditRate = AT_25) -> Timeline:
    """Return the reference edit as readers give it; what is not among the media is offline."""
    scenes = []
    for scene in seen():
        length_s = (scene.record_out - scene.record_in) / at.rate
        retime = (RetimePoint(Fraction(0), Fraction(0)), RetimePoint(length_s, length_s * scene.speed))
        path = media.get(scene.file) if scene.file else None
        scenes.append(
            Scene(
                id="",
                name=scene.name,
                record_in=FrameTime(scene.record_in, at.rate),
                record_out=FrameTime(scene.record_out, at.rate),
                media=Media(scene.file, str(path) if path else None) if scene.file else None,
                source_in_s=scene.source_in / at.rate,
                retime=() if scene.speed == 1 else retime,
            )
        )
    return Timeline("Reference", at.rate, name_scenes(tuple(scenes)), at.start, at.drop_frame)


def offline(timeline: Timeline) -> Timeline:
    """Return the edit with every source gone."""
    scenes = (replace(s, media=replace(s.media, path=None)) if s.media else s for s in timeline.scenes)
    return replace(timeline, scenes=tuple(scenes))


@dataclass(frozen=True)
class Guide:
    """How a guide movie is made: its leader, by how many frames it is late, and what is drawn over the picture."""

    leader_s: int = LEADER_S
    late: int = 0
    burn_in: bool = False
    with_timecode: bool = True
    with_sound: bool = True
    crf: int = 12
    """0 is without loss"""


def write_guide(path: Path, timeline: Timeline, guide: Guide = Guide()) -> Path:
    """Render the pictures of an edit as a guide movie.

    A late one begins with black under the same timecode, an early one lacks the beginning of its leader.
    """
    rate = timeline.rate
    n_leader = guide.leader_s * round(rate)
    start = timeline.start - FrameTime(n_leader, rate)
    pictures: Iterable[Any] = itertools.chain(_leader(n_leader, round(rate)), PictureEdit(timeline).frames())
    if guide.late > 0:
        pictures = itertools.chain(*(_leader(1, 0) for _ in range(guide.late)), pictures)
    if guide.burn_in:
        pictures = (_burnt(picture, timecode(start + FrameTime(n, rate))) for n, picture in enumerate(pictures))
    with av.open(str(path), "w") as container:
        options = {"crf": str(guide.crf), "preset": "ultrafast", "threads": "1"}
        stream: Any = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        sound: Any = container.add_stream("aac", rate=48_000, layout="mono") if guide.with_sound else None
        if guide.with_timecode:
            stream.metadata["timecode"] = timecode(start, drop_frame=timeline.drop_frame)
        n_frames = 0
        for picture in itertools.islice(pictures, max(0, -guide.late), None):
            picture.pts, picture.time_base, picture.pict_type = n_frames, 1 / rate, 0
            container.mux(stream.encode(picture))
            n_frames += 1
        container.mux(stream.encode(None))
        if sound is not None:
            _write_pop(container, sound, n_frames / rate, Fraction(guide.leader_s - 2) + guide.late / rate)
    return path


def _leader(n_frames: int, per_s: int) -> Iterator[Any]:
    """Bars, then a countdown; the 2 is seen for one frame, two seconds before the picture, then black."""
    for number in range(n_frames):
        left = n_frames - number
        picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        if left > 5 * per_s:
            picture[:, : SIZE[0] // 2] = (180, 180, 20)
        elif left >= 2 * per_s:
            label = str(-(-left // per_s))
            cv2.putText(picture, label, (SIZE[0] // 3, SIZE[1] // 2), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 4)
        yield av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")


def _burnt(picture: Any, label: str) -> Any:
    """Draw timecode into the lower third, light on a dark box."""
    burnt = picture.to_ndarray(format="rgb24")
    x, y = SIZE[0] // 3, SIZE[1] * 9 // 10
    burnt[y - 9 : y + 3, x - 2 : x + 68] //= 3
    cv2.putText(burnt, label, (x, y), cv2.FONT_HERSHEY_PLAIN, 0.6, (255, 255, 255), 1)
    return av.VideoFrame.from_ndarray(burnt, format="rgb24").reformat(format="yuv420p")


def _write_pop(container: Any, stream: Any, length_s: Fraction, pop_s: Fraction) -> None:
    """Write one frame of 1 kHz at `pop_s` and silence around it."""
    at_s = np.arange(round(length_s * 48_000)) / 48_000
    sound = np.where((at_s >= float(pop_s)) & (at_s < float(pop_s) + 0.04), 0.1 * np.sin(2000 * np.pi * at_s), 0)
    for first in range(0, len(sound), 1024):
        piece = sound[None, first : first + 1024].astype(np.float32)
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, first, Fraction(1, 48_000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
