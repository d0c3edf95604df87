"""Decoding in hardware falls back to the processor without a word; no device of the build machines decodes video."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av.codec.hwaccel import hwdevices_available

from tests.videos import write_video
from v2m_bridge.vision import hardware
from v2m_bridge.vision.frames import Frames


@pytest.mark.parametrize("kind", [*hwdevices_available(), "no such device"])
def test_a_device_that_is_not_there_changes_nothing(tmp_path: Path, kind: str) -> None:
    path = write_video(tmp_path / "v.mp4", [(1, "moving"), (1, "bars")])
    with Frames(path) as plain, Frames(path, device=kind) as other:
        for a, b in zip(plain, other, strict=True):
            assert a.at_s == b.at_s
            assert np.array_equal(a.thumbnail, b.thumbnail)
        assert b.at_s == Fraction(49, 25)


def test_a_device_is_asked_only_where_its_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = tmp_path / "card"
    monkeypatch.setattr(hardware, "hwdevices_available", lambda: ["quick", "other"])
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(hardware, "_DEVICES", (("quick", "linux", str(node)), ("other", "win32", "")))
    assert hardware.device() == ""
    node.touch()
    assert hardware.device() == "quick"
    assert hardware.accelerator("") is None
