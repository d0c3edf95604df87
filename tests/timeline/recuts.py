"""Edits as lists of shots, to be cut again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from hypothesis import strategies as st

from v2m_bridge.core.conform import ChangeKind, Conformed
from v2m_bridge.core.conform_edit import conform
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Media, RetimePoint, Scene, Timeline, name_scenes

RATE = Fraction(25)


@dataclass(frozen=True)
class Shot:
    """`n_frames` frames of a medium from source frame `source` on; a medium of "" is black."""

    media: str
    source: int
    n_frames: int
    speed: Fraction = Fraction(1)


def edit(shots: Sequence[Shot], rate: Fraction = RATE) -> Timeline:
    """Return an edit of these shots as a reader would."""
    return Timeline("cut", rate, name_scenes(_scenes(shots, rate)), FrameTime(3600 * round(rate), rate))


def _scenes(shots: Sequence[Shot], rate: Fraction) -> tuple[Scene, ...]:
    scenes, at = [], 0
    for shot in shots:
        length_s = shot.n_frames / rate
        ramp = (RetimePoint(Fraction(0), Fraction(0)), RetimePoint(length_s, length_s * shot.speed))
        scenes.append(
            Scene(
                id="",
                name=shot.media or "Black",
                record_in=FrameTime(at, rate),
                record_out=FrameTime(at + shot.n_frames, rate),
                media=Media(shot.media) if shot.media else None,
                source_in_s=shot.source / rate if shot.media else Fraction(0),
                retime=() if shot.speed == 1 else ramp,
            )
        )
        at += shot.n_frames
    return tuple(scenes)


def recut(old: Sequence[Shot], new: Sequence[Shot]) -> Conformed:
    """Conform the second edit to the first."""
    return conform(edit(old), edit(new))


def kinds(conformed: Conformed) -> list[str]:
    """Return the kinds of change of the new edit's scenes, then of those removed."""
    return [change.kind.value for change in conformed.changes]


def ids(timeline: Timeline) -> list[str]:
    return [scene.id for scene in timeline.scenes]


def removed(conformed: Conformed) -> set[str]:
    return {change.id for change in conformed.changes if change.kind is ChangeKind.REMOVED}


shots = st.builds(
    Shot,
    st.sampled_from(("a.mov", "b.mov", "c.mov", "a.mov", "")),
    st.integers(0, 600),
    st.integers(1, 120),
    st.sampled_from((Fraction(1), Fraction(1), Fraction(1), Fraction(1, 2), Fraction(2), Fraction(-1), Fraction(0))),
)


def without_neighbouring_black(made: Sequence[Shot]) -> list[Shot]:
    """Join black that follows black, as every reader does."""
    joined: list[Shot] = []
    for shot in made:
        if joined and not shot.media and not joined[-1].media:
            joined[-1] = replace(joined[-1], n_frames=joined[-1].n_frames + shot.n_frames)
        else:
            joined.append(shot)
    return joined


@st.composite
def edits(draw: st.DrawFn) -> list[Shot]:
    """Return an edit in which shots may come again and sources overlap."""
    made = draw(st.lists(shots, min_size=1, max_size=12))
    again = draw(st.lists(st.sampled_from(made), max_size=3))
    return without_neighbouring_black([*made, *again])


@st.composite
def recuts(draw: st.DrawFn) -> tuple[list[Shot], list[Shot]]:
    """Return an edit and a later revision of it."""
    old = draw(edits())
    new = list(old)
    for step in draw(st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=6)):
        place = draw(st.integers(0, len(new) - 1))
        other = draw(st.integers(0, len(new) - 1))
        new = STEPS[step](new, place, other, draw(shots))
    return old, without_neighbouring_black(new)


def _insert(made: list[Shot], place: int, _: int, fresh: Shot) -> list[Shot]:
    return [*made[:place], fresh, *made[place:]]


def _remove(made: list[Shot], place: int, _: int, fresh: Shot) -> list[Shot]:
    return [*made[:place], *made[place + 1 :]] or [fresh]


def _swap(made: list[Shot], place: int, other: int, _: Shot) -> list[Shot]:
    swapped = list(made)
    swapped[place], swapped[other] = made[other], made[place]
    return swapped


def _trim(made: list[Shot], place: int, other: int, _: Shot) -> list[Shot]:
    shot = made[place]
    cut = other % shot.n_frames
    at_head = replace(shot, source=shot.source + int(cut * shot.speed), n_frames=shot.n_frames - cut)
    at_tail = replace(shot, n_frames=shot.n_frames - cut)
    return [*made[:place], at_head if other % 2 and at_head.source >= 0 else at_tail, *made[place + 1 :]]


def _split(made: list[Shot], place: int, other: int, _: Shot) -> list[Shot]:
    shot = made[place]
    if shot.n_frames < 2 or shot.speed != 1:
        return made
    at = 1 + other % (shot.n_frames - 1)
    parts = (replace(shot, n_frames=at), replace(shot, source=shot.source + at, n_frames=shot.n_frames - at))
    return [*made[:place], *parts, *made[place + 1 :]]


def _retime(made: list[Shot], place: int, other: int, _: Shot) -> list[Shot]:
    speed = (Fraction(3, 2), Fraction(3, 4))[other % 2]
    return [*made[:place], replace(made[place], speed=speed), *made[place + 1 :]]


STEPS = {
    "insert": _insert,
    "remove": _remove,
    "swap": _swap,
    "trim": _trim,
    "split": _split,
    "retime": _retime,
}
