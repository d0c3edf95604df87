import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.engine.journal import Journal, read_journal
from v2m_bridge.errors import OutputError


@given(records=st.lists(st.binary(max_size=40), min_size=1, max_size=6), data=st.data())
def test_a_journal_cut_short_anywhere_keeps_every_whole_record_and_goes_on(
    tmp_path_factory: object, records: list[bytes], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"  # type: ignore[attr-defined]
    with Journal(path) as journal:
        for record in records:
            journal.append(record)
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    ends = [sum(8 + len(record) for record in records[: n + 1]) for n in range(len(records))]
    kept = records[: sum(end <= cut for end in ends)]
    assert list(read_journal(path)) == kept
    with Journal(path) as journal:
        journal.append(b"next")
    assert list(read_journal(path)) == [*kept, b"next"]


def test_a_damaged_record_ends_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with Journal(path) as journal:
        journal.append(b"first")
        journal.append(b"second")
    data = bytearray(path.read_bytes())
    data[-1] ^= 0xFF
    path.write_bytes(data)
    assert list(read_journal(path)) == [b"first"]


def test_a_record_is_on_disk_when_append_returns(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append(b"kept")
    assert list(read_journal(tmp_path / "journal")) == [b"kept"]
    journal.close()
    journal.close()


@given(n_bytes=st.integers(0, 11))
def test_a_full_disk_is_one_sentence_and_damages_no_record(tmp_path_factory: object, n_bytes: int) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal"  # type: ignore[attr-defined]
    with Journal(path) as journal:
        journal.append(b"first")
        whole = journal._file

        class FullDisk:
            """Takes some bytes, then none."""

            def __init__(self) -> None:
                self.room = n_bytes

            def write(self, data: memoryview) -> int:
                if not self.room:
                    raise OSError(errno.ENOSPC, "No space left on device")
                n_written = whole.write(data[: self.room])
                self.room = 0
                return n_written

            def __getattr__(self, name: str) -> object:
                return getattr(whole, name)

        journal._file = FullDisk()  # type: ignore[assignment]
        with pytest.raises(OutputError, match="No space left"):
            journal.append(b"lost")
        journal._file = whole
        journal.append(b"second")
    assert list(read_journal(path)) == [b"first", b"second"]
