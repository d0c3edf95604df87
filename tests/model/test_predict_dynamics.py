"""How density and loudness are predicted with weights that read pictures and state what they were matched with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.tiny import tiny_weights
from tests.plans import make_plan
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.errors import ModelError
from v2m_bridge.model.calibration import fit_calibration, standings_of
from v2m_bridge.model.compose import dynamics_rows, dynamics_source, predict_dynamics
from v2m_bridge.model.conditions import video_columns
from v2m_bridge.model.dynamics_columns import GROUPS
from v2m_bridge.model.dynamics_gru import DynamicsConfig, DynamicsGru
from v2m_bridge.model.weights import Header, Weights

_COLUMNS = (*video_columns(), *GROUPS["place"], *GROUPS["chords"])
_CHORDS = np.arange(1, 33)


def _plan(arousal: float | Sequence[float] = 0.0, intensity: float | Sequence[float] = 0.5) -> CuePlan:
    """Sixteen bars over one picture, whatever the affect that is asked for."""
    seen = make_plan(16, arousal=np.linspace(-0.9, 0.9, 32).tolist(), slots_per_scene=5)
    semantic = np.random.default_rng(1).normal(size=(32, 768)).astype(np.float32)
    asked = make_plan(16, arousal=arousal, intensity=intensity)
    return replace(asked, features=replace(seen.features, semantic=semantic))


def _watching(**standings: dict[str, tuple[float, ...]]) -> Weights:
    """Return weights whose regressor reads pictures, place and chords."""
    torch.manual_seed(4)
    model = DynamicsGru(
        DynamicsConfig(len(_COLUMNS), hidden=8, n_layers=1, standardised=True, n_semantic=768, n_components=4)
    )
    assert model.reader is not None
    model.reader.basis.normal_(std=0.1)
    header = Header(kind="dynamics", name="watching", inputs=_COLUMNS, sizes=asdict(model.config), standings=standings)
    return replace(tiny_weights(), dynamics=model.eval().requires_grad_(False), dynamics_header=header)


def _calibrated() -> Weights:
    plain = _watching()
    raw = _raw(plain, _plan())
    random = np.random.default_rng(0)
    fitted = {
        "density": fit_calibration(raw[:, 0], random.gamma(3, 3.5, 5000)),
        "loudness": fit_calibration(raw[:, 1], random.uniform(0, 0.4, 5000)),
    }
    return _watching(**standings_of(fitted))


def _raw(weights: Weights, plan: CuePlan) -> np.ndarray:
    rows = torch.from_numpy(dynamics_rows(weights.dynamics_header, plan, _CHORDS))[None]
    with torch.no_grad():
        return np.asarray(weights.dynamics.standard(rows)[0].double().numpy())


def test_without_a_shift_slots_keep_the_order_that_the_regressor_gave_them() -> None:
    weights, plan = _calibrated(), _plan()
    given, raw = predict_dynamics(weights, plan, _CHORDS), _raw(weights, plan)
    for index, values in enumerate((given.density_notes_per_s, given.loudness_rms)):
        assert (np.diff(values[np.argsort(raw[:, index])]) >= 0).all()
    assert raw.std() < 0.5
    assert given.density_notes_per_s.std() > 4
    assert given.loudness_rms.std() > 0.08
    assert (given.density_notes_per_s * 16 % 1 == 0).all()


@settings(max_examples=15)
@given(st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 31), st.booleans())
def test_more_affect_never_gives_less_and_acts_on_its_own_slots(low: float, high: float, slot: int, loud: bool) -> None:
    weights, (low, high) = _WEIGHTS, sorted((low, high))
    curve = [low / 2 + 0.5 if loud else low] * 32
    before = predict_dynamics(weights, _asked(curve, loud), _CHORDS)
    curve[slot] = high / 2 + 0.5 if loud else high
    after = predict_dynamics(weights, _asked(curve, loud), _CHORDS)
    for first, second in (
        (before.density_notes_per_s, after.density_notes_per_s),
        (before.loudness_rms, after.loudness_rms),
    ):
        assert second[slot] >= first[slot]
        assert np.delete(second, slot).tolist() == np.delete(first, slot).tolist()


def _asked(curve: list[float], loud: bool) -> CuePlan:
    return _plan(intensity=curve) if loud else _plan(arousal=curve)


def test_a_picture_can_be_overruled() -> None:
    calm, wild = (predict_dynamics(_WEIGHTS, _plan(arousal=arousal), _CHORDS) for arousal in (-0.9, 0.9))
    assert calm.density_notes_per_s.mean() + 6 < wild.density_notes_per_s.mean()
    assert calm.loudness_rms.mean() * 2 < wild.loudness_rms.mean()


def test_rows_are_named_alike_for_weights_with_any_of_the_columns() -> None:
    whole, plan = _WEIGHTS.dynamics_header, _plan()
    rows = dynamics_rows(whole, plan, _CHORDS)
    assert plan.features.semantic is not None
    assert np.array_equal(rows[:, :768], plan.features.semantic)
    few = msgspec.structs.replace(whole, inputs=("motion", "until_end_1", "no_chord"))
    picked = [_COLUMNS.index(name) for name in few.inputs]
    assert np.array_equal(dynamics_rows(few, plan, _CHORDS), rows[:, picked])
    assert rows[-1, _COLUMNS.index("until_end_1")] == 1


def test_what_found_the_dynamics_is_told_apart() -> None:
    texture, published = tiny_weights().dynamics_header, _watching().dynamics_header
    told = [dynamics_source(header) for header in (_WEIGHTS.dynamics_header, texture, published)]
    assert told == [
        "watching: predicted from the picture, matched by quantile with its corpus; arousal shifts it",
        "tiny: movement with bars and chords; arousal mapped by quantile onto recorded music",
        "watching: movement with the picture; arousal mapped by quantile onto recorded music",
    ]


def test_weights_that_state_impossible_quantiles_are_refused() -> None:
    broken = _watching(density={"predicted": (1.0, 0.0), "measured": (0.0, 1.0)})
    with pytest.raises(ModelError, match="quantiles"):
        predict_dynamics(broken, _plan(), _CHORDS)


_WEIGHTS = _calibrated()
