"""What a progression remembers of itself."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from v2m_bridge.core.harmony import END, PAD
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.model.recall import ECHO, ECHO_LENGTH, HELD, LEFT, RETURN, RETURN_LENGTH, recalled

C, F, G, AM = 1, 66, 92, 122
SYMBOLS = st.lists(st.sampled_from([C, F, G, AM, 0]), min_size=1, max_size=60).map(lambda ids: [END, *ids])


def test_a_held_chord_is_counted() -> None:
    assert recalled([END, C, C, C, F])[:, HELD].tolist() == [0, 0, 1, 2, 0]


def test_what_followed_before_is_told_with_the_length_of_the_match() -> None:
    codes = recalled([END, C, F, G, C, F])
    assert codes[-1, ECHO] == G
    assert codes[-1, ECHO_LENGTH] == 2
    assert codes[3, ECHO] == PAD  # nothing stood here before the first G


def test_a_return_counts_chords_not_slots_and_says_how_long_the_chord_was_held() -> None:
    codes = recalled([END, C, F, F, F, G, C, C, F])
    assert (codes[-1, RETURN], codes[-1, RETURN_LENGTH]) == (G, 2)
    assert codes[-1, LEFT] == 2 + 6  # F was held for three slots, one of which has passed


@given(SYMBOLS, st.integers(0, 60))
def test_nothing_is_known_of_the_future(symbols: list[int], cut: int) -> None:
    whole = recalled(symbols)
    assert np.array_equal(whole[: cut + 1], recalled(symbols[: cut + 1]))


@settings(max_examples=12)
@given(SYMBOLS)
def test_one_step_at_a_time_gives_what_the_whole_gives(symbols: list[int]) -> None:
    torch.manual_seed(1)
    model = Amt(AmtConfig(3, 16, 2, 16, 1, 1, 64, start_symbol=END, recall=True)).eval()
    rows, key = torch.zeros(2, 8, 3), torch.tensor([0.0, 1.0])
    line = torch.tensor([symbols, symbols[:1] + symbols[1:][::-1]])
    with torch.no_grad():
        whole = model(line, rows, key)
        cache = model.start(model.encode(rows), key)
        steps = torch.cat([model.extend(cache, line[:, t : t + 1]) for t in range(line.shape[1])], dim=1)
        swapped = model.start(model.encode(rows), key)
        model.extend(swapped, line[:, :1])
        branched = swapped.rows([1, 1, 0])
        last = model.extend(branched, line[[1, 1, 0], 1:])
    assert torch.allclose(whole, steps, atol=1e-5)
    assert torch.allclose(last[2, -1], whole[0, -1], atol=1e-5)
    assert torch.allclose(last[0], last[1])
