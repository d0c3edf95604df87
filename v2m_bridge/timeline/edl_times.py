"""At which rate an edit decision list counts, and where its events lie on the time axis of the edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Final

from v2m_bridge.core.timebase import can_drop_frames
from v2m_bridge.timeline.edl_labels import Label
from v2m_bridge.timeline.edl_lines import EventLine, EventList

_NTSC_30: Final = Fraction(30000, 1001)
_NTSC_60: Final = Fraction(60000, 1001)
_FRAMES_OF_30: Final = 30
_STANDARD: Final = tuple(
    sorted(
        [Fraction(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)]
        + [Fraction(1000 * n, 1001) for n in (24, 30, 48, 60, 120)]
    )
)
_DAY_LABEL_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Span:
    """Where an event lies, in frames of the edit from the day of its first label on."""

    start: int
    end: int


def record_labels(found: EventList) -> list[Label]:
    """Return every label of the edit's own time."""
    lines = (line for group in found.groups for line in group.lines)
    return [label for line in lines for label in (line.record_in, line.record_out)]


def record_drops(found: EventList) -> bool:
    """Whether the labels of the edit drop frames: its own labels say so, else the first ``FCM``.

    Later ``FCM`` lines are about the sources of what follows.
    """
    return any(label.drop for label in record_labels(found)) or bool(found.drop)


def marks_drops(found: EventList) -> bool:
    """Whether any label of the list says by its mark that it drops frames; then a colon says that it does not."""
    lines = (line for group in found.groups for line in group.lines)
    return any(
        label.drop for line in lines for label in (line.source_in, line.source_out, line.record_in, line.record_out)
    )


def rate_of(found: EventList, wanted: Fraction | None, media_rates: Iterable[Fraction]) -> Fraction | None:
    """Return the rate of a list, which does not say it; None where nothing tells.

    Parameters
    ----------
    found : EventList
        Labels that drop frames leave 30000/1001, and 60000/1001 where a second has more than 30 of them, be it in the
        sources alone where more events are as long as their sources then.
    wanted : Fraction or None
        What the user says wins; 30 and 60 mean the rates at which labels can be dropped, where they are.
    media_rates : iterable of Fraction
        One for each event whose medium is known: the one that most have, and that has room for the labels, is taken.
    """
    most = max(label.frames for label in record_labels(found))
    dropping = record_drops(found)
    if wanted is not None:
        exact = Fraction(round(wanted) * 1000, 1001)
        return exact if dropping and wanted.denominator == 1 and can_drop_frames(exact) else wanted
    if dropping:
        return _NTSC_60 if most >= _FRAMES_OF_30 or _sources_say_60(found) else _NTSC_30
    votes = Counter(standard for rate in media_rates if round(standard := _standard(rate)) > most)
    return max(votes, key=lambda rate: votes[rate], default=None)


def _sources_say_60(found: EventList) -> bool:
    """Whether source labels count to 60, and more events are as long as their sources at 60 than at 30."""
    lines = [line for group in found.groups for line in group.lines]
    if max(label.frames for line in lines for label in (line.source_in, line.source_out)) < _FRAMES_OF_30:
        return False
    return _n_fitting(lines, _NTSC_60) > _n_fitting(lines, _NTSC_30)


def _n_fitting(lines: Iterable[EventLine], rate: Fraction) -> int:
    """Return how many events are as long as their sources."""
    return sum(
        line.source_out.at(rate, drop=line.source_out.drop) - line.source_in.at(rate, drop=line.source_in.drop)
        == line.record_out.at(rate, drop=True) - line.record_in.at(rate, drop=True)
        for line in lines
    )


def _standard(rate: Fraction) -> Fraction:
    nearest = min(_STANDARD, key=lambda standard: abs(standard - rate))
    return nearest if abs(nearest - rate) < nearest / 200 else rate


def spans(labels: Iterable[tuple[Label, Label]], rate: Fraction, *, drop: bool) -> list[Span]:
    """Return where events lie; the day is turned where the longest hole of the clock ends.

    An end before its start, but for midnight between them, leaves the event without length.
    """
    pairs = list(labels)
    day = Label(_DAY_LABEL_S, 0).at(rate, drop=drop)
    starts = [first.at(rate, drop=drop) for first, _ in pairs]
    dawn = _dawn(starts, day)
    found = []
    for start, (_, last) in zip(starts, pairs, strict=True):
        end = last.at(rate, drop=drop)
        if end < start and start - end > day // 2:
            end += day
        shift = day if start < dawn else 0
        found.append(Span(start + shift, max(start, end) + shift))
    return found


def _dawn(starts: Sequence[int], day: int) -> int:
    """Return the first start after the longest time without any, on a clock of one day."""
    clock = sorted(set(starts))
    if clock[-1] >= day or clock[-1] - clock[0] < day // 2:
        return clock[0]
    holes = [(after - before, after) for before, after in pairwise(clock)]
    holes.append((clock[0] + day - clock[-1], clock[0]))
    return max(holes, key=lambda hole: hole[0])[1]
