"""Which music of a cue's earlier version stays in its new plan, slot by slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from v2m_bridge.core.arrays import I64, Bool
from v2m_bridge.core.dynamics import Dynamics
from v2m_bridge.core.harmony import Chord, parse_chord
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.score import CueMusic, ScoredHit, ScoredSlot
from v2m_bridge.core.slots import Slot
from v2m_bridge.spotting.digests import is_same_music, read_inputs

Window = tuple[int, int]
"""Ticks [start, end) of whole bars."""
_ENDING_BARS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """What earlier music gives to a plan of T slots."""

    source: I64
    """(T,) the slot of the earlier music in the same place of the same bar, -1 where it has no such bar"""
    free: Bool
    """(T,) to be composed again, seam bars among them"""
    windows: tuple[Window, ...]
    """Those slots as passages, merged where they touch."""
    symbol_ids: I64
    """(T,) earlier chords in the model's key; any where `source` is -1"""
    chords: tuple[Chord, ...]
    """(T,) as they sound"""
    dynamics: Dynamics
    """T rows"""

    @property
    def known(self) -> Bool:
        """(T,) whether the earlier music has such a slot."""
        found: Bool = self.source >= 0
        return found

    def beyond(self, plan: CuePlan) -> tuple[Window, ...]:
        """Return the bars of a plan that the earlier music does not have."""
        spans = [(slot.onset_tick, slot.onset_tick + slot.length_ticks) for slot in plan.slots]
        return tuple(span for span, known in zip(spans, self.known.tolist(), strict=True) if not known)


def carry_over(plan: CuePlan, kept: CueMusic, weights: str, ending_tick: int) -> Carried:
    """Compare a plan with the earlier music of its cue.

    A slot stays where the wishes for the cue, the weights, its place, its key and the wishes for its scene are the
    same, and either what is seen is the same or the edit is the same up to there.  Around each slot that does not, its
    bar and one seam bar on each side are composed again, but none before the first change of an edit.  Where a cue ends
    elsewhere than it did, the ending that it had and the one that it has are composed again.

    Parameters
    ----------
    plan : CuePlan
    kept : CueMusic
    weights : str
        Name and digest of the chord model.
    ending_tick : int
        Where the cue's last chord is struck.
    """
    source = _sources(plan.slots, kept.slots)
    said = read_inputs(plan.cue_key).said
    inputs = read_inputs(kept.inputs)
    locks = plan.wishes.locks or ()
    rows = [kept.slots[max(0, index)] for index in source.tolist()]
    if inputs.weights == weights and is_same_music(inputs, said, locks):
        ends = _endings(plan, kept, ending_tick)
        limit = min([plan.stays_before_tick, *(start for start, _ in ends)]) if plan.stays_before_tick else 0
        changed = [
            index
            for index, (slot, row) in enumerate(zip(plan.slots, rows, strict=True))
            if any(start <= slot.onset_tick < end for start, end in ends)
            or not _stays(plan, kept, index, int(source[index]), row, limit)
        ]
        windows = _windows(plan, changed, limit)
    else:
        windows = ((0, plan.end_tick),)
    free = [any(start <= slot.onset_tick < end for start, end in windows) for slot in plan.slots]
    return Carried(
        source=source,
        free=np.array(free, dtype=np.bool_),
        windows=windows,
        symbol_ids=np.array([row.symbol_id for row in rows], dtype=np.int64),
        chords=tuple(parse_chord(row.chord) for row in rows),
        dynamics=Dynamics(
            np.array([row.density_notes_per_s for row in rows], dtype=np.float32),
            np.array([row.loudness_rms for row in rows], dtype=np.float32),
        ),
    )


def held_cue(plan: CuePlan, kept: CueMusic) -> CueMusic:
    """Return earlier music of which every layer is locked: moved with its cue and cut where that has to end.

    The notes stay as they are; the caller cuts them.
    """
    rows = [kept.slots[max(0, index)] for index in _sources(plan.slots, kept.slots).tolist()]
    slots = (
        replace(row, onset_tick=slot.onset_tick, length_ticks=slot.length_ticks, bar=slot.bar, scene_id=scene_id)
        for slot, row, scene_id in zip(plan.slots, rows, plan.scene_ids, strict=True)
    )
    hits = tuple(
        ScoredHit(h.hit.at.frame, h.hit.kind, h.hit.need, h.hit.reason, h.tick, h.off_frames, h.met, h.hit.weight)
        for h in plan.hits
    )
    cue = plan.cue
    return replace(
        kept, title=cue.title, brief=cue.brief, version=cue.version, kind=cue.kind, in_frame=cue.start.frame,
        out_frame=cue.end.frame, tempo=plan.tempo, end_tick=plan.end_tick, slots=tuple(slots), hits=hits,
        key_turns=tuple(turn for turn in kept.key_turns if turn.slot < len(plan.slots)),
    )  # fmt: skip


def with_kept_rows(music: CueMusic, kept: CueMusic, carried: Carried) -> CueMusic:
    """Let the slots whose music stays say the affect that it was composed for."""
    slots = tuple(
        slot if is_free else replace(slot, valence=kept.slots[index].valence, arousal=kept.slots[index].arousal)
        for slot, index, is_free in zip(music.slots, carried.source.tolist(), carried.free.tolist(), strict=True)
    )
    return replace(music, slots=slots)


def bars_of(slots: Sequence[Slot] | Sequence[ScoredSlot]) -> tuple[Window, ...]:
    """Return start and end tick of each bar of a grid."""
    bars: dict[int, Window] = {}
    for slot in slots:
        start, _ = bars.get(slot.bar, (slot.onset_tick, 0))
        bars[slot.bar] = (start, slot.onset_tick + slot.length_ticks)
    return tuple(bars.values())


def _sources(slots: Sequence[Slot], kept: Sequence[ScoredSlot]) -> I64:
    """(T,) the kept slot of the same bar that stands as far into it, or as little less as there is; -1 for no bar."""
    bars: dict[int, list[tuple[int, int]]] = {}
    for index, row in enumerate(kept):
        bars.setdefault(row.bar, []).append((row.onset_tick, index))
    starts = {slot.bar: slot.onset_tick for slot in reversed(slots)}
    found = []
    for slot in slots:
        inside = bars.get(slot.bar, [])
        after = slot.onset_tick - starts[slot.bar]
        found.append(max((index for onset, index in inside if onset - inside[0][0] <= after), default=-1))
    return np.array(found, dtype=np.int64)


def _stays(plan: CuePlan, kept: CueMusic, index: int, source: int, row: ScoredSlot, limit: int) -> bool:
    slot = plan.slots[index]
    place = (slot.onset_tick, slot.length_ticks, slot.bar)
    if source < 0 or place != (row.onset_tick, row.length_ticks, row.bar):
        return False
    times = [(tempo.ns_at(slot.onset_tick), tempo.ns_at(slot.end_tick)) for tempo in (plan.tempo, kept.tempo)]
    if times[0] != times[1] or plan.key_at(index).text() != kept.key_at(source):
        return False
    seen, _, asked = plan.scene_keys[index].partition(".")
    was_seen, _, was_asked = row.key.partition(".")
    return asked == was_asked and (seen == was_seen or slot.end_tick <= limit)


def _endings(plan: CuePlan, kept: CueMusic, ending_tick: int) -> tuple[Window, ...]:
    """Return the ending that a cue had and the one that it has, where it ends elsewhere now."""
    if plan.end_tick == kept.end_tick:
        return ()
    had = bars_of(kept.slots)[-_ENDING_BARS:][0][0]
    return (had, kept.end_tick), (ending_tick, plan.end_tick)


def _windows(plan: CuePlan, changed: Sequence[int], limit: int) -> tuple[Window, ...]:
    """Return the bars to compose again, merged where they touch; none before `limit` for a change after it."""
    merged: list[Window] = []
    for index in changed:
        start, end = plan.bar_window(index, index)
        if plan.slots[index].onset_tick >= limit:
            start = max(start, type(start)(limit))
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
