from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spotting.edits import MEDIA, affect_rows, directions, make_medium, make_timeline, timelines
from v2m_bridge.core.affect import Affect, Emotion
from v2m_bridge.core.cue import Cue, Hit, HitKind, Need
from v2m_bridge.core.direction import CueDirection, Direction, SceneDirection
from v2m_bridge.core.harmony import Key, parse_progression
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.timebase import TempoMap
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.video import VideoFeatures
from v2m_bridge.spotting.digests import cue_digest
from v2m_bridge.spotting.plan import plan_cues

FEW = settings(max_examples=40, deadline=None)


def rows_of(features: VideoFeatures) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.column_stack(
        [
            features.scene_offset_s,
            features.motion,
            features.emotion,
            features.valence,
            features.arousal,
            features.confidence,
        ]
    )


def same(a: CuePlan, b: CuePlan) -> bool:
    """Whether two plans are equal in everything."""
    plain = [f.name for f in fields(CuePlan) if f.name not in ("features", "affect")]
    return (
        all(getattr(a, name) == getattr(b, name) for name in plain)
        and np.array_equal(rows_of(a.features), rows_of(b.features))
        and np.array_equal(affect_rows(a), affect_rows(b))
    )


@FEW
@given(timelines(), directions())
def test_slots_tile_the_cue_and_every_bar_line_starts_one(timeline: Timeline, direction: Direction) -> None:
    for plan in plan_cues(timeline, direction, MEDIA):
        assert plan.slots[0].onset_tick == 0
        assert plan.slots[-1].end_tick == plan.end_tick
        assert all(a.end_tick == b.onset_tick for a, b in pairwise(plan.slots))
        assert {slot.onset_tick for slot in plan.slots} >= set(plan.tempo.bar_lines(plan.end_tick))


@FEW
@given(timelines(), directions())
def test_the_cue_ends_within_a_quarter_beat_of_its_last_frame_and_never_after(
    timeline: Timeline, direction: Direction
) -> None:
    for plan in plan_cues(timeline, direction, MEDIA):
        beat = plan.tempo.meter_at(0).ticks_per_beat
        assert plan.tempo.ns_at(plan.end_tick) <= plan.cue.length_ns
        assert plan.tempo.ns_at(plan.end_tick + beat // 4) > plan.cue.length_ns
        assert len(plan.slots) == 1 or plan.slots[-1].length_ticks >= beat // 4


@FEW
@given(timelines(), directions())
def test_a_hit_is_reported_as_met_exactly_when_its_beat_meets_it(timeline: Timeline, direction: Direction) -> None:
    for plan in plan_cues(timeline, direction, MEDIA):
        beat = plan.tempo.meter_at(0).ticks_per_beat
        start_ns = plan.cue.start.ns
        onsets = [start_ns + plan.tempo.ns_at(tick) for tick in range(0, plan.end_tick + beat, beat)]
        onsets = [onset for onset in onsets if onset <= plan.cue.end.ns]
        for planned in plan.hits:
            onset = start_ns + plan.tempo.ns_at(planned.tick)
            assert planned.tick % beat == 0
            assert planned.met == planned.hit.is_met_by(onset) == any(planned.hit.is_met_by(each) for each in onsets)
            assert planned.off_frames == pytest.approx((onset - planned.hit.at.ns) * timeline.rate / 10**9, abs=1e-3)


@FEW
@given(timelines(), directions())
def test_the_tempo_lies_in_the_cues_range(timeline: Timeline, direction: Direction) -> None:
    for plan in plan_cues(timeline, direction, MEDIA):
        assert plan.wishes.tempo_bpm is not None
        low, high = plan.wishes.tempo_bpm
        (change,) = plan.tempo.tempi
        assert round(60e6 / high) <= change.us_per_quarter <= round(60e6 / low)


@FEW
@given(timelines(), directions())
def test_a_scene_as_long_as_the_longest_slot_owns_one(timeline: Timeline, direction: Direction) -> None:
    for plan in plan_cues(timeline, direction, MEDIA):
        start_ns = plan.cue.start.ns
        edges = [start_ns + plan.tempo.ns_at(slot.onset_tick) for slot in plan.slots]
        edges.append(start_ns + plan.tempo.ns_at(plan.end_tick))
        longest = max(b - a for a, b in pairwise(edges))
        for scene in timeline.scenes:
            inside = min(edges[-1], scene.record_out.ns) - max(edges[0], scene.record_in.ns)
            assert inside < longest or scene.id in plan.scene_ids


@FEW
@given(timelines(), directions(), st.data())
def test_a_scenes_override_changes_nothing_outside_its_own_slots(
    timeline: Timeline, direction: Direction, data: st.DataObject
) -> None:
    scene_id = data.draw(st.sampled_from([scene.id for scene in timeline.scenes]))
    wish = SceneDirection(
        emotion=data.draw(st.sampled_from([None, Emotion.TENSE, Affect(0.4, -0.2)])),
        intensity=data.draw(st.sampled_from([None, 0.0, 0.9])),
        mute=data.draw(st.booleans()),
    )
    before = plan_cues(timeline, direction, MEDIA)
    after = plan_cues(timeline, replace(direction, scenes={scene_id: wish}), MEDIA)
    for a, b in zip(before, after, strict=True):
        own = np.array([each == scene_id for each in a.scene_ids])
        assert same(replace(b, scene_keys=a.scene_keys, affect=a.affect), a)
        assert np.array_equal(affect_rows(a)[~own], affect_rows(b)[~own])
        assert np.array_equal(np.array(a.scene_keys)[~own], np.array(b.scene_keys)[~own])
        if wish != SceneDirection():
            assert not set(np.array(a.scene_keys)[own]) & set(np.array(b.scene_keys)[own])


def test_a_scenes_emotion_wins_fully_in_its_slots() -> None:
    timeline = make_timeline([(100, "a.mov"), (100, "b.mov"), (100, "c.mov")])
    scene_id = timeline.scenes[1].id
    wish = SceneDirection(emotion=Affect(0.4, -0.2), mute=True)
    (plan,) = plan_cues(timeline, Direction(scenes={scene_id: wish}), MEDIA)
    own = np.array([each == scene_id for each in plan.scene_ids])
    assert own.any()
    assert np.allclose(affect_rows(plan)[own], [0.4, -0.2, 0.4, 1])
    assert not plan.affect.muted[~own].any()
    louder = Direction(scenes={scene_id: replace(wish, intensity=0.9)})
    assert np.allclose(plan_cues(timeline, louder, MEDIA)[0].affect.intensity[own], 0.9)


def three_cues(timeline: Timeline) -> tuple[Cue, ...]:
    third = timeline.end.frame // 3
    edges = [0, third, 2 * third, timeline.end.frame]
    return tuple(
        Cue(f"1m0{order}", timeline.frame(a), timeline.frame(b)) for order, (a, b) in enumerate(pairwise(edges), 1)
    )


@FEW
@given(timelines(n_scenes=(4, 12)), directions())
def test_a_cues_override_leaves_every_other_cue_as_it_was(timeline: Timeline, direction: Direction) -> None:
    direction = replace(direction, spotted=three_cues(timeline))
    asked = CueDirection(emotion=Emotion.FEARFUL, key=Key(1, "minor"), seed=99, tempo_bpm=(60.0, 200.0))
    before = plan_cues(timeline, direction, MEDIA)
    after = plan_cues(timeline, replace(direction, cues={"1m02": asked}), MEDIA)
    assert same(before[0], after[0])
    assert same(before[2], after[2])
    assert after[1].pooled == Affect(-0.7, 0.6)
    assert (after[1].confidence, after[1].key) == (1.0, Key(1, "minor"))
    assert after[1].cue_key != before[1].cue_key


@FEW
@given(timelines(), directions())
def test_the_same_inputs_give_the_same_plan(timeline: Timeline, direction: Direction) -> None:
    for a, b in zip(plan_cues(timeline, direction, MEDIA), plan_cues(timeline, direction, MEDIA), strict=True):
        assert same(a, b)


def test_a_cue_keeps_its_music_keys_wherever_it_stands_in_the_edit() -> None:
    """Twenty-five frames of black before a cue move it by a whole second and change neither key nor tempo."""
    shots: list[tuple[int, str | None]] = [(100, "a.mov"), (75, "b.mov")]
    late = make_timeline([(25, None), *shots])
    early = make_timeline(shots)
    spotted = Cue("1m01", late.frame(25), late.end)
    (there,) = plan_cues(late, Direction(spotted=(spotted,)), MEDIA)
    (here,) = plan_cues(early, Direction(spotted=(Cue("1m01", early.frame(0), early.end),)), MEDIA)
    assert (there.cue_key, there.tempo, there.slots) == (here.cue_key, here.tempo, here.slots)
    assert there.scene_keys[1:] == here.scene_keys[1:]


def test_a_users_hit_of_one_scene_leaves_the_other_hits_as_they_were() -> None:
    timeline = make_timeline([(200, "a.mov"), (200, "b.mov"), (200, "c.mov"), (200, "a.mov")])
    hit = Hit(timeline.frame(130), HitKind.STOP, Need.MUST, 1.0, "door slams")
    (before,) = plan_cues(timeline, Direction(), MEDIA)
    (after,) = plan_cues(timeline, Direction(scenes={timeline.scenes[0].id: SceneDirection(hits=(hit,))}), MEDIA)
    assert [planned.hit for planned in after.hits if planned.hit != hit] == [planned.hit for planned in before.hits]
    assert hit in [planned.hit for planned in after.hits]
    assert next(planned.met for planned in after.hits if planned.hit == hit)


def test_a_slot_key_changes_with_the_hit_on_its_beat() -> None:
    timeline = make_timeline([(250, "a.mov"), (250, "b.mov")])
    pinned = CueDirection(tempo_bpm=(120.0, 120.0))
    scene_id = timeline.scenes[0].id
    keys = []
    for kind in (HitKind.ACCENT, HitKind.STOP):
        hit = Hit(timeline.frame(100), kind, Need.MUST)
        (plan,) = plan_cues(timeline, Direction(defaults=pinned, scenes={scene_id: SceneDirection(hits=(hit,))}), MEDIA)
        keys.append(plan.scene_keys)
    assert [index for index, (a, b) in enumerate(zip(*keys, strict=True)) if a != b] == [4]


def test_what_the_picture_is_unsure_of_is_neutral_and_movement_alone_moves_intensity() -> None:
    calm = make_medium(40, confidence=0.1, motion=[0.0] * 40, valence=[0.9] * 40, arousal=[0.9] * 40)
    busy = make_medium(40, confidence=0.1, motion=[60.0] * 40, valence=[-0.9] * 40, arousal=[-0.9] * 40)
    timeline = make_timeline([(250, "calm.mov"), (250, "busy.mov")])
    (plan,) = plan_cues(timeline, Direction(), {"calm.mov": calm, "busy.mov": busy})
    assert plan.pooled == Affect(0.0, 0.0)
    assert plan.pooled.nearest_emotion() is Emotion.NEUTRAL
    assert plan.confidence == pytest.approx(0.1, abs=1e-3)
    assert not plan.affect.valence.any()
    assert not plan.affect.arousal.any()
    assert plan.affect.intensity[-1] > plan.affect.intensity[0] + 0.1


def test_a_sure_picture_sets_pooled_affect_and_bends_each_slot_toward_its_scene() -> None:
    bright = make_medium(40, confidence=0.9, motion=[5.0] * 40, valence=[0.8] * 40, arousal=[0.5] * 40)
    dark = make_medium(40, confidence=0.9, motion=[5.0] * 40, valence=[-0.6] * 40, arousal=[-0.5] * 40)
    timeline = make_timeline([(500, "bright.mov"), (250, "dark.mov")])
    (plan,) = plan_cues(timeline, Direction(), {"bright.mov": bright, "dark.mov": dark})
    assert plan.pooled.valence == pytest.approx((2 * 0.8 - 0.6) / 3, abs=2e-3)
    assert plan.key.mode == "major"
    assert plan.affect.valence[0] == pytest.approx(0.4 * plan.pooled.valence + 0.6 * 0.8, abs=2e-3)
    assert plan.affect.valence[-1] == pytest.approx(0.4 * plan.pooled.valence + 0.6 * -0.6, abs=2e-3)


def test_more_movement_and_faster_cutting_raise_pooled_arousal() -> None:
    def arousal(motion: float, shot: int) -> float:
        medium = make_medium(60, confidence=0.9, motion=[motion] * 60, valence=[0.1] * 60, arousal=[0.1] * 60)
        timeline = make_timeline([(shot, "a.mov")] * (1200 // shot))
        return plan_cues(timeline, Direction(), {"a.mov": medium})[0].pooled.arousal

    assert arousal(2, 300) < arousal(20, 300) < arousal(20, 30)


def test_the_users_key_holds_and_a_primer_names_its_own() -> None:
    timeline = make_timeline([(250, "a.mov"), (250, "b.mov")])
    said = Direction(defaults=CueDirection(key=Key(6, "minor")))
    assert plan_cues(timeline, said, MEDIA)[0].key == Key(6, "minor")
    for text, key in (
        ("C Am F G", Key(0, "major")),
        ("Am F C G", Key(9, "minor")),
        ("Ebmaj7 Cm7 Fm7 Bb7", Key(3, "major")),
    ):
        primed = Direction(defaults=CueDirection(primer=parse_progression(text)))
        assert plan_cues(timeline, primed, MEDIA)[0].key == key


def test_an_edit_of_which_nothing_was_seen_is_neutral_and_without_confidence() -> None:
    timeline = make_timeline([(100, "x.mov"), (100, None), (100, "y.mov")])
    (plan,) = plan_cues(timeline, Direction(), {})
    assert plan.confidence == 0
    assert plan.pooled == Affect(0.0, 0.0)
    assert not plan.features.motion.any()
    assert (plan.features.emotion[:, 5] == 1).all()


@pytest.mark.parametrize(
    "wish", [SceneDirection(emotion=Emotion.SAD), SceneDirection(intensity=0.9), SceneDirection(mute=True)]
)
def test_each_wish_for_a_scene_changes_the_keys_of_its_slots_and_of_no_other(wish: SceneDirection) -> None:
    timeline = make_timeline([(200, "a.mov"), (200, "b.mov")])
    (before,) = plan_cues(timeline, Direction(), MEDIA)
    (after,) = plan_cues(timeline, Direction(scenes={timeline.scenes[0].id: wish}), MEDIA)
    changed = [a != b for a, b in zip(before.scene_keys, after.scene_keys, strict=True)]
    assert changed == [scene_id == timeline.scenes[0].id for scene_id in before.scene_ids]


def test_scenes_still_differ_a_little_around_a_cues_override() -> None:
    bright = make_medium(40, confidence=0.9, motion=[5.0] * 40, valence=[0.5] * 40, arousal=[0.5] * 40)
    dark = make_medium(40, confidence=0.9, motion=[5.0] * 40, valence=[-0.5] * 40, arousal=[0.5] * 40)
    timeline = make_timeline([(250, "bright.mov"), (250, "dark.mov")])
    said = Direction(defaults=CueDirection(emotion=Affect(-0.4, 0.2)))
    (plan,) = plan_cues(timeline, said, {"bright.mov": bright, "dark.mov": dark})
    assert plan.affect.valence[[0, -1]].tolist() == pytest.approx([-0.4 + 0.15, -0.4 - 0.15], abs=2e-3)
    assert plan.affect.arousal[[0, -1]].tolist() == pytest.approx([0.2, 0.2], abs=2e-3)


def test_the_cue_key_depends_on_the_tempo_map_even_where_all_else_is_equal() -> None:
    (plan,) = plan_cues(make_timeline([(200, "a.mov")]), Direction(), MEDIA)
    keys = {
        cue_digest("1m01", plan.wishes, plan.key, plan.pooled, plan.confidence, TempoMap.constant(bpm), plan.slots)
        for bpm in (100, 101)
    }
    assert len(keys) == 2
