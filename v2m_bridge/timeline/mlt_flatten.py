"""What is seen, heard and marked of MLT playlists and tractors, flattened.

A playlist lays entries one after the other, a tractor lays tracks over each other.  Both are opened once, whatever the
number of their uses; a use takes a stretch of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.content import Budget, Content, Mark, topmost
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.mlt_document import LEAVES, Document, tracks
from v2m_bridge.timeline.mlt_joints import joined
from v2m_bridge.timeline.mlt_markers import MarkReader
from v2m_bridge.timeline.mlt_media import Hold, Played, is_clear, length, nested_document, played, segment
from v2m_bridge.timeline.mlt_mixes import mixes, without_hidden
from v2m_bridge.timeline.mlt_sound import gain_db, track_names
from v2m_bridge.timeline.segments import MAX_SEGMENTS, Segment
from v2m_bridge.timeline.xml_file import read_xml

_MAX_DOCUMENTS: Final = 20
_MAX_REPEATS: Final = 10_000


class Flattener:
    """Flattens one document, and those that are clips in it."""

    def __init__(self, document: Document, finder: MediaFinder, budget: Budget | None = None, depth: int = 0) -> None:
        self._document = document
        self._finder = finder
        self._budget = budget or Budget()
        self._depth = depth
        self._marks = MarkReader(document)
        self._opened: dict[int, Content] = {}
        self._opening: set[int] = set()
        self._played: dict[int, Played] = {}
        self._inside: dict[int, tuple[Flattener, Element] | None] = {}

    def content(self, service: Element) -> Content:
        """Return all that a service holds, in seconds from its beginning; what holds itself is empty."""
        key = id(service)
        if key not in self._opened:
            if key in self._opening:
                return Content()
            self._opening.add(key)
            opened = {"playlist": self._of_playlist, "tractor": self._of_tractor, "multitrack": self._of_tractor}
            self._opened[key] = opened[service.tag](service) if service.tag in opened else self._of_leaf(service)
            self._opening.discard(key)
        return self._opened[key]

    def _of_leaf(self, service: Element) -> Content:
        n_frames = self._n_frames(service)
        return self._part(service, 0, n_frames) if n_frames else Content()

    def _of_playlist(self, playlist: Element) -> Content:
        document, rate = self._document, self._document.rate
        found: list[Content] = []
        joints: list[int] = []
        at = 0
        for child in playlist:
            if child.tag == "blank":
                at += max(0, document.frames(child.get("length")) or 0)
            elif child.tag == "entry" and (service := document.used_by(child)) is not None:
                low, high = self._stretch(child, service)
                if self._is_transition(service):
                    joints.append(len(found))
                for _ in range(min(_MAX_REPEATS, document.frames(child.get("repeat")) or 1)):
                    part = self._part(service, low, high, child) if low < high else Content()
                    found.append(part.moved((at - low) / rate))
                    at += max(0, high - low)
        return joined(found, joints)

    def _is_transition(self, service: Element) -> bool:
        """Whether a service is nothing but the transition from one shot to the next."""
        if service.tag != "tractor" or len(list(tracks(self._document, service))) != 2:
            return False
        return any(mix.first == 0 and mix.end >= self._n_frames(service) for mix in mixes(self._document, service))

    def _of_tractor(self, tractor: Element) -> Content:
        document, rate = self._document, self._document.rate
        rows = list(tracks(document, tractor))
        contents: list[Content] = []
        for holder, service in rows:
            content = Content() if service is None or service is holder else self._track(holder, service)
            contents.append(self.content(holder) if service is holder else content)
        if len(rows) > 1 and self._is_background(rows[0][1]):
            contents[0] = replace(contents[0], pictures=())
        layers = [
            [] if _hides(document, holder, "video") else list(content.pictures)
            for (holder, _), content in zip(rows, contents, strict=True)
        ]
        layers = without_hidden(layers, mixes(document, tractor), rate)
        pictures = topmost(((number,), one) for number, layer in enumerate(layers) for one in layer)
        self._budget.spend(len(pictures) // 2)
        names = track_names(document, tractor, rows, [bool(content.sounds) for content in contents])
        sounds: list[Segment] = []
        marks = list(self._marks.of_sequence(tractor))
        for (holder, service), content, name in zip(rows, contents, names, strict=True):
            is_muted = _hides(document, holder, "audio")
            if not (_hides(document, holder, "video") and is_muted):
                marks += content.marks
            if is_muted and any(
                _is_picture_track(document, owner) for owner in (tractor, service) if owner is not None
            ):
                continue
            sounds += [
                replace(sound, track=sound.track or name, enabled=sound.enabled and not is_muted)
                for sound in content.sounds
            ]
        return Content(tuple(pictures), tuple(sounds), tuple(marks))

    def _track(self, holder: Element, service: Element) -> Content:
        """Return what a track shows; what it uses of its service may be trimmed."""
        if service.tag not in LEAVES and holder.get("in") is None and holder.get("out") is None:
            return self.content(service)
        low, high = self._stretch(holder, service)
        return self._part(service, low, high).moved(-low / self._document.rate) if low < high else Content()

    def _stretch(self, use: Element, service: Element) -> tuple[int, int]:
        """Return which frames of a service an entry uses; their ins count from the in of a producer."""
        document = self._document
        base = (document.frames(service.get("in")) or 0) if service.tag in LEAVES else 0
        low = max(0, base + (document.frames(use.get("in")) or 0))
        last = document.frames(use.get("out"))
        if last is not None:
            return low, base + last + 1
        return low, self._n_frames(service)

    def _n_frames(self, service: Element) -> int:
        """Return the first frame behind a service."""
        last = self._document.frames(service.get("out"))
        if last is not None:
            return last + 1
        if service.tag in LEAVES:
            return length(self._document, service) or 0
        content = self.content(service)
        end_s = max((one.end_s for one in (*content.pictures, *content.sounds)), default=Fraction(0))
        return round(end_s * self._document.rate)

    def _part(self, service: Element, low: int, high: int, use: Element | None = None) -> Content:
        """Return what a service plays from frame `low` to before `high`, in its own time."""
        rate = self._document.rate
        holder = self._nested(service) if service.tag in LEAVES else (self, service)
        if holder is None:
            found = self._of_medium(service, low, high, use)
        else:
            flattener, element = holder
            whole = flattener.content(element)
            self._budget.spend(len(whole.sounds) // 32 + len(whole.pictures) // 32)
            found = trimmed(whole, low / rate, high / rate)
            self._budget.spend(len(found.pictures) + len(found.sounds) + len(found.marks))
        self._budget.spend(1)
        return found

    def _of_medium(self, service: Element, low: int, high: int, use: Element | None) -> Content:
        document, rate = self._document, self._document.rate
        one = self._played.get(id(service))
        if one is None:
            one = self._played[id(service)] = played(document, service, self._finder)
        found = segment(one, low, high, rate, self._hold(service, 0) or self._hold(use, low))
        is_seen = one.picture and not any(is_clear(document, holder, high - low) for holder in (service, use))
        sound = replace(found, enabled=one.is_on, gain_db=gain_db(document, service) + gain_db(document, use))
        return Content(
            (found,) if is_seen else (),
            (sound,) if one.sound else (),
            tuple(self._marks_in(service, one, low, high)),
        )

    def _marks_in(self, service: Element, one: Played, low: int, high: int) -> Iterator[Mark]:
        """Yield the markers of a clip in the stretch of it that is used."""
        rate = self._document.rate
        if one.media is None or one.bends or not one.speed:
            return
        properties = self._document.properties(service)
        for mark in self._marks.of_clip(self._document.bin_clip(properties) or properties):
            at_s = (mark.at_s - one.zero_s) / one.speed
            if low <= at_s * rate < high:
                yield replace(mark, at_s=at_s, length_s=mark.length_s / abs(one.speed))

    def _hold(self, holder: Element | None, low: int) -> Hold | None:
        """Return the frame that a freeze effect holds."""
        for child in holder if holder is not None else ():
            properties = self._document.properties(child) if child.tag == "filter" else {}
            if properties.get("mlt_service") == "freeze" and properties.get("disable") != "1":
                frame = self._document.frames(properties.get("frame")) or 0
                return Hold(low + frame, properties.get("freeze_before") == "1", properties.get("freeze_after") == "1")
        return None

    def _nested(self, producer: Element) -> tuple[Flattener, Element] | None:
        """Return the document that a producer plays and what of it, None where it plays none that can be found."""
        key = id(producer)
        if key not in self._inside:
            self._inside[key] = None
            address = nested_document(self._document.properties(producer))
            path = self._finder.find(address[0]).path if address else None
            if address and path and self._depth < _MAX_DOCUMENTS:
                self._inside[key] = self._read(Path(path), keeps_rate=address[1])
        return self._inside[key]

    def _read(self, path: Path, *, keeps_rate: bool) -> tuple[Flattener, Element] | None:
        self._budget.spend(MAX_SEGMENTS // 100)
        try:
            root = read_xml(path)
        except TimelineError:
            return None
        document = Document(root, None if keeps_rate else self._document.rate)
        edit = document.edit()
        finder = replace(self._finder, home=path.parent)
        return None if edit is None else (Flattener(document, finder, self._budget, self._depth + 1), edit)

    def _is_background(self, service: Element | None) -> bool:
        """Whether the lowest track is the black that editors lay under all others, which has no end."""
        if service is None:
            return False
        if service.tag in LEAVES:
            return nested_document(self._document.properties(service)) is None and (
                played(self._document, service, self._finder).black
            )
        entries = [child for child in service if child.tag == "entry"]
        used = [self._document.used_by(entry) for entry in entries]
        is_list = service.tag == "playlist" and bool(entries)
        return is_list and all(one is not None and one.tag in LEAVES and self._is_background(one) for one in used)


def _hides(document: Document, track: Element, what: str) -> bool:
    said = track.get("hide") or document.properties(track).get("hide") or ""
    return said in (what, "both", "3", {"video": "1", "audio": "2"}[what])


def _is_picture_track(document: Document, element: Element) -> bool:
    """Whether a tractor is a video track of Kdenlive, whose sound is never heard: it lies on a track of its own."""
    properties = document.properties(element)
    is_track = any(key.startswith(("kdenlive:track", "kdenlive:timeline_active")) for key in properties)
    return element.tag == "tractor" and is_track and properties.get("kdenlive:audio_track") != "1"


def trimmed(content: Content, low_s: Fraction, high_s: Fraction) -> Content:
    """Return what lies between two times, in the time that it had."""

    def inside(segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        return tuple(
            one.part(max(low_s, one.start_s), min(high_s, one.end_s))
            for one in segments
            if one.end_s > low_s and one.start_s < high_s
        )

    marks = tuple(mark for mark in content.marks if low_s <= mark.at_s < high_s)
    return Content(inside(content.pictures), inside(content.sounds), marks)
