"""The page of the ablations: tables, and what three runs of each can tell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Final

from benchmarks.ablation_runs import SMALL, VARIANTS, Result

COLUMNS: Final = {
    "hits_at_1": "Hits@1", "hits_at_3": "Hits@3", "hits_at_5": "Hits@5", "cross_entropy": "cross-entropy",
    "emotion_bce": "emotion loss", "emotion_bce_seconds": "emotion loss without padding",
    "correspondence": "correspondence",
}  # fmt: skip
_T_95: Final = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78}
"""Two-sided 95 % points of Student's t for so many runs."""
Results = Mapping[str, Sequence[Result]]
"""Runs of each variant; the first of each is of seed 0, the second of seed 1, and so on."""


def spread(values: Sequence[float]) -> str:
    """Write mean and standard deviation."""
    deviation = f" ± {stdev(values):.4f}" if len(values) > 1 else ""
    return f"{mean(values):.4f}{deviation}"


def table(results: Results) -> str:
    """Return a row for each variant: mean and standard deviation over its seeds."""
    rows = ["| variant | parameters | runs | " + " | ".join(COLUMNS.values()) + " |", "|---" * (3 + len(COLUMNS)) + "|"]
    for name, runs in results.items():
        cells = [spread([float(found[column]) for found in runs]) for column in COLUMNS]
        size = f"{float(runs[0]['parameters']) / 1e6:.2f} M"
        rows.append(f"| {VARIANTS[name].says} | {size} | {len(runs)} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def differences(results: Results, column: str) -> str:
    """Return, for each variant, its difference to the one that it is compared with, seed by seed."""
    rows = [f"| variant | {COLUMNS[column]}: difference | 95 % interval over seeds | |", "|---|---|---|---|"]
    for name, runs in results.items():
        beside = VARIANTS[name].beside
        if name == beside or beside not in results:
            continue
        pairs = [float(a[column]) - float(b[column]) for a, b in zip(runs, results[beside], strict=False)]
        rows.append(f"| {VARIANTS[name].says} | {mean(pairs):+.4f} | {_interval(pairs)} |")
    return "\n".join(rows)


def strangers(results: Results) -> str:
    """Return what changes when a trained model is shown the features of other videos."""
    rows = ["| variant | Hits@1 | Hits@3 | Hits@5 | cross-entropy | correspondence |", "|---" * 6 + "|"]
    for name in ("full", "emotion-loss", "recall"):
        runs = results.get(name, ())
        if runs:
            columns = ("hits_at_1", "hits_at_3", "hits_at_5", "cross_entropy", "correspondence")
            moved = [mean([float(f[f"others_{c}"]) - float(f[c]) for f in runs]) for c in columns]
            rows.append(f"| {VARIANTS[name].says} | " + " | ".join(f"{value:+.5f}" for value in moved) + " |")
    return "\n".join(rows)


def page(results: Results, bounds: Mapping[str, float]) -> str:
    """Return the Markdown page."""
    seconds = [float(found["processor_s"]) for runs in results.values() for found in runs]
    size = f"width {SMALL['d_model']}, {SMALL['n_encoder_layers']} + {SMALL['n_decoder_layers']} layers"
    steps = f"{SMALL['n_steps']} steps of {SMALL['batch_songs']} videos"
    return "\n\n".join(
        (
            "# Ablations",
            "What each part of the published recipe is worth. Made by `python -m benchmarks ablations --write "
            "docs/ablations.md`, which trains what is missing and shows the rest.",
            f"Small models of the published architecture ({size}; {steps}, {n_epochs():.1f} times over the train split "
            f"of MuVi-Sync; the averaged weights with the lowest validation loss), measured on its val split as "
            f"published. Mean and standard deviation over runs with other seeds; {len(seconds)} runs of "
            f"{mean(seconds):.0f} s of one processor core each. A run is one small JSON file in `build/ablations`.",
            table(results),
            f"A model that answers every second alike and looks at nothing has an emotion loss of "
            f"{bounds['emotion_bce']:.4f} ({bounds['emotion_bce_seconds']:.4f} without padding).",
            conclusions(results, bounds),
            "## Differences, seed by seed",
            differences(results, "hits_at_1"),
            differences(results, "cross_entropy"),
            "## Trained models shown the features of other videos",
            strangers(results),
        )
    )


def conclusions(results: Results, bounds: Mapping[str, float]) -> str:
    """Say in sentences what the runs show, as far as there are any."""
    said = []
    if "emotion-loss" in results and "full" in results:
        without, with_loss = _mean(results, "full", "emotion_bce"), _mean(results, "emotion-loss", "emotion_bce")
        blind = bounds["emotion_bce"]
        verdict = "better than" if with_loss < blind else "no better than"
        said.append(
            f"The emotion loss in training lowers the measured one from {without:.4f} to {with_loss:.4f}. Looking at "
            f"nothing gives {blind:.4f}, so the trained model is {verdict} blind; Hits@1 goes from "
            f"{_mean(results, 'full', 'hits_at_1'):.4f} to {_mean(results, 'emotion-loss', 'hits_at_1'):.4f}."
        )
    for name, beside in (("all-hidden", "full"), ("shuffled", "full"), ("recall-all-hidden", "recall")):
        if name in results and beside in results:
            said.append(
                f"{VARIANTS[name].says.capitalize()}: Hits@1 {_mean(results, name, 'hits_at_1'):.4f} beside "
                f"{_mean(results, beside, 'hits_at_1'):.4f}, cross-entropy {_mean(results, name, 'cross_entropy'):.4f} "
                f"beside {_mean(results, beside, 'cross_entropy'):.4f}."
            )
    if "full" in results:
        moved = _mean(results, "full", "others_hits_at_1") - _mean(results, "full", "hits_at_1")
        said.append(f"A trained model that is shown the features of other videos changes its Hits@1 by {moved:+.4f}.")
    return "\n".join(f"- {sentence}" for sentence in said)


def _mean(results: Results, name: str, column: str) -> float:
    return mean(float(found[column]) for found in results[name])


def n_epochs(n_videos: int = 597) -> float:
    """How often a run sees the train split."""
    return float(SMALL["n_steps"] * SMALL["batch_songs"] / n_videos)


def _interval(pairs: Sequence[float]) -> str:
    if len(pairs) not in _T_95:
        return "one run | not told"
    half = _T_95[len(pairs)] * stdev(pairs) / math.sqrt(len(pairs))
    told = "differs" if abs(mean(pairs)) > half else "no difference that the runs can tell"
    return f"{mean(pairs) - half:+.4f} to {mean(pairs) + half:+.4f} | {told}"
