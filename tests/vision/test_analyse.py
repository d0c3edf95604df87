from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.videos import picture, write_pictures, write_video
from tests.vision.conftest import Counting
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.entries import content_fingerprint
from v2m_bridge.errors import MediaError
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.cache import FeatureCache
from v2m_bridge.vision.compact import CompactBackend
from v2m_bridge.vision.frames import Frame
from v2m_bridge.vision.looked import Looked, scene_offset
from v2m_bridge.vision.sampling import SecondSampler

COLUMNS = ("scene_offset_s", "motion", "emotion", "valence", "arousal", "confidence")


def _same(a: MediumFeatures, b: MediumFeatures) -> bool:
    columns = all((getattr(a.features, name) == getattr(b.features, name)).all() for name in COLUMNS)
    return columns and a.info == b.info and a.cuts_s == b.cuts_s and a.backend == b.backend


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_video(tmp_path / "film.mp4", [(1.4, "bars"), (1.2, (30, 60, 200)), (1.0, "checker")])


def test_one_pass_gives_rows_for_every_second_with_the_last_partial_one(film: Path, compact: CompactBackend) -> None:
    told: list[tuple[str, int, int]] = []
    seen = analyse(film, backend=compact, cache_dir=None, progress=lambda *what: told.append(what))
    assert seen.info.duration_s == Fraction(90, 25)
    assert seen.cuts_s == (Fraction(35, 25), Fraction(65, 25))
    assert len(seen.features) == 4
    assert seen.features.scene_offset_s.tolist() == [0, 0, 0, 1]
    assert told[0] == ("Looking at film.mp4", 0, 0)
    assert list(dict.fromkeys(told[1:])) == [("Looking at film.mp4", n, 4) for n in range(5)]
    assert seen.features.semantic is None
    assert np.abs(seen.features.valence).max() <= 1


def test_a_picture_of_one_colour_has_no_confidence(film: Path, compact: CompactBackend) -> None:
    confidence = analyse(film, backend=compact, cache_dir=None).features.confidence
    assert confidence[1] == 0
    assert confidence[0] > 0


def test_a_cached_medium_is_not_decoded_again_wherever_it_lies(
    film: Path, tmp_path: Path, counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    really_open = av.open

    def spy(file: str, **options: Any) -> Any:
        opened.append(file)
        return really_open(file, **options)

    monkeypatch.setattr(av, "open", spy)
    first = analyse(film, backend=counting, cache_dir=tmp_path / "cache")
    moved = film.rename(tmp_path / "moved.mp4")
    second = analyse(moved, backend=counting, cache_dir=tmp_path / "cache")
    assert len(opened) == 1
    assert counting.n_pictures == 3
    assert second.info.path == str(moved)
    assert (first.features.emotion == second.features.emotion).all()
    assert first.cuts_s == second.cuts_s


def test_another_backend_another_content_or_a_damaged_entry_is_seen_anew(
    film: Path, tmp_path: Path, counting: Counting
) -> None:
    folder = tmp_path / "cache"
    first = analyse(film, backend=counting, cache_dir=folder)
    (entry,) = folder.iterdir()
    for damage in (b"", b"PK\x03\x04 nothing", entry.read_bytes()[:-40]):
        entry.write_bytes(damage)
        counting.n_pictures = 0
        assert _same(analyse(film, backend=counting, cache_dir=folder), first)
        assert counting.n_pictures == 3
    cache = FeatureCache(folder)
    keys = {
        cache.entry("a", "b", "c"),
        cache.entry("z", "b", "c"),
        cache.entry("a", "z", "c"),
        cache.entry("a", "b", "z"),
    }
    assert len(keys) == 4


def test_no_flipped_byte_in_an_entry_gives_wrong_features(film: Path, tmp_path: Path, compact: CompactBackend) -> None:
    folder = tmp_path / "cache"
    first = analyse(film, backend=compact, cache_dir=folder)
    (entry,) = folder.iterdir()
    whole, cache = entry.read_bytes(), FeatureCache(folder)
    for place in range(0, len(whole), 7):
        entry.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        again = cache.load(entry, film)
        assert again is None or _same(again.medium, first)


def test_a_semantic_column_survives_the_cache(film: Path, tmp_path: Path, compact: CompactBackend) -> None:
    from dataclasses import replace

    seen = analyse(film, backend=compact, cache_dir=None)
    semantic = np.arange(4 * 768, dtype=np.float32).reshape(4, 768)
    wide = replace(seen, features=replace(seen.features, semantic=semantic))
    cache = FeatureCache(tmp_path / "cache")
    entry = cache.entry("content", "clip:x", "weights")
    cache.store(entry, Looked(wide, np.ones(1, bool)))
    again = cache.load(entry, film)
    assert again is not None
    assert again.medium.features.semantic is not None
    assert (again.medium.features.semantic == semantic).all()


def test_two_processes_may_fill_one_cache_at_once(film: Path, tmp_path: Path, compact: CompactBackend) -> None:
    folder = tmp_path / "cache"
    program = (
        "import sys; from pathlib import Path\n"
        "from v2m_bridge.vision.cache import FeatureCache\n"
        "path, entry = Path(sys.argv[1]), Path(sys.argv[2])\n"
        "cache = FeatureCache(entry.parent)\n"
        "seen = cache.load(entry, path); assert seen is not None\n"
        "for _ in range(40):\n"
        "    cache.store(entry, seen); assert cache.load(entry, path) is not None\n"
    )
    first = analyse(film, backend=compact, cache_dir=folder)
    (entry,) = folder.iterdir()
    run = [sys.executable, "-c", program, str(film), str(entry)]
    root = Path(__file__).parents[2]
    both = [subprocess.Popen(run, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}) for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    again = FeatureCache(folder).load(entry, film)
    assert again is not None
    assert _same(again.medium, first)
    assert [path.name for path in folder.iterdir()] == [entry.name]


def test_a_cache_that_cannot_be_written_loses_nothing(film: Path, tmp_path: Path, compact: CompactBackend) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert len(analyse(film, backend=compact, cache_dir=blocked).features) == 4


def test_batches_do_not_change_a_byte(tmp_path: Path, compact: CompactBackend) -> None:
    path = write_video(tmp_path / "v.mp4", [(7, "noise")])
    alone, batched = (analyse(path, backend=Counting(compact, batch=n), cache_dir=None) for n in (1, 3))
    assert _same(alone, batched)


def test_one_frame_and_a_truncated_film_have_as_many_rows_as_were_seen(tmp_path: Path, compact: CompactBackend) -> None:
    one = write_pictures(tmp_path / "one.mp4", [(Fraction(0), picture("bars"))])
    assert len(analyse(one, backend=compact, cache_dir=None).features) == 1
    whole = write_video(tmp_path / "whole.mkv", [(4, "noise")])
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    seen = analyse(cut, backend=compact, cache_dir=None)
    assert 0 < seen.info.duration_s < 4
    assert len(seen.features) == -int(-seen.info.duration_s // 1)


def test_what_cannot_be_seen_is_an_error_and_leaves_no_entry(tmp_path: Path, compact: CompactBackend) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"garbage" * 100)
    for name in ("bad.mp4", "absent.mp4"):
        with pytest.raises(MediaError):
            analyse(tmp_path / name, backend=compact, cache_dir=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_content_decides_the_fingerprint_and_names_do_not(tmp_path: Path) -> None:
    data = bytes(range(256)) * 2000
    (tmp_path / "a").write_bytes(data)
    (tmp_path / "b").write_bytes(data)
    assert content_fingerprint(tmp_path / "a") == content_fingerprint(tmp_path / "b")
    for place in (0, len(data) // 2, len(data) - 1):
        (tmp_path / "b").write_bytes(data[:place] + b"\xff\xfe"[place % 2 :][:1] + data[place + 1 :])
        changed = (tmp_path / "b").read_bytes() != data
        assert (content_fingerprint(tmp_path / "a") != content_fingerprint(tmp_path / "b")) == changed
    (tmp_path / "b").write_bytes(data + b"x")
    assert content_fingerprint(tmp_path / "a") != content_fingerprint(tmp_path / "b")


def test_the_frame_on_screen_in_the_middle_stands_for_its_second() -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    at_s = [Fraction(0), Fraction(2, 5), Fraction(3, 5), Fraction(29, 10), Fraction(33, 10)]
    sampler = SecondSampler(Fraction(34, 10))
    ends = [*at_s[1:], Fraction(34, 10)]
    shown = [Frame.of_array(s, pixels, end) for s, end in zip(at_s, ends, strict=True)]
    picked = [pair for frame in shown for pair in sampler.see(frame)] + list(sampler.finish())
    assert [(second, frame.at_s) for second, frame in picked] == [
        (0, Fraction(2, 5)),
        (1, Fraction(3, 5)),
        (2, Fraction(3, 5)),
        (3, Fraction(29, 10)),
    ]


def test_scene_offset_counts_from_the_second_of_the_last_cut() -> None:
    cuts_s = (Fraction(1, 5), Fraction(5, 2), Fraction(14, 5), Fraction(6))
    assert scene_offset(cuts_s, 8).tolist() == [0, 1, 0, 1, 2, 3, 0, 1]
