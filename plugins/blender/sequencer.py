# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the sequencer of a scene into plain values.

Works on the objects that Blender hands out and changes none of them.  Blender 4.2 and 4.5 name some things differently:
the strips of an editor are `sequences` in one and `strips` in the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath
from typing import Any

from .edit import Content, Marker, Medium, Numbering, Sequence, Shot, Sound, SpeedControl, Strip, exact_rate

DISSOLVES = frozenset({"CROSS", "GAMMA_CROSS", "WIPE"})
WITHOUT_PICTURE = frozenset({"SOUND", "TEXT", "ADJUSTMENT"})
_NUMBERED = re.compile(r"(.*?)(\d+)(\D*)")


@dataclass(frozen=True)
class Reader:
    """Reads one scene.

    `absolute` turns Blender's paths (``//clip.mp4``) into absolute ones.  `n_frames_of` counts the pictures of a movie
    file; it is asked only for strips that do not run picture by picture.
    """

    rate: Fraction
    absolute: Callable[[str], str]
    n_frames_of: Callable[[str], int]

    def strips(self, level: Any) -> Iterator[Strip]:
        """Yield the strips with a picture of the sequencer, or of a meta strip."""
        for strip in _strips(level):
            if strip.type not in WITHOUT_PICTURE:
                yield self._strip(strip, level)

    def sounds(self, level: Any, start: int, end: int, is_on: bool = True) -> Iterator[Sound]:
        """Yield what is heard between two frames of the sequencer, or of a meta strip."""
        for strip in _strips(level):
            first, stop = max(start, strip.frame_final_start), min(end, strip.frame_final_end)
            if first >= stop:
                continue
            heard = is_on and not strip.mute and not level.channels[strip.channel].mute
            if strip.type == "META":
                yield from self.sounds(strip, first, stop, heard)
            elif strip.type == "SOUND" and strip.sound is not None:
                yield Sound(self._heard(strip, first, stop), level.channels[strip.channel].name, heard)

    def _strip(self, strip: Any, level: Any) -> Strip:
        inputs = tuple(getattr(strip, f"input_{number}", None) for number in (1, 2))
        is_off = strip.mute or level.channels[strip.channel].mute or strip.blend_alpha == 0
        return Strip(
            name=strip.name,
            channel=strip.channel,
            start=strip.frame_final_start,
            end=strip.frame_final_end,
            is_on=not is_off,
            inputs=tuple(other.name for other in inputs if other is not None),
            content=self._content(strip),
            speed_control=_speed_control(strip) if strip.type == "SPEED" else None,
            is_dissolve=strip.type in DISSOLVES,
            children=tuple(self.strips(strip)) if strip.type == "META" else (),
            extent=(round(strip.frame_start), round(strip.frame_start) + strip.frame_duration),
            multicam_source=strip.multicam_source if strip.type == "MULTICAM" else 0,
        )

    def _content(self, strip: Any) -> Content | None:
        read = _MEDIA.get(strip.type)
        if read is None:
            return None
        medium = read(strip, self.absolute)
        pictures_per_frame, pictures_per_s = Fraction(1), self.rate
        if strip.type == "MOVIE":
            pictures_per_s = exact_rate(strip.fps) if strip.fps else self.rate
            pictures_per_frame = self._pace(strip, medium.path, pictures_per_s)
        return Content(
            medium=medium,
            first_frame=_exact(strip.frame_start),
            n_frames=_untrimmed(strip),
            source_s=getattr(strip, "animation_offset_start", 0) / pictures_per_s
            if strip.type == "MOVIE"
            else Fraction(0),
            speed=pictures_per_frame * self.rate / pictures_per_s,
            is_reversed=bool(getattr(strip, "use_reverse_frames", False)),
        )

    def _pace(self, strip: Any, path: str, pictures_per_s: Fraction) -> Fraction:
        """Return how many pictures of a movie pass in each frame of the edit.

        Blender does not tell: it follows from the retiming keys or, where the movie's rate is another than the
        scene's, from the lengths.  A strip whose speed changes inside gets its mean speed.
        """
        keys = [key.timeline_frame for key in strip.retiming_keys]
        is_retimed = len(keys) > 1 and keys[-1] > keys[0]
        if not is_retimed and pictures_per_s == self.rate:
            return Fraction(1)
        n_pictures = self.n_frames_of(path) - strip.animation_offset_start - strip.animation_offset_end
        if n_pictures <= 1:
            return Fraction(1)
        if is_retimed:
            # The last key stands after the last picture in 4.2, whose strips do not count retiming as part of their
            # duration, and on the last picture in 4.5, whose strips do.
            on_last = _untrimmed(strip) == strip.frame_duration
            return _simplest(Fraction(n_pictures - on_last) / (keys[-1] - keys[0]), n_pictures)
        in_time = pictures_per_s / self.rate
        return in_time if abs(n_pictures / in_time - _untrimmed(strip)) <= 2 else Fraction(1)

    def _heard(self, strip: Any, start: int, end: int) -> Shot:
        since_first = start - _exact(strip.frame_start) + getattr(strip, "animation_offset_start", 0)
        source_s = since_first / self.rate - _exact(getattr(strip, "sound_offset", 0.0))
        medium = Medium(self.absolute(strip.sound.filepath))
        return Shot(strip.name, Fraction(start), Fraction(end), medium, max(Fraction(0), source_s), Fraction(1))


def read_sequence(scene: Any, absolute: Callable[[str], str], n_frames_of: Callable[[str], int]) -> Sequence | None:
    """Return what the sequencer of a scene holds; None where it holds nothing."""
    editor = scene.sequence_editor
    if editor is None or not _strips(editor):
        return None
    rate = exact_rate(scene.render.fps, scene.render.fps_base)
    reader = Reader(rate, absolute, n_frames_of)
    return Sequence(
        name=scene.name,
        rate=rate,
        first_frame=scene.frame_start,
        last_frame=scene.frame_end,
        strips=tuple(reader.strips(editor)),
        sounds=tuple(reader.sounds(editor, scene.frame_start, scene.frame_end + 1)),
        markers=tuple(Marker(marker.name, marker.frame) for marker in _in_order(scene.timeline_markers)),
    )


def _strips(level: Any) -> list[Any]:
    found = level.strips if hasattr(level, "strips") else level.sequences
    return sorted(found, key=lambda strip: (strip.frame_final_start, strip.channel, strip.name))


def _in_order(markers: Iterable[Any]) -> list[Any]:
    return sorted(markers, key=lambda marker: (marker.frame, marker.name))


def _speed_control(strip: Any) -> SpeedControl:
    """Return what a speed effect does.

    Stretch runs the input from its first visible picture to the end of its medium; length and frame number hold one
    picture, counted from the first visible one.
    """
    of = strip.input_1
    factor = _exact(strip.speed_factor)
    length = _untrimmed(of) if of is not None else Fraction(0)
    trimmed = _exact(of.frame_offset_start) if of is not None else Fraction(0)
    shown = Fraction(max(1, strip.frame_final_end - strip.frame_final_start))
    controls = {
        "MULTIPLY": lambda: SpeedControl(Fraction(0), max(factor, Fraction(0))),
        "STRETCH": lambda: SpeedControl(Fraction(0), (length - trimmed) / shown),
        "LENGTH": lambda: SpeedControl(Fraction(int(length * _exact(strip.speed_length) / 100)), Fraction(0)),
        "FRAME_NUMBER": lambda: SpeedControl(Fraction(int(strip.speed_frame_number)), Fraction(0)),
    }
    return controls.get(strip.speed_control, lambda: SpeedControl(Fraction(0), Fraction(1)))()


def _movie(strip: Any, absolute: Callable[[str], str]) -> Medium:
    return Medium(absolute(strip.filepath))


def _images(strip: Any, absolute: Callable[[str], str]) -> Medium:
    names = [element.filename for element in strip.elements]
    folder = absolute(strip.directory)
    numbering = numbering_of(names)
    if numbering is None:
        return Medium(str(PurePath(folder) / names[0]) if names else "")
    return Medium(folder, numbering)


def numbering_of(names: list[str]) -> Numbering | None:
    """Return how a run of files is numbered; None for one file, and for names that do not count up by one."""
    match = _NUMBERED.fullmatch(names[0]) if len(names) > 1 else None
    if match is None:
        return None
    prefix, number, suffix = match.groups()
    numbering = Numbering(prefix, len(number), suffix, int(number))
    counted = (f"{prefix}{numbering.first + step:0{numbering.digits}}{suffix}" for step in range(len(names)))
    return numbering if list(counted) == names else None


def _colour(_strip: Any, _absolute: Callable[[str], str]) -> Medium:
    return Medium(generator="solid")


def _without_file(_strip: Any, _absolute: Callable[[str], str]) -> Medium:
    return Medium()


_MEDIA: dict[str, Callable[[Any, Callable[[str], str]], Medium]] = {
    "MOVIE": _movie,
    "IMAGE": _images,
    "COLOR": _colour,
    "SCENE": _without_file,
    "MOVIECLIP": _without_file,
    "MASK": _without_file,
}


def _untrimmed(strip: Any) -> Fraction:
    """Return how many frames of the edit a strip would fill without its trims, at the speed at which it runs."""
    return strip.frame_final_duration + _exact(strip.frame_offset_start) + _exact(strip.frame_offset_end)


def _exact(value: float) -> Fraction:
    """Return the number that the user typed, behind Blender's single precision."""
    return Fraction(value).limit_denominator(10_000)


def _simplest(value: Fraction, length: int) -> Fraction:
    """Return the plain speed (half, three quarters) behind a measured one, where they differ by less than a frame."""
    for denominator in range(1, 101):
        plain = Fraction(round(value * denominator), denominator)
        if plain > 0 and abs(1 / plain - 1 / value) * length < 1:
            return plain
    return value
