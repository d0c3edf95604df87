"""From a timeline and wishes to a score: vision, spotting, model and arrange, one after the other.

`compose_seen` is pure.  `see` is the only step here that reads files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from v2m_bridge.arrange.segue import over_joins, without_tail
from v2m_bridge.composing import compose_cue
from v2m_bridge.core.direction import Direction
from v2m_bridge.core.guide import GuideMovie, PlacedGuide
from v2m_bridge.core.heard import Heard
from v2m_bridge.core.score import Score, ScoredMarker
from v2m_bridge.core.speech import SpeechMask
from v2m_bridge.core.temp_music import is_temp_music
from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.core.work import CONVERT_HINT, LeftOut
from v2m_bridge.errors import MediaError, SettingsError
from v2m_bridge.listening.cache import HeardCache
from v2m_bridge.listening.edit import GuideSound, hear_music_clips, hear_speech
from v2m_bridge.materials import with_materials
from v2m_bridge.model.compose import dynamics_source
from v2m_bridge.model.weights import Weights, load_weights
from v2m_bridge.scoring import scored_scene
from v2m_bridge.spotting.earlier import edit_of
from v2m_bridge.spotting.placing import placed_cues
from v2m_bridge.spotting.plan import plan_cues
from v2m_bridge.spotting.resample import picture_of
from v2m_bridge.spotting.scenes import scene_affect
from v2m_bridge.spotting.speech import heard_in
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.backends import choose_backend
from v2m_bridge.vision.cuts import split
from v2m_bridge.vision.emotion import EmotionBackend
from v2m_bridge.vision.guide import place_guide
from v2m_bridge.vision.guide_rows import see_through
from v2m_bridge.vision.shown import see_media

Progress = Callable[[str, int, int], None]


def _silent(_label: str, _done: int, _total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What vision found: features by media identity, of scenes seen through a guide by scene id; what was not seen."""

    media: Mapping[str, MediumFeatures]
    backend: str
    warnings: tuple[str, ...]
    guide: PlacedGuide | None = None


def see(
    edit: Timeline | PlainVideo,
    backend: EmotionBackend,
    *,
    guide: GuideMovie | None = None,
    cache_dir: Path | None = None,
    left_out: Sequence[LeftOut] = (),
    apart: Collection[str] = (),
    progress: Progress = _silent,
) -> tuple[Timeline, Seen]:
    """Look at what an edit shows of its media, and split a plain video into its scenes.

    Scenes whose media cannot be seen are seen through the guide, where there is one.  Media that are left out are not
    opened; the scenes of those that are looked at apart are looked at one by one.

    Raises
    ------
    MediaError
        When nothing of the edit can be seen, or the guide shows another cut.
    """
    why = {each.identity: each.why for each in left_out if not each.part}
    if isinstance(edit, PlainVideo):
        if guide is not None:
            raise SettingsError(f"{edit.media.name} is a video and needs no guide", hint="Leave out --guide.")
        if edit.media.identity in why:
            raise MediaError(f"{edit.media.name} {why[edit.media.identity]}", hint=CONVERT_HINT)
        medium = analyse(
            Path(edit.media.path or edit.source_path), backend=backend, cache_dir=cache_dir, progress=progress
        )
        return split(edit, medium), Seen({edit.media.identity: medium}, backend.name, ())
    placed = place_guide(guide, edit, cache_dir=cache_dir, progress=progress) if guide else None
    instead = f"seen through {placed.media.name}" if placed else "interpolated from their neighbours"
    found, warnings = see_media(
        edit, backend, instead=instead, left_out=left_out, apart=apart, cache_dir=cache_dir, progress=progress
    )
    warnings = [*(placed.warnings if placed else ()), *warnings]
    sources = {scene.media.identity: scene.media for scene in edit.scenes if scene.media}
    if placed:
        blind = [
            scene for scene in edit.scenes if scene.media is None or not {scene.id, scene.media.identity} & found.keys()
        ]
        found |= see_through(placed, blind, backend, cache_dir=cache_dir, progress=progress)
    if sources and not found:
        names = ", ".join(sorted(ref.name for ref in sources.values())[:3])
        raise MediaError(
            f"no picture of {edit.name or 'the edit'} can be seen: {names} missing or not readable",
            hint="Put the media beside the edit, point --media at their folder, or give a movie of it with --guide.",
        )
    return edit, Seen(found, backend.name, tuple(warnings), placed)


def listen(
    timeline: Timeline,
    *,
    guide: PlacedGuide | None = None,
    cache_dir: Path | None = None,
    progress: Progress = _silent,
) -> Heard:
    """Listen to the sound of an edit: who speaks when, and what its music tells.

    What cannot be heard is known by the place of its clips alone; its media are named in ``warnings``.
    """
    told, cache = heard_in(timeline), HeardCache(cache_dir)
    speech, warnings = listen_for_speech(timeline, guide=guide, cache_dir=cache_dir, progress=progress)
    music = [clip for clip in timeline.audio if clip.role == "music"]
    temp, about_temp = hear_music_clips(timeline, list(filter(is_temp_music, music)), cache, progress=progress)
    own, about_own = hear_music_clips(
        timeline, [clip for clip in music if not is_temp_music(clip)], cache, progress=progress
    )
    return replace(told, speech=speech, temp_music=temp, own_music=own, warnings=(*warnings, *about_temp, *about_own))


def listen_for_speech(
    timeline: Timeline,
    *,
    guide: PlacedGuide | None = None,
    cache_dir: Path | None = None,
    progress: Progress = _silent,
) -> tuple[SpeechMask | None, tuple[str, ...]]:
    """Return who speaks when in an edit, None where it is not known, and a sentence on each medium not heard."""
    mix = GuideSound(guide.media, guide.starts_s) if guide and guide.has_sound else None
    told = heard_in(timeline).speech
    return hear_speech(timeline, told, HeardCache(cache_dir), guide=mix, progress=progress)


def without_strangers(direction: Direction, timeline: Timeline, kept: Score | None = None) -> Direction:
    """Leave out wishes for scenes and cues that an edit does not have (any more), so that the rest can be followed.

    `kept` is the earlier score, whose locked cues may say where cues stand.
    """
    scene_ids = {scene.id for scene in timeline.scenes}
    known = replace(direction, scenes={key: value for key, value in direction.scenes.items() if key in scene_ids})
    numbers = {cue.number for cue in placed_cues(timeline, known, kept, edit_of(kept, timeline))[0]}
    return replace(known, cues={key: value for key, value in direction.cues.items() if key in numbers})


def compose_seen(
    timeline: Timeline,
    direction: Direction,
    kept: Score | None,
    *,
    seen: Seen,
    weights: Weights,
    progress: Progress = _silent,
) -> Score:
    """Compose every cue of a timeline.  Pure: the same values give the same score.

    Where `kept` holds music for a cue, its locked layers stay.  Where the wishes for the cue are the same, only the
    bars of the slots whose scene-local inputs differ are composed again, with one seam bar on each side; none before
    the first frame at which the edit has changed.
    """
    picture = picture_of(timeline, seen.media)
    plans = plan_cues(timeline, direction, seen.media, kept, picture)
    cues = []
    for index, plan in enumerate(plans):
        progress("Composing", index, len(plans))
        earlier = kept.cue_of(plan.cue.number) if kept else None
        cues.append(compose_cue(plan, without_tail(earlier) if earlier else None, weights))
    progress("Composing", len(plans), len(plans))
    return Score(
        source=timeline.source_path,
        name=timeline.name,
        rate=str(timeline.rate),
        start_frame=timeline.start.frame,
        drop_frame=timeline.drop_frame,
        n_frames=timeline.end.frame,
        revision=timeline.revision,
        weights=weights.name_and_digest,
        vision=seen.backend,
        scenes=tuple(
            scored_scene(timeline, index, affect)
            for index, affect in enumerate(scene_affect(timeline, direction, seen.media, picture))
        ),
        cues=over_joins(cues, {plan.cue.number: plan.wishes.ending for plan in plans}),
        markers=tuple(ScoredMarker(m.at.frame, m.name, m.colour) for m in timeline.markers),
        remarks=tuple(sentence for plan in plans for sentence in plan.remarks),
        dynamics=dynamics_source(weights.dynamics_header),
    )


def compose(
    timeline: Timeline | PlainVideo,
    direction: Direction | None = None,
    kept: Score | None = None,
    *,
    vision: str = "auto",
    weights: Path | None = None,
    cache_dir: Path | None = None,
    progress: Progress = _silent,
) -> Score:
    """Look at a timeline's media and compose it.

    Parameters
    ----------
    timeline : Timeline or PlainVideo
        What `v2m_bridge.read_timeline` returned.
    direction : Direction, optional
        Wishes for all cues, for some, and for scenes.
    kept : Score, optional
        Earlier music that stays wherever its inputs are the same.
    vision : str
        ``auto``, ``compact`` or ``clip[:NAME]``.
    weights : Path, optional
        A chord model; None takes the one that comes with v2m_bridge.
    cache_dir : Path, optional
        Where features of media are kept; None looks at them anew.
    progress : callable
        Receives (label, done, total).

    Raises
    ------
    V2MError
        With a hint that says what to do next.
    """
    loaded, wishes = load_weights(weights), with_materials(direction or Direction())
    edit, seen = see(timeline, choose_backend(vision), cache_dir=cache_dir, progress=progress)
    return compose_seen(edit, wishes, kept, seen=seen, weights=loaded, progress=progress)
