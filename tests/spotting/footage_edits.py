"""Edits cut from real footage: three of different kinds, and ten minutes of 120 shots with twelve spans of speech.

The two clips stand under several names, one for each place that the edit pretends to be at.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import opentimelineio as otio

from tests.footage import Footage
from tests.timeline.edits import clip, edit, gap, track

RATE: Final = 25
PLACES: Final = {
    "street.mp4": "bikes",
    "park.mp4": "bikes",
    "hills.mp4": "bikes",
    "home.mp4": "big_buck_bunny",
    "room-a.mp4": "big_buck_bunny",
    "room-b.mp4": "big_buck_bunny",
    "meadow.mp4": "big_buck_bunny",
}
_N_FRAMES: Final = {"bikes": 250, "big_buck_bunny": 132}
_BIKES_SHOTS: Final = ((0, 30), (30, 76), (76, 137), (137, 187), (187, 242))


class Shot(NamedTuple):
    """A shot: what it shows (nothing is black), from which source frame, for how many frames of the edit, how fast."""

    place: str
    first_frame: int
    n_frames: int
    speed: float = 1.0


Seconds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cut:
    """An edit: its shots, where people speak and where it holds music of its own."""

    name: str
    shots: tuple[Shot, ...]
    speech_s: tuple[Seconds, ...] = ()
    music_s: tuple[Seconds, ...] = ()

    @property
    def length_s(self) -> float:
        return sum(shot.n_frames for shot in self.shots) / RATE

    def spans_of(self, place: str) -> list[Seconds]:
        """Return where a place is on screen, shots that follow each other made one."""
        spans: list[tuple[int, int]] = []
        at = 0
        for shot in self.shots:
            start, at = at, at + shot.n_frames
            if shot.place == place and spans and spans[-1][1] == start:
                spans[-1] = spans[-1][0], at
            elif shot.place == place:
                spans.append((start, at))
        return [(first / RATE, last / RATE) for first, last in spans]


def _quiet(place: str, seconds: float, chance: random.Random, lengths: tuple[int, int]) -> Iterator[Shot]:
    """Long shots, four times slower than they were taken."""
    left = round(seconds * RATE)
    clip_frames = _N_FRAMES[PLACES[place]]
    while left > 0:
        n_frames = min(left, chance.randint(*lengths))
        n_frames = left if left - n_frames < lengths[0] // 2 else n_frames
        n_frames = min(n_frames, 4 * clip_frames - 8)
        first = chance.randint(0, max(0, clip_frames - 2 - n_frames // 4))
        yield Shot(place, first, n_frames, 0.25)
        left -= n_frames


def _chase(n_shots: int, chance: random.Random) -> Iterator[Shot]:
    for index in range(n_shots):
        first, end = _BIKES_SHOTS[index % len(_BIKES_SHOTS)]
        n_frames = chance.randint(16, 28)
        yield Shot("street.mp4", chance.randint(first, end - n_frames), n_frames)


def action() -> Cut:
    """2:25: two chases of thirty short shots, quiet before, between and after, black after the second."""
    chance = random.Random(1)  # noqa: S311 a made edit, not a secret
    shots = [
        *_quiet("home.mp4", 30, chance, (100, 200)),
        *_chase(30, chance),
        *_quiet("home.mp4", 33, chance, (100, 200)),
        *_chase(30, chance),
        Shot("", 0, 75),
        *_quiet("home.mp4", 26, chance, (100, 200)),
    ]
    return Cut("Action", tuple(shots))


def _talk(seconds: float, chance: random.Random) -> Iterator[Shot]:
    """Shot and countershot."""
    left, index = round(seconds * RATE), 0
    while left > 0:
        n_frames = min(left, chance.randint(60, 110))
        n_frames = left if left - n_frames < 30 else n_frames
        place, first = (("room-a.mp4", 0), ("room-b.mp4", 62))[index % 2]
        yield Shot(place, first, n_frames, 0.5)
        left, index = left - n_frames, index + 1


def _lines(start_s: float, seconds: float, chance: random.Random) -> Iterator[Seconds]:
    at_s = start_s + 1
    while at_s < start_s + seconds - 3:
        end_s = min(at_s + chance.uniform(2.5, 5.5), start_s + seconds - 0.5)
        yield _on_frame(at_s), _on_frame(end_s)
        at_s = end_s + chance.choice((0.3, 0.6, 1.6, 3.0))


def _on_frame(at_s: float) -> float:
    return round(at_s * RATE) / RATE


WALK_S: Final = (112.0, 152.0)
"""The first walk of the dialogue, without words."""
SONG_S: Final = (242.0, 276.0)
"""The second one, under a song of the edit."""


def dialogue() -> Cut:
    """6:10: shot and countershot with some forty lines, two walks without words, the second under a song."""
    chance = random.Random(2)  # noqa: S311 a made edit, not a secret
    shots: list[Shot] = []
    lines: list[Seconds] = []
    for kind, seconds in (
        ("park", 22),
        ("talk", 90),
        ("park", 40),
        ("talk", 90),
        ("park", 34),
        ("talk", 70),
        ("park", 24),
    ):
        start_s = sum(shot.n_frames for shot in shots) / RATE
        if kind == "talk":
            shots += _talk(seconds, chance)
            lines += _lines(start_s, seconds, chance)
        else:
            shots += _quiet("park.mp4", seconds, chance, (120, 200))
    return Cut("Dialogue", tuple(shots), tuple(lines), (SONG_S,))


def landscape() -> Cut:
    """6:06: long slow shots, four spans of narration and two seconds of black."""
    chance = random.Random(3)  # noqa: S311 a made edit, not a secret
    shots: list[Shot] = []
    for index in range(12):
        if index == 6:
            shots.append(Shot("", 0, 50))
        place, seconds = (("hills.mp4", 28), ("meadow.mp4", 33))[index % 2]
        shots += _quiet(place, seconds if index else 26, chance, (220, 420))
    narration = ((24.0, 45.0), (104.0, 126.5), (205.0, 231.0), (290.0, 312.0))
    return Cut("Landscape", tuple(shots), narration)


def ten_minutes() -> Cut:
    """Ten minutes of 120 shots at four places, with twelve spans of speech."""
    chance = random.Random(4)  # noqa: S311 a made edit, not a secret
    places = ("street.mp4", "home.mp4", "park.mp4", "meadow.mp4")
    lengths = [chance.randint(60, 190) for _ in range(120)]
    lengths = [max(40, round(n * 15_000 / sum(lengths))) for n in lengths]
    lengths[-1] += 15_000 - sum(lengths)
    shots = []
    for index, n_frames in enumerate(lengths):
        place = places[(index // 8) % len(places)]
        speed = 1.0 if place == "street.mp4" and n_frames < 200 else 0.5
        last = _N_FRAMES[PLACES[place]] - 2 - round(n_frames * speed)
        shots.append(Shot(place, chance.randint(0, max(0, last)), n_frames, speed))
    starts = [50 * index + chance.uniform(0, 25) for index in range(12)]
    speech = tuple((_on_frame(at_s), _on_frame(at_s + chance.uniform(4, 16))) for at_s in starts)
    return Cut("Ten minutes", tuple(shots), speech)


THREE: Final = (action, dialogue, landscape)


def write_cut(cut: Cut, footage: Footage, folder: Path) -> Path:
    """Write an edit with its media beside it as OpenTimelineIO."""
    folder.mkdir(parents=True, exist_ok=True)
    for place in sorted({shot.place for shot in cut.shots} - {""}):
        if not (folder / place).exists():
            shutil.copyfile(getattr(footage, PLACES[place]), folder / place)
    tracks = [track(*map(_picture, cut.shots))]
    for name, spans in (("DX 1", cut.speech_s), ("MX 1", cut.music_s)):
        if spans:
            tracks.append(track(*_sounds(spans), name=name, kind="Audio"))
    made = edit(*tracks, start=otio.opentime.RationalTime(90_000, RATE), name=cut.name)
    path = folder / f"{cut.name.lower().replace(' ', '-')}.otio"
    path.write_text(otio.adapters.write_to_string(made, "otio_json"), encoding="utf-8")
    return path


def _picture(shot: Shot) -> Any:
    if not shot.place:
        return gap(shot.n_frames)
    speed = None if shot.speed == 1 else shot.speed
    return clip(shot.place, shot.first_frame, shot.n_frames, speed=speed, url=shot.place)


def _sounds(spans: Sequence[Seconds]) -> Iterator[Any]:
    at = 0
    for start_s, end_s in spans:
        start, end = round(start_s * RATE), round(end_s * RATE)
        yield gap(start - at)
        yield clip("sound", 0, end - start, url=next(iter(PLACES)))
        at = end
