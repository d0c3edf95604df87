from __future__ import annotations

from fractions import Fraction
from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spotting.edits import METERS, RATES
from v2m_bridge.core.cue import Hit, HitKind, Need
from v2m_bridge.core.slots import beats_per_slot
from v2m_bridge.core.timebase import FrameTime, Meter, MeterChange, TempoChange, TempoMap
from v2m_bridge.spotting.grid import last_tick
from v2m_bridge.spotting.tempo_fit import plan_hits, rank_tempi, suited_tempo

PLACE_COST = {Need.MUST: (0.0, 0.1, 0.25), Need.MAY: (0.0, 0.05, 0.15)}
SHARE = {Need.MUST: 1.0, Need.MAY: 0.3}


def tempo_of(us_per_quarter: int, meter: Meter) -> TempoMap:
    return TempoMap((TempoChange(0, us_per_quarter),), (MeterChange(0, meter),))


def slow_cost(hits: list[Hit], tempo: TempoMap, start_ns: int, length_ns: int, preferred_bpm: float) -> float:
    """The cost as it is documented, one hit at a time."""
    meter = tempo.meters[0].meter
    starts = {sum(beats_per_slot(meter)[:slot]) for slot in range(len(beats_per_slot(meter)))}
    beats = range(0, last_tick(tempo, length_ns) + 1, meter.ticks_per_beat)
    total = 0.35 * log2(tempo.bpm_at(0) / preferred_bpm) ** 2
    for need in (Need.MUST, Need.MAY):
        asked = [hit for hit in hits if hit.need is need]
        weights = sum(hit.weight for hit in asked)
        for hit in asked:
            met = [tick for tick in beats if hit.is_met_by(start_ns + tempo.ns_at(tick))]
            if met:
                beat = met[0] // meter.ticks_per_beat % meter.beats
                cost = PLACE_COST[need][0 if beat == 0 else 1 if beat in starts else 2]
            else:
                frame_ns = FrameTime(1, hit.at.rate).ns
                lates = [start_ns + tempo.ns_at(tick) - hit.at.ns for tick in beats]
                outside = min(max(-10_000_000 - late, late - frame_ns) / frame_ns for late in lates)
                cost = min(1.0, 0.6 + 0.2 * outside)
            total += SHARE[need] * cost * hit.weight / weights if weights else 0.0
    return total


@st.composite
def hit_lists(draw: st.DrawFn) -> tuple[list[Hit], int, int]:
    """Hits of a cue, its start and its length in nanoseconds."""
    rate = draw(st.sampled_from(RATES))
    start = FrameTime(draw(st.integers(0, 5000)), rate)
    length = FrameTime(draw(st.integers(int(rate), 60 * int(rate))), rate)
    frames = draw(st.lists(st.integers(0, length.frame), max_size=6, unique=True))
    needs = st.sampled_from((Need.MUST, Need.MAY, Need.MAY, Need.SKIP))
    weights = st.sampled_from((0.0, 0.5, 1.0, 3.0))
    hits = [Hit(start + FrameTime(frame, rate), HitKind.CHANGE, draw(needs), draw(weights)) for frame in frames]
    return hits, start.ns, (start + length).ns - start.ns


@settings(max_examples=25)
@given(hit_lists(), st.sampled_from(METERS), st.integers(240, 600), st.integers(0, 40))
def test_the_best_tempo_is_never_worse_than_an_exhaustive_search_of_quarters_of_a_bpm(
    asked: tuple[list[Hit], int, int], meter: Meter, low: int, width: int
) -> None:
    hits, start_ns, length_ns = asked
    tempo_bpm = (low / 4, (low + width) / 4)
    preferred = suited_tempo(tempo_bpm, 0.3)
    best = rank_tempi(hits, tempo_bpm, meter, length_ns, start_ns=start_ns, preferred_bpm=preferred)[0]
    exhaustive = [
        slow_cost(hits, TempoMap.constant(quarter / 4, meter), start_ns, length_ns, preferred)
        for quarter in range(low, low + width + 1)
    ]
    own = slow_cost(hits, tempo_of(best.us_per_quarter, meter), start_ns, length_ns, preferred)
    assert best.cost == pytest.approx(own, abs=1e-6)
    assert own <= min(exhaustive) + 1e-6


@settings(max_examples=50)
@given(hit_lists(), st.sampled_from(METERS), st.floats(20, 250), st.sampled_from((0.0, 1.0, 50.0)))
def test_candidates_come_best_first_in_range_and_count_what_the_plan_meets(
    asked: tuple[list[Hit], int, int], meter: Meter, low: float, width: float
) -> None:
    hits, start_ns, length_ns = asked
    ranked = rank_tempi(hits, (low, low + width), meter, length_ns, start_ns=start_ns)
    assert [each.cost for each in ranked] == sorted(each.cost for each in ranked)
    for each in ranked:
        assert round(60e6 / (low + width)) <= each.us_per_quarter <= round(60e6 / low)
        planned = plan_hits(hits, tempo_of(each.us_per_quarter, meter), start_ns, length_ns)
        assert each.n_met == sum(one.met and one.hit.need is not Need.SKIP for one in planned)
        assert each.off_frames == pytest.approx([one.off_frames for one in planned], abs=2e-3)


@pytest.mark.parametrize("bpm", [72.0, 96.5, 110.25, 133.0])
def test_hits_on_the_bars_of_a_tempo_find_that_tempo(bpm: float) -> None:
    """Hits are rounded to frames, so the tempo is found to within what a frame at the last hit means."""
    rate, meter = Fraction(25), Meter(4, 4)
    bar_s = 240 / bpm
    hits = [Hit(FrameTime(int(bar * bar_s * rate), rate), need=Need.MUST) for bar in (3, 7, 12, 20)]
    length_ns = int(24 * bar_s * 1e9)
    best = rank_tempi(hits, (70.0, 140.0), meter, length_ns, preferred_bpm=bpm)[0]
    assert best.n_met == 4
    assert best.bpm == pytest.approx(bpm, rel=2e-3)


def test_a_must_is_met_before_any_number_of_mays() -> None:
    """Mays lie on the beats of 100 bpm, the must where only other tempi have a beat."""
    rate = Fraction(50)
    mays = [Hit(FrameTime(30 * beat, rate)) for beat in range(1, 40)]
    must = Hit(FrameTime(315, rate), need=Need.MUST, weight=0.1)
    best = rank_tempi([*mays, must], (90.0, 110.0), Meter(), 24 * 10**9)[0]
    (planned,) = plan_hits([must], tempo_of(best.us_per_quarter, Meter()), 0, 24 * 10**9)
    assert planned.met
    assert rank_tempi(mays, (90.0, 110.0), Meter(), 24 * 10**9)[0].bpm == pytest.approx(100, abs=0.5)


def test_without_hits_the_tempo_is_the_one_that_suits() -> None:
    for arousal in (-1.0, 0.0, 0.7):
        suited = suited_tempo((70.0, 140.0), arousal)
        best = rank_tempi([], (70.0, 140.0), Meter(), 10**10, preferred_bpm=suited)[0]
        assert best.bpm == pytest.approx(suited, abs=0.02)
    assert suited_tempo((70.0, 140.0), -1) == 70
    assert suited_tempo((70.0, 140.0), 1) == 140


def test_cuts_that_lie_anywhere_leave_a_calm_cue_slower_than_an_aroused_one() -> None:
    """Twenty cuts, three of them musts, as an editor cuts who hears no music: a quarter of an octave on average."""
    rng, rate, tempo_bpm = np.random.default_rng(5), Fraction(25), (70.0, 140.0)
    octaves = []
    for _ in range(10):
        frames = rng.choice(np.arange(50, 1450), 20, replace=False).tolist()
        musts = frames[:3]
        hits = [Hit(FrameTime(at, rate), need=Need.MUST if at in musts else Need.MAY) for at in sorted(frames)]
        calm, aroused = (
            rank_tempi(hits, tempo_bpm, Meter(), 60 * 10**9, preferred_bpm=suited_tempo(tempo_bpm, arousal))[0].bpm
            for arousal in (-0.7, 0.7)
        )
        octaves.append(log2(aroused / calm))
    assert min(octaves) >= 0
    assert sum(octaves) / len(octaves) > 0.25


def test_one_tempo_in_the_range_is_that_tempo() -> None:
    hits = [Hit(FrameTime(frame, Fraction(24)), need=Need.MUST) for frame in (31, 77)]
    (only,) = rank_tempi(hits, (97.3, 97.3), Meter(3, 4), 10**10)
    assert only.us_per_quarter == round(60e6 / 97.3)


def test_a_hit_to_skip_moves_no_tempo() -> None:
    hits = [Hit(FrameTime(frame, Fraction(24)), need=Need.MUST) for frame in (61, 177)]
    skipped = Hit(FrameTime(100, Fraction(24)), need=Need.SKIP, weight=10)
    alone = rank_tempi(hits, (70.0, 140.0), Meter(), 10**10)
    beside = rank_tempi([*hits, skipped], (70.0, 140.0), Meter(), 10**10)
    assert [each.us_per_quarter for each in alone] == [each.us_per_quarter for each in beside]
