"""What goes back into the picture editor: where cues begin and end, their hits, and on request chords and emotion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Final

from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.timebase import NS_PER_S, FrameTime


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker for an editor; `n_frames` is 0 for a point."""

    frame: int
    """From the first frame of the edit."""
    name: str
    comment: str
    colour: str
    """Green, Red, Yellow, Blue or Purple."""
    n_frames: int = 0


CUE_IN, CUE_OUT, HIT, CHORD, EMOTION = COLOURS = ("Green", "Red", "Yellow", "Blue", "Purple")
"""What each colour says."""
_ORDER: Final = (CUE_OUT, CUE_IN, EMOTION, CHORD, HIT)


def marks_of(score: Score, *, chords: bool = False, emotion: bool = False) -> tuple[Mark, ...]:
    """Return the marks of a score in order of time.

    Parameters
    ----------
    score : Score
    chords : bool
        Whether changes of chord are marked, each at its nearest frame.
    emotion : bool
        Whether the emotion of each scene is.
    """
    marks = [mark for cue in score.cues for mark in _cue_marks(cue)]
    if chords:
        marks += [mark for cue in score.cues for mark in _chord_marks(score, cue)]
    if emotion:
        marks += [_mark(scene.in_frame, scene.emotion, scene.name, EMOTION) for scene in score.scenes]
    return tuple(sorted(marks, key=lambda mark: (mark.frame, _ORDER.index(mark.colour))))


def one_at_each_frame(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """Join marks of one frame, for editors that keep one marker on each: names and comments follow each other."""
    joined = []
    for frame, group in groupby(marks, key=lambda mark: mark.frame):
        same = list(group)
        longest = max(same, key=lambda mark: mark.n_frames)
        comment = "; ".join(mark.comment for mark in same if mark.comment)
        name = " + ".join(mark.name for mark in same)
        joined.append(Mark(frame, name, comment, longest.colour, longest.n_frames))
    return tuple(joined)


def plain(text: str) -> str:
    """Return text on one line without characters that no file of text can hold."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def cue_name(cue: CueMusic) -> str:
    """Return number and title of a cue."""
    return plain(f"{cue.number} {cue.title}")


def chord_changes(cue: CueMusic) -> Iterator[tuple[int, str]]:
    """Yield the tick in the cue and the name of each chord that differs from the one before it."""
    before = None
    for slot in cue.slots:
        if slot.chord != before:
            yield slot.onset_tick, slot.chord
        before = slot.chord


def _cue_marks(cue: CueMusic) -> Iterator[Mark]:
    about = f"{cue.key}, {cue.style}, {cue.emotion}"
    yield _mark(cue.in_frame, cue_name(cue), about, CUE_IN, cue.out_frame - cue.in_frame)
    yield _mark(cue.out_frame, f"{cue.number} out", "", CUE_OUT)
    for hit in cue.hits:
        if (hit.kind, hit.frame) in (("in", cue.in_frame), ("out", cue.out_frame)):
            continue  # the cue's own marks say so
        met = "met" if hit.met else f"{hit.off_frames:+g} frames"
        yield _mark(hit.frame, f"{hit.need} {hit.kind}", "; ".join(filter(None, (met, hit.reason))), HIT)


def _chord_marks(score: Score, cue: CueMusic) -> Iterator[Mark]:
    for tick, chord in chord_changes(cue):
        at_s = Fraction(score.cue_start_ns(cue) + cue.tempo.ns_at(tick), NS_PER_S)
        yield _mark(FrameTime.nearest(at_s, Fraction(score.rate)).frame, chord, "", CHORD)


def _mark(frame: int, name: str, comment: str, colour: str, n_frames: int = 0) -> Mark:
    return Mark(frame, plain(name), plain(comment), colour, n_frames)
