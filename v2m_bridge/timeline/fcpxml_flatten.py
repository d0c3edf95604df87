"""What is seen, heard and marked of FCPXML stories: spines, connected clips, compounds and multicams, flattened.

An item has two times.  Its offset and its length are of the timeline around it; its start, its markers and the offsets
of what is connected to it are of its own, which a frame rate conform and a time map lead to that of its medium.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.clock import Clock, play
from v2m_bridge.timeline.content import Budget, Content, Laid, Pile, Rank
from v2m_bridge.timeline.fcpxml_clock import clock_of, conform
from v2m_bridge.timeline.fcpxml_markers import marks_of, marks_of_transition
from v2m_bridge.timeline.fcpxml_resources import Resources
from v2m_bridge.timeline.fcpxml_sound import is_on, of_container, of_medium
from v2m_bridge.timeline.fcpxml_spine import ITEMS, Placed, first_offset, lane_of, lay_out
from v2m_bridge.timeline.fcpxml_times import length_of, time_of
from v2m_bridge.timeline.segments import Segment

_OF_A_MEDIUM: Final = frozenset(("asset-clip", "audio", "video"))
_MAX_LANES: Final = 12
"""How deep lanes upon lanes are told apart."""
_ZERO: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class _Span:
    """The stretch of an item's inside that is used, and the frame rate around the item."""

    low_s: Fraction
    high_s: Fraction
    rate: Fraction | None


class Flattener:
    """Flattens the stories of one file."""

    def __init__(self, resources: Resources, frame_s: Fraction) -> None:
        self._resources = resources
        self._frame_s = frame_s
        self._budget = Budget()
        self._opened: dict[tuple[str, str], Laid] = {}
        self._opening: set[tuple[str, str]] = set()

    def sequence(self, sequence: Element, rate: Fraction | None = None) -> Laid:
        """Return what a sequence holds, in its own time, whose rate is that of its format, else `rate`."""
        spine = sequence.find("spine")
        return self._laid(sequence if spine is None else spine, sequence, rate)

    def _laid(self, story: Element, owner: Element, rate: Fraction | None) -> Laid:
        """Return what a story holds whose time is that of its sequence or multicam."""
        start_s = time_of(owner, "tcStart") or _ZERO
        first_s = first_offset(story)
        origin_s = start_s if first_s is None or first_s >= start_s else _ZERO
        pile = Pile(end_s=start_s)
        self._add_spine(story, pile, start_s, origin_s, (), self._resources.rate(owner.get("format")) or rate)
        content = pile.content()
        return Laid(content, start_s, max(pile.end_s, content.pictures[-1].end_s if content.pictures else start_s))

    def _add_spine(
        self, spine: Element, pile: Pile, at_s: Fraction, origin_s: Fraction, rank: Rank, rate: Fraction | None
    ) -> None:
        """Add the items of a spine that begins at `at_s`, which its offsets call `origin_s`."""
        self._budget.spend(len(spine) // 8)
        for placed in lay_out(spine, at_s, origin_s, self._frame_s, self._length_s):
            self._add(placed, pile, rank, rate)
            pile.end_s = pile.end_s if rank else max(pile.end_s, placed.end_s)
        for transition in spine.iterfind("transition"):
            offset_s, length_s = time_of(transition, "offset"), length_of(transition)
            if offset_s is not None and length_s:
                pile.marks.extend(marks_of_transition(transition, at_s + offset_s - origin_s, length_s))

    def _add(self, placed: Placed, pile: Pile, rank: Rank, rate: Fraction | None) -> None:
        """Add an item, and what is connected to it."""
        self._budget.spend(1)
        item = placed.item
        if item.tag == "audition":
            for picked in _picked(item):
                self._add(replace(placed, item=picked), pile, rank, rate)
            return
        if item.tag == "spine":
            offset_s, first_s = time_of(item, "offset"), first_offset(item)
            origin_s = first_s if first_s is not None and first_s == offset_s else _ZERO
            self._add_spine(item, pile, placed.at_s, origin_s, rank, rate)
            return
        start_s, speed = self._start_s(item), self._speed(item, rate)
        if placed.length_s:
            clock = clock_of(item, placed.at_s, start_s, speed, placed.length_s)
            self._add_inside(placed, clock, pile, rank, rate)
            marks = list(marks_of(item)) if is_on(item) else []
            self._budget.spend(len(marks))
            pile.mark(marks, Clock.even(placed.at_s, start_s, speed), placed.at_s, placed.at_s + placed.length_s)
        for child, lane in _connected(item):
            offset_s = time_of(child, "offset")
            at_s = placed.at_s if offset_s is None else placed.at_s + (offset_s - start_s) / speed
            length_s = self._length_s(child) or _ZERO
            there = Placed(child, at_s, length_s, at_s, at_s + length_s)
            self._add(there, pile, (*rank, lane)[:_MAX_LANES], rate)

    def _add_inside(self, placed: Placed, clock: Clock, pile: Pile, rank: Rank, rate: Fraction | None) -> None:
        """Add what an item itself shows and sounds; its sound may begin and end apart from its picture."""
        item = placed.item
        end_s = placed.at_s + placed.length_s
        heard = self._heard(placed, rate)
        low_s, high_s = clock.reach(min(placed.at_s, placed.start_s, heard[0]), max(end_s, placed.end_s, heard[1]))
        inside = self._inside(item, _Span(low_s, high_s, rate))
        self._budget.spend((len(inside.pictures) + len(inside.sounds) + len(inside.marks)) // 2)
        wanted = item.get("srcEnable", "all")
        if wanted != "audio" and _is_shown(item) and placed.start_s < placed.end_s:
            shown = play(inside.pictures, clock, placed.start_s, placed.end_s, self._frame_s)
            pile.pictures.extend((rank, segment) for segment in shown)
        if wanted != "video" and heard[0] < heard[1]:
            for sound in inside.sounds:
                pile.sounds.extend(play([sound], clock, *heard, self._frame_s))
        pile.mark(inside.marks if is_on(item) else (), clock, placed.at_s, end_s)

    def _inside(self, item: Element, span: _Span) -> Content:
        """Return what an item holds, in the time of its inside."""
        if item.tag in _OF_A_MEDIUM:
            return self._of_medium(item, span)
        if item.tag == "title":
            return Content((self._generated(item, span),))
        if item.tag in ("clip", "sync-clip"):
            return self._contained(item, span)
        if item.tag in ("ref-clip", "mc-clip"):
            return self._compound(item, span)
        return Content()

    def _of_medium(self, item: Element, span: _Span) -> Content:
        asset = self._resources.asset(item)
        if asset is None:
            return Content((self._generated(item, span),) if item.tag == "video" else ())
        name = item.get("name", "")[:200] or asset.media.name or "Clip"
        source_s = span.low_s if span.high_s <= asset.start_s else span.low_s - asset.start_s
        medium = Segment(span.low_s, span.high_s + self._frame_s, name, asset.media, source_s)
        if asset.still:
            medium = replace(medium, source_s=_ZERO, speed=_ZERO)
        pictures = (medium,) if item.tag != "audio" and (asset.has_picture or item.tag == "video") else ()
        sounds = of_medium(item, medium) if item.tag == "audio" or (item.tag != "video" and asset.has_sound) else ()
        return Content(pictures, tuple(sounds))

    def _generated(self, item: Element, span: _Span) -> Segment:
        """Return a title, or a generator that may fill the picture."""
        opaque = item.tag == "video" and self._resources.fills_the_frame(item)
        name = item.get("name", "")[:200] or "Title"
        return Segment(span.low_s, span.high_s + self._frame_s, name, None, opaque=opaque)

    def _contained(self, item: Element, span: _Span) -> Content:
        """Return what lies within a clip or synchronised clip, moved to its start where it lies wholly beside it."""
        rate = self._resources.rate(item.get("format")) or span.rate
        pile = Pile()
        for child in _within(item):
            at_s = time_of(child, "offset") or _ZERO
            length_s = self._length_s(child)
            length_s = max(_ZERO, span.high_s - at_s) if length_s is None else length_s
            self._add(Placed(child, at_s, length_s, at_s, at_s + length_s), pile, (), rate)
        content = pile.content()
        extent = content.extent()
        if extent and (extent[1] <= span.low_s or extent[0] >= span.high_s):
            content = content.moved(span.low_s - extent[0])
        name = item.get("name", "")[:200]
        if item.tag == "clip" and name and all(child.tag in _OF_A_MEDIUM for child in _within(item)):
            content = content.named(name)
        return replace(content, sounds=tuple(of_container(item, content.sounds)))

    def _compound(self, item: Element, span: _Span) -> Content:
        """Return what is used of a compound or multicam; one that is not there is an offline medium."""
        laid = self._laid_of(item)
        if not laid:
            return self._of_medium(item, span)
        picture, *sounds = laid
        content = replace(picture.used(span.low_s, span.high_s), sounds=())
        heard = [sound for one in sounds for sound in one.used(span.low_s, span.high_s).sounds]
        return replace(content, sounds=tuple(of_container(item, heard)))

    def _laid_of(self, item: Element) -> list[Laid]:
        """Return what a compound or multicam clip shows, then all that it sounds; nothing where it is not there."""
        kind = "sequence" if item.tag == "ref-clip" else "multicam"
        found = self._resources.compound(item, kind)
        if found is None:
            return []
        identifier, element = found
        if kind == "sequence":
            return [self._open((identifier, ""), element, element)] * 2
        angles = element.findall("mc-angle")
        if not angles:
            return []
        wanted = [[s.get("angleID", "") for s in item.iterfind("mc-source") if _takes(s, what)] for what in _KINDS]
        by_id = {angle.get("angleID", ""): angle for angle in reversed(angles)}
        seen, heard = ([by_id[i] for i in ids if i in by_id] or angles[:1] for ids in wanted)
        return [self._open((identifier, angle.get("angleID", "")), angle, element) for angle in (seen[0], *heard)]

    def _open(self, key: tuple[str, str], story: Element, owner: Element) -> Laid:
        """Return what a story of the resources holds, flattened once."""
        if key not in self._opened:
            if key in self._opening:
                raise TimelineError("a compound clip of the edit holds itself, which cannot be")
            self._opening.add(key)
            laid = self.sequence(owner) if story is owner else self._laid(story, owner, None)
            self._opened[key] = laid
        return self._opened[key]

    def _speed(self, item: Element, rate: Fraction | None) -> Fraction:
        asset = self._resources.asset(item) if item.tag in _OF_A_MEDIUM else None
        return conform(item, rate, asset.rate if asset else None)

    def _start_s(self, item: Element) -> Fraction:
        """Return where the local time of an item begins."""
        start_s = time_of(item, "start")
        if start_s is not None:
            return start_s
        if item.tag in _OF_A_MEDIUM:
            asset = self._resources.asset(item)
            return asset.start_s if asset else _ZERO
        laid = self._laid_of(item) if item.tag in ("ref-clip", "mc-clip") else []
        return laid[0].start_s if laid else _ZERO

    def _length_s(self, item: Element) -> Fraction | None:
        """Return how long an item plays, None where neither it nor its medium says it."""
        said_s = length_of(item)
        if said_s is not None:
            return said_s
        if item.tag == "audition":
            return next((self._length_s(picked) for picked in _picked(item)), None)
        if item.tag in _OF_A_MEDIUM:
            asset = self._resources.asset(item)
            if asset is None or asset.length_s is None:
                return None
            return max(_ZERO, asset.length_s - max(_ZERO, self._start_s(item) - asset.start_s))
        laid = self._laid_of(item) if item.tag in ("ref-clip", "mc-clip") else []
        return max(_ZERO, laid[0].end_s - max(laid[0].start_s, self._start_s(item))) if laid else None

    def _heard(self, placed: Placed, rate: Fraction | None) -> tuple[Fraction, Fraction]:
        """Return from when to when an item is heard."""
        item = placed.item
        start_s, length_s = time_of(item, "audioStart"), length_of(item, "audioDuration")
        begin_s = placed.at_s
        if start_s is not None:
            begin_s += (start_s - self._start_s(item)) / self._speed(item, rate)
        return begin_s, begin_s + (placed.length_s if length_s is None else length_s)


_KINDS: Final = ("video", "audio")


def _takes(source: Element, kind: str) -> bool:
    return source.get("srcEnable", "all") in ("all", kind)


def _picked(audition: Element) -> list[Element]:
    """Return the active one of the clips of an audition, which stands first."""
    return [child for child in audition if child.tag in ITEMS][:1]


def _is_shown(item: Element) -> bool:
    """Whether the picture of an item is on and not wholly transparent throughout."""
    blend = item.find("adjust-blend")
    if blend is not None and len(blend) == 0 and is_on(blend):
        try:
            return is_on(item) and float(blend.get("amount", "1")) > 0
        except ValueError:
            pass
    return is_on(item)


def _connected(item: Element) -> Iterator[tuple[Element, int]]:
    """Yield what is connected to an item, with its lane."""
    for child in item:
        lane = lane_of(child) if child.tag in ITEMS else 0
        if lane and not (item.tag == "clip" and child.tag == "audio"):
            yield child, lane


def _within(item: Element) -> list[Element]:
    """Return what lies within a clip; its channels of sound do in whatever lane."""
    return [
        child
        for child in item
        if child.tag in ITEMS and (lane_of(child) == 0 or (item.tag == "clip" and child.tag == "audio"))
    ]
