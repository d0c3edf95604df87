"""A DAW that imports a score names its cues beside it, and they are handed over."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.core.commands import HANDED_OVER, StandCue
from v2m_bridge.engine.daw_imports import NAME, DawImports, imported
from v2m_bridge.engine.inbox import Asked, Message

_TEXT = st.binary(max_size=200)


@pytest.fixture
def posted(tmp_path: Path) -> Iterator[queue.SimpleQueue[Message]]:
    (tmp_path / NAME).write_text("9m99\n")
    inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
    imports = DawImports(tmp_path, inbox.put)
    imports.start()
    yield inbox
    imports.close()
    imports.close()


def _next(inbox: queue.SimpleQueue[Message]) -> object:
    message = inbox.get(timeout=10)
    assert isinstance(message, Asked)
    return message.command


def test_each_import_hands_its_cues_over_and_what_lay_there_counts_for_nothing(
    posted: queue.SimpleQueue[Message], tmp_path: Path
) -> None:
    for cues in (("1m01", "1m02"), ("1m02",)):
        (tmp_path / NAME).write_text("\n".join(cues) + "\n")
        assert [_next(posted) for _ in cues] == [StandCue(cue, HANDED_OVER) for cue in cues]
    assert posted.empty()


@given(_TEXT)
def test_any_bytes_are_read(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(data)
    found = imported(path)
    assert len(set(found)) == len(found)
    assert all(cue and cue == cue.strip() for cue in found)


def test_a_file_that_is_gone_names_nothing(tmp_path: Path) -> None:
    assert imported(tmp_path / NAME) == ()
