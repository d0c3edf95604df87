"""``make demo``: score and render a small edit of real footage, show what was composed, and play ten seconds of it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from demo_edit import write_edit
from demo_stream import stream
from rich.console import Console
from rich.table import Table

from v2m_bridge.cli_tables import show_score
from v2m_bridge.core.score import read_score

ROOT: Final = Path(__file__).resolve().parent.parent
DEMO: Final = ROOT / "build" / "demo"
EDIT: Final = DEMO / "edit" / "demo.otio"
WRITTEN: Final = {
    "demo.mp4": "the picture with its music",
    "score.mid": "the music for a DAW, with tempo, markers and one track for each part",
    "score.json": "everything that was composed",
    "cues.csv": "where music goes; edit it and give it back with --cues",
    "markers.csv": "cues, hits and scenes as markers",
    "report.json": "what was seen, which hits are met and what could not be",
    "edit/demo.otio": "the edit itself",
}


def v2m(*arguments: str | Path) -> None:
    """Run a command of v2m; it draws its own progress, and what it says at the end is shown by the demo instead."""
    subprocess.run(
        (sys.executable, "-c", "from v2m_bridge.cli import main; main()", *map(str, arguments)),
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def main() -> int:
    """Run the demo; 0 when everything is there."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    start = time.monotonic()
    for name in WRITTEN:
        (DEMO / name).unlink(missing_ok=True)
    write_edit(ROOT / "build" / "footage", EDIT)
    try:
        v2m("score", EDIT, "-o", DEMO)
        v2m("render", DEMO / "score.json", "-o", DEMO / "demo.mp4")
    except subprocess.CalledProcessError as exc:
        return int(exc.returncode)
    console.print()
    show_score(read_score(DEMO / "score.json"), console)
    table = Table(title="Written", title_justify="left")
    table.add_column("File", no_wrap=True)
    table.add_column("What it is")
    missing = [name for name in WRITTEN if not (DEMO / name).is_file() or not (DEMO / name).stat().st_size]
    for name, what in WRITTEN.items():
        table.add_row((DEMO / name).relative_to(ROOT).as_posix(), "[red]missing" if name in missing else what)
    console.print(table)
    streamed = stream(EDIT, DEMO / "session", console)
    console.print(f"{time.monotonic() - start:.0f} s")
    return 0 if streamed and not missing else 1


if __name__ == "__main__":
    sys.exit(main())
