from __future__ import annotations

import numpy as np
import pytest

from tests.listening.sounds import EFFECTS, MUSIC_HZ, band, clicks, coloured, pad, waltz
from v2m_bridge.core.harmony import Key
from v2m_bridge.listening.music import HeardMusic, hear_music


@pytest.mark.parametrize("beats_per_bar", [3, 4])
@pytest.mark.parametrize("bpm", [60.0, 72.0, 95.3, 131.0, 180.0])
def test_the_tempo_of_clicks_is_found_within_half_a_bpm_and_their_first_downbeat_within_50_ms(
    bpm: float, beats_per_bar: int
) -> None:
    heard = hear_music(clicks(bpm, beats_per_bar=beats_per_bar, lead_s=0.37))
    assert heard.bpm == pytest.approx(bpm, abs=0.1)
    assert heard.first_downbeat_s == pytest.approx(0.37, abs=0.02)
    assert heard.beats_per_bar == beats_per_bar
    assert heard.key is None
    assert heard.confidence > 0.9


@pytest.mark.parametrize("length_s", [8.0, 15.0])
@pytest.mark.parametrize("bpm", [72.0, 131.0])
def test_a_few_bars_are_enough(bpm: float, length_s: float) -> None:
    assert hear_music(clicks(bpm, seconds=length_s)).bpm == pytest.approx(bpm, abs=0.5)


@pytest.mark.parametrize(
    ("bpm", "beats_per_bar", "key"),
    [(72.0, 4, Key(9, "minor")), (96.0, 3, Key(3, "major")), (131.0, 4, Key(6, "minor")), (120.0, 4, Key(0, "major"))],
)
def test_a_band_tells_its_tempo_its_bars_and_its_key(bpm: float, beats_per_bar: int, key: Key) -> None:
    heard = hear_music(band(bpm, tonic=key.tonic, mode=key.mode, beats_per_bar=beats_per_bar, lead_s=0.6))
    assert heard.bpm == pytest.approx(bpm, abs=0.5)
    assert heard.first_downbeat_s == pytest.approx(0.6, abs=0.05)
    assert heard.beats_per_bar == beats_per_bar
    assert heard.key == key


@pytest.mark.parametrize("bpm", [84.5, 108.0, 144.0])
def test_a_waltz_without_drums_tells_its_tempo_and_its_key(bpm: float) -> None:
    heard = hear_music(waltz(bpm, tonic=7))
    assert heard.bpm == pytest.approx(bpm, abs=0.5)
    assert heard.beats_per_bar == 3
    assert heard.key == Key(7, "major")


def test_a_pad_has_a_key_and_no_tempo() -> None:
    heard = hear_music(pad(tonic=2))
    assert (heard.bpm, heard.first_downbeat_s, heard.key) == (None, None, Key(2, "major"))


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_noise_has_neither_tempo_nor_key(slope: float) -> None:
    noise = 0.1 * coloured(30 * MUSIC_HZ, slope, np.random.default_rng(5))
    heard = hear_music(noise.astype(np.float32))
    assert (heard.bpm, heard.key) == (None, None)
    assert heard.confidence < 0.1


def test_door_slams_at_odd_times_have_no_tempo() -> None:
    slams = np.interp(
        np.arange(30 * MUSIC_HZ) * 16_000 / MUSIC_HZ,
        np.arange(30 * 16_000),
        0.1 * EFFECTS["door slams"](30 * 16_000, np.random.default_rng(2)),
    )
    assert hear_music(slams.astype(np.float32)).bpm is None


@pytest.mark.parametrize("n_samples", [0, 1, 1000, 3 * MUSIC_HZ])
def test_silence_and_scraps_tell_nothing(n_samples: int) -> None:
    assert hear_music(np.zeros(n_samples, np.float32)) == HeardMusic()
    assert hear_music(clicks(120, seconds=30)[:n_samples]).bpm is None


def test_the_same_sound_tells_the_same_twice() -> None:
    sound = band(110, tonic=4, mode="major", n_bars=8)
    assert hear_music(sound) == hear_music(sound)
