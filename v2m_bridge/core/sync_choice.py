"""What playing follows: the panel, or another program's transport."""

from __future__ import annotations

from fractions import Fraction
from types import MappingProxyType
from typing import Final, NamedTuple

from v2m_bridge.core.timebase import parse_timecode
from v2m_bridge.errors import SettingsError

INTERNAL: Final = "internal"
OSC_FLAVOURS: Final = ("reaper", "ardour", "live", "plugin")
DEFAULT_FREEWHEEL_FRAMES: Final = 12
SYNC_OUT_PORTS: Final = MappingProxyType({"mtc": "v2m_bridge Sync Out", "clock": "v2m_bridge Clock Out"})
"""What the player can send where it leads, and through which port."""
MOST_FREEWHEEL_FRAMES: Final = 1000
_ANY_RATE: Final = Fraction(1000)
_KINDS: Final = ("mtc", "clock", "jack", "osc")
_DEFAULT_FLAVOUR: Final = "plugin"


class SyncChoice(NamedTuple):
    """A kind of source; the flavour of osc is the program that reports."""

    kind: str
    flavour: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.flavour}" if self.flavour else self.kind


def parse_sync(text: str) -> SyncChoice | None:
    """Read ``internal``, ``mtc``, ``clock``, ``jack`` or ``osc[:FLAVOUR]``; None stands for internal.

    Raises
    ------
    SettingsError
        When there is no such source.
    """
    kind, _, flavour = text.strip().partition(":")
    if kind == INTERNAL and not flavour:
        return None
    if kind == "osc":
        flavour = flavour or _DEFAULT_FLAVOUR
    if kind not in _KINDS or flavour not in (OSC_FLAVOURS if kind == "osc" else ("",)):
        raise SettingsError(
            f"there is no sync source {text[:40]!r}",
            hint=f"Use {INTERNAL}, mtc, clock, jack or osc:{'|'.join(OSC_FLAVOURS)}.",
        )
    return SyncChoice(kind, flavour)


def check_freewheel(frames: int) -> int:
    """Return how many frames playing goes on after its source falls silent.

    Raises
    ------
    SettingsError
        When it is no sensible wait.
    """
    if not 0 <= frames <= MOST_FREEWHEEL_FRAMES:
        raise SettingsError(f"{frames} frames are no time to freewheel", hint=f"Use 0 to {MOST_FREEWHEEL_FRAMES}.")
    return frames


def check_start(text: str) -> str:
    """Return the timecode that a source has at the first frame of the edit.

    Raises
    ------
    SettingsError
        When it is no timecode.
    """
    try:
        parse_timecode(text.replace(";", ":"), _ANY_RATE)
    except ValueError as exc:
        raise SettingsError(str(exc), hint="Give --sync-start as a timecode such as 01:00:00:00.") from exc
    return text
