"""Markers for Resolve (Timelines > Import > Timeline Markers from EDL): one event of a list for each marked frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from v2m_bridge.core.score import Score
from v2m_bridge.export.marks import Mark, one_at_each_frame, plain


def edl_bytes(score: Score, marks: Sequence[Mark]) -> bytes:
    """Return the list; Resolve keeps one marker on a frame, so those of one frame are joined."""
    lines = [
        f"TITLE: {plain(score.name) or 'v2m_bridge'} music",
        f"FCM: {'DROP FRAME' if score.drop_frame else 'NON-DROP FRAME'}",
        "",
    ]
    for number, mark in enumerate(one_at_each_frame(tuple(marks)), start=1):
        lines += _event(score, number, mark)
    return "\n".join(lines).encode() + b"\n"


def _event(score: Score, number: int, mark: Mark) -> Iterator[str]:
    first, last = score.label(mark.frame), score.label(mark.frame + 1)
    yield f"{number:03}  001      V     C        {first} {last} {first} {last}"
    note = _bare(mark.comment)
    yield f"{note} |C:ResolveColor{mark.colour} |M:{_bare(mark.name)} |D:{max(1, mark.n_frames)}"
    yield ""


def _bare(text: str) -> str:
    """Return text without what divides fields, and without what makes a line a comment."""
    return text.replace("|", "/").lstrip("* ")
