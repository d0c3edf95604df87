"""Affect of a cue and of its slots: what the picture says, how sure it is, and what the user says instead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from v2m_bridge.core.affect import CONFIDENT, Affect, EmotionOverride, affect_of
from v2m_bridge.core.arrays import I64
from v2m_bridge.core.cue import Cue
from v2m_bridge.core.direction import SceneDirection
from v2m_bridge.core.plan import SlotAffect
from v2m_bridge.spotting.resample import AROUSAL, CONFIDENCE, F64, MOTION, VALENCE, Picture, means, rounded

PICTURE_SHARE: Final = 0.6
"""Share of arousal that the look of the picture decides; movement and cutting decide the rest."""
BEND: Final = 0.6
"""How far a slot leaves the cue's pooled affect for that of its own scene."""
BEND_UNDER_OVERRIDE: Final = 0.3
"""The same where the user has said the cue's emotion: scenes still differ, around what was said."""
_SLOTS_TO_EASE: Final = 4
_EASED: Final = 0.5
_HALF_MOTION: Final = 10.0
_CUT_DECAY_S: Final = 12.0


def excitement(motion: F64, shot_s: F64) -> F64:
    """Return how much movement and cutting excite, 0..1.

    The mean of motion activity and of cut density ``exp(-shot / 12 s)``.  Source: Hanjalic & Xu 2005, whose third
    component, the energy of the sound, is left out, and whose decay is 300 frames.  Motion activity is
    ``motion / (motion + 10)``: half at a mean RGB difference of 10.

    Parameters
    ----------
    motion : (N,) float64
        Mean absolute RGB difference, 0..255.
    shot_s : (N,) float64
        Length of the shot on screen.
    """
    return (motion / (motion + _HALF_MOTION) + np.exp(-shot_s / _CUT_DECAY_S)) / 2


@dataclass(frozen=True, slots=True)
class Pooled:
    """Affect of a whole cue, without any scene's override."""

    seen: Affect
    """What the picture says; the middle where it is not sure."""
    felt: Affect
    """What the music follows: the user's word for the cue, else `seen`."""
    confidence: float
    """0..1; 1 where the user said it."""
    excitement: float
    """0..1, see `excitement`."""
    is_override: bool
    is_confident: bool
    """Whether the picture, not the user, says enough for a word."""


def pooled_affect(picture: Picture, cue: Cue, override: EmotionOverride | None) -> Pooled:
    """Pool the picture over a cue.

    Valence and arousal are means weighted by time and confidence.  Arousal is then
    ``0.6 * arousal + 0.4 * (2 * excitement - 1)``.  Below a confidence of 0.3 the point is the middle.
    """
    seen, confidence, rate = affect_between(picture, cue.start.ns, cue.end.ns)
    return Pooled(
        seen=seen,
        felt=seen if override is None else affect_of(override),
        confidence=confidence if override is None else 1.0,
        excitement=rate,
        is_override=override is not None,
        is_confident=confidence >= CONFIDENT,
    )


def affect_between(picture: Picture, start_ns: int, end_ns: int) -> tuple[Affect, float, float]:
    """Pool the picture from one time of the edit to another: its affect, confidence and excitement."""
    seconds = np.diff(np.clip(picture.edges_ns, start_ns, end_ns)) / 1e9
    sure = seconds * picture.steady[:, CONFIDENCE]
    total = seconds.sum()
    confidence = float(rounded(np.asarray(sure.sum() / total)))
    rate = float(rounded(np.asarray((excitement_of_pieces(picture) * seconds).sum() / total)))
    seen = Affect(0.0, 0.0)
    if confidence >= CONFIDENT:
        valence, arousal = (float((picture.steady[:, c] * sure).sum() / sure.sum()) for c in (VALENCE, AROUSAL))
        point = rounded(np.clip([valence, stirred(np.asarray(arousal), np.asarray(rate))], -1, 1))
        seen = Affect(float(point[0]), float(point[1]))
    return seen, confidence, rate


def stirred(arousal: F64, excited: F64) -> F64:
    """Move the picture's arousal by its movement and cutting."""
    return PICTURE_SHARE * arousal + (1 - PICTURE_SHARE) * (2 * excited - 1)


def excitement_of_pieces(picture: Picture) -> F64:
    """(P,) excitement of each piece of the picture."""
    shots_s = np.diff(picture.scene_edges_ns) / 1e9
    return excitement(picture.rows[:, MOTION], shots_s[picture.scene])


@dataclass(frozen=True, slots=True, eq=False)
class SlotSight:
    """What each slot's own scene shows during the slot, before wishes; T rows, rounded."""

    valence: F64
    arousal: F64
    """Moved by movement and cutting."""
    confidence: F64
    excitement: F64


def slot_sight(picture: Picture, spans_ns: I64, owners: I64) -> SlotSight:
    """Average the steadied picture over the part of each slot in which its own scene is on screen.

    Parameters
    ----------
    picture : Picture
    spans_ns : (T, 2) int64
    owners : (T,) int64
    """
    own = np.stack(
        [
            np.maximum(spans_ns[:, 0], picture.scene_edges_ns[owners]),
            np.minimum(spans_ns[:, 1], picture.scene_edges_ns[owners + 1]),
        ],
        axis=1,
    )
    excited = excitement_of_pieces(picture)[:, None]
    rows = means(picture.edges_ns, np.concatenate([picture.steady, excited], axis=1), own)
    return SlotSight(
        valence=rounded(rows[:, VALENCE]),
        arousal=rounded(np.clip(stirred(rows[:, AROUSAL], rows[:, -1]), -1, 1)),
        confidence=rounded(rows[:, CONFIDENCE]),
        excitement=rounded(rows[:, -1]),
    )


def wish_shares(owners: I64, struck: Collection[int]) -> F64:
    """(T,) how much of what the user says of a scene counts in each of its slots: 1, and a half on its way in and out.

    A scene of four slots or more has its first and its last slot half way, so that music bends into what was said and
    out of it.  Where a must is met on the cut, and where the cue begins or ends, there is no way to go.

    Parameters
    ----------
    owners : (T,) int64
        Scene of each slot.
    struck : collection of int
        Slots that begin with a must that is met.
    """
    shares = np.ones(len(owners))
    edges = [0, *(np.flatnonzero(np.diff(owners)) + 1).tolist(), len(owners)]
    for first, stop in pairwise(edges):
        if stop - first < _SLOTS_TO_EASE:
            continue
        shares[first] = 1.0 if first == 0 or first in struck else _EASED
        shares[stop - 1] = 1.0 if stop == len(owners) or stop in struck else _EASED
    return shares


def slot_affect(sight: SlotSight, pooled: Pooled, wishes: Sequence[SceneDirection], shares: F64) -> SlotAffect:
    """Bend the cue's affect toward each slot's scene, and obey the user.

    A slot that the picture is sure of lies ``BEND`` of the way from the cue to its scene; the others follow the cue,
    and only their movement and cutting move the intensity.  Intensity is ``(1 + arousal) / 2``.

    Parameters
    ----------
    sight : SlotSight
        T rows.
    pooled : Pooled
    wishes : sequence of SceneDirection
        T, those of the scene that owns each slot.  An emotion wins in its scene, an intensity too.
    shares : (T,) float64
        How much of that counts in each slot, see `wish_shares`.
    """
    sure = sight.confidence >= CONFIDENT
    bend = np.where(sure, BEND_UNDER_OVERRIDE if pooled.is_override else BEND, 0.0)
    valence = pooled.felt.valence + bend * (sight.valence - pooled.seen.valence)
    arousal = np.clip(pooled.felt.arousal + bend * (sight.arousal - pooled.seen.arousal), -1, 1)
    # Where no word is sure, intensity leaves the middle by excitement alone.
    base = 0.0 if pooled.is_confident or pooled.is_override else 2 * pooled.excitement - 1
    unsure = base + 2 * (sight.excitement - pooled.excitement)
    intensity = (1 + arousal + np.where(sure, 0.0, (1 - PICTURE_SHARE) * unsure)) / 2
    for row, (wish, share) in enumerate(zip(wishes, shares.tolist(), strict=True)):
        louder = wish.intensity
        if wish.emotion is not None:
            point = affect_of(wish.emotion)
            valence[row] += share * (point.valence - valence[row])
            arousal[row] += share * (point.arousal - arousal[row])
            louder = (1 + point.arousal) / 2 if louder is None else louder
        if louder is not None:
            intensity[row] += share * (louder - intensity[row])
    return SlotAffect(
        valence=rounded(np.clip(valence, -1, 1)).astype(np.float32),
        arousal=rounded(arousal).astype(np.float32),
        intensity=rounded(np.clip(intensity, 0, 1)).astype(np.float32),
        muted=np.array([wish.mute for wish in wishes], dtype=np.bool_),
    )
