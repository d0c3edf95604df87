"""Whose wish holds."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given

from tests.core.strategies import directions, wishes
from v2m_bridge.core.direction import DEFAULT_STYLE, CueDirection, Direction, SceneDirection

NAMES = [field.name for field in fields(CueDirection)]


@given(wishes, wishes)
def test_what_was_said_here_wins_and_the_rest_comes_from_below(above: CueDirection, below: CueDirection) -> None:
    both = above.over(below)
    for name in NAMES:
        said = getattr(above, name)
        assert getattr(both, name) == (getattr(below, name) if said is None else said)


@given(wishes, wishes, wishes)
def test_layers_of_wishes_may_be_joined_in_any_grouping(a: CueDirection, b: CueDirection, c: CueDirection) -> None:
    assert a.over(b).over(c) == a.over(b.over(c))


@given(wishes)
def test_no_wish_changes_nothing(some: CueDirection) -> None:
    assert some.over(CueDirection()) == CueDirection().over(some) == some.over(some) == some


@given(directions)
def test_a_cue_hears_its_own_wishes_before_those_for_every_cue_before_the_programs(direction: Direction) -> None:
    for number in ("1m01", "9m99"):
        heard = direction.for_cue(number)
        own = direction.cues.get(number, CueDirection())
        for name in NAMES:
            said = [value for value in (getattr(own, name), getattr(direction.defaults, name)) if value is not None]
            if said:
                assert getattr(heard, name) == said[0]
        assert None not in (heard.style, heard.tempo_bpm, heard.meter, heard.affect_strength, heard.seed)


def test_without_wishes_the_programs_defaults_hold() -> None:
    heard = Direction().for_cue("1m01")
    assert (heard.style, heard.seed, heard.affect_strength) == (DEFAULT_STYLE, 0, 1.0)
    assert (heard.key, heard.primer, heard.emotion) == (None, None, None)
    assert Direction().for_scene("s0") == SceneDirection()


@pytest.mark.parametrize("tempo", [(19.0, 80.0), (80.0, 301.0), (90.0, 80.0), (float("nan"), 80.0)])
def test_a_tempo_range_that_nobody_can_play_is_refused(tempo: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="tempo range"):
        CueDirection(tempo_bpm=tempo)


def test_strength_seed_and_intensity_have_their_limits() -> None:
    for strength in (-0.1, 2.1, float("nan")):
        with pytest.raises(ValueError, match="affect strength"):
            CueDirection(affect_strength=strength)
    for seed in (-1, 2**63):
        with pytest.raises(ValueError, match="seed"):
            CueDirection(seed=seed)
    for intensity in (-0.1, 1.1):
        with pytest.raises(ValueError, match="intensity"):
            SceneDirection(intensity=intensity)
