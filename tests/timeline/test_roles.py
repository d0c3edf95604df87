from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.spotting.edits import make_timeline
from tests.spotting.spots import with_sound
from v2m_bridge import jobs
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import SettingsError
from v2m_bridge.timeline.roles import read_roles, with_roles

TABLE = 'dialogue = ["PROD", "boom"]\nmusic = ["SONG"]\nnone = ["SCORE"]\n'


def roles_file(folder: Path, text: str = TABLE) -> Path:
    path = folder / "roles.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_words_of_the_user_win_on_names_of_tracks(tmp_path: Path) -> None:
    roles = read_roles(roles_file(tmp_path))
    timeline = make_timeline([(250, "a.mov")])
    for track in ("Prod 1", "BOOM", "SONG_L", "Score", "DX 2"):
        timeline = with_sound(timeline, "effects", [(0, 5)], track=track)
    told = with_roles(timeline, roles)
    assert [clip.role for clip in told.audio] == ["dialogue", "dialogue", "music", "", "effects"]
    assert replace(told, audio=()) == replace(timeline, audio=())
    assert with_roles(timeline, {}) == timeline


def test_without_a_file_there_are_no_words_of_the_user(tmp_path: Path) -> None:
    assert read_roles(tmp_path / "roles.toml") == {}


@pytest.mark.parametrize("text", ["dialogue = [", "speech = ['A']", "music = 'MX'", "music = ['MX 1']", "music = [3]"])
def test_a_table_that_cannot_be_used_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = roles_file(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        read_roles(path)
    assert str(path) in caught.value.hint


def test_an_edit_is_read_with_the_words_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import opentimelineio as otio

    from tests.timeline.edits import clip, edit, track

    made = edit(track(clip("a", 0, 50)), track(clip("b", 0, 50), name="Prod 1", kind="Audio"))
    (tmp_path / "cut.otio").write_text(otio.adapters.write_to_string(made, "otio_json"), encoding="utf-8")
    monkeypatch.setenv("V2M_ROLES", str(roles_file(tmp_path)))
    timeline = jobs.read_timeline(tmp_path / "cut.otio")
    assert isinstance(timeline, Timeline)
    assert [sound.role for sound in timeline.audio] == ["dialogue"]
    monkeypatch.setenv("V2M_ROLES", str(roles_file(tmp_path, "speech = ['A']")))
    with pytest.raises(SettingsError, match="speech"):
        jobs.read_timeline(tmp_path / "cut.otio")
