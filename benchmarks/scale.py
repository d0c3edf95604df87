"""Whether time for each scene and memory stay as they are from 100 scenes to 2,000.

The edits have scenes of 3.6 s on average, from the same six media of 64x36 pixels: the long one lasts two hours.  Each
is scored by `v2m score` in processes of their own, with features in the cache, and its files are written; then it is
read, composed and, after one cut has moved, read and composed again by a warm worker.  Times for each scene are
processor time, which other work on the machine hardly changes, and leave out the start of the processes.  They are
told by Linux alone.  What decoding takes in memory does not depend on the length of an edit but on the size of its
pictures, so a film of 1920x1080 is looked at besides.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.cutting import RATE, Shot, frames_of, moved_cut, random_shots, write_edit, write_media
from benchmarks.footprint import Spent, cpu_s, ended_s, run
from benchmarks.reedit import FOOTAGE
from benchmarks.vision_film import write_film
from v2m_bridge import jobs
from v2m_bridge.core.conform import Conformed
from v2m_bridge.core.direction import Direction
from v2m_bridge.core.follow_edit import follow_edit
from v2m_bridge.core.messages import ReadRequest
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.work import Composed, ComposeRequest, Means

FOLDER: Final = Path("build/bench/scale")
FEW: Final = 100
MANY: Final = 2000
_MEAN_FRAMES: Final = int(7200 * RATE) // MANY
_N_MEDIA: Final = 6
_MEDIUM_FRAMES: Final = 3750
_SIZE: Final = (64, 36)
_FILM_S: Final = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """Processor time for one edit."""

    read_s: float
    compose_s: float
    reread_s: float
    recompose_s: float

    @property
    def first_s(self) -> float:
        """From the file to the first score."""
        return self.read_s + self.compose_s

    @property
    def again_s(self) -> float:
        """From the next export to the score after it."""
        return self.reread_s + self.recompose_s


def measure() -> dict[str, float]:
    """Return the largest process of all, and times for each scene of 2,000 as a multiple of that of 100.

    ``peak_rss_mb`` is the largest resident set of any process of `v2m score` with 2,000 scenes, its reader and worker
    included, and of `v2m analyse` of a film of 1920x1080; the baseline is that of 100 scenes.
    ``time_per_scene_ratio`` is for reading and composing, ``reedit_time_per_scene_ratio`` for what follows one moved
    cut.
    """
    media = write_media(FOLDER.resolve(), frames_of(FOOTAGE, *_SIZE), _N_MEDIA, _MEDIUM_FRAMES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The first run looks at the pictures: decoding is part of the memory that is measured, not of the time.
        look = _scored(FEW, folder, media)
        few, many = (_scored(n_scenes, folder, media) for n_scenes in (FEW, MANY))
        film = write_film(FOLDER.resolve() / f"film-{_FILM_S}s.mp4", FOOTAGE, _FILM_S)
        large = run(("v2m_bridge", "analyse", film), {"V2M_CACHE": str(folder / "cache")})
        with jobs.worker() as worker:
            _taken(FEW, folder, media, worker)  # what is loaded once for all
            taken = {n_scenes: _taken(n_scenes, folder, media, worker) for n_scenes in (FEW, MANY)}
    first_ms, again_ms = ({n: 1000 * getattr(taken[n], part) / n for n in taken} for part in ("first_s", "again_s"))
    return {
        "peak_rss_mb": max(look.peak_mb, many.peak_mb, large.peak_mb),
        "peak_rss_100_mb": few.peak_mb,
        "peak_rss_1080p_mb": large.peak_mb,
        "time_per_scene_ratio": first_ms[MANY] / first_ms[FEW],
        "ms_per_scene": first_ms[MANY],
        "ms_per_scene_of_100": first_ms[FEW],
        "reedit_time_per_scene_ratio": again_ms[MANY] / again_ms[FEW],
        "reedit_2000_s": taken[MANY].again_s,
        "score_2000_s": many.wall_s,
    }


def _scored(n_scenes: int, folder: Path, media: list[Path]) -> Spent:
    """Score an edit with the command line."""
    edit = write_edit(folder / f"cut-{n_scenes}.otio", _shots(n_scenes), media)
    out = folder / f"score-{n_scenes}"
    return run(("v2m_bridge", "score", edit, "-o", out), {"V2M_CACHE": str(folder / "cache")})


def _shots(n_scenes: int) -> list[Shot]:
    return random_shots(n_scenes, _MEAN_FRAMES, _N_MEDIA, _MEDIUM_FRAMES, n_scenes)


def _taken(n_scenes: int, folder: Path, media: list[Path], worker: jobs.Child) -> Taken:
    """Score an edit and its next revision with a warm worker, and write the files of the first score."""
    means, out = Means(cache_dir=str(folder / "cache")), folder / f"warm-{n_scenes}"
    edit, shots, clock = out.with_suffix(".otio"), _shots(n_scenes), _Clock(worker)
    with clock.reader() as reader:  # asked without the limit of time, which a busy machine may not keep
        timeline = reader.request(ReadRequest(str(write_edit(edit, shots, media))), expect=Timeline)
    read_s = clock.read_s()
    request = ComposeRequest(means=means, timeline=timeline, direction=Direction(), out_dir=str(out))
    first = worker.request(request, expect=Composed)
    compose_s = clock.worked_s()
    write_edit(edit, moved_cut(shots, n_scenes // 2, 3), media)
    with clock.reader() as reader:
        conformed = reader.request(ReadRequest(str(edit), previous=timeline), expect=Conformed)
    reread_s = clock.read_s()
    direction, _ = follow_edit(Direction(), conformed)
    request = ComposeRequest(means=means, timeline=conformed.timeline, direction=direction, kept=first.score)
    worker.request(request, expect=Composed)
    return Taken(read_s, compose_s, reread_s, clock.worked_s())


class _Clock:
    """Processor time of one worker, and of readers one after the other without their start."""

    def __init__(self, worker: jobs.Child) -> None:
        self._worker = worker
        self._worker_s = cpu_s(worker.pid)
        self._readers_s = 0.0

    def reader(self) -> jobs.Child:
        """Start a reader; time counts from when it is ready."""
        one_read = jobs.reader()
        one_read.wait_until_ready()
        self._readers_s = ended_s() + cpu_s(one_read.pid)
        return one_read

    def read_s(self) -> float:
        """Return what the reader took, now that it has ended."""
        return ended_s() - self._readers_s

    def worked_s(self) -> float:
        """Return what the worker took since this was asked last."""
        before, self._worker_s = self._worker_s, cpu_s(self._worker.pid)
        return self._worker_s - before
