"""`v2m versions list | restore | remark`: every music that a cue has had, and the way back to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from v2m_bridge import jobs
from v2m_bridge.bridge import Bridge
from v2m_bridge.cli_edit import PartsOpt, routing_of
from v2m_bridge.core.commands import RestoreVersion
from v2m_bridge.core.exports import DeliverRequest, Exported
from v2m_bridge.core.score import Score, read_score
from v2m_bridge.errors import SettingsError
from v2m_bridge.version_store import (
    Damaged,
    Version,
    cues_with_versions,
    folder_of,
    list_versions,
    locks_by_cue,
    read_version,
    restored,
    set_remark,
)

versions_app = typer.Typer(help="Versions of the music of each cue.", no_args_is_help=True)

FolderArg = Annotated[Path, typer.Argument(metavar="DIR", help="Folder that v2m score wrote to, or of a session.")]
CueArg = Annotated[str, typer.Argument(metavar="CUE", help="Number of the cue, such as 1m02.")]
VersionArg = Annotated[int, typer.Argument(metavar="N", help="Number of the version.")]


@versions_app.command("list")
def list_all(folder: FolderArg) -> None:
    """Show every version of every cue; a star marks what score.json has."""
    place = _place(folder)
    score = read_score(place.parent / "score.json")
    table = Table("Cue", "Version", "Picture", "In", "Key", "Style", "Emotion", "Seed", "Remark")
    for cue in cues_with_versions(place):
        for version in list_versions(place, cue):
            table.add_row(cue, *_row(version, score))
    Console().print(table)


@versions_app.command()
def restore(folder: FolderArg, cue: CueArg, version: VersionArg, parts: PartsOpt = None) -> None:
    """Bring an earlier version of a cue back, byte for byte; the version that it replaces stays in the list."""
    place = _place(folder)
    found = read_version(place, cue, version)
    if _is_session(folder):
        with Bridge(folder.absolute(), []) as bridge:
            bridge.do(RestoreVersion(cue, version))
        typer.echo(f"{cue} is staged as version {version}")
        return
    score = restored(read_score(folder / "score.json"), found)
    request = DeliverRequest(
        score=score, folder=str(folder.absolute()), locks=locks_by_cue(score, place), routing=routing_of(parts)
    )
    with jobs.exporter() as exporter:
        done = exporter.request(request, expect=Exported)
    typer.echo(f"{cue} is version {version} again\n{done.path}")


@versions_app.command()
def remark(
    folder: FolderArg,
    cue: CueArg,
    version: VersionArg,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to say of it; nothing removes it.")],
) -> None:
    """Say something of a version, such as what the director thought."""
    set_remark(_place(folder), cue, version, text)


def _place(folder: Path) -> Path:
    place = folder_of(folder)
    if not place.is_dir():
        raise SettingsError(
            f"{folder} holds no versions", hint="Name a folder that v2m score wrote to, or of a session."
        )
    return place


def _is_session(folder: Path) -> bool:
    return (folder / "journal").is_file()


def _row(version: Version | Damaged, score: Score) -> tuple[str, ...]:
    if isinstance(version, Damaged):
        return (str(version.version), "damaged", "", "", "", "", "", version.why)
    music = version.music
    now = score.cue_of(music.number)
    star = "*" if now is not None and now.version == music.version else ""
    place = score.label(music.in_frame)
    return (
        *(f"{music.version}{star}", version.about.revision[:8], place, music.key, music.style, music.emotion),
        *(str(music.seed), version.remark),
    )
