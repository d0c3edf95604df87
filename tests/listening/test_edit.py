from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.listening.sounds import (
    MUSIC_HZ,
    SPEECH_HZ,
    Seconds,
    band,
    clicks,
    coloured,
    coverage,
    dialogue,
    write_wav,
)
from tests.spotting.edits import make_timeline
from v2m_bridge.core.harmony import Key
from v2m_bridge.core.speech import SpeechMask
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import AudioClip, Media, Timeline
from v2m_bridge.listening.cache import HeardCache
from v2m_bridge.listening.edit import GuideSound, hear_music_clips, hear_speech
from v2m_bridge.listening.offers import hits_of, offers_of, tempo_range

NOTHING_KEPT = HeardCache(None)
EDIT = make_timeline([(1000, "a.mov"), (1000, "b.mov")], start_frame=90_000)
"""80 s at 25 frames per second, from 01:00:00:00 on."""


def clip(
    path: Path | None, start_s: float, end_s: float, *, role: str = "dialogue", source_s: float = 0, track: str = "A1"
) -> AudioClip:
    name = path.name if path else "offline.wav"
    ends = FrameTime.nearest(start_s, EDIT.rate), FrameTime.nearest(end_s, EDIT.rate)
    medium = Media(name, str(path) if path else None)
    return AudioClip(name, track, *ends, medium, Fraction(source_s), role=role)


def edit(*clips: AudioClip) -> Timeline:
    return replace(EDIT, audio=clips)


def seconds(mask: SpeechMask | None) -> list[Seconds]:
    assert mask is not None
    return [(float(a), float(b)) for a, b in mask.spans_s]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Seconds, ...]]:
    """Return a minute of lines over traffic, and when they sound."""
    folder = tmp_path_factory.mktemp("lines")
    sound, truth = dialogue(folder, "traffic", 12, seconds=60.0)
    return write_wav(folder / "lines.wav", sound, SPEECH_HZ), truth


def test_a_dialogue_clip_is_speech_where_its_medium_speaks(lines: tuple[Path, tuple[Seconds, ...]]) -> None:
    path, truth = lines
    timeline = edit(clip(path, 12, 52, source_s=20))
    mask, warnings = hear_speech(timeline, None, NOTHING_KEPT)
    wanted = [(max(a, 20.0) - 8, b - 8) for a, b in truth if b > 20]
    share_found, share_false = coverage(seconds(mask), wanted, 80)
    assert warnings == ()
    assert share_found >= 0.9
    assert share_false < 0.05


def test_music_and_effects_are_never_taken_for_speech(lines: tuple[Path, tuple[Seconds, ...]]) -> None:
    path, _ = lines
    timeline = edit(clip(path, 0, 60, role="music"), clip(path, 0, 60, role="effects"))
    assert hear_speech(timeline, SpeechMask(), NOTHING_KEPT) == (SpeechMask(), ())
    off = edit(replace(clip(path, 0, 60), enabled=False), replace(clip(path, 0, 60), gain_db=-90.0))
    assert hear_speech(off, None, NOTHING_KEPT)[0] is None


def test_a_dialogue_clip_that_cannot_be_heard_counts_whole_beside_those_that_can(
    tmp_path: Path,
) -> None:
    hiss = 0.01 * coloured(30 * SPEECH_HZ, 0.5, np.random.default_rng(0))
    quiet = write_wav(tmp_path / "quiet.wav", hiss.astype(np.float32), SPEECH_HZ)
    mask, warnings = hear_speech(edit(clip(quiet, 0, 30), clip(None, 40, 50)), None, NOTHING_KEPT)
    assert seconds(mask) == [(40, 50)]
    assert len(warnings) == 1
    assert warnings[0].startswith("offline.wav is offline")
    assert (
        hear_speech(edit(clip(None, 40, 50)), told := SpeechMask(((Fraction(1), Fraction(2)),)), NOTHING_KEPT)[0]
        == told
    )


def test_without_roles_the_production_sound_is_heard_and_without_clips_that_of_the_pictures(
    lines: tuple[Path, tuple[Seconds, ...]],
) -> None:
    path, truth = lines
    by_clips, _ = hear_speech(edit(clip(path, 0, 60, role="")), None, NOTHING_KEPT)
    scenes = tuple(
        replace(scene, media=Media("lines.wav", str(path)), source_in_s=scene.record_in.exact_s)
        for scene in EDIT.scenes
    )
    by_pictures, _ = hear_speech(replace(EDIT, scenes=scenes), None, NOTHING_KEPT)
    for mask in (by_clips, by_pictures):
        share_found, share_false = coverage(seconds(mask), truth, 80)
        assert share_found >= 0.9
        assert share_false < 0.05


def test_of_a_guide_the_channel_of_dialogue_is_heard(lines: tuple[Path, tuple[Seconds, ...]], tmp_path: Path) -> None:
    path, truth = lines
    voice, _ = dialogue(tmp_path, "traffic", 12, seconds=60.0)
    other = np.roll(voice, 30 * SPEECH_HZ)
    guide = write_wav(tmp_path / "guide.wav", np.stack([other, voice], axis=1), SPEECH_HZ)
    sound = GuideSound(Media("guide.wav", str(guide)), Fraction(0), ("music", "dialogue"))
    mask, _ = hear_speech(EDIT, None, NOTHING_KEPT, guide=sound)
    assert coverage(seconds(mask), truth, 80)[0] >= 0.9
    assert coverage(seconds(mask), truth, 80)[1] < 0.05
    shifted = GuideSound(Media("lines.wav", str(path)), Fraction(10))
    mask, _ = hear_speech(EDIT, None, NOTHING_KEPT, guide=shifted)
    assert coverage(seconds(mask), [(max(0.0, a - 10), b - 10) for a, b in truth if b > 10], 80)[0] >= 0.9


@pytest.mark.parametrize("bpm", [72.0, 131.0])
def test_temp_clicks_tell_their_tempo_and_first_downbeat_in_the_time_of_the_edit(tmp_path: Path, bpm: float) -> None:
    path = write_wav(tmp_path / "temp.wav", clicks(bpm, seconds=40, lead_s=5.3), MUSIC_HZ)
    temp = clip(path, 10, 40, role="music", source_s=4, track="TEMP MX")
    (music,), warnings = hear_music_clips(edit(temp), [temp], NOTHING_KEPT)
    assert warnings == ()
    assert (music.name, float(music.start_s), float(music.end_s)) == ("temp.wav", 10, 40)
    assert music.bpm == pytest.approx(bpm, abs=0.5)
    assert music.first_downbeat_s is not None
    assert float(music.first_downbeat_s) == pytest.approx(11.3, abs=0.05)


def test_what_was_heard_of_music_is_kept_and_offered_in_words(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "song.wav", band(131, tonic=9, mode="minor"), MUSIC_HZ)
    temp, cache = clip(path, 10, 40, role="music", track="TEMP"), HeardCache(tmp_path / "cache")
    timeline = edit(temp, clip(None, 50, 60, role="music", track="TEMP"))
    music, warnings = hear_music_clips(timeline, timeline.audio, cache)
    assert hear_music_clips(timeline, timeline.audio, cache) == (music, warnings)
    assert len(list((tmp_path / "cache" / "heard").iterdir())) == 1
    assert music[0].key == Key(9, "minor")
    assert tempo_range(music[0]) == (129, 133)
    assert [hit.frame for hit in hits_of(timeline, music[0])] == [250, 1000]
    assert warnings == ("offline.wav is offline; its tempo and key are not known",)
    first, second = offers_of(timeline, music)
    assert first == (
        "temp music 'song.wav' plays from 01:00:10:00 to 01:00:40:00, runs at 131.0 bpm, has its first downbeat at "
        "01:00:10:00 and is in A minor; to follow it use --follow-temp (or --tempo 129-133 to stay near it) "
        '--key "A minor"'
    )
    assert second == ("temp music 'offline.wav' plays from 01:00:50:00 to 01:01:00:00; no tempo and no key were heard")


def test_a_clip_beyond_the_edit_is_heard_as_far_as_it_lies_inside(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "temp.wav", clicks(96, seconds=60), MUSIC_HZ)
    inside, outside = clip(path, 60, 120, role="music"), clip(path, 90, 120, role="music")
    (music,), _ = hear_music_clips(edit(inside, outside), [inside, outside], NOTHING_KEPT)
    assert (float(music.start_s), float(music.end_s)) == (60, 80)
    assert music.bpm == pytest.approx(96, abs=0.5)
