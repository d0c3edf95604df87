"""The grid of a cue: what holds for any meter, any hits and every way of fitting."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spotting.edits import MEDIA, directions, timelines
from v2m_bridge.core.cue import Hit, HitKind, Need
from v2m_bridge.core.direction import FITS, Direction, SceneDirection
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.spotting.plan import plan_cues


@settings(max_examples=80)
@given(timelines(), directions(), st.sampled_from(FITS), st.data())
def test_whatever_the_meter_the_hits_and_the_way_the_grid_holds_and_hits_that_are_said_to_be_met_are(
    timeline: Timeline, direction: Direction, way: str, data: st.DataObject
) -> None:
    scenes = {}
    for scene in data.draw(st.lists(st.sampled_from(timeline.scenes), max_size=4, unique_by=lambda each: each.id)):
        at = data.draw(st.integers(scene.record_in.frame, scene.record_out.frame - 1))
        hit = Hit(timeline.frame(at), data.draw(st.sampled_from(HitKind)), data.draw(st.sampled_from(Need)))
        scenes[scene.id] = SceneDirection(hits=(hit,))
    asked = replace(direction, defaults=replace(direction.defaults, fit=way), scenes=scenes)
    for plan in plan_cues(timeline, asked, MEDIA):
        lines = {0, *plan.tempo.bar_lines(plan.end_tick)}
        assert (plan.slots[0].onset_tick, plan.slots[-1].end_tick) == (0, plan.end_tick)
        assert all(a.end_tick == b.onset_tick for a, b in pairwise(plan.slots))
        assert {slot.onset_tick for slot in plan.slots} >= lines
        assert {change.tick for change in plan.tempo.tempi} | {change.tick for change in plan.tempo.meters} <= lines
        for planned in plan.hits:
            assert planned.met == planned.hit.is_met_by(plan.cue.start.ns + plan.tempo.ns_at(planned.tick))
        for slot in plan.slots:
            assert plan.tempo.tick_at_ns(plan.tempo.ns_at(slot.onset_tick)) == slot.onset_tick
