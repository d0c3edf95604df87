"""The layers that a lock holds, as text, as a command and as a message."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.core import codec
from v2m_bridge.core.commands import SetLock, check, locks_of
from v2m_bridge.core.direction import LOCKS, CueDirection, Direction
from v2m_bridge.core.direction_text import parse_direction
from v2m_bridge.core.osc_check import OscMessage
from v2m_bridge.core.osc_commands import command_of
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Scene, Timeline, name_scenes
from v2m_bridge.errors import DirectionError

RATE = Fraction(25)
EDIT = Timeline(
    "cut", RATE, name_scenes((Scene("", "a", FrameTime(0, RATE), FrameTime(100, RATE)),)), FrameTime(0, RATE)
)
layers = st.lists(st.sampled_from(LOCKS))


@given(layers)
def test_layers_are_kept_once_each_in_one_order(said: list[str]) -> None:
    locks = CueDirection(locks=tuple(said)).locks
    assert locks == tuple(layer for layer in LOCKS if layer in said)
    assert codec.decode(codec.encode(CueDirection(locks=locks)), CueDirection).locks == locks


def test_there_is_no_other_layer() -> None:
    with pytest.raises(ValueError, match="drums"):
        CueDirection(locks=("drums",))


@pytest.mark.parametrize(
    ("text", "locks"),
    [
        ('lock = "all"', LOCKS),
        ('lock = "none"', ()),
        ("lock = []", ()),
        ('lock = "melody"', ("melody",)),
        ('lock = ["texture", "tempo", "tempo"]', ("tempo", "texture")),
    ],
)
def test_a_direction_file_locks_a_cue_or_every_cue(text: str, locks: tuple[str, ...]) -> None:
    assert parse_direction(f"[cue.1m02]\n{text}", EDIT).for_cue("1m02").locks == locks
    assert parse_direction(text, EDIT).for_cue("1m01").locks == locks


@pytest.mark.parametrize("text", ['lock = "drums"', 'lock = ["harmony", 3]', "lock = 3", "lock = true"])
def test_a_lock_that_holds_nothing_that_there_is_is_refused(text: str) -> None:
    with pytest.raises(DirectionError):
        parse_direction(text, EDIT)


def test_a_cue_can_be_left_open_where_all_are_locked() -> None:
    direction = Direction(defaults=CueDirection(locks=LOCKS), cues={"1m02": CueDirection(locks=())})
    assert (direction.for_cue("1m01").locks, direction.for_cue("1m02").locks) == (LOCKS, ())
    assert Direction().for_cue("1m01").locks is None


@given(layers)
def test_the_message_names_each_layer_by_a_bit(said: list[str]) -> None:
    bits = sum(1 << LOCKS.index(layer) for layer in set(said))
    command = command_of(OscMessage("/v2m/do/lock", ("1m02", bits)))
    assert command == SetLock("1m02", bits)
    assert locks_of(bits) == CueDirection(locks=tuple(said)).locks


@pytest.mark.parametrize("bits", [-1, 16, 2**31 - 1])
def test_a_number_that_is_no_sum_of_layers_is_refused_with_a_next_step(bits: int) -> None:
    with pytest.raises(DirectionError, match="sum of layers") as caught:
        check(SetLock("1m02", bits))
    assert "15" in caught.value.hint
