"""What the clips of an xmeml file refer to: files, master clips, sequences, multiclips: written once, named often."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.timeline import Media
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.xmeml_values import is_true, number_at, rate_of, text_of

_PICTURES: Final = frozenset(
    (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".psd", ".webp", ".heic", ".svg")
)
_NUMBERED: Final = re.compile(r"%\d*d|#|\[\d+-\d+\]")
_CLEAR: Final = ("adjustment", "transparent")
"""Words for generators that show only what lies below them."""
_FULL_FRAME: Final = ("slug", "black", "color", "colour", "matte", "bars", "solid", "leader", "gradient", "noise")
"""Words for generators that fill the picture; every other one is a title."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a clip shows: a medium, or a generator where `media` is None."""

    media: Media | None
    generator: str = ""
    rate: Fraction | None = None
    n_frames: Fraction | None = None
    still: bool = False
    """A photograph: every moment of it is its only frame."""

    @property
    def is_clear(self) -> bool:
        """Whether it shows nothing of its own."""
        return self.media is None and any(word in self.generator.lower() for word in _CLEAR)

    @property
    def fills_the_frame(self) -> bool:
        """Whether it hides what lies below it."""
        return self.media is not None or any(word in self.generator.lower() for word in _FULL_FRAME)


class Resources:
    """The elements of one file by their kind and id; a definition may stand before or after its references."""

    def __init__(self, root: Element, finder: MediaFinder) -> None:
        self._finder = finder
        self._defined: dict[tuple[str, str], Element] = {}
        self._sources: dict[str, Source] = {}
        for tag in ("file", "sequence", "clip", "multiclip"):
            for element in root.iter(tag):
                identifier = element.get("id", "")
                best = self._defined.get((tag, identifier))
                if identifier and (best is None or _says_more(element, best)):
                    self._defined[tag, identifier] = element

    def whole(self, element: Element) -> Element:
        """Return the definition that a reference names; an element without one is its own."""
        defined = self._defined.get((element.tag, element.get("id", "")))
        return element if defined is None or (len(element) and not _says_more(defined, element)) else defined

    def source(self, item: Element, around: Fraction | None) -> Source:
        """Return what a clip or generator item shows.

        A clip without a file shows that of its master clip, or the active angle of its multiclip, or an offline medium
        of its own name.
        """
        if item.tag == "generatoritem":
            return Source(None, _generator(item))
        file = item.find("file")
        if file is None:
            file = self._file_elsewhere(item)
        if file is None:
            name = text_of(item, "name")
            return Source(self._finder.find(name) if name else Media("unnamed"))
        identifier = file.get("id", "")
        if identifier not in self._sources or not identifier:
            self._sources[identifier] = self._of_file(self.whole(file), text_of(item, "name"), around)
        return self._sources[identifier]

    def _file_elsewhere(self, item: Element) -> Element | None:
        multiclip = item.find("multiclip")
        if multiclip is not None:
            angles = [angle for one in (multiclip, self.whole(multiclip)) for angle in one.iterfind("angle")]
            active = [angle for angle in angles if is_true(text_of(angle, "activevideoangle"), False)]
            for angle in (*active, *angles):
                clip = angle.find("clip")
                file = None if clip is None else next(self.whole(clip).iter("file"), None)
                if file is not None:
                    return file
        master = self._defined.get(("clip", text_of(item, "masterclipid")))
        return None if master is None else next(master.iter("file"), None)

    def _of_file(self, file: Element, clip_name: str, around: Fraction | None) -> Source:
        address, kind = text_of(file, "pathurl"), text_of(file, "mediasource")
        name = text_of(file, "name") or clip_name
        if not address and kind:
            return Source(None, f"{kind} {name}")
        rate = rate_of(file, around)
        media = self._medium(address or name, rate)
        self._finder.note(media, text_of(file, "timecode/reel/name"), _start_s(file, rate))
        n_frames = number_at(file, "duration")
        suffix = PurePosixPath(media.identity).suffix
        return Source(
            media,
            rate=rate,
            n_frames=n_frames if n_frames and n_frames > 0 else None,
            still=suffix in _PICTURES and not _NUMBERED.search(media.name),
        )

    def _medium(self, address: str, rate: Fraction | None) -> Media:
        if not address:
            return Media("unnamed")
        return self._finder.find(address) if rate is None else self._finder.find_images(address, rate)


def _start_s(file: Element, around: Fraction | None) -> Fraction | None:
    """Return the timecode of the first frame of a file, in seconds."""
    frame, rate = number_at(file, "timecode/frame"), rate_of(file.find("timecode"), around)
    return frame / rate if frame and frame > 0 and rate else None


def _says_more(element: Element, other: Element) -> bool:
    """Whether an element is a definition where another of the same id is a reference, or a poorer one."""
    return _weight(element) > _weight(other)


_TELLING: Final[Mapping[str, str]] = {"file": "pathurl", "sequence": "media", "clip": "media", "multiclip": "angle"}


def _weight(element: Element) -> tuple[bool, int]:
    return element.find(_TELLING[element.tag]) is not None, min(1, len(element))


def _generator(item: Element) -> str:
    words = (text_of(item, path) for path in ("effect/effectid", "effect/name", "effect/effectcategory", "name"))
    return " ".join(word for word in words if word) or "Title"
