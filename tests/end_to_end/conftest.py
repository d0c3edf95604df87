from pathlib import Path

import pytest

from tests.end_to_end.stage import Stage, write_stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return an edit of five scenes with its media."""
    return write_stage(tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="session")
def scored(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the edit's score with seed 3."""
    return stage.scored(tmp_path_factory.mktemp("scored"), "--seed", 3)
