"""The published metrics of a chord model, for one song at a time; over songs the plain mean is taken.

Rows are positions after the first chord, which is given.  Targets are symbols 0..156, END once after a song of fewer
than 300 slots, then PAD.  Source: Kang et al. 2024, section 5, and the published evaluation code.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.affect import EMOTIONS, Emotion
from v2m_bridge.core.arrays import F32, I64, Bool
from v2m_bridge.core.harmony import END, N_QUALITIES, N_SYMBOLS, PAD, QUALITIES, VOCABULARY_SIZE
from v2m_bridge.model.steering import QUALITIES_OF_EMOTION

F64 = NDArray[np.float64]
RANKS: Final = (1, 3, 5)
CHORD_SHARE: Final = 0.4
"""Share of the chord loss in the published total; the rest is the emotion loss."""
SURE: Final = 0.8
"""Probability of its emotion from which on a second counts for the correspondence."""
_LEAST_LIKELY: Final = 1e-9


def _symbols_of(emotion: Emotion) -> F64:
    wanted = [quality.name in QUALITIES_OF_EMOTION[emotion] for quality in QUALITIES]
    row = np.zeros(VOCABULARY_SIZE)
    row[1:N_SYMBOLS] = np.tile(wanted, (N_SYMBOLS - 1) // N_QUALITIES)
    return row


_SYMBOLS_OF_EMOTION: Final = np.stack([_symbols_of(emotion) for emotion in EMOTIONS])
"""(6, 159) which symbols belong to each emotion, as 0 and 1."""


def places(logits: F32 | F64, targets: I64) -> I64:
    """(T,) place that each target takes among the logits (T, 159) of its row: 0 for the likeliest.

    Of equal logits the one with the lower symbol comes first.
    """
    rows = np.arange(len(targets))
    own = logits[rows, targets][:, None]
    earlier = np.arange(logits.shape[1])[None, :] < targets[:, None]
    return np.asarray(((logits > own) | ((logits == own) & earlier)).sum(1), np.int64)


def hits_at(k: int, place: I64, counted: Bool) -> float:
    """Share of the counted rows whose target is among the first k; not a number where none counts."""
    return float((place[counted] < k).mean()) if counted.any() else float("nan")


def cross_entropy(logits: F32 | F64, targets: I64) -> float:
    """Mean over rows that are not PAD, in nats."""
    counted = np.flatnonzero(targets != PAD)
    if not len(counted):
        return float("nan")
    values = logits[counted].astype(np.float64)
    highest = values.max(1, keepdims=True)
    total = np.log(np.exp(values - highest).sum(1)) + highest[:, 0]
    return float((total - values[np.arange(len(counted)), targets[counted]]).mean())


def emotion_targets(emotion: F32, targets: I64) -> F64:
    """(T, 159) symbols that the emotion of each row asks for, from (T, 6) probabilities: 0 or 1.

    PAD and END rows ask for PAD and END, neutral ones for nothing; a row of zeros counts as exciting, as published.
    """
    wanted = _SYMBOLS_OF_EMOTION[emotion.argmax(1)]
    for special in (END, PAD):
        wanted[targets == special] = np.eye(VOCABULARY_SIZE)[special]
    return np.asarray(wanted)


def emotion_bce(logits: F32 | F64, wanted: F64) -> float:
    """Mean binary cross-entropy over all rows, PAD included, and all 159 symbols, in nats."""
    values = logits.astype(np.float64)
    return float((np.logaddexp(0.0, values) - wanted * values).mean())


def correspondence(logits: F32 | F64, targets: I64, emotion: F32) -> float:
    """Share of the rows with a sure emotion, not neutral and not PAD, whose likeliest chord belongs to it.

    As published an N counts as a major chord, and END and PAD as wrong; not a number for a song without such rows,
    which the mean over songs leaves out.
    """
    asks = np.array([bool(QUALITIES_OF_EMOTION[kind]) for kind in EMOTIONS])[emotion.argmax(1)]
    counted = asks & (targets < N_SYMBOLS) & (emotion.max(1) >= np.float32(SURE))
    if not counted.any():
        return float("nan")
    played = logits[counted].argmax(1)
    played = np.where(played == 0, 1, played)
    allowed = _SYMBOLS_OF_EMOTION[emotion[counted].argmax(1), played]
    return float(allowed.mean())


def blind_loss(asked: F64, answer: F64) -> float:
    """Emotion loss of an answer that is the same everywhere, in nats.

    Parameters
    ----------
    asked : (159,)
        Share of the rows that ask for each symbol.
    answer : (159,)
        The probability that is answered for each symbol.  With `asked` itself this is the least that a model gets
        without looking, the mean entropy of the shares.
    """
    given = np.clip(answer, _LEAST_LIKELY, 1 - _LEAST_LIKELY)
    return float(-(asked * np.log(given) + (1 - asked) * np.log1p(-given)).mean())
