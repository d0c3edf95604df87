from __future__ import annotations

from pathlib import Path

import pytest

from v2m_bridge.training.run_log import Unlogged, opened_log


def _scalars(folder: Path, name: str) -> list[tuple[int, float]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder)).Reload()
    return [(event.step, event.value) for event in events.Scalars(name)]


def test_what_is_logged_is_read_by_tensorboard_and_a_run_that_goes_on_replaces_what_it_repeats(tmp_path: Path) -> None:
    with opened_log(tmp_path, 0) as log:
        for step in (10, 20, 30):
            log.add("train", {"chords": 5.0 - step / 10}, step)
    with opened_log(tmp_path, 20) as log:
        log.add("train", {"chords": 1.5}, 30)
        log.add("validation", {"chords": 1.25}, 30)
    assert _scalars(tmp_path, "train/chords") == [(10, 4.0), (30, 1.5)]
    assert _scalars(tmp_path, "validation/chords") == [(30, 1.25)]


def test_without_a_folder_or_without_tensorboard_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_log(None, 0) as log:
        assert isinstance(log, Unlogged)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with opened_log(tmp_path / "events", 0) as log:
        log.add("train", {"chords": 1.0}, 1)
    assert not (tmp_path / "events").exists()
