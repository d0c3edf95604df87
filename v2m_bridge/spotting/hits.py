"""Hit points of a cue: its cuts, the editor's markers, the user's hits, and a few picks of the program's own."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from v2m_bridge.core.cue import Cue, Hit, HitKind, Need
from v2m_bridge.core.direction import Direction
from v2m_bridge.core.timebase import NS_PER_S, FrameTime
from v2m_bridge.core.timeline import Scene, Timeline
from v2m_bridge.errors import DirectionError
from v2m_bridge.spotting.affect import excitement_of_pieces
from v2m_bridge.spotting.cues import is_spotting_marker
from v2m_bridge.spotting.resample import F64, Picture, means
from v2m_bridge.spotting.scenes import SceneAffect

MUSTS_PER_MINUTE: Final = 4
"""Most automatic musts, over the cue and in any minute of it."""
_APART_NS: Final = 4 * NS_PER_S
_STRONG_CHANGE: Final = 0.15
"""Least picture change, 0..1, of an automatic must."""
_HELD_S: Final = 4.0
_MARKER_WEIGHT: Final = 3.0
_EDGE_WEIGHT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut of the edit: how strongly the picture changes there, and in what."""

    at: FrameTime
    change: float
    """0..1"""
    weight: float
    """0.25..2, as a `may` hit"""
    reason: str


def cuts_of(timeline: Timeline, picture: Picture, scenes: Sequence[SceneAffect]) -> tuple[Cut, ...]:
    """Weigh every cut by how much the picture changes.

    The change is half the distance of the affects (each counted by its confidence, 1 at most) and half the difference
    of excitement; a cut to or from black is a full change.  A cut between shots that both last is worth more:
    ``weight = 0.25 + 1.75 * change * (1 + min(1, shorter shot / 4 s)) / 2``.

    Parameters
    ----------
    timeline : Timeline
    picture : Picture
    scenes : sequence of SceneAffect
        One for each scene, without overrides: a user's word for a scene moves no hit.
    """
    excited = means(picture.edges_ns, excitement_of_pieces(picture)[:, None], picture.scene_spans_ns)[:, 0]
    return tuple(
        _cut(timeline.scenes[index - 1 : index + 1], scenes[index - 1 : index + 1], excited[index - 1 : index + 1])
        for index in range(1, len(timeline.scenes))
    )


def _cut(shots: Sequence[Scene], looks: Sequence[SceneAffect], excited: F64) -> Cut:
    (before, after), (old, new) = shots, looks
    sure = min(old.confidence, new.confidence)
    distance = min(1.0, float(np.hypot(new.valence - old.valence, new.arousal - old.arousal)) * sure)
    is_black = (before.media is None) != (after.media is None)
    stir = float(excited[1] - excited[0])
    change = 1.0 if is_black else round((distance + abs(stir)) / 2, 3)
    held = min(1.0, float(min(before.n_frames, after.n_frames) / before.record_in.rate) / _HELD_S)
    weight = round(0.25 + 1.75 * change * (1 + held) / 2, 3)
    if is_black:
        reason = "the picture goes black" if after.media is None else "the picture comes out of black"
    elif old.word != new.word:
        reason = f"the picture turns from {old.word} to {new.word}"
    elif abs(stir) >= distance:
        reason = f"the picture becomes {'livelier' if stir > 0 else 'calmer'}"
    else:
        reason = f"the picture stays {new.word} and changes in {_larger_change(old, new)}"
    return Cut(after.record_in, change, weight, reason)


def _larger_change(old: SceneAffect, new: SceneAffect) -> str:
    return "valence" if abs(new.valence - old.valence) >= abs(new.arousal - old.arousal) else "arousal"


def hits_of(timeline: Timeline, cue: Cue, cuts: Sequence[Cut], direction: Direction) -> tuple[Hit, ...]:
    """Collect the hits of a cue, one for each frame, in order.

    Of several on one frame the user's wins, then a marker named with ``!``, then an automatic must, then the edge of
    the cue, then the cut.  Automatic musts are chosen before the user's hits are looked at, so that a hit of one scene
    changes none of another.
    """
    first, stop = bisect_right(cuts, cue.start, key=_at), bisect_left(cuts, cue.end, key=_at)
    inside = cuts[first:stop]
    marked = {hit.at.frame: hit for hit in _marker_hits(timeline, cue)}
    found = {cut.at.frame: Hit(cut.at, HitKind.CHANGE, Need.MAY, cut.weight, f"cut: {cut.reason}") for cut in inside}
    found[cue.start.frame] = Hit(cue.start, HitKind.IN, Need.MAY, _EDGE_WEIGHT, "the cue begins")
    found[cue.end.frame] = Hit(cue.end, HitKind.OUT, Need.MAY, _EDGE_WEIGHT, "the cue ends")
    found |= {hit.at.frame: hit for hit in _automatic_musts(cue, inside, list(marked.values()))}
    found |= marked
    found |= {hit.at.frame: hit for hit in _user_hits(timeline, cue, direction)}
    return tuple(found[frame] for frame in sorted(found))


def _at(cut: Cut) -> FrameTime:
    return cut.at


def _is_of(cue: Cue, hit: Hit) -> bool:
    """Whether a hit lies in a cue: on its end, which is the first frame after it, music can only stop."""
    return cue.start <= hit.at < cue.end or (hit.at == cue.end and hit.kind in (HitKind.STOP, HitKind.OUT))


def _marker_hits(timeline: Timeline, cue: Cue) -> list[Hit]:
    hits = [
        Hit(marker.at, HitKind.ACCENT, Need.MUST, _MARKER_WEIGHT, f"marker {marker.name!r}")
        for marker in timeline.markers
        if "!" in marker.name and not is_spotting_marker(marker.name)
    ]
    return [hit for hit in hits if _is_of(cue, hit)]


def _user_hits(timeline: Timeline, cue: Cue, direction: Direction) -> list[Hit]:
    hits = []
    for scene_id in sorted(direction.scenes):
        for hit in direction.scenes[scene_id].hits:
            at = hit.at.at_rate(timeline.rate)
            if not 0 <= at.frame <= timeline.end.frame:
                raise DirectionError(
                    f"scene {scene_id} has a hit at frame {at.frame}, outside the edit",
                    hint=f"Give its frame from 0 to {timeline.end.frame}, counted from the first frame of the edit.",
                )
            hits.append(replace(hit, at=at, reason=hit.reason or "the user asked for it"))
    return [hit for hit in hits if _is_of(cue, hit)]


def _automatic_musts(cue: Cue, cuts: Sequence[Cut], marked: Sequence[Hit]) -> list[Hit]:
    """Pick the strongest picture changes: 4 s apart, at most four in any minute and four a minute over the cue."""
    most = cue.length_ns * MUSTS_PER_MINUTE // (60 * NS_PER_S)
    taken = [hit.at.ns for hit in marked]
    picked: list[int] = []
    hits: list[Hit] = []
    for cut in sorted(cuts, key=lambda cut: (-cut.weight, cut.at.frame)):
        at_ns = cut.at.ns
        if len(hits) >= most or cut.change < _STRONG_CHANGE:
            continue
        if all(abs(at_ns - other) >= _APART_NS for other in (*taken, *picked)) and _has_room(picked, at_ns):
            picked.append(at_ns)
            hits.append(Hit(cut.at, HitKind.CHANGE, Need.MUST, cut.weight, f"strongest change nearby: {cut.reason}"))
    return hits


def _has_room(picked: Sequence[int], at_ns: int) -> bool:
    """Whether no minute would hold more than its share with one more pick."""
    times = sorted((*picked, at_ns))
    place = bisect_left(times, at_ns)
    firsts = range(max(0, place - MUSTS_PER_MINUTE), place + 1)
    runs = (times[first : first + MUSTS_PER_MINUTE + 1] for first in firsts)
    return all(len(run) <= MUSTS_PER_MINUTE or run[-1] - run[0] >= 60 * NS_PER_S for run in runs)
