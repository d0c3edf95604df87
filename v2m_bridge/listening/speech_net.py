"""Silero VAD: how likely it is that somebody speaks, for every 32 ms of sound.

The weights are those of the package silero-vad (MIT), read from the safetensors file inside it.  The package itself
runs step by step through torch.jit, which torch has given up; here many blocks of sound pass at once.  A test compares
both.  Source: Silero Team, github.com/snakers4/silero-vad, version 6.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from v2m_bridge.core.arrays import F32
from v2m_bridge.errors import ModelError
from v2m_bridge.torch_threads import one_torch_thread

NAME: Final = "silero-vad 16k, 6"
"""Part of the key under which likelihoods are kept."""
RATE_HZ: Final = 16_000
STEP_SAMPLES: Final = 512
"""32 ms: one likelihood each."""
_CONTEXT_SAMPLES: Final = 64
_WINDOW: Final = 256
_STRIDE: Final = 128
_N_BINS: Final = 129
_N_HIDDEN: Final = 128
_INSTALL: Final = "Install v2m_bridge again: pip install --force-reinstall silero-vad"


class SpeechNet(nn.Module):
    """A learned spectrum, four convolutions over each step, and an LSTM over the steps."""

    def __init__(self) -> None:
        super().__init__()
        self.stft_conv = nn.Conv1d(1, 2 * _N_BINS, _WINDOW, stride=_STRIDE, bias=False)
        self.conv1 = nn.Conv1d(_N_BINS, 128, 3, padding=1)
        self.conv2 = nn.Conv1d(128, 64, 3, stride=2, padding=1)
        self.conv3 = nn.Conv1d(64, 64, 3, stride=2, padding=1)
        self.conv4 = nn.Conv1d(64, _N_HIDDEN, 3, padding=1)
        self.lstm_cell = nn.LSTMCell(_N_HIDDEN, _N_HIDDEN)
        self.final_conv = nn.Conv1d(_N_HIDDEN, 1, 1)

    def forward(self, sound: Tensor) -> Tensor:
        """(B, N) at 16 kHz, N a multiple of 512 -> (B, N / 512) likelihoods 0..1."""
        steps = nn.functional.pad(sound, (_CONTEXT_SAMPLES, 0)).unfold(1, _CONTEXT_SAMPLES + STEP_SAMPLES, STEP_SAMPLES)
        n_blocks, n_steps, _ = steps.shape
        seen = torch.cat([self._look(block) for block in steps])  # (B * T, 128)
        seen = seen.view(n_blocks, n_steps, _N_HIDDEN)
        state = (sound.new_zeros(n_blocks, _N_HIDDEN), sound.new_zeros(n_blocks, _N_HIDDEN))
        heard = []
        for step in range(n_steps):
            state = self.lstm_cell(seen[:, step], state)
            heard.append(state[0])
        hidden = torch.stack(heard, dim=2).relu()  # (B, 128, T)
        likelihood: Tensor = torch.sigmoid(self.final_conv(hidden)).squeeze(1)
        return likelihood

    def _look(self, steps: Tensor) -> Tensor:
        """(T, 576) -> (T, 128)."""
        padded = nn.functional.pad(steps.unsqueeze(1), (0, _CONTEXT_SAMPLES), mode="reflect")
        waves = self.stft_conv(padded)  # (T, 258, 4)
        spectrum = (waves[:, :_N_BINS].square() + waves[:, _N_BINS:].square()).sqrt()
        for layer in (self.conv1, self.conv2, self.conv3, self.conv4):
            spectrum = layer(spectrum).relu()
        seen: Tensor = spectrum.squeeze(-1)
        return seen


def speech_likelihood(blocks: F32) -> F32:
    """Return how likely it is that somebody speaks.

    Parameters
    ----------
    blocks : (B, N) float32
        Stretches of sound at 16 kHz, -1..1; N is a multiple of 512.

    Returns
    -------
    (B, N / 512) float32
        0..1, each block heard for itself.

    Raises
    ------
    ModelError
        When the package silero-vad is not complete.
    """
    with torch.inference_mode(), one_torch_thread():
        likelihood: F32 = _net()(torch.from_numpy(blocks)).numpy()
    return likelihood


@lru_cache(maxsize=1)
def _net() -> SpeechNet:
    net = SpeechNet()
    try:
        net.load_state_dict(load_file(_weights_path()))
    except (OSError, SafetensorError, RuntimeError) as exc:
        raise ModelError("the package silero-vad, which finds speech, is not complete", hint=_INSTALL) from exc
    return net.eval().requires_grad_(False)


def _weights_path() -> Path:
    spec = find_spec("silero_vad")
    folders = (spec.submodule_search_locations or ()) if spec else ()
    return Path(next(iter(folders), ".")) / "data" / "silero_vad_16k.safetensors"
