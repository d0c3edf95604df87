from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spotting.edits import make_medium, make_timeline
from tests.spotting.spots import MEDIA, check, random_edit, share_of, with_sound
from v2m_bridge.core.codec import decode, encode
from v2m_bridge.core.proposal import Proposal
from v2m_bridge.core.speech import SpeechMask, joined_spans
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Marker
from v2m_bridge.errors import SettingsError
from v2m_bridge.spotting.cue_list import cue_list_text, parse_cue_list
from v2m_bridge.spotting.propose import doubts_of, propose, propose_cues

NOBODY = SpeechMask()
COVERAGES = (0.2, 0.5, 0.8)


@pytest.mark.parametrize("coverage", COVERAGES)
@pytest.mark.parametrize("seed", range(4))
def test_ten_minutes_of_shots_and_speech_get_the_share_that_is_asked_in_three_to_eight_cues(
    seed: int, coverage: float
) -> None:
    timeline, speech = random_edit(seed)
    proposal = propose(timeline, MEDIA, speech, coverage)
    check(timeline, speech, proposal)
    assert abs(share_of(timeline, proposal) - coverage) <= 0.05 * coverage
    assert 3 <= len(proposal.cues) <= 8


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(2, 700),
    st.integers(1, 60),
    st.integers(0, 15),
    st.floats(0, 1, allow_nan=False),
)
def test_whatever_the_edit_cues_enter_and_leave_where_they_may(
    seed: int, length_s: int, n_shots: int, n_lines: int, coverage: float
) -> None:
    timeline, speech = random_edit(seed, length_s=length_s, n_shots=min(n_shots, 10 * length_s), n_lines=n_lines)
    check(timeline, speech, propose(timeline, MEDIA, speech, coverage))


@pytest.mark.parametrize("length_s", [15, 25, 39])
def test_a_short_edit_gets_one_cue_of_twelve_seconds_at_least(length_s: int) -> None:
    timeline, _ = random_edit(1, length_s=length_s, n_shots=length_s // 2)
    proposal = propose(timeline, MEDIA, NOBODY, 0.5)
    check(timeline, NOBODY, proposal)
    assert len(proposal.cues) == 1


def test_an_edit_shorter_than_the_shortest_cue_stays_silent_and_says_so() -> None:
    timeline, _ = random_edit(1, length_s=10, n_shots=5)
    proposal = propose(timeline, MEDIA, NOBODY, 0.5)
    assert proposal.cues == ()
    assert "shorter than the shortest cue" in proposal.silences[0].reason


def test_the_same_edit_gives_the_same_proposal() -> None:
    timeline, speech = random_edit(3)
    assert propose(timeline, MEDIA, speech) == propose(timeline, dict(reversed(MEDIA.items())), speech)
    assert propose_cues(timeline, MEDIA, speech) == propose(timeline, MEDIA, speech, 0.5).cues


def test_where_nobody_is_known_to_speak_the_share_is_met_as_well() -> None:
    timeline, _ = random_edit(4)
    proposal = propose(timeline, MEDIA, None, 0.5)
    check(timeline, NOBODY, proposal)
    assert abs(share_of(timeline, proposal) - 0.5) <= 0.025
    assert any("not known where people speak" in doubt for doubt in doubts_of(timeline, None, proposal, 0.5))


def test_no_coverage_is_no_music_and_all_of_it_is_one_cue_or_a_few() -> None:
    timeline, speech = random_edit(5)
    assert propose_cues(timeline, MEDIA, speech, 0.0) == ()
    proposal = propose(timeline, MEDIA, NOBODY, 1.0)
    check(timeline, NOBODY, proposal)
    assert share_of(timeline, proposal) >= 0.95


@pytest.mark.parametrize("coverage", [-0.1, 1.1, float("nan")])
def test_a_coverage_that_is_no_share_is_refused(coverage: float) -> None:
    timeline, speech = random_edit(5, length_s=60, n_shots=10)
    with pytest.raises(SettingsError):
        propose(timeline, MEDIA, speech, coverage)


def test_music_enters_where_the_picture_comes_alive_and_leaves_where_it_dies_down() -> None:
    still = make_medium(60, motion=[0.5] * 60, valence=[0.0] * 60, arousal=[-0.2] * 60, confidence=0.5)
    lively = make_medium(60, motion=[40.0] * 60, valence=[0.6] * 60, arousal=[0.8] * 60, confidence=0.9)
    shots = [(250, "still.mov")] * 6 + [(50, "lively.mov")] * 30 + [(250, "still.mov")] * 6
    timeline = make_timeline(shots)
    (cue,) = propose_cues(timeline, {"still.mov": still, "lively.mov": lively}, NOBODY, 0.33)
    assert cue.start.frame == 1500
    assert abs(cue.end.frame - 3000) <= 25


def test_nothing_is_scored_over_source_music_but_temp_music_asks_for_a_cue() -> None:
    timeline, _ = random_edit(6, n_markers=0)
    source = with_sound(timeline, "music", [(100, 220)], track="MX radio")
    for cue in propose_cues(source, MEDIA, NOBODY, 0.5):
        assert cue.end.seconds <= 100.1 or cue.start.seconds >= 219.9
    temp = with_sound(timeline, "music", [(100, 220)], track="TEMP MX")
    scored = [min(cue.end.seconds, 220) - max(cue.start.seconds, 100) for cue in propose_cues(temp, MEDIA, NOBODY, 0.5)]
    assert sum(seconds for seconds in scored if seconds > 0) > 90


def test_lines_with_a_short_pause_between_them_let_no_music_in() -> None:
    timeline = make_timeline([(25, "m0.mov")] * 120)
    talk = SpeechMask(tuple((Fraction(n), Fraction(n) + Fraction(3, 4)) for n in range(10, 60)))
    for coverage in COVERAGES:
        assert all(not 10 <= cue.start.seconds < 59 for cue in propose_cues(timeline, MEDIA, talk, coverage))


def test_where_speech_leaves_no_room_the_share_is_missed_and_said_to_be() -> None:
    timeline, _ = random_edit(7)
    speech = SpeechMask(((Fraction(0), Fraction(560)),))
    proposal = propose(timeline, MEDIA, speech, 0.5)
    check(timeline, speech, proposal)
    assert any("leave no better choice" in doubt for doubt in doubts_of(timeline, speech, proposal, 0.5))


def test_a_marker_with_an_exclamation_mark_draws_the_entry() -> None:
    even = {"m0.mov": make_medium(60, motion=[5.0] * 60, valence=[0.1] * 60, arousal=[0.1] * 60, confidence=0.5)}
    marked = make_timeline([(50, "m0.mov")] * 60, markers=[Marker(FrameTime(1130, Fraction(25)), "!kiss")])
    cues = propose_cues(marked, even, NOBODY, 0.4)
    assert 1130 in [cue.start.frame for cue in cues]
    assert any("!kiss" in cue.reason for cue in cues)


def test_of_two_stretches_with_equal_cuts_the_one_with_feeling_gets_the_music() -> None:
    flat = make_medium(60, motion=[5.0] * 60, valence=[0.0] * 60, arousal=[0.0] * 60, confidence=0.9)
    deep = make_medium(60, motion=[5.0] * 60, valence=[-0.8] * 60, arousal=[0.3] * 60, confidence=0.9)
    shots = [(125, "flat.mov")] * 8 + [(125, "deep.mov")] * 8
    for order in (shots, shots[::-1], shots[4:] + shots[:4]):
        timeline = make_timeline(order)
        (cue,) = propose_cues(timeline, {"flat.mov": flat, "deep.mov": deep}, NOBODY, 0.4)
        felt = [scene for scene in timeline.scenes if scene.media is not None and scene.media.name == "deep.mov"]
        heard = [min(cue.end, s.record_out).frame - max(cue.start, s.record_in).frame for s in felt]
        assert sum(frames for frames in heard if frames > 0) > 0.7 * (cue.end - cue.start).frame


def test_a_proposal_written_as_a_list_is_read_back_and_travels_between_processes() -> None:
    timeline, speech = random_edit(2)
    proposal = propose(timeline, MEDIA, speech, 0.5)
    cues, wishes = parse_cue_list(cue_list_text(timeline, [each.cue for each in proposal.cues]), timeline)
    assert cues == tuple(each.cue for each in proposal.cues)
    assert wishes == {}
    assert decode(encode(proposal), Proposal) == proposal


@pytest.mark.long
def test_an_hour_is_spotted_in_proportion() -> None:
    timeline, speech = random_edit(9, length_s=3600, n_shots=600, n_lines=70)
    proposal = propose(timeline, MEDIA, speech, 0.4)
    check(timeline, speech, proposal)
    assert abs(share_of(timeline, proposal) - 0.4) <= 0.02
    assert 18 <= len(proposal.cues) <= 48


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50))), st.integers(0, 5))
def test_joined_spans_stand_in_order_and_apart_and_cover_what_was_given(
    pairs: list[tuple[int, int]], pause: int
) -> None:
    spans = [(Fraction(min(pair)), Fraction(max(pair))) for pair in pairs]
    mask = SpeechMask(joined_spans(spans, pause_s=Fraction(pause)))
    assert all(b[0] - a[1] > pause for a, b in pairwise(mask.spans_s))
    assert all(mask.is_in(start_s) for start_s, end_s in spans if start_s < end_s)


def test_a_marker_that_ends_a_cue_is_no_entry_and_one_that_begins_a_cue_is_a_strong_one() -> None:
    rate = Fraction(25)
    markers = [Marker(FrameTime(555, rate), "OUT 1m01"), Marker(FrameTime(1130, rate), "IN 1m02 Kiss")]
    even = make_medium(60, motion=[5.0] * 60, valence=[0.1] * 60, arousal=[0.1] * 60, confidence=0.5)
    marked = make_timeline([(250, "m0.mov")] * 12, markers=markers)
    assert [cue.start.frame for cue in propose_cues(marked, {"m0.mov": even}, NOBODY, 0.38)] == [1130]
    assert all(
        cue.start.frame != 555 for share in COVERAGES for cue in propose_cues(marked, {"m0.mov": even}, NOBODY, share)
    )
