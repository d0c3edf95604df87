"""What the clips of an FCPXML file refer to: formats, assets, effects and compound media."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.timeline import Media
from v2m_bridge.timeline.fcpxml_times import format_rate, length_of, time_of
from v2m_bridge.timeline.media import MediaFinder

_SOUND_SUFFIXES: Final = frozenset({".wav", ".aif", ".aiff", ".mp3", ".m4a", ".aac", ".flac", ".ogg", ".caf", ".bwf"})
_FULL_FRAME: Final = ("solid", "background", "texture", "black", "bars", "color", "colour", "gradient")
"""Words in the name or place of generators that fill the picture; every other one is a title."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A medium: where its timecode starts, how long it is, and what it holds."""

    media: Media
    start_s: Fraction
    length_s: Fraction | None
    has_picture: bool
    has_sound: bool
    rate: Fraction | None
    still: bool
    """A photograph: every moment of it is its only frame."""


class Resources:
    """The resources of one file, read when they are asked for."""

    def __init__(self, root: Element, finder: MediaFinder) -> None:
        self._elements = {
            element.get("id", ""): element for resources in root.iter("resources") for element in resources
        }
        self._finder = finder
        self._assets: dict[str, Asset] = {}

    def rate(self, format_id: str | None) -> Fraction | None:
        """Return the frame rate of a format, None where it has none."""
        element = self._of_kind(format_id, "format")
        return None if element is None else format_rate(element)

    def asset(self, item: Element) -> Asset | None:
        """Return the medium that a clip shows; None where it shows an effect, that is a title or generator.

        A clip that names no resource there is shows an offline medium of its own name.
        """
        identifier = item.get("ref", "")
        element = self._elements.get(identifier)
        if element is not None and element.tag == "effect":
            return None
        if element is None or element.tag != "asset":
            name = item.get("name", "")
            return _asset(item, self._finder.find(name) if name else Media("unnamed"), None)
        if identifier not in self._assets:
            media = self._medium(element)
            self._assets[identifier] = _asset(element, media, self.rate(element.get("format")))
        return self._assets[identifier]

    def fills_the_frame(self, item: Element) -> bool:
        """Whether a generator hides what lies below it, as solids and backgrounds do."""
        effect = self._of_kind(item.get("ref"), "effect")
        words = [item.get("name", "")] if effect is None else [effect.get("name", ""), effect.get("uid", "")]
        text = " ".join(words).lower()
        return any(word in text for word in _FULL_FRAME)

    def compound(self, item: Element, kind: str) -> tuple[str, Element] | None:
        """Return the id and the ``sequence`` or ``multicam`` of the media that a clip refers to."""
        media = self._of_kind(item.get("ref"), "media")
        inside = None if media is None else media.find(kind)
        return None if inside is None else (item.get("ref", ""), inside)

    def _of_kind(self, identifier: str | None, tag: str) -> Element | None:
        element = self._elements.get(identifier or "")
        return element if element is not None and element.tag == tag else None

    def _medium(self, asset: Element) -> Media:
        """Return the original of an asset, else what stands in for it."""
        copies = asset.findall("media-rep")
        copies.sort(key=lambda copy: copy.get("kind", "original-media") != "original-media")
        addresses = [address for holder in (asset, *copies) if (address := holder.get("src", "").strip())]
        name = addresses[0] if addresses else asset.get("name", "")
        rate = self.rate(asset.get("format"))
        if not name:
            return Media("unnamed")
        media = self._finder.find(name) if rate is None else self._finder.find_images(name, rate)
        self._finder.note(media, _reel(asset), time_of(asset, "start") or None)
        return media


def _reel(asset: Element) -> str:
    keys = (data for data in asset.iterfind("metadata/md") if data.get("key", "").endswith("studio.reel"))
    return next((data.get("value", "") for data in keys), "")


def _asset(element: Element, media: Media, rate: Fraction | None) -> Asset:
    """Return a medium by what its asset says; where it does not say what it holds, by the suffix of its name."""
    picture, sound = (element.get(key) for key in ("hasVideo", "hasAudio"))
    if picture is None and sound is None:
        picture = "0" if PurePosixPath(media.identity).suffix in _SOUND_SUFFIXES else "1"
        sound = "1"
    is_asset = element.tag == "asset"
    length_s = length_of(element) if is_asset else None
    return Asset(
        media=media,
        start_s=(time_of(element, "start") or Fraction(0)) if is_asset else Fraction(0),
        length_s=length_s,
        has_picture=picture == "1",
        has_sound=sound == "1",
        rate=rate,
        still=length_s == 0 and sound != "1",
    )
