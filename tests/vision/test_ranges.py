"""What an edit shows of a medium is as of the whole medium, costs no more, and is never looked at twice."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.videos import U8, Look, picture, write_pictures
from tests.vision.conftest import Brightness
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Media, RetimePoint, Scene, Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.frames import Frames
from v2m_bridge.vision.shown import ranges_shown
from v2m_bridge.vision.spans import BLOCK_S, blocks_shown, n_blocks, seconds_of, spans_of

LENGTH_S = 100
RATE = Fraction(12)
COLUMNS = ("motion", "emotion", "valence", "arousal", "confidence")
LOOKS: tuple[Look, ...] = ("bars", (30, 60, 200), "moving", "checker", (200, 40, 40), "noise")


def _film(rate: Fraction = RATE, step: int = 1) -> Iterator[tuple[Fraction, U8]]:
    """Shots of odd lengths, some of them still; `step` leaves frames out after an uneven pattern."""
    edges = [0]
    while edges[-1] < LENGTH_S * rate:
        edges.append(edges[-1] + int(rate * (1 + 37 * len(edges) % 11) / 2))
    for number, (first, end) in enumerate(pairwise(edges)):
        for frame in range(first, min(end, int(LENGTH_S * rate))):
            if step == 1 or frame % step or frame == first:
                yield frame / rate, picture(LOOKS[number % len(LOOKS)], frame - first, (96, 64))


@pytest.fixture(scope="module", params=["film.mp4", "film.mkv", "film.ts", "film.avi", "uneven.mp4", "bare.h264"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ranges") / request.param
    codec = {".ts": "mpeg2video", ".avi": "mpeg4"}.get(path.suffix, "libx264")
    rate = Fraction(25) if codec == "mpeg2video" else RATE
    return write_pictures(path, _film(rate, 3 if path.stem == "uneven" else 1), rate=rate, codec=codec)


@pytest.fixture(scope="module")
def whole_of() -> Any:
    known: dict[Path, MediumFeatures] = {}

    def whole(path: Path) -> MediumFeatures:
        if path not in known:
            known[path] = analyse(path, backend=Brightness(), cache_dir=None)
        return known[path]

    return whole


def _check(part: MediumFeatures, whole: MediumFeatures, ranges_s: list[tuple[Fraction, Fraction]]) -> None:
    rows = len(whole.features)
    assert len(part.features) == rows
    seen = seconds_of(blocks_shown(ranges_s, rows), rows)
    for name in COLUMNS:
        assert (getattr(part.features, name)[seen] == getattr(whole.features, name)[seen]).all(), name
        assert not part.features.confidence[~seen].any()
    assert part.cuts_s == tuple(cut_s for cut_s in whole.cuts_s if seen[int(cut_s)])


@given(st.lists(st.tuples(st.integers(-300, 10_500), st.integers(1, 900)), min_size=1, max_size=3))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_range_shows_is_as_of_the_whole(
    film: Path, brightness: Brightness, whole_of: Any, ranges_cs: list[tuple[int, int]]
) -> None:
    ranges_s = [(Fraction(start, 100), Fraction(start + length, 100)) for start, length in ranges_cs]
    _check(analyse(film, backend=brightness, cache_dir=None, ranges_s=ranges_s), whole_of(film), ranges_s)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Fraction]:
    """Times of the frames that were decoded."""
    times: list[Fraction] = []
    really = Frames._frame

    def spy(self: Frames, *what: Any) -> Any:
        frame = really(self, *what)
        if frame is not None:
            times.append(frame.at_s)
        return frame

    monkeypatch.setattr(Frames, "_frame", spy)
    return times


@pytest.fixture
def rush(tmp_path: Path) -> Path:
    return write_pictures(tmp_path / "rush.mp4", _film(), rate=RATE)


def test_five_seconds_of_a_rush_decode_little_more_than_that(
    rush: Path, brightness: Brightness, decoded: list[Fraction]
) -> None:
    told: list[tuple[str, int, int]] = []
    ranges_s = [(Fraction(60), Fraction(65))]
    analyse(rush, backend=brightness, cache_dir=None, ranges_s=ranges_s, progress=lambda *what: told.append(what))
    assert 0 < len(decoded) < 50 * RATE
    assert brightness.n_pictures <= 2 * BLOCK_S
    assert told[-1] == ("Looking at rush.mp4", 16, 16)


def test_most_of_a_medium_is_looked_at_from_its_start_and_kept_whole(
    rush: Path, tmp_path: Path, brightness: Brightness, decoded: list[Fraction]
) -> None:
    analyse(rush, backend=brightness, cache_dir=tmp_path / "c", ranges_s=[(Fraction(10), Fraction(70))])
    n_decoded = len(decoded)
    assert n_decoded == LENGTH_S * RATE
    analyse(rush, backend=brightness, cache_dir=tmp_path / "c")
    assert len(decoded) == n_decoded


def test_a_recut_extends_what_is_known_and_never_looks_twice(
    rush: Path, tmp_path: Path, brightness: Brightness, decoded: list[Fraction], whole_of: Any
) -> None:
    first, second = [(Fraction(40), Fraction(44))], [(Fraction(42), Fraction(50)), (Fraction(80), Fraction(81))]
    one = analyse(rush, backend=brightness, cache_dir=tmp_path / "c", ranges_s=first)
    n_decoded, n_read = len(decoded), brightness.n_pictures
    again = analyse(rush, backend=brightness, cache_dir=tmp_path / "c", ranges_s=first)
    trimmed = analyse(rush, backend=brightness, cache_dir=tmp_path / "c", ranges_s=[(Fraction(41), Fraction(43))])
    assert (len(decoded), brightness.n_pictures) == (n_decoded, n_read)
    assert (again.features.emotion == one.features.emotion).all()
    assert trimmed.cuts_s
    two = analyse(rush, backend=brightness, cache_dir=tmp_path / "c", ranges_s=second)
    assert min(decoded[n_decoded:]) > 20
    cold = analyse(rush, backend=brightness, cache_dir=None, ranges_s=second)
    whole = whole_of(rush)
    for part, ranges_s in ((one, first), (two, second), (cold, second)):
        _check(part, whole, ranges_s)
    assert all((getattr(two.features, name) == getattr(cold.features, name)).all() for name in COLUMNS)
    assert two.info == cold.info
    assert (two.features.scene_offset_s == cold.features.scene_offset_s).all()


def test_a_range_of_a_truncated_film_is_seen_as_far_as_it_goes(tmp_path: Path, brightness: Brightness) -> None:
    whole = write_pictures(tmp_path / "whole.mkv", _film(), rate=RATE)
    path = tmp_path / "cut.mkv"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    seen = analyse(path, backend=brightness, cache_dir=None)
    ranges_s = [(seen.info.duration_s - 3, seen.info.duration_s + 5)]
    _check(analyse(path, backend=brightness, cache_dir=None, ranges_s=ranges_s), seen, ranges_s)


@given(st.lists(st.tuples(st.fractions(-20, 500), st.fractions(-20, 500)), max_size=5), st.integers(1, 400))
def test_spans_are_the_blocks_that_are_shown(ranges_s: list[tuple[Fraction, Fraction]], n_seconds: int) -> None:
    blocks = blocks_shown(ranges_s, n_seconds)
    assert len(blocks) == n_blocks(n_seconds)
    spans = spans_of(blocks, n_seconds)
    inside = np.zeros(n_seconds, bool)
    for first_s, stop_s in spans:
        assert first_s % BLOCK_S == 0
        assert first_s < stop_s <= n_seconds
        assert not inside[max(0, first_s - 1) : stop_s].any()
        inside[first_s:stop_s] = True
    assert (inside == seconds_of(blocks, n_seconds)).all()
    for ends in ranges_s:
        for end in ends:
            assert inside[min(max(int(end // 1), 0), n_seconds - 1)]


def test_a_retime_shows_all_that_it_passes() -> None:
    rate = Fraction(25)
    points = tuple(RetimePoint(Fraction(a), Fraction(b)) for a, b in ((0, 0), (1, 6), (2, 2), (9, 30)))
    media = Media("A.mov", "/a/A.mov")
    scenes = (
        Scene("a", "forth and back", FrameTime(0, rate), FrameTime(50, rate), media, Fraction(10), points),
        Scene("b", "gap", FrameTime(50, rate), FrameTime(60, rate)),
        Scene("c", "plain", FrameTime(60, rate), FrameTime(85, rate), media, Fraction(100)),
    )
    timeline = Timeline(name="t", rate=rate, scenes=scenes, start=FrameTime(0, rate))
    assert ranges_shown(timeline) == {"a.mov": ((Fraction(10), Fraction(16)), (Fraction(100), Fraction(101)))}
