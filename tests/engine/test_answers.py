"""What a get is answered."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message import OscMessage as Received

from tests.core.strategies import rates
from v2m_bridge.core.osc_check import OscMessage
from v2m_bridge.core.playing import PlayerState
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.core.timebase import FrameTime, timecode
from v2m_bridge.engine.answers import answers


@given(rates, st.integers(0, 20_000))
def test_a_transport_that_stands_on_a_frame_is_answered_with_its_timecode(rate: Fraction, frame: int) -> None:
    at = FrameTime(frame, rate)
    player = PlayerState(False, at.ns, 0, 120.0, 0, 0, 0, {}, ())
    snapshot = Snapshot(version=1, rate=str(rate), player=player)
    (answer,) = answers(OscMessage("/v2m/get/transport", ()), snapshot)
    assert list(Received(answer).params)[2] == timecode(at, drop_frame=False)
