from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.errors import ModelError
from v2m_bridge.model.calibration import (
    PLACES,
    Calibration,
    calibrations_of,
    fit_calibration,
    in_steps,
    marginal_values,
    places_of,
    scores_of,
    standings_of,
)


def _narrow_and_wide(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Predictions that keep to the middle, and a corpus that is counted in whole notes from 0 on."""
    random = np.random.default_rng(seed)
    return random.normal(0.1, 0.3, 4000), np.clip(np.round(random.normal(10, 6, 9000)), 0, None)


_FITTED = fit_calibration(*_narrow_and_wide(), step=1.0)


@pytest.fixture
def calibration() -> Calibration:
    return _FITTED


@given(st.lists(st.floats(-8, 8).map(lambda value: round(value, 3)), min_size=2, unique=True))
def test_the_order_of_predictions_stays_however_far_they_lie(values: list[float]) -> None:
    ordered = np.sort(np.array(values))
    calibrated = _FITTED(ordered)
    assert (np.diff(_FITTED.places(ordered)) >= 0).all()
    assert (np.diff(calibrated) >= 0).all()
    near = np.abs(ordered) < 4  # farther out than ten deviations two places can be one number
    assert (np.diff(calibrated[near]) > 0).all()
    assert (calibrated >= 0).all()


def test_calibrated_predictions_are_spread_like_the_corpus_and_raw_ones_are_not(calibration: Calibration) -> None:
    predicted, corpus = _narrow_and_wide(seed=1)
    calibrated = calibration(predicted)
    assert predicted.std() < 0.1 * corpus.std()
    assert calibrated.std() == pytest.approx(corpus.std(), rel=0.05)
    for place in (5, 25, 50, 75, 95):
        assert np.percentile(calibrated, place) == pytest.approx(np.percentile(corpus, place), abs=0.8)


def test_the_order_stays_in_a_corpus_that_is_often_silent() -> None:
    predicted, corpus = _narrow_and_wide()
    quiet = fit_calibration(predicted, np.where(np.arange(len(corpus)) % 10 == 0, 0.0, corpus / 100))
    calibrated = quiet(np.sort(predicted))
    assert (np.diff(calibrated) > 0).all()
    assert calibrated[100] < 1e-4


def test_a_corpus_of_a_single_value_still_gives_a_map_that_rises() -> None:
    flat = fit_calibration(np.zeros(50), np.full(50, 3.0))
    assert (np.diff(flat.predicted) > 0).all()
    assert (np.diff(flat.measured) > 0).all()
    assert flat(np.array([0.0]))[0] == pytest.approx(3.0, abs=1e-3)


def test_a_header_keeps_calibrations(calibration: Calibration) -> None:
    read = calibrations_of(standings_of({"density": calibration, "loudness": calibration}))
    values = np.linspace(-2, 2, 41)
    assert read.keys() == {"density", "loudness"}
    assert read["density"](values) == pytest.approx(calibration(values), abs=1e-4)
    assert calibrations_of({}) == {}


@pytest.mark.parametrize(
    "quantiles",
    [(), tuple(map(float, range(len(PLACES)))), (1.0,) * len(PLACES), (*range(len(PLACES) - 1), float("nan"))],
)
def test_quantiles_that_cannot_be_are_refused_with_a_sentence(quantiles: tuple[float, ...]) -> None:
    rising = tuple(map(float, range(1, len(PLACES) + 1)))
    with pytest.raises(ModelError, match="quantiles"):
        calibrations_of({"density": {"predicted": rising, "measured": quantiles}})


@given(st.floats(-4, 4), st.floats(0, 3))
def test_scores_and_places_are_each_others_inverse_and_a_lift_never_lowers(score: float, lift: float) -> None:
    place = places_of(np.array([score]))
    assert scores_of(place)[0] == pytest.approx(score, abs=1e-6)
    assert places_of(scores_of(place) + lift)[0] >= place[0] - 1e-12


def test_a_place_of_nought_or_one_has_a_finite_score() -> None:
    assert np.isfinite(scores_of(np.array([0.0, 1.0]))).all()


def test_marginals_are_those_of_recorded_music_and_values_are_rounded_to_their_step() -> None:
    assert marginal_values("density", np.array([0.05, 0.5, 0.95])).tolist() == [1, 10, 20]
    assert in_steps("density", np.array([3.04, 3.1])).tolist() == [3.0625, 3.125]
    assert in_steps("loudness", np.array([0.5 + 1e-5])).tolist() == [0.5]
