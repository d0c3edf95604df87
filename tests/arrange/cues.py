"""Random cues for the laws of arranging: any meter, tempo, pickup, chords, dynamics, affect, silence and hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.plans import RATE, make_plan
from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.style_checks import PERCUSSION_CHANNEL
from v2m_bridge.arrange.styles import style_names
from v2m_bridge.core.cue import Hit, HitKind, Need
from v2m_bridge.core.dynamics import Dynamics
from v2m_bridge.core.harmony import N_SYMBOLS, Chord, chord_of_id
from v2m_bridge.core.plan import CuePlan, PlannedHit, SlotAffect
from v2m_bridge.core.score import Note, Part
from v2m_bridge.core.slots import slots_of
from v2m_bridge.core.timebase import FrameTime, Meter, MeterChange, TempoMap, tempo_changes
from v2m_bridge.core.video import VideoFeatures

METERS = [Meter(4, 4), Meter(3, 4), Meter(2, 4), Meter(5, 4), Meter(6, 8), Meter(7, 8), Meter(2, 2), Meter(1, 4)]


@dataclass(frozen=True)
class Music:
    """What arrange is given."""

    plan: CuePlan
    chords: tuple[Chord, ...]
    dynamics: Dynamics

    def parts(self) -> tuple[Part, ...]:
        return arrange(self.plan, self.chords, self.dynamics)

    def sounding(self) -> list[Chord | None]:
        """The chord of each slot, None where there is to be silence."""
        muted = self.plan.affect.muted
        return [None if muted[t] or chord.root is None else chord for t, chord in enumerate(self.chords)]

    def slot_at(self, tick: int) -> int:
        return max(t for t, slot in enumerate(self.plan.slots) if slot.onset_tick <= tick)


def dynamics_of(n: int, density: float | Sequence[float] = 8.0, loudness: float | Sequence[float] = 0.15) -> Dynamics:
    return Dynamics(
        np.broadcast_to(np.asarray(density, np.float32), (n,)).copy(),
        np.broadcast_to(np.asarray(loudness, np.float32), (n,)).copy(),
    )


def regrid(plan: CuePlan, tempo: TempoMap, end_tick: int) -> CuePlan:
    """The same cue on another grid, with as many rows as it has slots; the plan must have enough."""
    slots = slots_of(tempo, end_tick)
    n = len(slots)

    def cut(value: object) -> object:
        return value[:n].copy() if isinstance(value, np.ndarray) else value

    features = VideoFeatures(**{f.name: cut(getattr(plan.features, f.name)) for f in fields(VideoFeatures)})  # type: ignore[arg-type]
    affect = SlotAffect(**{f.name: cut(getattr(plan.affect, f.name)) for f in fields(SlotAffect)})  # type: ignore[arg-type]
    return replace(plan, tempo=tempo, end_tick=end_tick, slots=slots, scene_ids=plan.scene_ids[:n],
                   scene_keys=plan.scene_keys[:n], features=features, affect=affect)  # fmt: skip


def hit_at(tick: int, kind: HitKind = HitKind.ACCENT, need: Need = Need.MUST, met: bool = True) -> PlannedHit:
    return PlannedHit(Hit(FrameTime(0, RATE), kind, need), tick, 0.0, met)


def any_chords() -> st.SearchStrategy[Chord]:
    plain = st.integers(0, N_SYMBOLS - 1).map(chord_of_id)
    slash = st.tuples(st.integers(1, N_SYMBOLS - 1).map(chord_of_id), st.integers(0, 11)).map(
        lambda pair: replace(pair[0], bass=None if pair[0].root == pair[1] else pair[1])
    )
    return st.one_of(plain, plain, slash)


@st.composite
def grids(draw: st.DrawFn) -> tuple[TempoMap, int]:
    meter = draw(st.sampled_from(METERS))
    pickup = draw(st.sampled_from([0, 0, 0, meter.ticks_per_beat, meter.ticks_per_bar * 2 // 3, 37]))
    pickup = min(pickup, meter.ticks_per_bar - 1) if meter.beats > 1 else 0
    n_bars = draw(st.integers(1, 12))
    tail = draw(st.sampled_from([0, 0, meter.ticks_per_beat, meter.ticks_per_beat + 100, 5]))
    bpm = [(k * 4 * meter.ticks_per_bar, draw(st.floats(40, 200))) for k in range(draw(st.integers(1, 2)))]
    return TempoMap(tempo_changes(bpm), (MeterChange(0, meter),), pickup), pickup + n_bars * meter.ticks_per_bar + tail


@st.composite
def musics(draw: st.DrawFn) -> Music:
    tempo, end_tick = draw(grids())
    n = len(slots_of(tempo, end_tick))
    seed = draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    meter = tempo.meters[0].meter
    plan = make_plan(
        20,
        meter=meter,
        style=draw(st.sampled_from(style_names())),
        affect_strength=draw(st.sampled_from([0.0, 1.0, 2.0])),
        seed=seed,
    )
    plan = regrid(replace(plan, affect=_curves(rng, len(plan.slots))), tempo, end_tick)
    beats = range(0, end_tick, meter.ticks_per_beat)
    hits = draw(st.lists(st.builds(hit_at, st.sampled_from(beats), st.sampled_from(HitKind), st.sampled_from(Need),
                                   st.booleans()), max_size=4))  # fmt: skip
    palette = draw(st.lists(any_chords(), min_size=1, max_size=6))
    chords = tuple(palette[i] for i in rng.integers(0, len(palette), n))
    dynamics = dynamics_of(n, rng.uniform(0, 30, n).tolist(), rng.uniform(0, 0.6, n).tolist())
    return Music(replace(plan, hits=tuple(hits)), chords, dynamics)


def _curves(rng: np.random.Generator, n: int) -> SlotAffect:
    def curve(low: float, high: float) -> NDArray[np.float32]:
        return np.repeat(rng.uniform(low, high, n // 3 + 1), 3)[:n].astype(np.float32)

    return SlotAffect(curve(-1, 1), curve(-1, 1), curve(0, 1), rng.random(n) < 0.08)


def every_note(parts: Sequence[Part]) -> list[Note]:
    return [note for part in parts for note in part.notes]


def pitched_notes(parts: Sequence[Part]) -> list[Note]:
    """Every note that has a pitch: all but those of a drum kit."""
    return every_note([part for part in parts if part.channel != PERCUSSION_CHANNEL])


def notes_before(parts: Sequence[Part], tick: int) -> list[tuple[str, list[Note], list[object]]]:
    """Per part the notes and controllers that begin before a tick."""
    return [
        (part.name, [n for n in part.notes if n.onset_tick < tick], [c for c in part.controls if c.tick < tick])
        for part in parts
    ]
