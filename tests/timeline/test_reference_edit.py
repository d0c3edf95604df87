"""The reference edit reads alike in every format, but for what a format cannot say.

`LIMITS` is the table of docs/timeline.md.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import pytest

from tests.timeline.reference_edit import MARKS, RATES, SOUNDS, EditRate, seen
from tests.timeline.rushes import facts
from v2m_bridge.core.timeline import MediaWanted, Timeline
from v2m_bridge.timeline import read


@dataclass(frozen=True, slots=True)
class Limits:
    """What a format cannot say of the reference edit."""

    markers: bool = True
    marker_colours: bool = True
    marker_lengths: bool = True
    marker_comments: bool = True
    sounds: bool = True
    roles: bool = True
    disabled_sounds: bool = True
    start: bool = True
    drop_frame: bool = True
    clip_names: bool = True
    rate: bool = True
    """False where the rate has to be given with --rate."""


LIMITS: Final[dict[str, Limits]] = {
    "otio_json": Limits(drop_frame=False),
    "fcpxml": Limits(marker_colours=False),
    "fcpxml_18": Limits(marker_colours=False),
    "fcpxml_bundle": Limits(marker_colours=False),
    "otiod": Limits(drop_frame=False),
    "otioz": Limits(drop_frame=False),
    "edl_cmx": Limits(markers=False, sounds=False, clip_names=False),
    "edl_premiere": Limits(markers=False, roles=False, disabled_sounds=False, clip_names=False),
    "edl_resolve": Limits(markers=False, sounds=False, clip_names=False),
    "kdenlive": Limits(marker_lengths=False, marker_comments=False, start=False, drop_frame=False, clip_names=False),
    "aaf": Limits(marker_comments=False),
    "xmeml_premiere": Limits(),
    "xmeml_resolve": Limits(),
    "kdenlive_24": Limits(marker_comments=False, start=False, drop_frame=False, clip_names=False),
    "mlt": Limits(markers=False, start=False, drop_frame=False, clip_names=False),
    "edl_avid": Limits(marker_lengths=False, marker_comments=False, roles=False, disabled_sounds=False),
}
"""By module of tests.timeline.dialects."""


def reference(dialect: str, at: EditRate, folder: Path) -> Timeline:
    """Write the reference edit in a dialect and read it."""
    path = importlib.import_module(f"tests.timeline.dialects.{dialect}").write(at, folder)
    rate = None if LIMITS[dialect].rate else at.rate
    timeline = read(path, rate=rate)
    if isinstance(timeline, MediaWanted):
        timeline = read(path, rate=rate, known=facts(timeline.paths))
    assert isinstance(timeline, Timeline)
    return timeline


@pytest.fixture(params=[(dialect, at) for dialect in LIMITS for at in RATES], ids=lambda p: f"{p[0]}-{p[1].name}")
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Timeline, EditRate, Limits]:
    dialect, at = request.param
    return reference(dialect, at, tmp_path), at, LIMITS[dialect]


Case = tuple[Timeline, EditRate, Limits]


def test_scenes_are_the_same_to_the_frame(case: Case) -> None:
    timeline, at, limits = case
    assert timeline.rate == at.rate
    assert [(scene.record_in.frame, scene.record_out.frame) for scene in timeline.scenes] == [
        (wanted.record_in, wanted.record_out) for wanted in seen()
    ]
    for scene, wanted in zip(timeline.scenes, seen(), strict=True):
        assert (scene.media.name if scene.media else None) == wanted.file
        if limits.clip_names:
            assert scene.name == wanted.name
        length_s = scene.n_frames / at.rate
        if wanted.file:
            assert scene.source_in_s * at.rate == wanted.source_in, wanted.name
            assert scene.source_s(length_s) - scene.source_in_s == wanted.speed * length_s, wanted.name
            assert scene.source_s(length_s / 3) - scene.source_in_s == wanted.speed * length_s / 3, wanted.name


def test_scene_ids_are_those_of_every_other_format(case: Case, tmp_path: Path) -> None:
    timeline, at, _ = case
    again = tmp_path / "again"
    again.mkdir()
    assert [scene.id for scene in timeline.scenes] == [scene.id for scene in reference("otio_json", at, again).scenes]


def test_the_edit_starts_at_its_timecode(case: Case) -> None:
    timeline, at, limits = case
    if limits.start:
        assert timeline.start == at.start
    if limits.drop_frame:
        assert timeline.drop_frame == at.drop_frame


def test_markers_stand_where_they_stood(case: Case) -> None:
    timeline, _, limits = case
    if not limits.markers:
        assert not timeline.markers
        return
    assert [(marker.at.frame, marker.name) for marker in timeline.markers] == [(mark.at, mark.name) for mark in MARKS]
    for marker, mark in zip(timeline.markers, MARKS, strict=True):
        assert marker.n_frames == (mark.n_frames if limits.marker_lengths else 0)
        assert marker.comment == (mark.comment if limits.marker_comments else "")
        if limits.marker_colours:
            assert marker.colour == mark.colour


def test_sounds_lie_where_they_lay(case: Case) -> None:
    timeline, at, limits = case
    if not limits.sounds:
        return
    wanted = [sound for sound in SOUNDS if sound.enabled or limits.disabled_sounds]
    found = sorted(timeline.audio, key=lambda clip: (clip.record_in.frame, clip.name))
    expected = sorted(wanted, key=lambda sound: (sound.record_in, sound.name))
    assert [(clip.record_in.frame, clip.record_out.frame) for clip in found] == [
        (sound.record_in, sound.record_out) for sound in expected
    ]
    for clip, sound in zip(found, expected, strict=True):
        assert clip.media is not None
        assert clip.media.name == sound.file
        assert clip.source_in_s == Fraction(sound.source_in) / at.rate
        assert clip.enabled == sound.enabled
        if limits.clip_names:
            assert clip.name == sound.name
        if limits.roles:
            assert clip.role == sound.role
