from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from tests.training.muvi_files import write_muvi
from tests.training.songs import MCGILL, loop_songs, write_pop909
from v2m_bridge.errors import MediaError
from v2m_bridge.training import mcgill, pop909
from v2m_bridge.training.song_cache import Library, cached_library, read_library

CORPORA = (mcgill.CORPUS, pop909.CORPUS)
SPLITS = {"train": ("001", "002"), "val": ("011",)}


def _data(folder: Path) -> Path:
    (folder / mcgill.CORPUS).mkdir(parents=True)
    (folder / mcgill.CORPUS / "a tune.txt").write_text(MCGILL, encoding="utf-8")
    write_pop909(folder / pop909.CORPUS / "POP909" / "001")
    write_muvi(folder / "muvi-sync", SPLITS)
    return folder


def _equal(one: object, other: object) -> bool:
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)]  # type: ignore[arg-type]
    return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)


def _mapped(item: object) -> bool:
    """Whether the arrays of a song are views of a mapped file."""
    array = item.symbol_ids  # type: ignore[attr-defined]
    while isinstance(array, np.ndarray) and not isinstance(array, np.memmap):
        array = array.base
    return isinstance(array, np.memmap)


def _never(*_: object) -> Library:
    raise AssertionError("the sources were read again")


def _reading(library: Library, calls: list[int]) -> Callable[[], Library]:
    def read() -> Library:
        calls.append(1)
        return library

    return read


def test_songs_and_videos_come_from_one_mapped_file_and_equal_what_was_read(tmp_path: Path) -> None:
    data, cache = _data(tmp_path / "data"), tmp_path / "cache"
    first = read_library(data, cache, CORPORA, tuple(SPLITS))
    files = list(cache.glob("*.mapped"))
    assert len(files) == 1
    files[0].unlink()
    parsed = read_library(data, tmp_path / "other", CORPORA, tuple(SPLITS))
    assert {name: len(videos) for name, videos in first.videos.items()} == {"train": 2, "val": 1}
    assert {song.corpus for song in first.songs} == set(CORPORA)
    for ours, theirs in zip(
        [*first.songs, *first.videos["train"]], [*parsed.songs, *parsed.videos["train"]], strict=True
    ):
        assert _equal(ours, theirs)
        assert _mapped(ours)
    assert first.songs[0].density_notes_per_s is None
    assert first.videos["train"][0].semantic is not None
    assert not first.videos["train"][0].semantic.flags.writeable


def test_nothing_is_parsed_twice_until_a_source_changes(tmp_path: Path) -> None:
    source, cache = tmp_path / "source", tmp_path / "cache"
    source.mkdir()
    (source / "song.txt").write_text("C Am")
    calls: list[int] = []
    library = Library(loop_songs(2), {})
    cached_library([source], ["loops"], cache, _reading(library, calls))
    cached_library([source], ["loops"], cache, _never)
    (source / "song.txt").write_text("C Fm")
    cached_library([source], ["loops"], cache, _reading(library, calls))
    (source / "song.txt").rename(source / "other.txt")
    cached_library([source], ["loops"], cache, _reading(library, calls))
    assert len(list(cache.glob("*.mapped"))) == 1, "what is out of date goes"
    cached_library([source], ["others"], cache, _reading(library, calls))
    cached_library([source], ["loops"], cache, _never)
    assert len(calls) == 4


def test_a_damaged_cache_is_made_again(tmp_path: Path) -> None:
    calls: list[int] = []
    library = Library(loop_songs(3), {})
    cached_library([], ["loops"], tmp_path, _reading(library, calls))
    [path] = tmp_path.glob("*.mapped")
    content = bytearray(path.read_bytes())
    content[-200] ^= 255
    path.write_bytes(content)
    again = cached_library([], ["loops"], tmp_path, _reading(library, calls))
    assert len(calls) == 2
    assert all(_equal(one, other) for one, other in zip(again.songs, library.songs, strict=True))
    cached_library([], ["loops"], tmp_path, _never)


def test_where_nothing_can_be_cached_the_songs_are_there_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    library = Library(loop_songs(2), {})
    assert cached_library([], ["loops"], tmp_path / "cache", lambda: library) is library


def test_an_absent_corpus_or_data_set_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no corpus") as caught:
        read_library(tmp_path, tmp_path / "cache", CORPORA)
    assert "--data" in caught.value.hint
    with pytest.raises(MediaError, match="no MuVi-Sync"):
        read_library(tmp_path, tmp_path / "cache", (), ("train",))
