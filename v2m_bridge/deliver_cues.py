"""The cue list that ``v2m spot`` writes: never over a file of the user's, nor over a list that the user edited."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from v2m_bridge.core.proposal import Proposal
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import OutputError
from v2m_bridge.export.files import check_replaceable, replace_file
from v2m_bridge.export.written import Written
from v2m_bridge.spotting.cue_list import cue_list_text
from v2m_bridge.spotting.cue_table import COLUMNS

_RECORD: Final = "spotted"
_HINT: Final = "Give it to v2m score with --cues, or choose another place with -o; nothing was changed."


def deliver_cue_list(timeline: Timeline, proposal: Proposal, path: Path, cache_dir: Path) -> None:
    """Write the proposed cues.

    Parameters
    ----------
    timeline : Timeline
    proposal : Proposal
    path : Path
        A list that stands there is replaced only as long as it is as it was written.
    cache_dir : Path
        Remembers the digests of what was written; without its memory every list that is there stays.

    Raises
    ------
    OutputError
        When the place cannot be written, or a file stands there that the user may still want.
    """
    data = cue_list_text(timeline, [proposed.cue for proposed in proposal.cues]).encode()
    check_cue_list_place(path, cache_dir, data)
    replace_file(path, data)
    Written(cache_dir / _RECORD).remember(data)


def check_cue_list_place(path: Path, cache_dir: Path, data: bytes = b"") -> None:
    """Refuse a place where a file stands that is not a list as ``v2m spot`` wrote it; see `deliver_cue_list`."""
    check_replaceable(path, data or ",".join(COLUMNS).encode())
    try:
        there = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as exc:
        raise OutputError(f"cannot read {path}: {exc.strerror or exc}") from exc
    if there not in (b"", data) and not Written(cache_dir / _RECORD).is_ours(path):
        raise OutputError(f"{path} has been edited since it was written, or v2m spot did not write it", hint=_HINT)
