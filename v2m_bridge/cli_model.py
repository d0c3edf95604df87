"""`v2m model ...`: train, evaluate and describe weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from v2m_bridge.cli_progress import progress_bars

model_app = typer.Typer(help="Train, evaluate and describe the model's weights.", no_args_is_help=True)

DataOpt = Annotated[Path | None, typer.Option("--data", help="Folder of the data sets; $V2M_SHARED/data by default.")]


@model_app.command()
def train(
    config: Annotated[
        Path | None, typer.Argument(help="Training configuration (TOML); starter weights without.")
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for checkpoints and weights.")] = Path("build/train"),
    data: DataOpt = None,
) -> None:
    """Train weights; a run that was stopped goes on where it was."""
    from v2m_bridge.training.train import train_from_config

    with progress_bars() as progress:
        for path in train_from_config(config, out=out, data=data, progress=progress):
            typer.echo(path)


@model_app.command()
def evaluate(
    weights: Annotated[Path | None, typer.Option("--weights", help="Weights (.safetensors); starter without.")] = None,
    data: DataOpt = None,
    split: Annotated[str, typer.Option("--split", help="train or val.")] = "val",
    as_json: Annotated[bool, typer.Option("--json", help="Print one flat JSON object.")] = False,
) -> None:
    """Measure the chord model on songs, beside honest baselines."""
    from v2m_bridge.training.evaluate import evaluate_weights

    with progress_bars() as progress:
        figures = evaluate_weights(weights, data=data, split=split, progress=progress)
    if as_json:
        typer.echo(json.dumps(figures))
        return
    table = Table("Figure", "Value")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4f}")
    Console().print(table)


@model_app.command()
def info(
    weights: Annotated[Path | None, typer.Option("--weights", help="Weights (.safetensors); starter without.")] = None,
) -> None:
    """Say what weights are: kind, sizes, inputs and where they come from."""
    from v2m_bridge.training.describe import describe_weights

    for name, value in describe_weights(weights).items():
        typer.echo(f"{name}: {value}")
