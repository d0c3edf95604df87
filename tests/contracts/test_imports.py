"""What is loaded, and when."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import Final

import pytest

from benchmarks import startup

HEAVY: Final = ("PyQt6", "av", "cv2", "open_clip", "opentimelineio", "scenedetect", "timm", "torch", "torchvision")
# Modules that a command, the panel or another program loads before any work is done.
LIGHT: Final = (
    "v2m_bridge",
    "v2m_bridge.bridge",
    "v2m_bridge.cli",
    "v2m_bridge.cli_live",
    "v2m_bridge.cli_spot",
    "v2m_bridge.core.score",
    "v2m_bridge.core.work",
    "v2m_bridge.engine",
    "v2m_bridge.errors",
    "v2m_bridge.jobs",
    "v2m_bridge.settings",
)
IMPORT_LIMIT_S: Final = 0.3


def exists(module: str) -> bool:
    return find_spec(module) is not None


@pytest.mark.parametrize("module", LIGHT)
def test_what_a_user_waits_for_loads_nothing_heavy(module: str) -> None:
    told = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True)
    assert loaded.stdout.split() == []


def test_every_heavy_package_that_is_watched_for_exists() -> None:
    assert [name for name in HEAVY if not exists(name)] == []


def test_the_package_is_imported_within_its_limit_and_startup_prints_the_figure() -> None:
    figures = startup.measure()
    assert set(figures) >= {"import_s", "python_s"}
    assert 0 < figures["import_s"] < IMPORT_LIMIT_S
    assert figures["python_s"] > 0


def test_a_name_that_the_package_does_not_have_is_an_attribute_error() -> None:
    told = "import v2m_bridge; v2m_bridge.no_such_name"
    run = subprocess.run([sys.executable, "-c", told], check=False, capture_output=True, text=True)
    assert "AttributeError: module 'v2m_bridge' has no attribute 'no_such_name'" in run.stderr
