"""Drawing chords slot by slot: windows, cached decoding, takes for gaps, and the rules that a choice obeys.

Order in which rules give way when together they leave no chord: the key first, then the limit on short loops, the limit
on repeats, and last a harmonic rhythm that was asked for; N (unless it was asked for), END and PAD are never drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from v2m_bridge.core.arrays import F32, I64, Bool
from v2m_bridge.core.harmony import MODEL_KEYS, N_SYMBOLS, NO_CHORD, Chord
from v2m_bridge.model.amt import Amt, DecoderCache
from v2m_bridge.model.rhythm import HarmonicRhythm, hold_pull, obeyed
from v2m_bridge.model.rules import loops_allowed, narrowed, near_key, repeats_allowed, staleness

F64 = NDArray[np.float64]
FREE: Final = -1
"""Marks a slot that is to be drawn."""
LOGIT_STEP: Final = 1 / 1024
"""Logits are rounded to this before use, so that batch size and threads do not matter."""
_OPENING_PENALTY: Final = 6.0


@dataclass(frozen=True, slots=True)
class Decoding:
    """How chords are chosen."""

    temperature: float = 1.0
    """0 takes the likeliest."""
    top_p: float = 0.95
    """Share of the likelihood that is kept."""
    guidance: float = 1.0
    """1 follows the conditions as trained, more exaggerates them, 0 ignores them."""
    repeat_limit: int = 4
    """Largest number of equal chords in a row."""
    key_strength: float = 1.0
    """How much the key counts: 0 not at all, 1 as tuned, `math.inf` draws no chord outside it."""
    outside_limit: int = 2
    """Chords outside the key among any 16 slots."""
    loop_penalty: float = 3.0
    """Nats against going on with a loop, for each time that it was heard beyond the second; a loop of two or three
    slots then is heard four times at most.  0 lets loops run."""
    allow_no_chord: bool = False
    n_takes: int = 4
    """Takes that are drawn for a gap before kept music."""
    n_ranked: int = 8
    """Kept slots after a gap whose likelihood ranks its takes."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """What there is to fill."""

    fixed: I64
    """(T,) symbol ids, `FREE` where one is to be drawn"""
    rows: F32
    """(G, R, columns), R >= T: the conditions, then (for guidance) the same with affect unknown"""
    key: float
    """0 major, 1 minor"""
    bias: F64
    """(T, 157) added to the logits"""
    inside_key: Bool | None = None
    """(T, 157) chords whose tones all lie in the key; None where bias alone speaks for the key"""
    rhythm: HarmonicRhythm | None = None
    """How often chords change; None leaves it to the model"""
    close_at: int | None = None
    """Slot in which the music comes to rest: neither rhythm nor limits on repeats and loops keep it from the tonic."""


class NoiseSource:
    """Uniform numbers drawn beforehand for every take and slot of a cue, whatever the batch and the order.

    Parameters
    ----------
    seed : int
    cue_digest : int
        64 bits that name the cue.
    """

    def __init__(self, seed: int, cue_digest: int) -> None:
        self._key = [seed & (2**64 - 1), cue_digest & (2**64 - 1)]

    def gumbel(self, take: int, slot: int) -> F64:
        """(157,) standard Gumbel noise: adding it to log-probabilities and taking the largest draws from them."""
        bits = np.random.Philox(key=self._key, counter=[0, 0, slot, take])
        uniform = np.random.Generator(bits).random(N_SYMBOLS)
        return np.asarray(-np.log(-np.log(np.maximum(uniform, 2.0**-60))), np.float64)


class Follower:
    """Reads chords as they are fixed and says how likely the next one is, for a batch of takes.

    A window of at most `n_positions` slots is held; when it is full, a new one begins half a window back.
    """

    def __init__(self, model: Amt, rows: F32, key: float) -> None:
        self._model = model
        self._device = next(model.parameters()).device
        self._rows = torch.from_numpy(np.ascontiguousarray(rows)).to(self._device)
        self._key = key
        self._n_takes = 1
        self._first = 0
        self._cache: DecoderCache | None = None
        self._last: Tensor | None = None

    @torch.inference_mode()
    def logits(self, symbols: I64, slot: int) -> F64:
        """Return (takes, G, 157) rounded logits for `slot`, given (takes, >= slot) symbols before it."""
        start = self._model.config.start_symbol
        if slot == 0 and start is None:
            return np.broadcast_to(_opening(self._key), (self._n_takes, len(self._rows), N_SYMBOLS)).copy()
        lead = 0 if start is None else 1
        size = self._model.config.n_positions
        if slot + lead - self._first > size:
            self._first, self._cache = slot - size // 2, None
        if self._cache is None:
            window = self._rows[:, self._first : self._first + size]
            key = torch.full((len(window),), self._key, device=self._device)
            cache = self._model.start(self._model.encode(window), key)
            self._cache = cache.rows(list(range(len(window))) * self._n_takes)
        begin = self._first - lead + self._cache.length
        new = symbols[:, max(begin, 0) : slot]
        if begin < 0:  # what stands before the first slot
            new = np.concatenate([np.full((len(symbols), 1), start), new], axis=1)
        if new.shape[1]:
            tokens = torch.from_numpy(np.repeat(new, len(self._rows), axis=0)).to(self._device)
            self._last = self._model.extend(self._cache, tokens)[:, -1, :N_SYMBOLS]
        if self._last is None:
            raise ValueError("nothing has been read")
        values = self._last.cpu().double().numpy().reshape(self._n_takes, len(self._rows), N_SYMBOLS)
        return np.asarray(np.round(values / LOGIT_STEP) * LOGIT_STEP)

    def branch(self, takes: list[int]) -> None:
        """Go on with these takes (0..n-1 of the present ones) side by side."""
        n_rows = len(self._rows)
        index = [take * n_rows + row for take in takes for row in range(n_rows)]
        if self._cache is not None:
            self._cache = self._cache.rows(index)
        if self._last is not None:
            self._last = self._last[index]
        self._n_takes = len(takes)


def fill(model: Amt, sheet: Sheet, noise: NoiseSource, decoding: Decoding) -> I64:
    """Fill the free slots of a sheet.

    Returns
    -------
    (T,) int64
        Symbol ids 0..156; fixed slots as given.  Runs of free slots before kept music are drawn in several takes, of
        which the one after which the kept music is likeliest stays.
    """
    symbols = sheet.fixed[None, :].copy()
    follower, ahead = Follower(model, sheet.rows, sheet.key), ahead_of(sheet)
    for first, end in _gaps(sheet.fixed):
        n_kept = _kept_after(sheet.fixed, end, decoding.n_ranked)
        takes = decoding.n_takes if n_kept else 1
        if first:
            follower.logits(symbols, first)  # read what is common to all takes once
        symbols = np.repeat(symbols, takes, axis=0)
        follower.branch([0] * takes)
        for slot in range(first, end):
            guided = _guided(follower.logits(symbols, slot), decoding.guidance)
            for take in range(takes):
                symbols[take, slot] = draw(
                    guided[take], symbols[take, :slot], ahead, sheet, slot, noise.gumbel(take, slot), decoding
                )
        if takes > 1:
            score = np.zeros(takes)
            for slot in range(end, end + n_kept):
                score += _log_softmax(follower.logits(symbols, slot)[:, 0])[:, sheet.fixed[slot]]
            best = int(np.argmax(score))
            symbols = symbols[best : best + 1]
            follower.branch([best])
    return np.asarray(symbols[0], np.int64)


def _gaps(fixed: I64) -> list[tuple[int, int]]:
    """Return the runs of free slots as (first, end)."""
    free = np.concatenate([[False], fixed == FREE, [False]]).astype(np.int8)
    edges = np.flatnonzero(np.diff(free))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _kept_after(fixed: I64, end: int, most: int) -> int:
    n = 0
    while n < most and end + n < len(fixed) and fixed[end + n] != FREE:
        n += 1
    return n


def _guided(logits: F64, guidance: float) -> F64:
    """Apply classifier-free guidance, (takes, G, 157) -> (takes, 157), where there is a row without affect."""
    if logits.shape[1] == 1:
        return logits[:, 0]
    return np.asarray(logits[:, 1] + guidance * (logits[:, 0] - logits[:, 1]))


def ahead_of(sheet: Sheet) -> I64:
    """(T,) what is known of the music beforehand: fixed symbols, and the tonic where it comes to rest."""
    ahead = sheet.fixed.copy()
    if sheet.close_at is not None:
        rest = ahead[sheet.close_at :]
        rest[rest == FREE] = _tonic(sheet.key)
    return ahead


def draw(
    guided: F64, before: I64, ahead: I64, sheet: Sheet, slot: int, gumbel: F64, decoding: Decoding
) -> int:  # fmt: skip
    """Choose the symbol of a slot.

    Parameters
    ----------
    guided : (157,) float64
        The model's logits.
    before : (slot,) int64
    ahead : (T,) int64
        See `ahead_of`.
    sheet : Sheet
    slot : int
    gumbel : (157,) float64
    decoding : Decoding
    """
    logits, rhythm = guided + sheet.bias[slot], sheet.rhythm
    if slot != sheet.close_at:
        if _tires(rhythm, decoding):
            logits -= decoding.loop_penalty * staleness(before)
        if slot and rhythm is not None and rhythm.strength and not rhythm.is_exact:
            logits[before[-1]] += hold_pull(before, rhythm, slot)
    return _choose(logits, _allowed(before, ahead, sheet, slot, decoding), gumbel, decoding)


def _allowed(before: I64, ahead: I64, sheet: Sheet, slot: int, decoding: Decoding) -> Bool:
    """(157,) chords that obey the rules, the weakest rules dropped where nothing would be left."""
    always = np.ones(N_SYMBOLS, np.bool_)
    always[NO_CHORD] = decoding.allow_no_chord
    rules: list[Bool] = []
    if slot != sheet.close_at:
        rules += _rhythm_rules(before, ahead[slot + 1 :], sheet.rhythm, slot, decoding)
    if sheet.inside_key is not None and decoding.key_strength > 0:
        limit = 0 if math.isinf(decoding.key_strength) else decoding.outside_limit
        rules.append(near_key(before, sheet.inside_key, slot, limit))
    return narrowed(always, rules)


def _rhythm_rules(before: I64, after: I64, rhythm: HarmonicRhythm | None, slot: int, decoding: Decoding) -> list[Bool]:
    """Return what the rhythm asks for and the limits on repeats and loops, the strongest first."""
    limit = decoding.repeat_limit if rhythm is None else max(decoding.repeat_limit, rhythm.longest_hold(slot))
    after = after[: int(np.argmax(after == FREE))] if (after == FREE).any() else after
    rules = [repeats_allowed(before, after, limit)]
    if _tires(rhythm, decoding):
        rules.append(loops_allowed(before))
    if rhythm is not None and slot:
        rules.insert(0, obeyed(before, rhythm, slot))
    return rules


def _tires(rhythm: HarmonicRhythm | None, decoding: Decoding) -> bool:
    """Whether loops are to be left: not where a few chords were asked to take turns."""
    return decoding.loop_penalty > 0 and (rhythm is None or rhythm.n_chords is None)


def _choose(logits: F64, allowed: Bool, gumbel: F64, decoding: Decoding) -> int:
    masked = np.where(allowed, logits, -np.inf)
    if decoding.temperature <= 0:
        return int(np.argmax(masked))
    scores = _log_softmax(masked / decoding.temperature)
    order = np.argsort(-scores, kind="stable")
    mass_before = np.cumsum(np.exp(scores[order])) - np.exp(scores[order])
    scores[order[mass_before >= decoding.top_p]] = -np.inf
    return int(np.argmax(scores + gumbel))


def _log_softmax(logits: F64) -> F64:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def _opening(key: float) -> F64:
    """(157,) logits of the first chord where a model cannot say: the tonic."""
    logits = np.full(N_SYMBOLS, -_OPENING_PENALTY)
    logits[_tonic(key)] = 0.0
    return logits


def _tonic(key: float) -> int:
    """Return the symbol of the tonic triad, 0 major, 1 minor."""
    return Chord(MODEL_KEYS["minor" if key else "major"].tonic, "min" if key else "maj").symbol_id
