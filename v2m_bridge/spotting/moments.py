"""Moments at which music may enter or leave: cuts, markers and ends of speech, with what each is worth and why."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Final

from v2m_bridge.core.speech import Span, SpeechMask
from v2m_bridge.core.timeline import Scene, Timeline
from v2m_bridge.spotting.cues import is_spotting_marker
from v2m_bridge.spotting.hits import Cut

BREATH_S: Final = Fraction(3, 4)
"""How long after a cut music leaves, at most half of the shot that follows."""
PLACE_MEMORY_S: Final = 30
"""A medium that has not been on screen for this long is another place: shot and countershot are one."""
_EVEN_CUTS: Final = 0.15
"""An edit whose strongest cut changes less than this has no strong cut."""
_AFTER_A_LINE_S: Final = 2
_BEFORE_A_LINE_S: Final = 2
_CLEARS_A_LINE_S: Final = 4
_LONG_PAUSE_S: Final = 20

START_WORTH: Final = 0.0
END_WORTH: Final = 0.5
MARKER_WORTH: Final = 0.9
MUST_MARKER_WORTH: Final = 1.5


@dataclass(frozen=True, slots=True)
class Moment:
    """A frame at which music may enter or leave."""

    frame: int
    worth: float
    reason: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A cut, as spotting sees it."""

    frame: int
    worth: float
    """0..1.8: how much the picture changes, against the strongest cut of the edit, and whether the place changes"""
    is_end_of_place: bool
    goes_black: bool
    """Music may leave there, but has nothing to enter with."""
    reason: str


def turns_of(timeline: Timeline, cuts: Sequence[Cut]) -> tuple[Turn, ...]:
    """Weigh the cuts for entries and outs.

    ``worth = change / strongest change + 0.8 * (1 - share of such cuts)`` where the medium was not on screen in the
    30 s before: where every shot is another file, a new file says nothing.
    """
    is_new = _new_places(timeline.scenes)
    rare = 1 - sum(is_new) / max(1, len(is_new))
    strongest = max([_EVEN_CUTS, *(cut.change for cut in cuts)])
    turns = []
    for cut, new, scene in zip(cuts, is_new, timeline.scenes[1:], strict=True):
        place = 0.8 * rare if new else 0.0
        worth = round(cut.change / strongest + place, 3)
        name = scene.media.name if scene.media else ""
        is_place = place > cut.change / strongest and scene.media is not None
        reason = f"the edit goes to another place ({name})" if is_place else cut.reason
        goes_black = scene.media is None
        turns.append(Turn(cut.at.frame, worth, place > 0.3 or goes_black, goes_black, reason))
    return tuple(turns)


def _new_places(scenes: Sequence[Scene]) -> list[bool]:
    last_seen_s: dict[str, Fraction] = {}
    new = []
    for scene in scenes:
        at_s = scene.record_in.exact_s
        name = scene.media.identity if scene.media else ""
        new.append(name not in last_seen_s or at_s - last_seen_s[name] > PLACE_MEMORY_S)
        last_seen_s[name] = scene.record_out.exact_s
    return new[1:]


def entries_of(timeline: Timeline, turns: Sequence[Turn], speech: SpeechMask) -> tuple[Moment, ...]:
    """Return where music may enter, in order, one for each frame: never inside speech."""
    pauses = _Pauses(speech.spans_s)
    found: dict[int, Moment] = {}
    for moment in _possible_entries(timeline, turns, speech):
        at_s = timeline.frame(moment.frame).exact_s
        if not 0 <= moment.frame < timeline.end.frame or speech.is_in(at_s):
            continue
        since_s, until_s = pauses.around(at_s)
        worth = moment.worth
        if since_s is not None and since_s <= _AFTER_A_LINE_S:
            worth += 0.3
        if until_s is not None:
            worth += 0.5 * min(1.0, float(until_s) / _LONG_PAUSE_S) - (0.8 if until_s < _BEFORE_A_LINE_S else 0.0)
        elif speech.spans_s:
            worth += 0.5
        _keep_best(found, replace(moment, worth=round(worth, 3)))
    return tuple(found[frame] for frame in sorted(found))


def _possible_entries(timeline: Timeline, turns: Sequence[Turn], speech: SpeechMask) -> Iterator[Moment]:
    yield Moment(0, START_WORTH, "with the first picture")
    for turn in turns:
        yield Moment(turn.frame, 0.0 if turn.goes_black else 0.2 + turn.worth, f"on the cut where {turn.reason}")
    for marker in timeline.markers:
        name, is_spotting = marker.name.strip(), is_spotting_marker(marker.name)
        if is_spotting and name.upper().startswith("OUT"):
            continue
        worth = MUST_MARKER_WORTH if is_spotting or "!" in name else MARKER_WORTH
        yield Moment(marker.at.frame, worth, f"on the marker {name or 'without a name'}")
    for _, end_s in speech.spans_s:
        yield Moment(ceil(end_s * timeline.rate), 0.4, "as the speech ends")


def outs_of(timeline: Timeline, turns: Sequence[Turn], speech: SpeechMask) -> tuple[Moment, ...]:
    """Return where music may leave, in order, one for each frame: never inside speech."""
    pauses = _Pauses(speech.spans_s)
    found: dict[int, Moment] = {}
    for moment in _possible_outs(timeline, turns):
        at_s = timeline.frame(moment.frame).exact_s
        if not 0 < moment.frame <= timeline.end.frame or (moment.frame < timeline.end.frame and speech.is_in(at_s)):
            continue
        until_s = pauses.around(at_s)[1]
        if until_s is not None and until_s <= _CLEARS_A_LINE_S:
            moment = Moment(moment.frame, round(moment.worth + 0.4, 3), f"{moment.reason}, clear of the next line")
        _keep_best(found, moment)
    return tuple(found[frame] for frame in sorted(found))


def _possible_outs(timeline: Timeline, turns: Sequence[Turn]) -> Iterator[Moment]:
    yield Moment(timeline.end.frame, END_WORTH, "with the last picture")
    for turn, scene in zip(turns, timeline.scenes[1:], strict=True):
        after = turn.frame + min(round(BREATH_S * timeline.rate), scene.n_frames // 2)
        yield Moment(after, 0.1 + turn.worth / 2, f"a breath after the cut where {turn.reason}")
        if turn.is_end_of_place:
            yield Moment(turn.frame, 0.1 + turn.worth / 2, f"on the cut where {turn.reason}")


def _keep_best(found: dict[int, Moment], moment: Moment) -> None:
    """Keep the better of two moments of one frame; that both fall together makes it better still."""
    other = found.get(moment.frame)
    if other is None:
        found[moment.frame] = moment
    else:
        best = max(other, moment, key=lambda each: each.worth)
        found[moment.frame] = replace(best, worth=round(best.worth + 0.2, 3))


class _Pauses:
    """How far the nearest speech lies."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._starts, self._ends = [span[0] for span in spans], [span[1] for span in spans]

    def around(self, at_s: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Seconds since the last speech and until the next, None where there is none."""
        before, after = bisect_left(self._ends, at_s + Fraction(1, 1000)), bisect_left(self._starts, at_s)
        since_s = max(Fraction(0), at_s - self._ends[before - 1]) if before else None
        return since_s, self._starts[after] - at_s if after < len(self._starts) else None
