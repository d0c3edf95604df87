"""What every test shares: real footage, training material where it is present, and one hypothesis profile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.footage import ROOT, Footage
from tests.footage import footage as find_footage

settings.register_profile(
    "v2m",
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=(HealthCheck.too_slow,),
    database=None,
)
settings.register_profile("wide", parent=settings.get_profile("v2m"), derandomize=False, max_examples=2000)
settings.load_profile("v2m")


def shared_folder() -> Path:
    """Return the folder of training and parity material that V2M_SHARED names."""
    return Path(os.environ.get("V2M_SHARED") or ROOT.parent / "shared").resolve()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the shared material where there is none."""
    if shared_folder().is_dir():
        return
    absent = pytest.mark.skip(reason="the shared material is absent; set V2M_SHARED to the folder that holds it")
    for item in items:
        if item.get_closest_marker("shared"):
            item.add_marker(absent)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """One torch thread: small models gain nothing from more, and lose much on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def footage() -> Footage:
    """Two short real clips."""
    return find_footage()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the training and parity material; use with ``@pytest.mark.shared``."""
    return shared_folder()
