"""`v2m analyse`: features of many media into the cache, before anyone needs them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from v2m_bridge import jobs, watched
from v2m_bridge.cli_edit import VisionOpt, means_of, warn
from v2m_bridge.cli_progress import progress_bars
from v2m_bridge.core.work import Analysed, AnalyseRequest, Farmed, FarmRequest, Means
from v2m_bridge.errors import MediaError
from v2m_bridge.settings import load_settings

SUFFIXES: Final = tuple(
    ".3gp .avi .dv .flv .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .mxf .ogv .ts .vob .webm .wmv".split()  # noqa: SIM905
)
"""What is looked for in folders; a file that is named may have any suffix."""


class Engine(StrEnum):
    """Where the work is done."""

    LOCAL = "local"
    RAY = "ray"


def analyse(
    many: Annotated[list[Path], typer.Argument(metavar="MANY...", help="Videos, and folders of videos.")],
    engine: Annotated[Engine, typer.Option("--engine", help="This machine, or a Ray cluster.")] = Engine.LOCAL,
    vision: VisionOpt = None,
) -> None:
    """Look at many media, so that edits of them are composed at once; what was looked at before costs nothing."""
    paths = media_in(many)
    means = means_of(load_settings(), None, vision)
    farmed = _on_this_machine(paths, means) if engine is Engine.LOCAL else _on_ray(paths, means)
    warn(farmed.warnings)
    if not farmed.seen:
        raise MediaError("nothing could be looked at", hint="Name video files, or folders that hold some.")
    Console().print(media_table(farmed.seen))


def media_in(many: Iterable[Path]) -> tuple[Path, ...]:
    """Return files as they are named and the videos in folders and their folders, in order of name, each once.

    Raises
    ------
    MediaError
        When there is no such file or folder.
    """
    found: dict[Path, None] = {}
    for place in many:
        if not place.exists():
            raise MediaError(f"there is no file or folder {place}", hint="Check the path.")
        inside = sorted(place.rglob("*")) if place.is_dir() else [place]
        named = (path for path in inside if not place.is_dir() or (path.suffix.lower() in SUFFIXES and path.is_file()))
        found |= dict.fromkeys(path.absolute() for path in named)
    return tuple(found)


def media_table(seen: Iterable[Analysed]) -> Table:
    """Return a row for each medium."""
    table = Table("Medium", "Length", "Cuts", "Seen by")
    for medium in seen:
        minutes, seconds = divmod(round(medium.duration_s), 60)
        table.add_row(Path(medium.path).name, f"{minutes}:{seconds:02}", str(medium.n_cuts), medium.backend)
    return table


def _on_this_machine(paths: Iterable[Path], means: Means) -> Farmed:
    seen, warnings = list[Analysed](), list[str]()
    with progress_bars() as progress, watched.Worker() as worker:
        for path in paths:
            request = AnalyseRequest(means=means, path=str(path))
            try:
                seen.append(worker.request(request, expect=Analysed, on_progress=progress))
            except MediaError as exc:
                warnings.append(str(exc))
    return Farmed(seen=tuple(seen), warnings=tuple(warnings))


def _on_ray(paths: Iterable[Path], means: Means) -> Farmed:
    with progress_bars() as progress, jobs.worker() as worker:
        request = FarmRequest(means=means, paths=tuple(map(str, paths)))
        return worker.request(request, expect=Farmed, on_progress=progress)
