"""The folder of features: it keeps to a size, and processes that share it never see half an entry."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.videos import Look, write_video
from tests.vision.conftest import Brightness
from v2m_bridge.core.video import MediaInfo, MediumFeatures, VideoFeatures
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.cache import FeatureCache
from v2m_bridge.vision.looked import Looked, scene_offset
from v2m_bridge.vision.spans import BLOCK_S, n_blocks

ROOT = Path(__file__).parents[2]


def looked(n_seconds: int, blocks: set[int] | None = None, seed: int = 0) -> Looked:
    """Return random features of which some blocks are known, all by default."""
    known = np.array([blocks is None or block in blocks for block in range(n_blocks(n_seconds))])
    values = np.random.default_rng(seed).random((n_seconds, 4)).astype(np.float32).T
    features = VideoFeatures(
        semantic=None,
        scene_offset_s=scene_offset((), n_seconds),
        motion=values[0],
        emotion=np.full((n_seconds, 6), 1 / 6, np.float32),
        valence=values[1],
        arousal=values[2],
        confidence=values[3],
    )
    info = MediaInfo("", Fraction(n_seconds), Fraction(25), 16, 16, False)
    return Looked(MediumFeatures(info, features, (), "brightness"), known)


def test_the_folder_keeps_to_its_size_and_what_was_used_last_stays(tmp_path: Path) -> None:
    one = FeatureCache(tmp_path / "probe")
    one.store(one.entry("0", "b", "w"), looked(400))
    n_bytes = next((tmp_path / "probe").iterdir()).stat().st_size
    cache = FeatureCache(tmp_path / "cache", most_bytes=int(3.5 * n_bytes))
    entries = [cache.entry(str(number), "b", "w") for number in range(6)]
    for age, entry in enumerate(entries[:3]):
        cache.store(entry, looked(400, seed=age))
        os.utime(entry, (1000 + age, 1000 + age))
    assert cache.load(entries[0], Path("a.mp4")) is not None  # used now: entry 1 is the oldest
    cache.store(entries[3], looked(400, seed=3))
    assert [entry.exists() for entry in entries] == [True, False, True, True, False, False]
    cache.store(entries[4], looked(400, seed=4))
    assert [entry.exists() for entry in entries] == [True, False, False, True, True, False]


def test_one_entry_may_be_larger_than_the_folder(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, most_bytes=1)
    for name in ("a", "b"):
        cache.store(cache.entry(name, "b", "w"), looked(20))
    assert [path.name for path in tmp_path.iterdir()] == [cache.entry("b", "b", "w").name]


def test_other_files_in_the_folder_are_left_alone_and_abandoned_ones_of_ours_go(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".old.tmp").write_bytes(b"half an entry")
    (tmp_path / ".new.tmp").write_bytes(b"another process writes this now")
    os.utime(tmp_path / ".old.tmp", (time.time() - 7200,) * 2)
    cache = FeatureCache(tmp_path, most_bytes=1)
    entry = cache.entry("a", "b", "w")
    cache.store(entry, looked(20))
    assert {path.name for path in tmp_path.iterdir()} == {"notes.txt", ".new.tmp", entry.name}


def test_what_two_processes_know_of_one_medium_is_joined(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    entry = cache.entry("a", "b", "w")
    whole = looked(5 * BLOCK_S)
    for blocks in ({0}, {3, 4}, {0, 3}):
        part = Looked(whole.only(np.array([n in blocks for n in range(5)])), np.array([n in blocks for n in range(5)]))
        cache.store(entry, part)
    found = cache.load(entry, Path("a.mp4"))
    assert found is not None
    assert found.blocks.tolist() == [True, False, False, True, True]
    known = np.repeat(found.blocks, BLOCK_S)
    assert (found.medium.features.valence[known] == whole.medium.features.valence[known]).all()
    assert not found.medium.features.confidence[~known].any()
    cache.store(entry, whole)
    again = cache.load(entry, Path("a.mp4"))
    assert again is not None
    assert again.is_whole


@pytest.mark.long
def test_processes_that_fill_and_empty_one_folder_at_once_never_read_half_an_entry(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from tests.vision.test_cache import looked\n"
        "from v2m_bridge.vision.cache import FeatureCache\n"
        "me, cache = int(sys.argv[1]), FeatureCache(Path(sys.argv[2]), most_bytes=20_000)\n"
        "expected = {name: looked(200, seed=name).medium.features.motion for name in range(5)}\n"
        "n_found = 0\n"
        "for turn in range(25):\n"
        "    name = (turn + 2 * me) % 5\n"
        "    entry = cache.entry(str(name), 'b', 'w')\n"
        "    for store in (True, False):\n"
        "        found = cache.load(entry, Path('a.mp4'))\n"
        "        if found is not None:\n"
        "            n_found += 1\n"
        "            assert (found.medium.features.motion == expected[name]).all()\n"
        "        if store:\n"
        "            cache.store(entry, looked(200, seed=name))\n"
        "assert n_found\n"
    )
    run = [[sys.executable, "-c", program, str(me), str(tmp_path)] for me in range(2)]
    both = [subprocess.Popen(each, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}) for each in run]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert not list(tmp_path.glob("*.tmp"))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 20_000


@pytest.mark.parametrize("looks", [("bars",), ("bars", "checker")])
def test_the_size_is_the_callers_to_choose(tmp_path: Path, looks: tuple[Look, ...]) -> None:
    for look in looks:
        path = write_video(tmp_path / f"{look}.mp4", [(1, look)])
        analyse(path, backend=Brightness(), cache_dir=tmp_path / "cache", cache_bytes=10)
    assert len(list((tmp_path / "cache").iterdir())) == 1
