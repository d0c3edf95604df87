"""A client whose server has gone is closed later, and before another one is opened."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from v2m_bridge.errors import OutputError
from v2m_bridge.player import jack_seat
from v2m_bridge.player.jack_seat import JackSeat, load_jack


class Client:
    """What a seat needs of one."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def set_shutdown_callback(self, callback: Callable[[int, str], None]) -> None:
        self.shutdown = callback

    def deactivate(self, *, ignore_errors: bool) -> None:
        self.done.append("deactivate")

    def close(self, *, ignore_errors: bool) -> None:
        self.done.append("close")


class Port:
    """What is told that its server has gone."""

    lost = ""


def test_a_living_server_is_left_at_once_and_once() -> None:
    client, port = Client(), Port()
    seat = JackSeat(client, port)
    seat.leave()
    seat.leave()
    client.shutdown(0, "too late")
    assert client.done == ["deactivate", "close"]
    assert port.lost == ""


def test_a_client_that_its_server_left_is_closed_before_another_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jack_seat, "_left_behind", [])
    client, port = Client(), Port()
    seat = JackSeat(client, port)
    client.shutdown(0, "it was stopped")
    assert port.lost == "JACK has gone away: it was stopped"
    seat.leave()
    with pytest.raises(OutputError, match="just gone away"):
        load_jack()
    assert client.done == []
    time.sleep(jack_seat._QUIET_S)
    load_jack()
    assert client.done == ["deactivate", "close"]
