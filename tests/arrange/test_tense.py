"""Dread stands still: a tense cue in the default style holds its bass, and its chords hardly change."""

from __future__ import annotations

import pytest

from tests.arrange.affect_grid import piece
from v2m_bridge.core.affect import Emotion
from v2m_bridge.core.direction import CueDirection
from v2m_bridge.core.score import CueMusic

pytestmark = pytest.mark.usefixtures("one_thread")

LEAST_HELD = 0.5
MOST_CHANGES = 0.2


def held_share(music: CueMusic) -> float:
    """Share of bars over one bass pitch that is also the pitch of the bar before or after."""
    bars = {slot.bar for slot in music.slots}
    sounding = {bar: {n.pitch for part in music.parts if part.name == "bass" for n in part.notes
                      if _bar_of(music, n.onset_tick) == bar} for bar in bars}  # fmt: skip
    held = [bar for bar, pitches in sounding.items()
            if len(pitches) == 1 and pitches in (sounding.get(bar - 1), sounding.get(bar + 1))]  # fmt: skip
    return len(held) / len(bars)


def _bar_of(music: CueMusic, tick: int) -> int:
    return max(slot.bar for slot in music.slots if slot.onset_tick <= tick)


def check(seed: int) -> None:
    _, music = piece(CueDirection(emotion=Emotion.TENSE, seed=seed))
    ids = [slot.symbol_id for slot in music.slots]
    changes = sum(a != b for a, b in zip(ids[1:], ids, strict=False)) / len(ids)
    assert held_share(music) >= LEAST_HELD
    assert changes <= MOST_CHANGES


def test_a_tense_cue_stands_over_a_held_bass() -> None:
    for seed in range(3):
        check(seed)


@pytest.mark.long
def test_twenty_tense_cues_stand_over_a_held_bass() -> None:
    for seed in range(20):
        check(seed)
