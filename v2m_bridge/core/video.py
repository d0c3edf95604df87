"""What was seen: one row per second of a medium, or one row per slot of a cue."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from v2m_bridge.core.arrays import F32, freeze


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What a medium says of itself before its pictures are decoded."""

    path: str
    duration_s: Fraction
    rate: Fraction
    """Average frames per second, exact."""
    width: int
    height: int
    has_audio: bool
    start_frame: int = 0
    """Start timecode of the medium in frames at its rate; 0 where there is none."""
    drop_frame: bool = False
    """Whether the label of the start timecode is of the drop-frame kind."""


@dataclass(frozen=True, slots=True, eq=False)
class VideoFeatures:
    """Features of T rows: at 1 Hz on a medium's own clock (row t covers second t), or one row per slot of a cue.

    `scene_offset_s` counts whole seconds since the last cut: inside the medium, or of the timeline once resampled.
    """

    semantic: F32 | None
    """(T, 768) CLIP image embedding, unnormalised; None where the backend has no 768 columns."""
    scene_offset_s: F32
    """(T,) seconds since the last cut, 0 in the second of the cut."""
    motion: F32
    """(T,) mean absolute RGB difference, 0..255."""
    emotion: F32
    """(T, 6) over exciting, fearful, tense, sad, relaxing, neutral; each row sums to 1."""
    valence: F32
    """(T,) -1..1."""
    arousal: F32
    """(T,) -1..1."""
    confidence: F32
    """(T,) 0..1, how sure valence and arousal are."""

    def __post_init__(self) -> None:
        freeze(
            rows=len(self.motion),
            semantic=self.semantic,
            scene_offset_s=self.scene_offset_s,
            motion=self.motion,
            emotion=self.emotion,
            valence=self.valence,
            arousal=self.arousal,
            confidence=self.confidence,
        )

    def __len__(self) -> int:
        return len(self.motion)


@dataclass(frozen=True, slots=True, eq=False)
class MediumFeatures:
    """All that one decode pass yields of a medium."""

    info: MediaInfo
    features: VideoFeatures
    cuts_s: tuple[Fraction, ...]
    """Start of each shot after the first, in exact seconds from the start of the medium."""
    backend: str
    """What read the emotion: ``compact`` or ``clip:NAME``."""
    first_s: int = 0
    """Second of the medium that row 0 covers: not 0 where only what one scene shows was seen, through a guide movie."""
