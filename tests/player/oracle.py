"""What ought to sound at a place of the edit, read from the programmes alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from v2m_bridge.core.programme import CONTROL_CHANGE, NOTE_OFF, NOTE_ON, SUSTAINED_PARTS, Programme

Key = tuple[int, int]
"""Channel and pitch, or channel and controller."""


class Ought(NamedTuple):
    """What must sound, what may sound because it begins or ends just here, and the controllers that are sure."""

    must: frozenset[Key]
    may: frozenset[Key]
    controllers: dict[Key, int]


def ought(programmes: Iterable[Programme], entered_ns: int, at_ns: int, tolerance_ns: int) -> Ought:
    """Return what ought to sound at `at_ns` after playing entered at `entered_ns` and rolled on without a jump."""
    must: set[Key] = set()
    may: set[Key] = set()
    controllers: dict[Key, int] = {}
    for programme in programmes:
        if not programme.start_ns - tolerance_ns <= at_ns < programme.end_ns + tolerance_ns:
            continue
        for key, on_ns, off_ns, sustained in _notes(programme):
            if not on_ns - tolerance_ns <= at_ns < off_ns + tolerance_ns:
                continue
            entered_before = on_ns < entered_ns - tolerance_ns
            if entered_before and not sustained:
                if on_ns > entered_ns - tolerance_ns - _LATE_ENTRY_NS:
                    may.add(key)
                continue
            may.add(key)
            surely_held = on_ns + tolerance_ns <= at_ns < off_ns - tolerance_ns
            if surely_held and (sustained or on_ns >= entered_ns + tolerance_ns):
                must.add(key)
        if programme.start_ns + tolerance_ns <= at_ns < programme.end_ns - tolerance_ns:
            controllers |= _controllers(programme, at_ns, tolerance_ns)
    return Ought(frozenset(must), frozenset(may), controllers)


_LATE_ENTRY_NS = 100_000_000


def _notes(programme: Programme) -> Iterable[tuple[Key, int, int, bool]]:
    begun: dict[int, tuple[Key, int, bool]] = {}
    for event in programme.events:
        kind, channel = int(event["status"]) & 0xF0, int(event["status"]) & 0x0F
        if kind == NOTE_ON:
            part = programme.parts[int(event["part"])]
            begun[int(event["note_id"])] = (
                (channel, int(event["data1"])),
                int(event["at_ns"]),
                part in SUSTAINED_PARTS,
            )
        elif kind == NOTE_OFF:
            key, on_ns, sustained = begun[int(event["note_id"])]
            yield key, on_ns, int(event["at_ns"]), sustained


def _controllers(programme: Programme, at_ns: int, tolerance_ns: int) -> dict[Key, int]:
    values: dict[Key, int] = {}
    unsure: set[Key] = set()
    for event in programme.events:
        if int(event["status"]) & 0xF0 != CONTROL_CHANGE:
            continue
        key = (int(event["status"]) & 0x0F, int(event["data1"]))
        if abs(int(event["at_ns"]) - at_ns) <= tolerance_ns:
            unsure.add(key)
        elif int(event["at_ns"]) < at_ns:
            values[key] = int(event["data2"])
    return {key: value for key, value in values.items() if key not in unsure}
