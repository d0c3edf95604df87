from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.vision.frames import Frame
from v2m_bridge.vision.motion import motion


def _grey(at_s: Fraction, level: int) -> Frame:
    return Frame.of_array(at_s, np.full((4, 6, 3), level, np.uint8))


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(0, 255)), min_size=1, max_size=60))
def test_motion_is_the_change_between_the_frames_on_both_sides_of_each_whole_second(
    steps: list[tuple[int, int]],
) -> None:
    at_s = [Fraction(sum(step for step, _ in steps[: n + 1]) - steps[0][0], 30) for n in range(len(steps))]
    levels = [level for _, level in steps]
    n_rows = int(at_s[-1]) + 1
    rows = motion([_grey(s, level) for s, level in zip(at_s, levels, strict=True)], n_rows)
    for second in range(n_rows):
        shown = [n for n, s in enumerate(at_s) if second <= s < second + 1]
        expected = abs(levels[shown[0]] - levels[shown[0] - 1]) if shown and shown[0] > 0 else 0
        assert rows[second] == expected


def test_a_still_picture_does_not_move_and_rows_beyond_the_end_are_zero() -> None:
    rows = motion([_grey(Fraction(n, 25), 90) for n in range(80)], 6)
    assert rows.shape == (6,)
    assert rows.dtype == np.float32
    assert not rows.any()
