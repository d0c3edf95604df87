"""What an earlier score says of a cue that is planned again, and from where on the cue has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from v2m_bridge.core.cue import Cue, Hit, HitKind, Need
from v2m_bridge.core.direction import CueDirection
from v2m_bridge.core.harmony import Key, parse_key
from v2m_bridge.core.plan import ModeTurn, PlannedHit
from v2m_bridge.core.score import CueMusic, Score, ScoredHit
from v2m_bridge.core.scored_edit import timeline_of_score
from v2m_bridge.core.slots import Slot
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.spotting.digests import fitted_digest, is_same_music, read_inputs, said_digest
from v2m_bridge.spotting.first_change import first_changed_frame


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """The music that a cue has, its frames counted at the rate of the edit."""

    music: CueMusic
    same_wishes: bool
    """The user says the same of its music, and its pictures were looked at in the same way."""
    same_fit: bool
    """The user says the same of its tempo and meter."""
    changed_frame: int | None
    """First frame of the cue at which the edit shows another picture; None where cue and edit are the same ones."""

    @property
    def n_frames(self) -> int:
        """Length of the music."""
        return self.music.out_frame - self.music.in_frame

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Its grid."""
        return tuple(Slot(slot.onset_tick, slot.length_ticks, slot.bar) for slot in self.music.slots)

    @property
    def key(self) -> Key:
        """The key that it begins in."""
        return parse_key(self.music.key)

    def turn(self, slots: Sequence[Slot]) -> ModeTurn | None:
        """Return its change of mode, where the slot of that is one of `slots`."""
        for turn in self.music.key_turns:
            if turn.slot < min(len(slots), len(self.music.slots)) and slots[turn.slot] == self.slots[turn.slot]:
                return ModeTurn(turn.slot, parse_key(turn.key), turn.reason)
        return None

    def hits_at(self, cue: Cue) -> tuple[PlannedHit, ...]:
        """Return its hits, as far from the first frame of a cue as they are from its own."""
        return tuple(
            PlannedHit(
                _hit(hit, cue.start.frame - self.music.in_frame, cue.start.rate), hit.tick, hit.off_frames, hit.met
            )
            for hit in self.music.hits
        )


def edit_of(kept: Score | None, timeline: Timeline) -> Timeline | None:
    """Return the edit that a score was composed for: the one that is open where that has not changed."""
    if kept is None or kept.revision == timeline.revision:
        return timeline
    try:
        return timeline_of_score(kept)
    except ValueError:
        return None


def earlier_of(
    kept: Score | None,
    old_edit: Timeline | None,
    timeline: Timeline,
    cue: Cue,
    wishes: CueDirection,
    media: Mapping[str, MediumFeatures],
) -> Earlier | None:
    """Return what an earlier score holds for a cue of this number, or None.

    Parameters
    ----------
    kept : Score, optional
    old_edit : Timeline, optional
        See `edit_of`; without it, a cue counts as changed from its first frame.
    timeline : Timeline
        The edit as it is.
    cue : Cue
    wishes : CueDirection
        What holds for the cue.
    media : mapping of str to MediumFeatures
    """
    music = None if kept is None else kept.cue_of(cue.number)
    if kept is None or music is None:
        return None
    inputs = read_inputs(music.inputs)
    same_sight = all(medium.backend == kept.vision for medium in media.values())
    return Earlier(
        music=_at_rate(music, Fraction(kept.rate), timeline.rate),
        same_wishes=same_sight and is_same_music(inputs, said_digest(cue.number, wishes), wishes.locks or ()),
        same_fit=inputs.fitted == fitted_digest(wishes),
        changed_frame=_changed_frame(kept, music, old_edit, timeline, cue),
    )


def _changed_frame(kept: Score, music: CueMusic, old_edit: Timeline | None, timeline: Timeline, cue: Cue) -> int | None:
    place = (cue.start.frame, cue.end.frame)
    if kept.revision == timeline.revision and (music.in_frame, music.out_frame) == place:
        return None
    if old_edit is None or old_edit.rate != timeline.rate:
        return 0
    n_frames = min(music.out_frame - music.in_frame, cue.end.frame - cue.start.frame)
    return first_changed_frame(old_edit, music.in_frame, timeline, cue.start.frame, n_frames)


def _at_rate(music: CueMusic, old: Fraction, new: Fraction) -> CueMusic:
    """Count the frames of a cue at another rate."""
    if old == new:
        return music

    def moved(frame: int) -> int:
        return FrameTime(frame, old).at_rate(new).frame

    hits = (
        replace(hit, frame=moved(hit.frame), off_frames=round(hit.off_frames * float(new / old), 4))
        for hit in music.hits
    )
    out_frame = max(moved(music.out_frame), moved(music.in_frame) + 1)
    return replace(music, in_frame=moved(music.in_frame), out_frame=out_frame, hits=tuple(hits))


def _hit(hit: ScoredHit, moved_by: int, rate: Fraction) -> Hit:
    at = FrameTime(hit.frame + moved_by, rate)
    return Hit(at, HitKind(hit.kind), Need(hit.need), hit.weight, hit.reason)
