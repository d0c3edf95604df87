# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen of strips that lie over each other: shots in order, one at a time.

The topmost visible strip hides all below it.  An effect shows the strips that it works on; one of those that lies on a
higher channel than the effect is seen as it is, as in Blender.  Titles and adjustment layers hide nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Row
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from .edit import Content, Dissolve, Edit, Marker, Sequence, Shot, Sound, Strip


def edit_of(sequence: Sequence) -> Edit:
    """Return what a sequence renders, with frames counted from its first."""
    first, end = sequence.first_frame, sequence.last_frame + 1
    shots = Level(sequence.strips, sequence.rate).seen(Fraction(first), Fraction(end))
    sounds = (_inside(sound.shot, first, end, sequence.rate) for sound in sequence.sounds)
    return Edit(
        name=sequence.name,
        rate=sequence.rate,
        start=first,
        n_frames=end - first,
        shots=tuple(_on_frames(_joined(shots, sequence.rate), first)),
        dissolves=tuple(
            Dissolve(dissolve.start - first, dissolve.middle - first, dissolve.end - first)
            for dissolve in _dissolves(sequence.strips)
            if first < dissolve.middle < end
        ),
        sounds=tuple(
            Sound(placed, sound.track, sound.is_on)
            for sound, shot in zip(sequence.sounds, sounds, strict=True)
            if shot is not None
            for placed in _on_frames([shot], first)
        ),
        markers=tuple(Marker(m.name, m.frame - first) for m in sequence.markers if first <= m.frame <= end),
    )


@dataclass(frozen=True)
class Level:
    """Strips that lie over each other: those of the sequencer, or those in one meta strip."""

    strips: tuple[Strip, ...]
    rate: Fraction

    def seen(self, start: Fraction, end: Fraction, up_to_channel: float = float("inf")) -> list[Shot]:
        """Return what is seen between two frames, in order, with holes where nothing is."""
        seen: list[Shot] = []
        for layer in self._layers(start, end, up_to_channel):
            shown = (self.shots(strip, max(start, strip.start), min(end, strip.end)) for strip in layer)
            seen = lay_over(seen, [shot for shots in shown for shot in shots], self.rate)
        return seen

    def shots(self, strip: Strip, start: Fraction, end: Fraction) -> list[Shot]:
        """Return what a strip shows between two frames; a medium is held where it has not begun or has ended."""
        if strip.content is not None:
            return list(_of_content(strip.name, strip.content, start, end, self.rate))
        if strip.children:
            return self._of_meta(strip, start, end)
        if strip.multicam_source:
            return self.seen(start, end, min(strip.multicam_source, strip.channel - 1))
        inputs = [self._by_name[name] for name in strip.inputs if name in self._by_name]
        if not inputs:
            return []
        if strip.speed_control is not None:
            return self._sped(strip, inputs[0], start, end)
        if strip.is_dissolve and len(inputs) > 1:
            middle = min(max(start, Fraction(_middle(strip))), end)
            return [*self.shots(inputs[0], start, middle), *self.shots(inputs[1], middle, end)]
        return self.shots(max(inputs, key=lambda other: other.channel), start, end)

    def _of_meta(self, meta: Strip, start: Fraction, end: Fraction) -> list[Shot]:
        first, stop = (Fraction(frame) for frame in meta.extent)
        level = Level(meta.children, self.rate)
        before, after = min(end, first), max(start, stop)
        shots = _held(level.seen(first, first + 1), start, before) if start < before else []
        shots += level.seen(max(start, first), min(end, stop))
        return shots + (_held(level.seen(stop - 1, stop), after, end) if after < end else [])

    def _sped(self, effect: Strip, of: Strip, start: Fraction, end: Fraction) -> list[Shot]:
        control = effect.speed_control
        assert control is not None  # noqa: S101  the caller has looked
        inner_start = of.start + control.offset + control.slope * (start - effect.start)
        if control.slope == 0:
            held = self.shots(of, inner_start, inner_start + 1)
            return _held(held, start, end)
        inner = self.shots(of, inner_start, inner_start + control.slope * (end - start))
        return [
            replace(
                shot,
                start=start + (shot.start - inner_start) / control.slope,
                end=start + (shot.end - inner_start) / control.slope,
                speed=shot.speed * control.slope,
            )
            for shot in inner
        ]

    def _layers(self, start: Fraction, end: Fraction, up_to_channel: float) -> list[list[Strip]]:
        """Return the strips that are on between two frames, in layers without overlaps from the lowest channel up."""
        layers: list[list[Strip]] = []
        for strip in sorted(self.strips, key=lambda strip: (strip.channel, strip.start)):
            if not strip.is_on or strip.channel > up_to_channel or strip.end <= start or strip.start >= end:
                continue
            if not layers or strip.start < layers[-1][-1].end:
                layers.append([])
            layers[-1].append(strip)
        return layers

    @cached_property
    def _by_name(self) -> dict[str, Strip]:
        return {strip.name: strip for strip in self.strips}


def lay_over(below: Row[Shot], above: Row[Shot], rate: Fraction) -> list[Shot]:
    """Return what is seen of two layers, each in order and without overlaps, where the upper one hides the lower."""
    seen = list(above)
    first = 0
    for shot in below:
        start = shot.start
        while first < len(above) and above[first].end <= start:
            first += 1
        index = first
        while index < len(above) and above[index].start < shot.end:
            if above[index].start > start:
                seen.append(shot.part(start, above[index].start, rate))
            start = max(start, above[index].end)
            index += 1
        if start < shot.end:
            seen.append(shot.part(start, shot.end, rate))
    return sorted(seen, key=lambda shot: shot.start)


def _of_content(name: str, content: Content, start: Fraction, end: Fraction, rate: Fraction) -> Iterator[Shot]:
    """Yield the picture held before the medium begins, the medium, and its last picture held after its end."""
    first, stop = content.first_frame, content.first_frame + content.n_frames
    last = stop - 1
    for low, high, is_held in ((start, first, True), (first, stop, False), (stop, end, True)):
        low, high = max(start, low), min(end, high)
        if low >= high:
            continue
        at = min(max(low, first), last) - first
        is_still = is_held or content.n_frames <= 1
        if content.is_reversed:
            at = content.n_frames - 1 - at
        speed = Fraction(0) if is_still else -content.speed if content.is_reversed else content.speed
        yield Shot(name, low, high, content.medium, content.source_s + content.speed * at / rate, speed)


def _held(one_frame: Row[Shot], start: Fraction, end: Fraction) -> list[Shot]:
    """Return the picture of one frame as it stands between two frames."""
    return [replace(shot, start=start, end=end, speed=Fraction(0)) for shot in one_frame[:1]]


def _middle(strip: Strip) -> int:
    return (strip.start + strip.end + 1) // 2


def _dissolves(strips: tuple[Strip, ...]) -> Iterator[Dissolve]:
    for strip in strips:
        if strip.is_on and strip.is_dissolve:
            yield Dissolve(strip.start, _middle(strip), strip.end)
        if strip.is_on:
            yield from _dissolves(strip.children)


def _inside(shot: Shot, first: int, end: int, rate: Fraction) -> Shot | None:
    start, stop = max(shot.start, Fraction(first)), min(shot.end, Fraction(end))
    return shot.part(start, stop, rate) if start < stop else None


def _joined(shots: Row[Shot], rate: Fraction) -> Iterator[Shot]:
    """Make one shot of parts of one strip that go on where the part before ended."""
    held: Shot | None = None
    for shot in shots:
        if (
            held is not None
            and held.end == shot.start
            and shot == replace(held, end=shot.end).part(shot.start, shot.end, rate)
        ):
            held = replace(held, end=shot.end)
            continue
        if held is not None:
            yield held
        held = shot
    if held is not None:
        yield held


def _on_frames(shots: Row[Shot] | Iterator[Shot], first: int) -> Iterator[Shot]:
    """Yield the shots on whole frames, counted from `first`; what is shorter than a frame is left out."""
    for shot in shots:
        start, end = Fraction(round(shot.start) - first), Fraction(round(shot.end) - first)
        if start < end:
            yield replace(shot, start=start, end=end)
