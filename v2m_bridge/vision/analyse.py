"""All that is seen in one medium, from one decode pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.video import MediumFeatures, VideoFeatures
from v2m_bridge.vision.cache import FeatureCache, content_fingerprint
from v2m_bridge.vision.cuts import CutFinder
from v2m_bridge.vision.emotion import EmotionBackend
from v2m_bridge.vision.emotion_track import EmotionTrack
from v2m_bridge.vision.frames import Frames
from v2m_bridge.vision.motion import MotionMeter
from v2m_bridge.vision.probe import check_plain_file
from v2m_bridge.vision.sampling import SecondSampler, n_seconds

Progress = Callable[[str, int, int], None]


def analyse(
    path: Path, *, backend: EmotionBackend, cache_dir: Path | None, progress: Progress | None = None
) -> MediumFeatures:
    """Decode a medium once and return its cuts and one feature row per second.

    Parameters
    ----------
    path : Path
        A plain video file.
    backend : EmotionBackend
        What reads the emotion.
    cache_dir : Path, optional
        Folder of features that have been made before; None keeps nothing.
    progress : callable, optional
        Called with (what, seconds done, seconds in all) about once per second of the medium.

    Returns
    -------
    MediumFeatures
        Raw rows, not smoothed.  ``info.duration_s`` is what could be seen, which in a truncated file is less than
        the file claims.

    Raises
    ------
    MediaError
        When nothing of the medium can be seen.
    """
    check_plain_file(path)
    if cache_dir is None:
        return look(path, backend, progress)
    cache = FeatureCache(cache_dir)
    entry = cache.entry(content_fingerprint(path), backend.name, backend.fingerprint)
    known = cache.load(entry, path)
    if known is not None:
        return known
    seen = look(path, backend, progress)
    cache.store(entry, seen)
    return seen


def look(path: Path, backend: EmotionBackend, progress: Progress | None = None) -> MediumFeatures:
    """Decode a medium, cache or no cache; see `analyse`."""
    with Frames(path) as frames, EmotionTrack(backend) as emotion:
        info = frames.info
        meter, finder, sampler = MotionMeter(), CutFinder(info.rate), SecondSampler(info.duration_s)
        end_s = Fraction(0)
        for frame in frames:
            meter.see(frame)
            finder.see(frame)
            for second, on_screen in sampler.see(frame):
                emotion.add(on_screen.bgr)
                _tell(progress, path, second + 1, info.duration_s)
            end_s = frame.end_s
        for second, on_screen in sampler.finish():
            emotion.add(on_screen.bgr)
            _tell(progress, path, second + 1, end_s)
        read, cuts_s, n_rows = emotion.rows(), finder.cuts_s(), n_seconds(end_s)
    features = VideoFeatures(
        semantic=read.semantic,
        scene_offset_s=scene_offset(cuts_s, n_rows),
        motion=meter.rows(n_rows),
        emotion=read.emotion,
        valence=read.valence,
        arousal=read.arousal,
        confidence=read.confidence,
    )
    return MediumFeatures(replace(info, duration_s=end_s), features, cuts_s, backend.name)


def scene_offset(cuts_s: tuple[Fraction, ...], n_rows: int) -> F32:
    """Return whole seconds since the last cut, (T,) float32: 0 in the second that holds a cut, and in the first."""
    starts = np.zeros(n_rows, np.int64)
    for cut_s in cuts_s:
        starts[floor(cut_s)] = floor(cut_s)
    return (np.arange(n_rows) - np.maximum.accumulate(starts)).astype(np.float32)


def _tell(progress: Progress | None, path: Path, done_s: int, all_s: Fraction) -> None:
    if progress is not None:
        progress(f"Looking at {path.name}", done_s, max(done_s, -floor(-all_s)))
