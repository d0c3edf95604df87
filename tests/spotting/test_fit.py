from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spotting.edits import METERS, RATES
from v2m_bridge.core.cue import Hit, HitKind, Need
from v2m_bridge.core.fit_limits import LARGEST_DRIFT, LARGEST_STEP
from v2m_bridge.core.timebase import FrameTime, Meter
from v2m_bridge.spotting.fit import fit_tempo
from v2m_bridge.spotting.fit_cost import irregular_meters
from v2m_bridge.spotting.fit_result import TempoFit
from v2m_bridge.spotting.grid import grid_of
from v2m_bridge.spotting.tempo_fit import plan_hits

SOME = settings(max_examples=30, deadline=None)
WAYS = ("constant", "musical", "exact")


@st.composite
def cues(draw: st.DrawFn) -> tuple[list[Hit], tuple[float, float], Meter, int, int]:
    """Hits, tempo range, meter, length and start of a cue of up to a minute."""
    rate = draw(st.sampled_from(RATES))
    start = FrameTime(draw(st.integers(0, 5000)), rate)
    length = FrameTime(draw(st.integers(int(rate), 40 * int(rate))), rate)
    frames = draw(st.lists(st.integers(0, length.frame), max_size=12, unique=True))
    needs = st.sampled_from((Need.MUST, Need.MUST, Need.MAY, Need.SKIP))
    weights = st.sampled_from((0.0, 0.5, 1.0, 3.0))
    hits = [Hit(start + FrameTime(frame, rate), HitKind.CHANGE, draw(needs), draw(weights)) for frame in frames]
    low = draw(st.floats(40, 150))
    width = draw(st.sampled_from((0.0, 0.1, 5.0, 70.0)))
    return hits, (low, low + width), draw(st.sampled_from(METERS)), (start + length).ns - start.ns, start.ns


def fitted(way: str, cue: tuple[list[Hit], tuple[float, float], Meter, int, int]) -> TempoFit:
    hits, tempo_bpm, meter, length_ns, start_ns = cue
    return fit_tempo(way, hits, tempo_bpm, meter, length_ns, start_ns=start_ns)


@SOME
@given(st.sampled_from(WAYS), cues())
def test_slots_tile_the_cue_bar_lines_start_them_and_no_tempo_steps_inside_a_bar(
    way: str, cue: tuple[list[Hit], tuple[float, float], Meter, int, int]
) -> None:
    length_ns = cue[3]
    fit = fitted(way, cue)
    end_tick, slots = grid_of(fit.tempo, length_ns)
    lines = set(fit.tempo.bar_lines(end_tick))
    assert slots[0].onset_tick == 0
    assert slots[-1].end_tick == end_tick
    assert all(a.end_tick == b.onset_tick for a, b in pairwise(slots))
    assert {slot.onset_tick for slot in slots} >= lines
    assert lines | {0, end_tick} >= {change.tick for change in fit.tempo.tempi if change.tick <= end_tick}
    assert fit.n_bars == len(lines | {0})
    assert length_ns - fit.tempo.ns_at(end_tick) < 0.5 * 60e9 / fit.slowest_bpm * 4 / cue[2].unit


@SOME
@given(cues())
def test_a_musical_fit_keeps_its_limits(cue: tuple[list[Hit], tuple[float, float], Meter, int, int]) -> None:
    _, (low, high), meter, length_ns, _ = cue
    fit = fitted("musical", cue)
    us = [change.us_per_quarter for change in fit.tempo.tempi]
    cue_us = 60e6 / fit.cue_bpm
    assert all(max(a, b) / min(a, b) <= 1 + LARGEST_STEP for a, b in pairwise(us))
    assert all(max(cue_us, each) / min(cue_us, each) <= 1 + LARGEST_DRIFT for each in us)
    assert fit.largest_step <= LARGEST_STEP
    assert fit.largest_drift <= LARGEST_DRIFT
    assert fit.broken == ()
    assert low - 1e-3 <= fit.cue_bpm <= high + 1e-3
    allowed = {meter, *irregular_meters(meter)}
    assert {change.meter for change in fit.tempo.meters} <= allowed
    end_tick, _ = grid_of(fit.tempo, length_ns)
    irregular = sum(fit.tempo.meter_at(line) != meter for line in fit.tempo.bar_lines(end_tick))
    assert fit.n_irregular_bars == irregular + (fit.tempo.pickup_ticks > 0)


@SOME
@given(st.sampled_from(WAYS), cues())
def test_a_hit_is_reported_as_a_plan_of_the_cue_finds_it(
    way: str, cue: tuple[list[Hit], tuple[float, float], Meter, int, int]
) -> None:
    hits, _, _, length_ns, start_ns = cue
    fit = fitted(way, cue)
    planned = plan_hits(hits, fit.tempo, start_ns, length_ns)
    assert [(each.hit, each.tick, each.met) for each in fit.hits] == [(e.hit, e.tick, e.met) for e in planned]
    for each in fit.hits:
        assert each.met == each.hit.is_met_by(start_ns + fit.tempo.ns_at(each.tick)) == (not each.reason)
        assert not each.on_bar_line or each.met
    missed = any(each.hit.need is Need.MUST and not each.met for each in fit.hits)
    assert fit.offers == ({"constant": "musical", "musical": "exact"}.get(way) if missed else None)


@SOME
@given(cues())
def test_an_exact_fit_meets_every_must_on_a_bar_line(
    cue: tuple[list[Hit], tuple[float, float], Meter, int, int],
) -> None:
    fit = fitted("exact", cue)
    for each in fit.hits:
        if each.hit.need is Need.MUST:
            assert each.on_bar_line, each
            assert abs(each.off_frames) < 0.8 or each.hit.is_met_by(cue[4] + fit.tempo.ns_at(each.tick))


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(WAYS), cues())
def test_the_same_hits_give_the_same_fit(way: str, cue: tuple[list[Hit], tuple[float, float], Meter, int, int]) -> None:
    assert fitted(way, cue) == fitted(way, cue)


@SOME
@given(cues())
def test_a_musical_fit_meets_all_musts_where_one_tempo_does(
    cue: tuple[list[Hit], tuple[float, float], Meter, int, int],
) -> None:
    if not fitted("constant", cue).misses_a_must:
        assert not fitted("musical", cue).misses_a_must


@SOME
@given(cues())
def test_bars_that_meet_every_must_are_regular_where_regular_ones_can(
    cue: tuple[list[Hit], tuple[float, float], Meter, int, int],
) -> None:
    """One tempo is the simplest case of regular bars."""
    if not fitted("constant", cue).misses_a_must:
        assert fitted("musical", cue).n_irregular_bars == 0


def test_musts_that_no_constant_tempo_meets_are_met_by_a_musical_fit_on_regular_bars() -> None:
    rate = Fraction(25)
    hits = [Hit(FrameTime(frame, rate), need=Need.MUST) for frame in (203, 511, 777, 1002, 1333)]
    cue = (hits, (90.0, 100.0), Meter(4, 4), 60 * 10**9, 0)
    constant, musical = fitted("constant", cue), fitted("musical", cue)
    assert constant.offers == "musical"
    assert not musical.misses_a_must
    assert musical.largest_step > 0


def test_without_hits_a_musical_fit_is_one_tempo_that_suits() -> None:
    fit = fit_tempo("musical", [], (70.0, 140.0), Meter(3, 4), 30 * 10**9, preferred_bpm=84)
    assert len(fit.tempo.tempi) == 1
    assert fit.slowest_bpm == pytest.approx(84, abs=0.01)
    assert fit.cost == 0
    assert (fit.n_irregular_bars, fit.tempo.pickup_ticks, fit.offers) == (0, 0, None)


def test_an_exact_fit_says_how_far_it_breaks_the_limits() -> None:
    rate = Fraction(24)
    hits = [Hit(FrameTime(frame, rate), need=Need.MUST) for frame in (48, 53, 200)]
    fit = fitted("exact", (hits, (70.0, 140.0), Meter(4, 4), 20 * 10**9, 0))
    assert all(each.on_bar_line and abs(each.off_frames) < 0.01 for each in fit.hits)
    assert fit.fastest_bpm > 140
    assert fit.largest_step > LARGEST_STEP
    assert any(f"{100 * fit.largest_step:.1f} %" in said for said in fit.broken)
    assert any(f"{100 * fit.largest_drift:.1f} %" in said for said in fit.broken)


RATE = Fraction(25)


def musts_at(*seconds: float) -> list[Hit]:
    return [Hit(FrameTime.nearest(at, RATE), need=Need.MUST) for at in seconds]


def test_a_way_that_misses_a_must_says_how_many_more_the_next_one_meets() -> None:
    hits = musts_at(8.1, 20.4, 31.1, 40.1, 53.3)
    asked = (hits, (90.0, 100.0), Meter(4, 4), 60 * 10**9)
    constant = fit_tempo("constant", *asked, tries_next=True)
    musical = fit_tempo("musical", *asked)
    assert constant.offers == "musical"
    assert constant.more_musts == musical.n_musts_met - constant.n_musts_met > 0
    assert fit_tempo("constant", *asked).more_musts is None
    assert fit_tempo("musical", *asked, tries_next=True).more_musts is None


def test_musts_too_near_to_each_other_are_named_as_what_stands_in_the_way() -> None:
    fit = fitted("musical", (musts_at(10, 10.2, 20), (70.0, 140.0), Meter(4, 4), 30 * 10**9, 0))
    (missed,) = [each for each in fit.hits if not each.met]
    assert "no whole number of beats" in missed.reason
    assert "the must 0.20 s" in missed.reason
    assert f"{abs(missed.off_frames):.1f} frames" in missed.reason


def test_a_hit_that_one_tempo_misses_says_how_many_beats_lie_before_it() -> None:
    fit = fitted("constant", (musts_at(8.1, 20.4, 31.1, 40.1, 53.3), (90.0, 100.0), Meter(4, 4), 60 * 10**9, 0))
    missed = [each for each in fit.hits if not each.met]
    assert missed
    assert all("one tempo serves the other hits better" in each.reason for each in missed)


@pytest.mark.parametrize("meter", METERS)
def test_two_hundred_hits_over_three_minutes_keep_the_limits(meter: Meter) -> None:
    rng = np.random.Generator(np.random.Philox(key=3))
    frames = sorted(rng.choice(np.arange(25, 4475), 200, replace=False).tolist())
    hits = [Hit(FrameTime(at, RATE), need=Need.MAY if order % 5 else Need.MUST) for order, at in enumerate(frames)]
    fit = fit_tempo("musical", hits, (70.0, 140.0), meter, 180 * 10**9)
    assert fit.broken == ()
    assert 60e6 / fit.tempo.tempi[0].us_per_quarter == pytest.approx(fit.cue_bpm)
    assert fit.n_musts_met >= 30


def test_a_first_bar_off_the_cues_tempo_saves_a_must_that_would_else_be_lost() -> None:
    """Two early musts that no first bar at the cue's tempo meets together."""
    rate = Fraction(30000, 1001)
    frames = (62, 130, 479, 557, 722, 887, 1018, 1402)
    hits = [Hit(FrameTime(at, rate), need=Need.MUST) for at in frames]
    fit = fit_tempo("musical", hits, (70.0, 140.0), Meter(4, 4), 60 * 10**9)
    assert not fit.misses_a_must
    assert fit.broken == ()
    assert fit.tempo.bpm_at(0) != pytest.approx(fit.cue_bpm, rel=0.01)
