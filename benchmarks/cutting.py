"""Edits for the benchmarks of re-edits and of size: media made on the spot, shots of them, and .otio files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]

RATE: Final = Fraction(25)
_TAKE_FRAMES: Final = (25, 200)
"""Shortest and longest uncut stretch of a medium."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A scene of an edit: number of its medium, first frame of that, and length."""

    medium: int
    first: int
    n_frames: int


def random_shots(n_shots: int, mean_frames: int, n_media: int, medium_frames: int, seed: int) -> list[Shot]:
    """Return shots that are `mean_frames` long on average, a quarter of that at least, anywhere in the media."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    least = mean_frames // 4
    lengths = least + np.minimum(rng.exponential(mean_frames - least, n_shots), 4 * mean_frames)
    lengths = np.maximum(1, np.round(lengths * (mean_frames * n_shots / lengths.sum()))).astype(int)
    lengths[-1] += max(1 - lengths[-1], mean_frames * n_shots - int(lengths.sum()))
    return [
        Shot(int(rng.integers(n_media)), int(rng.integers(_ROOM, medium_frames - length - _ROOM)), int(length))
        for length in lengths
    ]


_ROOM: Final = 50
"""Frames at both ends of a medium that no shot begins or ends in, for cuts to move over."""


def moved_cut(shots: Sequence[Shot], cut: int, by: int) -> list[Shot]:
    """Return the shots with the cut after shot number `cut` moved by so many frames; the others stay in their place."""
    before, after = shots[cut], shots[cut + 1]
    moved = (
        replace(before, n_frames=before.n_frames + by),
        replace(after, first=after.first + by, n_frames=after.n_frames - by),
    )
    return [*shots[:cut], *moved, *shots[cut + 2 :]]


def write_edit(path: Path, shots: Sequence[Shot], media: Sequence[Path]) -> Path:
    """Write an .otio file with one video track of these shots."""
    clips = [_clip(shot, media[shot.medium]) for shot in shots]
    track = {"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": clips}
    stack = {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]}
    edit = {"OTIO_SCHEMA": "Timeline.1", "name": path.stem, "global_start_time": _time(90_000), "tracks": stack}
    path.write_text(json.dumps(edit), encoding="utf-8")
    return path


def _clip(shot: Shot, medium: Path) -> dict[str, Any]:
    reference = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": medium.as_uri(), "name": medium.name}
    shown = {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(shot.first),
        "duration": _time(shot.n_frames),
    }
    return {"OTIO_SCHEMA": "Clip.1", "name": medium.stem, "source_range": shown, "media_reference": reference}


def _time(frame: int) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(RATE), "value": float(frame)}


def write_media(folder: Path, pictures: Sequence[U8], n_media: int, n_frames: int) -> list[Path]:
    """Write media of so many frames each, cut every few seconds, from (H, W, 3) RGB pictures; those there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"medium-{number}-{n_frames}.mp4" for number in range(n_media)]
    for number, path in enumerate(paths):
        if not path.is_file():
            unfinished = path.with_suffix(".part.mp4")
            _write(unfinished, _takes(pictures, n_frames, number))
            unfinished.replace(path)
    return paths


def _takes(pictures: Sequence[U8], n_frames: int, seed: int) -> Iterator[U8]:
    """Yield stretches of the pictures, some mirrored, some backwards, each of its own brightness."""
    rng = np.random.Generator(np.random.Philox(key=[n_frames, seed]))
    left = n_frames
    while left:
        length = min(left, int(rng.integers(*_TAKE_FRAMES)), len(pictures))
        first = int(rng.integers(0, len(pictures) - length + 1))
        stretch, gain = pictures[first : first + length], rng.uniform(0.3, 1.0)
        mirrored, backwards = rng.random(2) < 0.5
        for picture in stretch[::-1] if backwards else stretch:
            yield (
                np.ascontiguousarray(picture[:, ::-1] if mirrored else picture, np.uint8)
                if gain > 0.95
                else ((picture[:, ::-1] if mirrored else picture) * gain).astype(np.uint8)
            )
        left -= length


def _write(path: Path, pictures: Iterator[U8]) -> None:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "threads": "1"})
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            if not stream.codec_context.is_open:
                stream.height, stream.width = picture.shape[:2]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def frames_of(clips: Sequence[Path], width: int, height: int) -> list[U8]:
    """Decode clips to (height, width, 3) RGB pictures."""
    frames = list[U8]()
    for clip in clips:
        with av.open(str(clip)) as container:
            for frame in container.decode(video=0):
                frames.append(np.asarray(frame.to_ndarray(format="rgb24", width=width, height=height), np.uint8))
    return frames
