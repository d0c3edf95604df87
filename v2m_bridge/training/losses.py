"""What training minimises: cross-entropy of the chords and, beside it, the emotion loss of the paper.

The emotion loss is the binary cross-entropy of all 159 logits with the chords whose quality fits the emotion of the
slot; it depends on the emotion that the pictures show and not on the chord that sounds.  END and PAD ask for
themselves.  Source: Kang et al. 2024, table 1 and the published data set code.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from v2m_bridge.core.affect import EMOTIONS
from v2m_bridge.core.harmony import END, PAD, VOCABULARY_SIZE
from v2m_bridge.training import metrics
from v2m_bridge.training.examples import Batch

_CHORDS_OF_EMOTIONS: Final = torch.from_numpy(
    metrics.emotion_targets(np.eye(len(EMOTIONS), dtype=np.float32), np.zeros(len(EMOTIONS), np.int64))
).float()
"""(6, 159) 1 where a chord has a quality of the emotion."""


def emotion_targets(emotion: Tensor, symbols: Tensor) -> Tensor:
    """Mark the chords that fit the emotion of each slot.

    Parameters
    ----------
    emotion : (...) int64
        Column of the strongest emotion, 0..5.
    symbols : (...) int64
        The true symbols; END and PAD ask for themselves alone.

    Returns
    -------
    (..., 159) float32
        0 or 1.
    """
    fitting = _CHORDS_OF_EMOTIONS.to(emotion.device)[emotion]
    is_special = (symbols == END) | (symbols == PAD)
    return torch.where(is_special[..., None], functional.one_hot(symbols, VOCABULARY_SIZE).to(fitting.dtype), fitting)


def chord_loss(logits: Tensor, batch: Batch, label_smoothing: float = 0.0) -> Tensor:
    """Give the part of these songs in the mean cross-entropy of the whole batch, in nats; padding is ignored."""
    mean = functional.cross_entropy(
        logits.flatten(0, 1), batch.targets.flatten(), ignore_index=PAD, label_smoothing=label_smoothing
    )
    return mean * (int((batch.targets != PAD).sum()) / max(1, batch.n_targets))


def emotion_loss(logits: Tensor, batch: Batch) -> Tensor:
    """Give the part of these songs in the mean emotion loss of the whole batch, in nats.

    Padding counts, as published; songs without pictures do not.
    """
    known = batch.emotion >= 0
    if not bool(known.any()):
        return logits.new_zeros(())
    wanted = emotion_targets(batch.emotion[known], batch.targets[known])
    mean = functional.binary_cross_entropy_with_logits(logits[known], wanted)
    return mean * (int(known.sum()) / batch.n_emotions)
