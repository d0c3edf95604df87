from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.listening.sounds import EFFECTS, SPEECH_HZ, coloured, coverage, dialogue, write_wav
from v2m_bridge.listening.cache import HeardCache
from v2m_bridge.listening.speech_net import SpeechNet, speech_likelihood
from v2m_bridge.listening.voice import BLOCK_STEPS, STEP_S, spans_of, speech_in

NOTHING_KEPT = HeardCache(None)


def spoken(
    path: Path, start_s: Fraction, end_s: Fraction, cache: HeardCache = NOTHING_KEPT
) -> list[tuple[float, float]]:
    ((*spans,),) = speech_in(path, [(start_s, end_s)], cache)
    return [(float(a), float(b)) for a, b in spans]


@pytest.mark.parametrize("snr_db", [6.0, 20.0])
@pytest.mark.parametrize("effect", EFFECTS)
def test_nine_tenths_of_speech_over_effects_are_found_and_little_else(
    tmp_path: Path, effect: str, snr_db: float
) -> None:
    sound, truth = dialogue(tmp_path, effect, snr_db, seconds=40.0, seed=len(effect))
    found = spoken(write_wav(tmp_path / "mix.wav", sound, SPEECH_HZ), Fraction(0), Fraction(40))
    share_found, share_false = coverage(found, truth, 40.0)
    assert len(truth) >= 4
    assert share_found >= 0.9
    assert share_false < 0.05


@pytest.mark.parametrize("effect", EFFECTS)
def test_effects_without_a_voice_are_no_speech(tmp_path: Path, effect: str) -> None:
    noise = 0.1 * EFFECTS[effect](30 * SPEECH_HZ, np.random.default_rng(3))
    found = spoken(write_wav(tmp_path / "fx.wav", noise.astype(np.float32), SPEECH_HZ), Fraction(0), Fraction(30))
    assert coverage(found, [], 30.0)[1] < 0.05 if found else True


def test_what_is_found_in_a_place_depends_neither_on_the_cut_nor_on_what_is_kept(tmp_path: Path) -> None:
    sound, _ = dialogue(tmp_path, "traffic", 12, seconds=70.0)
    path = write_wav(tmp_path / "mix.wav", sound, SPEECH_HZ)
    whole = spoken(path, Fraction(0), Fraction(70))
    cache = HeardCache(tmp_path / "cache")
    for start_s, end_s in ((Fraction(7), Fraction(41)), (Fraction(65, 2), Fraction(60))):
        inside = [(max(a, float(start_s)), min(b, float(end_s))) for a, b in whole]
        wanted = [(a, b) for a, b in inside if a < b]
        assert spoken(path, start_s, end_s) == wanted
        assert spoken(path, start_s, end_s, cache) == spoken(path, start_s, end_s, cache) == wanted
    assert sorted(file.stat().st_size for file in (tmp_path / "cache" / "heard").iterdir()) == [BLOCK_STEPS] * 3


def test_kept_blocks_that_are_damaged_are_heard_again(tmp_path: Path) -> None:
    sound, _ = dialogue(tmp_path, "hiss", 12, seconds=20.0)
    path, cache = write_wav(tmp_path / "mix.wav", sound, SPEECH_HZ), HeardCache(tmp_path / "cache")
    first = spoken(path, Fraction(0), Fraction(20), cache)
    for file in (tmp_path / "cache" / "heard").iterdir():
        file.write_bytes(b"damaged")
    assert first
    assert spoken(path, Fraction(0), Fraction(20), cache) == first


@pytest.mark.parametrize("channel", [0, 1])
def test_one_channel_of_a_guide_is_heard_alone(tmp_path: Path, channel: int) -> None:
    voice, truth = dialogue(tmp_path, "hiss", 30, seconds=30.0)
    music = (0.1 * coloured(len(voice), 0.5, np.random.default_rng(1))).astype(np.float32)
    sides = [voice, music] if channel == 0 else [music, voice]
    path = write_wav(tmp_path / "guide.wav", np.stack(sides, axis=1), SPEECH_HZ)
    for heard, wanted in ((channel, True), (1 - channel, False)):
        (found,) = speech_in(path, [(Fraction(0), Fraction(30))], NOTHING_KEPT, channel=heard)
        share, _ = coverage([(float(a), float(b)) for a, b in found], truth, 30.0)
        assert share > 0.9 if wanted else share < 0.05


@given(st.lists(st.integers(0, 255), max_size=200))
def test_spans_are_in_order_and_apart_and_inside(likelihood: list[int]) -> None:
    spans = spans_of(np.array(likelihood, np.uint8), Fraction(5))
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert all(b > a for a, b in spans)
    assert all(Fraction(5) <= edge <= 5 + len(likelihood) * STEP_S for edge in edges)


@pytest.mark.filterwarnings("ignore:.*torch.jit.*")
def test_the_network_is_the_one_of_the_package(tmp_path: Path) -> None:
    """The package's own model runs the same layers: with its weights both agree."""
    import silero_vad

    theirs = silero_vad.load_silero_vad()
    names = {
        "stft_conv.weight": "stft.forward_basis_buffer",
        **{f"conv{n + 1}.{what}": f"encoder.{n}.reparam_conv.{what}" for n in range(4) for what in ("weight", "bias")},
        **{f"lstm_cell.{what}": f"decoder.rnn.{what}" for what in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")},
        **{f"final_conv.{what}": f"decoder.decoder.2.{what}" for what in ("weight", "bias")},
    }
    weights = theirs.state_dict()
    ours = SpeechNet()
    ours.load_state_dict({name: weights[f"_model.{other}"] for name, other in names.items()})
    sound, _ = dialogue(tmp_path, "traffic", 12, seconds=16.0)
    with torch.inference_mode():
        wave = torch.from_numpy(sound[None])
        assert np.abs(theirs.audio_forward(wave, 16_000).numpy() - ours(wave).numpy()).max() < 1e-4


def test_each_block_is_heard_for_itself(tmp_path: Path) -> None:
    sound, _ = dialogue(tmp_path, "tones", 12, seconds=32.0)
    blocks = sound.reshape(2, -1)
    together = speech_likelihood(blocks)
    assert together.shape == (2, 500)
    for row, block in zip(together, blocks, strict=True):
        assert np.abs(speech_likelihood(block[None])[0] - row).max() < 1e-3
