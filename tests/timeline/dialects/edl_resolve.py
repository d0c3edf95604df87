"""The reference edit as Resolve writes lists: long reels, a retime only in M2, and holes for gaps.

The source of a retimed event is written as long as its record: what M2 says is what is played.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.timeline.dialects.edl_events import Event, events, record_label, source_label
from tests.timeline.reference_edit import EditRate
from tests.timeline.rushes import write_rushes

SUFFIX = ".edl"


def write(at: EditRate, folder: Path) -> Path:
    write_rushes(at, folder)
    path = folder / f"reference{SUFFIX}"
    path.write_text("\n".join([*lines(at), ""]), encoding="utf-8")
    return path


def lines(at: EditRate) -> Iterator[str]:
    yield from ("TITLE: Reference", f"FCM: {'DROP' if at.drop_frame else 'NON-DROP'} FRAME", "")
    number = 0
    before: Event | None = None
    for event in events():
        if event is None:
            before = None
            continue
        number += 1
        if event.dissolve and before is not None:
            label = source_label(before.source, before.source_out, at)
            yield _line(number, before, "C", label, label, event.record_in, event.record_in, at)
        length = event.record_out - event.record_in
        first, last = (source_label(event.source, event.source_in + frame, at) for frame in (0, length))
        transition = f"D {event.dissolve:03}" if event.dissolve else "C"
        yield _line(number, event, transition, first, last, event.record_in, event.record_out, at)
        if event.speed != 1:
            yield f"M2   {event.source.reel}       {float(event.speed * at.rate):05.1f}                {first}"
        if event.dissolve and before is not None:
            yield f"* FROM CLIP NAME: {before.source.file}"
            yield f"* TO CLIP NAME: {event.source.file}"
        else:
            yield f"* FROM CLIP NAME: {event.source.file}"
        yield ""
        before = event


def _line(number: int, event: Event, transition: str, first: str, last: str, start: int, end: int, at: EditRate) -> str:
    record = " ".join(record_label(frame, at) for frame in (start, end))
    return f"{number:03}  {event.source.reel} V     {transition:<8} {first} {last} {record}  "
