"""v2m_bridge: a picture edit goes in, music that follows it comes out."""

from __future__ import annotations

import importlib
from typing import Any, Final

__version__: Final = "0.1.0"

# Public name -> module that holds it.  Resolved on first use, so that importing the package loads almost nothing.
_HOMES: Final = {
    "Bridge": "v2m_bridge.bridge",
    "Chord": "v2m_bridge.core.harmony",
    "Cue": "v2m_bridge.core.cue",
    "Direction": "v2m_bridge.core.direction",
    "Emotion": "v2m_bridge.core.affect",
    "Hit": "v2m_bridge.core.cue",
    "Key": "v2m_bridge.core.harmony",
    "Scene": "v2m_bridge.core.timeline",
    "SceneDirection": "v2m_bridge.core.direction",
    "Score": "v2m_bridge.core.score",
    "Settings": "v2m_bridge.settings",
    "Snapshot": "v2m_bridge.core.snapshot",
    "Timeline": "v2m_bridge.core.timeline",
    "V2MError": "v2m_bridge.errors",
    "compose": "v2m_bridge.pipeline",
    "read_timeline": "v2m_bridge.jobs",
}

__all__ = [*sorted(_HOMES), "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'v2m_bridge' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
