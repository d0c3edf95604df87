"""Every reader is given broken versions of every dialect: an edit or one sentence comes out, each time, in time.

One process reads thousands of them, with the limits of the reader, so that one that dies is noticed.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.timeline.hostile_files import SUFFIXES, Sample, samples, writers

ROOT = Path(__file__).resolve().parents[2]
EVERY_BYTES = 100
QUICK_CUTS = 60


def faults(sample: Sample, how: str, number: float) -> str:
    """Return what a process that reads broken versions of a file complains of."""
    module = [sys.executable, "-m", "tests.timeline.children.fuzz_reader"]
    ended = subprocess.run(
        [*module, str(sample.file), str(sample.path), how, str(number)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=number + 900,
        check=False,
    )
    died = f"ended with {ended.returncode} on {sample.file}:\n{ended.stderr[-3000:]}" if ended.returncode else ""
    return ended.stdout + died


def fuzzed(suffix: str, folder: Path, seconds: float) -> str:
    made = samples(suffix, folder)
    return "".join(faults(sample, "change", seconds / len(made)) for sample in made)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_second_of_changes_gives_edits_or_sentences(suffix: str, tmp_path: Path) -> None:
    assert not fuzzed(suffix, tmp_path, 1)


@pytest.mark.long
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_half_a_minute_of_changes_gives_edits_or_sentences(suffix: str, tmp_path: Path) -> None:
    assert not fuzzed(suffix, tmp_path, 30)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_cut_short_in_many_places_give_edits_or_sentences(suffix: str, tmp_path: Path) -> None:
    sample = samples(suffix, tmp_path)[-1]
    every = max(EVERY_BYTES, sample.file.stat().st_size // QUICK_CUTS)
    assert not faults(sample, "cut", every)


@pytest.mark.long
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_cut_short_at_every_hundredth_byte_give_edits_or_sentences(suffix: str, tmp_path: Path) -> None:
    for sample in samples(suffix, tmp_path):
        assert not faults(sample, "cut", EVERY_BYTES)


def test_every_format_has_a_sample() -> None:
    assert set(SUFFIXES) - {".mp4"} <= set(writers())
