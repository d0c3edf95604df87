"""From a planned cue to its chords and dynamics: what the rest of the program calls."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from v2m_bridge.core.arrays import F32, I64
from v2m_bridge.core.dynamics import Dynamics
from v2m_bridge.core.harmony import N_SYMBOLS, Mode
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.model import calibration, conditions, steering
from v2m_bridge.model.dynamics_columns import by_name, place_columns, sounding_columns
from v2m_bridge.model.rhythm import HarmonicRhythm
from v2m_bridge.model.sampling import FREE, Decoding, NoiseSource, Sheet, fill
from v2m_bridge.model.sung import sung_bias
from v2m_bridge.model.weights import Header, Weights

GUIDANCE_AT_FULL_STRENGTH: Final = 1.25
"""How far affect strength 1 exaggerates the conditions; strength 2 goes twice as far past 1."""

_FIRM_KEY: Final = 8.0
"""Largest multiple of the key's pull."""
Array = TypeVar("Array", bound=np.generic)

AROUSAL_GAIN: Final = 1.1
"""Standard deviations of density and loudness that full arousal adds."""
INTENSITY_GAIN: Final = 0.5
"""Standard deviations that full intensity adds."""
TEXTURE_GAIN: Final = 0.5
"""Share of the regressor's own movement, which follows bars, chords and the close."""
_TEXTURE_STEP: Final = 1 / 1024
_PREDICTION_STEP: Final = 1 / 4096
"""Deviations to which predictions are rounded, so that the last bits of a machine do not matter."""


def compose_chords(
    weights: Weights,
    plan: CuePlan,
    *,
    forced: I64 | None = None,
    close_at: int | None = None,
    decoding: Decoding | None = None,
    rhythm: HarmonicRhythm | None = None,
    sung: Mapping[int, int] | None = None,
) -> I64:
    """Choose a chord for every slot of a cue.

    Parameters
    ----------
    weights : Weights
    plan : CuePlan
        Its wishes hold the primer (as it sounds), the seed and the affect strength.
    forced : (T,) int64, optional
        Symbol ids that stay, -1 where a slot is free.
    close_at : int, optional
        Slot in which the cue comes to rest: the tonic is favoured there and the dominant before it.  By default the
        last slot.
    decoding : Decoding, optional
        How chords are chosen; by default guided by the affect strength.
    rhythm : HarmonicRhythm, optional
        How often chords change; by default as the wishes say, else softly by arousal.
    sung : mapping of int to int, optional
        By slot, the pitch class 0..11 in the model's key that a melody has on its first beat: a chord that holds it is
        chosen.

    Returns
    -------
    (T,) int64
        Symbol ids 0..156 in the model's key (C major or A minor).  The same inputs give the same chords, whatever the
        number of threads.
    """
    decoding = decoding or Decoding(guidance=_guidance(_strength(plan)))
    if plan.turn is not None:  # the key before the turn draws what stands before it, that after it reads on
        mode = plan.key.mode
        before = chord_sheet(weights, plan, forced, close_at, decoding=decoding, mode=mode, rhythm=rhythm, sung=sung)
        drawn = fill(weights.chords, before, noise_of(plan), decoding)
        rest = np.full(len(drawn), FREE, np.int64) if forced is None else forced
        forced = np.where(np.arange(len(drawn)) < plan.turn.slot, drawn, rest)
    sheet = chord_sheet(weights, plan, forced, close_at, decoding=decoding, rhythm=rhythm, sung=sung)
    return fill(weights.chords, sheet, noise_of(plan), decoding)


def chord_sheet(
    weights: Weights,
    plan: CuePlan,
    forced: I64 | None = None,
    close_at: int | None = None,
    *,
    decoding: Decoding | None = None,
    mode: Mode | None = None,
    rhythm: HarmonicRhythm | None = None,
    sung: Mapping[int, int] | None = None,
) -> Sheet:
    """Lay out what is fixed, what conditions each slot and what pulls it, in the mode of the cue's end or another."""
    fixed = np.full(len(plan.slots), FREE, np.int64) if forced is None else forced.astype(np.int64)
    if len(fixed) != len(plan.slots) or fixed.min() < FREE or fixed.max() >= N_SYMBOLS:
        raise ValueError(f"forced needs one symbol id or {FREE} for each of {len(plan.slots)} slots")
    for slot, chord in enumerate((plan.wishes.primer or ())[: len(fixed)]):
        if fixed[slot] == FREE:
            fixed[slot] = chord.transposed(-plan.key.semitones_from_model).symbol_id
    strength = _strength(plan)
    mode = mode or plan.key_at(len(fixed) - 1).mode
    bias = (
        _key_bias(plan, 1.0 if decoding is None else decoding.key_strength)
        + steering.affect_bias(plan.affect, strength)
        + steering.opening_bias(plan)
        + steering.cadence_bias(len(fixed), plan.key_at(len(fixed) - 1).mode, close_at)
    )
    rhythm = rhythm or steering.rhythm_of(plan, strength)
    bias += sung_bias(sung or {}, len(fixed), rhythm)
    rows = chord_rows(weights.chords_header, plan, strength, rhythm)
    close_at = len(fixed) - 1 if close_at is None else close_at
    inside = _per_slot(plan, steering.inside_key)
    return Sheet(fixed, rows, float(mode == "minor"), bias, inside, rhythm, close_at)


def _key_bias(plan: CuePlan, strength: float) -> NDArray[np.float64]:
    """(T, 157) penalty for tones outside the key of each slot; an infinite strength is a rule as well."""
    return min(strength, _FIRM_KEY) * _per_slot(plan, steering.key_bias)


def _per_slot(plan: CuePlan, of_mode: Callable[[Mode], NDArray[Array]]) -> NDArray[Array]:
    """(T, 157) what holds in the mode of each slot."""
    rows = np.repeat(of_mode(plan.key.mode)[None, :], len(plan.slots), axis=0)
    if plan.turn is not None:
        rows[plan.turn.slot :] = of_mode(plan.turn.key.mode)
    return rows


def chord_rows(header: Header, plan: CuePlan, strength: float, rhythm: HarmonicRhythm | None = None) -> F32:
    """(G, T, columns) conditions; a second row without affect where the weights can be guided.

    The change rate is where the rhythm stands among the songs of the mode; without one it follows arousal.
    """
    n_semantic = _n_semantic(header)
    if n_semantic is not None:
        return conditions.video_rows(plan, n_semantic)[None]
    columns = conditions.plan_columns(plan)
    if rhythm is not None and (quantiles := _change_rate_quantiles(header, plan.key.mode)):
        rates = rhythm.changes_per_slot.astype(np.float32)
        rates = conditions.smoothed(rates) if rhythm.is_exact else rates
        columns = {**columns, "change_rate": conditions.standing(rates, quantiles)}
    plain = conditions.stacked(conditions.without_affect(columns), header.inputs)
    if strength == 0:
        return plain[None]
    full = conditions.stacked(columns, header.inputs)
    return np.stack([full, plain]) if header.affect_dropout else full[None]


def _change_rate_quantiles(header: Header, mode: Mode) -> Sequence[float]:
    """Quantiles of the change rate over the training songs, as the header of weights tells them; else empty."""
    return header.standings.get("change_rate", {}).get(mode, ())


def noise_of(plan: CuePlan) -> NoiseSource:
    """Return the noise of a cue: from its seed and its number, not from its place or length."""
    digest = hashlib.blake2b(plan.cue.number.encode(), digest_size=8).digest()
    return NoiseSource(plan.wishes.seed or 0, int.from_bytes(digest, "big"))


def predict_dynamics(weights: Weights, plan: CuePlan, symbol_ids: I64) -> Dynamics:
    """Predict density and loudness of every slot.

    The regressor says how both move with bars, chords and the close of the cue, or with the picture; arousal and
    intensity shift them slot by slot, more of either never giving less.  The sum is mapped onto the spread of recorded
    music, because a regression alone collapses to the mean: by the quantiles in the header of weights that read
    pictures, so that without a shift the order of slots is the regressor's own.

    Parameters
    ----------
    weights : Weights
    plan : CuePlan
    symbol_ids : (T,) int64
        The chords, in the model's key.

    Returns
    -------
    Dynamics
        Density rounded to 1/16 note per second, loudness to 1/1024.
    """
    header = weights.dynamics_header
    with torch.no_grad():
        rows = torch.from_numpy(dynamics_rows(header, plan, symbol_ids))[None]
        predicted = weights.dynamics.standard(rows)[0].double().numpy()
    calibrations = calibration.calibrations_of(header.standings)
    density, loudness = (
        calibration.in_steps(output, _expected(output, predicted[:, index], calibrations.get(output), _lift(plan)))
        for index, output in enumerate(calibration.OUTPUTS)
    )
    return Dynamics(density_notes_per_s=density, loudness_rms=loudness)


def dynamics_rows(header: Header, plan: CuePlan, symbol_ids: I64) -> F32:
    """(T, columns) what the regressor reads; affect is left out of the music columns, it acts as a shift."""
    n_semantic = _n_semantic(header) or 0
    video = by_name(conditions.video_rows(plan, n_semantic), conditions.video_columns(n_semantic))
    music = conditions.without_affect(conditions.plan_columns(plan))
    columns = {**video, **music, **place_columns(len(plan.slots)), **sounding_columns(symbol_ids)}
    return conditions.stacked(columns, header.inputs)


def dynamics_source(header: Header) -> str:
    """Say in a few words how density and loudness are found with a regressor."""
    if calibration.calibrations_of(header.standings):
        return f"{header.name}: predicted from the picture, matched by quantile with its corpus; arousal shifts it"
    return f"{header.name}: movement with {_read_by(header)}; arousal mapped by quantile onto recorded music"


def _read_by(header: Header) -> str:
    return "bars and chords" if _n_semantic(header) is None else "the picture"


def _lift(plan: CuePlan) -> NDArray[np.float64]:
    """(T,) deviations that arousal and intensity add."""
    arousal = min(1.0, _strength(plan)) * plan.affect.arousal.astype(np.float64)
    return AROUSAL_GAIN * arousal + INTENSITY_GAIN * (2 * plan.affect.intensity.astype(np.float64) - 1)


def _expected(
    output: str, predicted: NDArray[np.float64], own: calibration.Calibration | None, lift: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(T,) density or loudness on the scale of recorded music."""
    if own is None:
        texture = np.round(np.clip(predicted, -3, 3) / _TEXTURE_STEP) * _TEXTURE_STEP
        return calibration.marginal_values(output, calibration.places_of(TEXTURE_GAIN * texture + lift))
    places = own.places(np.round(predicted / _PREDICTION_STEP) * _PREDICTION_STEP)
    return own.values(calibration.places_of(calibration.scores_of(places) + lift))


def _n_semantic(header: Header) -> int | None:
    """Width of the semantic columns of weights that read video; None for weights that read music columns."""
    if "motion" not in header.inputs:
        return None
    return sum(name.startswith("semantic") for name in header.inputs)


def _strength(plan: CuePlan) -> float:
    return 1.0 if plan.wishes.affect_strength is None else plan.wishes.affect_strength


def _guidance(strength: float) -> float:
    return 1 + (GUIDANCE_AT_FULL_STRENGTH - 1) * strength
