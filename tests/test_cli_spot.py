from __future__ import annotations

import sys
import time

import pytest

from v2m_bridge.cli_spot import tap, tap_times
from v2m_bridge.core.tapped import tapped_tempo
from v2m_bridge.errors import DirectionError


def test_every_line_before_q_is_a_tap_at_the_time_it_comes() -> None:
    clock = iter(beat * 60 / 96 for beat in range(100))
    taps = list(tap_times(["\n", "x\n", "\n", "\n", "\n", " Q \n", "\n"], lambda: next(clock)))
    assert len(taps) == 5
    assert tapped_tempo(taps) == pytest.approx(96)


class _Hand:
    """Presses Enter four times a second, then ends."""

    def __iter__(self) -> _Hand:
        self.left = 6
        return self

    def __next__(self) -> str:
        self.left -= 1
        if self.left < 0:
            raise StopIteration
        time.sleep(0.25)
        return "\n"


def test_tapping_prints_the_option_to_score_with(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", _Hand())
    tap()
    said = capsys.readouterr()
    assert said.out.startswith("--tempo ")
    assert 120 <= float(said.out.split()[1]) <= 241, "slower only where the machine was"
    assert "Enter" in said.err


def test_too_few_taps_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", iter(["\n", "q\n"]))
    with pytest.raises(DirectionError, match="1 taps tell no tempo"):
        tap()
