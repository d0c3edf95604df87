"""`v2m model ...`: train, evaluate, describe, import and verify weights."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from v2m_bridge.cli_progress import progress_bars
from v2m_bridge.errors import ModelError
from v2m_bridge.settings import load_settings

model_app = typer.Typer(help="Train, evaluate, describe and import the model's weights.", no_args_is_help=True)

DataOpt = Annotated[Path | None, typer.Option("--data", help="Folder of the corpora.")]
WeightsOpt = Annotated[Path | None, typer.Option("--weights", help="Weights (.safetensors); the starter's without.")]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print one flat JSON object.")]


@model_app.command()
def train(
    config: Annotated[Path | None, typer.Argument(help="Configuration (TOML); the starter's without.")] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for checkpoints and weights.")] = Path("build/train"),
    data: DataOpt = None,
) -> None:
    """Train weights; a run that was stopped goes on where it was.

    Several processes share each batch: accelerate launch --multi_gpu --num_processes N -m v2m_bridge model train ...
    starts them, on graphics cards or, without any, on the processor.
    """
    from v2m_bridge.training.config import read_config
    from v2m_bridge.training.distributed import joined
    from v2m_bridge.training.train import train as train_weights

    settings = read_config(config)
    if data is not None or not settings.data:
        settings = msgspec.structs.replace(settings, data=str(_corpora(data)))
    if not settings.cache:
        settings = msgspec.structs.replace(settings, cache=str(_cache()))
    with joined() as team, progress_bars(quiet=not team.is_first) as progress:
        path = train_weights(settings, out, progress, team)
    if team.is_first:
        typer.echo(path)


@model_app.command()
def evaluate(
    weights: WeightsOpt = None,
    data: DataOpt = None,
    split: Annotated[str, typer.Option("--split", help="val, train, or another published split such as test.")] = "val",
    train_data: Annotated[
        Path | None,
        typer.Option("--train-data", help="MuVi-Sync with the split train, which baselines count, if not --data."),
    ] = None,
    against: Annotated[Path | None, typer.Option("--against", help="Other weights to compare with.")] = None,
    as_json: JsonOpt = False,
) -> None:
    """Measure a model beside honest baselines: on songs, or on MuVi-Sync where its weights read pictures."""
    from v2m_bridge.training.evaluate import evaluate as evaluate_weights

    with progress_bars() as progress:
        figures = evaluate_weights(
            weights, _corpora(data), split, cache=_cache(), train_data=train_data, against=against, progress=progress
        )
    if not figures.get("n_training_songs", 1):
        typer.echo("No training songs are here, so that there are no baselines: name some with --train-data.", err=True)
    if as_json:
        _show(figures, as_json=True)
    else:
        _show_evaluation(figures)


@model_app.command()
def info(weights: WeightsOpt = None) -> None:
    """Say what weights are: kind, sizes, inputs and where they come from."""
    from v2m_bridge.training.checkpoints import describe

    for name, value in describe(weights).items():
        typer.echo(f"{name}: {value}")


@model_app.command("import")
def import_weights(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="A published checkpoint.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="F.safetensors", help="File to write.")],
) -> None:
    """Convert a published checkpoint; nothing in it is executed."""
    from v2m_bridge.training.checkpoints import import_checkpoint

    typer.echo(import_checkpoint(source, out))


@model_app.command()
def verify(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="A checkpoint, or the folder that holds both.")],
    expected: Annotated[Path, typer.Argument(metavar="EXPECTED.npz", help="What the published code gives.")],
    as_json: JsonOpt = False,
) -> None:
    """Show the largest difference per array from what the published code gives; exit 1 above tolerance."""
    from v2m_bridge.training.checkpoints import TOLERANCES
    from v2m_bridge.training.checkpoints import verify as differences_of

    differences = differences_of(source, expected)
    _show(differences, as_json=as_json)
    if any(difference > TOLERANCES[name] for name, difference in differences.items()):
        raise typer.Exit(1)


def _cache() -> Path:
    return Path(load_settings().cache_dir) / "corpora"


def _corpora(data: Path | None) -> Path:
    folder = data or Path(os.environ.get("V2M_SHARED") or "../shared") / "data"
    if not folder.is_dir():
        raise ModelError(f"there is no folder {folder} with the corpora", hint="Name it with --data.")
    return folder


def _show(figures: dict[str, float], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(figures))
        return
    table = Table("Figure", "Value")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4g}")
    Console().print(table)


def _show_evaluation(figures: dict[str, float]) -> None:
    from v2m_bridge.training.evaluate_table import COLUMNS, sections

    table = Table(*COLUMNS)
    for section in sections(figures):
        for row in section:
            table.add_row(*row)
        table.add_section()
    Console().print(table)
