from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.engine.journal import Journal, read_journal


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
