"""Scenes of one medium that are looked at one by one: as of the whole, and each for itself."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.timeline.recuts import Shot, edit
from tests.videos import picture, write_pictures
from tests.vision.conftest import Brightness
from v2m_bridge.core.timeline import Media, Timeline
from v2m_bridge.core.work import LeftOut
from v2m_bridge.errors import MediaError
from v2m_bridge.pipeline import see
from v2m_bridge.spotting.resample import picture_of
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.frames import Frames
from v2m_bridge.vision.shown import see_media

RATE = Fraction(25)


@pytest.fixture(scope="module")
def rush(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return 60 s in which every second looks different."""
    path = tmp_path_factory.mktemp("apart") / "rush.mp4"
    shades = ((Fraction(n, 25), picture((n // 25 * 4, 90, 200 - n // 25 * 3), size=(32, 32))) for n in range(1500))
    return write_pictures(path, shades, rate=RATE)


def cut(rush: Path) -> Timeline:
    timeline = edit([Shot(rush.name, 100, 50), Shot(rush.name, 700, 50), Shot(rush.name, 1300, 50)])
    scenes = tuple(replace(scene, media=Media(rush.name, str(rush))) for scene in timeline.scenes)
    return replace(timeline, scenes=scenes)


def test_scenes_looked_at_one_by_one_read_as_of_the_whole(rush: Path) -> None:
    timeline = cut(rush)
    whole, _ = see_media(timeline, Brightness(), instead="")
    apart, warnings = see_media(timeline, Brightness(), instead="", apart=("rush.mp4",))
    assert not warnings
    assert set(apart) == {scene.id for scene in timeline.scenes}
    assert (picture_of(timeline, apart).rows == picture_of(timeline, whole).rows).all()


def test_a_part_that_is_left_out_is_named_and_never_decoded(rush: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[Fraction] = []
    really = Frames._frame

    def spy(self: Frames, *what: Any) -> Any:
        frame = really(self, *what)
        decoded.extend([frame.at_s] if frame else [])
        return frame

    monkeypatch.setattr(Frames, "_frame", spy)
    timeline = cut(rush)
    left_out = (LeftOut("rush.mp4", "took too long", "28-30 s"),)
    edit_seen, seen = see(timeline, Brightness(), left_out=left_out, apart=("rush.mp4",))
    assert seen.warnings == (
        "28-30 s of rush.mp4 took too long and was left out; its scenes are interpolated from their neighbours",
    )
    assert picture_of(edit_seen, seen.media).seen == (True, False, True)
    assert not any(20 < at_s < 36 for at_s in decoded)


def test_a_medium_that_cannot_be_decoded_from_its_middle_is_no_whole_one_then(rush: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.h264"
    write_pictures(bare, ((Fraction(n, 25), picture("bars", size=(32, 32))) for n in range(900)), rate=RATE)
    ranges_s = [(Fraction(20), Fraction(21))]
    assert len(analyse(bare, backend=Brightness(), cache_dir=None, ranges_s=ranges_s).features)
    with pytest.raises(MediaError, match="from its middle"):
        analyse(bare, backend=Brightness(), cache_dir=None, ranges_s=ranges_s, alone="20-21 s")
    alone = analyse(rush, backend=Brightness(), cache_dir=None, ranges_s=[(Fraction(0), Fraction(50))], alone="0-50 s")
    assert np.count_nonzero(alone.features.valence) == 56
