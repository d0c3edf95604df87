"""How soon the score of an edit is there after one cut of it has moved.

The edit is ten minutes of footage in 60 scenes; its pictures have been looked at and it has been composed once.  Each
of 20 exports moves a random cut by 1 to 48 frames.  Worker and reader stand ready, as the live engine keeps them;
nothing plays.  Time counts from the moment the new .otio file is there: it is read and conformed in its own process,
wishes follow, features are taken from the cache, and what changed is composed anew.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import numpy as np

from benchmarks.cutting import RATE, Shot, frames_of, moved_cut, random_shots, write_edit, write_media
from benchmarks.footprint import cpu_s, ended_s
from v2m_bridge import jobs
from v2m_bridge.core.conform import Conformed
from v2m_bridge.core.direction import Direction
from v2m_bridge.core.follow_edit import follow_edit
from v2m_bridge.core.score import CueMusic
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.work import Composed, ComposeRequest, Means

FOLDER: Final = Path("build/bench/reedit")
FOOTAGE: Final = tuple(Path("build/footage") / name for name in ("bikes.mp4", "bigbuckbunny.mp4"))
N_SCENES: Final = 60
N_EDITS: Final = 20
_MEAN_FRAMES: Final = int(10 * 60 * RATE) // N_SCENES
_N_MEDIA: Final = 4
_MEDIUM_FRAMES: Final = 3850
_SIZE: Final = (320, 180)
_MOST_FRAMES: Final = 48
_LEAST_SHOT: Final = 2 * _MOST_FRAMES
_N_ANEW: Final = 3
_SEED: Final = 20_240_612


@dataclass(frozen=True, slots=True)
class Revision:
    """How long one revision took, and what it left as it was."""

    read_s: float
    compose_s: float
    cpu_s: float
    """Processor time of reader and worker, which other work on the machine does not change."""
    kept: float
    """Share of the slots of the earlier score that hold the same chord."""
    composed: Composed
    direction: Direction

    @property
    def whole_s(self) -> float:
        """From the file to the score."""
        return self.read_s + self.compose_s


def measure() -> dict[str, float]:
    """Return seconds from the file to the score: 95th percentile and median of 20 moved cuts, and what they consist of.

    ``anew_median_s`` is the baseline: the same revision read alike and composed anew.  ``p95_parsed_s`` counts from the
    timeline that was read; ``reader_start_s`` is what a reader that is not kept ready adds.
    """
    media = write_media(FOLDER.resolve(), frames_of(FOOTAGE, *_SIZE), _N_MEDIA, _MEDIUM_FRAMES)
    with tempfile.TemporaryDirectory() as scratch, jobs.worker() as worker:
        edit = Path(scratch) / "cut.otio"
        means = Means(cache_dir=str(Path(scratch) / "cache"))
        shots = random_shots(N_SCENES, _MEAN_FRAMES, _N_MEDIA, _MEDIUM_FRAMES, _SEED)
        timeline = cast(Timeline, jobs.read_timeline(write_edit(edit, shots, media)))
        first = worker.request(
            ComposeRequest(means=means, timeline=timeline, direction=Direction()), expect=Composed
        )  # looks at the pictures
        last = Revision(0.0, 0.0, 0.0, 1.0, first, Direction())
        made, starts_s = [], []
        for cut, by in _moves(shots):
            shots = moved_cut(shots, cut, by)
            write_edit(edit, shots, media)
            reader, start_s = _ready_reader()
            starts_s.append(start_s)
            last = _revise(edit, last, reader, worker, means)
            made.append(last)
        anew_s = [_anew_s(last.composed.timeline, worker, means) for _ in range(_N_ANEW)]
    whole_s = [each.whole_s for each in made]
    read_s = float(np.median([each.read_s for each in made]))
    return {
        "p95_s": _p95(whole_s),
        "median_s": float(np.median(whole_s)),
        "p95_cpu_s": _p95([each.cpu_s for each in made]),
        "p95_parsed_s": _p95([each.compose_s for each in made]),
        "read_median_s": read_s,
        "reader_start_s": float(np.median(starts_s)),
        "anew_median_s": read_s + float(np.median(anew_s)),
        "ratio_to_anew": float(np.median(whole_s)) / (read_s + float(np.median(anew_s))),
        "kept_slots_pct": round(100 * float(np.mean([each.kept for each in made])), 1),
    }


def _moves(shots: Sequence[Shot]) -> list[tuple[int, int]]:
    """Return cuts and how far each moves: no shot becomes shorter than a frame in whatever order they come."""
    rng = np.random.Generator(np.random.Philox(key=_SEED))
    cuts = [n for n in range(len(shots) - 1) if min(shots[n].n_frames, shots[n + 1].n_frames) > _LEAST_SHOT]
    chosen = rng.permutation(cuts)[:N_EDITS]
    return [(int(cut), int(rng.integers(1, _MOST_FRAMES + 1)) * int(rng.choice((-1, 1)))) for cut in chosen]


def _ready_reader() -> tuple[jobs.Child, float]:
    """Return a reader that has imported all that it needs, and how long that took."""
    begun_s = time.perf_counter()
    reader = jobs.reader()
    reader.wait_until_ready()
    return reader, time.perf_counter() - begun_s


def _revise(edit: Path, last: Revision, reader: jobs.Child, worker: jobs.Child, means: Means) -> Revision:
    """Read a new export and compose what changed, as the engine does."""
    spent_s = ended_s() + cpu_s(reader.pid), cpu_s(worker.pid)
    begun_s = time.perf_counter()
    conformed = cast(Conformed, jobs.reread_timeline(edit, last.composed.timeline, start=lambda: reader))
    read_s = time.perf_counter()
    direction, _ = follow_edit(last.direction, conformed)
    request = ComposeRequest(means=means, timeline=conformed.timeline, direction=direction, kept=last.composed.score)
    composed = worker.request(request, expect=Composed)
    done_s = time.perf_counter()
    taken_s = ended_s() - spent_s[0] + cpu_s(worker.pid) - spent_s[1]
    kept = _kept_share(last.composed.score.cues, composed.score.cues)
    return Revision(read_s - begun_s, done_s - read_s, taken_s, kept, composed, direction)


def _anew_s(timeline: Timeline, worker: jobs.Child, means: Means) -> float:
    begun_s = time.perf_counter()
    worker.request(ComposeRequest(means=means, timeline=timeline, direction=Direction()), expect=Composed)
    return time.perf_counter() - begun_s


def _kept_share(old: Sequence[CueMusic], new: Sequence[CueMusic]) -> float:
    here = {cue.number: cue for cue in new}
    same = [
        a.chord == b.chord and a.onset_tick == b.onset_tick
        for cue in old
        if cue.number in here
        for a, b in zip(cue.slots, here[cue.number].slots, strict=False)
    ]
    return sum(same) / max(1, sum(len(cue.slots) for cue in old))


def _p95(seconds: Sequence[float]) -> float:
    return float(np.percentile(seconds, 95))
