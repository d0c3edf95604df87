from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from v2m_bridge.vision.compact import CompactBackend
from v2m_bridge.vision.emotion import EmotionBackend, EmotionRows, quantised, shares_at
from v2m_bridge.vision.frames import U8


@pytest.fixture(scope="session")
def compact() -> CompactBackend:
    return CompactBackend()


@pytest.fixture(scope="session")
def oasis() -> Path:
    shared = Path(os.environ.get("V2M_SHARED", Path(__file__).parents[2].parent / "shared"))
    path = shared / "data" / "oasis" / "oasis_features.npz"
    if not path.is_file():
        pytest.skip("the OASIS features are not on this machine; set V2M_SHARED to their folder")
    return path


class Counting:
    """A backend that counts what it hands on to another."""

    def __init__(self, inner: EmotionBackend, batch: int | None = None) -> None:
        self.inner = inner
        self.n_pictures = 0
        self.batch = batch or inner.batch

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def fingerprint(self) -> str:
        return self.inner.fingerprint

    def encode(self, pictures: Sequence[U8]) -> EmotionRows:
        self.n_pictures += len(pictures)
        return self.inner.encode(pictures)


@pytest.fixture
def counting(compact: CompactBackend) -> Counting:
    return Counting(compact)


class Brightness:
    """A backend that takes no time: the brighter, the happier; the redder, the livelier."""

    name = "brightness"
    fingerprint = "1"
    batch = 4

    def __init__(self) -> None:
        self.n_pictures = 0

    def encode(self, pictures: Sequence[U8]) -> EmotionRows:
        self.n_pictures += len(pictures)
        means = np.array([bgr.mean(axis=(0, 1)) for bgr in pictures]) / 127.5 - 1  # (B, 3)
        valence, arousal = means.mean(axis=1), means[:, 2]
        return quantised(None, shares_at(valence, arousal), valence, arousal, np.ones(len(pictures)))


@pytest.fixture
def brightness() -> Brightness:
    return Brightness()
