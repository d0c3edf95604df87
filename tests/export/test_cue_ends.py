"""Nothing rings behind a cue that is cut or has faded, in the film as in the stems."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.export.test_sound import render_wav
from tests.scores import make_cue, make_score
from v2m_bridge.core.direction import ENDINGS
from v2m_bridge.core.score import Score
from v2m_bridge.export.cue_ends import silenced, silences
from v2m_bridge.export.synth import SAMPLE_RATE

OUT, NEXT = 50, 75
"""Frames of 25 a second at which the first cue ends and the second begins."""


def two_cues(ending: str, next_frame: int = NEXT) -> Score:
    first = replace(make_cue("1m01", out_frame=OUT), ending=ending)
    second = replace(make_cue("1m02", in_frame=next_frame, out_frame=125), ending="ring")
    return make_score(n_frames=150, cues=(first, second))


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_film_is_silent_between_a_cut_and_the_next_cue_and_other_endings_ring(ending: str, tmp_path: Path) -> None:
    _, sound = render_wav(two_cues(ending), tmp_path)
    out, following = (frame * SAMPLE_RATE // 25 for frame in (OUT, NEXT))
    between = np.abs(sound[out:following]).max()
    assert np.abs(sound[out - 4800 : out - 960]).max() > 0.01
    assert np.abs(sound[following : following + 4800]).max() > 0.01
    assert (between == 0) == (ending in ("cut", "fade"))


def test_a_cue_that_follows_at_once_is_left_whole() -> None:
    assert silences(two_cues("cut", OUT)) == ()


def test_the_last_cue_is_silent_to_the_end_of_the_edit() -> None:
    cue = replace(make_cue(out_frame=50), ending="cut")
    assert silences(make_score(n_frames=150, cues=(cue,))) == ((96_000, 288_000),)


@given(st.lists(st.integers(1, 1500), min_size=1, max_size=8), st.lists(st.integers(0, 6000), max_size=6, unique=True))
def test_blocks_of_any_length_give_the_same_sound_and_all_but_the_fade_stays(sizes: list[int], ends: list[int]) -> None:
    stretches = tuple(pairwise(sorted(ends)))[::2]
    whole = np.ones((sum(sizes), 2), np.float32)
    pieces = np.split(whole, np.cumsum(sizes)[:-1])
    found = np.concatenate(list(silenced(pieces, stretches)))
    assert np.array_equal(found, np.concatenate(list(silenced([whole], stretches))))
    at = np.arange(len(whole))
    silent = np.any([(first <= at) & (at < last) for first, last in stretches] or [np.zeros(len(at), bool)], axis=0)
    near = np.any([(first - 960 <= at) & (at < last) for first, last in stretches] or [silent], axis=0)
    assert not found[silent].any()
    assert (found[~near] == 1).all()
