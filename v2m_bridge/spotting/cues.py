"""The cues of an edit: the user's list, else the editor's markers, else a plain division."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

from v2m_bridge.core.cue import Cue
from v2m_bridge.core.direction import Direction
from v2m_bridge.core.timebase import FrameTime, timecode
from v2m_bridge.core.timeline import Marker, Timeline
from v2m_bridge.errors import TimelineError

LONGEST_CUE_S: Final = 180
"""An edit up to this length is one cue; a longer one is divided into parts of about this length at most."""
_IN_MARKER: Final = re.compile(r"IN\s+(\d+m\d+\w*)(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
_OUT_MARKER: Final = re.compile(r"OUT(?:\s+(\d+m\d+\w*))?", re.IGNORECASE)


def cues_of(timeline: Timeline, direction: Direction) -> tuple[Cue, ...]:
    """Return the cues in order.

    Raises
    ------
    TimelineError
        When cues overlap, share a number or lie outside the edit, or IN and OUT markers do not pair.
    """
    if direction.spotted is not None:
        return check_cues(timeline, direction.spotted)
    marked = marked_cues(timeline)
    return check_cues(timeline, marked) if marked else divided(timeline)


def check_cues(timeline: Timeline, cues: Iterable[Cue]) -> tuple[Cue, ...]:
    """Return the cues in order of time after checking that they fit the edit and each other."""
    ordered = tuple(sorted(cues, key=lambda cue: (cue.start.exact_s, cue.number)))
    numbers: set[str] = set()
    for cue in ordered:
        if cue.start.rate != timeline.rate:
            raise TimelineError(
                f"cue {cue.number} counts frames at {cue.start.rate} per second, the edit at {timeline.rate}",
                hint="Give the cue's in and out at the frame rate of the edit.",
            )
        if cue.start.frame < 0 or cue.end > timeline.end:
            place = f"from {label(timeline, cue.start)} to {label(timeline, cue.end)}"
            raise TimelineError(
                f"cue {cue.number} {place} lies outside the edit",
                hint=f"Keep cues from {label(timeline, timeline.frame(0))} to {label(timeline, timeline.end)}.",
            )
        if cue.number in numbers:
            raise TimelineError(f"there are two cues {cue.number}", hint="Give every cue its own number.")
        numbers.add(cue.number)
    for before, after in pairwise(ordered):
        if after.start < before.end:
            raise TimelineError(
                f"cue {after.number} begins at {label(timeline, after.start)}, before cue {before.number} has ended "
                f"at {label(timeline, before.end)}",
                hint="Let cues follow each other; a cue may begin on the frame where another ends.",
            )
    return ordered


def label(timeline: Timeline, at: FrameTime) -> str:
    """Write the timecode of a frame of the edit."""
    return timecode(timeline.start + at, drop_frame=timeline.drop_frame)


def is_spotting_marker(name: str) -> bool:
    """Whether a marker says where a cue begins or ends."""
    return bool(_IN_MARKER.fullmatch(name.strip()) or _OUT_MARKER.fullmatch(name.strip()))


def marked_cues(timeline: Timeline) -> tuple[Cue, ...]:
    """Read cues from markers named ``IN 1m02 Title`` and ``OUT`` (or ``OUT 1m02``).

    An IN marker with a length of its own needs no OUT.  A cue without OUT ends where the next begins, the last one at
    the end of the edit.  Without an IN marker there are none, whatever else the markers say.
    """
    found = [(marker, match) for marker in timeline.markers if (match := _IN_MARKER.fullmatch(marker.name.strip()))]
    ins = sorted(found, key=lambda pair: pair[0].at.frame)
    outs = sorted(
        (marker for marker in timeline.markers if _OUT_MARKER.fullmatch(marker.name.strip())),
        key=lambda marker: marker.at.frame,
    )
    if not ins:
        return ()
    ends = [marker.at for marker, _ in ins[1:]] + [timeline.end]
    cues, used = [], set()
    for (marker, match), limit in zip(ins, ends, strict=True):
        out = next((each for each in outs if marker.at < each.at <= limit), None)
        if out is not None:
            used.add(out.at.frame)
            _check_pair(timeline, out, match[1])
        end = out.at if out is not None else marker.at + timeline.frame(marker.n_frames) if marker.n_frames else limit
        if end <= marker.at:
            raise TimelineError(
                f"cue {match[1]} has no length at {label(timeline, marker.at)}", hint="Move its IN marker to its start."
            )
        cues.append(Cue(match[1], marker.at, end, title=(match[2] or "").strip(), brief=marker.comment))
    for lone in outs:
        if lone.at.frame not in used:
            raise TimelineError(
                f"the OUT marker at {label(timeline, lone.at)} ends no cue", hint="Set an IN marker before it."
            )
    return tuple(cues)


def _check_pair(timeline: Timeline, out: Marker, number: str) -> None:
    match = _OUT_MARKER.fullmatch(out.name.strip())
    named = match[1] if match else None
    if named and named != number:
        raise TimelineError(
            f"the marker {out.name!r} at {label(timeline, out.at)} follows the IN of cue {number}",
            hint=f"Name it OUT or OUT {number}.",
        )


def divided(timeline: Timeline) -> tuple[Cue, ...]:
    """Return one cue over all, or, past three minutes, consecutive cues that meet on cuts.

    The cuts are those nearest to equal parts of three minutes at most; a scene is never divided.
    """
    length_s = timeline.end.exact_s
    n_parts = -(-length_s // LONGEST_CUE_S)
    cuts = [scene.record_in for scene in timeline.scenes[1:]]
    wanted = [length_s * part / n_parts for part in range(1, int(n_parts))]
    chosen = sorted({_nearest(cuts, at_s).frame for at_s in wanted}) if cuts else []
    edges = [0, *chosen, timeline.end.frame]
    return tuple(
        Cue(f"1m{order:02}", timeline.frame(a), timeline.frame(b)) for order, (a, b) in enumerate(pairwise(edges), 1)
    )


def _nearest(cuts: Sequence[FrameTime], at_s: Fraction) -> FrameTime:
    after = bisect_left(cuts, at_s, key=lambda cut: cut.exact_s)
    return min(cuts[max(0, after - 1) : after + 1], key=lambda cut: abs(cut.exact_s - at_s))
