"""The steps of a training run of a chord model: draw, learn, validate, keep, log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from v2m_bridge.training.chord_run import ChordRun, learning_rate
from v2m_bridge.training.corpora import Progress
from v2m_bridge.training.examples import Batch
from v2m_bridge.training.run_log import opened_log


def run_to_end(
    run: ChordRun, draw: Callable[[int], Batch], held_out: Sequence[Batch], checkpoint: Path, progress: Progress
) -> None:
    """Make the steps that are missing, going on from `checkpoint` where it exists.

    Parameters
    ----------
    run : ChordRun
    draw : callable
        Gives the whole batch of a step, the same one whenever and by whichever process it is asked.
    held_out : sequence of Batch
        What is validated with; the best by what training minimises is kept.
    checkpoint : Path
        Written at each validation; figures for TensorBoard go beside it, into ``tensorboard``.
    progress : callable
    """
    run.resume(checkpoint)
    sizes = run.sizes
    folder = checkpoint.parent / "tensorboard" if run.team.is_first and run.step < sizes.n_steps else None
    with opened_log(folder, run.step) as log:
        while run.step < sizes.n_steps:
            learnt = run.train_on(draw(run.step))
            if run.step % sizes.log_every == 0:
                log.add("train", {**learnt.named(), "rate": learning_rate(run.step - 1, sizes)}, run.step)
            if run.step % sizes.validate_every == 0 or run.step == sizes.n_steps:
                found = run.validate(held_out)
                log.add("validation", found.named(), run.step)
                run.keep_best(found.total)
                run.save(checkpoint)
            progress(f"chords, best validation loss {run.best_loss:.4f}", run.step, sizes.n_steps)
