"""`v2m theme add | list`: melodies of your own that cues can state."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from v2m_bridge.cli_edit import warn
from v2m_bridge.core.theme import check_theme_name
from v2m_bridge.errors import DirectionError
from v2m_bridge.theme_midi import read_theme
from v2m_bridge.theme_store import keep_theme, load_theme, theme_names, themes_folder

theme_app = typer.Typer(help="Themes: melodies of your own that cues can state.", no_args_is_help=True)


@theme_app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What cues call it.")],
    file: Annotated[Path, typer.Argument(metavar="FILE.mid", help="A MIDI file with a melody of 2 to 16 bars.")],
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of a theme of that name.")] = False,
) -> None:
    """Keep the highest voice of the first melodic track of a MIDI file as a theme."""
    try:
        check_theme_name(name)
    except ValueError as exc:
        raise DirectionError(str(exc), hint="Choose another name.") from exc
    theme = read_theme(file, name)
    path = keep_theme(theme, replace=replace)
    typer.echo(f"{name}: {theme.n_bars} bars, {len(theme.notes)} notes, {theme.key.text()}\n{path}")


@theme_app.command("list")
def list_themes() -> None:
    """Show the themes that there are."""
    names, table, wrong = theme_names(), Table("Theme", "Key", "Meter", "Bars", "Notes"), []
    for name in names:
        try:
            theme = load_theme(name)
        except DirectionError as exc:
            wrong.append(exc.sentence())
            continue
        meter = f"{theme.meter.beats}/{theme.meter.unit}"
        table.add_row(name, theme.key.text(), meter, str(theme.n_bars), str(len(theme.notes)))
    if table.row_count:
        Console().print(table)
    elif not names:
        typer.echo(f"There is no theme in {themes_folder()}; add one with v2m theme add NAME FILE.mid.")
    warn(wrong)
