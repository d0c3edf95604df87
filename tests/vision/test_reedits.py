"""Through any re-edit a scene that is left alone keeps its features, and nothing is looked at twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from tests.timeline.recuts import RATE, Shot, edit, recut, recuts
from tests.videos import picture, write_pictures
from tests.vision.conftest import Brightness
from v2m_bridge.core.conform import ChangeKind
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.pipeline import Seen, see
from v2m_bridge.spotting.resample import picture_of
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.held import is_held

N_FRAMES = 900
LOOKED_AT = frozenset((ChangeKind.UNCHANGED, ChangeKind.MOVED))


@dataclass(frozen=True)
class Desk:
    """Media whose features are in the cache."""

    folder: Path
    backend: Brightness

    def see(self, timeline: Timeline) -> Seen:
        scenes = (
            replace(s, media=replace(s.media, path=str(self.folder / s.media.name))) if s.media else s
            for s in timeline.scenes
        )
        return see(replace(timeline, scenes=tuple(scenes)), self.backend, cache_dir=self.folder / "cache")[1]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder, backend = tmp_path_factory.mktemp("reedits"), Brightness()
    for number, name in enumerate(("a.mov", "b.mov", "c.mov")):
        shades = (
            (Fraction(n, 25), picture((n // 25 * 5, 40 * number, (n * 7 + number) % 200), size=(32, 32)))
            for n in range(N_FRAMES)
        )
        path = write_pictures(folder / name, shades, rate=RATE)
        analyse(path, backend=backend, cache_dir=folder / "cache")
    return Desk(folder, backend)


def rows_of(timeline: Timeline, seen: Seen) -> dict[str, tuple[list[int], NDArray[np.float64]]]:
    """Return where the pieces of each scene begin, from its own beginning, and their rows."""
    laid = picture_of(timeline, seen.media)
    found = {}
    for index, scene in enumerate(timeline.scenes):
        pieces = np.flatnonzero(laid.scene == index)
        found[scene.id] = (laid.edges_ns[pieces] - laid.edges_ns[pieces[0]]).tolist(), laid.rows[pieces]
    return found


@settings(max_examples=200, deadline=None)
@given(recuts())
def test_a_scene_that_is_left_alone_keeps_its_features(desk: Desk, both: tuple[list[Shot], list[Shot]]) -> None:
    old, made = edit(both[0]), recut(*both)
    before = rows_of(old, desk.see(old))
    n_pictures = desk.backend.n_pictures
    after = rows_of(made.timeline, desk.see(made.timeline))
    n_held = sum(is_held(scene) for scene in made.timeline.scenes)
    assert desk.backend.n_pictures <= n_pictures + n_held
    media = {scene.id: scene.media for scene in old.scenes}
    for change in made.changes:
        if change.kind in LOOKED_AT and media[change.id] is not None:
            (edges, rows), (edges_now, rows_now) = before[change.id], after[change.id]
            assert np.allclose(edges, edges_now, atol=2)  # nanoseconds: one scene begins at another frame
            assert (rows == rows_now).all()
