"""Two short real clips to look at; see .ci/footage.py for where they come from."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent
_FOLDER: Final = ROOT / "build" / "footage"


class Footage(NamedTuple):
    """Paths of the clips."""

    bikes: Path
    """640 x 272, 25 fps, 250 frames, no sound; six shots with cuts at frames 30, 76, 137, 187 and 242."""
    big_buck_bunny: Path
    """1280 x 720, 25 fps, 132 frames, with sound; one shot."""


@cache
def footage() -> Footage:
    """Return the clips, fetched first where they are absent."""
    clips = Footage(_FOLDER / "bikes.mp4", _FOLDER / "bigbuckbunny.mp4")
    if not all(clip.is_file() for clip in clips):
        subprocess.run([sys.executable, str(ROOT / ".ci" / "footage.py")], check=True, stdin=subprocess.DEVNULL)
    return clips
