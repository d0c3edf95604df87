"""What is heard of xmeml tracks: names and roles, levels, and channels of one recording that are written one by one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.timeline import Media, RetimePoint
from v2m_bridge.timeline.roles import role_of
from v2m_bridge.timeline.segments import Segment
from v2m_bridge.timeline.xmeml_retime import filters, parameter
from v2m_bridge.timeline.xmeml_tracks import is_on
from v2m_bridge.timeline.xmeml_values import attribute, number, number_at, text_of

_QUIETEST_DB: Final = -96.0
_LOUDEST_DB: Final = 96.0

_What = tuple[Media | None, Fraction, Fraction, Fraction, Fraction, tuple[RetimePoint, ...], bool, float]


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """A track of sound; the second channel of a stereo track has the name of the first."""

    element: Element
    name: str
    """What the editor called it, empty where it has no name."""
    label: str
    enabled: bool
    exploded: bool
    """Whether it is a further channel of the track before it."""

    @property
    def role(self) -> str:
        """The role that its name speaks of."""
        return role_of(self.name)


def sound_tracks(audio: Element | None) -> Iterator[SoundTrack]:
    """Yield the tracks of sound of a sequence; further channels of a stereo track are not counted."""
    n_tracks, before = 0, ""
    for track in audio.iterfind("track") if audio is not None else ():
        exploded = (number(attribute(track, "currentExplodedTrackIndex")) or 0) > 0
        n_tracks += not exploded
        name = attribute(track, "MZ.TrackName") or text_of(track, "name") or text_of(track, "trackname")
        before = (name or (before if exploded else ""))[:80]
        yield SoundTrack(track, before, before or f"A{max(1, n_tracks)}", is_on(track), exploded)


def gain_db(item: Element) -> float:
    """Return the gain of a clip by its level, which is linear; one that changes on the way is taken as it begins."""
    effect = next(filters(item, "audiolevels"), None)
    level = None if effect is None else parameter(effect, "level")
    if level is None:
        return 0.0
    first = level.find("keyframe")
    value = number_at(level, "value") if first is None else number_at(first, "value")
    if value is None:
        return 0.0
    return _QUIETEST_DB if value <= 0 else round(min(_LOUDEST_DB, max(_QUIETEST_DB, 20 * math.log10(value))), 6)


class Heard:
    """Tells sounds of one sequence from further channels of what has been heard already."""

    def __init__(self) -> None:
        self._places: dict[_What, list[tuple[str, str]]] = {}

    def is_new(self, sound: Segment, item: Element, track: SoundTrack) -> bool:
        """Note a sound; whether it is more than another channel of one on an earlier track of the same name."""
        what = (
            sound.media,
            sound.start_s,
            sound.end_s,
            sound.source_s,
            sound.speed,
            sound.retime,
            sound.enabled,
            sound.gain_db,
        )
        channel = text_of(item, "sourcetrack/trackindex")
        places = self._places.setdefault(what, [])
        again = any(name == track.name and (track.exploded or other != channel) for name, other in places)
        places.append((track.name, channel))
        return not again
