"""Published checkpoints: the chord model and the bi-GRU regressor under the names of the published code."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any, Final

import msgspec
import torch
from torch import Tensor

from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.model.conditions import N_EMOTIONS, N_SEMANTIC, video_columns
from v2m_bridge.model.dynamics_gru import DynamicsConfig, DynamicsGru
from v2m_bridge.model.weights import Header

# Published name -> ours; the parts of the published files that its own forward pass never uses are left out.
_CHORD_PREFIXES: Final = {
    "embedding_root.": "root_embedding.",
    "embedding_attr.": "quality_embedding.",
    "Linear_vis.": "input_projection.",
    "Linear_chord.": "chord_projection.",
    "transformer.encoder.": "encoder.",
    "transformer.decoder.": "decoder.",
    "Wout.": "output.",
}
_CHORD_PARTS: Final = {".linear1.": ".feedforward.linear1.", ".linear2.": ".feedforward.linear2.", ".Er": ".relative"}
_UNUSED: Final = (
    "embedding.", "positional_encoding.", "positional_encoding_video.", "condition_linear.", "Wout_root.", "Wout_attr.",
    "bilstm.", "lstm.", "gru.", "fc.",
)  # fmt: skip
_DYNAMICS_PREFIXES: Final = {"bigru.": "gru.", "bifc.": "output."}

# Mean and standard deviation of density (notes/s) and loudness over the published training songs.
_PUBLISHED_MEAN: Final = (8.54, 0.145)
_PUBLISHED_SPREAD: Final = (6.48, 0.112)


class PublishedSizes(msgspec.Struct, frozen=True):
    """``config.json`` beside a checkpoint; the defaults are the published sizes."""

    n_layers: int = 6
    num_heads: int = 8
    d_model: int = 512
    dim_feedforward: int = 1024
    total_vf_dim: int = N_SEMANTIC + 2 + N_EMOTIONS
    regression_hidden: int = 64


def read_sizes(folder: Path) -> PublishedSizes:
    """Read ``config.json`` of a folder; without one the published sizes hold."""
    path = folder / "config.json"
    if not path.is_file():
        return PublishedSizes()
    try:
        return msgspec.json.decode(path.read_bytes(), type=PublishedSizes)
    except msgspec.DecodeError as exc:
        raise ModelError(f"{path} does not state sizes: {exc}", hint="Correct or delete it.") from exc


def read_published(path: Path) -> tuple[Amt, Header] | tuple[DynamicsGru, Header]:
    """Read a published checkpoint of either kind.

    Raises
    ------
    ModelError
        When the file is absent, holds anything but tensors, or does not fit the sizes.
    """
    state = _read_state(path)
    sizes = read_sizes(path.parent)
    inputs = video_columns(sizes.total_vf_dim - 2 - N_EMOTIONS)
    if "Linear_vis.weight" in state:
        chords = AmtConfig(
            n_inputs=sizes.total_vf_dim,
            d_model=sizes.d_model,
            n_heads=sizes.num_heads,
            d_feedforward=sizes.dim_feedforward,
            n_encoder_layers=sizes.n_layers,
            n_decoder_layers=sizes.n_layers,
            n_positions=_rows_of(state, "transformer.decoder.layers.0.self_attn.Er"),
        )
        amt = Amt(chords)
        _load(amt, state, _CHORD_PREFIXES, path)
        return amt, _header("chords", path, inputs, chords)
    if "bigru.weight_ih_l0" in state:
        dynamics = DynamicsConfig(
            sizes.total_vf_dim, sizes.regression_hidden, mean=_PUBLISHED_MEAN, spread=_PUBLISHED_SPREAD
        )
        gru = DynamicsGru(dynamics)
        _load(gru, state, _DYNAMICS_PREFIXES, path)
        return gru, _header("dynamics", path, inputs, dynamics)
    raise ModelError(f"{path} is neither a published chord model nor a published regressor")


def _read_state(path: Path) -> dict[str, Tensor]:
    hint = "Name best_loss_weights.pickle or best_rmse_weights.pickle of the published models."
    if not path.is_file():
        raise ModelError(f"there is no checkpoint at {path}", hint=hint)
    try:
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, OSError, ValueError, KeyError) as exc:
        raise ModelError(f"{path} is damaged, or holds more than tensors", hint=hint) from exc
    if not isinstance(state, dict) or not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise ModelError(f"{path} does not hold named tensors", hint=hint)
    return {str(name): tensor for name, tensor in state.items()}


def _rows_of(state: dict[str, Tensor], name: str) -> int:
    return state[name].shape[0] if name in state else AmtConfig(1).n_positions


def _load(model: Amt | DynamicsGru, state: dict[str, Tensor], prefixes: dict[str, str], path: Path) -> None:
    ours: dict[str, Tensor] = {}
    for name, tensor in state.items():
        prefix = next((p for p in prefixes if name.startswith(p)), None)
        if prefix is None:
            if not name.startswith(_UNUSED):
                raise ModelError(f"{path} holds a tensor {name!r} that the published model does not have")
            continue
        renamed = prefixes[prefix] + name.removeprefix(prefix)
        for part, own_part in _CHORD_PARTS.items():
            renamed = renamed.replace(part, own_part)
        ours[renamed] = tensor.float()
    try:
        model.load_state_dict(ours)
    except RuntimeError as exc:
        raise ModelError(
            f"the tensors of {path} do not have the sizes that are stated or published",
            hint="Put a config.json with the sizes beside the checkpoint.",
        ) from exc
    model.eval().requires_grad_(False)


def _header(kind: Any, path: Path, inputs: tuple[str, ...], config: AmtConfig | DynamicsConfig) -> Header:
    return Header(
        kind=kind,
        name=path.stem,
        inputs=inputs,
        sizes=msgspec.to_builtins(config),
        provenance={"source": "a published checkpoint"},
    )
