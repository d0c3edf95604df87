"""What a score sounds like: alignment, level, length, silence."""

from __future__ import annotations

import sys
import wave
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.scores import make_cue, make_score
from v2m_bridge.core import sound_fonts
from v2m_bridge.core.score import ControlChange, Note, Part, Score
from v2m_bridge.core.timebase import FrameTime, TempoMap
from v2m_bridge.core.timeline import Scene, Timeline
from v2m_bridge.core.work import Rendered
from v2m_bridge.errors import OutputError
from v2m_bridge.export.render import render
from v2m_bridge.export.sound_font import find_sound_font

Sound = NDArray[np.float64]


def timeline_of(score: Score) -> Timeline:
    """Return an edit of the length of a score that shows nothing."""
    rate = Fraction(score.rate)
    return Timeline(
        "edit", rate, (Scene("s", "gap", FrameTime(0, rate), FrameTime(score.n_frames, rate)),), FrameTime(0, rate)
    )


def render_wav(score: Score, folder: Path) -> tuple[Rendered, Sound]:
    """Return the report and (n, 2) samples from -1 to 1."""
    report = render(score, timeline_of(score), folder / "music.wav")
    with wave.open(report.path) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 48_000, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return report, samples.reshape(-1, 2) / 32768


def dbfs(value: float) -> float:
    return float(20 * np.log10(value + 1e-12))


def test_a_struck_note_is_heard_within_15_ms_of_its_tick_and_not_before(tmp_path: Path) -> None:
    rate = Fraction(24000, 1001)
    tempo = TempoMap.constant(93.7)
    onsets = [0, 2000, 4321, 7777, 9999]
    part = Part("keys", 1, 0, tuple(Note(tick, 200, 60 + i, 100) for i, tick in enumerate(onsets)))
    cue = make_cue(in_frame=31, out_frame=250, rate=rate, tempo=tempo, parts=(part,))
    score = make_score(rate=rate, n_frames=250, cues=[cue])
    _, sound = render_wav(score, tmp_path)
    level = np.abs(sound).max(axis=1)
    for tick in onsets:
        due = (score.cue_start_ns(cue) + tempo.ns_at(tick)) * 48_000 // 10**9
        before = level[max(0, due - 480) : due].max()
        heard = due + int(np.argmax(level[due:] > max(4 * before, 0.01)))
        assert 0 <= heard - due <= 0.015 * 48_000
    assert level[: score.cue_start_ns(cue) * 48_000 // 10**9].max() == 0


def test_no_second_inside_a_cue_of_continuous_notes_is_silent(tmp_path: Path) -> None:
    score = make_score(n_frames=300, cues=[make_cue(in_frame=50, out_frame=300)])
    _, sound = render_wav(score, tmp_path)
    for second in range(2, 12):
        part = sound[second * 48_000 : (second + 1) * 48_000]
        assert dbfs(float(np.sqrt((part**2).mean()))) > -60


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001)])
def test_the_sound_is_as_long_as_the_edit_to_the_sample(tmp_path: Path, rate: Fraction) -> None:
    score = make_score(rate=rate, n_frames=77)
    report, sound = render_wav(score, tmp_path)
    assert len(sound) == round(77 / rate * 48_000)
    assert report.duration_s == pytest.approx(float(77 / rate))


@pytest.mark.parametrize("velocity", [3, 64, 127])
def test_the_peak_is_3_db_below_full_scale_however_loud_the_notes_are(tmp_path: Path, velocity: int) -> None:
    part = Part("keys", 1, 0, tuple(Note(0, 3000, pitch, velocity) for pitch in range(40, 80, 4)))
    report, sound = render_wav(make_score(n_frames=50, cues=[make_cue(out_frame=50, parts=(part,))]), tmp_path)
    assert dbfs(float(np.abs(sound).max())) == pytest.approx(-3, abs=0.05)
    assert report.peak_dbfs == pytest.approx(-3, abs=0.05)


def test_an_edit_without_music_is_silence_and_no_error(tmp_path: Path) -> None:
    report, sound = render_wav(make_score(n_frames=50, cues=[]), tmp_path)
    assert np.abs(sound).max() == 0
    assert report.peak_dbfs == -144


def test_music_that_rings_at_the_end_of_the_edit_fades_and_does_not_click(tmp_path: Path) -> None:
    part = Part("organ", 1, 19, (Note(0, 20_000, 60, 100),))
    _, sound = render_wav(make_score(n_frames=50, cues=[make_cue(out_frame=50, parts=(part,))]), tmp_path)
    assert np.abs(sound[-1]).max() == 0
    assert np.abs(sound[-1200:-960]).max() > 0.05
    assert np.abs(sound[-48:]).max() < 0.06


def test_equal_scores_sound_equal_to_the_byte(tmp_path: Path) -> None:
    score = make_score(n_frames=50)
    first = Path(render_wav(score, tmp_path)[0].path).read_bytes()
    assert Path(render_wav(score, tmp_path)[0].path).read_bytes() == first


def test_modulation_is_played_as_dynamics_where_a_part_has_no_expression(tmp_path: Path) -> None:
    def half_levels(controller: int) -> tuple[float, float]:
        controls = (ControlChange(0, controller, 127), ControlChange(3840, controller, 20))
        part = Part("strings", 1, 48, (Note(0, 7680, 60, 100),), controls)
        _, sound = render_wav(make_score(n_frames=100, cues=[make_cue(out_frame=100, parts=(part,))]), tmp_path)
        return float(np.sqrt((sound[48_000:96_000] ** 2).mean())), float(np.sqrt((sound[120_000:] ** 2).mean()))

    for controller in (1, 11):
        loud, soft = half_levels(controller)
        assert 6 < dbfs(loud) - dbfs(soft) < 40


def test_parts_that_share_a_midi_channel_keep_their_own_sounds(tmp_path: Path) -> None:
    piano = Part("keys", 1, 0, (Note(0, 4800, 60, 100),))
    organ = Part("organ", 1, 19, (Note(0, 4800, 67, 100),))
    alone = render_wav(make_score(n_frames=50, cues=[make_cue(out_frame=50, parts=(piano, organ))]), tmp_path)[1]
    apart = replace(organ, channel=2)
    both = render_wav(make_score(n_frames=50, cues=[make_cue(out_frame=50, parts=(piano, apart))]), tmp_path)[1]
    assert np.array_equal(alone, both)


def test_the_shipped_sound_font_is_found_and_a_wrong_one_is_an_output_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_fonts, "LARGE_SOUND_FONTS", ())
    assert find_sound_font(None).name == "TimGM6mb.sf2"
    (tmp_path / "song.sf2").write_bytes(b"RIFF\0\0\0\0WAVEfmt ")
    for wrong in (tmp_path / "song.sf2", tmp_path / "absent.sf2"):
        with pytest.raises(OutputError) as caught:
            find_sound_font(wrong)
        assert "--soundfont" in caught.value.hint


def test_a_sound_font_that_fluidsynth_refuses_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "broken.sf2").write_bytes(b"RIFF\4\0\0\0sfbk")
    score = make_score(n_frames=25)
    with pytest.raises(OutputError, match="cannot load"):
        render(score, timeline_of(score), tmp_path / "o.wav", sound_font=tmp_path / "broken.sf2")
    assert not (tmp_path / "o.wav").exists()


def test_without_fluidsynth_the_error_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    score = make_score(n_frames=25)
    with pytest.raises(OutputError) as caught:
        render(score, timeline_of(score), tmp_path / "o.wav")
    assert "apt install libfluidsynth3" in caught.value.hint
    assert list(tmp_path.iterdir()) == []
