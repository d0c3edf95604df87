"""Held frames: the one picture that a scene shows, which need not be one that stands for a second of its medium."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Final

import numpy as np

from v2m_bridge.core.timeline import Scene
from v2m_bridge.core.video import MediumFeatures, VideoFeatures
from v2m_bridge.errors import MediaError
from v2m_bridge.vision.array_store import ArrayStore
from v2m_bridge.vision.content import fingerprint_of
from v2m_bridge.vision.emotion import EmotionBackend
from v2m_bridge.vision.emotion_track import EmotionTrack
from v2m_bridge.vision.frames import U8, Frame, Frames, SeekError

_COLUMNS: Final = ("emotion", "valence", "arousal", "confidence")


def is_held(scene: Scene) -> bool:
    """Whether a scene holds one frame of its medium from its first to its last."""
    return scene.media is not None and bool(scene.retime) and all(point.source_s == 0 for point in scene.retime)


def see_held(
    scenes: Sequence[Scene],
    media: Mapping[str, MediumFeatures],
    backend: EmotionBackend,
    *,
    cache_dir: Path | None = None,
) -> dict[str, MediumFeatures]:
    """Look at the held frames among scenes whose media were seen.

    Returns
    -------
    dict of str to MediumFeatures
        By the id of the scene, one row without motion.  A frame that cannot be found is left out: the row of its
        second stands for it.
    """
    found = {}
    for scene in scenes:
        medium = media.get(scene.media.identity) if scene.media else None
        if medium is None or scene.media is None or scene.media.path is None or not is_held(scene):
            continue
        row = _row(Path(scene.media.path), scene.source_in_s, backend, ArrayStore(cache_dir))
        if row is not None:
            found[scene.id] = MediumFeatures(medium.info, row, (), backend.name, first_s=floor(scene.source_in_s))
    return found


def _row(path: Path, at_s: Fraction, backend: EmotionBackend, store: ArrayStore) -> VideoFeatures | None:
    try:
        key = (fingerprint_of(path), "held", str(at_s), backend.name, backend.fingerprint)
        kept = store.load(*key)
        if kept is None or any(name not in kept for name in _COLUMNS):
            with EmotionTrack(backend) as track:
                track.add(_picture(path, at_s))
                read = track.rows()
            kept = {name: getattr(read, name) for name in _COLUMNS}
            kept |= {} if read.semantic is None else {"semantic": read.semantic}
            store.store(kept, *key)
    except MediaError:
        return None
    still = np.zeros(1, np.float32)
    return VideoFeatures(
        semantic=kept.get("semantic"), scene_offset_s=still, motion=still, **{name: kept[name] for name in _COLUMNS}
    )


def _picture(path: Path, at_s: Fraction) -> U8:
    """Return the picture on screen at a moment; the last one beyond the end."""
    last: Frame | None = None
    with Frames(path) as frames:
        try:
            last = _on_screen(frames.since(at_s), at_s)
        except SeekError:
            last = None
        if last is not None:
            return last.bgr
    with Frames(path) as frames:
        last = _on_screen(frames, at_s)
        if last is None:
            raise MediaError(f"{path.name} has no picture at {float(at_s):.2f} s")
        return last.bgr


def _on_screen(frames: Iterable[Frame], at_s: Fraction) -> Frame | None:
    last: Frame | None = None
    for frame in frames:
        if frame.at_s > at_s:
            return last
        last = frame
    return last
