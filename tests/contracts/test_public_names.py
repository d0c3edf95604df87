"""The names that other programs rely on."""

from __future__ import annotations

import importlib
import tomllib
from importlib.util import find_spec

import pytest

import v2m_bridge
from tests.footage import ROOT

PUBLIC = (
    "Bridge",
    "Chord",
    "Cue",
    "Direction",
    "Emotion",
    "Hit",
    "Key",
    "Scene",
    "SceneDirection",
    "Score",
    "Settings",
    "Snapshot",
    "Timeline",
    "V2MError",
    "compose",
    "read_timeline",
    "__version__",
)


def test_the_public_names_are_these_and_no_others() -> None:
    assert tuple(v2m_bridge.__all__) == PUBLIC
    assert dir(v2m_bridge) == sorted(PUBLIC)


@pytest.mark.parametrize("name", [name for name in PUBLIC if name[0].isupper()])
def test_every_public_value_is_found_and_says_what_it_is(name: str) -> None:
    value = getattr(v2m_bridge, name)
    assert value.__name__ == name
    assert value.__doc__


def test_the_version_is_the_one_of_the_package() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert v2m_bridge.__version__ == told["project"]["version"]


def test_every_command_has_its_function() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(told["project"]["scripts"]) == {"v2m", "v2m-panel"}
    for target in told["project"]["scripts"].values():
        module, _, function = target.partition(":")
        assert find_spec(module) is not None
        assert callable(getattr(importlib.import_module(module), function))
