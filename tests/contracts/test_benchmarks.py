"""The benchmarks as programs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import midi_jitter, tempo_fit, vision
from benchmarks.__main__ import BENCHMARKS, main, page

# What other programs read from each benchmark.
KEYS = {
    "startup": {"import_s", "python_s"},
    "tempo-fit": {
        "met_on_bar_3pm_pct", "met_on_beat_3pm_pct", "met_on_bar_6pm_pct", "met_on_beat_6pm_pct",
        "met_on_beat_10pm_pct", "met_on_beat_20pm_pct", "irregular_bars_3pm_pct", "irregular_bars_6pm_pct",
        "constant_worse_than_search", "ms_200_hits", "reference_grid_pct",
    },
    "midi-jitter": {
        "jack_within_1_frame_pct", "rtmidi_p99_ms", "rtmidi_limit_ms", "rtmidi_holds", "mido_play_p99_ms",
        "ratio_to_mido", "sched_fifo", "period_ms",
    },
    "vision": {"ratio_to_decode_only", "speedup_vs_reference"},
}  # fmt: skip


@pytest.mark.long
def test_startup_prints_one_flat_json_object_with_its_keys() -> None:
    command = [sys.executable, "-m", "benchmarks", "startup", "--json"]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert set(figures) >= KEYS["startup"]
    assert all(isinstance(value, int | float) for value in figures.values())


def test_tempo_fit_gives_exactly_its_keys_and_the_limits_that_any_edit_keeps() -> None:
    figures = tempo_fit.measure(n_edits=2)
    assert set(figures) == KEYS["tempo-fit"]
    assert figures["constant_worse_than_search"] == 0
    assert all(0 <= value <= 100 for key, value in figures.items() if key.endswith("_pct"))


@pytest.mark.long
def test_vision_gives_its_keys_and_takes_no_less_than_decoding_and_no_more_than_was_published() -> None:
    figures = vision.measure(seconds=4, turns=3)
    assert set(figures) >= KEYS["vision"]
    assert figures["cpu_ratio_to_decode_only"] > 0.8  # 1 but for what else runs on the machine
    assert figures["speedup_vs_reference"] > 1


@pytest.mark.long
def test_midi_jitter_gives_its_keys_and_every_note_of_a_short_run_is_on_its_frame() -> None:
    figures = midi_jitter.measure(n_notes=500, length_ms=3_000, n_rtmidi=300)
    assert set(figures) >= KEYS["midi-jitter"]
    assert figures["jack_within_1_frame_pct"] == 100
    assert figures["rtmidi_p99_ms"] > 0
    assert figures["mido_play_p99_ms"] > 0
    assert figures["period_ms"] == pytest.approx(128 / 48)
    assert figures["rtmidi_limit_ms"] == pytest.approx(128 / 48 + 2 if figures["sched_fifo"] else 2 * 128 / 48 + 4)


def test_a_benchmark_that_does_not_exist_is_refused_with_the_names_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["nothing"], []):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
    refusals = capsys.readouterr().err
    assert all(name in refusals for name in BENCHMARKS)


def test_the_page_shows_every_figure(tmp_path: Path) -> None:
    text = page({name: {"some_s": 0.25, "ratio": 3} for name in BENCHMARKS})
    assert text.count("| some_s | 0.25 |") == len(BENCHMARKS)
    assert all(f"## {name}\n" in text for name in BENCHMARKS)
    assert not list(tmp_path.iterdir())
