"""AAF (Avid Media Composer, Premiere Pro, Resolve): read by the OpenTimelineIO adapter, flattened as .otio is."""

from __future__ import annotations

import contextlib
import io
import logging
import struct
import traceback
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import aaf2.file
from otio_aaf_adapter.adapters import advanced_authoring_format

from v2m_bridge.core.timebase import can_drop_frames
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import TimelineError, V2MError
from v2m_bridge.timeline.aaf_repairs import repair
from v2m_bridge.timeline.files import MAX_BYTES, check_file, read_head
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.otio_file import timeline_of_object

MAX_AAF_BYTES: Final = 32 * MAX_BYTES
"""Of an AAF with its media inside; the reader looks only at what is not media."""
_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of every compound file."""
_HEADER_BYTES: Final = 512
_COUNTS: Final = (44, 64, 72)
"""Where the header says how many sectors the three tables of the file take."""


def read_aaf(path: Path, finder: MediaFinder, rate: Fraction | None = None) -> Timeline:
    """Read what is seen and heard of an AAF.

    Parameters
    ----------
    path : Path
        The file.
    finder : MediaFinder
        Finds its media.
    rate : Fraction, optional
        Frames per second to count in, instead of what the file says.

    Raises
    ------
    TimelineError
        When it is no sound AAF, or shows no pictures.
    """
    n_bytes = check_file(path)
    if n_bytes > MAX_AAF_BYTES:
        raise TimelineError(
            f"{path.name[:80]!r} is larger than {MAX_AAF_BYTES // 1024**2} MB",
            hint="Export the AAF so that it links to its media instead of holding them.",
        )
    if not _is_compound(read_head(path, _HEADER_BYTES), n_bytes):
        raise TimelineError(f"{path.name[:80]!r} is not a sound AAF file", hint="Export the AAF again.")
    with _faults_told(path), _silent():
        found = advanced_authoring_format.read_from_file(str(path))
        drops = _drops_frames(path)
        repair(found, finder)
    timeline = timeline_of_object(found, path, finder, rate)
    return replace(timeline, drop_frame=drops and can_drop_frames(timeline.rate))


def _is_compound(header: bytes, n_bytes: int) -> bool:
    """Whether a header is that of a compound file whose tables have room in it."""
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        return False
    sector_bits, mini_bits = struct.unpack_from("<HH", header, 30)
    counts = [struct.unpack_from("<I", header, at)[0] for at in _COUNTS]
    return sector_bits in (9, 12) and mini_bits == 6 and max(counts) <= n_bytes >> sector_bits


@contextlib.contextmanager
def _faults_told(path: Path) -> Iterator[None]:
    """Tell in one sentence whatever the libraries raise on files that are not as they should be: they check little."""
    try:
        yield
    except V2MError:
        raise
    except MemoryError as exc:
        _close_half_opened(exc)
        raise TimelineError(f"{path.name[:80]!r} needs more memory than an AAF file should") from None
    except RecursionError as exc:
        raise TimelineError(f"{path.name[:80]!r} nests sequences deeper than can be followed") from exc
    except Exception as exc:
        _close_half_opened(exc)
        reason = " ".join(str(exc).split())[:120] or type(exc).__name__
        raise TimelineError(
            f"{path.name[:80]!r} is not a sound AAF file: {reason}", hint="Export the AAF again."
        ) from exc


def _close_half_opened(exc: BaseException) -> None:
    """Close the file that the library leaves open where opening fails half way."""
    for frame, _ in traceback.walk_tb(exc.__traceback__):
        owner = frame.f_locals.get("self")
        if isinstance(owner, aaf2.file.AAFFile) and hasattr(owner, "f"):
            owner.f.close()


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keep the libraries from printing and logging."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(before)


def _drops_frames(path: Path) -> bool:
    """Whether the timecode of the edit drops labels, which OpenTimelineIO cannot say."""
    with aaf2.open(str(path), "r") as file:
        for mob in (*file.content.toplevel(), *file.content.compositionmobs()):
            for slot in mob.slots:
                segment = slot.segment
                first: Any = next(iter(getattr(segment, "components", ())), segment)
                if isinstance(first, aaf2.components.Timecode):
                    return bool(first.get("Drop") and first["Drop"].value)
    return False
