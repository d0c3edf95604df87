"""Figures of a small chord model over the validation videos of MuVi-Sync, counted as published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
import torch

from v2m_bridge.core.arrays import F32, I64
from v2m_bridge.core.harmony import PAD
from v2m_bridge.model.amt import Amt
from v2m_bridge.training import metrics
from v2m_bridge.training.config import VideoTraining
from v2m_bridge.training.examples import collate
from v2m_bridge.training.muvi import LONGEST_S, MusicVideo
from v2m_bridge.training.video_examples import Viewing, viewings

_BATCH: Final = 15


def figures_of(model: Amt, videos: Sequence[MusicVideo], how: VideoTraining) -> dict[str, float]:
    """Measure a model that was trained `how`; with ``others_`` in front: shown the pictures of other videos.

    Returns
    -------
    dict of str to float
        ``hits_at_1``, ``hits_at_3``, ``hits_at_5``, ``cross_entropy``, ``emotion_bce`` and ``correspondence`` as
        published (the mean over videos; the first chord is given; padding counts in the emotion loss), and
        ``emotion_bce_seconds``, the emotion loss without padding.
    """
    shuffled = msgspec.structs.replace(how, shuffled=not how.shuffled)
    own = _figures(model, viewings(videos, how))
    return own | {f"others_{name}": value for name, value in _figures(model, viewings(videos, shuffled)).items()}


def blind_bounds(train: Sequence[MusicVideo], videos: Sequence[MusicVideo]) -> dict[str, float]:
    """Give the emotion losses of the best constant answer, taken from the training videos."""
    share = np.concatenate([_wanted(viewing) for viewing in viewings(train, VideoTraining())]).mean(0)
    with_padding = [_wanted(viewing) for viewing in viewings(videos, VideoTraining())]
    seconds = [wanted[wanted[:, PAD] == 0] for wanted in with_padding]
    own = np.concatenate([w[w[:, PAD] == 0] for w in (_wanted(v) for v in viewings(train, VideoTraining()))]).mean(0)
    return {
        "emotion_bce": float(np.mean([metrics.blind_loss(wanted, share) for wanted in with_padding])),
        "emotion_bce_seconds": float(np.mean([metrics.blind_loss(wanted, own) for wanted in seconds])),
    }


def _figures(model: Amt, shown: Sequence[Viewing]) -> dict[str, float]:
    rows = [_of_video(logits, viewing) for logits, viewing in _logits(model, shown)]
    with np.errstate(invalid="ignore"):
        return {name: round(float(np.nanmean([row[name] for row in rows])), 5) for name in rows[0]}


@torch.no_grad()
def _logits(model: Amt, shown: Sequence[Viewing]) -> Iterator[tuple[F32, Viewing]]:
    """(299, 159) logits of each video after its first chord."""
    for first in range(0, len(shown), _BATCH):
        part = shown[first : first + _BATCH]
        batch = collate([viewing.example() for viewing in part], LONGEST_S)
        logits = model(batch.inputs, batch.rows, batch.key, batch.row_mask)[:, 1:]
        yield from zip(logits.numpy(), part, strict=True)


def _of_video(logits: F32, viewing: Viewing) -> dict[str, float]:
    targets, emotion = _targets(viewing)
    place, counted = metrics.places(logits, targets), targets != PAD
    wanted = metrics.emotion_targets(emotion, targets)
    return {
        **{f"hits_at_{k}": metrics.hits_at(k, place, counted) for k in metrics.RANKS},
        "cross_entropy": metrics.cross_entropy(logits, targets),
        "emotion_bce": metrics.emotion_bce(logits, wanted),
        "emotion_bce_seconds": metrics.emotion_bce(logits[counted], wanted[counted]),
        "correspondence": metrics.correspondence(logits, targets, emotion),
    }


def _targets(viewing: Viewing) -> tuple[I64, F32]:
    """(299,) symbols and (299, 6) emotions of the video itself after its first second, padded."""
    example = viewing.example(sight=False)
    targets = np.full(LONGEST_S, PAD)
    targets[: len(example.targets)] = example.targets
    emotion = np.zeros((LONGEST_S, 6), np.float32)
    emotion[: len(viewing.video.picture)] = viewing.video.picture[:, -6:]
    return targets[1:], emotion[1:]


def _wanted(viewing: Viewing) -> metrics.F64:
    targets, emotion = _targets(viewing)
    return metrics.emotion_targets(emotion, targets)
