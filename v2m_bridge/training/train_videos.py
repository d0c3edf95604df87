"""Training of a chord model on MuVi-Sync: first mostly songs of the other corpora, then mostly music videos."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Final

import msgspec

from v2m_bridge.errors import ModelError
from v2m_bridge.model.amt import AmtConfig
from v2m_bridge.model.conditions import video_columns
from v2m_bridge.model.weights import Header, save_weights
from v2m_bridge.training.chord_run import ChordRun
from v2m_bridge.training.config import TrainConfig, VideoTraining
from v2m_bridge.training.corpora import Progress, read_corpora
from v2m_bridge.training.examples import START, Batch, collate
from v2m_bridge.training.muvi import LONGEST_S, MusicVideo, open_muvi
from v2m_bridge.training.train_chords import validation_loss
from v2m_bridge.training.video_examples import Material, draw_videos, video_example

CHECKPOINT: Final = "muvi.checkpoint"
_VALIDATION_BATCH: Final = 15


def train_videos(config: TrainConfig, out: Path, progress: Progress) -> Path:
    """Train on MuVi-Sync and write ``muvi.safetensors``; a run that was broken off goes on.

    Raises
    ------
    ModelError
        When MuVi-Sync is not there, or the checkpoint does not fit.
    """
    how, sizes = config.videos or VideoTraining(), config.chords
    data, cache = Path(config.data), Path(config.cache) if config.cache else out / "corpora"
    muvi = open_muvi(data, cache)
    if muvi is None:
        raise ModelError(f"there is no MuVi-Sync in {data}", hint="Name the folder that holds it with --data.")
    songs = [song for song in read_corpora(data, cache, config.corpora, progress) if not song.validation]
    material = Material(muvi.videos("train", progress), songs, how)
    held_out = muvi.videos("val", progress)
    batches = validation_batches(held_out)
    run = ChordRun(sizes, _architecture(config, how), config.seed)
    run.resume(out / CHECKPOINT)
    while run.step < sizes.n_steps:
        run.seed_dropout(config.seed)
        run.train_on(draw_videos(material, sizes.batch_songs, config.seed, run.step, sizes.n_steps))
        if run.step % sizes.validate_every == 0 or run.step == sizes.n_steps:
            run.keep_best(validation_loss(run.average, batches))
            run.save(out / CHECKPOINT)
        progress(f"chords of videos, best validation loss {run.best_loss:.4f}", run.step, sizes.n_steps)
    model = run.best_model()
    header = Header(
        kind="chords",
        name="muvi",
        inputs=video_columns(),
        sizes=asdict(model.config),
        affect_dropout=1 - how.sight,
        provenance=_provenance(config, len(material.videos), len(songs), run.best_loss),
    )
    save_weights(model, header, out / "muvi.safetensors")
    return out / "muvi.safetensors"


def validation_batches(videos: list[MusicVideo]) -> list[Batch]:
    """Whole videos with their pictures, those of like length together."""
    examples = sorted((video_example(video) for video in videos), key=lambda example: len(example.targets))
    return [collate(examples[i : i + _VALIDATION_BATCH]) for i in range(0, len(examples), _VALIDATION_BATCH)]


def _architecture(config: TrainConfig, how: VideoTraining) -> AmtConfig:
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
        encoder_band=sizes.encoder_band,
        memory_band=sizes.memory_band,
        recall=how.recall,
    )


def _provenance(config: TrainConfig, n_videos: int, n_songs: int, loss: float) -> dict[str, str | int | float]:
    return {
        "corpora": ", ".join(("muvi-sync (licence not verified)", *config.corpora)),
        "training_videos": n_videos,
        "training_songs": n_songs,
        "validation_loss": round(loss, 4),
        "settings": msgspec.json.encode(msgspec.structs.replace(config, data="", cache="")).decode(),
    }
