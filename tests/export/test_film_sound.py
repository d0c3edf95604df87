"""What a film sounds like: how loud, what of the edit is heard, and where the music gives way."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.export.sounds import HZ, Sound, band_rms, dbfs, meter, read_sound, silence, tone, write_sound
from tests.scores import make_cue, make_score
from tests.videos import write_video
from v2m_bridge.core.guide import PlacedGuide
from v2m_bridge.core.score import Note, Part, Score
from v2m_bridge.core.speech import SpeechMask
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import AudioClip, Media, Scene, Timeline, name_scenes
from v2m_bridge.core.work import Rendered
from v2m_bridge.export.render import SoundOfEdit, render

RATE = Fraction(25)
SPEECH_HZ, TEMP_HZ = 1000.0, 3000.0
MUSIC_KEY, MUSIC_HZ = 57, 220.0


def at(frame: int, rate: Fraction = RATE) -> FrameTime:
    return FrameTime(frame, rate)


def clip(path: Path, first: int, last: int, *, track: str = "A1", role: str = "dialogue", **more: object) -> AudioClip:
    """Return a clip that plays a file from its start."""
    values = {"name": path.name, "track": track, "record_in": at(first), "record_out": at(last), "role": role}
    return AudioClip(**(values | {"media": Media(path.name, str(path))} | more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small picture of twelve seconds without sound."""
    return write_video(tmp_path_factory.mktemp("reel") / "reel.mp4", [(12, "bars")], size=(64, 48))


def edit(picture: Path, n_frames: int, *clips: AudioClip) -> Timeline:
    scenes = (Scene("", "shot", at(0), at(n_frames), Media(picture.name, str(picture))),)
    return Timeline("edit", RATE, name_scenes(scenes), at(0), audio=clips)


def organ(n_frames: int) -> Score:
    """Return a score that holds one note of an organ all through."""
    part = Part("organ", 1, 19, (Note(0, 200_000, MUSIC_KEY, 100),))
    return make_score(n_frames=n_frames, cues=[make_cue(out_frame=n_frames, parts=(part,))])


def film(timeline: Timeline, folder: Path, sound: SoundOfEdit | None = None) -> tuple[Rendered, Sound]:
    done = render(organ(timeline.end.frame), timeline, folder / "film.mp4", sound=sound)
    return done, read_sound(folder / "film.mp4")


def test_music_alone_is_at_16_lufs_and_does_not_clip(reel: Path, tmp_path: Path) -> None:
    done = render(make_score(n_frames=200), edit(reel, 200), tmp_path / "film.mp4")
    measured = meter(read_sound(tmp_path / "film.mp4"))
    assert measured["I"] == pytest.approx(-16, abs=0.5)
    assert dbfs(measured["true_peak"]) < -1
    assert done.loudness_lufs == pytest.approx(measured["I"], abs=0.2)
    assert done.warnings == ()


@pytest.mark.parametrize("level", [0.003, 0.05, 0.7])
def test_a_film_with_sound_of_its_own_is_at_16_lufs_however_loud_that_is(
    reel: Path, tmp_path: Path, level: float
) -> None:
    voice = write_sound(tmp_path / "voice.wav", np.concatenate([silence(2), tone(3, level=level), silence(3)]))
    done, sound = film(edit(reel, 200, clip(voice, 0, 200)), tmp_path)
    measured = meter(sound)
    assert measured["I"] == pytest.approx(-16, abs=0.5), done.warnings
    assert dbfs(measured["true_peak"]) < -1


def test_what_cannot_be_as_loud_without_clipping_is_softer_and_said_so(reel: Path, tmp_path: Path) -> None:
    clicks = silence(8)
    clicks[HZ // 4 :: HZ] = 0.9
    timeline = edit(reel, 200, clip(write_sound(tmp_path / "clicks.wav", clicks), 0, 200))
    done = render(make_score(n_frames=200, cues=[]), timeline, tmp_path / "film.mp4")
    measured = meter(read_sound(tmp_path / "film.mp4"))
    assert dbfs(measured["true_peak"]) < -1
    assert measured["I"] < -17
    assert [warning for warning in done.warnings if "LUFS, not -16" in warning]


def test_the_music_goes_down_under_speech_and_comes_back(reel: Path, tmp_path: Path) -> None:
    voice = write_sound(tmp_path / "voice.wav", np.concatenate([silence(4), tone(3, hz=SPEECH_HZ), silence(5)]))
    timeline = edit(reel, 300, clip(voice, 0, 300))
    spoken = SoundOfEdit(speech=SpeechMask(((Fraction(4), Fraction(7)),)))
    _, ducked = film(timeline, tmp_path, spoken)
    _, plain = film(timeline, tmp_path)

    def lower_db(sound: Sound, *span: float) -> float:
        """How much softer the music is under speech than in another stretch."""
        return dbfs(band_rms(sound, MUSIC_HZ, *span)) - dbfs(band_rms(sound, MUSIC_HZ, 4.5, 6.5))

    for span in ((2, 3.5), (8.5, 10)):
        assert lower_db(ducked, *span) - lower_db(plain, *span) == pytest.approx(9, abs=0.5)


def test_the_gain_under_speech_moves_without_a_step(tmp_path: Path) -> None:
    from v2m_bridge.export.ducking import Ducking

    spans = ((Fraction(0), Fraction(1)), (Fraction(5, 2), Fraction(3)), (Fraction(6), Fraction(7)))
    whole = Ducking(SpeechMask(spans)).gain(0, 10 * HZ)
    assert np.abs(np.diff(20 * np.log10(whole))).max() < 0.001
    assert whole[: 3 * HZ].max() < 0.36, "down from the first word on, and in the pause of a breath"
    assert whole[5 * HZ] == 1
    assert np.array_equal(np.concatenate([Ducking(SpeechMask(spans)).gain(k * HZ, HZ) for k in range(10)]), whole)
    assert (Ducking(None).gain(0, HZ) == 1).all()


def test_temp_music_is_muted_unless_it_is_asked_for(reel: Path, tmp_path: Path) -> None:
    temp = write_sound(tmp_path / "temp.wav", tone(8, hz=TEMP_HZ))
    voice = write_sound(tmp_path / "voice.wav", tone(8, hz=SPEECH_HZ))
    timeline = edit(reel, 200, clip(voice, 0, 200), clip(temp, 0, 200, track="TEMP", role="music"))
    _, muted = film(timeline, tmp_path)
    _, kept = film(timeline, tmp_path, SoundOfEdit(with_temp=True))
    assert dbfs(band_rms(kept, TEMP_HZ, 1, 7)) - dbfs(band_rms(muted, TEMP_HZ, 1, 7)) > 40
    assert dbfs(band_rms(muted, SPEECH_HZ, 1, 7)) > -40


def test_clips_stand_where_the_edit_has_them_at_the_gain_that_it_gives_them(reel: Path, tmp_path: Path) -> None:
    beep = write_sound(tmp_path / "beep.wav", np.concatenate([silence(1), tone(4)]))
    timeline = edit(
        reel,
        250,
        clip(beep, 50, 100, source_in_s=Fraction(2)),
        clip(beep, 150, 200, source_in_s=Fraction(1), gain_db=-12.0),
        clip(beep, 200, 250, source_in_s=Fraction(1), enabled=False),
    )
    mute = make_score(n_frames=250, cues=[])
    render(mute, timeline, tmp_path / "film.mp4")
    sound = read_sound(tmp_path / "film.mp4")
    level = np.abs(sound[: 10 * HZ]).max(axis=1).reshape(-1, HZ // 100).max(axis=1)
    on = np.flatnonzero(level > 0.02)
    assert [on[0], on[-1]] == pytest.approx([200, 799], abs=1)
    assert not (level[402:598] > 0.01).any()
    loud, soft = (band_rms(sound, SPEECH_HZ, *span) for span in ((2.5, 3.5), (6.5, 7.5)))
    assert dbfs(loud) - dbfs(soft) == pytest.approx(12, abs=0.3)


def test_a_stereo_clip_that_an_editor_lays_on_two_tracks_is_heard_once(reel: Path, tmp_path: Path) -> None:
    from v2m_bridge.export.own_sound import OwnSound

    beep = write_sound(tmp_path / "beep.wav", tone(4, level=0.25))
    pair = OwnSound(edit(reel, 100, clip(beep, 0, 100), clip(beep, 0, 100, track="A2")))
    assert np.abs(np.concatenate(list(pair.blocks()))).max() == pytest.approx(0.25, abs=0.01)


def test_a_medium_that_is_not_there_is_named_and_its_sound_left_out(reel: Path, tmp_path: Path) -> None:
    beep = write_sound(tmp_path / "beep.wav", tone(8))
    lost = replace(clip(beep, 0, 50), name="lost.wav", media=Media("lost.wav"))
    done, _ = film(edit(reel, 200, clip(beep, 100, 200), lost), tmp_path)
    assert [warning for warning in done.warnings if "lost.wav" in warning and "left out" in warning]


def test_without_sound_clips_the_sound_of_the_pictures_is_heard(tmp_path: Path) -> None:
    source = write_video(tmp_path / "a.mp4", [(4, "bars")], with_audio=True)
    _, sound = film(edit(source, 100), tmp_path)
    assert dbfs(band_rms(sound, 440, 1, 3)) > -40


def test_a_guide_is_heard_where_the_sound_clips_are_offline(reel: Path, tmp_path: Path) -> None:
    guide = write_sound(tmp_path / "guide.wav", np.concatenate([silence(2), tone(4)]))
    lost = replace(clip(guide, 0, 100), media=Media("lost.wav"))
    placed = PlacedGuide(Media(guide.name, str(guide)), Fraction(2), has_sound=True)
    _, sound = film(edit(reel, 100, lost), tmp_path, SoundOfEdit(placed))
    assert dbfs(band_rms(sound, SPEECH_HZ, 0.1, 3.9)) > -40


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001)])
def test_picture_and_sound_are_as_long_as_the_edit(tmp_path: Path, rate: Fraction) -> None:
    voice = write_sound(tmp_path / "voice.wav", tone(2))
    scene = Scene("s", "gap", at(0, rate), at(101, rate))
    sound = AudioClip("voice", "A1", at(0, rate), at(300, rate), Media(voice.name, str(voice)))
    render(
        make_score(rate=rate, n_frames=101),
        Timeline("edit", rate, (scene,), at(0, rate), audio=(sound,)),
        tmp_path / "film.mp4",
    )
    with av.open(str(tmp_path / "film.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 101
        audio = container.streams.audio[0]
        assert audio.duration is not None
        assert audio.time_base is not None
        assert audio.duration * audio.time_base == pytest.approx(float(101 / rate), abs=1 / HZ)
