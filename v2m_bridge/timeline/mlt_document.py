"""An MLT document: its services by name, their properties, its frame rate.  Kdenlive and Shotcut projects are such."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import PurePath
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.timebase import exact_rate
from v2m_bridge.timeline.mlt_times import frames, number

LEAVES: Final = frozenset(("producer", "chain"))
"""What plays a medium or a generator."""
SERVICES: Final = LEAVES | {"playlist", "tractor", "multitrack"}
"""What can be played."""
BINS: Final = frozenset(("main_bin", "main bin", "playlistmain"))
"""Ids of the playlist that holds the clips of a project rather than an edit."""

_NTSC_BASE: Final = 1001
_RATE_IN_PROFILE: Final = re.compile(r"_(\d{2,4})$|(pal)|(ntsc)")
_NAMED_RATES: Final = {"2398": "24000/1001", "2997": "30000/1001", "5994": "60000/1001"}


class Document:
    """One file; what is asked of it twice is worked out once."""

    def __init__(self, root: Element, rate: Fraction | None = None) -> None:
        self.root = root
        self._by_id: dict[str, Element] = {}
        self._properties: dict[int, Mapping[str, str]] = {}
        for element in root.iter():
            if element.tag in SERVICES and (name := element.get("id")):
                self._by_id[name] = element
        self.said_rate = rate or _profile_rate(root) or self._rate_by_name() or self._rate_of_media()
        self.rate = self.said_rate or Fraction(25)
        self.bin = self._bin()

    def service(self, name: str | None) -> Element | None:
        """Return the service of a name."""
        return self._by_id.get(name or "")

    def used_by(self, element: Element) -> Element | None:
        """Return the service that an entry or track plays: named, or written inside it."""
        named = self.service(element.get("producer"))
        return named if named is not None else next((child for child in element if child.tag in SERVICES), None)

    def properties(self, element: Element) -> Mapping[str, str]:
        """Return the properties of a service, filter, link, transition or entry."""
        found = self._properties.get(id(element))
        if found is None:
            found = {
                name: (child.text or child.get("value") or "").strip()
                for child in element
                if child.tag == "property" and (name := child.get("name"))
            }
            self._properties[id(element)] = found
        return found

    def frames(self, text: str | None) -> int | None:
        """Read a time of the document."""
        return frames(text, self.rate)

    def bin_clip(self, properties: Mapping[str, str]) -> Mapping[str, str]:
        """Return the properties of the bin clip that a clip on the timeline was made from, none where it has none."""
        return self.bin.get(properties.get("kdenlive:id", ""), {})

    @property
    def project(self) -> Mapping[str, str]:
        """The properties of the project, empty where the document is none."""
        element = next((found for name in ("main_bin", "main bin") if (found := self.service(name)) is not None), None)
        return {} if element is None else self.properties(element)

    def edit(self) -> Element | None:
        """Return the service that is the edit: the active sequence of a Kdenlive project, else what stands last."""
        active = self.project.get("kdenlive:docproperties.activetimeline")
        if active:
            for name in (active, active.strip("{}"), f"{{{active}}}"):
                if (sequence := self.service(name)) is not None:
                    return sequence
        top = [child for child in self.root if child.tag in SERVICES and child.get("id") not in BINS]
        tractors = [child for child in top if child.tag == "tractor"]
        lists = [child for child in top if child.tag in ("playlist", "multitrack")]
        return next((group[-1] for group in (tractors, lists, top) if group), None)

    def _bin(self) -> dict[str, Mapping[str, str]]:
        clips: dict[str, Mapping[str, str]] = {}
        for holder in (self.service(name) for name in sorted(BINS)):
            for entry in holder if holder is not None else ():
                if entry.tag == "entry" and (service := self.used_by(entry)) is not None:
                    properties = self.properties(service)
                    clips.setdefault(properties.get("kdenlive:id", ""), properties)
        clips.pop("", None)
        for old in self.root.iter("kdenlive_producer"):
            names = {"kdenlive:clipname": old.get("name", "")}
            clips.setdefault(old.get("id", ""), names)
        return clips

    def _rate_by_name(self) -> Fraction | None:
        """Return the rate in the name of a project's profile, such as ``atsc_1080p_2997``."""
        match = _RATE_IN_PROFILE.search(self.project.get("kdenlive:docproperties.profile", "").lower())
        if match is None:
            return None
        if match[2] or match[3]:
            return Fraction(25) if match[2] else Fraction(30000, 1001)
        said = number(_NAMED_RATES.get(match[1]) or match[1])
        if match[1] in _NAMED_RATES:
            return Fraction(_NAMED_RATES[match[1]])
        return said if said is not None and said <= 1000 else None

    def _rate_of_media(self) -> Fraction | None:
        """Return the rate of the first medium that says it: it is what MLT makes a profile from."""
        for element in self.root.iter():
            if element.tag in LEAVES:
                properties = self.properties(element)
                rate = _ratio(
                    properties.get("meta.media.frame_rate_num"), properties.get("meta.media.frame_rate_den", "1")
                )
                if rate:
                    return rate
        return None


def _profile_rate(root: Element) -> Fraction | None:
    profile = root.find("profile")
    if profile is None:
        return None
    return _ratio(profile.get("frame_rate_num"), profile.get("frame_rate_den", "1"))


def _ratio(numerator: str | None, denominator: str | None) -> Fraction | None:
    above, below = number(numerator), number(denominator)
    if not above or not below or not 1 <= above / below <= 1000:
        return None
    rate = above / below
    return rate if rate.denominator in (1, _NTSC_BASE) else exact_rate(rate)


def tracks(document: Document, tractor: Element) -> Iterator[tuple[Element, Element | None]]:
    """Yield what holds each track of a tractor, and the service that plays there, from the lowest up."""
    for child in tractor:
        if child.tag == "multitrack":
            yield from tracks(document, child)
        elif child.tag == "track":
            yield child, document.used_by(child)
        elif child.tag in SERVICES:
            yield child, child


def transitions(tractor: Element) -> Iterator[Element]:
    """Yield the transitions of a tractor."""
    for child in tractor:
        if child.tag == "transition":
            yield child
        elif child.tag == "field":
            yield from transitions(child)


def rooted(root: Element, resource: str) -> str:
    """Return a relative resource under the folder that the document names, any other as it is."""
    folder = root.get("root", "").strip()
    is_url = re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", resource)
    is_rooted = resource.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", resource)
    return resource if not folder or is_url or is_rooted else str(PurePath(folder) / resource)
