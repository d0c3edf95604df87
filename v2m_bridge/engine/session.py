"""A session folder: what the user wished and what was composed, with undo, on disk at every change.

``journal`` holds one record per change.  ``music/`` holds one file per cue's music and one per score without its cues,
named by their contents, so that undo never composes again; ``edit/`` holds the edit as it was last read.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec

from v2m_bridge.core import codec
from v2m_bridge.core.commands import LIVE
from v2m_bridge.core.conform import Conformed
from v2m_bridge.core.direction import Direction
from v2m_bridge.core.follow_edit import follow_all
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.timeline import Timeline
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


class Recut(Record, frozen=True):
    """The edit was read, and may have been cut again."""

    edit: str
    """File of the edit."""
    directions: tuple[Direction, ...] = ()
    """What the directions of all revisions became, so that undo restores wishes for the edit that there is."""


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


class Stood(Record, frozen=True):
    """How a cue stands with the DAW, and what it played when that was said."""

    cue: str
    stand: str
    head: str = ""
    music: str = ""
    in_frame: int = 0
    """First frame of the cue on the edit."""
    rate: str = "25"


AnyRecord = Opened | Edited | Recut | MusicComposed | Undone | Redone | Applied | Stood


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
    edit: str = ""
    """File of the edit as it was last read."""
    stands: dict[str, Stood] = field(default_factory=dict)
    """Cues that are held or handed over; every other is live."""

    @property
    def now(self) -> Revision:
        """The revision that holds."""
        return self.revisions[self.at]

    def applied(self, cue: str) -> tuple[list[str], dict[str, str]]:
        """Return the cues that change where a cue is applied (empty: all), and the music by cue that plays then."""
        live, music = self.live, self.now.music
        names = [cue] if cue else [*music, *(number for number in live if number not in music)]
        changed = [number for number in names if live.get(number) != music.get(number)]
        plays = {**live, **{number: music[number] for number in changed if number in music}}
        return changed, {number: each for number, each in plays.items() if number in music or number not in changed}

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
            case Recut(edit=edit, directions=directions):
                moved = dict(zip(range(len(self.revisions)), directions, strict=False))
                revisions = (replace(r, direction=moved.get(k, r.direction)) for k, r in enumerate(self.revisions))
                return replace(self, edit=edit, revisions=tuple(revisions))
            case MusicComposed(head=head, music=music):
                changed = list(self.revisions)
                changed[self.at] = replace(self.now, head=head, music=music, is_composed=True)
                return replace(self, revisions=tuple(changed))
            case Undone():
                return replace(self, at=max(0, self.at - 1))
            case Redone():
                return replace(self, at=min(len(self.revisions) - 1, self.at + 1))
            case Applied(head=head, music=music):
                stands = {cue: stood for cue, stood in self.stands.items() if cue in music or not music}
                return replace(self, live_head=head, live=music, stands=stands)
            case Stood(cue=cue, stand=stand):
                others = {name: stood for name, stood in self.stands.items() if name != cue}
                return replace(self, stands=others if stand == LIVE else {**others, cue: record})


class Session:
    """The journal and the music of one session folder.  Thread: the engine's only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._music, self._edits = folder / "music", folder / "edit"
        for each in (self._music, self._edits):
            each.mkdir(parents=True, exist_ok=True)
        self.history = History()
        for record in _records(folder / "journal"):
            self.history = self.history.after(record)
        self._journal = Journal(folder / "journal")

    def record(self, record: AnyRecord) -> None:
        """Write a change to disk, then let it hold."""
        self._journal.append(codec.encode(record))
        self.history = self.history.after(record)

    @property
    def midi(self) -> Path:
        """Folder with a MIDI file of each version of a cue."""
        return self.folder / "midi"

    @property
    def edit(self) -> Timeline | None:
        """The edit as it was last read, None where there is none or its file is gone."""
        if not self.history.edit:
            return None
        try:
            return codec.decode((self._edits / self.history.edit).read_bytes(), Timeline)
        except (OSError, msgspec.DecodeError, ValueError):
            return None

    def recut(self, read: Timeline | Conformed) -> tuple[Timeline, tuple[str, ...]]:
        """Keep an edit that was read; where it is a later revision, all wishes follow it, those of undo as well.

        Returns
        -------
        Timeline
            With the ids of the earlier revision.
        tuple of str
            What became of wishes that could not follow their frames.

        Raises
        ------
        OutputError
            When the disk takes no more.
        """
        timeline = read.timeline if isinstance(read, Conformed) else read
        before = [revision.direction for revision in self.history.revisions]
        followed = follow_all(before, read) if isinstance(read, Conformed) else []
        directions = tuple(direction for direction, _ in followed)
        if directions == tuple(before):
            directions = ()
        try:
            name = _stored(self._edits, codec.encode(timeline))
        except OSError as exc:
            raise OutputError(
                f"cannot write to {self._edits}: {exc.strerror or exc}", hint="Make room on that disk."
            ) from exc
        if name != self.history.edit or directions:
            self.record(Recut(name, directions))
        for path in self._edits.iterdir():
            if path.name != name:
                path.unlink(missing_ok=True)
        return timeline, followed[self.history.at][1] if followed else ()

    def keep(self, score: Score) -> MusicComposed:
        """Store a score's music and return the record that names it; nothing is written twice.

        Raises
        ------
        OutputError
            When the disk takes no more.
        """
        try:
            music = {cue.number: _stored(self._music, codec.encode(cue)) for cue in score.cues}
            return MusicComposed(_stored(self._music, codec.encode(replace(score, cues=()))), music)
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


def _stored(folder: Path, data: bytes) -> str:
    """Write a file that is named by its contents, unless it is there, and return its name."""
    name = hashlib.blake2b(data, digest_size=16).hexdigest()
    path = folder / name
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
