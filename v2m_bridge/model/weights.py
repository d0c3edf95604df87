"""Weights on disk: safetensors with a header that says what they are, read and written in one place.

The header holds one JSON document under the key ``v2m_bridge``: kind, name, sizes, the names of the encoder columns
and where the weights come from.  Tensors are stored in half precision and used in single precision.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec
import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt import Amt, AmtConfig
from v2m_bridge.model.compiled_step import is_installed
from v2m_bridge.model.dynamics_gru import DynamicsConfig, DynamicsGru
from v2m_bridge.model.linear_maps import Precision

Kind = Literal["chords", "dynamics"]
Sizes = TypeVar("Sizes", AmtConfig, DynamicsConfig)
LARGE: Final = 4_000_000
"""Weights of a step from which compiling costs less than it gains."""
_HEADER_KEY: Final = "v2m_bridge"
STARTER_FOLDER: Final = Path(__file__).parent / "starter"
"""The weights that come with the package, and their model card."""


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file of weights says of itself."""

    kind: Kind
    name: str
    inputs: tuple[str, ...]
    """Names of the encoder columns, in order."""
    sizes: dict[str, bool | int | float | tuple[float, ...] | None]
    affect_dropout: float = 0.0
    """How often training hid the affect; above 0 the model can be guided."""
    standings: dict[str, dict[str, tuple[float, ...]]] = {}
    """Quantiles that placed the training songs: column, mode, values."""
    provenance: dict[str, str | int | float] = {}
    """Data, licences, settings and figures of the training."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """A chord model and its regressor, ready to use."""

    chords: Amt
    chords_header: Header
    dynamics: DynamicsGru
    dynamics_header: Header
    name_and_digest: str
    """What a score says of the weights: name, digest of both files, and the precision where it is not single."""


def load_weights(path: Path | None = None, precision: Precision = "single") -> Weights:
    """Load a chord model and its regressor.

    Parameters
    ----------
    path : Path, optional
        The chord model; ``NAME-dynamics.safetensors`` beside it is its regressor, else that of the starter weights is
        used.  None for the starter weights that come with the package.
    precision : ``single`` or ``int8``
        Eight bits are read in a quarter of the time where the chord model is large.  Hardly a chord differs, but some
        may: the name says so, and such music counts as made by other weights.

    Raises
    ------
    ModelError
        When a file is absent, damaged, of the other kind, or does not fit the sizes that it states, or when
        eight bits need OpenVINO and it is not installed.
    """
    packaged = STARTER_FOLDER / "dynamics.safetensors"
    if path is None:
        return _load_pair(STARTER_FOLDER / "chords.safetensors", packaged, STARTER_FOLDER.name, precision)
    beside = dynamics_path(path)
    return _load_pair(path, beside if beside.is_file() else packaged, path.stem, precision)


def dynamics_path(path: Path) -> Path:
    """Return where the regressor of a chord model lies, if it has one of its own."""
    return path.with_name(f"{path.stem}-dynamics.safetensors")


def load_chords(path: Path) -> tuple[Amt, Header]:
    """Load a chord model; raises `ModelError` like `load_weights`."""
    header = read_header(path)
    config = _sizes(header, path, "chords", AmtConfig)
    return _fill(Amt(config), path), header


def load_dynamics(path: Path) -> tuple[DynamicsGru, Header]:
    """Load a regressor; raises `ModelError` like `load_weights`."""
    header = read_header(path)
    config = _sizes(header, path, "dynamics", DynamicsConfig)
    return _fill(DynamicsGru(config), path), header


def read_header(path: Path) -> Header:
    """Read what a file of weights says of itself.

    Raises
    ------
    ModelError
        When there is no such file or it is not one of ours.
    """
    if not path.is_file():
        raise ModelError(f"there are no weights at {path}")
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(_HEADER_KEY)
    except (SafetensorError, OSError) as exc:
        raise ModelError(f"{path} is damaged or not a safetensors file") from exc
    if text is None:
        raise ModelError(
            f"{path} does not say what it holds", hint="Convert published checkpoints with v2m model import."
        )
    try:
        return msgspec.json.decode(text, type=Header)
    except msgspec.DecodeError as exc:
        raise ModelError(f"the header of {path} cannot be read: {exc}") from exc


def save_weights(model: Amt | DynamicsGru, header: Header, path: Path, *, half: bool = True) -> None:
    """Write weights with their header, whole or not at all."""
    dtype = torch.float16 if half else torch.float32
    tensors = {name: tensor.detach().to(dtype).contiguous() for name, tensor in model.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    metadata = {_HEADER_KEY: msgspec.json.encode(header).decode()}
    part.write_bytes(safetensors.torch.save(tensors, metadata=metadata))
    part.replace(path)


def n_parameters(model: nn.Module) -> int:
    """Count the trained numbers of a model."""
    return sum(parameter.numel() for parameter in model.parameters())


def _load_pair(chords_path: Path, dynamics_path: Path, name: str, precision: Precision) -> Weights:
    chords, chords_header = load_chords(chords_path)
    if precision != "single" or (is_installed() and chords.n_step_weights >= LARGE):
        chords.compile_steps(precision)
    dynamics, dynamics_header = load_dynamics(dynamics_path)
    digest = hashlib.blake2b(digest_size=8)
    for path in (chords_path, dynamics_path):
        digest.update(hashlib.blake2b(path.read_bytes()).digest())
    suffix = "" if precision == "single" else f":{precision}"
    return Weights(chords, chords_header, dynamics, dynamics_header, f"{name}:{digest.hexdigest()}{suffix}")


def _sizes(header: Header, path: Path, kind: Kind, sizes: type[Sizes]) -> Sizes:
    if header.kind != kind:
        wanted = {"chords": "chord model", "dynamics": "regressor of density and loudness"}[kind]
        raise ModelError(f"{path} holds {header.kind}, not a {wanted}")
    unknown = sorted(set(header.sizes) - {field.name for field in fields(sizes)})
    if unknown:
        raise ModelError(f"{path} states sizes that this version does not know: {', '.join(unknown)}")
    try:
        config = msgspec.convert(header.sizes, sizes, strict=True)
    except (msgspec.ValidationError, ValueError) as exc:
        raise ModelError(f"{path} states sizes that cannot be: {exc}") from exc
    if config.n_inputs != len(header.inputs):
        raise ModelError(f"{path} names {len(header.inputs)} inputs but is built for {config.n_inputs}")
    return config


_Model = TypeVar("_Model", Amt, DynamicsGru)


def _fill(model: _Model, path: Path) -> _Model:
    try:
        tensors = safetensors.torch.load_file(path)
        model.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except (SafetensorError, OSError, RuntimeError) as exc:
        raise ModelError(f"the tensors of {path} do not fit the sizes that its header states") from exc
    if not all(bool(torch.isfinite(parameter).all()) for parameter in model.parameters()):
        raise ModelError(f"{path} holds numbers that are not finite")
    return model.eval().requires_grad_(False)
