"""How good a chord model is on songs that it has not seen: teacher-forced ranks, baselines, and what it plays alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal, Protocol

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from v2m_bridge.core.arrays import F32, I64
from v2m_bridge.core.harmony import MODEL_KEYS, N_SYMBOLS, Mode, chord_of_id
from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt import Amt
from v2m_bridge.model.conditions import AFFECT_COLUMNS, MUSIC_COLUMNS
from v2m_bridge.model.sampling import FREE, Decoding, NoiseSource, Sheet, fill
from v2m_bridge.model.weights import STARTER_FOLDER, Header, load_chords
from v2m_bridge.training.baselines import Constant, RepeatLast, Trigram
from v2m_bridge.training.conditions import Standings
from v2m_bridge.training.corpora import CORPORA, Progress, quiet, read_corpora
from v2m_bridge.training.examples import Example, collate, crop, examples_of, hide
from v2m_bridge.training.song import Song

Split = Literal["train", "val"]
RANKS: Final = (1, 3, 5)
_FREE_RUNNING_SONGS: Final = 16
_FREE_RUNNING_SLOTS: Final = 64


class _Ranker(Protocol):
    def rank(self, song: Song) -> I64: ...


@dataclass(slots=True)
class _Tally:
    """Sums over slots."""

    n: int = 0
    hits: tuple[int, ...] = (0,) * len(RANKS)
    nats: float = 0.0

    def add(self, places: I64, nats: float = 0.0) -> None:
        """Count the places (0 = best) that the true chords took."""
        self.n += len(places)
        self.hits = tuple(h + int((places < k).sum()) for h, k in zip(self.hits, RANKS, strict=True))
        self.nats += nats

    def figures(self, prefix: str) -> dict[str, float]:
        return {f"{prefix}hits_at_{k}": round(h / max(1, self.n), 4) for h, k in zip(self.hits, RANKS, strict=True)}


def evaluate(
    weights_path: Path | None,
    data: Path,
    split: Split = "val",
    *,
    cache: Path | None = None,
    corpora: Sequence[str] = CORPORA,
    progress: Progress = quiet,
) -> dict[str, float]:
    """Measure a chord model.

    Parameters
    ----------
    weights_path : Path, optional
        The chord model; None for the starter weights.
    data : Path
        Folder of the corpora.
    split : "train" or "val"
    cache : Path, optional
        Folder for what is unpacked; None unpacks for this once.
    corpora : sequence of str
    progress : callable

    Returns
    -------
    dict of str to float
        Flat figures over all slots of the split, padding left out: ``hits_at_k``, ``cross_entropy`` (nats) and, with
        a corpus in front (``pop909_hits_at_1``), per corpus; the same with ``conditioned_`` where the model also sees
        the music's own valence and change rate; the baselines ``repeat_last_``, ``constant_`` and ``trigram_``, whose
        counts come from the training songs; and ``free_`` figures of music that the model plays alone.
    """
    model, header = load_chords(weights_path or STARTER_FOLDER / "chords.safetensors")
    with TemporaryDirectory() as passing:
        songs = read_corpora(data, cache or Path(passing), corpora, progress)
    return evaluate_on(model, header, songs, split, progress)


def evaluate_on(
    model: Amt, header: Header, songs: Sequence[Song], split: Split = "val", progress: Progress = quiet
) -> dict[str, float]:
    """Measure a chord model on songs that were read already; see `evaluate`."""
    if header.inputs != MUSIC_COLUMNS:
        raise ModelError("these weights read pictures, which the corpora do not hold", hint="Evaluate on MuVi-Sync.")
    chosen = [song for song in songs if song.validation == (split == "val")]
    own = [song for song in songs if not song.validation] or chosen
    standings = msgspec.convert(header.standings, Standings)
    rankers: dict[str, _Ranker] = {
        "repeat_last_": RepeatLast(own), "constant_": Constant(own), "trigram_": Trigram(own)
    }  # fmt: skip
    tallies: dict[tuple[str, str], _Tally] = {}
    for index, (song, example) in enumerate(zip(chosen, examples_of(chosen, standings), strict=True)):
        hidden = Example(example.inputs, example.targets, hide(example.rows, AFFECT_COLUMNS), example.key)
        for kind, seen in (("", hidden), ("conditioned_", example)):
            places, nats = _places_of_model(model, seen)
            for corpus in ("", f"{song.corpus}_"):
                tallies.setdefault((corpus, kind), _Tally()).add(places, nats)
        for kind, ranker in rankers.items():
            places = _places(ranker.rank(song), song.symbol_ids)
            for corpus in ("", f"{song.corpus}_"):
                tallies.setdefault((corpus, kind), _Tally()).add(places)
        progress(f"evaluating {split}", index + 1, len(chosen))
    figures: dict[str, float] = {"n_songs": len(chosen)}
    for (corpus, kind), tally in sorted(tallies.items()):
        figures |= tally.figures(corpus + kind)
        if kind in ("", "conditioned_"):
            figures[f"{corpus}{kind}cross_entropy"] = round(tally.nats / max(1, tally.n), 4)
    return figures | free_running(model, chosen, standings)


def windows(n_slots: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Cut a song into windows (first, first that counts, end) that overlap by half, each slot counted once."""
    yield 0, 0, min(n_slots, size)
    counted = size
    while counted < n_slots:
        first = counted - size // 2
        end = min(n_slots, first + size)
        yield first, counted, end
        counted = end


@torch.no_grad()
def _places_of_model(model: Amt, example: Example) -> tuple[I64, float]:
    """(T,) place of each true chord in the model's ranking, and the summed cross-entropy."""
    places, nats = [], 0.0
    for first, counted, end in windows(len(example.targets), model.config.n_positions):
        batch = collate([crop(example, first, end - first)])
        logits = model(batch.inputs, batch.rows, batch.key)[0, counted - first :].double()
        targets = batch.targets[0, counted - first :]
        true = logits.gather(1, targets[:, None])
        places.append((logits > true).sum(1).numpy())
        nats += float(torch.nn.functional.cross_entropy(logits, targets, reduction="sum"))
    return np.concatenate(places), nats


def _places(ranking: I64, targets: I64) -> I64:
    """(T,) place of each target in its row, the length of the row where it is absent."""
    found = ranking == targets[:, None]
    return np.asarray(np.where(found.any(1), found.argmax(1), ranking.shape[1]), np.int64)


def free_running(model: Amt, songs: Sequence[Song], standings: Standings) -> dict[str, float]:
    """Compare music that the model plays alone (no bias, no guidance) with the songs on whose grids it plays.

    Returns
    -------
    dict of str to float
        ``free_change_rate`` and ``free_in_key`` (share of chords without a tone outside the scale), and the same of
        the songs with ``songs_`` in front.
    """
    played: list[tuple[I64, Mode]] = []
    heard: list[tuple[I64, Mode]] = []
    chosen = [song for song in songs if len(song) >= _FREE_RUNNING_SLOTS][:: max(1, len(songs) // _FREE_RUNNING_SONGS)]
    for index, (song, example) in enumerate(zip(chosen, examples_of(chosen, standings), strict=True)):
        rows: F32 = hide(example.rows, AFFECT_COLUMNS)[None, :_FREE_RUNNING_SLOTS]
        sheet = Sheet(np.full(_FREE_RUNNING_SLOTS, FREE), rows, example.key, np.zeros((_FREE_RUNNING_SLOTS, N_SYMBOLS)))
        decoding = Decoding(top_p=0.95, repeat_limit=_FREE_RUNNING_SLOTS, loop_penalty=0)
        played.append((fill(model, sheet, NoiseSource(index, 0), decoding), song.mode))
        heard.append((song.symbol_ids[:_FREE_RUNNING_SLOTS], song.mode))
    if not played:
        return {}
    return {
        **{f"free_{name}": value for name, value in _style(played).items()},
        **{f"songs_{name}": value for name, value in _style(heard).items()},
    }


def _style(music: Sequence[tuple[I64, Mode]]) -> dict[str, float]:
    changes = [float((symbols[1:] != symbols[:-1]).mean()) for symbols, _ in music]
    inside = [float(in_key(mode)[symbols].mean()) for symbols, mode in music]
    return {"change_rate": round(float(np.mean(changes)), 4), "in_key": round(float(np.mean(inside)), 4)}


def in_key(mode: Mode) -> NDArray[np.bool_]:
    """(157,) True for chords whose tones all lie in the scale of the model's key."""
    scale = set(MODEL_KEYS[mode].scale)
    return np.array([set(chord_of_id(symbol).pitch_classes) <= scale for symbol in range(N_SYMBOLS)])
