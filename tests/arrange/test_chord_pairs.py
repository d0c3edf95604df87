"""Every chord after every other: nothing that matters is missing, nothing rings over, and the voices are led."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest

from tests.arrange.cues import dynamics_of, every_note
from tests.plans import make_plan
from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.styles import load_style
from v2m_bridge.arrange.voicing import bass_line, voice_chords
from v2m_bridge.core.harmony import N_SYMBOLS, QUALITY_BY_NAME, Chord, chord_of_id

LED = ("felt-piano", "strings-chorale")
MOST_MOVED = 3.0
MOST_PARALLEL = 0.05
PASSAGE = 400
_THIRD_AND_SEVENTH = (2, 6)


def every_pair(symbols: Sequence[int]) -> list[int]:
    """A walk in which every symbol follows every symbol once, itself too."""
    walk = [each for i, first in enumerate(symbols) for each in (first, *_with_later(first, symbols[i + 1 :]))]
    return [*walk, walk[0]]


def _with_later(first: int, later: Sequence[int]) -> Iterator[int]:
    for each in later:
        yield from (first, each)


def check_passage(style: str, chords: Sequence[Chord]) -> None:
    """Arrange a passage at full intensity, and look at every slot of it."""
    plan = make_plan(-(-len(chords) // 2), 120, style=style, intensity=1.0)
    chords = [*chords, *[chords[-1]] * (len(plan.slots) - len(chords))]
    sounding: list[set[int]] = [set() for _ in chords]
    length = plan.slots[0].length_ticks
    for note in every_note(arrange(plan, chords, dynamics_of(len(chords), 12))):
        first, last = note.onset_tick // length, (note.onset_tick + note.length_ticks - 1) // length
        assert all(chord == chords[first] for chord in chords[first : last + 1])
        for slot in range(first, last + 1):
            sounding[slot].add(note.pitch % 12)
    for chord, classes in zip(chords, sounding, strict=True):
        assert {chord.pitch_classes[i] for i in needed(chord)} <= classes


def needed(chord: Chord) -> list[int]:
    steps = () if chord.root is None else QUALITY_BY_NAME[chord.quality].tone_steps
    return [index for index, step in enumerate(steps) if step in _THIRD_AND_SEVENTH]


def led(style: str, chords: Sequence[Chord]) -> tuple[float, float]:
    """Return how far a voice moves on average at a change of chord, and the share of changes with parallels."""
    rule = load_style(style)
    basses = bass_line(chords, rule.bass)
    rows = [(bass, *voicing) for bass, voicing in
            zip(basses, voice_chords(chords, [rule.voicing.centre] * len(chords), rule.voicing, basses), strict=True)
            if bass is not None and voicing is not None]  # fmt: skip
    keys = np.array(rows)
    changed = np.array([a != b for a, b in zip(chords[1:], chords, strict=False)])
    moves = np.diff(keys, axis=0)[changed]
    low, high = np.triu_indices(keys.shape[1], 1)
    gaps = (keys[:, high] - keys[:, low]) % 12
    before, after = gaps[:-1][changed], gaps[1:][changed]
    same_way = moves[:, low] * moves[:, high] > 0
    parallel = (same_way & (before == after) & np.isin(after, (0, 7))).any(axis=1)
    return float(np.abs(moves[:, 1:]).mean()), float(parallel.mean())


@pytest.mark.parametrize("style", LED)
def test_chords_of_a_few_roots_follow_each_other_well(style: str) -> None:
    chords = [chord_of_id(s) for s in every_pair(range(1, N_SYMBOLS, 9))]
    check_passage(style, chords)
    moved, parallels = led(style, chords)
    assert moved <= MOST_MOVED
    assert parallels < MOST_PARALLEL


@pytest.mark.long
@pytest.mark.parametrize("style", LED)
def test_every_chord_follows_every_chord_well(style: str) -> None:
    walk = every_pair(range(N_SYMBOLS))
    assert len(set(pairwise(walk))) == N_SYMBOLS**2
    chords = [chord_of_id(symbol) for symbol in walk]
    for start in range(0, len(chords), PASSAGE):
        check_passage(style, chords[start : start + PASSAGE + 1])
    moved, parallels = led(style, [chord for chord in chords if chord.root is not None])
    assert moved <= MOST_MOVED
    assert parallels < MOST_PARALLEL
