"""MuVi-Sync in its published layout: one chord, and one row of picture features, for each second of a music video.

Source: Kang et al. 2024, Zenodo record 10057093.  The folders ``vevo_*`` lie in the folder that is named, in its
``muvi-sync``, or packed in ``labels.tar.xz`` there.  Semantic rows are one ``.npy`` for each video below
``vevo_semantic``, or many in one ``clip-vit-l14-336-int8.npz``.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.arrays import F32, I64
from v2m_bridge.core.harmony import MODEL_KEYS, NO_CHORD, Mode
from v2m_bridge.errors import MediaError
from v2m_bridge.model.conditions import N_EMOTIONS, N_SEMANTIC
from v2m_bridge.training.corpora import Progress, quiet, unpack
from v2m_bridge.training.harte import parse_harte, parse_pitch

LONGEST_S: Final = 300
"""Published models see no more of a video."""
_PACKED_ROWS: Final = "clip-vit-l14-336*int8*.npz"
_LABELS: Final = "labels.tar.xz"
_NEEDED: Final = (
    "vevo_chord/lab_v2_norm", "vevo_scene_offset", "vevo_motion", "vevo_emotion/6c_l14p", "vevo_note_density",
    "vevo_loudness",
)  # fmt: skip
_HINT: Final = "Name the folder that holds vevo_chord, vevo_meta and the other folders of MuVi-Sync."


@dataclass(frozen=True, slots=True, eq=False)
class MusicVideo:
    """A music video; row t is second t."""

    name: str
    mode: Mode
    symbol_ids: I64
    """(T,) the chord at the start of each second, in C major or A minor"""
    picture: F32
    """(T, 8) scene offset + 1, motion and six emotions, as published"""
    semantic: F32 | None
    """(T, 768), None where there are no such rows"""
    density_notes_per_s: F32
    """(T,)"""
    loudness: F32
    """(T,) linear RMS"""
    run_ends_s: F32
    """(R,) where each chord ends, in continuous time; empty where this is not known"""
    run_ids: I64
    """(R,)"""

    @property
    def rows(self) -> F32:
        """(T, 776), the published order; unknown semantic columns are 0."""
        semantic = np.zeros((len(self.picture), N_SEMANTIC), np.float32) if self.semantic is None else self.semantic
        return np.concatenate([semantic, self.picture], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class _PackedRows:
    """Semantic rows as bytes: ``row = q * scale + offset``."""

    parts: Mapping[str, NDArray[np.int8]]
    scale: F32
    offset: F32

    def rows(self, name: str) -> F32:
        return (self.parts[name] * self.scale + self.offset).astype(np.float32)


@dataclass(frozen=True)
class MuviSync:
    """A copy of MuVi-Sync on disk."""

    folder: Path
    """Holds the folders ``vevo_*``."""
    semantic_folder: Path
    """Searched for semantic rows."""

    def names(self, split: str) -> list[str]:
        """Return the names of the videos of a split; raises `MediaError` where there is no such split."""
        return self._listing(split).read_text(encoding="utf-8").split()

    def videos(
        self, split: str, progress: Progress = quiet, *, semantic: bool = True, strict: bool = True
    ) -> list[MusicVideo]:
        """Read the videos of a published split (``train``, ``val`` or ``test``) in its order.

        Parameters
        ----------
        split : str
            A list in ``vevo_meta/split/v1``, or ``VERSION/NAME`` for one of another version.
        progress : callable
        semantic : bool
            False leaves out the semantic rows, which are most of the work.
        strict : bool
            False leaves out videos of which a file is missing, as published code does.

        Raises
        ------
        MediaError
            When the split, or a file that a video needs, is not there.
        """
        names = self.names(split)
        present = names if strict else [name for name in names if all(path.is_file() for path in self._labels(name))]
        if not present:
            raise MediaError(f"MuVi-Sync in {self.folder} has no video of the split {split[:40]!r}", hint=_HINT)
        videos = []
        for index, name in enumerate(present):
            progress(f"reading MuVi-Sync {split}", index + 1, len(present))
            videos.append(self._video(name, semantic=semantic))
        return videos

    def _listing(self, split: str) -> Path:
        listings = self.folder / "vevo_meta" / "split"
        known = {path.relative_to(listings).with_suffix("").as_posix(): path for path in listings.glob("*/*.txt")}
        listing = known.get(split if "/" in split else f"v1/{split}")
        if listing is None:
            names = ", ".join(sorted(name.removeprefix("v1/") for name in known))
            hint = f"It has {names}." if names else _HINT
            raise MediaError(f"MuVi-Sync in {self.folder} has no split {split[:40]!r}", hint=hint)
        return listing

    def _video(self, name: str, *, semantic: bool) -> MusicVideo:
        mode, symbols = self._seconds(name)
        n = len(symbols)
        offsets = _padded(_column(self._file("vevo_scene_offset", name)), n) + 1
        motion = _padded(_column(self._file("vevo_motion", name)), n)
        emotion = np.zeros((n, N_EMOTIONS), np.float32)
        read = _table(self._file("vevo_emotion/6c_l14p", name), N_EMOTIONS)[:n]
        emotion[: len(read)] = read
        ends_s, run_ids = self._runs(name, mode)
        return MusicVideo(
            name=name,
            mode=mode,
            symbol_ids=symbols,
            picture=np.concatenate([offsets[:, None], motion[:, None], emotion], axis=1),
            semantic=self._semantic(name, n) if semantic else None,
            density_notes_per_s=_padded(_column(self._file("vevo_note_density", name)), n),
            loudness=_padded(_column(self._file("vevo_loudness", name)), n),
            run_ends_s=ends_s,
            run_ids=run_ids,
        )

    def _seconds(self, name: str) -> tuple[Mode, I64]:
        lines = _lines(self._file("vevo_chord/lab_v2_norm", name))
        mode: Mode = "minor" if "minor" in lines[0].lower() else "major"
        labels = [line.split()[1] for line in lines[1:] if len(line.split()) > 1][:LONGEST_S]
        if not labels:
            raise MediaError(f"video {name} of MuVi-Sync has no chord")
        return mode, np.array([_symbol(label, 0) for label in labels], np.int64)

    def _runs(self, name: str, mode: Mode) -> tuple[F32, I64]:
        """Chords in continuous time, moved to the model's key by the tonic that the other label file names."""
        continuous, keyed = (self._path(folder, name) for folder in ("vevo_chord/lab", "vevo_chord/lab_v2"))
        if not (continuous.is_file() and keyed.is_file()):
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        words = _lines(keyed)[0].split()
        tonic = parse_pitch(words[1]) if len(words) > 1 else None
        if tonic is None:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        shift = MODEL_KEYS[mode].tonic - tonic
        runs = [line.split() for line in _lines(continuous)]
        runs = [words for words in runs if len(words) == 3]
        return (
            np.array([float(words[1]) for words in runs], np.float32),
            np.array([_symbol(words[2], shift) for words in runs], np.int64),
        )

    def _semantic(self, name: str, n: int) -> F32 | None:
        packed = next((file for file in self._packed if name in file.parts), None)
        if name in self._semantic_files:
            rows = _read_rows(self._semantic_files[name])
        elif packed is not None:
            rows = packed.rows(name)
        else:
            return None
        fitted = np.zeros((n, N_SEMANTIC), np.float32)
        fitted[: len(rows)] = rows[:n]
        return fitted

    @cached_property
    def _packed(self) -> tuple[_PackedRows, ...]:
        return tuple(_read_packed(path) for path in sorted(self.semantic_folder.glob(_PACKED_ROWS)))

    @cached_property
    def _semantic_files(self) -> dict[str, Path]:
        folders = (self.semantic_folder, self.folder)
        return {path.stem: path for folder in folders for path in sorted(folder.glob("vevo_semantic/**/*.npy"))}

    def _path(self, kind: str, name: str) -> Path:
        return self.folder / kind / "all" / f"{name}.lab"

    def _labels(self, name: str) -> list[Path]:
        return [self._path(kind, name) for kind in _NEEDED]

    def _file(self, kind: str, name: str) -> Path:
        path = self._path(kind, name)
        if not path.is_file():
            raise MediaError(f"MuVi-Sync lacks {kind}/all/{name}.lab", hint="Download the data set again.")
        return path


def open_muvi(data: Path, cache: Path) -> MuviSync | None:
    """Find MuVi-Sync in a folder or in its ``muvi-sync``; None where there is none.  `cache` takes unpacked labels."""
    for folder in (data, data / "muvi-sync"):
        if (folder / "vevo_chord").is_dir():
            return MuviSync(folder, folder)
        if (folder / _LABELS).is_file():
            return MuviSync(_root_in(unpack(folder / _LABELS, cache / "muvi-sync")), folder)
    return None


def _read_packed(path: Path) -> _PackedRows:
    try:
        with np.load(path, allow_pickle=False) as file:
            ends = np.cumsum(file["lengths"])[:-1]
            names = [f"{int(name):03}" if str(name).isdigit() else str(name) for name in file["ids"]]
            parts = dict(zip(names, np.split(file["q"], ends), strict=True))
            return _PackedRows(parts, file["scale"], file["offset"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as exc:
        raise MediaError(f"cannot read semantic rows from {path}", hint="Download the file again.") from exc


def _read_rows(path: Path) -> F32:
    try:
        rows = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as exc:
        raise MediaError(f"cannot read semantic rows from {path}", hint="Download the file again.") from exc
    if rows.shape[-1:] != (N_SEMANTIC,):
        raise MediaError(f"{path} does not hold rows of {N_SEMANTIC} columns", hint="Use those of CLIP ViT-L/14.")
    return np.asarray(rows, np.float32).reshape(-1, N_SEMANTIC)


def _root_in(folder: Path) -> Path:
    found = next(iter(sorted(folder.glob("**/vevo_chord"))), None)
    if found is None:
        raise MediaError(f"{folder} holds no vevo_chord", hint=_HINT)
    return found.parent


def _symbol(label: str, shift: int) -> int:
    chord = parse_harte(label)
    return NO_CHORD if chord is None or chord.root is None else chord.transposed(shift).symbol_id


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines:
        raise MediaError(f"{path.name} of MuVi-Sync is empty", hint="Download the data set again.")
    return lines


def _column(path: Path) -> F32:
    return np.array([value for _, value in _numbers(path, 1)], np.float32).reshape(-1)


def _table(path: Path, n_columns: int) -> F32:
    return np.array([values for _, *values in _numbers(path, n_columns)], np.float32).reshape(-1, n_columns)


def _numbers(path: Path, n_columns: int) -> Iterator[list[float]]:
    for line in _lines(path):
        words = line.split()
        if len(words) == n_columns + 1 and words[0].replace(".", "", 1).isdigit():
            yield [float(word) for word in words]


def _padded(values: F32, n: int) -> F32:
    out = np.zeros(n, np.float32)
    out[: min(n, len(values))] = values[:n]
    return out
