"""Entry module of the worker process: decoding, the model and files, away from everything that must not stall."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import torch

from v2m_bridge import pipeline
from v2m_bridge.arrange.styles import style_names
from v2m_bridge.child import Progress, serve
from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.direction_text import parse_direction
from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.core.work import (
    NICE_VARIABLE,
    Composed,
    ComposeRequest,
    Means,
    Rendered,
    RenderRequest,
    SpotRequest,
    Spotted,
    Thumbnails,
    ThumbnailsRequest,
)
from v2m_bridge.deliver import deliver
from v2m_bridge.deliver_cues import check_cue_list_place, deliver_cue_list
from v2m_bridge.errors import TimelineError
from v2m_bridge.export.render import render
from v2m_bridge.export.sound_font import find_sound_font
from v2m_bridge.export.thumbnails import write_thumbnails
from v2m_bridge.model.weights import Weights, dynamics_path, load_weights
from v2m_bridge.spotting.cue_list import read_cue_list
from v2m_bridge.spotting.propose import doubts_of, propose
from v2m_bridge.spotting.speech import speech_of
from v2m_bridge.vision.backends import choose_backend
from v2m_bridge.vision.emotion import EmotionBackend

_NO_LIST: Final = ("", "auto")


def compose(request: ComposeRequest, progress: Progress) -> Composed:
    """Compose a timeline and write its files."""
    _use_threads(request.means)
    weights = _weights(request.means.weights)
    edit = _edit(request.timeline, request.video)
    if isinstance(edit, Timeline):
        _direction(request, edit)  # refuses what cannot be followed before the pictures are looked at
    timeline, seen = _see(edit, request.means, progress)
    direction = _direction(request, timeline)
    score = pipeline.compose_seen(timeline, direction, request.kept, seen=seen, weights=weights, progress=progress)
    paths: tuple[str, ...] = ()
    if request.out_dir:
        cue_list = None if request.cues_path in _NO_LIST else Path(request.cues_path)
        paths = deliver(score, Path(request.out_dir), seen.warnings, cue_list=cue_list)
    return Composed(score=score, timeline=timeline, warnings=seen.warnings, paths=paths, styles=style_names())


def spot(request: SpotRequest, progress: Progress) -> Spotted:
    """Propose where music goes, and write the list."""
    _use_threads(request.means)
    path, cache_dir = Path(request.out_path), Path(request.means.cache_dir)
    check_cue_list_place(path, cache_dir)  # before the pictures are looked at
    timeline, seen = _see(_edit(request.timeline, request.video), request.means, progress)
    speech = speech_of(timeline)
    proposal = propose(timeline, seen.media, speech, request.coverage)
    deliver_cue_list(timeline, proposal, path, cache_dir)
    warnings = (*seen.warnings, *doubts_of(timeline, speech, proposal, request.coverage))
    return Spotted(proposal=proposal, timeline=timeline, warnings=warnings, path=str(path))


def render_score(request: RenderRequest, progress: Progress) -> Rendered:
    """Render a score under the picture that it was composed for."""
    _use_threads(request.means)
    font = find_sound_font(Path(request.sound_font) if request.sound_font else None)
    edit = _edit(request.timeline, request.video)
    timeline = edit if isinstance(edit, Timeline) else _see(edit, request.means, progress)[0]
    if timeline.revision != request.score.revision:
        raise TimelineError(
            f"{timeline.name or 'the edit'} has changed since this score was made",
            hint="Run v2m score again, with --keep to keep the music that still fits.",
        )
    return render(request.score, timeline, Path(request.out_path), sound_font=font, progress=progress)


def thumbnails(request: ThumbnailsRequest, _progress: Progress) -> Thumbnails:
    """Write a small picture of each scene."""
    return Thumbnails(n_written=write_thumbnails(request.scenes, Path(request.folder)))


def _edit(timeline: Timeline | None, video: PlainVideo | None) -> Timeline | PlainVideo:
    edit = timeline or video
    if edit is None:
        raise TimelineError("there is no edit to look at")
    return edit


def _see(edit: Timeline | PlainVideo, means: Means, progress: Progress) -> tuple[Timeline, pipeline.Seen]:
    return pipeline.see(edit, _backend(means.vision), cache_dir=Path(means.cache_dir), progress=progress)


def _weights(path: str) -> Weights:
    """Load weights, or return those of the request before while their files are the same."""
    files = (path, str(dynamics_path(Path(path)))) if path else ()
    return _loaded_weights(path, tuple(map(_stamp, files)))


def _backend(spec: str) -> EmotionBackend:
    """Load what looks at pictures, or return that of the request before while its checkpoint is the same."""
    return _loaded_backend(spec, _stamp(spec.partition("=")[2]))


@lru_cache(maxsize=1)
def _loaded_weights(path: str, _stamps: tuple[tuple[int, int], ...]) -> Weights:
    return load_weights(Path(path) if path else None)


@lru_cache(maxsize=1)
def _loaded_backend(spec: str, _stamp: tuple[int, int]) -> EmotionBackend:
    return choose_backend(spec)


def _stamp(path: str) -> tuple[int, int]:
    """Return what changes when a file is written again; zeros where there is none."""
    with suppress(OSError, ValueError):
        if path:
            stat = Path(path).stat()
            return stat.st_mtime_ns, stat.st_size
    return 0, 0


def _direction(request: ComposeRequest, timeline: Timeline) -> Direction:
    """Join the command line's wishes, the direction file and the cue list; the nearer to a cue, the stronger."""
    if request.direction is not None:
        return pipeline.without_strangers(request.direction, timeline)
    direction = parse_direction(request.direction_text, timeline)
    direction = replace(direction, defaults=request.wishes.over(direction.defaults))
    if request.cues_path in _NO_LIST:
        return direction
    spotted, listed = read_cue_list(Path(request.cues_path), timeline)
    cues = {
        number: direction.cues.get(number, CueDirection()).over(listed.get(number, CueDirection()))
        for number in [*listed, *direction.cues]
    }
    return replace(direction, cues=cues, spotted=spotted)


def _use_threads(means: Means) -> None:
    """One thread unless the user asks for more: the tensors are so small that threads mostly wait for each other."""
    torch.set_num_threads(means.threads or 1)


def _give_way() -> None:
    """Take a lower priority where the parent asks for one, so that what plays is never held up."""
    with suppress(OSError, ValueError, AttributeError):
        os.nice(int(os.environ.get(NICE_VARIABLE, "0")))


def main() -> None:
    """Serve requests until the parent's pipe closes."""
    _give_way()
    serve(
        {
            ComposeRequest: compose,
            SpotRequest: spot,
            RenderRequest: render_score,
            ThumbnailsRequest: thumbnails,
        }
    )


if __name__ == "__main__":
    main()
