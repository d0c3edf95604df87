"""The benchmarks as programs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS, main, page

# What other programs read from each benchmark.
KEYS = {"startup": {"import_s", "python_s"}}


def test_startup_prints_one_flat_json_object_with_its_keys() -> None:
    command = [sys.executable, "-m", "benchmarks", "startup", "--json"]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert set(figures) >= KEYS["startup"]
    assert all(isinstance(value, int | float) for value in figures.values())


def test_a_benchmark_that_does_not_exist_is_refused_with_the_names_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["nothing"], []):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
    assert all(name in capsys.readouterr().err for name in BENCHMARKS)


def test_the_page_shows_every_figure(tmp_path: Path) -> None:
    text = page({name: {"some_s": 0.25, "ratio": 3} for name in BENCHMARKS})
    assert text.count("| some_s | 0.25 |") == len(BENCHMARKS)
    assert all(f"## {name}\n" in text for name in BENCHMARKS)
    assert not list(tmp_path.iterdir())
