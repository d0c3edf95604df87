"""What the published system does to a film before it composes, written plainly: the baseline of `benchmarks vision`.

Kang et al. 2024 decode a film four times: for a JPEG each second, for cuts, for motion, and once more to write it again
with music; of the last only the decoding is counted here.  Each JPEG is read and encoded twice, alone each time, once
for its meaning and once for its emotion.  The compact model stands in for CLIP.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scenedetect import AdaptiveDetector, detect

from v2m_bridge.vision.compact import CompactBackend
from v2m_bridge.vision.emotion import EmotionRows

U8 = NDArray[np.uint8]


def analyse_as_published(
    path: Path, backend: CompactBackend, folder: Path
) -> tuple[list[EmotionRows], list[float], int]:
    """Return emotion and motion of each second, and the number of shots; JPEG files go into `folder`."""
    jpegs = _write_jpegs(path, folder)
    for jpeg in jpegs:
        backend.features([_read(jpeg)])
    emotion = [backend.encode([_read(jpeg)]) for jpeg in jpegs]
    n_shots = len(detect(str(path), AdaptiveDetector()))
    motion = _motion(path)
    for _ in _pictures(path):
        pass
    return emotion, motion, n_shots


def _write_jpegs(path: Path, folder: Path) -> list[Path]:
    jpegs: list[Path] = []
    for at_s, picture in _pictures(path):
        if at_s >= len(jpegs):
            jpegs.append(folder / f"{len(jpegs):05}.jpg")
            cv2.imwrite(str(jpegs[-1]), picture)
    return jpegs


def _motion(path: Path) -> list[float]:
    motion, last = [0.0], None
    for at_s, picture in _pictures(path):
        if last is not None and at_s >= len(motion):
            motion.append(float(np.mean(cv2.absdiff(picture, last))))
        last = picture
    return motion


def _pictures(path: Path) -> Iterator[tuple[float, U8]]:
    film: Any = cv2.VideoCapture(str(path))
    rate, number = film.get(cv2.CAP_PROP_FPS), 0
    while True:
        is_read, picture = film.read()
        if not is_read:
            film.release()
            return
        yield number / rate, picture
        number += 1


def _read(jpeg: Path) -> U8:
    picture: Any = cv2.imread(str(jpeg))
    read: U8 = picture
    return read
