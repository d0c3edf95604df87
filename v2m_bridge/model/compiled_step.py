"""One-step decoding of large models as one compiled graph: OpenVINO on the processor.

The arithmetic of `v2m_bridge.model.stepping`, all layers in one call (`v2m_bridge.model.step_graph`).  Matrices lie
packed as the processor reads them best, threads share each of them, and nothing between them goes through Python.  Keys
and values stay in the tensors of the cache, which the graph reads where they lie.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from v2m_bridge.core.arrays import F32
from v2m_bridge.errors import ModelError
from v2m_bridge.model.guess import guesses
from v2m_bridge.model.int8 import Moments
from v2m_bridge.model.step_graph import HIDDEN, Layers, Sizes, step_graph

if TYPE_CHECKING:
    from v2m_bridge.model.decoder_cache import DecoderCache

N_AHEAD: Final = 2
"""Symbols that are guessed with each that is chosen."""
_N_KEPT: Final = 3
"""Compiled graphs that stay: the matrices of each take as much memory as the model's."""


def is_installed() -> bool:
    """Whether OpenVINO is there."""
    return importlib.util.find_spec("openvino") is not None


class CompiledSteps:
    """The decoder of a model, compiled when the first sequence is decoded.

    Parameters
    ----------
    layers : Layers
    n_positions : int
        How many keys there is room for.
    given : mapping, optional
        What each matrix is given, by the address of its weights, to round these to eight bits; None keeps them as they
        are.

    Raises
    ------
    ModelError
        When OpenVINO is not installed.
    """

    def __init__(self, layers: Layers, n_positions: int, given: Mapping[int, Moments] | None = None) -> None:
        if not is_installed():
            raise ModelError(
                "weights in eight bits need OpenVINO, which is not installed",
                hint="Run pip install 'v2m_bridge[large]', or set precision = \"single\".",
            )
        self._layers = layers
        self._n_positions = n_positions
        self._given = given
        self._compiled: dict[Sizes, Any] = {}
        """The one used last at the end."""

    def bind(self, cache: DecoderCache) -> BoundSteps:
        """Return the decoder as a function of one position of the sequences in a cache, at whose tensors it looks."""
        n_sources = cache.memory[0].keys.shape[0] if cache.memory else 1
        n_new = 1 + (N_AHEAD if len(cache.key) == n_sources and not cache.recalls else 0)
        sizes = Sizes(len(cache.key), n_sources, n_new, self._n_positions)
        compiled = self._compiled.pop(sizes, None) or self._compile(sizes)
        if len(self._compiled) == _N_KEPT:
            del self._compiled[next(iter(self._compiled))]
        self._compiled[sizes] = compiled
        return BoundSteps(compiled.create_infer_request(), _Inputs.of(cache, sizes, bool(self._given)), cache, sizes)

    def _compile(self, sizes: Sizes) -> Any:
        import openvino

        settings = {
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "INFERENCE_PRECISION_HINT": "f32",
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
        }
        return openvino.Core().compile_model(step_graph(self._layers, sizes, self._given), "CPU", settings)


@dataclass(frozen=True, slots=True, eq=False)
class _Inputs:
    """What the graph reads, in its order; the first ones change from slot to slot."""

    x: F32
    distance: Any
    """(Q, L) int32: for each key the place of its product with the relative embedding."""
    own: F32
    """(Q, L) 1 at the position that is decoded."""
    past: F32
    """(Q, L) 0 where there is a key."""
    rows: F32
    """(Q, L) 0 where the decoder may look."""
    n_rows: int
    lasting: list[Any]
    """Keys and values of the past and of the encoder."""

    @classmethod
    def of(cls, cache: DecoderCache, sizes: Sizes, halves: bool) -> _Inputs:
        """Lay out what the graph reads of a cache, what it knows of the rows in half precision if asked for."""
        shape, lasting = (sizes.n_new, sizes.n_positions), []
        for layer, past in enumerate(cache.past):
            lasting += [past.room[0].numpy(), past.room[1].numpy()]
            if cache.memory:
                lasting += [_filled(part, sizes.n_positions, halves) for part in cache.memory[layer]]
        n_rows = cache.memory[0].keys.shape[2] if cache.memory else 0
        past_mask, rows = (np.full(shape, HIDDEN, np.float32) for _ in range(2))
        rows[:, :n_rows] = 0
        x = np.zeros((sizes.batch * sizes.n_new, cache.shift.shape[1]), np.float32)
        own = np.zeros(shape, np.float32)
        return cls(x, np.zeros(shape, np.int32), own, past_mask, rows, n_rows, lasting)

    def in_order(self) -> list[Any]:
        """Return the inputs of the graph."""
        rows = [self.rows] if self.n_rows else []
        return [self.x, self.distance.reshape(-1), self.own, self.past, *rows, *self.lasting]

    def go_to(self, at: int, width: int | None) -> None:
        """Decode from position `at` on, looking at the rows within a width."""
        last = self.own.shape[1] - 1
        self.own[:] = 0
        for index in range(min(len(self.own), last + 1 - at)):
            here = at + index
            self.distance[index, : here + 1] = np.arange(last - here, last + 1) + index * (last + 1)
            self.past[index, : here + 1] = 0
            self.own[index, here] = 1
            if width is not None:
                self.rows[index] = HIDDEN
                self.rows[index, max(0, here - width) : min(here + width + 1, self.n_rows)] = 0


class _Ahead(NamedTuple):
    """What is known of a position that has not been asked for yet, if its symbols are these."""

    symbols: list[int]
    """(B,)"""
    logits: F32
    """(B, 159)"""
    keys_values: F32
    """(layers, 2, B, H, D)"""


class BoundSteps:
    """The whole decoder, for the sequences of one cache.

    Reading the matrices takes nearly all the time, and they are read once however many rows they meet.  So with each
    symbol the decoder takes some that are likely to follow it (`v2m_bridge.model.guess`); where the symbol that is
    chosen is the one that was guessed, all of the next step is there already.
    """

    __slots__ = ("_ahead", "_inputs", "_logits", "_new", "_request", "_rooms", "_said", "_sizes", "_taken")

    def __init__(self, request: Any, inputs: _Inputs, cache: DecoderCache, sizes: Sizes) -> None:
        import openvino

        for index, array in enumerate(inputs.in_order()):
            request.set_input_tensor(index, openvino.Tensor(array, shared_memory=True))
        self._request, self._inputs, self._sizes = request, inputs, sizes
        self._logits, self._new = (request.get_output_tensor(index).data for index in (0, 1))
        self._rooms = [past.room.numpy() for past in cache.past]
        self._taken = cache.chords.numpy(), cache.shift.numpy()
        self._said: list[int] = []
        self._ahead: list[_Ahead] = []

    def __call__(self, symbols: Tensor, at: int, width: int | None, added: F32) -> Tensor:
        """Take one more symbol of each progression.

        Parameters
        ----------
        symbols : (B,) int64
        at : int
            Their position.
        width : int, optional
            How far the decoder looks among the rows.
        added : (Q or more, B or 1, d)
            What is added to each symbol from `at` on: its position, and what the model recalls.

        Returns
        -------
        (B, 159)
            Logits of what follows; the past then holds the position.
        """
        chosen = symbols.tolist()
        self._said.append(chosen[0])
        if self._ahead and self._ahead[0].symbols == chosen:
            known = self._ahead.pop(0)
        else:
            known, *self._ahead = self._decode(chosen, at, width, added)
        for room, new in zip(self._rooms, known.keys_values, strict=True):
            room[:, :, :, at] = new
        return torch.from_numpy(known.logits)

    def _decode(self, chosen: list[int], at: int, width: int | None, added: F32) -> list[_Ahead]:
        batch, _, n_new, length = self._sizes
        rows = [chosen] + [[symbol] * batch for symbol in guesses(self._said, min(n_new, length - at) - 1)]
        chords, shift = self._taken
        x = self._inputs.x.reshape(batch, n_new, -1)
        for index, row in enumerate(rows):
            x[:, index] = chords[row] + shift + added[index]
        self._inputs.go_to(at, width)
        self._request.start_async()
        self._request.wait()
        logits = self._logits.reshape(batch, n_new, -1)
        return [_Ahead(row, logits[:, i].copy(), self._new[:, :, :, :, i].copy()) for i, row in enumerate(rows)]


def _filled(part: Tensor, n_positions: int, halves: bool) -> Any:
    """(G, H, T, D) -> (G, H, L, D), zeros after what there is."""
    whole = nn.functional.pad(part, (0, 0, 0, n_positions - part.shape[2])).contiguous()
    return (whole.half() if halves else whole).numpy()
