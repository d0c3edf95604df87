"""The ranked list of tempi of a cue."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scores import make_cue, make_score
from v2m_bridge.core.codec import decode, encode
from v2m_bridge.core.cue import Hit, Need
from v2m_bridge.core.score import Score, ScoredHit
from v2m_bridge.core.tempo_list import SAME_TEMPO
from v2m_bridge.core.timebase import TempoMap
from v2m_bridge.core.work import TempiFound
from v2m_bridge.errors import DirectionError
from v2m_bridge.spotting.tempo_fit import plan_hits
from v2m_bridge.spotting.tempo_list import find_tempi


def _score(musts: list[int], mays: list[int] | None = None, *, bpm: float = 120, fit: str = "constant") -> Score:
    """Return a minute with hits, all of them missed so far."""
    hits = [ScoredHit(frame, "accent", "must", "bang", 0, 9.0, False) for frame in musts]
    hits += [ScoredHit(frame, "change", "may", "cut", 0, 9.0, False) for frame in mays or []]
    cue = make_cue(out_frame=1500, hits=tuple(sorted(hits, key=lambda hit: hit.frame)), tempo=TempoMap.constant(bpm))
    return make_score(n_frames=1500, cues=[replace(cue, fit=fit)])


@settings(max_examples=25)
@given(st.lists(st.integers(10, 1490), min_size=1, max_size=8, unique=True), st.integers(1, 20))
def test_the_list_is_as_long_as_asked_stays_in_its_range_and_says_nothing_twice(musts: list[int], top: int) -> None:
    (found,) = find_tempi(_score(musts), None, (80.0, 120.0), top)
    assert 1 <= len(found.ranked) <= top
    assert all(79.99 <= each.bpm <= 120.01 for each in found.ranked)
    for one, other in combinations(found.ranked, 2):
        assert abs(log2(one.bpm / other.bpm)) >= SAME_TEMPO - 1e-6
    assert all(0 <= each.n_musts_met <= len(musts) == found.n_musts for each in found.ranked)
    assert decode(encode(TempiFound(cues=(found,))), TempiFound) == TempiFound(cues=(found,))


def test_a_tempo_whose_beats_stand_on_every_hit_leads_the_list_with_none_missed() -> None:
    frames = [int(25 * 60 / 93 * beat) for beat in (8, 12, 20, 36, 48, 64)]
    (found,) = find_tempi(_score([frames[0], *frames[2:]], [frames[1]]))
    best = found.ranked[0]
    assert best.bpm == pytest.approx(93, rel=0.004)
    assert (best.n_musts_met, best.n_mays_met) == (5, 1)
    assert -0.25 <= best.worst_must_frames <= 1, "a must is met from a quarter of a frame before it"


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(10, 1490), min_size=3, max_size=8, unique=True))
def test_no_tempo_in_steps_of_a_quarter_bpm_meets_more_musts_than_the_first_of_the_list(musts: list[int]) -> None:
    score = _score(musts)
    (found,) = find_tempi(score)
    hits = [Hit(score.frame_time(frame), need=Need.MUST) for frame in musts]
    searched = (plan_hits(hits, TempoMap.constant(quarter / 4), 0, 60 * 10**9) for quarter in range(280, 561))
    assert found.ranked[0].n_musts_met >= max(sum(each.met for each in planned) for planned in searched)
    assert [each.n_musts_met for each in found.ranked] == sorted((e.n_musts_met for e in found.ranked), reverse=True)


def test_a_missed_must_brings_the_offer_of_the_next_way_and_the_freest_has_none() -> None:
    musts = [203, 511, 777, 1002, 1333]
    (found,) = find_tempi(_score(musts))
    assert found.next_way is not None
    assert found.next_way.way == "musical"
    assert f"--fit musical meets {found.next_way.n_musts_met} of 5 musts" in found.offer
    (exact,) = find_tempi(_score(musts, fit="exact"))
    assert (exact.next_way, exact.offer) == (None, "")


def test_the_tempo_that_the_cue_has_is_no_other_tempo() -> None:
    (found,) = find_tempi(_score([203, 511]))
    own = found.ranked[0].bpm
    (again,) = find_tempi(_score([203, 511], bpm=own))
    assert own not in [each.bpm for each in again.others]
    assert len(again.others) == len(again.ranked) - 1


def test_a_pinned_tempo_is_compared_with_the_usual_range() -> None:
    score = _score([203])
    pinned = replace(score, cues=(replace(score.cues[0], tempo_range_bpm=(96.0, 96.0)),))
    assert find_tempi(pinned)[0].tempo_bpm == (70.0, 140.0)


def test_a_cue_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(DirectionError, match="9m99") as caught:
        find_tempi(_score([203]), "9m99")
    assert "1m01" in caught.value.hint
