"""A session folder: what the user wished and what was composed, with undo, on disk at every change.

``journal`` holds one record per change.  ``music/`` holds one file per cue's music and one per score without its cues,
named by their contents, so that undo never composes again.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec

from v2m_bridge.core import codec
from v2m_bridge.core.direction import Direction
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.engine.journal import Journal, read_journal
from v2m_bridge.errors import OutputError

MAX_UNDO: Final = 200


class Record(msgspec.Struct, frozen=True, tag=True, tag_field="was"):
    """Base of the journal's records."""


class Opened(Record, frozen=True):
    """A timeline was opened; a fresh start."""

    source: str


class Edited(Record, frozen=True):
    """The user changed the direction."""

    direction: Direction


class MusicComposed(Record, frozen=True):
    """Music was composed for the direction that holds."""

    head: str
    music: dict[str, str]


class Undone(Record, frozen=True):
    """The last change was taken back."""


class Redone(Record, frozen=True):
    """The change that was taken back was done again."""


class Applied(Record, frozen=True):
    """What plays now."""

    head: str
    music: dict[str, str]


AnyRecord = Opened | Edited | MusicComposed | Undone | Redone | Applied


@dataclass(frozen=True, slots=True)
class Revision:
    """One place in the history: a direction and its music."""

    direction: Direction = field(default_factory=Direction)
    head: str = ""
    music: dict[str, str] = field(default_factory=dict)
    is_composed: bool = False
    """Whether the music is this direction's; else it is still that of the revision before."""


@dataclass(frozen=True, slots=True)
class History:
    """What the journal amounts to."""

    source: str = ""
    revisions: tuple[Revision, ...] = (Revision(),)
    at: int = 0
    live_head: str = ""
    live: dict[str, str] = field(default_factory=dict)

    @property
    def now(self) -> Revision:
        """The revision that holds."""
        return self.revisions[self.at]

    def after(self, record: AnyRecord) -> History:
        """Return the history with one more record."""
        match record:
            case Opened(source=source):
                return History(source=source)
            case Edited(direction=direction):
                kept = self.revisions[max(0, self.at + 1 - MAX_UNDO) : self.at + 1]
                return replace(
                    self, revisions=(*kept, replace(self.now, direction=direction, is_composed=False)), at=len(kept)
                )
            case MusicComposed(head=head, music=music):
                changed = list(self.revisions)
                changed[self.at] = replace(self.now, head=head, music=music, is_composed=True)
                return replace(self, revisions=tuple(changed))
            case Undone():
                return replace(self, at=max(0, self.at - 1))
            case Redone():
                return replace(self, at=min(len(self.revisions) - 1, self.at + 1))
            case Applied(head=head, music=music):
                return replace(self, live_head=head, live=music)


class Session:
    """The journal and the music of one session folder.  Thread: the engine's only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._music = folder / "music"
        self._music.mkdir(parents=True, exist_ok=True)
        self.history = History()
        for record in _records(folder / "journal"):
            self.history = self.history.after(record)
        self._journal = Journal(folder / "journal")

    def record(self, record: AnyRecord) -> None:
        """Write a change to disk, then let it hold."""
        self._journal.append(codec.encode(record))
        self.history = self.history.after(record)

    def keep(self, score: Score) -> MusicComposed:
        """Store a score's music and return the record that names it; nothing is written twice.

        Raises
        ------
        OutputError
            When the disk takes no more.
        """
        try:
            music = {cue.number: self._store(codec.encode(cue)) for cue in score.cues}
            return MusicComposed(self._store(codec.encode(replace(score, cues=()))), music)
        except OSError as exc:
            raise OutputError(
                f"cannot write to {self._music}: {exc.strerror or exc}", hint="Make room on that disk."
            ) from exc

    def score(self, head: str, music: dict[str, str]) -> Score | None:
        """Return stored music as a score, or None where there is none or a file of it is gone."""
        if not head:
            return None
        try:
            bare = codec.decode((self._music / head).read_bytes(), Score)
            cues = [codec.decode((self._music / name).read_bytes(), CueMusic) for name in music.values()]
        except (OSError, msgspec.DecodeError):
            return None
        return replace(bare, cues=tuple(sorted(cues, key=lambda cue: cue.in_frame)))

    def close(self) -> None:
        """Close the journal; may be called twice."""
        self._journal.close()

    def _store(self, data: bytes) -> str:
        name = hashlib.blake2b(data, digest_size=16).hexdigest()
        path = self._music / name
        if not path.exists():
            fresh = path.with_suffix(".new")
            with fresh.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        return name


def _records(path: Path) -> list[AnyRecord]:
    """Read a journal; from a record on that this version cannot read, the file is cut and a copy of it is kept."""
    records: list[AnyRecord] = []
    readable: list[bytes] = []
    for data in read_journal(path):
        try:
            records.append(codec.decode_union(data, AnyRecord))
        except msgspec.DecodeError:
            path.replace(path.with_name(path.name + ".unread"))
            with Journal(path) as journal:
                for earlier in readable:
                    journal.append(earlier)
            break
        readable.append(data)
    return records
