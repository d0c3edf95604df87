"""Hand-made cue plans for tests: a cue on a regular grid, with flat affect unless curves are given."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from v2m_bridge.core.affect import Affect, Emotion
from v2m_bridge.core.arrays import F32
from v2m_bridge.core.cue import Cue
from v2m_bridge.core.direction import DEFAULT_STYLE, DEFAULT_TEMPO_BPM, CueDirection
from v2m_bridge.core.harmony import Key, Mode, parse_progression
from v2m_bridge.core.plan import CuePlan, PlannedHit, SlotAffect
from v2m_bridge.core.slots import slots_of
from v2m_bridge.core.timebase import FrameTime, Meter, TempoMap
from v2m_bridge.core.video import VideoFeatures

RATE = Fraction(25)


def make_plan(
    n_bars: int = 8,
    bpm: float = 100,
    mode: Mode = "major",
    valence: float | Sequence[float] = 0.0,
    arousal: float | Sequence[float] = 0.0,
    seed: int = 0,
    *,
    tonic: int | None = None,
    meter: Meter | None = None,
    intensity: float | Sequence[float] = 0.5,
    muted: Sequence[int] = (),
    primer: str | None = None,
    affect_strength: float = 1.0,
    number: str = "1m01",
    style: str = DEFAULT_STYLE,
    slots_per_scene: int = 8,
    hits: tuple[PlannedHit, ...] = (),
    semantic: F32 | None = None,
) -> CuePlan:
    """Return a plan of `n_bars` whole bars from the first frame of an edit at 25 frames a second.

    `valence`, `arousal` and `intensity` are one number for the whole cue or one number per slot; `muted` lists slots.
    A scene changes every `slots_per_scene` slots.  The key is C major or A minor unless `tonic` says otherwise.
    """
    meter = meter or Meter(4, 4)
    tempo = TempoMap.constant(bpm, meter)
    end_tick = n_bars * meter.ticks_per_bar
    slots = slots_of(tempo, end_tick)
    n = len(slots)
    affect = SlotAffect(_rows(valence, n), _rows(arousal, n), _rows(intensity, n), np.isin(np.arange(n), list(muted)))
    features = _features(affect, slots_per_scene, semantic)
    scene_ids = tuple(f"s{index // slots_per_scene:04}" for index in range(n))
    wishes = CueDirection(
        primer=None if primer is None else parse_progression(primer),
        style=style,
        tempo_bpm=DEFAULT_TEMPO_BPM,
        meter=meter,
        affect_strength=affect_strength,
        seed=seed,
    )
    key = Key(tonic if tonic is not None else (0 if mode == "major" else 9), mode)
    pooled = Affect(float(affect.valence.mean()), float(affect.arousal.mean()))
    return CuePlan(
        cue=Cue(number, FrameTime(0, RATE), FrameTime(max(1, int(tempo.ns_at(end_tick) * RATE / 10**9)), RATE)),
        wishes=wishes,
        key=key,
        pooled=pooled,
        confidence=1.0,
        tempo=tempo,
        end_tick=end_tick,
        slots=slots,
        scene_ids=scene_ids,
        features=features,
        affect=affect,
        hits=hits,
        scene_keys=tuple(_digest(scene_ids[t], affect.valence[t], affect.arousal[t], affect.intensity[t],
                                 affect.muted[t]) for t in range(n)),
        cue_key=_digest(number, wishes, key, pooled, tempo, end_tick),
    )  # fmt: skip


def _rows(value: float | Sequence[float], n: int) -> F32:
    return np.broadcast_to(np.asarray(value, np.float32), (n,)).copy()


def _features(affect: SlotAffect, slots_per_scene: int, semantic: F32 | None) -> VideoFeatures:
    n = len(affect.valence)
    emotion = np.full((n, 6), 0.1, np.float32)
    words = list(Emotion)
    for t in range(n):
        emotion[t, words.index(Affect(float(affect.valence[t]), float(affect.arousal[t])).nearest_emotion())] = 0.5
    return VideoFeatures(
        semantic=semantic,
        scene_offset_s=(np.arange(n) % slots_per_scene).astype(np.float32),
        motion=(10 + 8 * affect.arousal).astype(np.float32),
        emotion=emotion,
        valence=affect.valence.copy(),
        arousal=affect.arousal.copy(),
        confidence=np.ones(n, np.float32),
    )


def _digest(*parts: object) -> str:
    return hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=8).hexdigest()
