"""Scenes whose sources are gone, seen through a guide movie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timeline.recuts import Shot, edit
from tests.vision.conftest import Counting
from tests.vision.guides import Guide, offline, reference_timeline, write_guide, write_sources
from v2m_bridge.core.guide import GuideMovie, PlacedGuide
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.pipeline import see
from v2m_bridge.spotting.resample import EMOTION, means, picture_of
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.compact import CompactBackend
from v2m_bridge.vision.guide import place_guide
from v2m_bridge.vision.guide_rows import see_through
from v2m_bridge.vision.guide_scenes import seconds_of
from v2m_bridge.vision.held import see_held

pytestmark = pytest.mark.long


class Seen(NamedTuple):
    online: Timeline
    of_sources: Mapping[str, MediumFeatures]
    guide: PlacedGuide


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, compact: CompactBackend) -> Seen:
    folder = tmp_path_factory.mktemp("guide rows")
    media = write_sources(folder)
    online = reference_timeline(media)
    path = write_guide(folder / "guide.mov", online, Guide(crf=0))
    sources = {path.name.casefold(): analyse(path, backend=compact, cache_dir=None) for path in media.values()}
    return Seen(online, sources, place_guide(GuideMovie(str(path)), online))


def test_every_second_that_the_edit_shows_reads_as_in_its_source(seen: Seen, compact: CompactBackend) -> None:
    found = see_through(seen.guide, seen.online.scenes, compact)
    compared = 0
    for scene in seen.online.scenes:
        if scene.media is None or scene.source_in_s == scene.source_s(Fraction(1)):
            continue
        source, through = seen.of_sources[scene.media.identity].features, found[scene.id]
        shown = {scene.source_s(Fraction(n) / 25) for n in range(scene.n_frames)}
        for row in range(len(through.features)):
            second = through.first_s + row
            if second + Fraction(12, 25) in shown:  # the frame on screen in the middle of the second
                apart = np.abs(source.emotion[second] - through.features.emotion[row]).sum()
                assert apart <= 0.05, (scene.name, second)
                compared += 1
    assert compared >= 20


def test_emotion_along_the_edit_is_that_of_the_sources(seen: Seen, compact: CompactBackend) -> None:
    """Rows as spotting uses them, of every scene of the reference edit."""
    found = see_through(seen.guide, seen.online.scenes, compact)
    sources = {**seen.of_sources, **see_held(seen.online.scenes, seen.of_sources, compact)}
    of_sources, of_guide = picture_of(seen.online, sources), picture_of(seen.online, found)
    at_ns = np.arange(0, seen.online.end.ns - NS_PER_S // 25, NS_PER_S // 5)
    spans_ns = np.stack([at_ns, at_ns + NS_PER_S // 25], axis=1)
    ours, theirs = (means(each.edges_ns, each.steady, spans_ns)[:, EMOTION] for each in (of_guide, of_sources))
    apart = np.abs(ours - theirs).sum(axis=1)
    for at, distance in zip(at_ns.tolist(), apart.tolist(), strict=True):
        assert distance <= 0.05, (seen.online.scene_at(Fraction(at, NS_PER_S)).name, at)


def test_black_stays_black_and_a_title_without_a_medium_is_seen(seen: Seen, compact: CompactBackend) -> None:
    black = seen.online.scenes[4]
    assert black.media is None
    assert see_through(seen.guide, [black], compact) == {}
    title = replace(seen.online.scenes[0], media=None, name="Title")
    assert set(see_through(seen.guide, [title], compact)) == {title.id}


def test_a_guide_is_looked_at_once(seen: Seen, counting: Counting, tmp_path: Path) -> None:
    first = see_through(seen.guide, seen.online.scenes, counting, cache_dir=tmp_path)
    n_pictures = counting.n_pictures
    again = see_through(seen.guide, seen.online.scenes, counting, cache_dir=tmp_path)
    assert counting.n_pictures == n_pictures > 0
    for key, medium in first.items():
        assert np.array_equal(medium.features.emotion, again[key].features.emotion)
        assert np.array_equal(medium.features.motion, again[key].features.motion)


def test_scenes_beyond_the_end_of_a_guide_are_left_out(seen: Seen, compact: CompactBackend) -> None:
    early = replace(seen.guide, starts_s=seen.guide.starts_s + 30)
    found = see_through(early, seen.online.scenes, compact)
    assert seen.online.scenes[0].id in found
    assert seen.online.scenes[-1].id not in found


def test_an_edit_without_one_source_is_seen_through_its_guide(seen: Seen, compact: CompactBackend) -> None:
    movie = GuideMovie(str(seen.guide.media.path))
    _, through = see(offline(seen.online), compact, guide=movie)
    assert {s.id for s in seen.online.scenes if s.media} == set(through.media)
    assert any("A001C001.mov is offline; its scenes are seen through guide.mov" in text for text in through.warnings)


@given(
    source=st.integers(0, 500),
    n_frames=st.integers(1, 200),
    speed=st.sampled_from([Fraction(1), Fraction(-1), Fraction(0), Fraction(1, 3), Fraction(5, 2), Fraction(400)]),
)
def test_a_scene_is_read_on_its_own_frames_and_has_a_row_for_each_second_of_its_source(
    source: int, n_frames: int, speed: Fraction
) -> None:
    scene = edit(
        [Shot("b.mov", 0, 70), Shot("a.mov", source + (n_frames if speed < 0 else 0), n_frames, speed)]
    ).scenes[1]
    seconds = seconds_of(scene)
    shown = [int(scene.source_s(Fraction(n) / 25) // 1) for n in range(n_frames)]
    assert seconds.first_s == min(*shown, int(scene.source_s(n_frames / Fraction(25)) // 1))
    assert len(seconds.middles) >= max(shown) - seconds.first_s + 1
    for frames in (seconds.middles, seconds.starts):
        assert frames.min() >= scene.record_in.frame
        assert frames.max() < scene.record_out.frame
