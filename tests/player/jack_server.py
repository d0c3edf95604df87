"""A JACK server of our own on a dummy device, for as long as a test needs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

RATE = 48_000
PERIOD = 256
_DUMMY = ("-d", "dummy", "-r", str(RATE), "-p", str(PERIOD))
_START_S = 15.0


@contextmanager
def jack_server(name: str, *, waits: bool = True) -> Iterator[str]:
    """Run jackd under `name` and end it by its process id; skip where it is absent, fail where it cannot start.

    A server that `waits` for its clients loses nothing on a busy machine; one that does not is what users have.
    """
    if shutil.which("jackd") is None:
        pytest.skip("jackd is not installed; apt-get install jackd2")
    before = os.environ.get("JACK_DEFAULT_SERVER")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "jackd.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                ["jackd", "-R", *(["-S"] if waits else []), "-n", name, "-p", "256", *_DUMMY],
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        try:
            os.environ["JACK_DEFAULT_SERVER"] = name
            _wait(process, log)
            yield name
        finally:
            if before is None:
                os.environ.pop("JACK_DEFAULT_SERVER", None)
            else:
                os.environ["JACK_DEFAULT_SERVER"] = before
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"jackd ended by itself:\n{log.read_text(errors='replace')}")
        if subprocess.run(["jack_lsp"], capture_output=True, check=False, timeout=10).returncode == 0:
            return
        time.sleep(0.05)
    pytest.fail(f"jackd did not answer within {_START_S:g} s:\n{log.read_text(errors='replace')}")
