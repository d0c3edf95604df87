"""What the command line does with files of weights: describe, import published ones, compare with fixtures."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.harmony import N_SYMBOLS
from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt import Amt
from v2m_bridge.model.dynamics_gru import DynamicsGru
from v2m_bridge.model.published import read_published
from v2m_bridge.model.sampling import FREE, Decoding, NoiseSource, Sheet, fill
from v2m_bridge.model.weights import STARTER_FOLDER, load_chords, load_dynamics, n_parameters, read_header, save_weights

TOLERANCES: Final = {"logits_key0": 1e-4, "logits_key1": 1e-4, "greedy_key0": 0.0, "regression_bigru": 1e-5}
"""Largest allowed difference per array of a parity fixture."""
_GREEDY_PRIMER: Final = (1, 122, 66, 92)
_CHECKPOINTS: Final = ("best_loss_weights.pickle", "best_rmse_weights.pickle")


def describe(path: Path | None = None) -> dict[str, str | int | float]:
    """Say what a file of weights holds; None for the starter chord model."""
    path = path or STARTER_FOLDER / "chords.safetensors"
    header = read_header(path)
    model = load_chords(path)[0] if header.kind == "chords" else load_dynamics(path)[0]
    sizes = ", ".join(f"{name} {size}" for name, size in header.sizes.items())
    return {
        "kind": header.kind,
        "name": header.name,
        "parameters": n_parameters(model),
        "inputs": len(header.inputs),
        "sizes": sizes,
        **header.provenance,
    }


def import_checkpoint(source: Path, out: Path) -> Path:
    """Convert a published checkpoint to our format; sizes come from ``config.json`` beside it, else as published."""
    if out.exists():
        raise ModelError(f"{out} exists already", hint="Name a file that does not exist yet.")
    model, header = read_published(source)
    save_weights(model, header, out)
    return out


def verify(source: Path, expected: Path) -> dict[str, float]:
    """Compare published checkpoints with the arrays that the published code gave.

    Parameters
    ----------
    source : Path
        A checkpoint, or the folder that holds both.
    expected : Path
        Fixture with inputs and outputs.

    Returns
    -------
    dict of str to float
        Largest absolute difference per array; see `TOLERANCES`.

    Raises
    ------
    ModelError
        When a file cannot be read or the fixture lacks an array.
    """
    arrays = _read_fixture(expected)
    paths = [source / name for name in _CHECKPOINTS if (source / name).is_file()] if source.is_dir() else [source]
    differences: dict[str, float] = {}
    for path in paths:
        model, _ = read_published(path)
        try:
            differences |= _difference(model, arrays)
        except (KeyError, RuntimeError) as exc:
            raise ModelError(f"{expected} does not fit {path}", hint="Name the fixture of this checkpoint.") from exc
    if not differences:
        raise ModelError(f"{source} holds no published checkpoint", hint=f"It should hold {' or '.join(_CHECKPOINTS)}.")
    return differences


def _read_fixture(path: Path) -> dict[str, NDArray[np.float32]]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as exc:
        raise ModelError(f"cannot read {path}", hint="Name an .npz fixture such as reference/expected.npz.") from exc


@torch.no_grad()
def _difference(model: Amt | DynamicsGru, arrays: dict[str, F32]) -> dict[str, float]:
    columns = (arrays["semantic"], arrays["scene_offset"][:, None], arrays["motion"][:, None], arrays["emotion"])
    rows = np.concatenate(columns, axis=1)
    if isinstance(model, DynamicsGru):
        predicted = model(torch.from_numpy(rows)[None])[0].numpy()
        return {"regression_bigru": float(np.abs(predicted - arrays["regression_bigru"]).max())}
    chords = torch.from_numpy(arrays["chord"])[None]
    found = {}
    for key in (0, 1):
        logits = model(chords, torch.from_numpy(rows)[None], torch.tensor([float(key)]))[0].numpy()
        found[f"logits_key{key}"] = float(np.abs(logits - arrays[f"logits_key{key}"]).max())
    wanted = arrays["greedy_key0"]
    fixed = np.full(len(wanted), FREE)
    fixed[: len(_GREEDY_PRIMER)] = _GREEDY_PRIMER
    sheet = Sheet(fixed, rows[None], 0.0, np.zeros((len(wanted), N_SYMBOLS)))
    drawn = fill(model, sheet, NoiseSource(0, 0), Decoding(temperature=0, repeat_limit=2, loop_penalty=0))
    return {**found, "greedy_key0": float(np.abs(drawn - wanted).max())}
