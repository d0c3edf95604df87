"""A film of any length is looked at in the same memory."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from tests.videos import picture, write_pictures

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory of a process in /proc"),
]

ROOT = Path(__file__).parents[2]
RATE = Fraction(12)
PROGRAM = (
    "import sys; from pathlib import Path\n"
    "from v2m_bridge.vision.analyse import analyse\n"
    "from v2m_bridge.vision.compact import CompactBackend\n"
    "seen = analyse(Path(sys.argv[1]), backend=CompactBackend(), cache_dir=Path(sys.argv[2]))\n"
    "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
    "print(len(seen.features), peak.split()[1])\n"
)


def _peak_mb(path: Path, minutes: int) -> float:
    pictures = ((n / RATE, picture("noise", n % 600, (480, 360))) for n in range(int(60 * minutes * RATE)))
    write_pictures(path, pictures, rate=RATE)
    run = [sys.executable, "-c", PROGRAM, str(path), str(path.parent / "cache")]
    done = subprocess.run(
        run, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, capture_output=True, text=True
    )
    rows, peak_kb = map(int, done.stdout.split())
    assert rows == 60 * minutes
    return peak_kb / 1024


def test_eight_minutes_take_no_more_memory_than_two(tmp_path: Path) -> None:
    two, eight = (_peak_mb(tmp_path / f"{minutes}.mp4", minutes) for minutes in (2, 8))
    # 360 more pictures of 480 x 360, were they kept, are 180 MB.
    assert eight < two + 40, (two, eight)
