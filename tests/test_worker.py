"""The worker keeps what it has loaded while the files are the same."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch

from v2m_bridge import worker
from v2m_bridge.core.work import Means
from v2m_bridge.errors import ModelError
from v2m_bridge.model.weights import STARTER_FOLDER


def test_weights_are_loaded_once_and_again_when_their_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    shutil.copy(STARTER_FOLDER / "chords.safetensors", path)
    first = worker._weights(str(path))
    assert worker._weights(str(path)) is first
    os.utime(path, (1, 1))
    assert worker._weights(str(path)) is not first
    path.unlink()
    with pytest.raises(ModelError):
        worker._weights(str(path))


def test_what_looks_at_pictures_is_loaded_once() -> None:
    assert worker._backend("compact") is worker._backend("compact")


def test_the_model_takes_one_thread_unless_the_user_asks_for_more() -> None:
    before = torch.get_num_threads()
    try:
        worker._use_threads(Means(cache_dir="", threads=2))
        assert torch.get_num_threads() == 2
        worker._use_threads(Means(cache_dir=""))
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
