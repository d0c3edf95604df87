"""Edits that would take all time and memory cost one sentence, through the process that reads."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.timeline.hostile_edits import ATTACKS, Attack, put
from tests.timeline.hostile_files import SUFFIXES, VIDEO
from v2m_bridge import jobs
from v2m_bridge.core.timeline import PlainVideo
from v2m_bridge.errors import V2MError
from v2m_bridge.reader import MEMORY_LIMIT_BYTES
from v2m_bridge.timeline import read

KILLING_S = 1.5
"""For what a busy machine needs to end a process and to look at the clock."""
LONGEST_SENTENCE = 400
CASES = [(attack, suffix) for attack in ATTACKS for suffix in attack.suffixes]
IN_A_PROCESS = [
    pytest.param(
        attack,
        suffix,
        marks=() if attack.heavy and suffix == attack.suffixes[0] else (pytest.mark.long,),
        id=f"{attack.name}-{suffix}",
    )
    for attack, suffix in CASES
]
"""The heavy ones, of formats that are read alike one; all others where there is time."""
HERE = [pytest.param(attack, suffix, id=f"{attack.name}-{suffix}") for attack, suffix in CASES if not attack.heavy]


@dataclass
class Measured:
    """Of the last child: seconds from its readiness to its answer or end, and its memory before and at its largest."""

    took_s: float = 0.0
    before_mb: float = 0.0
    peak_mb: float = 0.0


def memory_mb(pid: int, what: str) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(what):
                return int(line.split()[1]) / 1024
    return 0.0


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Measured:
    """Measure every reader that `jobs` starts."""
    found = Measured()

    class MeasuredChild(jobs.Child):
        def request(self, *given: Any, **more: Any) -> Any:
            self.wait_until_ready()
            pid, ended = self._process.pid, threading.Event()
            found.before_mb = memory_mb(pid, "VmRSS")
            watcher = threading.Thread(target=watch, args=(pid, ended))
            watcher.start()
            before_s = time.monotonic()
            try:
                return super().request(*given, **more)
            finally:
                found.took_s = time.monotonic() - before_s
                ended.set()
                watcher.join()

    def watch(pid: int, ended: threading.Event) -> None:
        while not ended.wait(0.01):
            found.peak_mb = max(found.peak_mb, memory_mb(pid, "VmHWM"))

    monkeypatch.setattr(jobs, "Child", MeasuredChild)
    return found


def test_every_format_is_attacked() -> None:
    assert {suffix for _, suffix in CASES} == set(SUFFIXES)


def checked(exc: V2MError, attack: Attack, path: Path) -> str:
    """Return a sentence after checking that it names the file, is one, and is the one that is meant."""
    said = exc.sentence()
    assert any(words in said for words in attack.words.split("|")), said
    assert path.name in said
    assert exc.hint
    assert "\n" not in said
    assert len(said) <= LONGEST_SENTENCE
    return said


@pytest.mark.parametrize(("attack", "suffix"), HERE)
def test_an_attack_costs_one_sentence(attack: Attack, suffix: str, tmp_path: Path) -> None:
    path = put(attack, suffix, tmp_path)
    if suffix == VIDEO:
        assert isinstance(read(path), PlainVideo)
        return
    before_s = time.process_time()
    with pytest.raises(V2MError) as caught:
        read(path)
    checked(caught.value, attack, path)
    assert time.process_time() - before_s < jobs.READ_LIMIT_S
    assert not list(tmp_path.parent.glob("out.mov"))


@pytest.mark.parametrize(("attack", "suffix"), IN_A_PROCESS)
def test_time_and_memory_of_the_reader_are_bounded(
    attack: Attack, suffix: str, tmp_path: Path, measured: Measured
) -> None:
    path = put(attack, suffix, tmp_path)
    said = "named, never opened"
    if suffix == VIDEO:
        assert isinstance(jobs.read_timeline(path), PlainVideo)
    else:
        with pytest.raises(V2MError) as caught:
            jobs.read_timeline(path)
        said = checked(caught.value, attack, path)
    print(f"| {attack.name} | {suffix} | {said} | {measured.took_s:.2f} s | {measured.peak_mb:.0f} MB |")  # noqa: T201
    assert measured.took_s < jobs.READ_LIMIT_S + KILLING_S
    assert measured.peak_mb - measured.before_mb < MEMORY_LIMIT_BYTES / 1024**2
    assert not list(tmp_path.glob("**/core*"))
