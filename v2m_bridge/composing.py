"""Composing one planned cue: chords in its style, dynamics and parts, and what stays of its earlier music."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.devices import over_pedal, slowed, with_mediants, with_rhythm
from v2m_bridge.arrange.ending import ending_of
from v2m_bridge.arrange.splice import rebarred, splice_layers, until
from v2m_bridge.arrange.style_data import Style
from v2m_bridge.arrange.styles import style_of
from v2m_bridge.arrange.theme import strong_tones
from v2m_bridge.core.arrays import I64
from v2m_bridge.core.direction import LOCKS
from v2m_bridge.core.dynamics import Dynamics
from v2m_bridge.core.harmony import MODEL_KEYS, NO_CHORD, Chord, chord_of_id
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.score import CueMusic
from v2m_bridge.model.compose import compose_chords, predict_dynamics
from v2m_bridge.model.rhythm import HarmonicRhythm
from v2m_bridge.model.sampling import FREE
from v2m_bridge.model.steering import WISHED_STRENGTH, rhythm_of
from v2m_bridge.model.sung import eased
from v2m_bridge.model.weights import Weights
from v2m_bridge.scoring import cue_music
from v2m_bridge.spotting.carry import bars_of, carry_over, held_cue, with_kept_rows
from v2m_bridge.spotting.digests import read_inputs


def compose_cue(plan: CuePlan, kept: CueMusic | None, weights: Weights) -> CueMusic:
    """Compose one planned cue; what stays of its earlier music stays.  Pure."""
    locks = plan.wishes.locks or ()
    style = style_of(plan.wishes)
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
    ending = ending_of(plan)
    close_at = ending.first_slot
    asked = with_rhythm(plan, style)
    if ending.is_open:
        forced = _unresolved(plan, close_at, forced)
    tones = strong_tones(plan)
    sung = {slot: (tone - plan.key.semitones_from_model) % 12 for slot, tone in tones.items()}
    rhythm = _rhythm(asked, style)
    if plan.wishes.rhythm is None:
        rhythm = eased(rhythm, sung)
    ids = compose_chords(weights, asked, forced=forced, close_at=close_at, rhythm=rhythm, sung=sung)
    held = np.concatenate([ids[:close_at], np.full(len(ids) - close_at, ids[close_at], dtype=np.int64)])
    places = np.arange(len(ids))
    free = (places >= len(plan.wishes.primer or ())) & ~np.isin(places, list(tones))
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
