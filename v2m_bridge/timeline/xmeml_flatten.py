"""What is seen, heard and marked of xmeml sequences: tracks of clips, nested sequences and multiclips, flattened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.clock import Clock, play
from v2m_bridge.timeline.content import Budget, Content, Laid, Pile
from v2m_bridge.timeline.segments import Segment
from v2m_bridge.timeline.xmeml_markers import marks_of
from v2m_bridge.timeline.xmeml_resources import Resources, Source
from v2m_bridge.timeline.xmeml_retime import Place, clock_of, filters, parameter
from v2m_bridge.timeline.xmeml_sound import Heard, SoundTrack, gain_db, sound_tracks
from v2m_bridge.timeline.xmeml_tracks import Placed, is_on, lay_out, unit_rate
from v2m_bridge.timeline.xmeml_values import frames_at, number, number_at, rate_of, seconds, text_of

_ZERO: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Habits:
    """What the program that wrote a file does throughout."""

    counts_by_sequence: bool
    """In and out of media of another rate are counted at that of the sequence, where the clip leaves it open."""
    leaves_out_green: bool
    """Markers without colour are green."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A clip with its inside and how that runs."""

    placed: Placed
    clock: Clock
    inside: Content
    unit: Fraction
    """Rate at which its in, out and markers are counted."""


class Flattener:
    """Flattens the sequences of one file."""

    def __init__(self, resources: Resources, habits: Habits, frame_s: Fraction) -> None:
        self._resources = resources
        self._habits = habits
        self._frame_s = frame_s
        self._budget = Budget()
        self._laid: dict[int, Laid] = {}
        self._opening: set[int] = set()

    def sequence(self, sequence: Element, rate: Fraction) -> Laid:
        """Return what a sequence holds, in seconds from its first frame, flattened once.

        Parameters
        ----------
        sequence : Element
            With its tracks.
        rate : Fraction
            That of its frames, or of what holds it where it says none.
        """
        key = id(sequence)
        if key not in self._laid:
            if key in self._opening:
                raise TimelineError("a nested sequence of the edit holds itself, which cannot be")
            self._opening.add(key)
            self._laid[key] = self._flattened(sequence, rate)
        return self._laid[key]

    def _flattened(self, sequence: Element, rate: Fraction) -> Laid:
        pile = Pile()
        for number_, track in enumerate(sequence.iterfind("media/video/track")):
            if is_on(track):
                for placed in lay_out(track, rate):
                    self._add_picture(placed, pile, number_, rate)
        heard = Heard()
        for sound_track in sound_tracks(sequence.find("media/audio")):
            for placed in lay_out(sound_track.element, rate):
                self._add_sound(placed, pile, sound_track, heard, rate)
        marks = list(marks_of(sequence, rate, with_default=self._habits.leaves_out_green))
        self._budget.spend(len(marks))
        pile.marks.extend(marks)
        content = pile.content()
        end_s = max((segment.end_s for segment in (*content.pictures, *content.sounds)), default=_ZERO)
        return Laid(content, _ZERO, end_s)

    def _add_picture(self, placed: Placed, pile: Pile, track: int, rate: Fraction) -> None:
        self._budget.spend(1)
        if not is_on(placed.item) or placed.start_s >= placed.end_s:
            return
        opened = self._opened(placed, rate, sound=False)
        self._add_marks(opened, pile)
        if not _is_transparent(placed.item):
            self._budget.spend(len(opened.inside.pictures) // 2)
            shown = play(opened.inside.pictures, opened.clock, placed.start_s, placed.end_s, self._frame_s)
            pile.pictures.extend(((track,), segment) for segment in shown)

    def _add_sound(self, placed: Placed, pile: Pile, track: SoundTrack, heard: Heard, rate: Fraction) -> None:
        self._budget.spend(1)
        item = placed.item
        if placed.start_s >= placed.end_s or item.tag == "generatoritem":
            return
        opened = self._opened(placed, rate, sound=True)
        on, gain = track.enabled and is_on(item), gain_db(item)
        if is_on(item):
            self._add_marks(opened, pile)
        self._budget.spend(len(opened.inside.sounds) // 2)
        for inside in opened.inside.sounds:
            for sound in play([inside], opened.clock, placed.start_s, placed.end_s, self._frame_s):
                found = replace(
                    sound,
                    track=sound.track or track.label,
                    role=sound.role or track.role,
                    enabled=on and sound.enabled,
                    gain_db=gain + sound.gain_db,
                )
                if heard.is_new(found, item, track):
                    pile.sounds.append(found)

    def _add_marks(self, opened: _Opened, pile: Pile) -> None:
        """Add the markers of a clip, which are counted as its in point is, and of the sequence inside it."""
        placed = opened.placed
        marks = list(marks_of(placed.item, opened.unit, with_default=self._habits.leaves_out_green))
        self._budget.spend(len(marks) + len(opened.inside.marks) // 2)
        first_s = seconds(frames_at(placed.item, "in") or _ZERO, opened.unit)
        pile.mark(marks, Clock.even(placed.at_s, first_s, Fraction(1)), placed.start_s, placed.end_s)
        pile.mark(opened.inside.marks, opened.clock, placed.start_s, placed.end_s)

    def _opened(self, placed: Placed, rate: Fraction, *, sound: bool) -> _Opened:
        item = placed.item
        unit = unit_rate(item, placed.length_s, rate, self._habits.counts_by_sequence)
        place = Place(placed.at_s, placed.length_s, rate)
        nested = item.find("sequence")
        if nested is not None:
            whole = self._resources.whole(nested)
            inner = rate_of(whole, rate) or rate
            laid = self.sequence(whole, inner)
            clock = clock_of(item, Source(None, rate=inner, n_frames=laid.end_s * inner), place, unit)
            used = laid.used(*clock.reach(placed.start_s, placed.end_s))
            return _Opened(placed, clock, replace(used, **{"pictures" if sound else "sounds": ()}), unit)
        source = self._resources.source(item, rate)
        clock = clock_of(item, source, place, unit)
        medium = self._medium(item, source, clock.reach(placed.start_s, placed.end_s))
        if sound:
            inside = Content(sounds=(medium,) if source.media is not None else ())
        else:
            inside = Content(() if source.is_clear else (medium,))
        return _Opened(placed, clock, inside, unit)

    def _medium(self, item: Element, source: Source, reach: Sequence[Fraction]) -> Segment:
        name = text_of(item, "name")[:200] or (source.media.name if source.media else "Title")
        return Segment(
            reach[0],
            reach[1] + self._frame_s,
            name,
            source.media,
            source_s=reach[0],
            opaque=source.fills_the_frame,
        )


def _is_transparent(item: Element) -> bool:
    """Whether the opacity of a clip is 0 throughout."""
    for effect in filters(item, "opacity"):
        opacity = parameter(effect, "opacity")
        if opacity is None:
            continue
        keys = [number(text_of(key, "value")) for key in opacity.iterfind("keyframe")]
        if all(value == 0 for value in keys or [number_at(opacity, "value")]):
            return True
    return False
