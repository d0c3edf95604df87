"""Stretches of a cue whose tempo is given."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spotting.edits import MEDIA, METERS, make_timeline
from v2m_bridge.core.cue import Cue, Hit, Need
from v2m_bridge.core.direction import CueDirection
from v2m_bridge.core.direction_text import parse_direction
from v2m_bridge.core.fit_limits import LARGEST_DRIFT, LARGEST_STEP
from v2m_bridge.core.fixed_tempo import FixedTempo
from v2m_bridge.core.timebase import FrameTime, Meter
from v2m_bridge.errors import DirectionError
from v2m_bridge.spotting.digests import fitted_digest
from v2m_bridge.spotting.fit import fit_tempo
from v2m_bridge.spotting.fit_result import TempoFit
from v2m_bridge.spotting.grid import grid_of
from v2m_bridge.spotting.plan import plan_cues

S = 10**9
RANGE_BPM = (80.0, 120.0)
LENGTH_NS = 40 * S


@st.composite
def stretches(draw: st.DrawFn) -> list[FixedTempo]:
    """One to three stretches, none over another."""
    edges = sorted(draw(st.lists(st.integers(0, 40_000), min_size=2, max_size=6, unique=True)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    return [FixedTempo(a * 10**6, b * 10**6, draw(st.floats(60, 150))) for a, b in pairs]


def hits_at(*seconds: float) -> list[Hit]:
    return [Hit(FrameTime.nearest(at, Fraction(25)), need=Need.MUST) for at in seconds]


def bars_of(fit: TempoFit) -> list[tuple[int, int]]:
    """Return the time of each bar line in nanoseconds, and the microseconds of a quarter there."""
    end_tick, _ = grid_of(fit.tempo, LENGTH_NS)
    lines = fit.tempo.bar_lines(end_tick)
    return [(fit.tempo.ns_at(line), round(60e6 / fit.tempo.bpm_at(line))) for line in lines]


@settings(max_examples=30, deadline=None)
@given(stretches(), st.lists(st.floats(0, 39), max_size=8), st.sampled_from(METERS))
def test_bars_that_begin_in_a_stretch_run_at_its_tempo(
    fixed: list[FixedTempo], seconds: list[float], meter: Meter
) -> None:
    fit = fit_tempo("musical", hits_at(*seconds), RANGE_BPM, meter, LENGTH_NS, fixed=fixed)
    for each in fixed:
        inside = [us for at_ns, us in bars_of(fit) if each.from_ns <= at_ns < each.to_ns]
        assert set(inside) <= {each.us_per_quarter}
    end_tick, slots = grid_of(fit.tempo, LENGTH_NS)
    lines = set(fit.tempo.bar_lines(end_tick))
    assert {slot.onset_tick for slot in slots} >= lines
    assert lines | {0} >= {change.tick for change in fit.tempo.tempi if change.tick < end_tick}


def test_tempo_glides_into_and_out_of_a_stretch_within_the_limits() -> None:
    fixed = [FixedTempo(15 * S, 25 * S, 100)]
    fit = fit_tempo("musical", hits_at(9.3, 13.1, 33.9), RANGE_BPM, Meter(), LENGTH_NS, fixed=fixed)
    assert not fit.misses_a_must
    us = [change.us_per_quarter for change in fit.tempo.tempi]
    assert 600_000 in us
    assert all(max(a, b) / min(a, b) <= 1 + LARGEST_STEP for a, b in pairwise(us))
    assert all(max(600_000, each) / 600_000 <= 1 + 2 * LARGEST_DRIFT for each in us)


def test_a_stretch_far_from_the_range_is_obeyed_and_says_what_it_breaks() -> None:
    fixed = [FixedTempo(15 * S, 25 * S, 150)]
    fit = fit_tempo("musical", [], (80.0, 90.0), Meter(), LENGTH_NS, fixed=fixed)
    assert fit.fastest_bpm >= 150
    assert len(fit.broken) == 2
    assert "not 3 %" in fit.broken[0]


def test_a_stretch_from_the_first_frame_sets_the_tempo_of_the_cue() -> None:
    fit = fit_tempo("musical", hits_at(5, 30), RANGE_BPM, Meter(), LENGTH_NS, fixed=[FixedTempo(0, S, 132)])
    assert fit.tempo.bpm_at(0) == pytest.approx(132, abs=1e-3)


def test_stretches_are_counted_on_the_clock_of_the_hits() -> None:
    early = fit_tempo("musical", [], RANGE_BPM, Meter(), LENGTH_NS, fixed=[FixedTempo(10 * S, 20 * S, 97)])
    late = fit_tempo(
        "musical", [], RANGE_BPM, Meter(), LENGTH_NS, start_ns=5 * S, fixed=[FixedTempo(15 * S, 25 * S, 97)]
    )
    assert early.tempo == late.tempo


DIRECTION = """
[cue.1m02]
tempo_at = ["0:10-0:20.5 97"]
"""


def test_a_stretch_in_the_direction_file_is_obeyed_from_the_first_frame_of_its_cue() -> None:
    """The same cue five seconds later has the same bars; the cue before it has one tempo."""
    maps = []
    for n_frames in (500, 625):
        timeline = make_timeline([(n_frames, "a.mov"), (1000, "b.mov")])
        cues = (
            Cue("1m01", timeline.frame(0), timeline.frame(n_frames)),
            Cue("1m02", timeline.frame(n_frames), timeline.end),
        )
        direction = replace(parse_direction(DIRECTION, timeline), spotted=cues)
        first, second = plan_cues(timeline, direction, MEDIA)
        maps.append(second.tempo)
        assert (first.wishes.fit, second.wishes.fit, len(first.tempo.tempi)) == ("constant", "musical", 1)
        lines = [
            (second.tempo.ns_at(line) / S, second.tempo.bpm_at(line))
            for line in second.tempo.bar_lines(second.end_tick)
        ]
        inside = [bpm for at_s, bpm in lines if 10 <= at_s < 20.5]
        assert len(inside) >= 3
        assert inside == pytest.approx([97] * len(inside), abs=1e-3)
    assert maps[0].tempi == maps[1].tempi


@pytest.mark.parametrize(
    "said", ["96", "0:10-0:20", "0:20-0:10 96", "0:10-0:20 900", "ten-twelve 96", "0:10-0:20 96 bpm"]
)
def test_a_stretch_that_cannot_be_read_is_refused_with_how_to_write_it(said: str) -> None:
    with pytest.raises(DirectionError, match="fixed tempo") as caught:
        parse_direction(f'tempo_at = ["{said}"]', make_timeline([(500, "a.mov")]))
    assert "0:15-0:25 96" in caught.value.hint


def test_another_stretch_is_another_fit_of_the_same_cue() -> None:
    said = {
        fitted_digest(CueDirection(fixed=fixed)) for fixed in (None, (FixedTempo(0, S, 90),), (FixedTempo(0, S, 91),))
    }
    assert len(said) == 3
    assert fitted_digest(CueDirection(fixed=())) in said


def test_two_tempi_at_once_and_other_ways_are_refused_in_a_sentence() -> None:
    twice = [FixedTempo(0, 10 * S, 90), FixedTempo(5 * S, 20 * S, 100)]
    with pytest.raises(DirectionError, match=r"90 and 100 bpm, hold at 5\.00 s"):
        fit_tempo("musical", [], RANGE_BPM, Meter(), LENGTH_NS, fixed=twice)
    with pytest.raises(DirectionError, match="cannot be fitted in the way 'constant'"):
        fit_tempo("constant", [], RANGE_BPM, Meter(), LENGTH_NS, fixed=twice[:1])
    for bad in ((0, 0, 90.0), (0, 1, 10.0)):
        with pytest.raises(ValueError, match="fixed tempo"):
            FixedTempo(*bad)
