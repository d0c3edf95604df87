"""The sound of media for a film: the right sample of every kind of file, and nothing but local files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.export.sounds import HZ
from v2m_bridge.errors import MediaError
from v2m_bridge.export.source_sound import open_sound

CLICK_S = Fraction(5, 2)


def write_click(path: Path, codec: str, *, rate: int = HZ, layout: str = "stereo") -> Path:
    """Write five seconds with a short burst at `CLICK_S`."""
    wave_form = np.zeros(5 * rate, np.float32)
    at = round(CLICK_S * rate)
    wave_form[at : at + rate // 100] = 0.5 * np.sin(2 * np.pi * 2000 * np.arange(rate // 100) / rate)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate, layout=layout)
        resample = av.AudioResampler(format=stream.codec_context.format.name, layout=layout, rate=rate)
        for start in range(0, len(wave_form), 1000):
            block = wave_form[None, start : start + 1000].repeat(2 if layout == "stereo" else 1, axis=0)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            for piece in resample.resample(frame):
                container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def click_at_s(path: Path, start_s: Fraction, block: int = 10_007) -> float:
    """Return where the burst is heard, from the place on at which the file was opened."""
    with open_sound(str(path), start_s) as sound:
        pieces = [sound.read(block) for _ in range(7 * HZ // block)]
    level = np.abs(np.concatenate(pieces)).max(axis=1)
    assert level.max() == pytest.approx(0.4, abs=0.15)
    return float(np.argmax(level > 0.5 * level.max())) / HZ


@pytest.mark.parametrize(
    ("name", "codec", "rate", "layout"),
    [
        ("a.wav", "pcm_s16le", 48_000, "stereo"),
        ("b.wav", "pcm_s24le", 44_100, "mono"),
        ("c.mov", "pcm_s16le", 48_000, "stereo"),
        ("d.mp4", "aac", 48_000, "stereo"),
        ("e.mp4", "aac", 44_100, "mono"),
        ("f.flac", "flac", 96_000, "stereo"),
        ("g.mkv", "libopus", 48_000, "stereo"),
        ("h.mp3", "libmp3lame", 48_000, "stereo"),
    ],
)
def test_every_kind_of_file_is_heard_from_the_right_sample_on(
    tmp_path: Path, name: str, codec: str, rate: int, layout: str
) -> None:
    path = write_click(tmp_path / name, codec, rate=rate, layout=layout)
    for start_s in (Fraction(0), Fraction(1, 3), Fraction(2), Fraction(-1, 2)):
        assert click_at_s(path, start_s) == pytest.approx(float(CLICK_S - start_s), abs=0.002)


def test_before_and_after_the_medium_there_is_silence(tmp_path: Path) -> None:
    path = write_click(tmp_path / "a.wav", "pcm_s16le")
    with open_sound(str(path), Fraction(4)) as sound:
        assert not sound.read(3 * HZ).any()
    with open_sound(str(path), Fraction(900)) as sound:
        assert not sound.read(HZ).any()
    with open_sound(str(path), Fraction(-2)) as sound:
        assert not sound.read(4 * HZ).any()
        assert sound.read(HZ).any()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("noise.wav", bytes(range(256)) * 9, "is no sound"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:5,\n/etc/passwd\n", "is no sound"),
        ("cut.wav", b"RIFF\x24\0\0\0WAVEfmt ", "is no sound|holds no sound"),
        ("empty.wav", b"", "is no sound"),
    ],
)
def test_what_is_no_sound_is_one_sentence(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=why), open_sound(str(tmp_path / name), Fraction(0)):
        pass


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(MediaError, match=r"lost\.wav is not there"),
        open_sound(str(tmp_path / "lost.wav"), Fraction(0)),
    ):
        pass
