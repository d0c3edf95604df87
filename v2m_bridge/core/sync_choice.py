"""What playing follows: the panel, or another program's transport."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final, NamedTuple

from v2m_bridge.core.timebase import parse_timecode
from v2m_bridge.errors import SettingsError

INTERNAL: Final = "internal"
OSC_FLAVOURS: Final = ("reaper", "ardour", "live", "plugin")
DEFAULT_FREEWHEEL_FRAMES: Final = 12
SYNC_OUT_SINKS: Final = MappingProxyType(
    {
        "mtc": "mtc:v2m_bridge Sync Out",
        "clock": "clock:v2m_bridge Clock Out",
        "jack": "transport:v2m_bridge Transport Out",
        "link": "link:v2m_bridge Link",
    }
)
"""How the player can lead, and the output that does it."""
LINK_MISSING: Final = "Ableton Link is not installed"
LINK_HINT: Final = 'Run pip install "v2m_bridge[link]".'
MOST_FREEWHEEL_FRAMES: Final = 1000
_ANY_RATE: Final = Fraction(1000)
_KINDS: Final = ("mtc", "clock", "jack", "osc", "link")
_DEFAULT_FLAVOUR: Final = "plugin"


class SyncChoice(NamedTuple):
    """A kind of source; the flavour of osc is the program that reports."""

    kind: str
    flavour: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.flavour}" if self.flavour else self.kind


def parse_sync(text: str) -> SyncChoice | None:
    """Read ``internal``, ``mtc``, ``clock``, ``jack``, ``link`` or ``osc[:FLAVOUR]``; None stands for internal.

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
            hint=f"Use {INTERNAL}, mtc, clock, jack, link or osc:{'|'.join(OSC_FLAVOURS)}.",
        )
    return SyncChoice(kind, flavour)


def check_leading(sync: SyncChoice | None, out: Iterable[str]) -> None:
    """Refuse what cannot lead, or not together, before anything is started.

    Parameters
    ----------
    sync : SyncChoice or None
        What is followed.
    out : iterable of str
        What is led: keys of `SYNC_OUT_SINKS`.

    Raises
    ------
    SettingsError
        When there is no such way to lead, when it would lead what it follows, or when Link is wanted and not installed.
    """
    wanted = tuple(out)
    for kind in wanted:
        if kind not in SYNC_OUT_SINKS:
            raise SettingsError(f"--sync-out {kind[:40]!r} cannot be sent", hint=f"Use {', '.join(SYNC_OUT_SINKS)}.")
    if sync is not None and sync.kind in ("jack", "link") and sync.kind in wanted:
        raise SettingsError(f"{sync.kind} cannot both lead and be led", hint="Leave --sync or --sync-out out.")
    if ("link" in wanted or (sync is not None and sync.kind == "link")) and find_spec("_link") is None:
        raise SettingsError(LINK_MISSING, hint=LINK_HINT)


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
    """Return the timecode that a source has at the first frame of the edit, as `timebase.timecode` would write it.

    However the frames are set off from the seconds, ``;`` stands before dropped ones and ``:`` before others.

    Raises
    ------
    SettingsError
        When it is no timecode.
    """
    try:
        parse_timecode(text.replace(";", ":").replace(",", ":"), _ANY_RATE)
    except ValueError as exc:
        raise SettingsError(str(exc), hint="Give --sync-start as a timecode such as 01:00:00:00.") from exc
    return text.strip().replace(",", ";").replace(".", ":")
