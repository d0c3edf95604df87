"""The reference edit as a tape list: reels alone, black on a reel of its own, and colons whatever the labels do."""

from __future__ import annotations

from pathlib import Path

from tests.timeline.dialects.edl_events import Event, events, plain_label, record_label, source_label
from tests.timeline.reference_edit import EditRate
from tests.timeline.rushes import write_rushes

SUFFIX = ".edl"


def write(at: EditRate, folder: Path) -> Path:
    write_rushes(at, folder)
    path = folder / f"reference{SUFFIX}"
    path.write_text("\n".join(lines(at)) + "\n", encoding="ascii")
    return path


def lines(at: EditRate) -> list[str]:
    made = ["TITLE: REFERENCE", f"FCM: {'DROP' if at.drop_frame else 'NON-DROP'} FRAME"]
    made += ["FCM: NON-DROP FRAME"] if at.drop_frame else []
    end = 0
    for number, event in enumerate(events(), start=1):
        if event is None:
            made.append(line(number, "BL", "C", plain_label(0, at), plain_label(24, at), end, end + 24, at))
            end += 24
            continue
        made += pair(number, event, at) if event.dissolve else []
        made.append(_of(number, event, at))
        if event.speed != 1:
            frames_per_s = float(event.speed * at.nominal)
            label = source_label(event.source, event.source_in, at)
            made.append(f"M2   {event.source.reel:<8}       {frames_per_s:05.1f}                {label}")
        end = event.record_out
    return made


def _of(number: int, event: Event, at: EditRate) -> str:
    transition = f"D    {event.dissolve:03}" if event.dissolve else "C"
    first, last = (source_label(event.source, frame, at) for frame in (event.source_in, event.source_out))
    return line(number, event.source.reel, transition, first, last, event.record_in, event.record_out, at)


def pair(number: int, event: Event, at: EditRate) -> list[str]:
    """The outgoing side of a dissolve: where the shot before it has come to."""
    before = next(other for other in events() if other is not None and other.record_out == event.record_in)
    label = source_label(before.source, before.source_out, at)
    return [line(number, before.source.reel, "C", label, label, event.record_in, event.record_in, at)]


def line(number: int, reel: str, transition: str, first: str, last: str, start: int, end: int, at: EditRate) -> str:
    record = " ".join(record_label(frame, at).replace(";", ":") for frame in (start, end))
    return f"{number:03}  {reel:<8} V     {transition:<8} {first} {last} {record}"
