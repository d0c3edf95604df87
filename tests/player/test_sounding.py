"""The table of sounding notes in shared memory."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.player.processes import note_table
from v2m_bridge.errors import OutputError
from v2m_bridge.player.sounding import NoteTable, NoteTables

_KEYS = st.tuples(st.integers(0, 15), st.integers(0, 127))


@given(st.lists(st.tuples(st.booleans(), _KEYS)))
def test_the_table_holds_what_begun_and_did_not_end(steps: list[tuple[bool, tuple[int, int]]]) -> None:
    table, expected, used = NoteTable(), set(), set()
    for begins, key in steps:
        if begins:
            table.begin(*key)
            expected.add(key)
            used.add(key[0])
        else:
            table.end(*key)
            expected.discard(key)
    assert table.sounding() == sorted(expected)
    assert table.channels() == sorted(used)


@given(st.lists(st.text("abc:1 é♪", min_size=1), max_size=8))
def test_peers_are_remembered_as_far_as_they_fit(names: list[str]) -> None:
    table = NoteTable()
    table.begin(15, 127)
    table.peers = tuple(names)
    assert table.peers == tuple(names)
    table.peers = ("x" * 3_000, "y")
    assert not any(table.peers)
    assert table.sounding() == [(15, 127)]


def test_rows_do_not_touch_each_other() -> None:
    with NoteTables() as tables:
        for number, row in enumerate(tables.rows):
            row.begin(number, number)
            row.peers = (f"peer {number}",)
        tables.source.peers = ("daw:out",)
        assert [row.sounding() for row in tables.rows] == [[(n, n)] for n in range(len(tables.rows))]
        assert [row.peers for row in tables.rows] == [(f"peer {n}",) for n in range(len(tables.rows))]
        assert (tables.source.sounding(), tables.source.peers) == ([], ("daw:out",))


def _python(code: str, name: str) -> subprocess.CompletedProcess[str]:
    code = f"import os, sys; from v2m_bridge.player.sounding import NoteTables; {code}"
    return subprocess.run([sys.executable, "-c", code, name], check=False, capture_output=True, text=True)


def test_what_a_dead_process_wrote_is_read_by_the_next_and_the_memory_stays() -> None:
    with note_table() as name:
        dead = _python("tables = NoteTables(sys.argv[1]); tables.rows[1].begin(4, 72); os.kill(os.getpid(), 9)", name)
        assert dead.returncode == -9
        for _ in range(2):
            code = (
                "tables = NoteTables(sys.argv[1]); print([row.sounding() for row in tables.rows[:2]]); tables.close()"
            )
            after = _python(code, name)
            assert (after.stdout, after.stderr) == ("[[], [(4, 72)]]\n", "")


def test_a_table_that_is_not_there_is_an_error_with_a_next_step() -> None:
    with pytest.raises(OutputError) as caught:
        NoteTables("v2m_no_such_table")
    assert caught.value.hint
