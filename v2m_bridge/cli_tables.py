"""Tables in the terminal, readable from 80 columns on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

import typer
from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table

from v2m_bridge.core.affect import felt_text
from v2m_bridge.core.hit_points import bar_and_beat, limits_broken, n_met, why_missed
from v2m_bridge.core.score import CueMusic, Score, ScoredHit, ScoredScene, ScoredSlot
from v2m_bridge.core.tempo_list import CueTempi, RankedTempo
from v2m_bridge.core.timebase import US_PER_MINUTE
from v2m_bridge.core.work import Rendered

_WHOLE_COLUMNS: Final = frozenset({"In", "Out", "At", "Bpm", "Style", "Fit"})
"""Columns whose cells are never folded."""
_WORDS: Final = {"Cue": 4, "Emotion": 8, "Key": 5, "Hit": 6}
"""Width of the longest word of a column, so that only spaces are folded."""
_RIGHT: Final = frozenset({"#", "Bar", "Off", "Bpm", "Musts", "Mays", "Near", "Worst must", "Worst of all"})
_TIGHT_BELOW: Final = 90
"""Terminals of fewer columns have one space between the columns of a table, wider ones two."""
_FEW_SCENES: Final = 16
_FEW_TEMPI: Final = 3


def show_score(
    score: Score, console: Console | None = None, *, tempi: Sequence[CueTempi] = (), verbose: bool = False
) -> None:
    """Print what was composed.

    Cues with key, tempo and hits met, scenes with emotion and chords, musts with the beat that meets them, and other
    tempi for cues that miss one; with `verbose` every scene and every hit.
    """
    console = console or Console()
    scenes = score.scenes if verbose else score.scenes[:_FEW_SCENES]
    _print(console, _cue_table(score))
    _print(console, _scene_table(score, scenes))
    if len(scenes) < len(score.scenes):
        console.print(f"... and {len(score.scenes) - len(scenes)} scenes more; --verbose shows all.\n", style="dim")
    hits = [(cue, hit) for cue in score.cues for hit in cue.hits if verbose or hit.need == "must"]
    if hits:
        _print(console, _hit_table(score, hits, "Hits" if verbose else "Musts"))
    for cue in score.cues:
        if broken := limits_broken(cue):
            console.print(f"{cue.number} breaks the musical limits: {'; '.join(broken)}.\n", highlight=False)
    for each in tempi:
        show_tempi(replace(each, ranked=each.others[:_FEW_TEMPI]), console)


def show_tempi(tempi: CueTempi, console: Console | None = None) -> None:
    """Print tempi for a cue, best first, and what a freer way of fitting would give."""
    console = console or Console()
    low, high = tempi.tempo_bpm
    console.print(
        f"{tempi.number} is at {tempi.bpm:.3f} bpm ({tempi.fit}): {tempi.n_musts_met}/{tempi.n_musts} musts, "
        f"{tempi.n_mays_met}/{tempi.n_mays} mays; constant tempi from {low:g} to {high:g}",
        style="italic",
        highlight=False,
    )
    table = _table("", "Bpm", "Musts", "Mays", "Near", "Worst must", "Worst of all")
    for each in tempi.ranked:
        table.add_row(*_tempo_cells(tempi, each), style="bold" if each.n_musts_met == tempi.n_musts else None)
    _print(console, table)
    if tempi.offer:
        console.print(f"{tempi.number}: {tempi.offer}.\n", highlight=False, markup=False)


def _tempo_cells(tempi: CueTempi, each: RankedTempo) -> tuple[str, ...]:
    met = f"{each.n_musts_met}/{tempi.n_musts}", f"{each.n_mays_met}/{tempi.n_mays}"
    worst = [f"{frames:+.1f} frames" for frames in (each.worst_must_frames, each.worst_frames)]
    return (f"{each.bpm:.3f}", *met, str(each.n_near), *worst)


def _print(console: Console, table: Table) -> None:
    table.padding = (0, 0 if console.width < _TIGHT_BELOW else 1, 0, 0)
    console.print(table)


def _table(title: str, *columns: str) -> Table:
    """Return a table without rules between columns, so that a timecode stays whole on a narrow terminal."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        justify: JustifyMethod = "right" if column in _RIGHT else "left"
        table.add_column(
            column,
            no_wrap=column in _WHOLE_COLUMNS,
            min_width=_WORDS.get(column),
            justify=justify,
        )
    return table


def _cue_table(score: Score) -> Table:
    table = _table("Cues", "Cue", "In", "Out", "Emotion", "Key", "Bpm", "Style", "Musts, mays met")
    for cue in score.cues:
        table.add_row(
            f"{cue.number} {cue.title}".strip(),
            score.label(cue.in_frame),
            score.label(cue.out_frame),
            _felt(cue.emotion, cue.confidence),
            cue.key,
            _bpm(cue),
            cue.style,
            ", ".join(f"{met}/{n}" for met, n in (n_met(cue, "must"), n_met(cue, "may"))),
        )
    return table


def _bpm(cue: CueMusic) -> str:
    """Return the tempo, or the slowest and the fastest."""
    us = [change.us_per_quarter for change in cue.tempo.tempi]
    slowest, fastest = US_PER_MINUTE / max(us), US_PER_MINUTE / min(us)
    return f"{slowest:.2f}" if slowest == fastest else f"{slowest:.0f}-{fastest:.0f}"


def _felt(emotion: str, confidence: float) -> str:
    return f"{felt_text(emotion, confidence)} ({100 * confidence:.0f}%)"


def _scene_table(score: Score, scenes: Sequence[ScoredScene]) -> Table:
    table = _table("Scenes", "#", "In", "Picture", "Emotion", "Chords")
    for index, scene in enumerate(scenes):
        seen = _felt(scene.emotion, scene.confidence) if scene.seen else f"{scene.emotion} (not seen)"
        table.add_row(
            str(index + 1), score.label(scene.in_frame), scene.name or scene.media, seen, _chords(score, scene)
        )
    return table


def _chords(score: Score, scene: ScoredScene) -> str:
    """Return the chords of a scene; in parentheses the one that goes on under a scene too short to own a slot."""
    own = [(cue, slot) for cue in score.cues for slot in cue.slots if slot.scene_id == scene.id]
    if not own:
        under = _sounding_at(score, scene.in_frame)
        return f"({under.chord})" if under else "-"
    if not any(_sounds(cue, slot) for cue, slot in own):
        return "silent"
    return " ".join(name for name, _ in groupby(slot.chord for _, slot in own))


def _sounding_at(score: Score, frame: int) -> ScoredSlot | None:
    """Return the slot of the cue that plays at a frame, if one does."""
    for cue in score.cues:
        if cue.in_frame <= frame < cue.out_frame:
            tick = cue.tempo.tick_at_ns(score.frame_time(frame).ns - score.cue_start_ns(cue))
            return next((slot for slot in cue.slots if tick < slot.onset_tick + slot.length_ticks), None)
    return None


def _sounds(cue: CueMusic, slot: ScoredSlot) -> bool:
    """Whether any note is struck or held in a slot."""
    end = slot.onset_tick + slot.length_ticks
    return any(
        note.onset_tick < end and note.onset_tick + note.length_ticks > slot.onset_tick
        for part in cue.parts
        for note in part.notes
    )


def _hit_table(score: Score, hits: Sequence[tuple[CueMusic, ScoredHit]], title: str) -> Table:
    """Return hits with the bar and beat nearest to them, and how many frames that beat is late."""
    table = _table(title, "Cue", "At", "Hit", "Bar", "Off", "Met", "What it is, and why it is missed")
    for cue, hit in hits:
        why = why_missed(score, cue, hit) if hit.need == "must" else ""
        table.add_row(
            cue.number,
            score.label(hit.frame),
            f"{hit.need} {hit.kind}",
            str(bar_and_beat(cue.tempo, hit.tick)),
            f"{hit.off_frames:+.1f}",
            "-" if hit.need == "skip" else "yes" if hit.met else "no",
            f"{hit.reason}; {why}" if why else hit.reason,
            style="red" if hit.need == "must" and not hit.met else "dim" if hit.need != "must" else None,
        )
    return table


def show_rendered(rendered: Rendered) -> None:
    """Say what was written, how long and how loud it is, and where its picture is from."""
    level = f"{rendered.loudness_lufs:.1f} LUFS, " if rendered.loudness_lufs is not None else ""
    typer.echo(f"{rendered.path}  {rendered.duration_s:.3f} s, {level}peak {rendered.peak_dbfs:.1f} dBFS")
    if rendered.picture:
        typer.echo(rendered.picture)
    for path in rendered.stems:
        typer.echo(path)
