"""Reads one broken file after the other, as the reader does and within its limits; says what was no sentence.

Arguments: the file whose bytes are changed, the path that is read, ``cut`` or ``change``, and a number: cut at every
so many bytes, or change for so many seconds.  What is wrong goes to the standard output, a line each.  The file that
was read last lies where it lay, for the case that the process dies of it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import itertools
import random
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from tests.timeline.hostile_files import changed, lengths
from v2m_bridge.core.messages import ReadRequest
from v2m_bridge.core.timeline import MediaWanted
from v2m_bridge.errors import V2MError
from v2m_bridge.reader import MEMORY_LIMIT_BYTES, limit_memory, read_edit

SLOWEST_S = 2.0
"""Of processor time, for one file."""
HANGS_S = 40.0
LONGEST_SENTENCE = 400


def fault_of(path: Path, number: int) -> str:
    """Return what is wrong with what the reader says of a file, empty if nothing is."""
    request = ReadRequest(str(path), rate=Fraction(25) if number % 2 else None)
    before_s = time.process_time()
    try:
        edit = read_edit(request, lambda *_: None)
        if isinstance(edit, MediaWanted):
            read_edit(replace(request, known={}), lambda *_: None)
    except V2MError as exc:
        sentence = exc.sentence()
        is_short = "\n" not in str(exc) and len(sentence) <= LONGEST_SENTENCE
        if not (is_short and exc.hint and path.stem in sentence):
            return f"no sentence: {sentence}"
    except Exception as exc:  # noqa: BLE001 this is what is looked for
        return f"{traceback.format_exception_only(exc)[-1].strip()} at {traceback.extract_tb(exc.__traceback__)[-1]}"
    took_s = time.process_time() - before_s
    return f"took {took_s:.1f} s" if took_s > SLOWEST_S else ""


def cases(data: bytes, how: str, number: float, seed: str) -> Iterator[bytes]:
    """Yield broken versions of a file."""
    if how == "cut":
        yield from (data[:length] for length in lengths(len(data), int(number)))
        return
    end_s = time.monotonic() + number
    for count in itertools.count():
        if time.monotonic() > end_s:
            return
        yield changed(data, random.Random(f"{seed} {count}"))  # noqa: S311


def main() -> None:
    file, path, how, number = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    data = file.read_bytes()
    limit_memory(MEMORY_LIMIT_BYTES)
    count = 0
    for count, case in enumerate(cases(data, how, number, path.parent.name)):
        file.write_bytes(case)
        faulthandler.dump_traceback_later(HANGS_S, exit=True)
        with contextlib.redirect_stdout(sys.stderr):
            fault = fault_of(path, count)
        if fault:
            kept = file.with_name(f"{count}-{file.name}")
            kept.write_bytes(case)
            sys.stdout.write(f"case {count} ({kept}): {fault}\n")
            sys.stdout.flush()
    faulthandler.cancel_dump_traceback_later()
    sys.stderr.write(f"{count + 1} cases\n")


if __name__ == "__main__":
    main()
