"""Features of the scenes of an edit, seen through a guide movie."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from v2m_bridge.core.arrays import F32, I64, Bool
from v2m_bridge.core.guide import PlacedGuide
from v2m_bridge.core.timeline import Scene
from v2m_bridge.core.video import MediumFeatures, VideoFeatures
from v2m_bridge.vision.array_store import Arrays, ArrayStore
from v2m_bridge.vision.content import fingerprint_of
from v2m_bridge.vision.emotion import EmotionBackend, EmotionRows
from v2m_bridge.vision.emotion_track import EmotionTrack
from v2m_bridge.vision.frames import U8, Frame, Frames
from v2m_bridge.vision.guide_scenes import SceneSeconds, seconds_of
from v2m_bridge.vision.probe import probe

Progress = Callable[[str, int, int], None]

_DARK: Final = 40
_MOSTLY: Final = 0.9
_MOTION_DECIMALS: Final = 2
_COLUMNS: Final = ("emotion", "valence", "arousal", "confidence")


def see_through(
    guide: PlacedGuide,
    scenes: Sequence[Scene],
    backend: EmotionBackend,
    *,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, MediumFeatures]:
    """Look at scenes in a guide movie, each on the seconds of its own source.

    Parameters
    ----------
    guide : PlacedGuide
    scenes : sequence of Scene
        Those whose sources cannot be seen.  One without a medium counts as black where the guide is black, too.
    backend : EmotionBackend
    cache_dir : Path, optional
        Where what was read is kept, for this placing and these scenes.
    progress : callable, optional
        Receives (label, done, total).

    Returns
    -------
    dict of str to MediumFeatures
        By the id of the scene; scenes that the guide does not reach are left out.

    Raises
    ------
    MediaError
        When the guide cannot be decoded.
    """
    path = Path(guide.media.path or guide.media.name)
    wanted = [seconds_of(scene) for scene in scenes]
    info = probe(path)
    moments = _Moments.of(wanted, guide.starts_s)
    content = fingerprint_of(path)
    store = ArrayStore(cache_dir)
    key = (content, "rows", backend.name, backend.fingerprint, moments.digest)
    read = store.load(*key)
    if read is None or not moments.fit(read):
        read = _read(path, moments, backend, progress)
        store.store(read, *key)
    found = {}
    for seconds in wanted:
        features = _features(seconds, moments, read)
        if features is not None:
            found[seconds.scene.id] = MediumFeatures(info, features, (), backend.name, first_s=seconds.first_s)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """Frames of the edit at which a guide is read, and pairs of frames whose difference is wanted."""

    rate: Fraction
    starts_s: Fraction
    frames: I64
    """(F,) in order, each once"""
    changes: I64
    """(M,) in order, each once; the change is from the frame before"""

    @classmethod
    def of(cls, wanted: Sequence[SceneSeconds], starts_s: Fraction) -> _Moments:
        middles, starts = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for seconds in wanted:
            middles.append(seconds.middles)
            starts.append(seconds.starts[seconds.starts > seconds.scene.record_in.frame])
        rate = wanted[0].scene.record_in.rate if wanted else Fraction(25)
        return cls(rate, starts_s, np.unique(np.concatenate(middles)), np.unique(np.concatenate(starts)))

    @property
    def digest(self) -> str:
        digest = hashlib.blake2b(f"{self.rate} {self.starts_s}".encode(), digest_size=16)
        for frames in (self.frames, self.changes):
            digest.update(str(len(frames)).encode() + frames.tobytes())
        return digest.hexdigest()

    def at_s(self, frame: int) -> Fraction:
        """Where in the guide a frame of the edit is in its middle: on screen whatever the rate of the guide."""
        return self.starts_s + (frame + Fraction(1, 2)) / self.rate

    def fit(self, read: Arrays) -> bool:
        """Whether stored arrays are of these moments."""
        return (
            set(read) >= {*_COLUMNS, "dark", "seen", "motion"}
            and len(read["seen"]) == len(self.frames)
            and len(read["motion"]) == len(self.changes)
            and all(len(read[name]) == np.count_nonzero(read["seen"]) for name in (*_COLUMNS, "dark"))
        )


def _read(path: Path, moments: _Moments, backend: EmotionBackend, progress: Progress | None) -> Arrays:
    """Decode a guide as far as it is wanted."""
    places = {frame: index for index, frame in enumerate(moments.frames.tolist())}
    changes = {frame: index for index, frame in enumerate(moments.changes.tolist())}
    due = sorted({*places, *changes, *(frame - 1 for frame in changes)})
    motion, seen = np.zeros(len(changes), np.float32), np.zeros(len(places), bool)
    dark: list[bool] = []
    before: tuple[int, U8] | None = None
    with Frames(path) as frames, EmotionTrack(backend) as track:
        for frame, bgr in _on_screen(frames, due, moments):
            if frame in places:
                track.add(bgr)
                dark.append(bool((bgr.max(axis=2) < _DARK).mean() >= _MOSTLY))
                seen[places[frame]] = True
            if frame in changes and before is not None and before[0] == frame - 1:
                motion[changes[frame]] = round(float(cv2.absdiff(before[1], bgr).mean()), _MOTION_DECIMALS)
            before = (frame, bgr)
            if progress is not None:
                progress(f"Looking at {path.name}", frame, due[-1])
        arrays = {"motion": motion, "dark": np.array(dark, bool), "seen": seen}
        return arrays | (_columns(track.rows()) if seen.any() else {name: np.zeros(0, np.float32) for name in _COLUMNS})


def _columns(rows: EmotionRows) -> dict[str, F32]:
    columns = {name: getattr(rows, name) for name in _COLUMNS}
    return columns if rows.semantic is None else columns | {"semantic": rows.semantic}


def _on_screen(frames: Iterable[Frame], due: Sequence[int], moments: _Moments) -> Iterator[tuple[int, U8]]:
    """Yield frames of the edit that are due, each with the picture that the guide shows then; none beyond its ends."""
    waiting = deque(frame for frame in due if moments.at_s(frame) >= 0)
    last: Frame | None = None
    for frame in frames:
        while last is not None and waiting and moments.at_s(waiting[0]) < frame.at_s:
            yield waiting.popleft(), last.bgr
        if not waiting:
            return
        last = frame
    while last is not None and waiting and moments.at_s(waiting[0]) < last.end_s:
        yield waiting.popleft(), last.bgr


def _features(seconds: SceneSeconds, moments: _Moments, read: Arrays) -> VideoFeatures | None:
    """Rows of one scene; a second that the guide does not reach takes the next that it does."""
    places = np.searchsorted(moments.frames, seconds.middles)
    reached: Bool = read["seen"][places]
    if not reached.any():
        return None
    known = np.flatnonzero(reached)
    nearest = known[np.minimum(np.searchsorted(known, np.arange(len(places))), len(known) - 1)]
    rows = (np.cumsum(read["seen"]) - 1)[places[nearest]]
    if seconds.scene.media is None and read["dark"][rows].all():
        return None
    motion = np.zeros(len(rows), np.float32)
    moves = seconds.starts > seconds.scene.record_in.frame
    motion[moves] = read["motion"][np.searchsorted(moments.changes, seconds.starts[moves])]
    return VideoFeatures(
        semantic=read["semantic"][rows] if "semantic" in read else None,
        scene_offset_s=np.arange(len(rows), dtype=np.float32),
        motion=motion,
        emotion=read["emotion"][rows],
        valence=read["valence"][rows],
        arousal=read["arousal"][rows],
        confidence=read["confidence"][rows],
    )
