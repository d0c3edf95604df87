"""markers.csv: everything on the time line that has a name, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final, NamedTuple

from v2m_bridge.core.score import CueMusic, Score

COLUMNS: Final = ("timecode", "frame", "seconds", "kind", "name", "colour", "comment")


class _Row(NamedTuple):
    frame: int
    kind: str
    name: str
    colour: str
    comment: str


# Rows of one frame stand in this order, with the colours that they show in an editor.
_KINDS: Final = {"scene": "", "cue out": "Red", "cue in": "Green", "hit": "Yellow", "marker": ""}


def markers_csv(score: Score) -> str:
    """Return scenes, cues, hits and editor markers as comma-separated values with a header line.

    Columns: ``timecode`` as the editor shows it, ``frame`` and ``seconds`` from the first frame of the edit (six
    decimals, rounded), ``kind`` (scene, cue in, cue out, hit, marker), ``name``, ``colour`` and ``comment``.
    """
    order = list(_KINDS)
    rows = sorted(_rows(score), key=lambda row: (row.frame, order.index(row.kind)))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        seconds = score.frame_time(row.frame).seconds
        writer.writerow((score.label(row.frame), row.frame, f"{seconds:.6f}", *row[1:]))
    return out.getvalue()


def _rows(score: Score) -> Iterator[_Row]:
    for number, scene in enumerate(score.scenes, start=1):
        comment = scene.emotion if scene.seen else f"{scene.emotion}, not seen"
        yield _Row(scene.in_frame, "scene", scene.name or f"Scene {number}", _KINDS["scene"], comment)
    for cue in score.cues:
        yield from _cue_rows(cue)
    for marker in score.markers:
        yield _Row(marker.frame, "marker", marker.name, marker.colour, "")


def _cue_rows(cue: CueMusic) -> Iterator[_Row]:
    name = f"{cue.number} {cue.title}".strip()
    yield _Row(cue.in_frame, "cue in", name, _KINDS["cue in"], f"{cue.key}, {cue.style}, {cue.emotion}")
    yield _Row(cue.out_frame, "cue out", name, _KINDS["cue out"], "")
    for hit in cue.hits:
        met = "met" if hit.met else f"{hit.off_frames:+g} frames"
        yield _Row(
            hit.frame, "hit", f"{hit.need} {hit.kind}", _KINDS["hit"], "; ".join(filter(None, (met, hit.reason)))
        )
