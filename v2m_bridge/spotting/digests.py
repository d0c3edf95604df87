"""Digests that say which music may stay: two for each slot, three for the cue.

A slot's key is ``seen.asked``: what the picture and its hits say, and what the user says of its scene.  A cue's key is
``said-fitted-shape``: the wishes for its music, those for its tempo, and what came of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.affect import Affect, EmotionOverride
from v2m_bridge.core.direction import CueDirection, SceneDirection
from v2m_bridge.core.harmony import Key
from v2m_bridge.core.plan import ModeTurn, PlannedHit
from v2m_bridge.core.slots import Slot
from v2m_bridge.core.theme_text import theme_digest
from v2m_bridge.core.timebase import TempoMap
from v2m_bridge.core.video import VideoFeatures
from v2m_bridge.spotting.affect import SlotSight
from v2m_bridge.spotting.grid import hits_by_slot

_DIGEST_BYTES: Final = 8


class Inputs(NamedTuple):
    """What shaped the music of a cue as a whole, as `CueMusic.inputs` says it."""

    said: str
    """Digest of the wishes for the music."""
    fitted: str
    """Digest of the wishes for tempo and meter."""
    shape: str
    """Digest of key, pooled affect, tempo map and slots."""
    locks: str
    """Layers that were locked while something else about the cue changed, joined by commas."""
    weights: str

    @property
    def text(self) -> str:
        """As `read_inputs` reads it."""
        locked = f"+{self.locks}" if self.locks else ""
        return f"{self.said}-{self.fitted}-{self.shape}{locked}.{self.weights}"


def read_inputs(text: str) -> Inputs:
    """Read `Inputs.text`; of another text nothing equals that of a plan."""
    head, _, weights = text.partition(".")
    digests, _, locks = head.partition("+")
    said, fitted, shape = (*digests.split("-"), "", "")[:3]
    return Inputs(said, fitted, shape, locks, weights)


def is_same_music(inputs: Inputs, said: str, locks: Sequence[str]) -> bool:
    """Whether music was composed from these wishes: with other locks than those it was bent by, it has to be again."""
    return inputs.said == said and inputs.locks in ("", ",".join(locks))


def slot_digests(
    features: VideoFeatures,
    sight: SlotSight,
    wishes: Sequence[SceneDirection],
    shares: NDArray[np.float64],
    slots: Sequence[Slot],
    hits: Sequence[PlannedHit],
    spoken: Collection[int] = (),
) -> tuple[str, ...]:
    """Digest what is local to each slot: what was seen and heard, the hits on its beats, the wishes for its scene."""
    columns: list[NDArray[Any]] = [
        features.scene_offset_s, features.motion, features.emotion, features.valence, features.arousal,
        features.confidence, sight.valence, sight.arousal, sight.confidence, sight.excitement,
    ]  # fmt: skip
    if features.semantic is not None:
        columns.append(features.semantic)
    digests = []
    struck = hits_by_slot(slots, hits)
    for row, (slot, wish) in enumerate(zip(slots, wishes, strict=True)):
        said = f"{_override(wish.emotion)}|{wish.intensity}|{wish.mute}"
        if shares[row] != 1 and (wish.emotion is not None or wish.intensity is not None):
            said += f"|{shares[row]}"
        told = (
            f"{each.tick - slot.onset_tick}:{each.hit.kind}:{each.hit.need}:{each.met}" for each in struck.get(row, ())
        )
        heard = (b"spoken",) if row in spoken else ()
        seen = _digest([*(column[row].tobytes() for column in columns), *_encoded(told), *heard])
        digests.append(f"{seen}.{_digest([said.encode()])}")
    return tuple(digests)


def said_digest(number: str, wishes: CueDirection) -> str:
    """Digest what the user says of a cue's music, with what the files of style and theme hold."""
    primer = None if wishes.primer is None else [chord.text() for chord in wishes.primer]
    key = None if wishes.key is None else wishes.key.text()
    said = (number, key, primer, _override(wishes.emotion), wishes.style, wishes.affect_strength, wishes.seed)
    rhythm = (wishes.rhythm,) if wishes.rhythm else ()
    form = (wishes.entry, wishes.ending, wishes.humanize)
    formed = form if any(each is not None for each in form) else ()
    style = ("style", wishes.style_text) if wishes.style_text is not None else ()
    theme = ("theme", theme_digest(wishes.tune), wishes.theme_form) if wishes.tune is not None else ()
    return _digest(_encoded(repr(each) for each in (*said, *rhythm, *formed, *style, *theme)))


def fitted_digest(wishes: CueDirection) -> str:
    """Digest what the user says of a cue's tempo and meter."""
    fixed = (wishes.fixed,) if wishes.fixed else ()
    return _digest(_encoded(repr(each) for each in (wishes.tempo_bpm, wishes.meter, wishes.fit, *fixed)))


def cue_digest(
    number: str,
    wishes: CueDirection,
    key: Key,
    pooled: Affect,
    confidence: float,
    tempo: TempoMap,
    slots: Sequence[Slot],
    turn: ModeTurn | None = None,
) -> str:
    """Digest all that shapes a cue as a whole; where it stands in the edit and what is locked are not part of it."""
    shape = (
        key.text(), pooled.valence, pooled.arousal, confidence,
        tempo.tempi, tempo.meters, tempo.pickup_ticks,
        [(slot.onset_tick, slot.length_ticks, slot.bar) for slot in slots],
        turn and (turn.slot, turn.key.text()),
    )  # fmt: skip
    shaped = _digest(_encoded(repr(each) for each in shape))
    return f"{said_digest(number, wishes)}-{fitted_digest(wishes)}-{shaped}"


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
