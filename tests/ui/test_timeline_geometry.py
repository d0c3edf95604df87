"""Where things stand in the timeline, and what is found at a point."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.snapshots import LENGTH_S, make_snapshot
from ui.widgets.timeline_layout import LANE_TITLES, TimelineLayout
from ui.widgets.timeline_scale import MAX_PX_PER_S, TimeScale, tick_step_frames
from v2m_bridge.core.snapshot import Snapshot

SCALES = st.builds(TimeScale, st.floats(0, 3600), st.floats(0.05, 400), st.just(62.0), st.floats(50, 4000))


@given(SCALES, st.floats(0, 7200))
def test_a_time_is_found_again_at_its_pixel(scale: TimeScale, seconds: float) -> None:
    assert scale.s_of(scale.x_of(seconds)) == pytest.approx(seconds, abs=1e-6)


@given(st.floats(1, 7200), st.floats(100, 2000), st.lists(st.tuples(st.floats(0.1, 10), st.floats(0, 1)), max_size=8))
def test_zooming_never_leaves_the_edit(length_s: float, width: float, steps: list[tuple[float, float]]) -> None:
    fit = scale = TimeScale.fit(length_s, 62, width)
    for factor, where in steps:
        at_x = 62 + where * width
        scale = scale.zoomed(factor, at_x, length_s).panned((where - 0.5) * width, length_s)
        assert scale.first_s >= 0
        assert scale.end_s <= max(length_s, fit.end_s) + 1e-6
        assert fit.px_per_s <= scale.px_per_s <= MAX_PX_PER_S


@given(st.floats(0.05, 0.95))
def test_zooming_in_keeps_the_time_under_the_pointer(where: float) -> None:
    scale = TimeScale.fit(600, 62, 1000)
    x = 62 + where * 1000
    assert scale.zoomed(1.5, x, 600).s_of(x) == pytest.approx(scale.s_of(x))


@given(SCALES, st.sampled_from([Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)]))
def test_time_labels_never_overlap_unless_an_hour_is_too_narrow(scale: TimeScale, rate: Fraction) -> None:
    step = tick_step_frames(scale, rate, 96)
    assert float(step / rate) * scale.px_per_s >= 96 or step == 3600 * round(rate)


def layout_of(snapshot: Snapshot | None = None) -> TimelineLayout:
    snapshot = snapshot or make_snapshot()
    return TimelineLayout(snapshot, TimeScale.fit(snapshot.length_s, 62, 1200), 320)


def test_lanes_stand_below_each_other_inside_the_widget() -> None:
    layout = layout_of()
    lanes = [layout.lane(place) for place in LANE_TITLES]
    assert all(above.bottom() < below.top() for above, below in itertools.pairwise(lanes))
    assert lanes[0].top() == 0
    assert lanes[-1].bottom() <= 320


def test_the_middle_of_every_block_is_where_it_is_found() -> None:
    layout = layout_of()
    for scene in layout.snapshot.scenes:
        found = layout.at(layout.scene_rect(scene).center().x(), layout.scene_rect(scene).center().y())
        assert found is not None
        assert (found.place, found.name) == ("scenes", scene.id)
    for cue in layout.snapshot.cues:
        for rect in (layout.cue_rect(cue), *(layout.chord_rect(chord) for chord in cue.chords)):
            found = layout.at(rect.center().x(), rect.center().y())
            assert found is not None
            assert found.name == cue.number


@given(st.floats(-50, 1400), st.floats(-50, 400))
def test_whatever_is_found_lies_inside_the_edit(x: float, y: float) -> None:
    layout = layout_of()
    found = layout.at(x, y)
    if found is not None:
        assert 0 <= found.at_s <= LENGTH_S
        assert layout.lane(found.place).top() <= y < layout.lane(found.place).bottom()


def test_between_the_cues_there_is_silence() -> None:
    layout = layout_of()
    found = layout.at(layout.scale.x_of(62.0), layout.lane("cues").center().y())
    assert found is not None
    assert found.name == ""
