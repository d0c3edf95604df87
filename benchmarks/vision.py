"""How long looking at two minutes of 1080p25 takes, beside decoding them and beside the published procedure.

The film is real footage, scaled up, cut every few seconds, under a camera that pans and zooms; H.264, kept in
``build/bench``.  The compact backend looks at it, without a cache.  ``ratio_to_decode_only`` is the time of the whole
analysis over that of the quicker of PyAV's ``decode()``, with frame threads, and OpenCV's ``grab()``, of the same file
with nothing else done; ``speedup_vs_reference`` is the time of the published procedure over that of the analysis
(`benchmarks/vision_reference.py`).  Runs take turns and each ratio is within one turn, so that a busy machine is busy
for both; figures are medians.  ``cpu_ratio_to_decode_only`` is the same ratio of processor time.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import av
import cv2

from benchmarks.vision_film import write_film
from benchmarks.vision_reference import analyse_as_published
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.compact import CompactBackend

ROOT: Final = Path(__file__).resolve().parent.parent
SECONDS: Final = 120
TURNS: Final = 3


class Took(NamedTuple):
    """Seconds of one run, by the clock and of the processor."""

    wall_s: float
    cpu_s: float


def measure(seconds: int = SECONDS, turns: int = TURNS) -> dict[str, float]:
    """Return ratios and the seconds that they come from."""
    path = write_film(ROOT / "build" / "bench" / f"vision-{seconds}s.mp4", _clips(), seconds)
    backend = CompactBackend()
    ways: dict[str, Callable[[], object]] = {
        "pyav": lambda: _decode(path),
        "opencv": lambda: _grab(path),
        "analysis": lambda: analyse(path, backend=backend, cache_dir=None),
        "reference": lambda: _as_published(path, backend),
    }
    found = [{name: _took(way) for name, way in ways.items()} for _ in range(turns)]
    return {
        "ratio_to_decode_only": _median(found, lambda t: t["analysis"].wall_s / _quicker(t).wall_s),
        "speedup_vs_reference": _median(found, lambda t: t["reference"].wall_s / t["analysis"].wall_s),
        "cpu_ratio_to_decode_only": _median(found, lambda t: t["analysis"].cpu_s / _quicker(t).cpu_s),
        **{f"{name}_s": round(median(turn[name].wall_s for turn in found), 3) for name in ways},
    }


def _median(found: list[dict[str, Took]], figure: Callable[[dict[str, Took]], float]) -> float:
    return round(median(figure(turn) for turn in found), 3)


def _quicker(turn: dict[str, Took]) -> Took:
    return min(turn["pyav"], turn["opencv"])


def _took(way: Callable[[], object]) -> Took:
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    way()
    return Took(time.perf_counter() - wall_s, time.process_time() - cpu_s)


def _decode(path: Path) -> None:
    with av.open(str(path)) as container:
        stream: Any = container.streams.video[0]
        stream.thread_type = "AUTO"
        for _ in container.decode(stream):
            pass


def _grab(path: Path) -> None:
    film: Any = cv2.VideoCapture(str(path))
    while film.grab():
        pass
    film.release()


def _as_published(path: Path, backend: CompactBackend) -> None:
    with tempfile.TemporaryDirectory() as folder:
        analyse_as_published(path, backend, Path(folder))


def _clips() -> list[Path]:
    """Return the clips that the film is made of, fetched first where they are absent."""
    subprocess.run((sys.executable, str(ROOT / ".ci" / "footage.py")), check=True, stdin=subprocess.DEVNULL)
    return [ROOT / "build" / "footage" / name for name in ("bikes.mp4", "bigbuckbunny.mp4")]
