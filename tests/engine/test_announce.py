"""The control port is announced where it was asked for and others can reach it, and not otherwise."""

from __future__ import annotations

import importlib
import socket
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from v2m_bridge.bridge import Bridge
from v2m_bridge.engine.announce import SERVICE, Announcement
from v2m_bridge.errors import SettingsError


def _reachable() -> str:
    """An address of this machine that is not loopback."""
    adapters = importlib.import_module("ifaddr").get_adapters()
    found = [str(ip.ip) for adapter in adapters for ip in adapter.ips if ip.is_IPv4 and not ip.ip.startswith("127.")]
    if not found:
        pytest.skip("this machine has no address but loopback")
    return found[0]


def _browse(address: str, name: str, timeout_ms: int) -> Any:
    """Ask the network what a name stands for, as a browser does."""
    zeroconf = importlib.import_module("zeroconf")
    with closing(zeroconf.Zeroconf(interfaces=[address])) as browser:
        return browser.get_service_info(SERVICE, name, timeout=timeout_ms)


def test_a_browser_finds_the_port_while_it_is_announced_and_no_longer_afterwards() -> None:
    address = _reachable()
    announcement = Announcement("0.0.0.0:9123")
    try:
        found = _browse(address, announcement.name, 5000)
    finally:
        announcement.close()
        announcement.close()
    assert found is not None
    assert (found.port, address in found.parsed_addresses()) == (9123, True)
    assert "127.0.0.1" not in found.parsed_addresses()
    assert found.properties[b"protocol"] == b"0"
    assert announcement.name == f"v2m_bridge on {socket.gethostname()}.{SERVICE}"
    assert _browse(address, announcement.name, 500) is None


@pytest.mark.parametrize("address", ["127.0.0.1:9123", "127.1.2.3:9123"])
def test_a_port_that_no_other_machine_reaches_is_not_announced(address: str) -> None:
    with pytest.raises(SettingsError, match="no other machine reaches") as told:
        Announcement(address)
    assert "give --osc-in 0.0.0.0:9123" in told.value.sentence()


def test_without_zeroconf_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    with pytest.raises(SettingsError) as told:
        Announcement("0.0.0.0:9123")
    assert 'run pip install "v2m_bridge[announce]"' in told.value.sentence()


def test_an_engine_on_loopback_refuses_to_be_announced_and_is_silent_by_default(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no other machine reaches"):
        Bridge(tmp_path / "session", ["--osc-in", "127.0.0.1:0", "--announce", "yes"])
