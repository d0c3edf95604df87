"""A reader that stands ready before it is needed."""

from __future__ import annotations

from pathlib import Path

from v2m_bridge import jobs
from v2m_bridge.core.timeline import PlainVideo


def test_a_reader_that_stands_ready_serves_one_read_and_another_takes_its_place(tmp_path: Path) -> None:
    film = tmp_path / "Reel 1.MOV"
    film.write_bytes(b"not a film at all")
    spare = jobs.SpareReader()
    spare.prepare()
    with spare.take() as first, spare.take() as second:
        assert first.pid != second.pid
        for each in (first, second):
            assert isinstance(jobs.read_timeline(film, start=lambda each=each: each), PlainVideo)  # type: ignore[misc]
            assert not each.is_alive
    spare.close()


def test_a_reader_that_died_while_it_stood_ready_is_not_handed_out() -> None:
    spare = jobs.SpareReader()
    spare.prepare()
    with spare.take() as dead:
        dead.close()
        spare._spare = dead
        with spare.take() as other:
            assert other.is_alive
    spare.close()


def test_no_reader_stands_ready_once_it_was_closed() -> None:
    spare = jobs.SpareReader()
    spare.prepare()
    ready = spare._spare
    assert ready is not None
    spare.close()
    spare.close()
    spare.prepare()
    assert not ready.is_alive
    assert spare._spare is None
