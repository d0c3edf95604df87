"""Sounds of FCPXML clips: roles, gains, switches, and sound that begins apart from its picture."""

from pathlib import Path

import pytest

from tests.timeline.fcpxml_edits import clip, heard, reread
from v2m_bridge.core.timeline import Timeline


def with_sound(inside: str, folder: Path, **more: str) -> Timeline:
    """Return an edit whose clip of sound holds `inside`."""
    return reread(clip("main", "0s", "4s", clip("s", "1s", "2s", inside, ref="s", lane="-1", **more), ref="a"), folder)


@pytest.mark.parametrize(
    ("role", "meaning"),
    [
        ("dialogue.dialogue-1", "dialogue"),
        ("effects", "effects"),
        ("Music.Score", "music"),
        ("temp", "music"),
        ("Temp FX.Temp FX-1", "effects"),
        ("Video", ""),
    ],
)
def test_roles_say_what_a_sound_is_for(role: str, meaning: str, tmp_path: Path) -> None:
    (sound,) = with_sound("", tmp_path, audioRole=role).audio
    assert (sound.track, sound.role) == (role, meaning)


def test_roles_of_channels_win_over_that_of_the_clip(tmp_path: Path) -> None:
    channels = (
        '<audio-channel-source srcCh="1, 2" role="music.music-1"/><audio-channel-source srcCh="3" role="effects"/>'
        '<audio-channel-source srcCh="4" role="dialogue" active="0"/>'
    )
    assert heard(with_sound(channels, tmp_path, audioRole="dialogue")) == [
        ("s", 25, 75, 0.0, "music", True),
        ("s", 25, 75, 0.0, "effects", True),
        ("s", 25, 75, 0.0, "dialogue", False),
    ]


@pytest.mark.parametrize(
    ("amount", "gain_db"), [("-12dB", -12.0), ("3.5", 3.5), ("-inf dB", -96.0), ("loud", 0.0), ("999dB", 96.0)]
)
def test_a_gain_is_in_decibels(amount: str, gain_db: float, tmp_path: Path) -> None:
    (sound,) = with_sound(f'<adjust-volume amount="{amount}"/>', tmp_path).audio
    assert sound.gain_db == gain_db


def test_gains_and_switches_of_nested_clips_add_up(tmp_path: Path) -> None:
    inner = '<audio ref="s" offset="0s" duration="60s" role="dialogue"/><adjust-volume amount="-3dB"/>'
    half = f'<clip name="line" offset="0s" start="2s" duration="4s">{inner}</clip>'
    media = f'<media id="n"><sequence format="f25"><spine>{half}</spine></sequence></media>'
    edit = clip("main", "0s", "4s", ref="a") + '<ref-clip ref="n" offset="4s" duration="4s"{}>{}</ref-clip>'
    timeline = reread(edit.format("", '<adjust-volume amount="-4dB"/>'), tmp_path, media)
    assert [(sound.gain_db, sound.enabled, sound.name) for sound in timeline.audio] == [(-7.0, True, "line")]
    for off, inside in ((' enabled="0"', ""), ("", '<audio-role-source role="dialogue" active="0"/>'), ("", "<mute/>")):
        assert [sound.enabled for sound in reread(edit.format(off, inside), tmp_path, media).audio] == [False]
    assert not reread(edit.format(' srcEnable="video"', ""), tmp_path, media).audio


def test_a_clip_may_give_its_sound_alone(tmp_path: Path) -> None:
    edit = clip("main", "0s", "4s", clip("b", "1s", "2s", srcEnable="audio", lane="1"), ref="a", srcEnable="video")
    timeline = reread(edit, tmp_path)
    assert [scene.name for scene in timeline.scenes] == ["main"]
    assert heard(timeline) == [("b", 25, 75, 0.0, "", True)]


def test_sound_may_begin_before_its_picture_and_end_after_it(tmp_path: Path) -> None:
    edit = clip("one", "0s", "4s", ref="a", start="100s") + clip(
        "two", "4s", "4s", start="10s", audioStart="9s", audioDuration="7s"
    )
    assert heard(reread(edit, tmp_path)) == [("two", 75, 250, 9.0, "", True)]


def test_a_transition_moves_the_cut_of_the_picture_and_not_that_of_the_sound(tmp_path: Path) -> None:
    edit = clip("one", "0s", "4s") + '<transition offset="4s" duration="2s"/>' + clip("two", "4s", "4s")
    timeline = reread(edit, tmp_path)
    assert [scene.record_in.frame for scene in timeline.scenes] == [0, 125]
    assert [sound.record_in.frame for sound in timeline.audio] == [0, 100]


def test_channels_of_one_recording_with_one_role_are_one_sound(tmp_path: Path) -> None:
    second = '<audio ref="s" lane="-1" offset="0s" duration="9s" srcCh="2"/>'
    pair = f'<audio ref="s" offset="0s" duration="9s" srcCh="1">{second}</audio>'
    edit = clip("main", "0s", "4s", f'<clip name="mix" lane="-1" offset="0s" duration="4s">{pair}</clip>', ref="a")
    assert heard(reread(edit, tmp_path)) == [("mix", 0, 100, 0.0, "", True)]


def test_titles_and_photographs_are_silent(tmp_path: Path) -> None:
    silent = '<title ref="t" offset="1s" lane="1" duration="1s"/><video ref="p" offset="1s" lane="2" duration="1s"/>'
    assert not reread(clip("main", "0s", "4s", silent, ref="a"), tmp_path).audio
