"""A few music videos in the published layout of MuVi-Sync, written for these tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.harmony import QUALITIES, pitch_class_name

LOOPS = ((1, 122, 66, 92), (1, 66, 92, 66), (122, 66, 1, 92))
SPLITS = {"train": ("001", "002", "003", "004", "005"), "test": ("011", "012", "013")}
SECONDS = {"001": 40, "002": 44, "003": 36, "004": 52, "005": 48, "011": 40, "012": 300, "013": 37}


def symbols_of(name: str) -> list[int]:
    """Return the chords of a video: a loop that holds each for two seconds, after two seconds of N."""
    loop = LOOPS[int(name) % len(LOOPS)]
    return [0, 0, *(loop[second // 2 % 4] for second in range(SECONDS[name] - 2))]


def label_of(symbol: int) -> str:
    """Return a symbol as the published files write it."""
    if symbol == 0:
        return "N"
    root, quality = divmod(symbol - 1, len(QUALITIES))
    name = QUALITIES[quality].name
    return pitch_class_name(root) + ("" if name == "maj" else f":{name}")


def emotion_of(name: str) -> F32:
    """(T, 6) rows of which every third is sure of one emotion."""
    n = SECONDS[name]
    rows = np.full((n, 6), 1 / 6, np.float32)
    sure = np.arange(0, n, 3)
    rows[sure] = 0.02
    rows[sure, sure % 6] = 0.9
    return rows


def semantic_of(name: str) -> F32:
    """(T, 768)."""
    return np.random.default_rng(int(name)).normal(size=(SECONDS[name], 768)).astype(np.float32)


def write_muvi(folder: Path, splits: Mapping[str, Sequence[str]], *, packed: bool = False) -> Path:
    """Write the videos of some splits, with semantic rows as one file for each, or as bytes in one for all."""
    for split, names in splits.items():
        _write(folder / "vevo_meta" / "split" / "v1" / f"{split}.txt", "\n".join(names))
    names = [name for split in splits.values() for name in split]
    for name in names:
        _write_labels(folder, name)
    if packed:
        _write_packed(folder / "clip-vit-l14-336-int8.npz", names)
    else:
        for name in names:
            path = folder / "vevo_semantic" / "all" / "2d" / "clip_l14p" / f"{name}.npy"
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, semantic_of(name))
    return folder


def _write_labels(folder: Path, name: str) -> None:
    n = SECONDS[name]
    chords = "\n".join(f"{second} {label_of(symbol)}" for second, symbol in enumerate(symbols_of(name)))
    emotion = "\n".join(f"{t} {' '.join(f'{p:.4f}' for p in row)}" for t, row in enumerate(emotion_of(name)))
    texts = {
        "vevo_chord/lab_v2_norm": f"key C major\n{chords}",
        "vevo_emotion/6c_l14p": f"time exciting_prob fearful_prob\n{emotion}",
        "vevo_motion": "\n".join(f"{t} {t % 7}.5" for t in range(n)),
        "vevo_scene_offset": "\n".join(f"{t} {t % 5}" for t in range(n)),
        "vevo_note_density": "\n".join(f"{t} {t % 9}.0" for t in range(n)),
        "vevo_loudness": "\n".join(f"{t} 0.{t % 5}" for t in range(n)),
    }
    for kind, text in texts.items():
        _write(folder / kind / "all" / f"{name}.lab", text)


def _write_packed(path: Path, names: Sequence[str]) -> None:
    rows = np.concatenate([semantic_of(name) for name in names])
    scale = np.full(768, np.abs(rows).max() / 127, np.float32)
    np.savez(
        path,
        ids=np.array([int(name) for name in names]),
        lengths=np.array([SECONDS[name] for name in names]),
        q=np.round(rows / scale).astype(np.int8),
        scale=scale,
        offset=np.zeros(768, np.float32),
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
