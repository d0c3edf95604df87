"""From a decoded picture of any kind to the two small BGR pictures that are looked at."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

U8 = NDArray[np.uint8]
Size = tuple[int, int]

_PQ, _HLG = 16, 18
_GAMMA: Final = 2.4
_ALPHA_MARKS: Final = ("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya")


class Scaler:
    """Scales the pictures of one medium; keeps what swscale prepares, which costs as much as small pictures do.

    Parameters
    ----------
    thumbnail, picture : (width, height)
        In pixels, before rotation.
    """

    def __init__(self, thumbnail: Size, picture: Size) -> None:
        self._thumbnail, self._picture = thumbnail, picture
        self._small, self._large = VideoReformatter(), VideoReformatter()

    def thumbnail(self, source: Any) -> U8:
        """Return (H, W, 3) uint8 for finding cuts: as it lies in the file, and no finer than that takes."""
        return _scaled(self._small, source, self._thumbnail, "FAST_BILINEAR")

    def picture(self, source: Any) -> U8:
        """Return (H, W, 3) uint8 as a viewer sees it: upright, HDR brought to SDR, what is transparent black."""
        bgr: U8 = _scaled(self._large, source, self._picture, "BILINEAR")
        curve = int(getattr(source, "color_trc", 0))
        if curve in (_PQ, _HLG):
            bgr = np.take(_sdr_of_hdr(curve), bgr)
        return _upright(bgr, getattr(source, "rotation", 0))


def _scaled(scale: VideoReformatter, source: Any, size: Size, interpolation: str) -> U8:
    """Scale to (H, W, 3) BGR; a picture with transparency is laid over black."""
    has_alpha = source.format.name.startswith(_ALPHA_MARKS) or source.format.name == "pal8"
    name = "bgra" if has_alpha else "bgr24"
    pixels: Any = scale.reformat(source, *size, name, interpolation=interpolation, threads=1).to_ndarray()
    if has_alpha:
        pixels = ((pixels[..., :3].astype(np.uint16) * pixels[..., 3:] + 127) // 255).astype(np.uint8)
    shown: U8 = pixels
    return shown


@cache
def _sdr_of_hdr(curve: int) -> U8:
    """Return (256,) SDR codes of HDR codes: diffuse white (203 cd/m2 in PQ, 75 % in HLG) becomes white.

    What is brighter is clipped; colours keep their primaries.  Sources: ITU-R BT.2100 (PQ EOTF, HLG OETF and system
    gamma 1.2), BT.2408 (reference white), BT.1886 (gamma 2.4).
    """
    code = np.arange(256) / 255
    if curve == _PQ:
        root = code ** (1 / 78.84375)
        light = (
            10_000 / 203 * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
        )
    else:
        scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - 0.55991073) / 0.17883277) + 0.28466892) / 12)
        light = (scene / 0.2649625) ** 1.2
    sdr: U8 = np.round(255 * np.minimum(light, 1) ** (1 / _GAMMA)).astype(np.uint8)
    return sdr


def _upright(bgr: U8, degrees: int) -> U8:
    """Undo the rotation that the file asks for; `degrees` counts counterclockwise."""
    return np.ascontiguousarray(np.rot90(bgr, degrees // 90 % 4)) if degrees % 360 else bgr
