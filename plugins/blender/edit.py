# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of an edit: strips as Blender holds them, and shots as they are seen.

Frames are Blender's own numbers until `cut.edit_of` counts them from the first frame of the edit.  Source positions are
seconds from the start of the medium.  Everything is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction


@dataclass(frozen=True)
class Numbering:
    """A run of numbered image files: ``shot_0001.png`` to ``shot_0100.png``."""

    prefix: str
    digits: int
    suffix: str
    first: int


@dataclass(frozen=True)
class Medium:
    """What a strip shows or plays: a file, numbered images in a folder, a colour, or a thing without a file."""

    path: str = ""
    """Absolute; of numbered images, their folder; empty where there is no file."""
    numbering: Numbering | None = None
    generator: str = ""
    """``solid`` for a colour."""


@dataclass(frozen=True)
class Content:
    """The whole medium of a strip, laid out in the edit as if no handle trimmed it."""

    medium: Medium
    first_frame: Fraction
    """Frame of the edit where the first picture would stand."""
    n_frames: Fraction
    source_s: Fraction
    """Position of that first picture in the medium."""
    speed: Fraction
    """Seconds of medium for each second of the edit."""
    is_reversed: bool = False


@dataclass(frozen=True)
class SpeedControl:
    """Which frame of its input a speed effect shows: ``offset + slope * frame``, both counted from their own starts."""

    offset: Fraction
    slope: Fraction


@dataclass(frozen=True)
class Strip:
    """A strip of the sequencer between two frames, the second excluded; the fields from `content` on say what it is."""

    name: str
    channel: int
    start: int
    end: int
    is_on: bool = True
    inputs: tuple[str, ...] = ()
    """Names of the strips that an effect works on."""
    content: Content | None = None
    speed_control: SpeedControl | None = None
    is_dissolve: bool = False
    children: tuple[Strip, ...] = ()
    extent: tuple[int, int] = (0, 0)
    """First frame of what a meta strip holds, and the frame after its last; beyond, the outermost pictures stand."""
    multicam_source: int = 0
    """A multicam strip shows what is seen up to this channel; 0 for every other strip."""


@dataclass(frozen=True)
class Shot:
    """From `start` to `end` a medium runs at `speed`; 0 holds a picture, below 0 it runs backwards."""

    name: str
    start: Fraction
    end: Fraction
    medium: Medium
    source_s: Fraction
    """Position in the medium at `start`."""
    speed: Fraction

    def part(self, start: Fraction, end: Fraction, rate: Fraction) -> Shot:
        """Return what lies between two frames inside."""
        return replace(self, start=start, end=end, source_s=self.source_s + self.speed * (start - self.start) / rate)


@dataclass(frozen=True)
class Dissolve:
    """Between `start` and `end` one shot turns into the next; the cut between them stands at `middle`."""

    start: int
    middle: int
    end: int


@dataclass(frozen=True)
class Sound:
    """A sound on a track of the edit."""

    shot: Shot
    track: str
    is_on: bool = True


@dataclass(frozen=True)
class Marker:
    """A named frame."""

    name: str
    frame: int


@dataclass(frozen=True)
class Sequence:
    """What the sequencer of a scene holds; the edit is what it renders, from `first_frame` to `last_frame`."""

    name: str
    rate: Fraction
    first_frame: int
    last_frame: int
    strips: tuple[Strip, ...]
    sounds: tuple[Sound, ...] = ()
    markers: tuple[Marker, ...] = ()


@dataclass(frozen=True)
class Edit:
    """A picture edit as it is seen; frames count from its first frame, which Blender calls `start`."""

    name: str
    rate: Fraction
    start: int
    n_frames: int
    shots: tuple[Shot, ...]
    dissolves: tuple[Dissolve, ...] = ()
    sounds: tuple[Sound, ...] = ()
    markers: tuple[Marker, ...] = ()


def exact_rate(frames_per_s: float, base: float = 1.0) -> Fraction:
    """Return the exact rate behind Blender's frames per second and base, or behind the rounded rate of a movie."""
    rate = Fraction(frames_per_s) / Fraction(base)
    for nominal in (24, 30, 48, 60, 120):
        ntsc = Fraction(nominal * 1000, 1001)
        if abs(rate - ntsc) < Fraction(6, 1000):
            return ntsc
    nearest = Fraction(round(rate))
    return nearest if abs(rate - nearest) < Fraction(1, 10_000) else rate.limit_denominator(1001)
