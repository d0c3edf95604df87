"""What pulls a choice of chord: the key, the wished affect and the close of a cue, each as a bias on the logits."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.affect import Affect, Emotion
from v2m_bridge.core.harmony import MODEL_KEYS, N_SYMBOLS, QUALITIES, Chord, Mode, chord_of_id
from v2m_bridge.core.plan import CuePlan, SlotAffect
from v2m_bridge.model.conditions import VALENCE_OF_SYMBOL
from v2m_bridge.model.rhythm import HarmonicRhythm

F64 = NDArray[np.float64]

# Chord qualities of each emotion.  Source: Kang et al. 2024, table 1 and the published data set code.
QUALITIES_OF_EMOTION: Final[dict[Emotion, frozenset[str]]] = {
    Emotion.EXCITING: frozenset({"maj", "sus4", "7"}),
    Emotion.FEARFUL: frozenset({"dim", "min7", "dim7", "hdim7"}),
    Emotion.TENSE: frozenset({"dim", "sus4", "min7", "7"}),
    Emotion.SAD: frozenset({"min7", "min", "sus2"}),
    Emotion.RELAXING: frozenset({"maj", "maj6", "maj7"}),
    Emotion.NEUTRAL: frozenset(),
}

VALENCE_GAIN: Final = 0.6
"""Nats by which full valence favours a quality of valence index 1 over one of 0."""
EMOTION_GAIN: Final = 0.5
"""Nats by which a strong emotion favours its own qualities."""
KEY_PENALTY: Final = 2.0
"""Nats against a chord for each of its tones that lies outside the key."""
CADENCE_GAIN: Final = (2.0, 14.0)
"""Nats for the dominant before the closing slot and for the tonic in it."""

RHYTHM: Final = 0.45
"""Chord changes per slot of a cue that is neither calm nor aroused."""
AROUSAL_TO_RHYTHM: Final = 0.12
"""Chord changes per slot that full arousal adds at affect strength 1."""
RHYTHM_STRENGTH: Final = 1.0
WISHED_STRENGTH: Final = 2.0
"""Strength of a rate that the user wishes."""

_EXTRA_TONES: Final[dict[Mode, tuple[int, ...]]] = {"major": (), "minor": (8,)}  # the leading note of A minor


def key_bias(mode: Mode, penalty: float = KEY_PENALTY) -> F64:
    """(157,) penalty for tones outside C major, or outside A minor with its leading note."""
    scale = {*MODEL_KEYS[mode].scale, *_EXTRA_TONES[mode]}
    outside = [sum(tone not in scale for tone in chord_of_id(s).pitch_classes) for s in range(N_SYMBOLS)]
    return -penalty * np.array(outside, np.float64)


def inside_key(mode: Mode) -> NDArray[np.bool_]:
    """(157,) True for chords whose tones all lie in C major or in A natural minor."""
    return np.array([set(chord_of_id(s).pitch_classes) <= set(MODEL_KEYS[mode].scale) for s in range(N_SYMBOLS)])


def affect_bias(affect: SlotAffect, strength: float) -> F64:
    """(T, 157) pull of each slot's valence and emotion on the chord qualities.

    Parameters
    ----------
    affect : SlotAffect
    strength : float
        0 for none, 1 as tuned, up to 2.
    """
    valence = affect.valence.astype(np.float64)[:, None] * VALENCE_OF_SYMBOL.astype(np.float64)[None, :]
    radius = np.minimum(1.0, np.hypot(affect.valence.astype(np.float64), affect.arousal.astype(np.float64)))
    words = [Affect(float(v), float(a)).nearest_emotion() for v, a in zip(affect.valence, affect.arousal, strict=True)]
    members = np.stack([_MEMBERS[word] for word in words])
    return strength * (VALENCE_GAIN * valence + EMOTION_GAIN * radius[:, None] * members)


def rhythm_of(plan: CuePlan, strength: float) -> HarmonicRhythm:
    """Return how often chords change: as the user wishes, else a little less than every other slot, more if aroused."""
    wish, n_slots = plan.wishes.rhythm, len(plan.slots)
    if wish is None:
        rates = RHYTHM + AROUSAL_TO_RHYTHM * strength * plan.affect.arousal.astype(np.float64)
        return HarmonicRhythm(rates, RHYTHM_STRENGTH)
    if wish.changes_per_slot is not None:
        exact = wish.changes_per_slot == 0
        rates = np.full(n_slots, wish.changes_per_slot)
        return HarmonicRhythm(rates, math.inf if exact else WISHED_STRENGTH, wish.n_chords)
    first_bar = plan.slots[0].bar + (plan.tempo.pickup_ticks > 0)
    starts = [slot.bar > first_bar and slot.bar != plan.slots[t - 1].bar for t, slot in enumerate(plan.slots)]
    return HarmonicRhythm(np.array(starts) / (wish.bars_per_chord or 1), math.inf, wish.n_chords)


def opening_bias(plan: CuePlan) -> F64:
    """(T, 157) pull of the tonic in the first slot, where a rhythm was wished: a pedal never leaves it."""
    bias = np.zeros((len(plan.slots), N_SYMBOLS))
    if plan.wishes.rhythm is not None:
        bias[0, _tonic(plan.key.mode).symbol_id] = CADENCE_GAIN[1]
    return bias


def cadence_bias(n_slots: int, mode: Mode, close_at: int | None = None) -> F64:
    """(T, 157) pull of the dominant before the closing slot and of the tonic in it; by default that is the last."""
    bias = np.zeros((n_slots, N_SYMBOLS))
    dominant = (MODEL_KEYS[mode].tonic + 7) % 12
    closing = ((Chord(dominant), Chord(dominant, "7")), (_tonic(mode),))
    for place, (chords, gain) in enumerate(zip(closing, CADENCE_GAIN, strict=True)):
        slot = (n_slots - 1 if close_at is None else close_at) - len(closing) + 1 + place
        if slot > 0:
            bias[slot, [chord.symbol_id for chord in chords]] = gain
    return bias


def _tonic(mode: Mode) -> Chord:
    return Chord(MODEL_KEYS[mode].tonic, "maj" if mode == "major" else "min")


def _members(emotion: Emotion) -> F64:
    names = QUALITIES_OF_EMOTION[emotion]
    row = np.zeros(N_SYMBOLS)
    for symbol in range(1, N_SYMBOLS):
        row[symbol] = QUALITIES[(symbol - 1) % len(QUALITIES)].name in names
    return row


_MEMBERS: Final = {emotion: _members(emotion) for emotion in Emotion}
