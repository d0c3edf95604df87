"""`v2m conform`: what changed between two exports of an edit, scene by scene."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from v2m_bridge import jobs
from v2m_bridge.cli_edit import MediaOpt, RateOpt
from v2m_bridge.core.conform import ChangeKind, Conformed, SceneChange
from v2m_bridge.core.rate_text import rate_of
from v2m_bridge.core.timebase import FrameTime, timecode
from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.errors import TimelineError

_COLOURS: Final = {
    ChangeKind.UNCHANGED: "dim",
    ChangeKind.MOVED: "green",
    ChangeKind.TRIMMED: "yellow",
    ChangeKind.RETIMED: "magenta",
    ChangeKind.NEW: "cyan",
    ChangeKind.REMOVED: "red",
}


def conform(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The earlier export.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The later export.")],
    media: MediaOpt = None,
    rate: RateOpt = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """Say what changed between two exports of an edit, scene by scene."""
    folders, counted = tuple(media or ()), rate_of(rate)
    before = jobs.read_timeline(old.absolute(), media_dirs=folders, rate=counted)
    if isinstance(before, PlainVideo):
        raise _no_scenes(old)
    made = jobs.reread_timeline(new.absolute(), before, media_dirs=folders, rate=counted)
    if isinstance(made, PlainVideo):
        raise _no_scenes(new)
    if as_json:
        typer.echo(json.dumps(conform_json(before, made), indent=1))
        return
    Console().print(conform_table(before, made))
    typer.echo(_summary(made))


def conform_json(old: Timeline, made: Conformed) -> dict[str, Any]:
    """Return the changes as JSON values; frames count from the first frame of their edit."""
    counts = {kind.value: sum(change.kind is kind for change in made.changes) for kind in ChangeKind}
    return {
        "old": {"name": old.name, "rate": str(old.rate), "n_frames": old.end.frame},
        "new": {"name": made.timeline.name, "rate": str(made.timeline.rate), "n_frames": made.timeline.end.frame},
        "counts": counts,
        "changes": [
            {
                "kind": change.kind.value,
                "id": change.id,
                "name": change.name,
                "old_in": change.old_in,
                "old_out": change.old_out,
                "new_in": change.new_in,
                "new_out": change.new_out,
            }
            for change in made.changes
        ],
        "runs": [{"old_in": run.old_in, "new_in": run.new_in, "n_frames": run.n_frames} for run in made.runs],
    }


def conform_table(old: Timeline, made: Conformed) -> Table:
    """Return one row for each scene of the new edit, then those that were removed."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in ("Was at", "Is at"):
        table.add_column(column, no_wrap=True)
    table.add_column("Frames", justify="right", no_wrap=True)
    table.add_column("Change", no_wrap=True)
    table.add_column("Scene", overflow="fold")
    for change in made.changes:
        table.add_row(
            _label(old, change.old_in),
            _label(made.timeline, change.new_in),
            _frames(change),
            change.kind.value,
            change.name,
            style=_COLOURS[change.kind],
        )
    return table


def _frames(change: SceneChange) -> str:
    pairs = ((change.old_in, change.old_out), (change.new_in, change.new_out))
    lengths = [str(end - first) for first, end in pairs if first is not None and end is not None]
    return " → ".join(dict.fromkeys(lengths))


def _label(timeline: Timeline, frame: int | None) -> str:
    if frame is None:
        return "-"
    return timecode(timeline.start + FrameTime(frame, timeline.rate), drop_frame=timeline.drop_frame)


def _summary(made: Conformed) -> str:
    told = {kind: sum(change.kind is kind for change in made.changes) for kind in ChangeKind}
    return ", ".join(f"{n} {kind}" for kind, n in told.items() if n)


def _no_scenes(path: Path) -> TimelineError:
    return TimelineError(
        f"{path.name[:80]!r} is a video: its scenes are not known without looking at it",
        hint="Give two timeline exports.",
    )
