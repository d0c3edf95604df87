"""What MLT producers play: media at any speed, stills, colours and titles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.timeline import Media, RetimePoint
from v2m_bridge.timeline.media import MediaFinder, file_name
from v2m_bridge.timeline.mlt_document import Document, rooted
from v2m_bridge.timeline.mlt_times import keys, number
from v2m_bridge.timeline.segments import BLACK, Segment

_TITLES: Final = frozenset(
    ("kdenlivetitle", "qtext", "pango", "dynamictext", "glaxnimate", "webvfx", "qml", "subtitle")
)
_COLOURS: Final = frozenset(("color", "colour"))
_GENERATORS: Final = frozenset(("noise", "count", "blipflash", "ising0r", "lissajous0r", "plasma", "testcard"))
_STILLS: Final = frozenset(("qimage", "pixbuf"))
_SILENT: Final = frozenset(("tone", "blank", "loader-nogl", "melt", "melt_file"))
DOCUMENTS: Final = frozenset(("xml", "xml-nogl", "consumer"))
"""Services that play another document."""

_SERVICE_PREFIX: Final = re.compile(
    r"(avformat(?:-novalidate)?|timewarp|colou?r|qtext|pango|qimage|pixbuf|xml|consumer|noise|count|framebuffer):(.*)",
    re.DOTALL,
)
_SPEED_PREFIX: Final = re.compile(r"([+-]?\d{1,6}(?:[.,]\d{1,12})?):(.*)", re.DOTALL)
_SPEED_SUFFIX: Final = re.compile(r"(.*)\?([+-]?\d{1,6}(?:[.,]\d{1,12})?)(?:[&?].*)?", re.DOTALL)
_STILL_SUFFIXES: Final = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".tga", ".webp", ".svg"))
_SOUND_SUFFIXES: Final = frozenset((".wav", ".aif", ".aiff", ".mp3", ".m4a", ".aac", ".flac", ".ogg", ".opus", ".caf"))
_CLEAR: Final = re.compile(r"(transparent|none|(0x)?[0-9a-f]{6}00|#00[0-9a-f]{6})")
_BLACK: Final = re.compile(r"(black|0|0x000000(ff)?|#(ff)?000000)")
_STREAM_TYPE: Final = re.compile(r"meta\.media\.\d+\.stream\.type")
_FASTEST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Played:
    """What a producer plays: frame `f` of it shows the medium at `zero_s + speed * f` frames, or as `bends` say."""

    name: str
    media: Media | None = None
    picture: bool = True
    sound: bool = False
    is_on: bool = True
    """Whether its sound is heard."""
    opaque: bool = True
    black: bool = False
    """A black background, or nothing at all."""
    speed: Fraction = Fraction(1)
    zero_s: Fraction = Fraction(0)
    bends: tuple[tuple[int, Fraction], ...] = ()
    """Frames and the seconds of the medium there, straight lines between them; the ends are held."""

    def source_s(self, frame: int, rate: Fraction) -> Fraction:
        """Return which second of the medium a frame shows."""
        if not self.bends:
            return self.zero_s + self.speed * frame / rate
        if frame <= self.bends[0][0]:
            return self.bends[0][1]
        for (at, value), (until, target) in zip(self.bends, self.bends[1:], strict=False):
            if frame <= until:
                return value + (target - value) * (frame - at) / (until - at)
        return self.bends[-1][1]


@dataclass(frozen=True, slots=True)
class Hold:
    """A frame that stands still: all the time, or only before or after it has come."""

    frame: int
    before: bool
    after: bool

    def shows(self, frame: int) -> int:
        """Return which frame is shown in place of one."""
        is_held = self.before == self.after or (frame < self.frame if self.before else frame > self.frame)
        return self.frame if is_held else frame


def segment(played: Played, low: int, high: int, rate: Fraction, hold: Hold | None = None) -> Segment:
    """Return the frames of a producer from `low` to before `high`, in its own time."""
    bends = [at for at, _ in played.bends if low < at < high]
    if hold and low < hold.frame < high:
        bends.append(hold.frame)
    at = [low, *sorted(set(bends)), high]
    source = [played.source_s(hold.shows(frame) if hold else frame, rate) for frame in at]
    points = tuple(
        RetimePoint((frame - low) / rate, second - source[0]) for frame, second in zip(at, source, strict=True)
    )
    return Segment(
        low / rate,
        high / rate,
        played.name,
        played.media,
        source[0],
        (source[-1] - source[0]) * rate / (high - low),
        played.opaque,
        retime=points if len(points) > 2 else (),
    )


def played(document: Document, element: Element, finder: MediaFinder) -> Played:
    """Return what a producer or chain plays."""
    properties = document.properties(element)
    service, resource = _service(properties)
    clip = document.bin_clip(properties)
    name = _name(properties, clip)
    if service in _SILENT or not (service or resource):
        return Played(name, picture=False)
    if service in _COLOURS:
        return _colour(name, resource.strip().lower())
    if service in _TITLES or service in _GENERATORS or service.startswith("frei0r."):
        return Played(name or "Title", opaque=service not in _TITLES)
    resource, speed = _speed(service, resource, properties)
    images = _images(document, service, resource, properties, finder)
    media = images or _medium(document, resource, properties, clip, finder)
    found = Played(
        name=name or media.name,
        media=media,
        picture=_shows(properties, media),
        sound=_sounds(service, properties, media),
        is_on=properties.get("set.test_audio") != "1",
    )
    if service in _STILLS or (not service and PurePosixPath(media.identity).suffix in _STILL_SUFFIXES):
        is_sequence = "%" in resource or "/.all." in resource
        return found if is_sequence else replace(found, speed=Fraction(0))
    if (held := number(properties.get("freeze"))) is not None and service == "framebuffer":
        return replace(found, speed=Fraction(0), zero_s=max(Fraction(0), held) / document.rate)
    return _retimed(document, element, replace(found, speed=speed))


def _retimed(document: Document, element: Element, found: Played) -> Played:
    """Return a medium with its speed, or with the time map that a chain lays over it."""
    for link in element:
        properties = document.properties(link) if link.tag == "link" else {}
        service = link.get("mlt_service") or properties.get("mlt_service")
        if service == "timeremap" and properties.get("disable") != "1":
            points = keys(properties.get("time_map") or properties.get("map") or "", document.rate)
            if points:
                return replace(found, bends=tuple(points), speed=Fraction(1))
    if found.speed < 0:
        last = (length(document, element) or 1) - 1
        return replace(found, zero_s=-found.speed * last / document.rate)
    return found


def length(document: Document, element: Element) -> int | None:
    """Return how many frames a producer has, None where it does not say."""
    said = document.frames(document.properties(element).get("length") or element.get("length"))
    if said is not None and said > 0:
        return said
    last = document.frames(element.get("out") or document.properties(element).get("out"))
    return None if last is None or last < 0 else last + 1


def nested_document(properties: Mapping[str, str]) -> tuple[str, bool] | None:
    """Return the address of the document that a producer plays, and whether that keeps its own frame rate."""
    service, resource = _service(properties)
    return (resource, service == "consumer") if service in DOCUMENTS and resource else None


def _service(properties: Mapping[str, str]) -> tuple[str, str]:
    """Return the service of a producer and its resource; either may be written into the other."""
    service, resource = properties.get("mlt_service", ""), properties.get("resource", "")
    prefix = _SERVICE_PREFIX.fullmatch(resource)
    if prefix and (not service or service.startswith(prefix[1])):
        return service or prefix[1], prefix[2]
    return service, resource


def _speed(service: str, resource: str, properties: Mapping[str, str]) -> tuple[str, Fraction]:
    """Return a resource without its speed, and that speed."""
    said: Fraction | None = None
    if service == "timewarp":
        prefix = _SPEED_PREFIX.fullmatch(resource)
        said = number(properties.get("warp_speed")) or (number(prefix[1]) if prefix else None)
        resource = properties.get("warp_resource") or (prefix[2] if prefix else resource)
    elif service == "framebuffer" and (suffix := _SPEED_SUFFIX.fullmatch(resource)):
        resource, said = suffix[1], number(suffix[2])
    if said is None or not abs(said) <= _FASTEST:
        said = Fraction(1)
    return resource, said


def _medium(
    document: Document, resource: str, properties: Mapping[str, str], clip: Mapping[str, str], finder: MediaFinder
) -> Media:
    """Return the medium of a resource; what stands in for it as a proxy keeps the name of the original."""
    found = _found(document, resource, finder)
    original = properties.get("kdenlive:originalurl") or clip.get("kdenlive:originalurl") or ""
    proxy = properties.get("kdenlive:proxy") or clip.get("kdenlive:proxy") or "-"
    is_proxy = len(proxy) > 1 and file_name(proxy) == file_name(resource)
    if not is_proxy:
        original = original or properties.get("shotcut:originalResource", "")
        is_proxy = properties.get("shotcut:proxy") == "1"
    if not (is_proxy and original):
        return found
    real = _found(document, original, finder)
    return real if real.path else replace(real, path=found.path)


def _images(
    document: Document, service: str, resource: str, properties: Mapping[str, str], finder: MediaFinder
) -> Media | None:
    """Return the medium that numbered images are, each of which may stand for several frames; None of one file."""
    if "%" not in resource or service not in _STILLS:
        return None
    frames_each = document.frames(properties.get("ttl")) or 1
    return finder.find_images(rooted(document.root, resource.partition("?")[0]), document.rate / max(1, frames_each))


def _found(document: Document, resource: str, finder: MediaFinder) -> Media:
    if not resource:
        return Media("unnamed")
    found = finder.find(rooted(document.root, resource))
    return found if found.path else finder.find(resource)


def _shows(properties: Mapping[str, str], media: Media) -> bool:
    if properties.get("set.test_image") == "1" or properties.get("video_index") == "-1":
        return False
    kinds = {value for name, value in properties.items() if _STREAM_TYPE.fullmatch(name)}
    return "video" in kinds if kinds else PurePosixPath(media.identity).suffix not in _SOUND_SUFFIXES


def _sounds(service: str, properties: Mapping[str, str], media: Media) -> bool:
    if service in _STILLS or properties.get("audio_index") == "-1" or properties.get("astream") == "-1":
        return False
    kinds = {value for name, value in properties.items() if _STREAM_TYPE.fullmatch(name)}
    return "audio" in kinds if kinds else PurePosixPath(media.identity).suffix not in _STILL_SUFFIXES


def is_clear(document: Document, holder: Element | None, n_frames: int) -> bool:
    """Whether an effect on all of a clip makes it transparent throughout: its opacity, or its brightness with alpha."""
    for child in holder if holder is not None else ():
        properties = document.properties(child) if child.tag == "filter" else {}
        last = document.frames(child.get("out"))
        is_part = last is not None and last + 1 - (document.frames(child.get("in")) or 0) < n_frames
        if properties.get("disable") == "1" or is_part:
            continue
        service = properties.get("mlt_service", "")
        key = {"qtblend": "rect", "affine": "transition.rect", "brightness": "alpha"}.get(service, "")
        if key and (text := properties.get(key)) and _is_zero_throughout(text, is_rect=key != "alpha"):
            return True
    return False


def _is_zero_throughout(text: str, *, is_rect: bool) -> bool:
    """Whether a value, or the opacity that ends a rectangle, is 0 at each of its keyframes."""
    values = [key.rpartition("=")[2].split() for key in text.split(";") if key.strip()]
    opacities = [number(value[4] if is_rect else value[0]) for value in values if len(value) > (4 if is_rect else 0)]
    return bool(opacities) and len(opacities) == len(values) and all(opacity == 0 for opacity in opacities)


def _colour(name: str, colour: str) -> Played:
    if _CLEAR.fullmatch(colour):
        return Played(name, picture=False, black=True)
    if _BLACK.fullmatch(colour):
        return Played(name or BLACK, black=True)
    return Played(name or "Colour")


def _name(properties: Mapping[str, str], clip: Mapping[str, str]) -> str:
    for key in ("kdenlive:clipname", "shotcut:caption", "kdenlive_name"):
        if name := properties.get(key) or clip.get(key):
            return name[:200]
    return ""
