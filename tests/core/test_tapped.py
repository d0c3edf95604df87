"""A tempo that is tapped by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.core.tapped import tapped_tempo
from v2m_bridge.errors import DirectionError


@given(st.floats(25, 280), st.floats(0, 1e5), st.integers(6, 24), st.data())
def test_a_missed_and_a_doubled_tap_leave_the_tempo(bpm: float, start_s: float, n: int, data: st.DataObject) -> None:
    taps = [start_s + beat * 60 / bpm for beat in range(n)]
    missed, doubled = (data.draw(st.integers(1, n - 2)) for _ in range(2))
    tapped = [at for index, at in enumerate(taps) if index != missed or missed == doubled]
    tapped.append(taps[doubled] + 0.1 * 60 / bpm)
    assert tapped_tempo(taps) == pytest.approx(bpm, rel=1e-4)
    assert tapped_tempo(tapped) == pytest.approx(bpm, rel=0.02)


@given(st.floats(40, 200), st.lists(st.floats(-0.03, 0.03), min_size=8, max_size=24))
def test_an_unsteady_hand_is_averaged(bpm: float, off: list[float]) -> None:
    taps = [(beat + each) * 60 / bpm for beat, each in enumerate(off)]
    assert tapped_tempo(taps) == pytest.approx(bpm, rel=0.02)


@pytest.mark.parametrize("taps", [[], [0, 1, 2], [0, 1, 2, float("nan")], [1, 1, 1, 1], [0, 10, 20, 30]])
def test_taps_that_tell_no_tempo_are_refused(taps: list[float]) -> None:
    with pytest.raises(DirectionError) as caught:
        tapped_tempo(taps)
    assert "tap" in caught.value.sentence().lower()
