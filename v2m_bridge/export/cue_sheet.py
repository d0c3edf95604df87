"""The cue sheet: one entry for each cue with its place, tempo, key, style and hits, as a table or to read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.timebase import FrameTime, timecode
from v2m_bridge.export.marks import plain

COLUMNS: Final = (
    *("cue", "title", "in", "out", "length", "in_seconds", "length_seconds"),
    *("tempo", "meter", "key", "style", "emotion", "hits_met", "hits"),
)


def cue_sheet_csv(score: Score) -> bytes:
    """Return the table: labels as the editor shows them, `length` in the same kind of label."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for cue in _in_order(score):
        writer.writerow(_row(score, cue))
    return out.getvalue().encode()


def cue_sheet_text(score: Score) -> bytes:
    """Return the sheet to read and print."""
    lines = [f"Cue sheet: {plain(score.name) or 'untitled'}", f"{float(Fraction(score.rate)):.6g} frames a second", ""]
    for cue in _in_order(score):
        row = dict(zip(COLUMNS, _row(score, cue), strict=True))
        lines += [
            plain(f"{row['cue']}  {row['title']}"),
            f"  {row['in']} to {row['out']}, {row['length']} ({row['length_seconds']} s)",
            f"  {row['tempo']} bpm, {row['meter']}, {row['key']}, {row['style']}, {row['emotion']}",
            f"  hits met: {row['hits_met']}",
            *(f"    {hit}" for hit in _hits(score, cue)),
            "",
        ]
    return "\n".join(lines).encode()


def _in_order(score: Score) -> list[CueMusic]:
    return sorted(score.cues, key=lambda cue: cue.in_frame)


def _row(score: Score, cue: CueMusic) -> tuple[str, ...]:
    length = FrameTime(cue.out_frame - cue.in_frame, Fraction(score.rate))
    n_met = sum(hit.met for hit in cue.hits)
    return (
        plain(cue.number),
        plain(cue.title),
        score.label(cue.in_frame),
        score.label(cue.out_frame),
        timecode(length, drop_frame=score.drop_frame),
        f"{score.frame_time(cue.in_frame).seconds:.3f}",
        f"{length.seconds:.3f}",
        _tempo(cue),
        ", ".join(dict.fromkeys(f"{c.meter.beats}/{c.meter.unit}" for c in cue.tempo.meters)),
        ", ".join([cue.key, *(turn.key for turn in cue.key_turns)]),
        cue.style,
        cue.emotion,
        f"{n_met} of {len(cue.hits)}",
        "; ".join(_hits(score, cue)),
    )


def _tempo(cue: CueMusic) -> str:
    """Return the tempo, or the slowest and the fastest."""
    tempi = [cue.tempo.bpm_at(change.tick) for change in cue.tempo.tempi]
    ends = dict.fromkeys((f"{min(tempi):.2f}", f"{max(tempi):.2f}"))
    return "-".join(ends)


def _hits(score: Score, cue: CueMusic) -> Iterator[str]:
    for hit in cue.hits:
        met = "met" if hit.met else f"{hit.off_frames:+g} frames"
        yield plain(f"{score.label(hit.frame)} {hit.need} {hit.kind} ({met}) {hit.reason}")
