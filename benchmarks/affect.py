"""Whether chords follow the wished emotion, stay sane while they do, and what a minute without a wish is like.

Valence and arousal from -1 to 1 in five steps each are wished of a cue of one minute over neutral pictures, with the
starter weights and 20 seeds.  A piece's valence index is the mean over its slots of the valence of the chord quality;
Spearman's correlation is between the wished valence and that index over all 500 pieces (``_per_chord``: over all of
their slots).  The mode follows valence as in the product; ``_major`` and ``_minor`` hold it.  ``nats_fall`` is how much
the mean log-likelihood of a chord falls below that of the same seed and key at strength 0, both under the model with
the affect hidden and without steering; ``_worst`` is the worst of the 25 points.  ``minute_`` figures are of the same
minute with nothing wished: mean, least and greatest share of slots whose chord differs from the one before, mean and
least share of chords without a tone outside the (natural) scale, and how often in a row a loop of one, two or three
slots is heard at most.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.neutral import planned
from v2m_bridge.arrange.ending import ending_of
from v2m_bridge.core.affect import Affect
from v2m_bridge.core.arrays import I64
from v2m_bridge.core.direction import CueDirection
from v2m_bridge.core.harmony import MODEL_KEYS, N_SYMBOLS, Key, Mode
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.model.compose import chord_rows, compose_chords
from v2m_bridge.model.conditions import VALENCE_OF_SYMBOL
from v2m_bridge.model.steering import inside_key
from v2m_bridge.model.weights import Weights, load_weights

GRID: Final = (-1.0, -0.5, 0.0, 0.5, 1.0)
N_SEEDS: Final = 20
_LONGEST_LOOP: Final = 3
_MODES: Final[tuple[Mode, ...]] = ("major", "minor")


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What was asked of a piece and its chords, as the score holds them."""

    plan: CuePlan
    symbol_ids: I64

    @property
    def valence(self) -> float:
        """Wished."""
        return self.plan.pooled.valence

    @property
    def valences(self) -> NDArray[np.float32]:
        """(T,) valence of the chord quality in each slot."""
        return np.asarray(VALENCE_OF_SYMBOL[self.symbol_ids])

    @property
    def change_rate(self) -> float:
        """Share of slots whose chord differs from the one before."""
        return float(np.mean(self.symbol_ids[1:] != self.symbol_ids[:-1]))

    @property
    def in_key(self) -> float:
        """Share of chords without a tone outside the scale."""
        return float(np.mean(inside_key(self.plan.key.mode)[self.symbol_ids]))


def measure(n_seeds: int = N_SEEDS) -> dict[str, float]:
    """Return correlations, the fall of likelihood and the figures of a minute with nothing wished."""
    weights = load_weights()
    pieces = steered(weights, n_seeds)
    held = {mode: steered(weights, n_seeds, key=MODEL_KEYS[mode]) for mode in _MODES}
    fall = falls(weights, pieces)
    points = np.array([(piece.valence, piece.plan.pooled.arousal) for piece in pieces])
    of_points = [fall[(points == point).all(1)].mean() for point in itertools.product(GRID, GRID)]
    minutes = [composed(weights, CueDirection(seed=seed)) for seed in range(n_seeds)]
    rates, in_key = ([getattr(piece, name) for piece in minutes] for name in ("change_rate", "in_key"))
    return {
        "spearman": spearman_of(pieces),
        "spearman_per_chord": per_chord(pieces),
        **{f"spearman_{mode}": spearman_of(held[mode]) for mode in _MODES},
        "spearman_strength_0": spearman_of(steered(weights, n_seeds, strength=0.0)),
        "nats_fall": float(fall.mean()),
        "nats_fall_worst": float(max(of_points)),
        "minute_change_rate": float(np.mean(rates)),
        "minute_change_rate_least": min(rates),
        "minute_change_rate_most": max(rates),
        "minute_in_key_pct": 100 * float(np.mean(in_key)),
        "minute_in_key_least_pct": 100 * min(in_key),
        "minute_most_rounds": max(most_rounds(piece.symbol_ids) for piece in minutes),
    }


def composed(weights: Weights, wishes: CueDirection) -> Piece:
    """Compose the chords of the neutral minute; the closing chord is held through the ending."""
    plan = planned(wishes)
    close_at = ending_of(plan).first_slot
    symbol_ids = compose_chords(weights, plan, close_at=close_at).copy()
    symbol_ids[close_at:] = symbol_ids[close_at]
    return Piece(plan, symbol_ids)


def steered(weights: Weights, n_seeds: int, *, key: Key | None = None, strength: float = 1.0) -> list[Piece]:
    """Compose every point of the grid with every seed."""
    wishes = (
        CueDirection(emotion=Affect(valence, arousal), seed=seed, key=key, affect_strength=strength)
        for seed in range(n_seeds)
        for valence, arousal in itertools.product(GRID, GRID)
    )
    return [composed(weights, wish) for wish in wishes]


def spearman_of(pieces: Sequence[Piece]) -> float:
    """Correlate wished valence with the valence index over pieces."""
    return spearman([piece.valence for piece in pieces], [float(piece.valences.mean()) for piece in pieces])


def per_chord(pieces: Sequence[Piece]) -> float:
    """Correlate wished valence with the valence of the chord quality over all slots."""
    wished = np.repeat([piece.valence for piece in pieces], [len(piece.symbol_ids) for piece in pieces])
    return spearman(wished.tolist(), np.concatenate([piece.valences for piece in pieces]).tolist())


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rank correlation, equal values sharing their mean rank; 0 where one of them never moves."""
    ranks = np.stack([_ranks(np.round(values, 9)) for values in (first, second)])
    if (ranks.std(axis=1) == 0).any():
        return 0.0
    return float(np.asarray(np.corrcoef(ranks))[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[place])


def falls(weights: Weights, pieces: Sequence[Piece]) -> NDArray[np.float64]:
    """(pieces,) nats per chord by which each is less likely than the same seed and key at strength 0."""
    unsteered: dict[tuple[object, ...], float] = {}
    found = []
    for piece in pieces:
        plan = piece.plan
        same = (plan.wishes.seed, plan.key, plan.tempo)
        if same not in unsteered:
            wish = CueDirection(
                emotion=plan.wishes.emotion, seed=plan.wishes.seed, key=plan.key, affect_strength=0.0
            )  # fmt: skip
            unsteered[same] = log_likelihood(weights, composed(weights, wish))
        found.append(unsteered[same] - log_likelihood(weights, piece))
    return np.array(found)


@torch.no_grad()
def log_likelihood(weights: Weights, piece: Piece) -> float:
    """Mean log-likelihood of a chord in nats under the model with the affect hidden, without bias or guidance."""
    rows = torch.from_numpy(chord_rows(weights.chords_header, piece.plan, 0.0))
    ids = torch.from_numpy(piece.symbol_ids)
    start = torch.tensor([weights.chords.config.start_symbol or 0])
    key = torch.tensor([float(piece.plan.key.mode == "minor")])
    logits = weights.chords(torch.cat([start, ids[:-1]])[None], rows, key)[0, :, :N_SYMBOLS].double()
    return float(logits.log_softmax(-1).gather(1, ids[:, None]).mean())


def most_rounds(symbol_ids: I64, longest: int = _LONGEST_LOOP) -> int:
    """Return how often in a row a loop of at most `longest` slots is heard."""
    return max(1 + _longest_true(symbol_ids[p:] == symbol_ids[:-p]) // p for p in range(1, longest + 1))


def _longest_true(flags: NDArray[np.bool_]) -> int:
    return max((len(list(run)) for flag, run in itertools.groupby(flags.tolist()) if flag), default=0)
