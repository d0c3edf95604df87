from __future__ import annotations

import tarfile
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.songs import MCGILL, RS200, loop_songs, write_pop909
from v2m_bridge.core.harmony import Chord, chord_of_id
from v2m_bridge.errors import MediaError
from v2m_bridge.training import mcgill, pop909, rs200
from v2m_bridge.training.corpora import read_corpora, unpack
from v2m_bridge.training.harte import parse_harte
from v2m_bridge.training.song import Song, is_validation, split


def _chords(song: Song | None) -> list[str]:
    assert song is not None
    return [chord_of_id(symbol).text() for symbol in song.symbol_ids.tolist()]


def test_a_mcgill_song_is_read_bar_by_bar_and_moved_to_the_models_key() -> None:
    song = mcgill.read_song(MCGILL)
    phrase = ["F7", "Gsus4", "C", "Dm7b5", "Dm7b5"]
    phrase[0] = "Fmaj7"
    bridge = ["Am", "Am", "Em", "Em", "Em", "Em"]
    assert _chords(song) == ["C", "C", "G7", "Am", "N", "N", *phrase, *phrase, *bridge]
    assert song is not None
    assert song.name == "the testers|a tune"
    assert song.mode == "major"
    assert song.slots_per_bar.tolist() == [2] * 6 + [2, 2, 1, 2, 2] * 2 + [2] * 6
    assert song.slot_in_bar.tolist()[:4] == [0, 1, 0, 1]
    assert song.bar.tolist()[:7] == [0, 0, 1, 1, 2, 2, 3]


def test_an_rs200_song_is_read_by_its_time_base() -> None:
    song = rs200.read_song(RS200)
    assert _chords(song) == ["C", "C", "F", "G7", "G7", "Am7"]
    assert song is not None
    assert song.slots_per_bar.tolist() == [2, 2, 2, 2, 1, 1]
    assert song.name == "testers|another tune"


def test_a_pop909_song_is_read_with_what_was_performed(tmp_path: Path) -> None:
    song = pop909.read_song(write_pop909(tmp_path / "007"))
    assert _chords(song) == ["Am", "Am", "Fmaj7", "Esus4", "N", "N"]
    assert song is not None
    assert (song.name, song.mode) == ("pop909|007", "minor")
    assert song.density_notes_per_s is not None
    assert song.loudness is not None
    assert song.density_notes_per_s.tolist() == [8, 1, 0, 0, 0, 0]
    assert song.loudness.tolist() == pytest.approx([100 / 127, 50 / 127, 0, 0, 0, 0], abs=1e-3)


@pytest.mark.parametrize(
    ("label", "chord"),
    [
        ("A:min7/b3", Chord(9, "min7")), ("Bb:maj6(9)", Chord(10, "maj6")), ("D-:maj", Chord(1)),
        ("E--:7", Chord(2, "7")),
        ("F#", Chord(6)), ("C:5(b7)", Chord(0, "7")), ("G:1(b3,b7)", Chord(7, "min7")), ("N", Chord(None)),
        ("B#:min", Chord(0, "min")), ("C:nonsense", None), ("silence", None), ("", None), ("H:maj", None),
    ],
)  # fmt: skip
def test_chord_labels_become_chords_of_the_vocabulary(label: str, chord: Chord | None) -> None:
    assert parse_harte(label) == chord


@given(st.text(max_size=12))
def test_no_label_breaks_the_parser(label: str) -> None:
    parse_harte(label)


@given(st.text(max_size=300))
def test_no_text_breaks_the_readers(text: str) -> None:
    mcgill.read_song("# tonic: C\n| " + text)
    rs200.read_song(RS200[:200] + text)


@given(st.text())
def test_one_song_in_ten_is_held_out_by_the_checksum_of_its_lower_case_name(name: str) -> None:
    assert is_validation(name) == (crc32(name.lower().encode()) % 10 == 0)


def _named(corpus: str, name: str) -> Song:
    song = loop_songs(1)[0]
    return Song(corpus, name, song.mode, song.symbol_ids, song.bar, song.slot_in_bar, song.slots_per_bar)


def test_a_song_in_two_spellings_or_corpora_is_on_one_side_of_the_split() -> None:
    held_out = next(f"the kings|song {i}" for i in range(100) if is_validation(f"the kings|song {i}"))
    other_spelling = held_out.replace("the kings|", "Kings|")
    assert not is_validation(other_spelling)
    songs = split([_named("a", held_out), _named("b", other_spelling), _named("a", held_out), _named("a", "x|y")])
    assert [(song.corpus, song.validation) for song in songs] == [("a", True), ("b", True), ("a", is_validation("x|y"))]


def test_the_corpora_are_read_from_archives_and_from_the_cache_alike(tmp_path: Path) -> None:
    source = tmp_path / "source" / "POP909"
    write_pop909(source / "001")
    data = tmp_path / "data" / pop909.CORPUS
    data.mkdir(parents=True)
    with tarfile.open(data / "data.tar.xz", "w:xz") as tar:
        tar.add(source, "POP909")
    first = read_corpora(tmp_path / "data", tmp_path / "cache", [pop909.CORPUS])
    again = read_corpora(tmp_path / "data", tmp_path / "cache", [pop909.CORPUS])
    for one, other in zip(first, again, strict=True):
        assert one.name == other.name
        assert one.symbol_ids.tolist() == other.symbol_ids.tolist()
        assert np.array_equal(one.density_notes_per_s, other.density_notes_per_s)  # type: ignore[arg-type]


def test_an_absent_empty_or_damaged_corpus_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no corpus") as caught:
        read_corpora(tmp_path, tmp_path / "cache")
    assert "--data" in caught.value.hint
    (tmp_path / rs200.CORPUS).mkdir()
    with pytest.raises(MediaError, match="no song"):
        read_corpora(tmp_path, tmp_path / "cache", [rs200.CORPUS])
    (tmp_path / rs200.CORPUS / "data.tar.xz").write_bytes(b"torn")
    with pytest.raises(MediaError, match="unpack"):
        read_corpora(tmp_path, tmp_path / "cache", [rs200.CORPUS])


@pytest.mark.parametrize("has_filters", [True, False])
def test_an_archive_that_reaches_out_of_its_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_filters: bool
) -> None:
    if not has_filters:
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    for name, kind in (("../outside.txt", tarfile.REGTYPE), ("link", tarfile.SYMTYPE)):
        archive = tmp_path / "data.tar"
        with tarfile.open(archive, "w") as tar:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc"
            tar.addfile(member)
        with pytest.raises(MediaError, match="cannot unpack"):
            unpack(archive, tmp_path / "in")
    assert not (tmp_path / "outside.txt").exists()


def test_an_archive_is_unpacked_alike_by_a_python_without_filters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "song.txt").write_text("C Am")
    with tarfile.open(tmp_path / "data.tar", "w") as tar:
        tar.add(tmp_path / "song.txt", "songs/song.txt")
    monkeypatch.delattr(tarfile, "data_filter", raising=False)
    assert (unpack(tmp_path / "data.tar", tmp_path / "in") / "songs" / "song.txt").read_text() == "C Am"
