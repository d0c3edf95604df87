"""Which medium an event of an edit decision list shows, and how its source timecodes lie in it.

An event names its medium by clip name, file or reel, and its source by the timecode of the medium.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from v2m_bridge.core.timeline import Media, MediaFacts
from v2m_bridge.timeline.edl_labels import Label
from v2m_bridge.timeline.edl_notes import Event
from v2m_bridge.timeline.media import MediaFinder, file_name
from v2m_bridge.timeline.plain_video import VIDEO_SUFFIXES

SOUND_SUFFIXES: Final = (".wav", ".aif", ".aiff", ".bwf", ".mp3", ".m4a", ".flac", ".ogg", ".caf", ".rf64")
"""What sound files are called."""
_OTHER_SUFFIXES: Final = (
    *(".r3d", ".braw", ".ari", ".arx", ".exr", ".dpx", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".tga", ".bmp"),
    *(".psd", ".gif", ".webp"),
)
_KNOWN_SUFFIXES: Final = frozenset((*VIDEO_SUFFIXES, *SOUND_SUFFIXES, *_OTHER_SUFFIXES))
NO_REELS: Final = frozenset({"", "AX", "BL", "BLK", "BLACK", "UNKNOWN", "NONE", "(NONE)"})
"""Reels that name no medium."""
_HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Range:
    """Frames of a medium from its first frame on.  Written with its end before its start, it plays backwards."""

    start: Fraction
    n_frames: Fraction
    rate: Fraction
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Sources:
    """Finds the sources of one list."""

    finder: MediaFinder
    marks_drops: bool
    """Whether the labels of the list tell by their mark which of them drop frames."""
    _found: dict[tuple[object, ...], tuple[Media, ...]] = field(default_factory=dict, repr=False, compare=False)

    def wanted(self, events: Iterable[Event]) -> tuple[str, ...]:
        """Return the paths of all media that events may mean, each once."""
        found = (media.path for event in events for media in self.candidates(event) if media.path)
        return tuple(dict.fromkeys(found))

    def candidates(self, event: Event) -> tuple[Media, ...]:
        """Return the media on disk that an event may mean; none where it is offline."""
        key = (event.files, event.name, event.reel, event.line.reel, bool(event.line.pictures))
        if key not in self._found:
            self._found[key] = self._candidates(event)
        return self._found[key]

    def media_of(self, event: Event) -> Media:
        """Return the medium of an event: of several that may be meant, the only one that holds its timecodes."""
        candidates = self.candidates(event)
        if len(candidates) > 1:
            candidates = tuple(media for media in candidates if self._holds(media, event))
        return candidates[0] if len(candidates) == 1 else self._offline(event)

    def facts_of(self, event: Event) -> MediaFacts | None:
        """Return what is known of the medium of an event."""
        return self.finder.facts_of(self.media_of(event)) if self.finder.known else None

    def _offline(self, event: Event) -> Media:
        names = [*_names(event), *_reels(event), event.line.reel or "unnamed"]
        likely = next((name for name in names if _suffix(name) in _KNOWN_SUFFIXES), names[0])
        return Media(file_name(likely) or likely)

    def range_of(self, event: Event, media: Media, rate: Fraction, record_s: Fraction) -> Range:
        """Return the source range of an event that plays for `record_s`.

        Of a medium whose timecode is not known the label itself is the time.  Where medium and edit count differently,
        the labels count as the medium does if their length fits then, else as the edit does.
        """
        facts = self.finder.facts_of(media)
        if facts is None:
            return _range(event, rate, MediaFacts(rate), drop=self._drops(event, None))
        drop = self._drops(event, facts)
        own = _range(event, facts.rate, facts, drop=drop)
        if round(facts.rate) != round(rate) and not _counts_own(event, own, rate, record_s):
            own = _range(event, rate, facts, drop=drop)
        return _inside(own, facts)

    def _candidates(self, event: Event) -> tuple[Media, ...]:
        names, reels = _names(event), _reels(event)
        for name in (*names, *reels):
            if (found := self.finder.find(name)).path:
                return (found,)
        for suffixes in (VIDEO_SUFFIXES,) if event.line.pictures else (SOUND_SUFFIXES, VIDEO_SUFFIXES):
            for name in (*event.files, *reels, *names):
                if alike := self.finder.alike(stem_of(name), suffixes):
                    return alike
            for reel in reels:
                if alike := self.finder.alike(reel, suffixes, cut_short=True):
                    return alike
        return ()

    def _drops(self, event: Event, facts: MediaFacts | None) -> bool:
        """Whether source labels drop frames: their marks say so, else the medium, else the list."""
        if event.line.source_in.drop or event.line.source_out.drop:
            return True
        if facts is not None and (facts.start_frame or facts.drop_frame):
            return facts.drop_frame
        return event.line.drop and not self.marks_drops

    def _holds(self, media: Media, event: Event) -> bool:
        facts = self.finder.facts_of(media)
        if facts is None or not facts.n_frames:
            return False
        return _is_within(_range(event, facts.rate, facts, drop=self._drops(event, facts)), facts)


def _names(event: Event) -> tuple[str, ...]:
    """Return what the notes call the medium, files first."""
    return tuple(dict.fromkeys((*event.files, *([event.name] if event.name else ()))))


def _reels(event: Event) -> tuple[str, ...]:
    return tuple(reel for reel in dict.fromkeys((event.reel, event.line.reel)) if reel.upper() not in NO_REELS)


def _range(event: Event, counted: Fraction, facts: MediaFacts, *, drop: bool) -> Range:
    """Read source labels that count at one rate as frames of a medium of another."""
    first, last = event.line.source_in, event.line.source_out
    nominal = max(1, round(counted))
    start, end = (label.at_other(nominal, facts.rate, drop=drop) for label in (first, last))
    day = Label(24 * _HOUR_S, 0).at(facts.rate, drop=drop)
    if end < start and start - end > day // 2:
        end += day
    return Range(min(start, end) - facts.start_frame, abs(end - start), facts.rate, backwards=end < start)


def _counts_own(event: Event, own: Range, rate: Fraction, record_s: Fraction) -> bool:
    """Whether the source labels of an event count at the rate of its medium and not at that of the edit."""
    most = max(event.line.source_in.frames, event.line.source_out.frames)
    if most >= round(rate):
        return True
    if most >= round(own.rate):
        return False
    return abs(own.n_frames / own.rate - record_s) <= max(1 / rate, 1 / own.rate)


def _inside(found: Range, facts: MediaFacts) -> Range:
    """Move a range that lies outside its medium to where it may be meant.

    Media lose their timecode when they are copied or converted: then labels count from the start of the medium, or from
    the full hour.
    """
    if not facts.n_frames or _is_within(found, facts):
        return found
    label = found.start + facts.start_frame
    hour = Label(_HOUR_S, 0).at(facts.rate, drop=False)
    for start in (label, label % hour):
        moved = Range(start, found.n_frames, found.rate, found.backwards)
        if _is_within(moved, facts):
            return moved
    return found


def _is_within(found: Range, facts: MediaFacts) -> bool:
    return found.start >= 0 and found.start + max(Fraction(1), found.n_frames) <= facts.n_frames + 1


def stem_of(name: str) -> str:
    """Return a file name without its suffix, where that is one of media."""
    name, suffix = file_name(name), _suffix(name)
    return name[: -len(suffix)] if suffix in _KNOWN_SUFFIXES else name


def _suffix(name: str) -> str:
    _, point, suffix = file_name(name).rpartition(".")
    return point + suffix.lower()
