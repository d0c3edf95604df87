"""Choose the emotion backend by name."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Final

from v2m_bridge.errors import SettingsError
from v2m_bridge.vision.emotion import EmotionBackend

# Both are imported when they are chosen: open_clip alone takes seconds.
_COMPACT: Final = "v2m_bridge.vision.compact"
_CLIP: Final = "v2m_bridge.vision.clip"


def choose_backend(spec: str) -> EmotionBackend:
    """Return the backend that ``--vision`` names.

    Parameters
    ----------
    spec : str
        ``auto`` (CLIP ViT-L/14@336 where there is a GPU and its weights are in the local cache, else compact),
        ``compact``, ``clip`` (ViT-L/14@336), ``clip:NAME`` or ``clip:NAME=CHECKPOINT``.

    Raises
    ------
    SettingsError
        When the name is none of these.
    ModelError
        When the weights are not there.
    """
    kind, _, model = spec.strip().partition(":")
    if kind == "auto" and not model:
        return _clip("") if _has_gpu() and importlib.import_module(_CLIP).is_cached() else _compact()
    if kind == "compact" and not model:
        return _compact()
    if kind == "clip":
        return _clip(model)
    raise SettingsError(f"{spec[:40]!r} is no way to see", hint="Use --vision auto, compact, clip or clip:NAME.")


def _has_gpu() -> bool:
    return bool(importlib.import_module("torch").cuda.is_available())


def _compact() -> EmotionBackend:
    backend: EmotionBackend = importlib.import_module(_COMPACT).CompactBackend()
    return backend


def _clip(model: str) -> EmotionBackend:
    name, _, checkpoint = model.partition("=")
    clip: Any = importlib.import_module(_CLIP)
    backend: EmotionBackend = clip.ClipBackend(name or clip.PUBLISHED_MODEL, Path(checkpoint) if checkpoint else None)
    return backend
