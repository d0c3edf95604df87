"""A music video as the published evaluation sees it: 299 positions after the first chord, which is given.

Of a video of T seconds positions 1 .. T - 1 hold its chords, position T holds END when T < 300, and the rest PAD.
Source: Kang et al. 2024 and the published data set code.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

from v2m_bridge.core.arrays import F32, I64
from v2m_bridge.core.harmony import END, PAD
from v2m_bridge.model.amt import Amt
from v2m_bridge.model.conditions import N_EMOTIONS, N_SEMANTIC
from v2m_bridge.training.metrics import F64, emotion_targets
from v2m_bridge.training.muvi import LONGEST_S, MusicVideo

N_COLUMNS: Final = N_SEMANTIC + 2 + N_EMOTIONS


def progression(video: MusicVideo) -> I64:
    """(T,) or (T + 1,) the chords of a video, with END after a short one."""
    return video.symbol_ids if len(video.symbol_ids) >= LONGEST_S else np.append(video.symbol_ids, END)


def padded_symbols(video: MusicVideo) -> I64:
    """(300,) chords, END after a short video, then PAD."""
    symbols, seconds = np.full(LONGEST_S, PAD), progression(video)
    symbols[: len(seconds)] = seconds
    return symbols


def padded_emotion(video: MusicVideo) -> F32:
    """(300, 6) emotions, zeros after the last second."""
    emotion = np.zeros((LONGEST_S, N_EMOTIONS), np.float32)
    emotion[: len(video.picture)] = video.picture[:, -N_EMOTIONS:]
    return emotion


def asked_symbols(video: MusicVideo) -> F64:
    """(299, 159) symbols that the emotions of a video ask for."""
    return emotion_targets(padded_emotion(video)[1:], padded_symbols(video)[1:])


@torch.no_grad()
def published_logits(model: Amt, video: MusicVideo, rows: F32) -> F64:
    """(299, 159) logits of seconds 1 .. 299, each from the chords before it and from (T, 776) rows.

    A model that begins with a start symbol sees the seconds of the video alone, as in its training; one that must be
    given the first chord sees 300 rows, zeros after the end, as published.
    """
    symbols, seen = padded_symbols(video), np.zeros((1, LONGEST_S, N_COLUMNS), np.float32)
    seen[0, : len(rows)] = rows
    start, mask, inputs = model.config.start_symbol, None, symbols[:-1]
    if start is not None:
        inputs = np.concatenate([[start], inputs])
        mask = torch.from_numpy(symbols != PAD)[None]
    key = torch.tensor([float(video.mode == "minor")])
    logits = model(torch.from_numpy(inputs)[None], torch.from_numpy(seen), key, mask)[0]
    return np.asarray(logits[1 - LONGEST_S :].double().numpy())
