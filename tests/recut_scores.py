"""Edits with three cues that are scored, cut again and scored with what they had: material for the laws of locks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import pairwise

from hypothesis import strategies as st

from tests.model.tiny import tiny_weights
from tests.spotting.edits import make_medium
from v2m_bridge.core.conform import Conformed
from v2m_bridge.core.conform_edit import conform
from v2m_bridge.core.cue import Cue, Hit, HitKind, Need
from v2m_bridge.core.direction import LOCKS, CueDirection, Direction, SceneDirection
from v2m_bridge.core.follow_edit import follow_edit
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.timebase import FrameTime, Meter
from v2m_bridge.core.timeline import Media, Scene, Timeline, name_scenes
from v2m_bridge.model.weights import Weights
from v2m_bridge.pipeline import Seen, compose_seen

NAMES = ("a.mov", "b.mov", "c.mov")
SEEN = Seen({name: make_medium(60, seed=seed) for seed, name in enumerate(NAMES)}, "compact", ())
RATES = (Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001))

Shot = tuple[str, int, int]
"""Medium, first source frame, frames."""


@cache
def weights() -> Weights:
    """Return a tiny model: the laws hold whatever the weights are."""
    return tiny_weights()


def edit_of(shots: Sequence[Shot], rate: Fraction) -> Timeline:
    """Return an edit of these shots as a reader would."""
    scenes, at = [], 0
    for name, source, n_frames in shots:
        ends = FrameTime(at, rate), FrameTime(at + n_frames, rate)
        scenes.append(Scene("", name, *ends, Media(name), source / rate))
        at += n_frames
    return Timeline("cut", rate, name_scenes(tuple(scenes)), FrameTime(0, rate))


@dataclass(frozen=True)
class Recut:
    """An edit and its score, the edit after it was cut again, and what followed."""

    old_edit: Timeline
    old: Score
    conformed: Conformed
    direction: Direction
    """After the edit was followed, with the locks."""
    new: Score

    @property
    def edit(self) -> Timeline:
        """The edit as it is now."""
        return self.conformed.timeline

    def locks(self, cue: CueMusic) -> tuple[str, ...]:
        return self.direction.for_cue(cue.number).locks or ()

    def pairs(self) -> list[tuple[CueMusic, CueMusic]]:
        """Return every cue of the new score that was in the old one: (old, new)."""
        found = ((self.old.cue_of(cue.number), cue) for cue in self.new.cues)
        return [(old, new) for old, new in found if old is not None]


def recut(shots: Sequence[Shot], again: Sequence[Shot], direction: Direction, rate: Fraction, locks: Locks) -> Recut:
    """Score an edit, lock cues, cut it again, follow the cut and score it again."""
    old_edit = edit_of(shots, rate)
    old = compose_seen(old_edit, direction, None, seen=SEEN, weights=weights())
    conformed = conform(old_edit, edit_of(again, rate))
    followed, _ = follow_edit(direction, conformed)
    numbers = {cue.number for cue in followed.spotted or ()}
    cues = {number: replace(direction.cues[number], locks=held) for number, held in locks.items() if number in numbers}
    followed = replace(followed, cues=cues)
    ids = {scene.id for scene in conformed.timeline.scenes}
    followed = replace(followed, scenes={key: wish for key, wish in followed.scenes.items() if key in ids})
    new = compose_seen(conformed.timeline, followed, old, seen=SEEN, weights=weights())
    return Recut(old_edit, old, conformed, followed, new)


Locks = dict[str, tuple[str, ...]]


@st.composite
def shot_lists(draw: st.DrawFn) -> list[Shot]:
    """Return 5 to 9 shots of one to six seconds."""
    shot = st.tuples(st.sampled_from(NAMES), st.integers(0, 900), st.integers(25, 150))
    return draw(st.lists(shot, min_size=5, max_size=9, unique_by=lambda each: each[:2]))


@st.composite
def cut_again(draw: st.DrawFn, shots: list[Shot]) -> list[Shot]:
    """Insert, remove, trim or swap one to three times."""
    again = list(shots)
    for _ in range(draw(st.integers(1, 3))):
        step, at = (
            draw(st.sampled_from(["insert", "remove", "head", "tail", "swap"])),
            draw(st.integers(0, len(again) - 1)),
        )
        name, source, n_frames = again[at]
        trim = draw(st.integers(1, 20))
        if step == "insert":
            again.insert(at, (draw(st.sampled_from(NAMES)), draw(st.integers(901, 1200)), draw(st.integers(10, 150))))
        elif step == "remove" and len(again) > 3:
            del again[at]
        elif step == "head" and n_frames > trim + 5:
            again[at] = (name, source + trim, n_frames - trim)
        elif step == "tail" and n_frames > trim + 5:
            again[at] = (name, source, n_frames - trim)
        elif step == "swap":
            other = draw(st.integers(0, len(again) - 1))
            again[at], again[other] = again[other], again[at]
    return again


@st.composite
def directions(draw: st.DrawFn, shots: list[Shot], rate: Fraction) -> Direction:
    """Return three cues, apart or touching, each with a fit and a meter, and a few hits that must be met."""
    edit = edit_of(shots, rate)
    n_frames = edit.end.frame
    edges = sorted({0, n_frames, *draw(st.lists(st.integers(1, n_frames - 1), min_size=3, max_size=4, unique=True))})
    spans = [(a, b) for a, b in pairwise(edges) if b - a > 30]
    cues = tuple(Cue(f"1m{order:02}", edit.frame(a), edit.frame(b)) for order, (a, b) in enumerate(spans, 1))
    fit = st.sampled_from(("constant", "constant", "musical", "exact"))
    wish = st.builds(
        CueDirection, fit=fit, meter=st.sampled_from((Meter(), Meter(3, 4))), seed=st.integers(0, 5)
    )  # fmt: skip
    scenes: dict[str, SceneDirection] = {}
    for scene in draw(st.lists(st.sampled_from(edit.scenes), max_size=3, unique_by=lambda scene: scene.id)):
        at = edit.frame(draw(st.integers(scene.record_in.frame, scene.record_out.frame - 1)))
        scenes[scene.id] = SceneDirection(hits=(Hit(at, HitKind.ACCENT, Need.MUST, 2.0, "asked for"),))
    return Direction(cues={cue.number: draw(wish) for cue in cues}, scenes=scenes, spotted=cues)


@dataclass(frozen=True)
class Recipe:
    """What `recut` is given."""

    shots: list[Shot]
    again: list[Shot]
    direction: Direction
    rate: Fraction
    locks: Locks

    def made(self) -> Recut:
        return recut(self.shots, self.again, self.direction, self.rate, self.locks)


@st.composite
def recuts(draw: st.DrawFn, some_locks: st.SearchStrategy[tuple[str, ...]]) -> Recipe:
    """Return a random edit, cut again, with random locks."""
    rate = draw(st.sampled_from(RATES))
    shots = draw(shot_lists())
    direction = draw(directions(shots, rate))
    locks = {number: draw(some_locks) for number in direction.cues}
    return Recipe(shots, draw(cut_again(shots)), direction, rate, locks)


any_locks = st.lists(st.sampled_from(LOCKS), unique=True).map(tuple) | st.just(LOCKS)
