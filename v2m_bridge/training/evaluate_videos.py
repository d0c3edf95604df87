"""How good a chord model is on music videos: counted as published, and beside what makes the figures honest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.harmony import PAD
from v2m_bridge.errors import MediaError, ModelError
from v2m_bridge.model.amt import Amt
from v2m_bridge.model.conditions import video_columns
from v2m_bridge.model.weights import load_chords
from v2m_bridge.training.baselines import Baseline, baselines_of
from v2m_bridge.training.corpora import Progress
from v2m_bridge.training.evaluate_source import Source
from v2m_bridge.training.free_running import Piece, free_running
from v2m_bridge.training.marks import Figures, Marks, chord_marks, figures_of, scored, tidy
from v2m_bridge.training.metrics import CHORD_SHARE, blind_loss, correspondence, emotion_bce
from v2m_bridge.training.muvi import LONGEST_S, MusicVideo, MuviSync, open_muvi
from v2m_bridge.training.published_view import (
    N_COLUMNS,
    asked_symbols,
    padded_emotion,
    padded_symbols,
    progression,
    published_logits,
)

_SEED: Final = 0
_TRAIN: Final = "train"

Sight = Callable[[Sequence[MusicVideo], int], F32]
"""(T, 776) what the model is shown for one video out of several."""


def _own(videos: Sequence[MusicVideo], index: int) -> F32:
    return videos[index].rows


def _of_another(videos: Sequence[MusicVideo], index: int) -> F32:
    other = videos[others(len(videos))[index]]
    return np.resize(other.rows, (len(videos[index].symbol_ids), N_COLUMNS))


def _nothing(videos: Sequence[MusicVideo], index: int) -> F32:
    return np.zeros((len(videos[index].symbol_ids), N_COLUMNS), np.float32)


SIGHTS: Final[dict[str, Sight]] = {"": _own, "shuffled": _of_another, "hidden": _nothing}
"""The video itself; another video, round and round, so that only the length stays; nothing."""


def evaluate_videos(weights: Path, source: Source) -> Figures:
    """Measure a chord model that reads pictures on a split of MuVi-Sync.

    Returns
    -------
    dict of str to float
        ``hits_at_k``, ``cross_entropy``, ``emotion_bce``, ``total_loss`` and ``correspondence`` as published, and
        ``changes_hits_at_k`` at chord changes alone, as means over videos, with intervals and p values as in
        `figures_of`; the same with ``shuffled_`` and ``hidden_`` of the model that sees another video or nothing, and
        with ``constant_``, ``repeat_last_``, ``trigram_``, ``ngram_cache_`` and ``long_cache_`` of the baselines,
        where there are training videos; with ``against_`` of other weights, where some are named; what the emotion
        loss is worth (`blind_figures`); and the figures of `free_running`.  Videos of which a file is missing are left
        out, as published code does, and counted in ``n_left_out``.

    Raises
    ------
    ModelError
        When the weights do not fit or there is no MuVi-Sync.
    MediaError
        When the split cannot be read.
    """
    models = {name: _load(path) for name, path in (("", weights), ("against", source.against)) if path is not None}
    muvi = open_muvi(source.data, source.cache)
    if muvi is None:
        raise ModelError(f"there is no MuVi-Sync in {source.data}", hint="Name the folder that holds it with --data.")
    videos = muvi.videos(source.split, source.progress, strict=False)
    known = training_videos(muvi, source)
    pieces = [Piece(video.symbol_ids, video.mode, video.rows) for video in videos]
    return {
        "n_songs": len(videos),
        "n_training_songs": len(known),
        "n_left_out": len(muvi.names(source.split)) - len(videos),
        "n_without_semantic": sum(video.semantic is None for video in videos),
        **_compared(models, videos, baselines_of([progression(video) for video in known]), source.progress),
        **blind_figures(videos, known),
        **free_running(models[""], pieces, source.progress),
    }


def _load(path: Path) -> Amt:
    model, header = load_chords(path)
    if header.inputs != video_columns():
        raise ModelError(f"{path} does not read the published 776 columns", hint="Name weights that read pictures.")
    if model.config.n_positions < LONGEST_S:
        raise ModelError(f"{path} sees fewer than the {LONGEST_S} seconds of a music video")
    return model


def training_videos(muvi: MuviSync, source: Source) -> list[MusicVideo]:
    """Read the training videos without their semantic rows; none where the data hold no such split."""
    if source.train_data is not None:
        other = open_muvi(source.train_data, source.cache / _TRAIN)
        if other is None:
            raise ModelError(f"there is no MuVi-Sync in {source.train_data}", hint="Name the folder that holds it.")
        return other.videos(_TRAIN, source.progress, semantic=False)
    try:
        return muvi.videos(_TRAIN, source.progress, semantic=False)
    except MediaError:  # a held-back split may come without the others
        return []


def others(n: int) -> list[int]:
    """Return another video for each of n, every one once, in an order that chance chose beforehand."""
    order = np.random.Generator(np.random.Philox(key=_SEED)).permutation(n)
    following = dict(zip(order.tolist(), np.roll(order, -1).tolist(), strict=True))
    return [following[index] for index in range(n)]


def blind_figures(videos: Sequence[MusicVideo], known: Sequence[MusicVideo]) -> Figures:
    """Emotion loss that needs no look at a video: what `emotion_bce` must fall below to mean anything.

    Returns
    -------
    dict of str to float
        ``emotion_bce_bound``, of the best constant answer; ``emotion_bce_bound_knowing_end``, of the best that is
        constant until the music ends; and ``blind_emotion_bce``, of the constant that the training videos teach.
    """
    everywhere = np.mean([asked_symbols(video).mean(0) for video in videos], axis=0)
    while_heard = np.concatenate([asked_symbols(video)[padded_symbols(video)[1:] != PAD] for video in videos]).mean(0)
    share_heard = float(np.mean([(padded_symbols(video)[1:] != PAD).mean() for video in videos]))
    figures = {
        "emotion_bce_bound": blind_loss(everywhere, everywhere),
        "emotion_bce_bound_knowing_end": share_heard * blind_loss(while_heard, while_heard),
    }
    if known:
        taught = np.mean([asked_symbols(video).mean(0) for video in known], axis=0)
        figures["blind_emotion_bce"] = blind_loss(everywhere, taught)
    return tidy(figures)


def _compared(
    models: dict[str, Amt], videos: Sequence[MusicVideo], baselines: dict[str, Baseline], progress: Progress
) -> Figures:
    seen = [scored(name, _marks_of_model(models[""], videos, name, progress)) for name in SIGHTS]
    if "against" in models:
        seen.append(scored("against", _marks_of_model(models["against"], videos, "", progress)))
    blind = [
        scored(name, (_marks_of_baseline(baseline, video) for video in videos)) for name, baseline in baselines.items()
    ]
    return figures_of(seen[0], [*seen[1:], *blind])


def _marks_of_model(model: Amt, videos: Sequence[MusicVideo], sight: str, progress: Progress) -> Iterator[Marks]:
    for index, video in enumerate(videos):
        symbols = padded_symbols(video)
        logits = published_logits(model, video, SIGHTS[sight](videos, index))
        marks = chord_marks(logits, symbols[1:], symbols[:-1])
        bce = emotion_bce(logits, asked_symbols(video))
        yield {
            **marks,
            "emotion_bce": bce,
            "total_loss": CHORD_SHARE * marks["cross_entropy"] + (1 - CHORD_SHARE) * bce,
            "correspondence": correspondence(logits, symbols[1:], padded_emotion(video)[1:]),
        }
        progress(f"measuring, features {sight or 'seen'}", index + 1, len(videos))


def _marks_of_baseline(baseline: Baseline, video: MusicVideo) -> Marks:
    symbols = progression(video)
    scores, targets = baseline.scores(symbols)[1:], symbols[1:]
    return {
        **chord_marks(scores, targets, symbols[:-1]),
        "correspondence": correspondence(scores, targets, padded_emotion(video)[1 : len(symbols)]),
    }
