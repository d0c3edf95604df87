"""The reference edit as Premiere writes lists: every reel is AX, clips are called by their files; with sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.timeline.dialects.edl_events import Event, events, plain_label, record_label, sounds, source_label
from tests.timeline.reference_edit import EditRate
from tests.timeline.rushes import write_rushes

SUFFIX = ".edl"


def write(at: EditRate, folder: Path) -> Path:
    write_rushes(at, folder)
    path = folder / f"reference{SUFFIX}"
    path.write_bytes("\r\n".join([*lines(at), ""]).encode())
    return path


def lines(at: EditRate) -> Iterator[str]:
    fcm = f"FCM: {'DROP' if at.drop_frame else 'NON-DROP'} FRAME"
    yield from ("TITLE: Reference", fcm, "")
    number = 0
    before: Event | None = None
    for event in events():
        if event is None:
            continue
        number += 1
        if event.dissolve and before is not None:
            label = source_label(before.source, before.source_out, at)
            yield _line(number, "V", "C", label, label, event.record_in, event.record_in, at)
            yield fcm
        labels = [source_label(event.source, frame, at) for frame in (event.source_in, event.source_out)]
        transition = f"D    {event.dissolve:03}" if event.dissolve else "C"
        yield _line(number, "V", transition, labels[0], labels[1], event.record_in, event.record_out, at)
        if event.speed != 1:
            yield f"M2      AX      {float(event.speed * at.nominal):06.2f}                {labels[0]}"
        if event.dissolve and before is not None:
            yield "EFFECTS NAME IS CROSS DISSOLVE"
            yield f"* FROM CLIP NAME: {before.source.file}"
            yield f"* TO CLIP NAME: {event.source.file}"
        else:
            yield f"* FROM CLIP NAME: {event.source.file}"
        yield ""
        before = event
    for sound, channel in sounds():
        number += 1
        length = sound.record_out - sound.record_in
        first, last = (plain_label(frame, at) for frame in (sound.source_in, sound.source_in + length))
        yield _line(number, channel, "C", first, last, sound.record_in, sound.record_out, at)
        yield f"* FROM CLIP NAME: {sound.file}"
        yield ""


def _line(number: int, channel: str, transition: str, first: str, last: str, start: int, end: int, at: EditRate) -> str:
    record = " ".join(record_label(frame, at) for frame in (start, end))
    return f"{number:03}  AX       {channel:<5} {transition:<8} {first} {last} {record}"
