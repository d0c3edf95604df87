"""Stems as files: what their headers say, how they add up, and what they never overwrite."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.scores import make_cue, make_score
from v2m_bridge.core.direction import ENDINGS
from v2m_bridge.core.score import Note, Part, Score
from v2m_bridge.errors import OutputError
from v2m_bridge.export import stems as module
from v2m_bridge.export.bext import time_reference
from v2m_bridge.export.sound_font import find_sound_font
from v2m_bridge.export.stem_names import cleaned, stem_names
from v2m_bridge.export.stems import Stems, write_stems

PICTURE = date(2026, 11, 20)
MADE = datetime(2026, 11, 29, 16, 5, 9, tzinfo=UTC)
NTSC = Fraction(24000, 1001)
DROP = Fraction(30000, 1001)


@dataclass(frozen=True)
class Bwf:
    """A Broadcast WAVE file as EBU Tech 3285 lays it out, read field by field."""

    description: str
    originator: str
    reference: str
    made: str
    time_reference: int
    version: int
    coding: str
    form: tuple[int, ...]
    samples: NDArray[np.int32]
    """(n, 2)"""


def read_bwf(path: Path) -> Bwf:
    data = path.read_bytes()
    assert data[:4] == b"RIFF"
    assert data[8:12] == b"WAVE"
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    chunks, at = {}, 12
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        chunks[data[at : at + 4]] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    assert list(chunks) == [b"bext", b"fmt ", b"data"]
    bext = chunks[b"bext"]
    text = [bext[a:b].rstrip(b"\0").decode("ascii") for a, b in ((0, 256), (256, 288), (288, 320), (320, 338))]
    low, high, version = struct.unpack("<IIH", bext[338:348])
    assert bext[348:602] == bytes(254)
    raw = np.frombuffer(chunks[b"data"], np.uint8).reshape(-1, 3).astype(np.int32)
    unsigned = raw[:, 0] | raw[:, 1] << 8 | raw[:, 2] << 16
    samples = np.where(unsigned >= 1 << 23, unsigned - (1 << 24), unsigned).astype(np.int32).reshape(-1, 2)
    form = struct.unpack("<HHIIHH", chunks[b"fmt "])
    return Bwf(*text, (high << 32) + low, version, bext[602:].decode("ascii"), form, samples)  # type: ignore[call-arg,arg-type]


def two_cues(**more: object) -> Score:
    cues = [make_cue("1m01", out_frame=50), replace(make_cue("1m02", in_frame=60, out_frame=110), version=3)]
    return make_score(n_frames=150, cues=cues, name="Der Fall / Teil_2", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_cue_that_fades_or_is_cut_ends_on_its_out_and_every_other_rings_on(ending: str, tmp_path: Path) -> None:
    score = make_score(n_frames=50, cues=[replace(make_cue(out_frame=50), ending=ending)])
    lengths = {len(read_bwf(Path(path)).samples) for path in written(score, tmp_path).paths}
    (n_samples,) = lengths
    if ending in ("fade", "cut"):
        assert n_samples == 96_000
    else:
        assert n_samples > 96_000


def written(score: Score, folder: Path) -> Stems:
    return write_stems(
        score, folder, sound_font=find_sound_font(None), picture=PICTURE, made=MADE, progress=lambda *_: None
    )


def test_each_part_of_each_cue_and_a_mix_has_a_file_that_is_named_for_it(tmp_path: Path) -> None:
    done = written(two_cues(), tmp_path / "stems")
    names = [
        f"Der-Fall-Teil-2_{cue}_PIC20261120_{part}.wav"
        for cue in ("1m01_v01", "1m02_v03")
        for part in ("chords", "bass", "mix")
    ]
    assert [Path(path).name for path in done.paths] == names
    assert sorted(path.name for path in (tmp_path / "stems").iterdir()) == sorted(names)


def test_the_stems_of_a_cue_add_up_to_its_mix_to_the_last_bit(tmp_path: Path) -> None:
    done = written(two_cues(), tmp_path)
    files = [read_bwf(Path(path)) for path in done.paths]
    for chords, bass, mix in (files[:3], files[3:]):
        assert np.array_equal(chords.samples.astype(np.int64) + bass.samples, mix.samples)
        assert np.abs(chords.samples).max() > 1 << 16
        assert np.abs(bass.samples).max() > 1 << 16


def test_the_header_says_what_the_file_is_and_where_it_begins(tmp_path: Path) -> None:
    done = written(two_cues(), tmp_path)
    bass = read_bwf(Path(done.paths[4]))
    assert bass.description == "Der Fall / Teil_2 1m02 bass"
    assert bass.originator == "v2m_bridge"
    assert bass.reference.startswith("v2m_bridge score ")
    assert bass.made == "2026-11-2916:05:09"
    assert bass.version == 1
    assert bass.coding == "A=PCM,F=48000,W=24,M=stereo,T=v2m_bridge\r\n"
    assert bass.form == (1, 2, 48_000, 288_000, 6, 24)
    assert bass.time_reference == (90_000 + 60) * 1920


def test_ffmpeg_reads_the_same_header_and_the_same_samples(tmp_path: Path) -> None:
    path = written(two_cues(rate=Fraction(25)), tmp_path).paths[0]
    with av.open(path) as container:
        told = container.metadata
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
        assert container.streams.audio[0].codec_context.name == "pcm_s24le"
    assert told["time_reference"] == str(90_000 * 1920)
    assert told["encoded_by"] == "v2m_bridge"
    assert told["originator_reference"].startswith("v2m_bridge score ")
    assert told["date"] == "2026-11-29"
    assert told["creation_time"] == "16:05:09"
    assert np.array_equal(sound.reshape(-1, 2) >> 8, read_bwf(Path(path)).samples)


@pytest.mark.parametrize(
    ("rate", "start", "drop", "frame", "samples"),
    [
        (Fraction(25), "10:00:00:00", False, 0, 36_000 * 48_000),
        (NTSC, "01:00:00:00", False, 0, 172_972_800),  # 86,400 frames of 2,002 samples
        (NTSC, "00:59:59:23", False, 2, 172_972_800 + 2_002),
        (DROP, "01:00:00;00", True, 0, 172_799_827),  # 107,892 frames: 3,599.9964 s
        (DROP, "01:00:00:00", False, 0, 172_972_800),  # 108,000 frames: 3,603.6 s
        (DROP, "23:59:59;29", True, 1, 0),  # midnight
        (Fraction(24), "23:59:59:23", False, 25, 48_000),
        (Fraction(60000, 1001), "02:00:00;00", True, 0, 345_599_654),
    ],
)
def test_the_reference_is_the_real_time_of_the_count_of_frames_since_midnight(
    rate: Fraction, start: str, drop: bool, frame: int, samples: int
) -> None:
    assert time_reference(make_score(rate=rate, start=start, drop_frame=drop), frame) == samples


def test_references_of_frames_of_29_97_are_right_to_the_sample_all_day() -> None:
    score = make_score(rate=DROP, start="00:00:00;00", drop_frame=True)
    for frame in range(0, 2_589_408, 99_991):
        assert abs(Fraction(time_reference(score, frame)) - frame * Fraction(48_000 * 1001, 30_000)) <= Fraction(1, 2)


def test_a_file_begins_with_its_cue_and_holds_what_rings_on_after_it(tmp_path: Path) -> None:
    pad = Part("pad", 1, 89, (Note(0, 3_840, 60, 100),))
    click = Part("click", 2, 0, (Note(0, 100, 84, 120),))
    score = make_score(n_frames=500, cues=[make_cue(in_frame=100, out_frame=150, parts=(pad, click))])
    files = [read_bwf(Path(path)).samples for path in written(score, tmp_path).paths]
    lengths = {len(samples) for samples in files}
    assert len(lengths) == 1
    assert 2 * 48_000 < lengths.pop() < 18 * 48_000
    assert np.abs(files[0][2 * 48_000 :]).max() > 1 << 14, "the pad rings on"
    first = int(np.argmax(np.abs(files[1]).max(axis=1) > 1 << 12))
    assert first < 0.015 * 48_000
    assert np.abs(files[0][-48:]).max() < 200, "it ends below -90 dBFS"


def test_level_does_not_depend_on_the_other_cues_nor_on_how_loud_a_cue_is(tmp_path: Path) -> None:
    def note(velocity: int) -> Score:
        part = Part("keys", 1, 0, (Note(0, 960, 60, velocity),))
        return make_score(n_frames=25, cues=[make_cue(out_frame=25, parts=(part,))])

    soft, loud = (
        np.abs(read_bwf(Path(written(note(velocity), tmp_path / str(velocity)).paths[0])).samples).max()
        for velocity in (40, 120)
    )
    assert loud > 3 * soft


def test_where_a_mix_would_clip_all_stems_are_softer_and_the_user_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LEVEL_DB", 42)
    done = written(two_cues(), tmp_path)
    assert len(done.warnings) == 1
    assert "dB softer than usual" in done.warnings[0]
    chords, bass, mix = (read_bwf(Path(path)).samples for path in done.paths[:3])
    assert np.array_equal(chords + bass, mix)
    assert 1 << 21 < np.abs(mix).max() < 1 << 23


def test_stems_of_ours_are_replaced_and_nothing_else(tmp_path: Path) -> None:
    score = two_cues()
    paths = written(score, tmp_path).paths
    assert written(score, tmp_path).paths == paths

    def refused(change: Callable[[Path], object]) -> None:
        victim = Path(paths[4])
        ours = victim.read_bytes()
        change(victim)
        theirs = victim.read_bytes()
        before = {path: Path(path).stat().st_mtime_ns for path in paths}
        with pytest.raises(OutputError, match=r"1m02_v03_PIC20261120_bass"):
            written(score, tmp_path)
        assert victim.read_bytes() == theirs
        assert {path: Path(path).stat().st_mtime_ns for path in paths} == before, "nothing at all was written"
        victim.write_bytes(ours)

    refused(lambda path: path.write_bytes(b"a recording of mine"))
    refused(lambda path: path.write_bytes(path.read_bytes()[:-6] + b"\1\2\3\4\5\6"))  # a stem that was worked on
    refused(lambda path: path.write_bytes(path.read_bytes().replace(b"v2m_bridge score", b"Pro Tools 2026.6")))


def test_cues_whose_stems_would_have_the_same_names_are_refused(tmp_path: Path) -> None:
    cues = [make_cue("1m01", out_frame=50), make_cue("1M01", in_frame=60, out_frame=110)]
    with pytest.raises(OutputError, match="1m01 and 1M01"):
        written(make_score(n_frames=150, cues=cues), tmp_path / "stems")
    assert not (tmp_path / "stems").exists()


def test_a_cue_without_parts_has_no_stems(tmp_path: Path) -> None:
    score = make_score(n_frames=50, cues=[make_cue(out_frame=50, parts=())])
    assert written(score, tmp_path).paths == ()


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Reel 1", "Reel-1"),
        ("a/b\\c:d*e", "a-b-c-d-e"),
        ("../../etc", "etc"),
        ("Über Größe", "Über-Größe"),
        ("映画", "映画"),
        ("", "edit"),
        ("...", "edit"),
        ("x" * 100, "x" * 40),
        ("two__words", "two-words"),
    ],
)
def test_names_suit_every_file_system(name: str, clean: str) -> None:
    assert cleaned(name) == clean


def test_parts_whose_names_would_collide_have_files_of_their_own() -> None:
    names = stem_names("Show", make_cue(), PICTURE, ["Pad", "pad", "mix"])
    assert list(names.parts.values()) == [f"Show_1m01_v01_PIC20261120_{part}.wav" for part in ("Pad", "pad-2", "mix-2")]
