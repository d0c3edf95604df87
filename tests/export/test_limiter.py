"""The limiter and the meter of loudness."""

from __future__ import annotations

import numpy as np
import pytest

from tests.export.sounds import HZ, Sound, dbfs, meter, silence, tone
from v2m_bridge.core.arrays import F32
from v2m_bridge.export.limiter import limited
from v2m_bridge.export.loudness import integrated_lufs


def cut(sound: Sound, length: int = 10_007) -> list[F32]:
    whole = sound.astype(np.float32)
    return [whole[start : start + length] for start in range(0, len(whole), length)]


def through(sound: Sound, ceiling: float, length: int = 10_007) -> Sound:
    return np.concatenate(list(limited(cut(sound, length), ceiling))).astype(np.float64)


def test_sound_below_the_ceiling_comes_out_as_it_went_in() -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, (2 * HZ, 2)).clip(-0.4, 0.4).astype(np.float32).astype(np.float64)
    assert np.array_equal(through(sound, 0.95), sound)


@pytest.mark.parametrize("seed", range(3))
def test_no_true_peak_passes_the_ceiling_and_the_length_stays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sound = rng.normal(0, 0.15, (2 * HZ, 2))
    sound[rng.integers(0, len(sound), 40)] *= 8
    out = through(sound, 0.8)
    assert out.shape == sound.shape
    assert np.abs(out).max() <= 0.8 + 1e-6
    assert dbfs(meter(out)["true_peak"]) < dbfs(0.8) + 0.3


def test_peaks_between_samples_count() -> None:
    quarter = 0.9 * np.sin(2 * np.pi * 12_000 * np.arange(HZ) / HZ + np.pi / 4)  # samples at 0.64, peaks at 0.9
    out = through(np.stack([quarter, quarter], axis=1), 0.7)
    assert np.abs(out[HZ // 2]).max() == pytest.approx(0.7 * np.sin(np.pi / 4), abs=0.02)


def test_how_the_sound_is_cut_into_blocks_does_not_matter() -> None:
    sound = np.random.default_rng(5).normal(0, 0.4, (HZ, 2))
    assert np.allclose(through(sound, 0.5, 700), through(sound, 0.5, HZ), atol=1e-7)


def test_the_gain_moves_slowly() -> None:
    sound = tone(2, hz=100, level=0.2)
    sound[HZ] = 1.0
    gain = through(sound, 0.5)[1::7, 0] / sound[1::7, 0].clip(1e-9)
    gain = gain[(sound[1::7, 0] > 0.1)]
    assert np.abs(np.diff(gain)).max() < 0.2
    assert gain[0] == pytest.approx(1)
    assert gain[-1] == pytest.approx(1)


def test_loudness_is_what_bs_1770_says_of_its_calibration_tone() -> None:
    # ITU-R BS.1770-4, annex 1: a 997 Hz sine at 0 dBFS in one channel of stereo reads -3.01 LKFS; in both, 0 LKFS
    assert integrated_lufs(cut(tone(5, hz=997, level=0.1))) == pytest.approx(-20.0, abs=0.1)
    assert integrated_lufs(cut(np.concatenate([tone(5, hz=997), silence(10)]))) == pytest.approx(-20.0, abs=0.2)


def test_silence_and_what_is_shorter_than_a_gating_block_have_no_loudness() -> None:
    assert integrated_lufs(cut(silence(2))) is None
    assert integrated_lufs(cut(tone(0.3))) is None
    assert integrated_lufs([]) is None
