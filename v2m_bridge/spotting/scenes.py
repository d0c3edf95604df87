"""What was seen in each scene, for the score's scene table and the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from v2m_bridge.core.affect import CONFIDENT, EMOTIONS, Affect, Emotion, EmotionOverride
from v2m_bridge.core.direction import Direction
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.spotting.resample import (
    AROUSAL,
    CONFIDENCE,
    EMOTION,
    VALENCE,
    Picture,
    means,
    picture_of,
    rounded,
    rounded_shares,
)


@dataclass(frozen=True, slots=True)
class SceneAffect:
    """Affect of one scene, from 5 s means that never cross a cut."""

    scene_id: str
    emotions: tuple[float, ...]
    """Six shares in the published order; they add up to one."""
    valence: float
    """-1..1, as seen."""
    arousal: float
    """-1..1, as seen; movement and cutting are not in it."""
    confidence: float
    seen: bool
    """False where the medium was not seen and the row is interpolated; a gap is seen to be black."""
    word: Emotion
    """The user's word (the nearest to a point), else the strongest share; neutral where confidence is below 0.3."""


def scene_affect(
    timeline: Timeline, direction: Direction, media: Mapping[str, MediumFeatures], picture: Picture | None = None
) -> tuple[SceneAffect, ...]:
    """Return the affect of every scene of the edit.

    Parameters
    ----------
    timeline : Timeline
    direction : Direction
        Only the emotion of its scenes is used.
    media : mapping of str to MediumFeatures
        Keyed by `Media.identity`; a scene whose medium is absent is interpolated from its neighbours.
    picture : Picture, optional
        What `picture_of` made of the two, where it is known.
    """
    overrides = {scene_id: wish.emotion for scene_id, wish in direction.scenes.items()}
    return scenes_of(timeline, picture or picture_of(timeline, media), overrides)


def scenes_of(
    timeline: Timeline, picture: Picture, overrides: Mapping[str, EmotionOverride | None]
) -> tuple[SceneAffect, ...]:
    """Average the steadied picture over each scene."""
    rows = means(picture.edges_ns, picture.steady, picture.scene_spans_ns)
    shares, points = rounded_shares(rows[:, EMOTION]), rounded(rows)
    return tuple(
        SceneAffect(
            scene_id=scene.id,
            emotions=tuple(float(share) for share in shares[index]),
            valence=float(points[index, VALENCE]),
            arousal=float(points[index, AROUSAL]),
            confidence=float(points[index, CONFIDENCE]),
            seen=picture.seen[index],
            word=_word(overrides.get(scene.id), shares[index].tolist(), float(points[index, CONFIDENCE])),
        )
        for index, scene in enumerate(timeline.scenes)
    )


def _word(override: EmotionOverride | None, shares: list[float], confidence: float) -> Emotion:
    if override is not None:
        return override.nearest_emotion() if isinstance(override, Affect) else override
    return EMOTIONS[int(np.argmax(shares))] if confidence >= CONFIDENT else Emotion.NEUTRAL
