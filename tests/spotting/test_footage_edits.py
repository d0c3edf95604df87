"""What a composer expects of three edits of different kinds, cut from real footage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.spotting import footage_edits
from tests.spotting.conftest import Seen
from tests.spotting.footage_edits import SONG_S, WALK_S, Cut, Seconds
from tests.spotting.spots import check
from v2m_bridge.core.proposal import Proposal
from v2m_bridge.core.speech import SpeechMask
from v2m_bridge.spotting.propose import propose
from v2m_bridge.spotting.speech import speech_of

FRAME_S = 1 / footage_edits.RATE
COVERAGES = (0.2, 0.5, 0.8)


def _spotted(seen: Seen, cut: Cut, coverage: float) -> tuple[Proposal, list[Seconds]]:
    timeline, media = seen(cut)
    speech = speech_of(timeline)
    proposal = propose(timeline, media, speech, coverage)
    check(timeline, speech or SpeechMask(), proposal)
    share = sum((cue.end - cue.start).seconds for cue in proposal.cues) / cut.length_s
    assert abs(share - coverage) <= 0.05
    return proposal, [(cue.start.seconds, cue.end.seconds) for cue in proposal.cues]


def _inside(span: Seconds, cues: list[Seconds]) -> float:
    """Return how much of a span has music, 0..1."""
    shared = sum(max(0.0, min(span[1], end) - max(span[0], start)) for start, end in cues)
    return shared / (span[1] - span[0])


@pytest.mark.parametrize("coverage", COVERAGES)
@pytest.mark.parametrize("make", footage_edits.THREE)
def test_music_enters_and_leaves_where_it_may_in_every_kind_of_edit(
    seen: Seen, make: Callable[[], Cut], coverage: float
) -> None:
    _spotted(seen, make(), coverage)


def test_action_is_scored_where_it_is_from_the_cut_into_each_chase_and_out_at_black(seen: Seen) -> None:
    cut = footage_edits.action()
    chases, (black,) = cut.spans_of("street.mp4"), cut.spans_of("")
    _, cues = _spotted(seen, cut, 0.5)
    assert all(_inside(chase, cues) > 0.95 for chase in chases)
    assert [start for start, _ in cues] == pytest.approx([chase[0] for chase in chases], abs=FRAME_S)
    assert cues[-1][1] == pytest.approx(black[0], abs=1)
    assert _inside((chases[0][1] + 20, chases[1][0]), cues) == 0, "the quiet between the chases is left alone"


def test_a_fifth_of_the_action_is_one_chase_and_not_scraps_of_both(seen: Seen) -> None:
    cut = footage_edits.action()
    _, cues = _spotted(seen, cut, 0.2)
    (cue,) = cues
    assert max(_inside(chase, cues) for chase in cut.spans_of("street.mp4")) > 0.9
    assert cue[0] == pytest.approx(cut.spans_of("street.mp4")[1][0], abs=FRAME_S)


def test_a_fifth_of_a_dialogue_is_its_walk_and_nothing_lies_under_words(seen: Seen) -> None:
    cut = footage_edits.dialogue()
    _, cues = _spotted(seen, cut, 0.2)
    assert _inside(WALK_S, cues) > 0.95
    assert sum(_inside(line, cues) * (line[1] - line[0]) for line in cut.speech_s) < 5


@pytest.mark.parametrize("coverage", COVERAGES)
def test_the_song_of_a_dialogue_stays_as_it_is_and_no_cue_enters_inside_a_line(seen: Seen, coverage: float) -> None:
    cut = footage_edits.dialogue()
    _, cues = _spotted(seen, cut, coverage)
    assert _inside(SONG_S, cues) == 0
    assert not any(first <= start < last for start, _ in cues for first, last in cut.speech_s)


@pytest.mark.parametrize("coverage", [0.2, 0.5])
def test_a_landscape_gets_its_music_as_narration_ends_and_none_while_it_lasts(seen: Seen, coverage: float) -> None:
    cut = footage_edits.landscape()
    proposal, cues = _spotted(seen, cut, coverage)
    ends = [end for _, end in cut.speech_s]
    after = [start for start, _ in cues if any(abs(start - end) <= FRAME_S for end in ends)]
    assert len(after) >= 2
    assert max(_inside(span, cues) for span in cut.speech_s) < 0.05
    assert any("as the speech ends" in cue.reason for cue in proposal.cues)
    assert not any("drives" in cue.reason for cue in proposal.cues), "nothing in a landscape drives"


@pytest.mark.parametrize("make", footage_edits.THREE)
def test_a_lively_picture_is_never_called_calm_nor_a_calm_one_tense(seen: Seen, make: Callable[[], Cut]) -> None:
    for coverage in COVERAGES:
        for cue in _spotted(seen, make(), coverage)[0].cues:
            assert "drives a sad" not in cue.reason
            assert "drives a relaxing" not in cue.reason
            assert "holds an exciting" not in cue.reason
