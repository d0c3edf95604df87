"""Which frames of an edit its new revision shows as well, at the same speed, and where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import ceil, floor

from v2m_bridge.core.conform import FrameRun
from v2m_bridge.core.shots import Clock, Shot
from v2m_bridge.core.timeline import Timeline

Span = tuple[int, int]


def frame_runs(old: Timeline, new: Timeline, pairs: Iterable[tuple[Shot, Shot]], clock: Clock) -> tuple[FrameRun, ...]:
    """Return the stretches that both revisions show.

    Parameters
    ----------
    old, new : Timeline
    pairs : iterable of (Shot, Shot)
        Shots that show some of the same source.  What an earlier pair has taken is not given to a later one: no frame
        has two places, and no place two frames.
    clock : Clock
        Compares them.

    Returns
    -------
    tuple of FrameRun
        In order of their old frames; those that go on in both edits are one.
    """
    taken: dict[tuple[str, int], list[Span]] = defaultdict(list)
    left = [scene.n_frames for scene in old.scenes]
    runs = []
    for a, b in pairs:
        offset_s = clock.offset_s(a, b) if left[a.index] else None
        if offset_s is None:
            continue
        shared = _shared(a, b, round(offset_s * clock.old_rate), clock.scale)
        for run in _free(shared, taken["old", a.index], taken["new", b.index]):
            taken["old", a.index].append((run.old_in, run.old_out))
            taken["new", b.index].append((run.new_in, run.new_out))
            left[a.index] -= run.n_frames
            runs.append(
                FrameRun(
                    old.scenes[a.index].record_in.frame + run.old_in,
                    new.scenes[b.index].record_in.frame + run.new_in,
                    run.n_frames,
                    run.scale,
                )
            )
    return tuple(_joined(sorted(runs, key=lambda run: run.old_in)))


def _shared(a: Shot, b: Shot, offset: int, scale: Fraction) -> FrameRun | None:
    """Return what two shots share, counted from the first frame of each; `b` begins `offset` old frames after `a`."""
    start = max(0, offset)
    end = min(a.n_frames, offset + int(b.n_frames / scale))
    new_in = round((start - offset) * scale)
    while start < end and FrameRun(start, new_in, end - start, scale).new_out > b.n_frames:
        end -= 1
    return FrameRun(start, new_in, end - start, scale) if start < end else None


def _free(run: FrameRun | None, old_taken: Sequence[Span], new_taken: Sequence[Span]) -> Iterator[FrameRun]:
    """Yield the parts of a run whose old frames and new places are both free."""
    if run is None:
        return
    places = (
        (run.old_in + floor((a - run.new_in) / run.scale), run.old_in + ceil((b - run.new_in) / run.scale))
        for a, b in new_taken
    )
    spans = [(run.old_in, run.old_out)]
    for low, high in (*old_taken, *places):
        cut = (part for a, b in spans for part in ((a, min(b, low)), (max(a, high), b)))
        spans = [part for part in cut if part[0] < part[1]]
    for a, b in spans:
        yield FrameRun(a, run.moved(a), b - a, run.scale)


def _joined(runs: Iterable[FrameRun]) -> Iterator[FrameRun]:
    held: FrameRun | None = None
    for run in runs:
        if held and held.scale == run.scale == 1 and (held.old_out, held.new_out) == (run.old_in, run.new_in):
            held = FrameRun(held.old_in, held.new_in, held.n_frames + run.n_frames)
            continue
        if held:
            yield held
        held = run
    if held:
        yield held
