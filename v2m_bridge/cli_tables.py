"""Tables in the terminal."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console
from rich.table import Table

from v2m_bridge.core.score import CueMusic, Score


def show_score(score: Score, console: Console | None = None) -> None:
    """Print what was composed: cues with key, tempo and hits, scenes with emotion and chords."""
    console = console or Console()
    console.print(_cue_table(score))
    console.print(_scene_table(score))


def _cue_table(score: Score) -> Table:
    table = Table(title="Cues", title_justify="left")
    for column in ("Cue", "In", "Out", "Scenes", "Emotion", "Key", "Tempo", "Style", "Hits met"):
        table.add_column(column, no_wrap=True)
    for cue in score.cues:
        table.add_row(
            f"{cue.number} {cue.title}".strip(),
            score.label(cue.in_frame),
            score.label(cue.out_frame),
            str(len({slot.scene_id for slot in cue.slots})),
            f"{cue.emotion} ({100 * cue.confidence:.0f} %)",
            cue.key,
            f"{cue.tempo.bpm_at(0):.2f}",
            cue.style,
            _hits_met(cue),
        )
    return table


def _hits_met(cue: CueMusic) -> str:
    musts = [hit for hit in cue.hits if hit.need == "must"]
    others = [hit for hit in cue.hits if hit.need == "may"]
    return f"{sum(h.met for h in musts)}/{len(musts)} must, {sum(h.met for h in others)}/{len(others)} may"


def _scene_table(score: Score) -> Table:
    table = Table(title="Scenes", title_justify="left")
    table.add_column("#", justify="right")
    for column in ("In", "Picture", "Emotion"):
        table.add_column(column, no_wrap=True)
    table.add_column("Chords", overflow="fold")
    for index, scene in enumerate(score.scenes):
        slots = [slot for cue in score.cues for slot in cue.slots if slot.scene_id == scene.id]
        chords = " ".join(name for name, _ in groupby(slot.chord for slot in slots))
        seen = f"{scene.emotion} ({100 * scene.confidence:.0f} %)" if scene.seen else f"{scene.emotion} (not seen)"
        table.add_row(str(index + 1), score.label(scene.in_frame), scene.name or scene.media, seen, chords or "-")
    return table
