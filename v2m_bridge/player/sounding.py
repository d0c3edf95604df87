"""Which notes sound, kept where it outlives the player: one row per sink in shared memory, and one for the source.

A row is a byte per note (16 channels x 128 keys, 1 while it sounds), a byte per channel (1 once it was used), and the
names of the ports that the sink is connected to.  That of the source, which sounds nothing, has names alone.
"""

from __future__ import annotations

import os
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory
from types import TracebackType
from typing import Final

from v2m_bridge.core.playing import MAX_SINKS, NOTE_TABLE_BYTES, NOTE_TABLE_ROW_BYTES
from v2m_bridge.errors import OutputError

N_CHANNELS: Final = 16
N_KEYS: Final = 128
_NOTES: Final = N_CHANNELS * N_KEYS
_PEERS: Final = _NOTES + N_CHANNELS
_LENGTH_BYTES: Final = 2
_MAX_PEER_BYTES: Final = NOTE_TABLE_ROW_BYTES - _PEERS - _LENGTH_BYTES


class NoteTable:
    """One row: the notes, channels and peers of one sink."""

    def __init__(self, row: memoryview | None = None) -> None:
        self._row = memoryview(bytearray(NOTE_TABLE_ROW_BYTES)) if row is None else row

    def begin(self, channel: int, key: int) -> None:
        """Note that a note sounds.  Realtime: yes."""
        self._row[channel * N_KEYS + key] = 1
        self._row[_NOTES + channel] = 1

    def end(self, channel: int, key: int) -> None:
        """Note that a note has ended.  Realtime: yes."""
        self._row[channel * N_KEYS + key] = 0

    def use(self, channel: int) -> None:
        """Note that a channel was written to.  Realtime: yes."""
        self._row[_NOTES + channel] = 1

    def sounding(self) -> list[tuple[int, int]]:
        """Channel and key of every note that sounds."""
        notes = bytes(self._row[:_NOTES])
        found, at = [], notes.find(1)
        while at >= 0:
            found.append(divmod(at, N_KEYS))
            at = notes.find(1, at + 1)
        return found

    def channels(self) -> list[int]:
        """Channels that were written to."""
        return [channel for channel in range(N_CHANNELS) if self._row[_NOTES + channel]]

    @property
    def peers(self) -> tuple[str, ...]:
        """Names of the ports that the sink is connected to."""
        length = int.from_bytes(self._row[_PEERS : _PEERS + _LENGTH_BYTES], "little")
        start = _PEERS + _LENGTH_BYTES
        text = bytes(self._row[start : start + min(length, _MAX_PEER_BYTES)]).decode("utf-8", "replace")
        return tuple(name for name in text.split("\n") if name)

    @peers.setter
    def peers(self, names: tuple[str, ...]) -> None:
        kept, size = [], 0
        for name in names:
            size += len(name.encode()) + 1
            if size > _MAX_PEER_BYTES:
                break
            kept.append(name)
        data = "\n".join(kept).encode()
        start = _PEERS + _LENGTH_BYTES
        self._row[start : start + len(data)] = data
        self._row[_PEERS:start] = len(data).to_bytes(_LENGTH_BYTES, "little")

    def release(self) -> None:
        """Let go of the memory."""
        self._row.release()


class NoteTables:
    """The rows of all sinks and of the source, in the parent's shared memory or, without a parent, in our own."""

    def __init__(self, shared_name: str = "") -> None:
        """Attach to shared memory that the parent made.

        Raises
        ------
        OutputError
            When there is no such memory, or it is too small.
        """
        self._shared = _attach(shared_name) if shared_name else None
        buffer = self._shared.buf if self._shared else None
        whole = memoryview(bytearray(NOTE_TABLE_BYTES)) if buffer is None else buffer
        if len(whole) < NOTE_TABLE_BYTES:
            raise OutputError(f"the note table {shared_name} has {len(whole)} bytes, not {NOTE_TABLE_BYTES}")
        starts = range(0, NOTE_TABLE_BYTES, NOTE_TABLE_ROW_BYTES)
        rows = [NoteTable(whole[start : start + NOTE_TABLE_ROW_BYTES]) for start in starts]
        self.rows, self.source = tuple(rows[:MAX_SINKS]), rows[MAX_SINKS]

    def close(self) -> None:
        """Let go of the memory; the parent removes it."""
        for row in (*self.rows, self.source):
            row.release()
        if self._shared:
            self._shared.close()
            self._shared = None

    def __enter__(self) -> NoteTables:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _attach(name: str) -> SharedMemory:
    """Attach without owning: Python 3.11 would remove the parent's memory when this process ends."""
    try:
        shared = SharedMemory(name)
    except (OSError, ValueError) as exc:
        raise OutputError(f"there is no note table {name!r}", hint="Start the player through the engine.") from exc
    if os.name == "posix":
        resource_tracker.unregister(f"/{shared.name.lstrip('/')}", "shared_memory")
    return shared
