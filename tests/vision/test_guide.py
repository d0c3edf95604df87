"""Guide movies of the reference edit: where they stand, how late they are, and whether they show this cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.timeline import recuts
from tests.videos import write_pictures
from tests.vision.guides import SIZE, Guide, offline, reference_timeline, write_guide, write_sources
from v2m_bridge.core.guide import GuideMovie, PlacedGuide
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Scene, Timeline
from v2m_bridge.errors import MediaError, SettingsError
from v2m_bridge.vision.array_store import ArrayStore
from v2m_bridge.vision.guide import place_guide
from v2m_bridge.vision.guide_signal import read_signal
from v2m_bridge.vision.probe import probe

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def online(tmp_path_factory: pytest.TempPathFactory) -> Timeline:
    return reference_timeline(write_sources(tmp_path_factory.mktemp("sources")))


@pytest.fixture(scope="module")
def edit(online: Timeline) -> Timeline:
    return offline(online)


@pytest.fixture(scope="module")
def guide(online: Timeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_guide(tmp_path_factory.mktemp("guide") / "guide.mov", online, Guide(burn_in=True))


def placed(path: Path, edit: Timeline, start: str = "") -> PlacedGuide:
    return place_guide(GuideMovie(str(path), start), edit)


def recut(edit: Timeline, scenes: list[Scene]) -> Timeline:
    """Lay scenes one after the other, each as long as it is."""
    laid, at = [], 0
    for scene in scenes:
        record_out = FrameTime(at + scene.n_frames, edit.rate)
        laid.append(replace(scene, record_in=FrameTime(at, edit.rate), record_out=record_out))
        at = record_out.frame
    return replace(edit, scenes=tuple(laid))


def longer(scene: Scene, by: int) -> Scene:
    return replace(scene, record_out=FrameTime(scene.record_out.frame + by, scene.record_out.rate))


def test_the_timecode_track_places_a_guide_with_leader_and_burn_in(guide: Path, edit: Timeline) -> None:
    found = placed(guide, edit)
    assert found.starts_s == 8
    assert found.warnings == ()
    assert found.has_sound


@pytest.mark.parametrize("late", [0, 12])
def test_eight_seconds_before_the_hour_a_guide_begins_with_its_leader(
    online: Timeline, late: int, tmp_path: Path
) -> None:
    at_the_hour = replace(online, start=FrameTime(3600 * 25, Fraction(25)))
    path = write_guide(tmp_path / "guide.mov", at_the_hour, Guide(late=late, with_sound=False))
    assert probe(path).start_frame == 25 * (59 * 60 + 52)
    found = placed(path, offline(at_the_hour))
    assert found.starts_s == 8 + Fraction(late, 25)
    assert [f"guide.mov is {late} frames late" in warning for warning in found.warnings] == [True] * bool(late)


@pytest.mark.parametrize("late", [1, 5, 12, -3])
def test_a_late_guide_is_named_with_its_frames_and_put_right(
    online: Timeline, edit: Timeline, late: int, tmp_path: Path
) -> None:
    path = write_guide(tmp_path / "late.mov", online, Guide(late=late, with_sound=False))
    found = placed(path, edit)
    assert found.starts_s == 8 + Fraction(late, 25)
    (warning,) = found.warnings
    frames = f"{abs(late)} frame{'s' if abs(late) > 1 else ''}"
    assert f"late.mov is {frames} {'late' if late > 0 else 'early'}" in warning
    start = warning.partition("--guide-start ")[2].split(" ")[0]
    assert placed(path, edit, start) == replace(found, warnings=())


def test_without_timecode_a_guide_is_placed_by_its_cuts(online: Timeline, edit: Timeline, tmp_path: Path) -> None:
    path = write_guide(tmp_path / "bare.mov", online, Guide(with_timecode=False, with_sound=False))
    found = placed(path, edit)
    assert found.starts_s == 8
    assert "bare.mov has no timecode; 12 of 12 cuts place the first frame of the edit 200 frames" in found.warnings[0]
    assert "--guide-start 01:00:42:00" in found.warnings[0]
    assert placed(path, edit, "01:00:42:00").warnings == ()


def test_a_start_that_the_user_gives_is_checked_against_the_cuts(guide: Path, edit: Timeline) -> None:
    found = placed(guide, edit, "01:00:42:02")
    assert found.starts_s == 8
    assert "2 frames late" in found.warnings[0]
    with pytest.raises(SettingsError, match="no start for the guide"):
        placed(guide, edit, "8 s")
    with pytest.raises(MediaError, match="does not reach the edit"):
        placed(guide, edit, "10:00:00:00")


# What the previous cut was like, and the words that name the first event that differs.
PREVIOUS: dict[str, tuple[Callable[[list[Scene]], list[Scene]], str, str]] = {
    "a shot 12 frames longer": (lambda s: [*s[:2], longer(s[2], 12), *s[3:]], "'Rope slow'", "12 frames later"),
    "the first shot 12 frames longer": (lambda s: [longer(s[0], 12), *s[1:]], "'Gulls'", "12 frames later"),
    "a shot 30 frames shorter": (lambda s: [*s[:7], longer(s[7], -30), *s[8:]], "'Alley'", "30 frames later"),
    "a shot less": (lambda s: [*s[:5], *s[6:]], "'Wave back'", ""),
    "a shot more": (lambda s: [*s[:3], s[11], *s[3:]], "'Black'", ""),
    "two shots exchanged": (lambda s: [*s[:9], s[10], s[9], *s[11:]], "", ""),
    "one cut moved": (lambda s: [*s[:10], longer(s[10], 9), longer(s[11], -9), s[12]], "'Jump'", "9 frames later"),
}


@pytest.mark.parametrize("what", PREVIOUS)
def test_a_guide_of_the_previous_cut_is_refused_with_the_first_event_that_differs(
    online: Timeline, edit: Timeline, what: str, tmp_path: Path
) -> None:
    change, scene, frames = PREVIOUS[what]
    previous = recut(online, change(list(online.scenes)))
    path = write_guide(tmp_path / "old.mov", previous, Guide(with_sound=False))
    with pytest.raises(MediaError, match="shows another cut than Reference: first at 01:0") as refused:
        placed(path, edit)
    assert scene in str(refused.value)
    assert frames in str(refused.value)


def test_a_guide_that_shows_no_cut_is_refused(edit: Timeline, tmp_path: Path) -> None:
    black = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    pictures = ((Fraction(n, 25), black) for n in range(1300))
    path = write_pictures(tmp_path / "black.mov", pictures, timecode="01:00:42:00")
    with pytest.raises(MediaError, match="first at 01:00:53:21, where the edit cuts to scene 2 'Gulls'"):
        placed(path, edit)


def test_an_edit_of_one_shot_is_not_called_late(guide: Path) -> None:
    only = recuts.edit([recuts.Shot("a.mov", 0, 50)])
    found = placed(guide, replace(only, start=FrameTime(25 * (3600 + 50), Fraction(25))))
    assert found.starts_s == 8


def test_what_was_found_in_a_guide_is_kept(guide: Path, tmp_path: Path) -> None:
    store = ArrayStore(tmp_path)
    _, first = read_signal(guide, store)
    told: list[str] = []
    _, again = read_signal(guide, store, lambda label, done, total: told.append(label))
    assert told == []
    assert np.array_equal(first.step, again.step)
    assert np.array_equal(first.coarse, again.coarse)
