"""All that a panel shows, as one frozen value that the engine pushes."""

from __future__ import annotations

import msgspec

from v2m_bridge.core.playing import PlayerState


class ShownChord(msgspec.Struct, frozen=True, array_like=True):
    """A chord on the time of the edit."""

    at_s: float
    duration_s: float
    text: str
    scene_id: str


class ShownScene(msgspec.Struct, frozen=True):
    """A scene of the strip; `emotion_override` is empty where the user said nothing."""

    id: str
    name: str
    start_s: float
    end_s: float
    emotion: str
    shares: tuple[float, ...]
    """Of the six emotions, in the published order."""
    valence: float
    arousal: float
    confidence: float
    seen: bool
    emotion_override: str = ""
    intensity: float = -1.0
    muted: bool = False


class ShownCue(msgspec.Struct, frozen=True):
    """A cue of the lane, as staged; `is_staged` says that what plays is still an earlier version."""

    number: str
    title: str
    start_s: float
    end_s: float
    key: str
    bpm: float
    style: str
    emotion: str
    chords: tuple[ShownChord, ...]
    hits_s: tuple[float, ...]
    """Met must-hits."""
    is_staged: bool
    key_override: str = ""
    primer: str = ""
    emotion_override: str = ""
    style_override: str = ""
    tempo_override: str = ""
    entry_override: str = ""
    ending_override: str = ""
    rhythm_override: str = ""
    theme_override: str = ""
    seed: int = 0
    stand: str = "live"
    """One of `core.commands.CUE_STANDS`."""
    moved_frames: int = 0
    """How far a cue that is handed over has moved on the edit since the DAW has its notes."""

    midi: str = ""
    """File of this cue alone; empty where there is none."""

    @property
    def moved_text(self) -> str:
        """``moved +37 frames``; empty where it has not."""
        if not self.moved_frames:
            return ""
        return f"moved {self.moved_frames:+d} frame{'' if abs(self.moved_frames) == 1 else 's'}"


class Busy(msgspec.Struct, frozen=True):
    """What the engine is working on."""

    label: str
    done: int
    total: int


class Snapshot(msgspec.Struct, frozen=True):
    """State of the engine after change number `version`."""

    version: int
    source: str = ""
    name: str = ""
    rate: str = "25"
    start_frame: int = 0
    drop_frame: bool = False
    length_s: float = 0.0
    scenes: tuple[ShownScene, ...] = ()
    cues: tuple[ShownCue, ...] = ()
    vision: str = ""
    player: PlayerState | None = None
    busy: Busy | None = None
    errors: tuple[str, ...] = ()
    """Sentences, the newest last."""
    warnings: tuple[str, ...] = ()
    can_undo: bool = False
    can_redo: bool = False
    hold: bool = False
    follow: bool = False
    osc_in: str = ""
    osc_out: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    thumbnails_dir: str = ""
    """Folder of SCENE_ID.jpg."""
