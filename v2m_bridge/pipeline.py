"""From a timeline and wishes to a score: vision, spotting, model and arrange, one after the other.

`compose_seen` is pure.  `see` is the only step here that reads files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.devices import over_pedal, slowed, with_mediants, with_rhythm
from v2m_bridge.arrange.ending import ending_of
from v2m_bridge.arrange.splice import rebarred, splice_layers, until
from v2m_bridge.arrange.style_data import Style
from v2m_bridge.arrange.styles import load_style
from v2m_bridge.core.arrays import I64
from v2m_bridge.core.direction import DEFAULT_STYLE, LOCKS, Direction
from v2m_bridge.core.dynamics import Dynamics
from v2m_bridge.core.guide import GuideMovie, PlacedGuide
from v2m_bridge.core.harmony import MODEL_KEYS, NO_CHORD, Chord, chord_of_id
from v2m_bridge.core.heard import Heard
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.score import CueMusic, Score, ScoredMarker
from v2m_bridge.core.temp_music import is_temp_music
from v2m_bridge.core.timeline import PlainVideo, Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.core.work import CONVERT_HINT, LeftOut
from v2m_bridge.errors import MediaError, SettingsError
from v2m_bridge.listening.cache import HeardCache
from v2m_bridge.listening.edit import GuideSound, hear_music_clips, hear_speech
from v2m_bridge.model.compose import compose_chords, dynamics_source, predict_dynamics
from v2m_bridge.model.rhythm import HarmonicRhythm
from v2m_bridge.model.sampling import FREE
from v2m_bridge.model.steering import WISHED_STRENGTH, rhythm_of
from v2m_bridge.model.weights import Weights, load_weights
from v2m_bridge.scoring import cue_music, scored_scene
from v2m_bridge.spotting.carry import bars_of, carry_over, held_cue, with_kept_rows
from v2m_bridge.spotting.digests import read_inputs
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
    mix = GuideSound(guide.media, guide.starts_s) if guide and guide.has_sound else None
    speech, warnings = hear_speech(timeline, told.speech, cache, guide=mix, progress=progress)
    music = [clip for clip in timeline.audio if clip.role == "music"]
    temp, about_temp = hear_music_clips(timeline, list(filter(is_temp_music, music)), cache, progress=progress)
    own, about_own = hear_music_clips(
        timeline, [clip for clip in music if not is_temp_music(clip)], cache, progress=progress
    )
    return replace(told, speech=speech, temp_music=temp, own_music=own, warnings=(*warnings, *about_temp, *about_own))


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
        cues.append(compose_cue(plan, earlier, weights))
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
        cues=tuple(cues),
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
    loaded = load_weights(weights)
    edit, seen = see(timeline, choose_backend(vision), cache_dir=cache_dir, progress=progress)
    return compose_seen(edit, direction or Direction(), kept, seen=seen, weights=loaded, progress=progress)


def compose_cue(plan: CuePlan, kept: CueMusic | None, weights: Weights) -> CueMusic:
    """Compose one planned cue; what stays of its earlier music stays.  Pure."""
    locks = plan.wishes.locks or ()
    style = load_style(plan.wishes.style or DEFAULT_STYLE)
    inputs = f"{plan.cue_key}.{weights.name_and_digest}"
    if kept is None:
        ids = _composed_ids(weights, plan, style)
        chords = _sounding(plan, ids, style)
        dynamics = predict_dynamics(weights, plan, ids)
        return cue_music(plan, inputs, ids, chords, dynamics, arrange(plan, chords, dynamics))
    if locks == LOCKS:
        return replace(held_cue(plan, kept), parts=until(kept.parts, plan.end_tick))
    parts = rebarred(kept.parts, bars_of(kept.slots), bars_of(plan.slots))
    carried = carry_over(plan, kept, weights.name_and_digest, ending_of(plan).start_tick)
    ids, chords, dynamics = carried.symbol_ids, carried.chords, carried.dynamics
    if carried.windows:
        stay = ~carried.free | (carried.known & _holds_chords(locks))
        ids = _composed_ids(weights, plan, style, forced=np.where(stay, ids, FREE))
        again = _sounding(plan, ids, style)
        chords = tuple(old if stays else new for old, new, stays in zip(chords, again, stay, strict=True))
        fresh = predict_dynamics(weights, plan, ids)
        stay = ~carried.free | (carried.known & ("texture" in locks))
        dynamics = Dynamics(
            np.where(stay, dynamics.density_notes_per_s, fresh.density_notes_per_s),
            np.where(stay, dynamics.loudness_rms, fresh.loudness_rms),
        )
        parts = splice_layers(parts, arrange(plan, chords, dynamics), carried.windows, locks, carried.beyond(plan))
        inputs = read_inputs(inputs)._replace(locks=",".join(locks)).text
    elif locks:
        inputs = kept.inputs
    music = with_kept_rows(cue_music(plan, inputs, ids, chords, dynamics, parts), kept, carried)
    return replace(music, style=kept.style) if "texture" in locks else music


def _holds_chords(locks: Collection[str]) -> bool:
    """Whether chords stay: where the notes of the parts do, the chords that they sound do, too."""
    return "harmony" in locks or "texture" in locks


def _composed_ids(weights: Weights, plan: CuePlan, style: Style, forced: I64 | None = None) -> I64:
    """Choose the chords; the one that the cue comes to rest on is held through the ending, so that it can ring."""
    close_at = ending_of(plan).first_slot
    asked = with_rhythm(plan, style)
    if ending_of(plan).is_open:
        forced = _unresolved(plan, close_at, forced)
    ids = compose_chords(weights, asked, forced=forced, close_at=close_at, rhythm=_rhythm(asked, style))
    held = np.concatenate([ids[:close_at], np.full(len(ids) - close_at, ids[close_at], dtype=np.int64)])
    free = np.arange(len(ids)) >= len(plan.wishes.primer or ())
    if forced is not None:
        held, free = np.where(forced == FREE, held, forced), free & (forced == FREE)
    return with_mediants(held, free, plan, style)


def _unresolved(plan: CuePlan, close_at: int, forced: I64 | None) -> I64:
    """Let a cue come to rest on its dominant, where its last chord is free."""
    last = len(plan.slots) - 1
    dominant = Chord((MODEL_KEYS[plan.key_at(last).mode].tonic + 7) % 12).symbol_id
    found = np.full(len(plan.slots), FREE, np.int64) if forced is None else forced.copy()
    ends = (np.arange(len(found)) >= close_at) & (found == FREE)
    found[ends] = dominant
    return found


def _rhythm(plan: CuePlan, style: Style) -> HarmonicRhythm:
    """Return how often chords change: as wished, else by arousal, and less under tension where the style says so."""
    strength = 1.0 if plan.wishes.affect_strength is None else plan.wishes.affect_strength
    rhythm = rhythm_of(plan, strength)
    if plan.wishes.rhythm is not None:
        return rhythm
    rates = slowed(rhythm.changes_per_slot, plan, style)
    return rhythm if np.array_equal(rates, rhythm.changes_per_slot) else HarmonicRhythm(rates, WISHED_STRENGTH)


def _sounding(plan: CuePlan, ids: I64, style: Style) -> tuple[Chord, ...]:
    """Chords in the key of the cue, over the bass that the style holds; a primer's own bass notes are kept."""
    primer = plan.wishes.primer or ()
    shift = plan.key.semitones_from_model
    chords = []
    for index, symbol_id in enumerate(ids.tolist()):
        chord = Chord(None) if symbol_id == NO_CHORD else chord_of_id(symbol_id).transposed(shift)
        if index < len(primer) and primer[index].symbol_id == chord.symbol_id:
            chord = primer[index]
        chords.append(chord)
    return over_pedal(chords, np.arange(len(chords)) >= len(primer), plan, style)
