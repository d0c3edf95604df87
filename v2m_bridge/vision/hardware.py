"""Decoding in hardware, where this machine has some that PyAV knows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from av.codec.hwaccel import HWAccel, hwdevices_available

# Kind of device, the system that it belongs to, and the file that is there when it is.
_DEVICES: Final = (
    ("videotoolbox", "darwin", ""),
    ("d3d11va", "win32", ""),
    ("cuda", "linux", "/dev/nvidia0"),
    ("vaapi", "linux", "/dev/dri/renderD128"),
)


def device() -> str:
    """Return the kind of device that decodes here; empty where there is none."""
    known = hwdevices_available()
    for name, system, file in _DEVICES:
        if name in known and sys.platform == system and (not file or Path(file).exists()):
            return name
    return ""


def accelerator(kind: str) -> HWAccel | None:
    """Return what PyAV opens a medium with, None for no `kind`; codecs that the device does not know fall back."""
    return HWAccel(device_type=kind, allow_software_fallback=True) if kind else None
