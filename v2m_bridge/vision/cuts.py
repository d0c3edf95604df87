"""Cuts of a medium, and the edit that a plain video is."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from pathlib import PurePath
from typing import Any, Final

import cv2
from scenedetect import AdaptiveDetector, FrameTimecode

from v2m_bridge.core.timebase import FrameTime, exact_rate
from v2m_bridge.core.timeline import PlainVideo, Scene, Timeline, name_scenes
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.vision.frames import U8, Frame

SHORTEST_SHOT_S: Final = Fraction(1, 5)
"""PySceneDetect's own 15 frames lose one cut in five where shots last 0.5 to 1 s; docs/vision.md has the figures."""


class CutFinder:
    """Cuts in frames that are shown one by one, in display order.

    PySceneDetect's AdaptiveDetector with its published thresholds (Kang et al. 2024 use the same), but for the
    shortest shot.  It is fed frame numbers, which are turned back into the exact times of the frames.

    Parameters
    ----------
    rate : Fraction
        Frames per second of the medium.
    """

    def __init__(self, rate: Fraction) -> None:
        self._rate = rate
        self._detector = _Detector(min_scene_len=max(1, round(rate * SHORTEST_SHOT_S)))
        self._at_s: list[Fraction] = []
        self._cuts: list[int] = []

    def see(self, frame: Frame) -> None:
        """Take the next frame."""
        number = FrameTimecode(len(self._at_s), self._rate)
        self._at_s.append(frame.at_s)
        self._cuts += [cut.frame_num for cut in self._detector.process_frame(number, frame.thumbnail)]

    def cuts_s(self) -> tuple[Fraction, ...]:
        """Return the time of the first frame of each shot after the first."""
        return tuple(self._at_s[number] for number in self._cuts)


class _Detector(AdaptiveDetector):  # type: ignore[misc]  # scenedetect says nothing of its types
    """PySceneDetect's AdaptiveDetector; the same score of a frame in a quarter of the time.

    The score is the mean absolute difference to the frame before, over hue, saturation and value.  A later
    PySceneDetect that no longer asks here computes it itself.
    """

    _last_hsv: U8 | None = None

    def _calculate_frame_score(self, timecode: Any, frame_img: U8) -> float:  # noqa: ARG002
        hsv = cv2.cvtColor(frame_img, cv2.COLOR_BGR2HSV)
        last, self._last_hsv = self._last_hsv, hsv.astype(frame_img.dtype, copy=False)
        return 0.0 if last is None else cv2.norm(hsv, last, cv2.NORM_L1) / hsv.size


def cuts(frames: Iterable[Frame], rate: Fraction) -> tuple[Fraction, ...]:
    """Return the time of the first frame of each shot after the first, in exact seconds of the medium."""
    finder = CutFinder(rate)
    for frame in frames:
        finder.see(frame)
    return finder.cuts_s()


def split(video: PlainVideo, medium: MediumFeatures) -> Timeline:
    """Turn a plain video into the edit that it is: one scene from each cut to the next.

    Parameters
    ----------
    video : PlainVideo
        The file, as the reader saw it.
    medium : MediumFeatures
        What its pictures have shown.

    Returns
    -------
    Timeline
        At the exact rate of the medium, scenes ``Shot 1``, ``Shot 2`` and so on, beginning at the medium's timecode.
    """
    rate = exact_rate(medium.info.rate)
    n_frames = max(1, FrameTime.nearest(medium.info.duration_s, rate).frame)
    starts = {FrameTime.nearest(cut_s, rate).frame for cut_s in medium.cuts_s}
    edges = [0, *sorted(start for start in starts if 0 < start < n_frames), n_frames]
    scenes = tuple(
        Scene(
            id="",
            name=f"Shot {number}",
            record_in=FrameTime(first, rate),
            record_out=FrameTime(end, rate),
            media=video.media,
            source_in_s=FrameTime(first, rate).exact_s,
        )
        for number, (first, end) in enumerate(pairwise(edges), start=1)
    )
    return Timeline(
        name=PurePath(video.media.name).stem,
        rate=rate,
        scenes=name_scenes(scenes),
        start=FrameTime(medium.info.start_frame, rate),
        drop_frame=medium.info.drop_frame,
        source_path=video.source_path,
    )
