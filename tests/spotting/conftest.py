from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.footage import Footage
from tests.spotting.footage_edits import Cut, write_cut
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.timeline import read
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.compact import CompactBackend

Seen = Callable[[Cut], tuple[Timeline, dict[str, MediumFeatures]]]


@pytest.fixture(scope="session")
def seen(footage: Footage, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Return what writes an edit of footage, reads it and looks at its pictures; each clip is looked at once."""
    folder, cache = tmp_path_factory.mktemp("cuts"), tmp_path_factory.mktemp("features")
    backend = CompactBackend()

    def look(cut: Cut) -> tuple[Timeline, dict[str, MediumFeatures]]:
        timeline = read(write_cut(cut, footage, folder))
        assert isinstance(timeline, Timeline)
        media = {scene.media.identity: scene.media.path or "" for scene in timeline.scenes if scene.media}
        return timeline, {
            name: analyse(Path(path), backend=backend, cache_dir=cache) for name, path in sorted(media.items())
        }

    return look
