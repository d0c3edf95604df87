"""What spotting hands to the model and to arrange: one cue on its grid, with its affect and its hits."""

from __future__ import annotations

from dataclasses import dataclass

from v2m_bridge.core.affect import Affect
from v2m_bridge.core.arrays import F32, Bool, freeze
from v2m_bridge.core.cue import Cue, Hit
from v2m_bridge.core.direction import CueDirection
from v2m_bridge.core.harmony import Key
from v2m_bridge.core.slots import Slot
from v2m_bridge.core.timebase import TempoMap, Ticks
from v2m_bridge.core.video import VideoFeatures


@dataclass(frozen=True, slots=True)
class PlannedHit:
    """A hit and the beat that meets it best."""

    hit: Hit
    tick: int
    """Nearest beat, counted from the start of the cue."""
    off_frames: float
    """How far that beat lies after the hit's frame; negative is early."""
    met: bool


@dataclass(frozen=True, slots=True, eq=False)
class SlotAffect:
    """Affect per slot as the music should follow it: the cue's pooled affect, bent by scenes and overrides."""

    valence: F32
    """(T,) -1..1"""
    arousal: F32
    """(T,) -1..1"""
    intensity: F32
    """(T,) 0..1, how much should sound"""
    muted: Bool
    """(T,) True where a scene asks for silence"""

    def __post_init__(self) -> None:
        freeze(
            rows=len(self.valence),
            valence=self.valence,
            arousal=self.arousal,
            intensity=self.intensity,
            muted=self.muted,
        )


@dataclass(frozen=True, slots=True)
class ModeTurn:
    """The one place at which a cue turns from minor to major or back by itself, into the relative key."""

    slot: int
    """First slot in the new key, where a phrase begins."""
    key: Key
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class CuePlan:
    """One cue, ready to be composed; T slots tile it."""

    cue: Cue
    wishes: CueDirection
    """What holds for this cue; only `primer`, `emotion` and `key` may still be None."""
    key: Key
    """The user's, else chosen from the pooled affect."""
    pooled: Affect
    """Affect of the whole cue, without scene overrides."""
    confidence: float
    """0..1, how sure `pooled` is; 1 where the user said it."""
    tempo: TempoMap
    end_tick: int
    """Last tick of the cue: the slots tile ``[0, end_tick)``."""
    slots: tuple[Slot, ...]
    scene_ids: tuple[str, ...]
    """(T,) the scene on screen for the larger part of each slot."""
    features: VideoFeatures
    """T rows."""
    affect: SlotAffect
    hits: tuple[PlannedHit, ...]
    scene_keys: tuple[str, ...]
    """(T,) digest of everything scene-local that shapes the slot: features, overrides, mute.  Equal digests mean that
    music composed for the slot may stay."""
    cue_key: str
    """Digests of everything else, see `v2m_bridge.spotting.digests`: wishes, key, pooled affect, tempo map, slots."""
    turn: ModeTurn | None = None
    stays_before_tick: int = 0
    """Music of the bars before this tick stays, whatever is seen now: the picture is first cut anew after it."""
    remarks: tuple[str, ...] = ()
    """Sentences for the user, without their full stop."""
    is_tempo_given: bool = False
    """Its tempo map was given, not fitted."""
    spoken: frozenset[int] = frozenset()
    """Slots in which somebody speaks, as far as that is known."""

    def __post_init__(self) -> None:
        n = len(self.slots)
        if not n or len(self.features) != n or len(self.scene_ids) != n or len(self.scene_keys) != n:
            raise ValueError(f"cue {self.cue.number} needs one row of everything for each of its {n} slots")
        if len(self.affect.valence) != n:
            raise ValueError(f"cue {self.cue.number} has affect for {len(self.affect.valence)} of {n} slots")

    def key_at(self, slot: int) -> Key:
        """Return the key that holds in a slot."""
        return self.turn.key if self.turn is not None and slot >= self.turn.slot else self.key

    def bar_window(self, first_slot: int, last_slot: int) -> tuple[Ticks, Ticks]:
        """Return the ticks of the whole bars that slots ``first..last`` touch, with one seam bar on each side."""
        bars = {slot.bar for slot in self.slots}
        low = max(min(bars), self.slots[first_slot].bar - 1)
        high = min(max(bars), self.slots[last_slot].bar + 1)
        inside = [slot for slot in self.slots if low <= slot.bar <= high]
        return Ticks(inside[0].onset_tick), Ticks(inside[-1].end_tick)
