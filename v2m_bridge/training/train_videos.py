"""Training of a chord model on MuVi-Sync: first mostly songs of the other corpora, then mostly music videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import msgspec

from v2m_bridge.model.amt import AmtConfig
from v2m_bridge.model.conditions import video_columns
from v2m_bridge.model.weights import Header, load_chords, save_weights
from v2m_bridge.training.chord_run import ChordRun
from v2m_bridge.training.config import TrainConfig, VideoTraining
from v2m_bridge.training.corpora import Progress
from v2m_bridge.training.distributed import ALONE, Team
from v2m_bridge.training.examples import START, Batch, collate
from v2m_bridge.training.muvi import LONGEST_S
from v2m_bridge.training.run_loop import run_to_end
from v2m_bridge.training.song_cache import read_library
from v2m_bridge.training.video_examples import Material, Viewing, draw_videos, viewings

CHECKPOINT: Final = "muvi.checkpoint"
_VALIDATION_BATCH: Final = 15


def train_videos(config: TrainConfig, out: Path, progress: Progress, team: Team = ALONE) -> Path:
    """Train on MuVi-Sync and write ``muvi.safetensors``; a run that was broken off goes on.

    Raises
    ------
    ModelError
        When the checkpoint does not fit.
    MediaError
        When MuVi-Sync or a corpus is not there.
    """
    how, sizes = config.videos or VideoTraining(), config.chords
    data, cache = Path(config.data), Path(config.cache) if config.cache else out / "corpora"
    with team.one_after_another():
        library = read_library(data, cache, config.corpora, ("train", "val"), progress)
    songs = [song for song in library.songs if not song.validation]
    material = Material(viewings(library.videos["train"], how), songs, how)
    run = ChordRun(sizes, architecture(config, how), config.seed, team)
    if config.start:
        run.begin_with(load_chords(Path(config.start))[0])
    run_to_end(
        run,
        lambda step: draw_videos(material, sizes.batch_songs, config.seed, step, sizes.n_steps),
        validation_batches(viewings(library.videos["val"], how)),
        out / CHECKPOINT,
        progress,
    )
    model = run.best_model()
    header = Header(
        kind="chords",
        name="muvi",
        inputs=video_columns(),
        sizes=asdict(model.config),
        affect_dropout=1 - how.sight,
        provenance=_provenance(config, len(material.videos), len(songs), run.best_loss),
    )
    if team.is_first:
        save_weights(model, header, out / "muvi.safetensors")
    return out / "muvi.safetensors"


def validation_batches(videos: Sequence[Viewing]) -> list[Batch]:
    """Whole videos with what is shown of them, those of like length together."""
    examples = sorted((video.example() for video in videos), key=lambda example: len(example.targets))
    return [collate(examples[i : i + _VALIDATION_BATCH]) for i in range(0, len(examples), _VALIDATION_BATCH)]


def architecture(config: TrainConfig, how: VideoTraining) -> AmtConfig:
    """Return the architecture that a training configuration asks for."""
    sizes = config.chords
    return AmtConfig(
        n_inputs=len(video_columns()),
        d_model=sizes.d_model,
        n_heads=sizes.n_heads,
        d_feedforward=sizes.d_feedforward,
        n_encoder_layers=sizes.n_encoder_layers,
        n_decoder_layers=sizes.n_decoder_layers,
        n_positions=LONGEST_S,
        dropout=sizes.dropout,
        start_symbol=START,
        encoder_band=sizes.encoder_band or None,
        memory_band=sizes.memory_band or None,
        recall=how.recall,
        tally=how.tally,
        relative=sizes.relative,
        sees_rows=sizes.sees_rows,
    )


def _provenance(config: TrainConfig, n_videos: int, n_songs: int, loss: float) -> dict[str, str | int | float]:
    return {
        "corpora": ", ".join(("muvi-sync (licence not verified)", *config.corpora)),
        "training_videos": n_videos,
        "training_songs": n_songs,
        "validation_loss": round(loss, 4),
        "settings": msgspec.json.encode(msgspec.structs.replace(config, data="", cache="")).decode(),
    }
