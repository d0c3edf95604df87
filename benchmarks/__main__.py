"""``python -m benchmarks NAME [--json]`` measures one thing; ``--write FILE`` measures all and writes a page.

``python -m benchmarks ablations`` trains models, which takes hours, and has options of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from benchmarks import ablations, affect, arrange, decode, midi_jitter, music, reedit, scale, startup, tempo_fit, vision

Measure = Callable[[], Mapping[str, float]]
BENCHMARKS: Final[Mapping[str, Measure]] = {
    "affect": affect.measure,
    "arrange": arrange.measure,
    "decode": decode.measure,
    "midi-jitter": midi_jitter.measure,
    "reedit": reedit.measure,
    "scale": scale.measure,
    "startup": startup.measure,
    "tempo-fit": tempo_fit.measure,
    "vision": vision.measure,
}
COMMANDS: Final[Mapping[str, Callable[[list[str]], int]]] = {"ablations": ablations.main, "music": music.main}
"""What has options of its own and is not measured with all."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in COMMANDS:
        return COMMANDS[given[0]](given[1:])
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure this machine.")
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), help="what to measure")
    parser.add_argument("--json", action="store_true", help="print one flat JSON object")
    parser.add_argument("--write", type=Path, metavar="FILE", help="measure everything and write a Markdown page")
    chosen = parser.parse_args(given)
    if chosen.write:
        found = {name: measure() for name, measure in sorted(BENCHMARKS.items())}
        chosen.write.write_text(page(found), encoding="utf-8")
        print(f"wrote {chosen.write}")
    elif chosen.name:
        figures = BENCHMARKS[chosen.name]()
        print(json.dumps(figures) if chosen.json else table(figures))
    else:
        parser.error("name what to measure, or give --write FILE")
    return 0


def page(found: Mapping[str, Mapping[str, float]]) -> str:
    """Return the Markdown page of all figures."""
    machine = f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    head = ("# Benchmarks", f"Written by `make bench`; {machine}. Names that end in `_s` are seconds.")
    sections = (f"## {name}\n\n{_purpose(name)}\n\n{table(figures)}" for name, figures in found.items())
    return "\n\n".join((*head, *sections)) + "\n"


def table(figures: Mapping[str, float]) -> str:
    """Return figures as a Markdown table."""
    rows = (f"| {key} | {value:.4g} |" for key, value in figures.items())
    return "\n".join(("| figure | value |", "|---|---|", *rows))


def _purpose(name: str) -> str:
    return (sys.modules[BENCHMARKS[name].__module__].__doc__ or "").strip()


if __name__ == "__main__":
    sys.exit(main())
