"""What each part of the published recipe is worth: small chord models of MuVi-Sync, each with one thing changed.

``python -m benchmarks ablations [--seeds 3] [--only NAME ...] [--json] [--write FILE]`` trains what is missing and
prints a table; every finished run is one small JSON file in ``build/ablations``, and a run that was stopped goes on
where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from statistics import mean

from benchmarks.ablation_figures import blind_bounds
from benchmarks.ablation_page import COLUMNS, page, table
from benchmarks.ablation_runs import VARIANTS, Result, finished, library_of, run


def measure(seeds: int, names: list[str], data: Path, folder: Path, *, only_finished: bool) -> dict[str, list[Result]]:
    """Return the runs of each variant; those that are missing are trained now, unless only finished ones are wanted."""
    folder.mkdir(parents=True, exist_ok=True)
    results: dict[str, list[Result]] = {}
    for seed in range(seeds):
        for name in names:
            found = finished(name, seed, folder)
            if found is None and not only_finished:
                print(f"training {name}, seed {seed}", file=sys.stderr, flush=True)
                found = run(name, seed, data, folder)
            if found is not None:
                results.setdefault(name, []).append(found)
    return {name: results[name] for name in names if name in results}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks ablations", description="Train and compare variants.")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each variant")
    parser.add_argument("--only", nargs="+", choices=sorted(VARIANTS), help="variants; all without")
    parser.add_argument("--data", type=Path, help="folder that holds MuVi-Sync; $V2M_SHARED/data by default")
    parser.add_argument("--out", type=Path, default=Path("build/ablations"), help="folder for results")
    parser.add_argument("--finished", action="store_true", help="train nothing, show what there is")
    parser.add_argument("--json", action="store_true", help="print one flat JSON object of means")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write a Markdown page")
    chosen = parser.parse_args(arguments)
    data = chosen.data or Path(os.environ.get("V2M_SHARED") or "../shared") / "data"
    names = [name for name in VARIANTS if not chosen.only or name in chosen.only]
    results = measure(chosen.seeds, names, data, chosen.out, only_finished=chosen.finished)
    if chosen.write:
        videos = library_of(data, chosen.out).videos
        text = page(results, blind_bounds(videos["train"], videos["val"]))
        chosen.write.write_text(text + "\n", encoding="utf-8")
    flat = {f"{name}_{c}": mean(float(found[c]) for found in runs) for name, runs in results.items() for c in COLUMNS}
    print(json.dumps(flat) if chosen.json else table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
