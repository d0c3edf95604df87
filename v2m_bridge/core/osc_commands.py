"""Commands as OSC says them: which address asks for what, and a message turned into a command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from v2m_bridge.core import commands as do
from v2m_bridge.core.osc_check import OscMessage
from v2m_bridge.core.osc_schema import IN
from v2m_bridge.errors import DirectionError

_FROM_OSC: Final[dict[str, Callable[..., do.Command]]] = {
    "/v2m/do/open": do.OpenTimeline,
    "/v2m/do/primer": do.SetPrimer,
    "/v2m/do/key": do.SetKey,
    "/v2m/do/style": do.SetStyle,
    "/v2m/do/tempo": do.SetTempo,
    "/v2m/do/entry": do.SetEntry,
    "/v2m/do/ending": do.SetEnding,
    "/v2m/do/rhythm": do.SetRhythm,
    "/v2m/do/theme": do.SetTheme,
    "/v2m/do/seed": do.SetSeed,
    "/v2m/do/lock": do.SetLock,
    "/v2m/do/emotion": do.SetEmotion,
    "/v2m/do/intensity": do.SetIntensity,
    "/v2m/do/mute": lambda scene, muted: do.MuteScene(scene, bool(muted)),
    "/v2m/do/version": do.RestoreVersion,
    "/v2m/do/undo": do.Undo,
    "/v2m/do/redo": do.Redo,
    "/v2m/do/apply": do.Apply,
    "/v2m/do/stand": do.StandCue,
    "/v2m/do/take": do.SaveTake,
    "/v2m/do/hold": lambda on: do.Hold(bool(on)),
    "/v2m/do/follow": lambda on: do.Follow(bool(on)),
    "/v2m/do/play": do.Play,
    "/v2m/do/stop": do.Stop,
    "/v2m/do/locate": do.Locate,
    "/v2m/do/loop": do.Loop,
    "/v2m/do/panic": do.Panic,
}


def command_of(message: OscMessage) -> do.Command:
    """Turn a `/v2m/do/...` message into a command.

    Raises
    ------
    DirectionError
        When the address is unknown, the types are not those of the table, or a text cannot be read.
    """
    row = IN.get(message.address)
    if row is None or message.address not in _FROM_OSC:
        raise DirectionError(f"there is no address {message.address[:60]}", hint="docs/protocol.md lists them.")
    kinds: dict[str, type | tuple[type, ...]] = {"i": int, "f": (int, float), "s": str}
    if len(message.args) != len(row.types) or not all(
        isinstance(value, kinds[kind]) for value, kind in zip(message.args, row.types, strict=True)
    ):
        raise DirectionError(f"{row.path} takes {row.types or 'no arguments'}", hint="docs/protocol.md lists them.")
    args: list[Any] = list(message.args)
    command = _FROM_OSC[message.address](*args)
    do.check(command)
    return command
