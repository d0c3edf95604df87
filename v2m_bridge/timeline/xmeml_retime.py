"""How the source runs under an xmeml clip: its in point, Premiere's ticks, and the Time Remap filter.

In and out count from the first frame of the medium, in the time of the clip as it is retimed: at a speed of 200 % the
in point 50 means frame 100 of the medium, and played backwards it means 100 frames before its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.timeline.clock import Clock, Knot
from v2m_bridge.timeline.xmeml_resources import Source
from v2m_bridge.timeline.xmeml_values import TICKS_PER_S, frames_at, is_true, number_at, seconds, text_of

_FASTEST: Final = Fraction(10_000)
_MOST_KEYS: Final = 1_000
_STEEPEST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Remap:
    """What a Time Remap filter says; `keys` are frames of the clip and frames of the medium."""

    speed: Fraction = Fraction(1)
    """Below zero backwards."""
    varies: bool = False
    keys: tuple[tuple[Fraction, Fraction], ...] = ()
    last_value: Fraction | None = None
    held: Fraction | None = None
    """Frame of the medium that a still frame holds."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a clip stands, in seconds, before transitions cut it, and the rate of the sequence."""

    at_s: Fraction
    length_s: Fraction
    rate: Fraction


def filters(item: Element, effect_id: str) -> Iterator[Element]:
    """Yield the effects of a kind that are on, among the filters of a clip."""
    for holder in item.iterfind("filter"):
        if is_true(text_of(holder, "enabled"), True):
            for effect in holder.iterfind("effect"):
                if text_of(effect, "effectid").lower() == effect_id:
                    yield effect


def parameter(effect: Element, name: str) -> Element | None:
    """Return a parameter of an effect by its id, else by its name."""
    for path in ("parameterid", "name"):
        for element in effect.iterfind("parameter"):
            if text_of(element, path).lower() == name:
                return element
    return None


def remap_of(item: Element) -> Remap:
    """Return how a clip is retimed."""
    if is_true(text_of(item, "stillframe"), False):
        return Remap(Fraction(0), held=frames_at(item, "stillframeoffset"))
    effect = next(filters(item, "timeremap"), None)
    if effect is None:
        return Remap()
    percent = number_at(parameter(effect, "speed"), "value")
    speed = Fraction(1) if percent is None else _simple(max(-_FASTEST, min(_FASTEST, percent / 100)))
    if is_true(text_of(parameter(effect, "reverse"), "value"), False):
        speed = -abs(speed)
    varies = is_true(text_of(parameter(effect, "variablespeed"), "value"), False)
    graph = parameter(effect, "graphdict")
    remap = Remap(speed, varies, tuple(_keys(graph)) if graph is not None else (), number_at(graph, "valuemax"))
    values = {value for _, value in remap.keys}
    if speed == 0 and len(values) == 1:
        return replace(remap, held=values.pop())
    return remap


def _simple(speed: Fraction) -> Fraction:
    """Return the simple fraction behind a rounded percentage, such as 1/3 behind 33.3333."""
    simple = speed.limit_denominator(1001)
    return simple if abs(simple - speed) < Fraction(1, 1_000_000) else speed.limit_denominator(1_000_000)


def _keys(graph: Element) -> Iterator[tuple[Fraction, Fraction]]:
    """Yield the keys of a speed graph in order, without the values that no frame has: Premiere writes such junk."""
    low, high = number_at(graph, "valuemin"), number_at(graph, "valuemax")
    found: dict[Fraction, Fraction] = {}
    for key in islice(graph.iterfind("keyframe"), _MOST_KEYS):
        when, value = number_at(key, "when"), number_at(key, "value")
        if when is None or value is None:
            continue
        below = low is not None and value < low - 1
        above = high is not None and high > (low or 0) and value > high + 1
        if not below and not above:
            found[when] = value
    last: tuple[Fraction, Fraction] | None = None
    for when, value in sorted(found.items()):
        if last is None or abs(value - last[1]) <= _STEEPEST * (when - last[0]):
            last = when, value
            yield last


def clock_of(item: Element, source: Source, place: Place, item_rate: Fraction) -> Clock:
    """Return how the inside of a clip runs from where it stands.

    Parameters
    ----------
    item : Element
        The clip.
    source : Source
        What it shows.
    place : Place
        Where it stands: `at_s` is where its in point plays.
    item_rate : Fraction
        The rate at which its in and out are counted.
    """
    remap = remap_of(item)
    first = frames_at(item, "in") or Fraction(0)
    if source.still:
        return Clock.even(place.at_s, Fraction(0), Fraction(0))
    if remap.varies and len(remap.keys) > 1:
        return _graph_clock(remap, source, place, first, item_rate)
    if remap.speed == 0:
        return Clock.even(place.at_s, seconds(first if remap.held is None else remap.held, item_rate), Fraction(0))
    in_s = seconds(first, item_rate)
    if not _counts_source(item, remap.speed, place, item_rate):
        in_s *= abs(remap.speed)
    ticks_s = [_ticks_s(item, name) for name in ("pproticksin", "pproticksout")]
    near_s = 2 * max(Fraction(1), abs(remap.speed)) / item_rate
    if remap.speed > 0:
        in_s = _subclip(item, source, in_s, ticks_s[0], item_rate)
        exact = ticks_s[0] is not None and abs(ticks_s[0] - in_s) <= near_s
        return Clock.even(place.at_s, ticks_s[0] if exact and ticks_s[0] is not None else in_s, remap.speed)
    end_s = _length_s(item, source, remap.speed, item_rate)
    from_s = in_s + abs(remap.speed) * place.length_s if end_s is None else end_s - in_s
    if ticks_s[0] is not None and end_s is not None and abs(ticks_s[0] - in_s) <= near_s:
        from_s = end_s - ticks_s[0]
    elif ticks_s[1] is not None and abs(ticks_s[1] - from_s) <= near_s:
        from_s = ticks_s[1]
    return Clock.even(place.at_s, from_s, remap.speed)


def _graph_clock(remap: Remap, source: Source, place: Place, first: Fraction, item_rate: Fraction) -> Clock:
    """Return the clock of a varying speed; its values count frames of the medium."""
    value_rate = item_rate
    if source.rate and source.n_frames and remap.last_value and abs(remap.last_value - source.n_frames) <= 1:
        value_rate = source.rate
    return Clock(
        tuple(
            Knot(place.at_s + seconds(when - first, item_rate), seconds(value, value_rate))
            for when, value in remap.keys
        )
    )


def _counts_source(item: Element, speed: Fraction, place: Place, item_rate: Fraction) -> bool:
    """Whether in and out count frames of the medium though the clip is retimed, as some programs write.

    Then they lie as far apart as the source that is used, and not as the clip is long.
    """
    first, last = frames_at(item, "in") or Fraction(0), frames_at(item, "out")
    if last is None or abs(speed) == 1:
        return False
    said_s, used_s = seconds(last - first, item_rate), place.length_s * abs(speed)
    frame_s = 1 / item_rate
    return abs(said_s - place.length_s) > 2 * frame_s and abs(said_s - used_s) <= frame_s * (1 + abs(speed))


def _subclip(item: Element, source: Source, in_s: Fraction, ticks_s: Fraction | None, item_rate: Fraction) -> Fraction:
    """Return the in point of a subclip from the start of its medium, as far as it is not counted so."""
    offset = frames_at(item, "subclipinfo/startoffset")
    if not offset:
        return in_s
    moved_s = in_s + seconds(offset, item_rate)
    if ticks_s is not None:
        return min(in_s, moved_s, key=lambda at_s: abs(at_s - ticks_s))
    if source.n_frames and source.rate and moved_s >= source.n_frames / source.rate:
        return in_s
    return moved_s


def _ticks_s(item: Element, name: str) -> Fraction | None:
    ticks = number_at(item, name)
    return None if ticks is None or ticks < 0 else seconds(ticks, Fraction(TICKS_PER_S))


def _length_s(item: Element, source: Source, speed: Fraction, item_rate: Fraction) -> Fraction | None:
    """Return how long the medium under a clip is: by its file, else by the clip, whose length is retimed."""
    if source.n_frames and source.rate:
        return seconds(source.n_frames, source.rate)
    length = frames_at(item, "duration")
    return seconds(length, item_rate) * abs(speed) if length else None
