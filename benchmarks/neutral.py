"""Neutral pictures, planned as the product plans them."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import numpy as np

from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Media, Scene, Timeline, name_scenes
from v2m_bridge.core.video import MediaInfo, MediumFeatures, VideoFeatures
from v2m_bridge.spotting.plan import plan_cues

LENGTH_S: Final = 60
N_SHOTS: Final = 6
_RATE: Final = Fraction(25)
_MEDIUM: Final = "neutral.mov"
_MOTION: Final = 12.0


def planned(wishes: CueDirection) -> CuePlan:
    """Plan the one cue of a minute in six shots that show no emotion, some movement, and are sure of it."""
    (plan,) = plans(wishes, 1)
    return plan


def plans(wishes: CueDirection, n_minutes: int) -> tuple[CuePlan, ...]:
    """Plan the cues of a longer edit of the same kind."""
    seen = {_MEDIUM: _seen(n_minutes * LENGTH_S)}
    return tuple(plan_cues(_timeline(n_minutes), Direction(defaults=wishes), seen))


def _timeline(n_minutes: int) -> Timeline:
    frames = LENGTH_S * int(_RATE) // N_SHOTS
    scenes = (
        Scene(
            "",
            f"shot {n + 1}",
            FrameTime(n * frames, _RATE),
            FrameTime((n + 1) * frames, _RATE),
            Media(_MEDIUM),
            Fraction(n * frames) / _RATE,
            (),
        )
        for n in range(N_SHOTS * n_minutes)
    )
    return Timeline("neutral", _RATE, name_scenes(tuple(scenes)), FrameTime(0, _RATE))


def _seen(length_s: int) -> MediumFeatures:
    features = VideoFeatures(
        semantic=None,
        scene_offset_s=np.zeros(length_s, np.float32),
        motion=np.full(length_s, _MOTION, np.float32),
        emotion=np.tile(np.array([0, 0, 0, 0, 0, 1], np.float32), (length_s, 1)),
        valence=np.zeros(length_s, np.float32),
        arousal=np.zeros(length_s, np.float32),
        confidence=np.ones(length_s, np.float32),
    )
    info = MediaInfo(_MEDIUM, Fraction(length_s), _RATE, 640, 360, has_audio=False)
    return MediumFeatures(info, features, (), "compact")
