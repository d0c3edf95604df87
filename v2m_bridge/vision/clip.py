"""The CLIP backend: any open_clip model whose weights are on this machine; nothing is ever fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import open_clip
import torch
from huggingface_hub import try_to_load_from_cache
from open_clip.pretrained import get_pretrained_cfg
from PIL import Image

from v2m_bridge.core.affect import EMOTIONS
from v2m_bridge.entries import content_fingerprint
from v2m_bridge.errors import ModelError
from v2m_bridge.torch_threads import one_torch_thread
from v2m_bridge.vision.emotion import EmotionRows, affect_of_shares, quantised
from v2m_bridge.vision.frames import U8

PUBLISHED_MODEL: Final = "ViT-L-14-336"
SEMANTIC_WIDTH: Final = 768
_BATCH: Final = 8
_USE_COMPACT: Final = "Use --vision compact, which needs no download, or give a checkpoint as clip:NAME=PATH."
_WEIGHT_FILES: Final = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
_PREPROCESS: Final = {
    "image_mean": "mean",
    "image_std": "std",
    "image_interpolation": "interpolation",
    "image_resize_mode": "resize_mode",
}


class ClipBackend:
    """Emotion as the softmax over six bare words, and the image embedding as `semantic` where it is 768 wide.

    Source: Kang et al. 2024 (CLIP ViT-L/14@336px; words exciting, fearful, tense, sad, relaxing, neutral).

    Parameters
    ----------
    model : str
        A model name of open_clip, such as ``ViT-B-32``.
    checkpoint : Path, optional
        Its weights; None takes those in the local cache.

    Raises
    ------
    ModelError
        When the model or its weights are not there, or do not fit each other.
    """

    def __init__(self, model: str = PUBLISHED_MODEL, checkpoint: Path | None = None) -> None:
        config = open_clip.get_model_config(model) if model in open_clip.list_models() else None  # never an address
        if config is None:
            raise ModelError(f"there is no CLIP model {model!r}", hint="Use a name of open_clip such as clip:ViT-B-32.")
        if any(key.startswith("hf_") for key in config["text_cfg"]):
            raise ModelError(f"CLIP model {model} needs a text model of its own to be fetched", hint=_USE_COMPACT)
        weights, options = (checkpoint, {}) if checkpoint else _cached(model)
        if weights is None or not weights.is_file():
            where = f"are not at {checkpoint}" if checkpoint else "are not in the local cache"
            raise ModelError(f"the weights of CLIP {model} {where}", hint=_USE_COMPACT)
        self._name = f"clip:{model}"
        self._fingerprint = f"{weights.name}+{content_fingerprint(weights)}"
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model, self._preprocess = _load(model, weights, options)
        self._model.eval().to(self._device)
        with one_torch_thread():
            self._words = self._encode_words(model)  # (6, D)

    @property
    def name(self) -> str:
        """``clip:NAME``."""
        return self._name

    @property
    def batch(self) -> int:
        """8, the shape of every batch."""
        return _BATCH

    @property
    def fingerprint(self) -> str:
        """Name and digest of the checkpoint."""
        return self._fingerprint

    def encode(self, pictures: Sequence[U8]) -> EmotionRows:
        """Read B pictures, each (H, W, 3) uint8 of BGR.

        Always eight at a time, the last batch padded with grey: the shape of the arithmetic never changes.  The
        confidence is ``1 - entropy(shares) / log(6)``: 0 for six equal shares, 1 for one word alone.
        """
        with one_torch_thread(), torch.inference_mode():
            parts = [self._embed(pictures[start : start + _BATCH]) for start in range(0, len(pictures), _BATCH)]
        images = np.concatenate(parts)  # (B, D)
        logits = float(self._model.logit_scale.detach().exp()) * _unit(images) @ self._words.T  # (B, 6)
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        entropy = -(shares * np.log(np.maximum(shares, 1e-12))).sum(axis=1)
        valence, arousal = affect_of_shares(shares)
        semantic = images if images.shape[1] == SEMANTIC_WIDTH else None
        return quantised(semantic, shares, valence, arousal, 1 - entropy / np.log(len(EMOTIONS)))

    def _embed(self, pictures: Sequence[U8]) -> np.ndarray:
        """Embed up to eight pictures: (b, D) float64, unnormalised."""
        inputs = [self._preprocess(Image.fromarray(np.ascontiguousarray(bgr[..., ::-1]))) for bgr in pictures]
        inputs += [torch.zeros_like(inputs[0])] * (_BATCH - len(inputs))
        embedded = self._model.encode_image(torch.stack(inputs).to(self._device))  # (8, 3, S, S) -> (8, D)
        rows: np.ndarray = embedded[: len(pictures)].float().cpu().numpy().astype(np.float64)
        return rows

    def _encode_words(self, model: str) -> np.ndarray:
        """Embed the six words once: (6, D), unit length."""
        tokens = open_clip.get_tokenizer(model)([str(word) for word in EMOTIONS])
        with torch.inference_mode():
            embedded = self._model.encode_text(tokens.to(self._device)).float().cpu().numpy()
        return _unit(embedded.astype(np.float64))


def is_cached(model: str = PUBLISHED_MODEL) -> bool:
    """Whether the weights of a model lie in the local cache."""
    return _cached(model)[0] is not None


def _cached(model: str) -> tuple[Path | None, dict[str, Any]]:
    """Find the first of the published weights that the local cache holds, and the options that they need."""
    for tag in open_clip.list_pretrained_tags_by_model(model):
        published = get_pretrained_cfg(model, tag)
        for path in _cached_files(published.get("hf_hub", "")):
            options = {ours: published[theirs] for ours, theirs in _PREPROCESS.items() if theirs in published}
            return path, options | {"force_quick_gelu": bool(published.get("quick_gelu", False))}
    return None, {}


def _cached_files(address: str) -> Iterator[Path]:
    """Yield the files of one published address, ``owner/name/`` or ``owner/name/file``, that are in the cache."""
    repository, _, file = address.rpartition("/")
    for name in (file,) if file else _WEIGHT_FILES:
        found = try_to_load_from_cache(repository, name) if repository else None
        if isinstance(found, str):
            yield Path(found)


def _load(model: str, weights: Path, options: dict[str, Any]) -> tuple[Any, Any]:
    try:
        network, _, preprocess = open_clip.create_model_and_transforms(
            model, pretrained=str(weights), weights_only=True, **options
        )
    except Exception as exc:  # open_clip and torch raise many kinds for a file that does not fit
        raise ModelError(f"the weights {weights.name} do not fit CLIP {model}", hint=_USE_COMPACT) from exc
    return network, preprocess


def _unit(rows: np.ndarray) -> np.ndarray:
    """Scale rows (B, D) to unit length."""
    scaled: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return scaled
