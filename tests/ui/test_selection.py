"""Laws of the selection."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.ui.snapshots import make_cues, make_snapshot
from ui.selection import Selection, cue_selected, find_cue, find_scene, kept, scene_selected, stepped
from v2m_bridge.core.snapshot import Snapshot

NAMES = st.sampled_from(["", "1m01", "1m02", "gone", *(f"s{i}" for i in range(8))])
SELECTIONS = st.builds(Selection, NAMES, NAMES, st.sampled_from(["cue", "scene"]))


@given(SELECTIONS)
def test_what_is_kept_exists(selection: Selection) -> None:
    snapshot = make_snapshot()
    after = kept(selection, snapshot)
    assert find_cue(snapshot, after.cue)
    assert find_scene(snapshot, after.scene)
    assert kept(after, snapshot) == after


@given(SELECTIONS)
def test_in_an_empty_edit_nothing_is_selected(selection: Selection) -> None:
    after = kept(selection, Snapshot(version=0))
    assert (after.cue, after.scene) == ("", "")


@given(SELECTIONS, st.integers(-12, 12))
def test_stepping_there_and_back_ends_inside(selection: Selection, step: int) -> None:
    snapshot = make_snapshot()
    after = stepped(kept(selection, snapshot), snapshot, step)
    assert kept(after, snapshot) == after


@given(st.integers(0, 7))
def test_a_selected_scene_brings_the_cue_that_sounds_in_it(index: int) -> None:
    snapshot = make_snapshot()
    after = scene_selected(kept(Selection(), snapshot), snapshot, f"s{index}")
    assert (after.cue, after.scene, after.lane) == ("1m01" if index < 4 else "1m02", f"s{index}", "scene")


def test_a_selected_cue_keeps_the_scene_in_which_it_sounds_else_takes_its_first() -> None:
    snapshot = make_snapshot()
    in_first = Selection("1m01", "s2", "scene")
    assert cue_selected(in_first, snapshot, "1m01") == Selection("1m01", "s2", "cue")
    assert cue_selected(in_first, snapshot, "1m02") == Selection("1m02", "s4", "cue")


def test_a_name_that_is_gone_changes_nothing() -> None:
    snapshot = make_snapshot(cues=make_cues())
    before = Selection("1m01", "s2", "scene")
    assert cue_selected(before, snapshot, "9m99") == before
    assert scene_selected(before, snapshot, "nowhere") == before
