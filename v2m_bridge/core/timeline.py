"""The picture edit: scenes, markers and audio clips, exact to the frame and independent of the file format."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Final

from v2m_bridge.core.timebase import FrameTime


@dataclass(frozen=True, slots=True)
class Media:
    """A source: its file name, which is its identity, and where it was found (None = offline)."""

    name: str
    path: str | None = None

    @property
    def identity(self) -> str:
        """What makes two media the same in every format: the file name without folder, in lower case."""
        return self.name.replace("\\", "/").rsplit("/", 1)[-1].casefold()


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What a medium says of itself that some formats leave out."""

    rate: Fraction
    start_frame: int = 0
    """Timecode of its first frame, in frames at its rate; 0 where it has none."""
    n_frames: int = 0
    """0 where it is not known."""
    drop_frame: bool = False


@dataclass(frozen=True, slots=True)
class RetimePoint:
    """At `record_s` from the start of the scene, the source stands `source_s` after the scene's source start."""

    record_s: Fraction
    source_s: Fraction


@dataclass(frozen=True, slots=True)
class Scene:
    """One shot of the edit.

    `source_in_s` is the source position at the first record frame, in exact seconds from the start of the medium
    (not of its timecode).  `retime` is piecewise linear from record to source time and starts at (0, 0); with no
    points the speed is 1.  A `media` of None is a gap: black.
    """

    id: str
    name: str
    record_in: FrameTime
    record_out: FrameTime
    media: Media | None = None
    source_in_s: Fraction = Fraction(0)
    retime: tuple[RetimePoint, ...] = ()

    def __post_init__(self) -> None:
        if self.record_in.rate != self.record_out.rate or self.record_in.frame >= self.record_out.frame:
            raise ValueError(f"scene {self.name!r} has no length")
        points = self.retime
        if points and (points[0] != RetimePoint(Fraction(0), Fraction(0)) or len(points) < 2):
            raise ValueError(f"the retime of scene {self.name!r} does not start at its first frame")
        if any(b.record_s <= a.record_s for a, b in pairwise(points)):
            raise ValueError(f"the retime of scene {self.name!r} goes back in record time")

    @property
    def n_frames(self) -> int:
        """Length in frames of the timeline."""
        return self.record_out.frame - self.record_in.frame

    def source_s(self, record_s: Fraction) -> Fraction:
        """Return the source position in seconds at `record_s` seconds after the scene's first frame."""
        if not self.retime:
            return self.source_in_s + record_s
        index = min(bisect_right([p.record_s for p in self.retime], record_s), len(self.retime) - 1)
        a, b = self.retime[max(0, index - 1)], self.retime[max(1, index)]
        slope = (b.source_s - a.source_s) / (b.record_s - a.record_s)
        return self.source_in_s + a.source_s + (record_s - a.record_s) * slope

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that depend on what the scene shows and how long, not on where it stands.

        Only the bends of the retime inside the scene count, so that formats may write one speed in different points.
        """
        length_s = self.n_frames / self.record_in.rate
        return _digest(
            self.media.identity if self.media else "",
            str(self.source_in_s),
            str(self.source_s(length_s)),
            str(length_s),
            *(f"{b.record_s}:{b.source_s}" for b in self._bends() if b.record_s < length_s),
        )

    def _bends(self) -> Iterator[RetimePoint]:
        for a, b, c in zip(self.retime, self.retime[1:], self.retime[2:], strict=False):
            before = (b.source_s - a.source_s) * (c.record_s - b.record_s)
            after = (c.source_s - b.source_s) * (b.record_s - a.record_s)
            if before != after:
                yield b


@dataclass(frozen=True, slots=True)
class AudioClip:
    """A piece of sound of the edit; `role` is dialogue, effects, music or empty where unknown."""

    name: str
    track: str
    record_in: FrameTime
    record_out: FrameTime
    media: Media | None = None
    source_in_s: Fraction = Fraction(0)
    role: str = ""
    enabled: bool = True
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker of the editor at a record frame; `n_frames` is 0 for a point."""

    at: FrameTime
    name: str
    comment: str = ""
    colour: str = ""
    n_frames: int = 0


@dataclass(frozen=True, slots=True)
class Timeline:
    """An edit as it plays: scenes tile the record time from frame 0 without holes.

    `start` is the timecode of frame 0; every other frame number counts from the first frame of the edit.
    """

    name: str
    rate: Fraction
    scenes: tuple[Scene, ...]
    start: FrameTime
    drop_frame: bool = False
    audio: tuple[AudioClip, ...] = ()
    markers: tuple[Marker, ...] = ()
    source_path: str = ""

    def __post_init__(self) -> None:
        if not self.scenes:
            raise ValueError("a timeline has at least one scene")
        if any(scene.record_in.rate != self.rate for scene in self.scenes) or self.start.rate != self.rate:
            raise ValueError("every scene counts frames at the rate of the timeline")
        if self.scenes[0].record_in.frame != 0:
            raise ValueError("the first scene starts at frame 0")
        if any(a.record_out != b.record_in for a, b in pairwise(self.scenes)):
            raise ValueError("scenes follow each other without holes")

    @property
    def end(self) -> FrameTime:
        """First frame after the edit."""
        return self.scenes[-1].record_out

    @property
    def revision(self) -> str:
        """Sixteen hexadecimal digits that change when the picture, its markers or its timing change."""
        return _digest(
            str(self.rate),
            str(self.start.frame),
            *(f"{scene.id}@{scene.record_in.frame}" for scene in self.scenes),
            *(f"{m.at.frame}+{m.n_frames}:{m.name}" for m in self.markers),
        )

    def scene_at(self, at_s: Fraction | float) -> Scene:
        """Return the scene on screen at `at_s` seconds from the first frame; the last scene beyond the end."""
        starts = [scene.record_in.exact_s for scene in self.scenes]
        return self.scenes[max(0, bisect_right(starts, at_s) - 1)]

    def frame(self, number: int) -> FrameTime:
        """Return frame `number` of the edit."""
        return FrameTime(number, self.rate)


@dataclass(frozen=True, slots=True)
class PlainVideo:
    """A video file that is its own edit: its rate, length and cuts are known once its pictures have been decoded."""

    media: Media
    source_path: str


@dataclass(frozen=True, slots=True)
class MediaWanted:
    """An edit that can be read once facts about some media are known; those that cannot be opened are left out."""

    paths: tuple[str, ...]


def name_scenes(scenes: tuple[Scene, ...]) -> tuple[Scene, ...]:
    """Give every scene the id that survives a re-export: from media, source range and order among equals.

    Returns
    -------
    tuple of Scene
        With ids ``s`` and ten hexadecimal digits.  Two exports of one edit in different formats agree.
    """
    seen: dict[str, int] = {}
    named = []
    for scene in scenes:
        print_ = scene.fingerprint
        seen[print_] = seen.get(print_, 0) + 1
        named.append(replace(scene, id="s" + _digest(print_, str(seen[print_]))[:10]))
    return tuple(named)


_DIGEST_BYTES: Final = 8


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=_DIGEST_BYTES).hexdigest()
