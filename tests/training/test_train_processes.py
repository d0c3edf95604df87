"""The real command: killed in the middle and started again, and as two processes that share each batch."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest
import torch

from tests.training.muvi_files import SECONDS, write_muvi
from v2m_bridge.model.weights import load_chords

pytestmark = pytest.mark.long
VIDEOS: Final = tuple(SECONDS)
CONFIG: Final = """
corpora = []
seed = 4
threads = 1

[chords]
d_model = 16
n_heads = 2
d_feedforward = 24
n_encoder_layers = 1
n_decoder_layers = 1
encoder_band = 0
memory_band = 0
dropout = 0.2
n_steps = {n_steps}
batch_songs = 5
warm_up_steps = 5
peak_rate = 3e-3
average_decay = 0.9
validate_every = 5
chord_share = 0.4

[videos]
recall = {recall}
sight = 0.7
"""
V2M: Final = ("-m", "v2m_bridge", "model", "train")


class Work:
    """A configuration, and the data that it is trained on."""

    def __init__(self, folder: Path, n_steps: int, *, recall: bool) -> None:
        self.folder = folder
        write_muvi(folder / "data" / "muvi-sync", {"train": VIDEOS[:5], "val": VIDEOS[5:]})
        self.config = folder / "tiny.toml"
        self.config.write_text(CONFIG.format(n_steps=n_steps, recall=str(recall).lower()))
        self.environment = {**os.environ, "V2M_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}

    def start(self, out: str, *launcher: str) -> subprocess.Popen[bytes]:
        """Start the command in the background."""
        arguments = (*V2M, str(self.config), "-o", str(self.folder / out), "--data", str(self.folder / "data"))
        return subprocess.Popen(
            [sys.executable, *launcher, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, out: str, *launcher: str) -> Path:
        """Run the command to its end and return the weights."""
        process = self.start(out, *launcher)
        try:
            said, complaint = process.communicate(timeout=900)
        finally:
            process.kill()
        assert process.returncode == 0, complaint.decode()
        assert said.decode().split() == [str(self.folder / out / "muvi.safetensors")], "only the first process speaks"
        return self.folder / out / "muvi.safetensors"


def _step_of(checkpoint: Path) -> int:
    return int(torch.load(checkpoint, weights_only=True)["step"])


def _kill_after(process: subprocess.Popen[bytes], checkpoint: Path) -> None:
    deadline = time.monotonic() + 900
    while not checkpoint.is_file() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_a_run_that_is_killed_and_started_again_ends_in_the_bytes_of_an_unbroken_one(tmp_path: Path) -> None:
    work = Work(tmp_path, 60, recall=True)
    whole = work.run("whole")
    checkpoint = tmp_path / "broken" / "muvi.checkpoint"
    _kill_after(work.start("broken"), checkpoint)
    assert 0 < _step_of(checkpoint) < 60
    resumed = work.run("broken")
    losses = [load_chords(path)[1].provenance["validation_loss"] for path in (whole, resumed)]
    assert losses[0] == losses[1]
    assert whole.read_bytes() == resumed.read_bytes()


def test_two_processes_end_where_one_does(tmp_path: Path) -> None:
    work = Work(tmp_path, 30, recall=False)
    alone = work.run("alone")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    launcher = ("-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1")
    together = work.run("together", *launcher, "--main_process_port", str(port), "--mixed_precision", "no")
    losses = [float(load_chords(path)[1].provenance["validation_loss"]) for path in (alone, together)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-3)
    one, two = (load_chords(path)[0].state_dict() for path in (alone, together))
    largest = max(float((one[name] - two[name]).abs().max()) for name in one)
    moved = max(float((one[name] - torch.zeros_like(one[name])).abs().max()) for name in one)
    assert largest < 2e-3 * moved
