from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.listening.sounds import MUSIC_HZ, clicks, write_wav
from tests.videos import write_video
from v2m_bridge.errors import MediaError
from v2m_bridge.listening.sound import Sound

CODECS = (("wav", "pcm_s16le"), ("m4a", "aac"), ("mp3", "libmp3lame"), ("flac", "flac"), ("mov", "pcm_s24le"))
LATE_S = {"mp3": 0.001}


def write_coded(path: Path, codec: str, seconds: float = 60.0) -> Path:
    """Write clicks on every half second with a codec."""
    sound = clicks(120, seconds=seconds)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=MUSIC_HZ, layout="mono")
        for start in range(0, len(sound), 1024):
            piece = np.ascontiguousarray(sound[None, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = MUSIC_HZ, start, Fraction(1, MUSIC_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("suffix", "codec"), CODECS)
def test_every_stretch_sounds_as_it_does_in_the_whole_and_when_it_should(
    tmp_path: Path, suffix: str, codec: str
) -> None:
    with Sound(write_coded(tmp_path / f"a.{suffix}", codec)) as sound:
        whole = sound.samples(Fraction(0), Fraction(60), MUSIC_HZ)
        late = sound.samples(Fraction(40), Fraction(50), MUSIC_HZ)
    assert (len(whole), len(late)) == (60 * MUSIC_HZ, 10 * MUSIC_HZ)
    assert np.abs(late - whole[40 * MUSIC_HZ : 50 * MUSIC_HZ]).max() < 1e-4
    for beat in (1, 40, 90):
        around = whole[round((beat / 2 - 0.02) * MUSIC_HZ) : round((beat / 2 + 0.1) * MUSIC_HZ)]
        assert np.flatnonzero(np.abs(around) > 0.15)[0] / MUSIC_HZ == pytest.approx(0.02, abs=0.002)


def test_what_lies_outside_a_medium_is_silent(tmp_path: Path) -> None:
    with Sound(write_wav(tmp_path / "a.wav", clicks(120, seconds=5), MUSIC_HZ)) as sound:
        before = sound.samples(Fraction(-2), Fraction(1), 16_000)
        beyond = sound.samples(Fraction(3), Fraction(9), 16_000)
        far = sound.samples(Fraction(10**6), Fraction(10**6 + 1), 16_000)
    assert (len(before), len(beyond), len(far)) == (48_000, 96_000, 16_000)
    assert not before[:31_900].any()
    assert np.abs(before[32_000:]).max() > 0.3
    assert not beyond[32_100:].any()
    assert not far.any()


def test_all_channels_are_mixed_unless_one_is_asked_for(tmp_path: Path) -> None:
    left = clicks(120, seconds=2)
    path = write_wav(tmp_path / "a.wav", np.stack([left, 0 * left], axis=1), MUSIC_HZ)
    with Sound(path) as sound:
        mix, one, other, third = (
            sound.samples(Fraction(0), Fraction(2), MUSIC_HZ, channel=channel) for channel in (None, 0, 1, 7)
        )
    assert np.abs(one - left).max() < 1e-3
    assert np.abs(mix).max() == pytest.approx(np.abs(left).max() / 2, rel=0.5)
    assert not other.any()
    assert not third.any()  # the last one stands in for a channel that there is not


def test_what_is_no_sound_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("this is no sound\n" * 50, encoding="utf-8")
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n", encoding="utf-8")
    silent = write_video(tmp_path / "silent.mp4", [(1, "bars")])
    os.mkfifo(tmp_path / "pipe.wav")
    named = ("empty.wav", "text.wav", "list.m3u8", "pipe.wav", "missing.wav")
    for path in (*(tmp_path / name for name in named), tmp_path, silent):
        with pytest.raises(MediaError) as caught:
            Sound(path)
        assert path.name in caught.value.sentence()


def test_of_a_damaged_file_all_that_can_be_heard_is_heard(tmp_path: Path) -> None:
    path = write_coded(tmp_path / "a.mp3", "libmp3lame", seconds=20)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4000] = bytes(4000)
    path.write_bytes(bytes(data[: len(data) * 9 // 10]))
    with Sound(path) as sound:
        heard = sound.samples(Fraction(0), Fraction(20), MUSIC_HZ)
    assert len(heard) == 20 * MUSIC_HZ
    assert np.abs(heard[: 8 * MUSIC_HZ]).max() > 0.3
    assert np.abs(heard[13 * MUSIC_HZ : 17 * MUSIC_HZ]).max() > 0.3
