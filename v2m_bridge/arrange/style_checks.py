"""What must hold of a style, whoever wrote it; each sentence says what to change."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from v2m_bridge.arrange.style_data import PartStyle, Style

MUD_PITCH: Final = 48
"""Below this MIDI key close intervals blur."""
MUD_INTERVAL: Final = 7
"""Smallest interval, in semitones, above a note that lies below `MUD_PITCH`."""
PERCUSSION_CHANNEL: Final = 10
_VELOCITIES: Final = (15, 120)
_VOICES: Final = (3, 5)
_WIDEST_RANGE: Final = 48
_MOST_PARTS: Final = 16
_MOST_LEVELS: Final = 9
_MOST_OTHERS: Final = 16
_LONGEST_CURVE: Final = 64
_LARGEST: Final = 127


def check_style(style: Style) -> None:
    """Check a style.

    Raises
    ------
    ValueError
        With the first thing that is wrong, and what would be right.
    """
    name, voicing, bass = f"style {style.name}", style.voicing, style.bass
    _range(f"{name}: bass", bass.low, bass.high)
    _range(f"{name}: voicing", voicing.low, voicing.high)
    if bass.high - bass.low < 11 or bass.high >= MUD_PITCH:
        raise ValueError(f"the bass of {name} covers at least an octave below {MUD_PITCH}")
    if voicing.low < max(MUD_PITCH, bass.high + MUD_INTERVAL):
        raise ValueError(
            f"the chords of {name} lie too near to its bass; let voicing.low be {bass.high + MUD_INTERVAL}"
        )
    if not _VOICES[0] <= voicing.voices <= _VOICES[1]:
        raise ValueError(f"{name}: voicing.voices is {voicing.voices}, not from {_VOICES[0]} to {_VOICES[1]}")
    if not 15 <= voicing.span <= voicing.high - voicing.low or voicing.high - voicing.low < 18:
        raise ValueError(f"{name}: voicing spans at least 15 keys inside a range of at least 18, or chords do not fit")
    if not (0 <= voicing.pull <= 16 and 0 <= voicing.parallels <= 400 and 0 <= voicing.spread <= 40):
        raise ValueError(f"{name}: voicing.pull lies from 0 to 16, parallels from 0 to 400 and spread from 0 to 40")
    if not 0 <= voicing.wander <= 12:
        raise ValueError(f"{name}: voicing.wander lies from 0 to 12")
    if style.velocity.low >= style.velocity.high or not (
        _VELOCITIES[0] <= style.velocity.low and style.velocity.high <= _VELOCITIES[1]
    ):
        raise ValueError(f"{name}: velocity.low and velocity.high rise inside {_VELOCITIES[0]}..{_VELOCITIES[1]}")
    _check_numbers(style)
    for part in style.parts:
        _check_part(style, part)
    if style.rests:
        _check_rests(style)


def _check_numbers(style: Style) -> None:
    name, thresholds = f"style {style.name}", style.density.thresholds
    _check_finite(style)
    if list(thresholds) != sorted(set(thresholds)) or style.n_levels > _MOST_LEVELS:
        raise ValueError(f"{name}: density.thresholds rise, and there are {_MOST_LEVELS - 1} at most")
    for what, curve in (("density", style.density.curve), ("velocity", style.velocity.curve)):
        if not 1 <= len(curve) <= _LONGEST_CURVE or not all(-4 <= value <= 4 for value in curve):
            raise ValueError(f"{name}: {what}.curve holds 1 to {_LONGEST_CURVE} numbers from -4 to 4")
    if min(style.density.curve) < 0:
        raise ValueError(f"{name}: density.curve is not negative")
    if not 0.01 <= style.velocity.exponent <= 4:
        raise ValueError(f"{name}: velocity.exponent lies from 0.01 to 4")
    if not 0 <= style.breaths <= 1:
        raise ValueError(f"{name}: breaths lies from 0 to 1")
    if not 0 <= style.rests <= 0.5 or not 0 <= style.affect <= 2:
        raise ValueError(f"{name}: rests lies from 0 to 0.5 and affect from 0 to 2")
    if not 1 <= len(style.parts) <= _MOST_PARTS or len({part.name for part in style.parts}) < len(style.parts):
        raise ValueError(f"{name} has 1 to {_MOST_PARTS} parts, each with a name of its own")


def _check_finite(style: Style) -> None:
    """Refuse numbers that no music has, such as nan."""
    for place, values in (("velocity", style.velocity), ("density", style.density)):
        for each in fields(values):
            value = getattr(values, each.name)
            if isinstance(value, float | int) and not -_LARGEST <= value <= _LARGEST:
                raise ValueError(f"style {style.name}: {place}.{each.name} lies from {-_LARGEST} to {_LARGEST}")
    if not all(0 <= value <= _LARGEST for value in (*style.density.thresholds, style.density.hysteresis)):
        raise ValueError(f"style {style.name}: density.thresholds and hysteresis lie from 0 to {_LARGEST}")
    if style.density.most_per_s < 0:
        raise ValueError(f"style {style.name}: density.most_per_s is not negative")
    if not 0 <= style.density.intensity <= 2:
        raise ValueError(f"style {style.name}: density.intensity lies from 0 to 2")


def _check_part(style: Style, part: PartStyle) -> None:
    name = f"part {part.name} of style {style.name}"
    for levels in (part.levels, *(other.levels for other in part.others)):
        if len(levels) != style.n_levels:
            raise ValueError(
                f"style {style.name} needs {style.n_levels} figures for each part; {name} has {len(levels)}"
            )
    if len(part.others) > _MOST_OTHERS:
        raise ValueError(f"{name}: there are {_MOST_OTHERS} others at most")
    if not 1 <= part.channel <= 16 or not 0 <= part.program <= 127:
        raise ValueError(f"{name}: channel counts from 1 to 16 and program from 0 to 127")
    if not 0 <= part.enters_at <= 1 or not 0 <= part.ring_beats <= 64 or not -_LARGEST <= part.velocity <= _LARGEST:
        raise ValueError(f"{name}: enters_at lies from 0 to 1, ring_beats from 0 to 64, velocity within {_LARGEST}")
    if part.controller is not None and not 0 <= part.controller <= 119:
        raise ValueError(f"{name}: controller lies from 0 to 119")
    if part.fixed_velocity is not None and not style.velocity.low <= part.fixed_velocity <= style.velocity.high:
        raise ValueError(f"{name}: fixed_velocity lies inside the velocities of the style")
    if (part.tones == "drums") != (part.channel == PERCUSSION_CHANNEL) or (part.tones == "drums") != bool(part.kit):
        raise ValueError(f'{name}: tones = "drums", a kit and channel {PERCUSSION_CHANNEL} go together')
    if part.kit and not all(part.low <= key <= part.high for key in part.kit):
        raise ValueError(f"{name}: its kit lies from low to high")
    low = {"bass": style.bass.low, "full": style.bass.low}.get(part.tones, style.voicing.low) + part.transpose
    high = {"bass": style.bass.high}.get(part.tones, style.voicing.high) + part.transpose
    if not part.kit and not 0 <= part.low <= low <= high <= part.high <= 127:
        raise ValueError(f"{name} plays {low} to {high}: let low and high hold that")
    if (
        part.transpose % 12
        or (part.transpose < 0 and low < style.voicing.low)
        or (part.transpose and part.tones == "full")
    ):
        raise ValueError(f"{name}: transpose moves by whole octaves, and not below the chords")


def _check_rests(style: Style) -> None:
    first = min(style.parts, key=lambda part: part.enters_at)
    if first.enters_at > 0 or not (first.carries and first.on_hits):
        raise ValueError(f"style {style.name}: with rests, the part that enters at 0 plays chords and has on_hits")
    if sum(part.carries for part in style.parts) < 2 or sum(part.on_hits for part in style.parts) < 2:
        raise ValueError(f"style {style.name}: with rests, two parts at least play chords, and two have on_hits")


def _range(what: str, low: int, high: int) -> None:
    if not 0 <= low < high <= 127 or high - low > _WIDEST_RANGE:
        raise ValueError(f"{what} goes from low to high, {_WIDEST_RANGE} keys at most, inside 0..127")
