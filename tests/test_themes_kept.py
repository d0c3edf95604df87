"""Themes are read from MIDI files, kept as text, and every mistake is one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from tests.arrange.sung_themes import drawn_theme
from v2m_bridge.cli import app
from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.harmony import Key
from v2m_bridge.core.theme import Theme, ThemeNote, degree_mapped, key_in_mode
from v2m_bridge.core.theme_text import parse_theme, theme_text
from v2m_bridge.core.timebase import Meter
from v2m_bridge.errors import DirectionError, V2MError
from v2m_bridge.materials import with_materials
from v2m_bridge.theme_midi import read_theme
from v2m_bridge.theme_store import keep_theme, load_theme, theme_names

TUNE = ((0, 1, 60), (1, 1, 64), (2, 2, 67), (4, 1, 65), (5, 1, 64), (6, 2, 60))
"""Quarters from the start, length in quarters, pitch."""
Heard = Sequence[tuple[float, float, int]]


def track_of(notes: Heard, channel: int = 0) -> mido.MidiTrack:
    events = [(at, "note_on", pitch) for at, _, pitch in notes]
    events += [(at + length, "note_off", pitch) for at, length, pitch in notes]
    track, last = mido.MidiTrack(), 0
    for at, kind, pitch in sorted(events):
        tick = round(at * 480)
        track.append(mido.Message(kind, channel=channel, note=pitch, velocity=80, time=tick - last))
        last = tick
    return track


def written(folder: Path, *tracks: mido.MidiTrack, meta: Sequence[mido.MetaMessage] = ()) -> Path:
    file, path = mido.MidiFile(type=1, ticks_per_beat=480), folder / "tune.mid"
    file.tracks.extend([mido.MidiTrack(meta), *tracks])
    file.save(path)
    return path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("V2M_THEMES", str(tmp_path / "themes"))
    return tmp_path / "themes"


def v2m(*words: object) -> Result:
    return CliRunner().invoke(app, ["theme", *map(str, words)])


def test_the_highest_voice_of_the_first_melodic_track_is_taken(tmp_path: Path) -> None:
    drums = track_of([(0, 1, 36), (2, 1, 38)], channel=9)
    chords = track_of([(0, 4, 72), (4, 4, 77)])
    voices = track_of([*TUNE, (0, 2, 48), (2, 2, 52), (5.5, 0.5, 40)])
    theme = read_theme(written(tmp_path, drums, voices, chords), "hero")
    assert theme.notes == tuple(ThemeNote(Fraction(at), Fraction(length), pitch) for at, length, pitch in TUNE)
    assert (theme.key, theme.meter, theme.n_bars) == (Key(0, "major"), Meter(4, 4), 2)


def test_key_and_meter_are_what_the_file_says_and_empty_bars_before_it_go(tmp_path: Path) -> None:
    meta = [
        mido.MetaMessage("time_signature", numerator=3, denominator=8),
        mido.MetaMessage("key_signature", key="F#m"),
    ]
    late = [(at + 3, length, pitch) for at, length, pitch in TUNE]
    theme = read_theme(written(tmp_path, track_of(late), meta=meta), "hero")
    assert (theme.key, theme.meter) == (Key(6, "minor"), Meter(3, 8))
    assert theme.notes[1] == ThemeNote(Fraction(2), Fraction(2), 64)


def test_notes_that_overlap_a_little_follow_each_other(tmp_path: Path) -> None:
    legato = [(at, length + 0.1, pitch) for at, length, pitch in TUNE]
    theme = read_theme(written(tmp_path, track_of(legato)), "hero")
    assert [note.pitch for note in theme.notes] == [pitch for *_, pitch in TUNE]


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ((), "no melody"),
        (TUNE[:2], "no melody"),
        ([(at / 4, length / 4, pitch) for at, length, pitch in TUNE], "1 bars"),
        ([(at * 12, length, pitch) for at, length, pitch in TUNE], "19 bars"),
    ],
)
def test_what_is_no_melody_of_2_to_16_bars_is_refused(tmp_path: Path, notes: Heard, said: str) -> None:
    with pytest.raises(DirectionError, match=said):
        read_theme(written(tmp_path, track_of(notes)), "hero")


@pytest.mark.parametrize("data", [b"", b"MThd", b"RIFFxxxx", b"MThd\0\0\0\6\0\1\0\1\xe7\x28MTrk\0\0\0\4\0\xff\x2f\0"])
def test_what_is_no_midi_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.mid").write_bytes(data)
    with pytest.raises(DirectionError) as caught:
        read_theme(tmp_path / "bad.mid", "hero")
    assert "\n" not in caught.value.sentence()
    assert "bad.mid" in caught.value.sentence()


def test_add_keeps_a_theme_and_list_shows_it(tmp_path: Path) -> None:
    path = written(tmp_path, track_of(TUNE))
    added = v2m("add", "hero", path)
    assert added.exit_code == 0
    assert "2 bars, 6 notes, C major" in added.output
    shown = v2m("list").output
    assert "hero" in shown
    assert "C major" in shown
    assert load_theme("hero") == read_theme(path, "hero")


def test_a_theme_is_replaced_only_where_that_is_asked_for(tmp_path: Path, folder: Path) -> None:
    path = written(tmp_path, track_of(TUNE))
    v2m("add", "hero", path)
    before = (folder / "hero.toml").read_bytes()
    written(tmp_path, track_of([(at, length, pitch + 2) for at, length, pitch in TUNE]))
    refused = v2m("add", "hero", path)
    assert isinstance(refused.exception, V2MError)
    assert "--replace" in refused.exception.sentence()
    assert (folder / "hero.toml").read_bytes() == before
    assert v2m("add", "hero", path, "--replace").exit_code == 0
    assert load_theme("hero").key == Key(2, "major")
    assert [each.name for each in folder.iterdir()] == ["hero.toml"]


@pytest.mark.parametrize("name", ["../hero", "a:b", "none", "", " ", "x" * 41])
def test_a_name_that_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    refused = v2m("add", "--", name, written(tmp_path, track_of(TUNE)))
    assert isinstance(refused.exception, DirectionError)
    assert theme_names() == ()


def test_an_empty_folder_says_how_to_add_a_theme_and_a_wrong_file_is_a_warning(folder: Path) -> None:
    assert "v2m theme add" in v2m("list").output
    folder.mkdir()
    (folder / "hero.toml").write_text("name = ", encoding="utf-8")
    assert v2m("list").exit_code == 0


def test_a_cue_that_names_no_theme_that_there_is_is_refused_with_those_there_are() -> None:
    keep_theme(drawn_theme(1, name="villain"))
    with pytest.raises(DirectionError) as caught:
        with_materials(Direction(cues={"1m01": CueDirection(theme="hero")}))
    assert "villain" in caught.value.sentence()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name =", "nam =", "name"),
        ('key = "', 'key = "H', "key"),
        ('meter = "4', 'meter = "0', "0/4"),
        ('"0 ', '"1/0 ', "no note"),
        ('"0 ', '"x ', "no note"),
        ('"0 ', '"1 ', "overlap"),
        ("notes = [", "notes = [[", "TOML"),
    ],
)
def test_a_theme_file_that_is_wrong_costs_one_sentence(folder: Path, old: str, new: str, said: str) -> None:
    text = theme_text(drawn_theme(2))
    assert old in text
    folder.mkdir()
    (folder / "hero.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DirectionError, match=said) as caught:
        load_theme("hero")
    assert "hero" in str(caught.value)


@given(st.integers(0, 10_000))
def test_a_theme_written_and_read_is_the_same(seed: int) -> None:
    theme = drawn_theme(seed)
    assert parse_theme(theme_text(theme), "it") == theme


@given(st.integers(0, 127), st.integers(0, 11), st.integers(0, 11), st.booleans(), st.booleans())
def test_a_degree_of_one_key_is_that_degree_of_another_and_higher_stays_higher(
    pitch: int, home: int, away: int, minor: bool, to_minor: bool
) -> None:
    old, new = Key(home, "minor" if minor else "major"), Key(away, "minor" if to_minor else "major")
    mapped = degree_mapped(pitch, old, new)
    if pitch % 12 in old.scale:
        assert old.scale.index(pitch % 12) == new.scale.index(mapped % 12)
    assert degree_mapped(pitch + 12, old, new) == mapped + 12
    assert mapped <= degree_mapped(pitch + 1, old, new)
    assert set(key_in_mode(old, new.mode).scale) == set(old.scale)


def test_a_theme_is_part_of_what_was_said_of_a_cue() -> None:
    from v2m_bridge.spotting.digests import said_digest

    theme = drawn_theme(1)
    higher = replace(theme, notes=tuple(note._replace(pitch=note.pitch + 1) for note in theme.notes))
    wishes = [
        CueDirection(),
        CueDirection(theme="hero", tune=theme),
        CueDirection(theme="hero", tune=higher),
        CueDirection(theme="hero", theme_form="bass", tune=theme),
    ]
    assert len({said_digest("1m01", each) for each in wishes}) == 4


def test_a_cue_can_go_without_the_theme_of_every_cue() -> None:
    theme: Theme = drawn_theme(1)
    keep_theme(theme)
    wished = Direction(defaults=CueDirection(theme="hero"), cues={"1m02": CueDirection(theme="none")})
    direction = with_materials(wished)
    assert direction.for_cue("1m01").tune == theme
    assert direction.for_cue("1m02").tune is None
