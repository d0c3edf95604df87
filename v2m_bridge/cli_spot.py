"""`v2m spot`, `v2m tempo` and `v2m tap`: where music could go, and which tempi would serve its hits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from v2m_bridge import jobs, watched
from v2m_bridge.cli_edit import (
    GuideOpt,
    GuideStartOpt,
    InputArg,
    MediaOpt,
    RateOpt,
    VisionOpt,
    guide_of,
    means_of,
    read_edit,
    warn,
)
from v2m_bridge.cli_progress import progress_bars
from v2m_bridge.cli_tables import show_tempi
from v2m_bridge.core.direction_text import parse_tempo
from v2m_bridge.core.proposal import Proposal
from v2m_bridge.core.score import read_score
from v2m_bridge.core.tapped import tapped_tempo
from v2m_bridge.core.timebase import FrameTime, timecode
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.work import SpotRequest, Spotted, TempiFound, TempoRequest
from v2m_bridge.errors import OutputError, SettingsError
from v2m_bridge.settings import load_settings


def spot(
    edit: InputArg,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="cues.csv to write.")],
    coverage: Annotated[float, typer.Option("--coverage", help="Share of the edit that gets music, 0 to 1.")] = 0.5,
    media: MediaOpt = None,
    rate: RateOpt = None,
    vision: VisionOpt = None,
    guide: GuideOpt = None,
    guide_start: GuideStartOpt = None,
) -> None:
    """Propose where music goes and where it stays silent; edit the list, then score with --cues."""
    if not 0 <= coverage <= 1:
        raise SettingsError(f"a coverage of {coverage:g} is no share", hint="Give a number from 0 to 1, such as 0.5.")
    if out.suffix.lower() != ".csv":
        raise OutputError(f"cannot write a cue list to {out.name}", hint="Name the output .csv.")
    guide_path, start = guide_of(guide, guide_start)
    request = SpotRequest(
        means=means_of(load_settings(), None, vision),
        coverage=coverage,
        out_path=str(out.absolute()),
        guide_path=guide_path,
        guide_start=start,
    )
    picture = read_edit(edit, media, rate)
    with progress_bars() as progress, watched.Worker() as worker:
        spotted = worker.request(jobs.with_edit(request, picture), expect=Spotted, on_progress=progress)
    Console().print(proposal_table(spotted.proposal, spotted.timeline))
    for offer in spotted.offers:
        typer.echo(f"{offer[:1].upper()}{offer[1:]}.")
    warn(spotted.warnings)
    typer.echo(spotted.path)


def tempo(
    score: Annotated[Path, typer.Argument(metavar="score.json", help="What v2m score wrote.")],
    cue: Annotated[str | None, typer.Option("--cue", help="Number of one cue; all without it.")] = None,
    tempo: Annotated[str | None, typer.Option("--tempo", help="Tempo range in bpm, such as 70-140.")] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=100, help="How many tempi for each cue.")] = 12,
) -> None:
    """Rank constant tempi for the hits of a cue: how many each meets, near misses, and frames off."""
    request = TempoRequest(
        score=read_score(score), cue=cue, tempo_bpm=parse_tempo(tempo) if tempo is not None else None, n_best=top
    )
    with jobs.worker() as worker:
        found = worker.request(request, expect=TempiFound)
    for each in found.cues:
        show_tempi(each)


def tap() -> None:
    """Tap a tempo: press Enter on each beat, q and Enter to stop; score with the --tempo that it prints."""
    typer.echo("Press Enter on each beat; q and Enter ends.", err=True)
    bpm = tapped_tempo(list(tap_times(sys.stdin, perf_counter)))
    typer.echo(f"--tempo {bpm:.2f}")


def tap_times(lines: Iterable[str], clock_s: Callable[[], float]) -> Iterator[float]:
    """Yield the time of each line as it comes, up to one that says q."""
    for line in lines:
        if line.strip().lower() == "q":
            return
        yield clock_s()


def proposal_table(proposal: Proposal, timeline: Timeline) -> Table:
    """Return cues and silences in order of time, each with its reason."""
    music_s = sum(float((cue.end - cue.start).exact_s) for cue in proposal.cues)
    share = 100 * music_s / timeline.end.seconds
    n_cues = len(proposal.cues)
    title = f"{n_cues or 'No'} {'cue' if n_cues == 1 else 'cues'}: {share:.0f} % of {_minutes(timeline.end)}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for column in ("Cue", "In", "Out"):
        table.add_column(column, no_wrap=True)
    table.add_column("Length", justify="right", no_wrap=True)
    table.add_column("Why", overflow="fold")
    rows = [(cue.start, cue.end, cue.number, cue.reason) for cue in proposal.cues]
    rows += [(silence.start, silence.end, "", silence.reason) for silence in proposal.silences]
    for start, end, number, reason in sorted(rows, key=lambda row: row[0].frame):
        style = None if number else "dim"
        table.add_row(
            number or "silence",
            _label(timeline, start),
            _label(timeline, end),
            f"{(end - start).seconds:.1f} s",
            reason.replace("; ", ";\n"),
            style=style,
        )
    return table


def _label(timeline: Timeline, at: FrameTime) -> str:
    return timecode(timeline.start + at, drop_frame=timeline.drop_frame)


def _minutes(length: FrameTime) -> str:
    minutes, seconds = divmod(round(length.seconds), 60)
    return f"{minutes}:{seconds:02}"
