"""Takes and how cues stand: what the player is told for commands that change no music."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from v2m_bridge.core import commands as do
from v2m_bridge.core import playing as tell
from v2m_bridge.engine.session import Session
from v2m_bridge.engine.stands import stood
from v2m_bridge.errors import DirectionError

_NAME: Final = re.compile(r"\.?take-(\d+)\.mid(\.part)?")


def order(command: do.SaveTake | do.StandCue, session: Session) -> tell.ToPlayer | None:
    """Return what the player is told, once the session keeps it; None where nothing changes.

    Raises
    ------
    DirectionError
        When the cue does not play.
    """
    if isinstance(command, do.SaveTake):
        return tell.WriteTake(str(next_take(session.folder / "takes")))
    live = session.history.live
    if command.cue not in live:
        raise DirectionError(f"no cue {command.cue[:40]!r} plays", hint=f"The cues are {', '.join(live)}.")
    if (record := stood(session, command.cue, command.stand)) is None:
        return None
    session.record(record)
    return tell.SetCueStand(command.cue, command.stand)


def next_take(folder: Path) -> Path:
    """Return a file that does not exist yet: one number above the highest."""
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    numbers = [int(found[1]) for name in names if (found := _NAME.fullmatch(name))]
    return folder / f"take-{max(numbers, default=0) + 1:03}.mid"
