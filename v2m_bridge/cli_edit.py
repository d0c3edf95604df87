"""What the commands that take an edit share: their options, reading the edit, and warnings."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from v2m_bridge import jobs
from v2m_bridge.cli_progress import progress_bars
from v2m_bridge.core.rate_text import rate_of
from v2m_bridge.core.routing import Routing
from v2m_bridge.core.routing_text import load_routing
from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.core.work import Means
from v2m_bridge.errors import SettingsError
from v2m_bridge.settings import Settings, parts_path

err = Console(stderr=True, highlight=False)

InputArg = Annotated[
    Path,
    typer.Argument(
        metavar="INPUT",
        help="A timeline export (.otio, .edl, .fcpxml, .xml, .aaf ...), a video, or a folder of images.",
    ),
]
MediaOpt = Annotated[list[Path] | None, typer.Option("--media", help="Folder to search for media; may be repeated.")]
RateOpt = Annotated[str | None, typer.Option("--rate", help="Frames per second where the file does not say.")]
VisionOpt = Annotated[str | None, typer.Option("--vision", help="auto, compact or clip[:NAME].")]
GuideOpt = Annotated[Path | None, typer.Option("--guide", help="Movie of the edit, seen where media are offline.")]
GuideStartOpt = Annotated[str | None, typer.Option("--guide-start", help="Timecode of the guide's first frame.")]

PartsOpt = Annotated[
    Path | None, typer.Option("--parts", help="Ports, channels, registers and controllers of parts (parts.toml).")
]


def routing_of(parts: Path | None) -> Routing:
    """Read the parts file that was named, else the user's own where there is one.

    Raises
    ------
    SettingsError
        When it is not there or cannot be followed.
    """
    return load_routing(parts) if parts else load_routing(parts_path(), must_exist=False)


def read_edit(edit: Path, media: list[Path] | None, rate: str | None) -> Timeline | PlainVideo:
    """Read an edit in a process of its own."""
    folders = folders_of(media)
    with progress_bars() as progress:
        progress("Reading the edit", 0, 1)
        timeline = jobs.read_timeline(edit.absolute(), media_dirs=folders, rate=rate_of(rate))
        progress("Reading the edit", 1, 1)
    return timeline


def folders_of(media: list[Path] | None) -> tuple[Path, ...]:
    """Return the folders to look for media in.

    Raises
    ------
    SettingsError
        When one of them is not there.
    """
    for folder in media or ():
        if not folder.is_dir():
            raise SettingsError(
                f"there is no folder {folder} to look for media in", hint="Name a folder with --media, or leave it out."
            )
    return tuple(media or ())


def guide_of(guide: Path | None, start: str | None) -> tuple[str, str]:
    """Return path and start of a guide movie as requests carry them, empty where there is none.

    Raises
    ------
    SettingsError
        When a start is given without a guide.
    """
    if guide is None and start:
        raise SettingsError("--guide-start is given without a guide", hint="Name the movie with --guide, too.")
    return str(guide.absolute()) if guide else "", start or ""


def means_of(settings: Settings, weights: Path | None, vision: str | None) -> Means:
    """Join the user's settings with what the command line says."""
    return Means(
        cache_dir=settings.cache_dir,
        vision=vision or settings.vision,
        weights=str(weights.absolute()) if weights else settings.weights,
        threads=settings.threads,
        precision=settings.precision,
    )


def warn(warnings: Iterable[str]) -> None:
    """Print warnings, one sentence each."""
    for warning in warnings:
        err.print(f"Warning: {warning}.", style="yellow", markup=False)
