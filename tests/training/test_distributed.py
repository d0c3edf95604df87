from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.errors import ModelError
from v2m_bridge.training.distributed import ALONE, Team, joined, team_of


@given(st.integers(1, 40), st.integers(1, 8))
def test_the_parts_of_all_processes_are_the_batch_and_none_is_empty(n: int, size: int) -> None:
    parts = [Team(rank, size) for rank in range(size)]
    if n < size:
        with pytest.raises(ModelError, match="shared"):
            parts[0].part(n)
        return
    songs = [song for team in parts for song in range(*team.part(n))]
    assert songs == list(range(n))
    lengths = [last - first for first, last in (team.part(n) for team in parts)]
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, (0, 1, 0)),
        ({"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1"}, (3, 4, 1)),
        ({"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"}, (1, 2, 1)),
        ({"PMI_RANK": "0", "PMI_SIZE": "2", "MPI_LOCALRANKID": "0"}, (0, 2, 0)),
    ],
)
def test_a_launcher_says_in_the_environment_who_is_who(
    environment: dict[str, str], expected: tuple[int, int, int]
) -> None:
    team = team_of(environment)
    assert (team.rank, team.size, team.local_rank) == expected


@pytest.mark.parametrize(
    "environment",
    [
        {"ACCELERATE_USE_CPU": "True", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"},
        {"RANK": "two", "WORLD_SIZE": "2"},
        {"RANK": "2", "WORLD_SIZE": "2"},
    ],
)
def test_a_launch_that_cannot_work_says_what_to_write(environment: dict[str, str]) -> None:
    with pytest.raises(ModelError) as caught:
        team_of(environment)
    assert caught.value.hint


def test_one_process_is_alone_and_waits_for_nobody() -> None:
    with joined({}) as team:
        assert team.is_first
        team.wait()
        assert team.from_first("songs") == "songs"
    gradients = torch.tensor([1.0, 2.0])
    assert torch.equal(ALONE.add_gradients([], gradients), gradients)
