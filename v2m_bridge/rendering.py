"""A render as it is asked for: what is seen through a guide, what is heard, and where the files go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from v2m_bridge.child import Progress
from v2m_bridge.core.guide import GuideMovie
from v2m_bridge.core.score import Score
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.work import Rendered, RenderRequest
from v2m_bridge.errors import OutputError, TimelineError
from v2m_bridge.export.files import check_replaceable
from v2m_bridge.export.render import SoundOfEdit, render
from v2m_bridge.export.sound_font import find_sound_font
from v2m_bridge.export.stems import Stems, check_stems, write_stems
from v2m_bridge.pipeline import listen_for_speech
from v2m_bridge.vision.guide import place_guide

_FILM = ".mp4"


def check_render(request: RenderRequest) -> None:
    """Refuse what cannot be rendered, before anything is decoded.

    Raises
    ------
    OutputError
        When the SoundFont cannot be read, or what is to be written is in the way of something else.
    """
    find_sound_font(_font_of(request))
    check_replaceable(Path(request.out_path))
    folder = Path(request.stems_dir)
    if not request.stems_dir:
        return
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is there already and is not a folder", hint="Name a folder with --stems.")
    check_stems(request.score, folder, _picture_date(request.score))


def render_edit(request: RenderRequest, timeline: Timeline, progress: Progress) -> Rendered:
    """Render the score of a request under its edit, and its stems where they are asked for.

    Raises
    ------
    TimelineError
        When the edit is another than the one that was scored.
    """
    if timeline.revision != request.score.revision:
        raise TimelineError(
            f"{timeline.name or 'the edit'} has changed since this score was made",
            hint="Run v2m score again, with --keep to keep the music that still fits.",
        )
    shown, sound = timeline, SoundOfEdit()
    warnings: tuple[str, ...] = ()
    if Path(request.out_path).suffix.lower() == _FILM:
        shown, sound, warnings = _film(request, timeline, progress)
    font = find_sound_font(_font_of(request))
    done = render(request.score, shown, Path(request.out_path), sound_font=font, sound=sound, progress=progress)
    stems = _stems(request, font, progress)
    return replace(done, warnings=(*warnings, *done.warnings, *stems.warnings), stems=stems.paths)


def _film(
    request: RenderRequest, timeline: Timeline, progress: Progress
) -> tuple[Timeline, SoundOfEdit, tuple[str, ...]]:
    """Return the edit as it is seen, what is heard of it, and what the user should know."""
    cache_dir, guide = Path(request.means.cache_dir), None
    if request.guide_path:
        movie = GuideMovie(request.guide_path, request.guide_start)
        guide = place_guide(movie, timeline, cache_dir=cache_dir, progress=progress)
    speech, _unheard = listen_for_speech(timeline, guide=guide, cache_dir=cache_dir, progress=progress)
    sound = SoundOfEdit(guide, speech, with_temp=request.with_temp)
    if guide is None:
        return timeline, sound, ()
    return guide.shown_in(timeline, _without_file(timeline)), sound, guide.warnings


def _stems(request: RenderRequest, font: Path, progress: Progress) -> Stems:
    if not request.stems_dir:
        return Stems(())
    return write_stems(
        request.score,
        Path(request.stems_dir),
        sound_font=font,
        picture=_picture_date(request.score),
        made=datetime.now(UTC).astimezone(),
        progress=progress,
    )


def _picture_date(score: Score) -> date:
    """Return the day on which the edit was last written, as its file says; today where the file is not there."""
    try:
        return datetime.fromtimestamp(Path(score.source).stat().st_mtime, UTC).astimezone().date()
    except (OSError, ValueError, OverflowError):
        return datetime.now(UTC).astimezone().date()


def _font_of(request: RenderRequest) -> Path | None:
    return Path(request.sound_font) if request.sound_font else None


def _without_file(timeline: Timeline) -> frozenset[str]:
    """Ids of the scenes whose picture is nowhere but in a guide."""
    media = ((scene.id, scene.media) for scene in timeline.scenes)
    return frozenset(key for key, medium in media if not (medium and medium.path and Path(medium.path).is_file()))
