"""Which outputs a player is started with."""

from __future__ import annotations

import pytest

from v2m_bridge.core.routing import PartRoute, Routing
from v2m_bridge.engine.__main__ import _options, _sinks
from v2m_bridge.errors import SettingsError

_SIX = Routing(tuple(PartRoute(f"part {n}", port=f"Port {n}") for n in range(6)))


def test_ports_of_parts_stand_beside_the_others_and_nine_outputs_are_one_sentence() -> None:
    options = _options(["--session", "s"])
    assert _sinks(options, _SIX)[:3] == ["midi:v2m_bridge Out", "osc:127.0.0.1:9124", "parts:Port 0"]
    with pytest.raises(SettingsError, match="9 outputs are more than 8"):
        _sinks(_options(["--session", "s", "--sync-out", "clock"]), _SIX)
