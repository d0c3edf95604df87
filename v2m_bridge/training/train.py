"""From corpora to weights: one run, that can be broken off and taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import msgspec
import torch

from v2m_bridge.errors import ModelError
from v2m_bridge.model.conditions import MUSIC_COLUMNS, TEXTURE_COLUMNS
from v2m_bridge.model.weights import Header, save_weights
from v2m_bridge.training.conditions import Standings, measure_standings
from v2m_bridge.training.config import TrainConfig
from v2m_bridge.training.corpora import Progress, quiet
from v2m_bridge.training.distributed import ALONE, Team
from v2m_bridge.training.examples import examples_of
from v2m_bridge.training.song import Song
from v2m_bridge.training.song_cache import read_library
from v2m_bridge.training.train_chords import train_chords
from v2m_bridge.training.train_dynamics import dynamics_examples, train_dynamics
from v2m_bridge.training.train_video_dynamics import train_video_dynamics
from v2m_bridge.training.train_videos import train_videos

CHECKPOINT: Final = "chords.checkpoint"
_LICENCES: Final = {
    "mcgill-billboard": "CC0, cite Burgoyne, Wild and Fujinaga 2011",
    "pop909": "MIT, Copyright (c) 2020 Music X Lab",
    "rs200-cocopops": "CC BY 4.0, Trevor de Clercq and David Temperley; humdrum by the CoCoPops project",
}


def train(config: TrainConfig, out: Path, progress: Progress = quiet, team: Team = ALONE) -> Path:
    """Train a chord model and a regressor and write both to a folder.

    Parameters
    ----------
    config : TrainConfig
        ``data`` names the folder of the corpora.
    out : Path
        Folder for ``chords.safetensors``, ``chords-dynamics.safetensors`` and the checkpoint from which a run that was
        broken off goes on.
    progress : callable
        Told a label, how much is done and how much there is.
    team : Team
        The processes that train together; the first of them writes.

    Returns
    -------
    Path
        The chord model.

    Raises
    ------
    ModelError
        When the checkpoint does not fit, or there is nothing to train on.
    MediaError
        When a corpus is not there.
    """
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.set_flush_denormal(True)  # moments of the optimiser decay into denormal numbers, which are slow
    if config.video_dynamics is not None:
        if team.size > 1:
            raise ModelError("a regressor is trained by one process", hint="Start it without a launcher: it is small.")
        return train_video_dynamics(config, out, progress)
    if config.videos is not None:
        return train_videos(config, out, progress, team)
    cache = Path(config.cache) if config.cache else out / "corpora"
    with team.one_after_another():
        songs = read_library(Path(config.data), cache, config.corpora, progress=progress).songs
    return train_on(songs, config, out, progress, team)


def train_on(
    songs: Sequence[Song], config: TrainConfig, out: Path, progress: Progress = quiet, team: Team = ALONE
) -> Path:
    """Train on songs that were read already; see `train`."""
    own = [song for song in songs if not song.validation]
    held_out = [song for song in songs if song.validation]
    if not own or not held_out:
        raise ModelError("there are no songs to train on or none to validate with", hint="Name more corpora.")
    standings = measure_standings(own)
    chords, loss = train_chords(
        config, examples_of(own, standings), examples_of(held_out, standings), out / CHECKPOINT, progress, team
    )
    path = out / "chords.safetensors"
    if not team.is_first:
        return path
    save_weights(chords, _chords_header(config, standings, asdict(chords.config), songs, loss), path)
    if any(song.density_notes_per_s is not None for song in own):
        dynamics, explained = train_dynamics(config, dynamics_examples(own), dynamics_examples(held_out), progress)
        header = Header(
            kind="dynamics",
            name=out.name,
            inputs=TEXTURE_COLUMNS,
            sizes=asdict(dynamics.config),
            provenance={**_provenance(config, songs), "explained_variance": round(explained, 4)},
        )
        save_weights(dynamics, header, out / "chords-dynamics.safetensors")
    return path


def _chords_header(
    config: TrainConfig,
    standings: Standings,
    sizes: dict[str, bool | int | float | tuple[float, ...] | None],
    songs: Sequence[Song],
    loss: float,
) -> Header:
    return Header(
        kind="chords",
        name="chords",
        inputs=MUSIC_COLUMNS,
        sizes=sizes,
        affect_dropout=config.affect_dropout,
        standings=msgspec.convert(msgspec.to_builtins(standings), dict[str, dict[str, tuple[float, ...]]]),
        provenance={**_provenance(config, songs), "validation_loss": round(loss, 4)},
    )


def _provenance(config: TrainConfig, songs: Sequence[Song]) -> dict[str, str | int | float]:
    licences = "; ".join(f"{name}: {_LICENCES.get(name, 'see its source')}" for name in config.corpora)
    settings = msgspec.structs.replace(config, data="", cache="")
    return {
        "corpora": licences,
        "training_songs": sum(not song.validation for song in songs),
        "validation_songs": sum(song.validation for song in songs),
        "settings": msgspec.json.encode(settings).decode(),
    }
