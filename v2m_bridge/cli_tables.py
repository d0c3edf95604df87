"""Tables in the terminal, readable from 80 columns on."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from v2m_bridge.core.score import CueMusic, Score, ScoredHit, ScoredScene, ScoredSlot

_WHOLE_COLUMNS: Final = frozenset({"In", "Out", "At", "Bpm", "Style"})
"""Columns whose cells are never folded."""
_WORDS: Final = {"Emotion": 8, "Key": 5}
"""Width of the longest word of a column, so that only spaces are folded."""
_TIGHT_BELOW: Final = 90
"""Terminals of fewer columns have one space between the columns of a table, wider ones two."""


def show_score(score: Score, console: Console | None = None) -> None:
    """Print what was composed: cues with key, tempo and hits, scenes with emotion and chords, hits that are missed."""
    console = console or Console()
    tables = [_cue_table(score), _scene_table(score)]
    if any(_missed(cue) for cue in score.cues):
        tables.append(_missed_table(score))
    for table in tables:
        table.padding = (0, 0 if console.width < _TIGHT_BELOW else 1, 0, 0)
        console.print(table)


def _table(title: str, *columns: str) -> Table:
    """Return a table without rules between columns, so that a timecode stays whole on a narrow terminal."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=column in _WHOLE_COLUMNS, min_width=_WORDS.get(column))
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
            f"{cue.tempo.bpm_at(0):.2f}",
            cue.style,
            _hits_met(cue),
        )
    return table


def _felt(emotion: str, confidence: float) -> str:
    return f"{emotion} ({100 * confidence:.0f}%)"


def _hits_met(cue: CueMusic) -> str:
    musts = [hit for hit in cue.hits if hit.need == "must"]
    others = [hit for hit in cue.hits if hit.need == "may"]
    return ", ".join(f"{sum(hit.met for hit in hits)}/{len(hits)}" for hits in (musts, others))


def _scene_table(score: Score) -> Table:
    table = _table("Scenes", "#", "In", "Picture", "Emotion", "Chords")
    table.columns[0].justify = "right"
    for index, scene in enumerate(score.scenes):
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


def _missed(cue: CueMusic) -> list[ScoredHit]:
    return [hit for hit in cue.hits if hit.need == "must" and not hit.met]


def _missed_table(score: Score) -> Table:
    table = _table("Musts that are missed (another --tempo may meet them)", "Cue", "At", "Beat is", "Why it matters")
    for cue in score.cues:
        for hit in _missed(cue):
            late = f"{abs(hit.off_frames):.1f} frames {'late' if hit.off_frames > 0 else 'early'}"
            table.add_row(cue.number, score.label(hit.frame), late, hit.reason)
    return table
