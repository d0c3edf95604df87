"""`v2m export`: a score as a file that a DAW, a picture editor or a notation program opens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from v2m_bridge import jobs
from v2m_bridge.cli_edit import PartsOpt, routing_of
from v2m_bridge.core.exports import EXPORTS, MOST_PRE_ROLL_BARS, Exported, ExportFormat, ExportRequest
from v2m_bridge.core.score import read_score
from v2m_bridge.errors import OutputError, SettingsError
from v2m_bridge.settings import load_settings

ToOpt = Annotated[str, typer.Option("--to", metavar="FORMAT", help=f"One of {', '.join(EXPORTS)}.")]
PreRollOpt = Annotated[int, typer.Option("--pre-roll", metavar="BARS", help="Bars in front of the first frame.")]
ClickOpt = Annotated[bool, typer.Option("--click", help="A click through every cue, with a count-in of two bars.")]
PictureOpt = Annotated[Path | None, typer.Option("--picture", help="Movie of the edit, from its first frame on.")]


def export(
    score: Annotated[Path, typer.Argument(metavar="score.json", help="What v2m score wrote.")],
    to: ToOpt,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="PATH", help="File to write.")],
    chords: Annotated[bool, typer.Option("--chords", help="Chord changes as markers.")] = False,
    emotion: Annotated[bool, typer.Option("--emotion", help="The emotion of each scene as a marker.")] = False,
    pre_roll: PreRollOpt = 0,
    click: ClickOpt = False,
    picture: PictureOpt = None,
    parts: PartsOpt = None,
) -> None:
    """Write a score for a DAW, its markers for a picture editor, or a lead sheet or cue sheet to read."""
    used = {"chords": chords, "emotion": emotion, "pre-roll": pre_roll != 0, "click": click}
    used |= {"picture": bool(picture), "parts": bool(parts)}
    check_export(to, out, frozenset(name for name, is_used in used.items() if is_used))
    if not 0 <= pre_roll <= MOST_PRE_ROLL_BARS:
        raise SettingsError(
            f"a pre-roll of {pre_roll} bars cannot be made", hint=f"Ask for 0 to {MOST_PRE_ROLL_BARS} bars."
        )
    if picture is not None and not picture.is_file():
        raise SettingsError(f"there is no movie {picture}", hint="Name a movie of the edit, or leave out --picture.")
    request = ExportRequest(
        score=read_score(score),
        to=to,
        out_path=str(out.absolute()),
        cache_dir=load_settings().cache_dir,
        chords=chords,
        emotion=emotion,
        pre_roll_bars=pre_roll,
        click=click,
        routing=routing_of(parts),
        picture=str(picture.absolute()) if picture else "",
    )
    with jobs.exporter() as exporter:
        done = exporter.request(request, expect=Exported)
    typer.echo(done.path)


def check_export(to: str, out: Path, options: frozenset[str]) -> ExportFormat:
    """Return the format of this name, when the file can have that name and the format knows these options.

    Raises
    ------
    SettingsError
        When there is no such format, or it does not know an option.
    OutputError
        When files of the format are not named like this.
    """
    kind = EXPORTS.get(to)
    if kind is None:
        raise SettingsError(f"{to[:40]!r} is no format to export to", hint=f"Use one of {', '.join(EXPORTS)}.")
    if out.suffix.lower() not in kind.suffixes:
        raise OutputError(f"cannot write {kind.title} to {out.name}", hint=f"Name it {' or '.join(kind.suffixes)}.")
    for option in sorted(options - kind.options):
        knowing = ", ".join(name for name, each in EXPORTS.items() if option in each.options)
        raise SettingsError(f"--{option} means nothing for {to}", hint=f"Leave it out, or export to {knowing}.")
    return kind
