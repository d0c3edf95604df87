"""The reference edit as Avid writes lists: names and source files below the events, locators, and sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.timeline.dialects.edl_events import Event, events, plain_label, record_label, sounds, source_label
from tests.timeline.reference_edit import MARKS, EditRate
from tests.timeline.rushes import write_rushes

SUFFIX = ".edl"


def write(at: EditRate, folder: Path) -> Path:
    write_rushes(at, folder)
    path = folder / f"reference{SUFFIX}"
    path.write_text("\n".join([*lines(at), ""]), encoding="utf-8")
    return path


def lines(at: EditRate) -> Iterator[str]:
    yield from ("TITLE:   Reference ", f"FCM: {'DROP' if at.drop_frame else 'NON-DROP'} FRAME")
    number = 0
    before: Event | None = None
    for event in events():
        if event is None:
            continue
        number += 1
        labels = [source_label(event.source, frame, at) for frame in (event.source_in, event.source_out)]
        if event.dissolve and before is not None:
            label = source_label(before.source, before.source_out, at)
            yield _line(number, before.source.reel, "V", "C", label, label, event.record_in, event.record_in, at)
        transition = f"D    {event.dissolve:03}" if event.dissolve else "C"
        yield _line(
            number, event.source.reel, "V", transition, labels[0], labels[1], event.record_in, event.record_out, at
        )
        if event.speed != 1:
            yield f"M2   {event.source.reel:<8}       {_motion(event, at)}                {labels[0]} "
        if event.dissolve and before is not None:
            yield "* BLEND, DISSOLVE "
            yield from (f"* FROM CLIP NAME:  {before.name} ", f"* TO CLIP NAME:  {event.name} ")
            yield from (f"* SOURCE FILE: {before.source.reel}", f"* SOURCE FILE: {event.source.reel}")
        else:
            yield from (f"* FROM CLIP NAME:  {event.name} ", f"* SOURCE FILE: {event.source.reel}")
        yield from ("* * FREEZE FRAME",) if event.speed == 0 else ()
        for mark in MARKS:
            if event.record_in <= mark.at < event.record_out:
                yield f"* LOC: {record_label(mark.at, at)} {mark.colour.upper():<7} {mark.name}"
        before = event
    for sound, channel in sounds():
        number += 1
        length = sound.record_out - sound.record_in
        first, last = (plain_label(frame, at) for frame in (sound.source_in, sound.source_in + length))
        yield _line(number, "UNKNOWN", channel, "C", first, last, sound.record_in, sound.record_out, at)
        yield from (f"* FROM CLIP NAME:  {sound.name} ", f"* SOURCE FILE: {sound.file}")


def _motion(event: Event, at: EditRate) -> str:
    frames_per_s = float(event.speed * at.nominal)
    return f"-{-frames_per_s:05.1f}" if frames_per_s < 0 else f"{frames_per_s:05.1f} "


def _line(
    number: int, reel: str, channel: str, transition: str, first: str, last: str, start: int, end: int, at: EditRate
) -> str:
    record = " ".join(record_label(frame, at) for frame in (start, end))
    return f"{number:06}  {reel:<8} {channel:<5} {transition:<8} {first} {last} {record} "
