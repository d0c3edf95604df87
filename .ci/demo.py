"""``make demo``: score and render a small edit of real footage, show what was composed, and play ten seconds of it.

The edit is written as three programs would export it, and each export must give the same score.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from demo_edit import write_edit
from demo_formats import write_edl, write_fcpxml
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
    "report.svg": "cuts, cues, hits, tempo, emotion and density over time",
    "edit/demo.otio": "the edit itself",
    "edit/demo.edl": "the same as a decision list",
    "edit/demo.fcpxml": "the same as Final Cut Pro XML",
}
FOOTAGE: Final = ROOT / "build" / "footage"


def v2m(*arguments: str | Path) -> None:
    """Run a command of v2m; it draws its own progress, and what it says at the end is shown by the demo instead."""
    subprocess.run(
        (sys.executable, "-c", "from v2m_bridge.cli import main; main()", *map(str, arguments)),
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def is_same_score(suffix: str) -> bool:
    """Score the export with this suffix and compare it with the score of the .otio file."""
    edit = EDIT.with_suffix(suffix)
    folder = DEMO / f"from{suffix.replace('.', '_')}"
    v2m("score", edit, "-o", folder, "--media", FOOTAGE)
    score, other = read_score(DEMO / "score.json"), read_score(folder / "score.json")
    return replace(other, source=score.source).to_json() == score.to_json()


def main() -> int:
    """Run the demo; 0 when everything is there."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    start = time.monotonic()
    for name in WRITTEN:
        (DEMO / name).unlink(missing_ok=True)
    write_edit(FOOTAGE, EDIT)
    write_edl(EDIT.with_suffix(".edl"))
    write_fcpxml(FOOTAGE, EDIT.with_suffix(".fcpxml"))
    try:
        v2m("score", EDIT, "-o", DEMO)
        v2m("render", DEMO / "score.json", "-o", DEMO / "demo.mp4")
        same = [is_same_score(suffix) for suffix in (".edl", ".fcpxml")]
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
    if all(same):
        console.print("demo.otio, demo.edl and demo.fcpxml give the same score, byte for byte but for the source path")
    else:
        console.print("[red]demo.otio, demo.edl and demo.fcpxml do not give the same score")
    streamed = stream(EDIT, DEMO / "session", console)
    console.print(f"{time.monotonic() - start:.0f} s")
    return 0 if streamed and all(same) and not missing else 1


if __name__ == "__main__":
    sys.exit(main())
