"""A host of OSC that no name server knows, or that one takes its time for, holds nothing up."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.player.stage import MS
from v2m_bridge.errors import OutputError
from v2m_bridge.player.clocks import MONOTONIC
from v2m_bridge.player.host_lookup import find_host
from v2m_bridge.player.outlets import Outlets
from v2m_bridge.player.sinks import parse_sink
from v2m_bridge.player.sinks.base import Sink
from v2m_bridge.player.sounding import NoteTables

_FIRST_MS, _TICK_MS = 100, 30
"""How long opening and a tick may take: fifty milliseconds for the name and none, and what a busy machine adds."""
_numbers = count()


class SlowNames:
    """A name server that answers when it is told to; numbers need none."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.may_answer = threading.Event()
        self.n_asked = 0
        self._ask = socket.getaddrinfo

    def __call__(self, host: str, port: int, **options: Any) -> Any:
        if options.get("flags"):
            return self._ask(host, port, **options)
        self.n_asked += 1
        assert self.may_answer.wait(10)
        if host not in self.answers:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return self._ask(self.answers[host], port, **options)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowNames]:
    server = SlowNames()
    monkeypatch.setattr(socket, "getaddrinfo", server)
    yield server
    server.may_answer.set()


@pytest.fixture
def host() -> str:
    """Return a name that nobody has asked for yet."""
    return f"laptop{next(_numbers)}.test"


class LateClock:
    """The real clock, and now and then a second of it at once."""

    def __init__(self) -> None:
        self.skipped_ns = 0

    def __call__(self) -> int:
        return MONOTONIC() + self.skipped_ns


def _outlets(host: str, clock: LateClock) -> Outlets:
    return Outlets([parse_sink(f"osc:{host}:9124")], NoteTables(), monotonic=clock)


def _took_ms(began_ns: int) -> float:
    return (MONOTONIC() - began_ns) / MS


def test_an_address_in_numbers_is_there_at_once(names: SlowNames) -> None:
    assert find_host("127.0.0.1", 9124).address == ("127.0.0.1", 9124)
    assert find_host("::1", 9124).address[:2] == ("::1", 9124)
    assert names.n_asked == 0


def test_a_name_that_is_looked_up_slowly_holds_no_tick_up_and_is_sent_to_once_it_is_found(
    names: SlowNames, host: str
) -> None:
    clock, began_ns = LateClock(), MONOTONIC()
    outlets = _outlets(host, clock)
    outlets.open()
    assert _took_ms(began_ns) < _FIRST_MS
    for _ in range(3):
        assert outlets.states()[0].error.startswith(f"looking up {host}")
        clock.skipped_ns += 1_001 * MS
        began_ns = MONOTONIC()
        assert outlets.mind() is None
        assert _took_ms(began_ns) < _TICK_MS
    assert names.n_asked == 1, "the lookup that runs is waited for"
    names.answers[host] = "127.0.0.1"
    names.may_answer.set()
    time.sleep(0.05)
    clock.skipped_ns += 1_001 * MS
    outlets.mind()
    assert outlets.states()[0].error == ""
    assert outlets.states()[0].n_sent == 1, "hello"
    outlets.close(0)


def test_a_name_that_was_not_found_is_looked_up_anew(names: SlowNames, host: str) -> None:
    names.may_answer.set()
    for _ in range(2):
        with pytest.raises(OutputError, match=f"{host} is not found: .*no such name"):
            find_host(host, 9124)
        time.sleep(0.02)
    names.answers[host] = "127.0.0.1"
    with pytest.raises(OutputError):
        find_host(host, 9124)
    time.sleep(0.02)
    assert find_host(host, 9124).address == ("127.0.0.1", 9124)


def test_opening_that_takes_its_time_is_no_jump_of_the_clock_and_is_not_done_again_at_once() -> None:
    clock, tried_ns = LateClock(), list[int]()

    def fail_slowly(*_: object) -> Sink:
        tried_ns.append(clock())
        clock.skipped_ns += 1_500 * MS
        raise OutputError("it took its time")

    outlets = Outlets([parse_sink("osc:127.0.0.1:9124")], NoteTables(), monotonic=clock, make=fail_slowly)
    outlets.open()
    for _ in range(250):
        clock.skipped_ns += 10 * MS
        assert outlets.mind() is None
    assert len(tried_ns) == 3
    assert tried_ns[2] - tried_ns[1] >= 2_500 * MS


@pytest.mark.parametrize("kind", ["osc", "due"])
def test_a_name_that_cannot_be_one_is_said_and_ends_nothing(kind: str) -> None:
    outlets = Outlets([parse_sink(f"{kind}:192.168..5:9124")], NoteTables())
    outlets.open()
    assert outlets.states()[0].error.startswith("192.168..5 is not found")
