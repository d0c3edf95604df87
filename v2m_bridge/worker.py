"""Entry module of the worker process: decoding, the model and files, away from everything that must not stall."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Final

import torch

from v2m_bridge import pipeline
from v2m_bridge.arrange.styles import style_names
from v2m_bridge.child import Progress, serve
from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.direction_text import parse_direction
from v2m_bridge.core.guide import GuideMovie
from v2m_bridge.core.hit_points import has_missed_must
from v2m_bridge.core.routing import remarks_on
from v2m_bridge.core.timeline import Media, PlainVideo, Timeline
from v2m_bridge.core.work import (
    CONVERT_HINT,
    NICE_VARIABLE,
    Analysed,
    AnalyseRequest,
    Composed,
    ComposeRequest,
    Farmed,
    FarmRequest,
    Means,
    Rendered,
    RenderRequest,
    SpotRequest,
    Spotted,
    TempiFound,
    TempoRequest,
    Thumbnails,
    ThumbnailsRequest,
)
from v2m_bridge.deliver import deliver, deliver_cues_midi
from v2m_bridge.deliver_cues import check_cue_list_place, deliver_cue_list
from v2m_bridge.errors import MediaError, TimelineError
from v2m_bridge.export.thumbnails import write_thumbnails
from v2m_bridge.listening.offers import offers_of
from v2m_bridge.materials import with_materials
from v2m_bridge.model.linear_maps import Precision
from v2m_bridge.model.weights import Weights, dynamics_path, load_weights
from v2m_bridge.rendering import check_render, render_edit
from v2m_bridge.spotting.cue_list import read_cue_list
from v2m_bridge.spotting.cues import cues_of
from v2m_bridge.spotting.propose import doubts_of, propose
from v2m_bridge.spotting.tempo_given import temp_tempo_maps, tempo_map_of_smf
from v2m_bridge.spotting.tempo_list import find_tempi, tempi_of
from v2m_bridge.version_store import FOLDER, keep_versions, numbered
from v2m_bridge.vision.analyse import analyse, analysed
from v2m_bridge.vision.backends import choose_backend
from v2m_bridge.vision.emotion import EmotionBackend
from v2m_bridge.vision.ray_engine import analyse_on_ray

_NO_LIST: Final = ("", "auto")


def compose(request: ComposeRequest, progress: Progress) -> Composed:
    """Compose a timeline and write its files."""
    _use_threads(request.means)
    begun_s = perf_counter()
    weights = _weights(request.means.weights, request.means.precision)
    edit = _edit(request.timeline, request.video)
    first = _direction(request, edit) if isinstance(edit, Timeline) else Direction(defaults=request.wishes)
    known = with_materials(first)  # refuses what cannot be followed before the pictures are looked at
    timeline, seen = _see(edit, request, progress)
    seen_s = perf_counter()
    direction, heard = with_materials(_direction(request, timeline), known), None
    cache_dir = Path(request.means.cache_dir)
    if request.follows_temp or request.out_dir:
        heard = pipeline.listen(timeline, guide=seen.guide, cache_dir=cache_dir, progress=progress)
    if request.follows_temp and heard is not None:
        direction = replace(direction, tempo_maps=temp_tempo_maps(heard.temp_music, cues_of(timeline, direction)))
    score = pipeline.compose_seen(timeline, direction, request.kept, seen=seen, weights=weights, progress=progress)
    versions = Path(request.out_dir) / FOLDER
    score = numbered(score, versions) if request.out_dir else score
    warnings = (*seen.warnings, *score.remarks, *remarks_on(request.means.routing, score))
    composed = Composed(score=score, timeline=timeline, warnings=warnings, paths=(), styles=style_names())
    if not request.out_dir or heard is None:
        return composed
    composed = replace(composed, warnings=(*warnings, *heard.warnings))
    tempi = tuple(tempi_of(score, cue) for cue in score.cues if has_missed_must(cue))
    paths = deliver(
        score,
        Path(request.out_dir),
        composed.warnings,
        cue_list=None if request.cues_path in _NO_LIST else Path(request.cues_path),
        locks={cue.number: locks for cue in score.cues if (locks := direction.for_cue(cue.number).locks)},
        heard=heard,
        tempi=tempi,
        took_s={"looking": seen_s - begun_s, "composing": perf_counter() - seen_s},
        with_png=request.with_png,
        routing=request.means.routing,
    )
    keep_versions(score, direction, versions)
    if request.midi_dir:
        deliver_cues_midi(score, Path(request.midi_dir), request.means.routing)
    return replace(composed, paths=paths, tempi=tempi)


def find_tempo(request: TempoRequest, _progress: Progress) -> TempiFound:
    """Rank tempi for the cues of a score."""
    return TempiFound(cues=find_tempi(request.score, request.cue, request.tempo_bpm, request.n_best))


def spot(request: SpotRequest, progress: Progress) -> Spotted:
    """Propose where music goes, and write the list."""
    _use_threads(request.means)
    path, cache_dir = Path(request.out_path), Path(request.means.cache_dir)
    check_cue_list_place(path, cache_dir)  # before the pictures are looked at
    timeline, seen = _see(_edit(request.timeline, request.video), request, progress)
    heard = pipeline.listen(timeline, guide=seen.guide, cache_dir=cache_dir, progress=progress)
    proposal = propose(timeline, seen.media, heard.speech, request.coverage)
    deliver_cue_list(timeline, proposal, path, cache_dir)
    warnings = (
        *seen.warnings,
        *heard.warnings,
        *doubts_of(timeline, heard.speech, proposal, request.coverage),
    )
    offers = offers_of(timeline, heard.temp_music)
    return Spotted(proposal=proposal, timeline=timeline, warnings=warnings, path=str(path), offers=offers)


def render_score(request: RenderRequest, progress: Progress) -> Rendered:
    """Render a score under the picture that it was composed for."""
    _use_threads(request.means)
    check_render(request)  # before the pictures are looked at
    edit = _edit(request.timeline, request.video)
    timeline = edit if isinstance(edit, Timeline) else _see(edit, request, progress)[0]
    return render_edit(request, timeline, progress)


def analyse_medium(request: AnalyseRequest, progress: Progress) -> Analysed:
    """Look at a medium, so that its features are in the cache."""
    _use_threads(request.means)
    left_out = {each.identity: each.why for each in request.means.left_out if not each.part}
    why = left_out.get(Media(request.path).identity)
    if why is not None:
        raise MediaError(f"{Path(request.path).name} {why}", hint=CONVERT_HINT)
    backend, cache_dir = _backend(request.means.vision), Path(request.means.cache_dir)
    return analysed(analyse(Path(request.path), backend=backend, cache_dir=cache_dir, progress=progress))


def analyse_farmed(request: FarmRequest, progress: Progress) -> Farmed:
    """Look at media on a Ray cluster."""
    backend, cache_dir = _backend(request.means.vision), Path(request.means.cache_dir)
    return analyse_on_ray(
        tuple(map(Path, request.paths)),
        vision=request.means.vision,
        backend=backend,
        cache_dir=cache_dir,
        progress=progress,
    )


def thumbnails(request: ThumbnailsRequest, _progress: Progress) -> Thumbnails:
    """Write a small picture of each scene."""
    return Thumbnails(n_written=write_thumbnails(request.scenes, Path(request.folder)))


def _edit(timeline: Timeline | None, video: PlainVideo | None) -> Timeline | PlainVideo:
    edit = timeline or video
    if edit is None:
        raise TimelineError("there is no edit to look at")
    return edit


def _see(
    edit: Timeline | PlainVideo, request: ComposeRequest | SpotRequest | RenderRequest, progress: Progress
) -> tuple[Timeline, pipeline.Seen]:
    backend, cache_dir = _backend(request.means.vision), Path(request.means.cache_dir)
    return pipeline.see(
        edit,
        backend,
        guide=_guide(request),
        cache_dir=cache_dir,
        left_out=request.means.left_out,
        apart=request.means.apart,
        progress=progress,
    )


def _guide(request: ComposeRequest | SpotRequest | RenderRequest) -> GuideMovie | None:
    return GuideMovie(request.guide_path, request.guide_start) if request.guide_path else None


def _weights(path: str, precision: Precision = "single") -> Weights:
    """Load weights, or return those of the request before while their files are the same."""
    files = (path, str(dynamics_path(Path(path)))) if path else ()
    return _loaded_weights(path, precision, tuple(map(_stamp, files)))


def _backend(spec: str) -> EmotionBackend:
    """Load what looks at pictures, or return that of the request before while its checkpoint is the same."""
    return _loaded_backend(spec, _stamp(spec.partition("=")[2]))


@lru_cache(maxsize=1)
def _loaded_weights(path: str, precision: Precision, _stamps: tuple[tuple[int, int], ...]) -> Weights:
    return load_weights(Path(path) if path else None, precision)


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
    """Return all wishes, with the given tempo map laid under every cue."""
    direction = _wishes(request, timeline)
    if not request.tempo_map_path:
        return direction
    path = Path(request.tempo_map_path)
    maps = {cue.number: tempo_map_of_smf(path, cue.start.exact_s) for cue in cues_of(timeline, direction)}
    return replace(direction, tempo_maps=maps)


def _wishes(request: ComposeRequest, timeline: Timeline) -> Direction:
    """Join the command line's wishes, the direction file and the cue list; the nearer to a cue, the stronger."""
    if request.direction is not None:
        return pipeline.without_strangers(request.direction, timeline, request.kept)
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
            TempoRequest: find_tempo,
            RenderRequest: render_score,
            ThumbnailsRequest: thumbnails,
            AnalyseRequest: analyse_medium,
            FarmRequest: analyse_farmed,
        }
    )


if __name__ == "__main__":
    main()
