"""A minute of neutral pictures, planned as the product plans it."""

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
    (plan,) = plan_cues(_timeline(), Direction(defaults=wishes), {_MEDIUM: _seen()})
    return plan


def _timeline() -> Timeline:
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
        for n in range(N_SHOTS)
    )
    return Timeline("neutral", _RATE, name_scenes(tuple(scenes)), FrameTime(0, _RATE))


def _seen() -> MediumFeatures:
    features = VideoFeatures(
        semantic=None,
        scene_offset_s=np.zeros(LENGTH_S, np.float32),
        motion=np.full(LENGTH_S, _MOTION, np.float32),
        emotion=np.tile(np.array([0, 0, 0, 0, 0, 1], np.float32), (LENGTH_S, 1)),
        valence=np.zeros(LENGTH_S, np.float32),
        arousal=np.zeros(LENGTH_S, np.float32),
        confidence=np.ones(LENGTH_S, np.float32),
    )
    info = MediaInfo(_MEDIUM, Fraction(LENGTH_S), _RATE, 640, 360, has_audio=False)
    return MediumFeatures(info, features, (), "compact")
