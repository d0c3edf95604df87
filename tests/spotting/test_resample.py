from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings

from tests.spotting.edits import MEDIA, make_medium, make_timeline, timelines
from v2m_bridge.core.arrays import I64
from v2m_bridge.core.timeline import RetimePoint, Timeline
from v2m_bridge.spotting.resample import (
    AFFECT,
    CONFIDENCE,
    MOTION,
    VALENCE,
    means,
    picture_of,
    rounded_shares,
    slot_features,
)

S = 10**9


def spans(*edges_s: float) -> I64:
    edges = np.array([int(edge * S) for edge in edges_s], dtype=np.int64)
    return np.stack([edges[:-1], edges[1:]], axis=1)


@settings(max_examples=40)
@given(timelines())
def test_each_frame_of_a_seen_scene_shows_the_row_of_its_source_second(timeline: Timeline) -> None:
    picture = picture_of(timeline, MEDIA)
    for index, scene in enumerate(timeline.scenes):
        medium = MEDIA.get(scene.media.identity) if scene.media else None
        if medium is None:
            continue
        for frame in range(0, scene.n_frames, 7):
            # The middle of the frame: a row changes on a whole source second, which a frame may straddle.
            record_s = (frame + Fraction(1, 2)) / timeline.rate
            source_s = scene.source_s(record_s)
            if abs(source_s - round(source_s)) < Fraction(1, 1000):
                continue
            row = min(max(floor(source_s), 0), len(medium.features) - 1)
            at_ns = int((scene.record_in.exact_s + record_s) * S)
            piece = int(np.searchsorted(picture.edges_ns, at_ns, side="right")) - 1
            assert picture.scene[piece] == index
            assert picture.rows[piece, MOTION] == medium.features.motion[row]


@settings(max_examples=40)
@given(timelines())
def test_pieces_tile_the_edit_and_never_cross_a_cut(timeline: Timeline) -> None:
    picture = picture_of(timeline, MEDIA)
    assert picture.edges_ns[0] == 0
    assert picture.edges_ns[-1] == timeline.end.ns
    assert (np.diff(picture.edges_ns) > 0).all()
    assert {scene.record_out.ns for scene in timeline.scenes} <= set(picture.edges_ns.tolist())


def test_a_slot_is_the_time_weighted_mean_of_what_is_on_screen() -> None:
    a = make_medium(10, motion=np.arange(10.0).tolist())
    b = make_medium(10, motion=[100.0] * 10)
    timeline = make_timeline([(75, "a.mov"), (75, "b.mov")])
    picture = picture_of(timeline, {"a.mov": a, "b.mov": b})
    rows = slot_features(picture, spans(0, 1, 2.5, 3.5, 6), np.array([0, 0, 0, 1]))
    assert rows.motion.tolist() == pytest.approx([0, (1 + 2 * 0.5) / 1.5, (2 * 0.5 + 100 * 0.5), 100], abs=1e-3)
    assert rows.scene_offset_s.tolist() == [0, 1, 2, 0]


def test_a_retime_runs_through_the_rows_at_its_own_speed() -> None:
    medium = make_medium(20, motion=np.arange(20.0).tolist())
    fast = (RetimePoint(Fraction(0), Fraction(0)), RetimePoint(Fraction(1), Fraction(4)))
    timeline = make_timeline([(50, "a.mov")], retime=fast)
    rows = slot_features(picture_of(timeline, {"a.mov": medium}), spans(0, 0.25, 1, 2), np.zeros(3, np.int64))
    assert rows.motion.tolist() == pytest.approx([0, 2, 5.5])
    back = (RetimePoint(Fraction(0), Fraction(0)), RetimePoint(Fraction(1), Fraction(-1)))
    timeline = make_timeline([(50, "a.mov")], source_in_s=Fraction(5), retime=back)
    rows = slot_features(picture_of(timeline, {"a.mov": medium}), spans(0, 1, 2), np.zeros(2, np.int64))
    assert rows.motion.tolist() == [4, 3]


def test_emotion_is_steadied_over_five_seconds_and_never_across_a_cut() -> None:
    a = make_medium(20, valence=[0.0] * 10 + [1.0] * 10)
    b = make_medium(20, valence=[-1.0] * 20)
    timeline = make_timeline([(500, "a.mov"), (100, "b.mov")])
    picture = picture_of(timeline, {"a.mov": a, "b.mov": b})
    middles = (picture.edges_ns[:-1] + picture.edges_ns[1:]) / 2 / S
    at = {float(middle): float(value) for middle, value in zip(middles, picture.steady[:, VALENCE], strict=True)}
    assert [at[7.5], at[8.5], at[9.5], at[10.5], at[12.5]] == pytest.approx([0, 0.2, 0.4, 0.6, 1])
    assert [at[19.5], at[20.5]] == pytest.approx([1, -1])
    assert (picture.rows[:, MOTION] == picture.steady[:, MOTION]).all()


def test_an_unseen_scene_lies_between_its_seen_neighbours_with_no_confidence() -> None:
    low = make_medium(10, motion=[10.0] * 10, confidence=0.8, semantic=True)
    high = make_medium(10, motion=[30.0] * 10, confidence=0.8, semantic=True, seed=1)
    timeline = make_timeline([(100, "low.mov"), (100, "gone.mov"), (100, "high.mov"), (100, "gone.mov")])
    picture = picture_of(timeline, {"low.mov": low, "high.mov": high})
    rows = means(picture.edges_ns, picture.rows, picture.scene_spans_ns)
    assert rows[:, MOTION].tolist() == pytest.approx([10, 20, 30, 30])
    assert rows[:, CONFIDENCE].tolist() == pytest.approx([0.8, 0, 0.8, 0], abs=1e-6)
    assert picture.seen == (True, False, True, False)
    assert picture.semantic is not None
    assert picture.semantic.shape[1] == 768


def test_black_is_still_neutral_and_without_confidence() -> None:
    timeline = make_timeline([(100, "a.mov"), (100, None)])
    picture = picture_of(timeline, MEDIA)
    assert picture.rows[-1].tolist() == [0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    assert picture.seen == (True, True)


def test_semantic_columns_need_all_seen_media_to_have_them() -> None:
    timeline = make_timeline([(100, "a.mov"), (100, "b.mov")])
    with_columns, without = make_medium(10, semantic=True), make_medium(10)
    assert picture_of(timeline, {"a.mov": with_columns, "b.mov": without}).semantic is None
    owners = np.zeros(2, np.int64)
    seen = slot_features(picture_of(timeline, {"a.mov": with_columns}), spans(0, 1, 2), owners)
    assert seen.semantic is not None
    assert seen.semantic[0] == pytest.approx(np.round(with_columns.features.semantic[0], 3), abs=1e-6)  # type: ignore[index]


def test_a_source_beyond_the_medium_holds_its_last_row() -> None:
    medium = make_medium(3, motion=[1.0, 2.0, 3.0])
    timeline = make_timeline([(250, "a.mov")])
    rows = slot_features(picture_of(timeline, {"a.mov": medium}), spans(2, 3, 9), np.zeros(2, np.int64))
    assert rows.motion.tolist() == [3, 3]


def test_a_retime_of_any_speed_makes_no_more_pieces_than_frames() -> None:
    medium = make_medium(7200)
    wild = (RetimePoint(Fraction(0), Fraction(0)), RetimePoint(Fraction(1), Fraction(7200)))
    picture = picture_of(make_timeline([(25, "a.mov")], retime=wild), {"a.mov": medium})
    assert len(picture.rows) <= 26


def test_rounded_shares_still_add_up_to_one() -> None:
    shares = rounded_shares(np.random.default_rng(0).dirichlet(np.ones(6), 500))
    assert np.round(shares * 1000).sum(axis=1).tolist() == [1000] * 500
    assert np.abs(shares * 1000 - np.round(shares * 1000)).max() < 1e-9


@settings(max_examples=30)
@given(timelines())
def test_steady_rows_stay_within_what_their_scene_shows(timeline: Timeline) -> None:
    picture = picture_of(timeline, MEDIA)
    for index in range(len(timeline.scenes)):
        own = picture.scene == index
        raw, steady = picture.rows[own][:, AFFECT], picture.steady[own][:, AFFECT]
        assert (steady <= raw.max(axis=0) + 1e-9).all()
        assert (steady >= raw.min(axis=0) - 1e-9).all()
