"""Digests that say which music may stay: one for each slot, one for the cue."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

from numpy.typing import NDArray

from v2m_bridge.core.affect import Affect, EmotionOverride
from v2m_bridge.core.direction import CueDirection, SceneDirection
from v2m_bridge.core.harmony import Key
from v2m_bridge.core.plan import PlannedHit
from v2m_bridge.core.slots import Slot
from v2m_bridge.core.timebase import TempoMap
from v2m_bridge.core.video import VideoFeatures
from v2m_bridge.spotting.affect import SlotSight

_DIGEST_BYTES: Final = 8


def slot_digests(
    features: VideoFeatures,
    sight: SlotSight,
    wishes: Sequence[SceneDirection],
    slots: Sequence[Slot],
    hits: Sequence[PlannedHit],
) -> tuple[str, ...]:
    """Digest all that is local to each slot: what was seen, the wishes for its scene, and the hits on its beats."""
    columns: list[NDArray[Any]] = [
        features.scene_offset_s, features.motion, features.emotion, features.valence, features.arousal,
        features.confidence, sight.valence, sight.arousal, sight.confidence, sight.excitement,
    ]  # fmt: skip
    if features.semantic is not None:
        columns.append(features.semantic)
    digests = []
    for row, (slot, wish) in enumerate(zip(slots, wishes, strict=True)):
        said = f"{_override(wish.emotion)}|{wish.intensity}|{wish.mute}"
        struck = (
            f"{each.tick - slot.onset_tick}:{each.hit.kind}:{each.hit.need}:{each.met}"
            for each in hits
            if slot.onset_tick <= each.tick < slot.end_tick
        )
        digests.append(_digest([*(column[row].tobytes() for column in columns), said.encode(), *_encoded(struck)]))
    return tuple(digests)


def cue_digest(
    number: str,
    wishes: CueDirection,
    key: Key,
    pooled: Affect,
    confidence: float,
    tempo: TempoMap,
    slots: Sequence[Slot],
) -> str:
    """Digest all that shapes a cue as a whole; where the cue stands in the edit is not part of it."""
    primer = None if wishes.primer is None else [chord.text() for chord in wishes.primer]
    said = (
        number, key.text(), primer, _override(wishes.emotion), wishes.style, wishes.tempo_bpm, wishes.meter,
        wishes.affect_strength, wishes.seed, pooled.valence, pooled.arousal, confidence,
        tempo.tempi, tempo.meters, tempo.pickup_ticks,
        [(slot.onset_tick, slot.length_ticks, slot.bar) for slot in slots],
    )  # fmt: skip
    return _digest(_encoded(repr(each) for each in said))


def _override(emotion: EmotionOverride | None) -> str:
    if isinstance(emotion, Affect):
        return f"{emotion.valence!r},{emotion.arousal!r}"
    return "" if emotion is None else str(emotion)


def _encoded(texts: Iterable[str]) -> list[bytes]:
    return [text.encode() for text in texts]


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()
