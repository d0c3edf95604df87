"""Re-edits and long edits, measured by the benchmarks as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.footage import ROOT, footage

pytestmark = pytest.mark.long


def _measured(name: str) -> dict[str, float]:
    footage()
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", name, "--json"],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if not key.startswith("V2M_")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    figures: dict[str, float] = json.loads(run.stdout)
    return figures


def test_after_one_cut_has_moved_the_score_is_there_within_a_second_and_nearly_all_of_it_stays() -> None:
    figures = _measured("reedit")
    if sys.platform == "linux":
        assert figures["p95_cpu_s"] < 1.0
    if _is_quiet():
        assert figures["p95_s"] < 1.0
    assert figures["ratio_to_anew"] < 0.5
    assert figures["kept_slots_pct"] > 90


def test_two_hours_and_two_thousand_scenes_fit_into_memory_and_take_no_longer_each_than_a_hundred() -> None:
    figures = _measured("scale")
    assert figures["peak_rss_mb"] < 1500
    assert figures["time_per_scene_ratio"] < 1.25
    assert figures["reedit_time_per_scene_ratio"] < 1.25


def _is_quiet() -> bool:
    """Whether nothing else takes the processors, so that the clock on the wall tells something."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] < (os.cpu_count() or 1) + 0.5
