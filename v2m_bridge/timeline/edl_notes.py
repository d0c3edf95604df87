"""What stands below an event of an edit decision list: names, files, speeds, levels and markers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from v2m_bridge.timeline.edl_labels import LABEL, Label, label_of
from v2m_bridge.timeline.edl_lines import EventLine, EventList, Group

_KEYED: Final = re.compile(r"\s*\*?\s*([A-Z][A-Z ]{2,40}?)\s*:\s*(.*?)\s*$", re.IGNORECASE)
_NAMES: Final[Mapping[str, tuple[str, bool]]] = MappingProxyType(
    {
        "FROM CLIP NAME": ("name", False),
        "TO CLIP NAME": ("name", True),
        "KEY CLIP NAME": ("name", True),
        "CLIP NAME": ("name", False),
        "FROM CLIP": ("file", False),
        "FROM FILE": ("file", False),
        "FROM CLIP FILE": ("file", False),
        "TO CLIP": ("file", True),
        "TO FILE": ("file", True),
        "TO CLIP FILE": ("file", True),
        "FILE PATH": ("file", False),
        "OTIO TRUNCATED REEL NAME FROM": ("reel", False),
    }
)
"""What a note names, and whether of the incoming side of a transition."""
_SOURCE_FILES: Final = frozenset({"SOURCE FILE", "SOURCE FILE NAME"})
_REPLACED_REEL: Final = re.compile(r"\s*\*?\s*FINAL CUT PRO REEL\s*:\s*(.+?)\s+REPLACED BY\s*:?\s*(.+?)\s*$", re.I)
_MOTION: Final = re.compile(rf"\s*M2\s+(?:(.*?)\s+)?([+-]?\d+(?:[.,]\d*)?)(?:\s+({LABEL}))?\s*(?:\(.*)?$", re.I)
_LEVEL: Final = re.compile(r"(?:AUDIO\s+(?:LEVEL|GAIN)|\bA\d+\s+VOL)\b.*?([+-]?\d+(?:\.\d+)?)\s*DB\b", re.IGNORECASE)
_MORE_SOUND: Final = re.compile(r"\s*AUD((?:\s+\d{1,3})+)\s*$", re.IGNORECASE)
_LOCATOR: Final = re.compile(rf"\s*\*?\s*LOC\s*:\s*({LABEL})\s*(.*?)\s*$", re.IGNORECASE)
_FLAG: Final = re.compile(r"\|\s*([CMD])\s*:([^|]*)", re.IGNORECASE)
_COLOURS: Final = frozenset(
    (
        *("red", "green", "blue", "cyan", "magenta", "yellow", "black", "white", "orange", "purple", "pink", "grey"),
        *("gray", "lavender", "fuchsia", "rose", "sand", "mint", "cocoa", "cream", "sky", "lemon", "brown", "violet"),
    )
)
_LONGEST: Final = 2000


@dataclass(frozen=True, slots=True)
class Speed:
    """Frames of the source in a second of the edit, as ``M2`` says it."""

    frames_per_s: Fraction
    within: Fraction
    """Half a unit of the last digit that is written."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an event with all that is said of it."""

    line: EventLine
    name: str = ""
    files: tuple[str, ...] = ()
    """Paths and file names, likeliest first."""
    reel: str = ""
    speed: Speed | None = None
    held: bool = False
    """Whether a note says that it is a freeze frame."""
    gain_db: float = 0.0
    goes_on: bool = False
    """Whether the next line of its event is a transition from it."""
    flagged: bool = False
    """Whether a marker hangs on it."""


@dataclass(frozen=True, slots=True)
class Locator:
    """A marker of Avid: a timecode under an event."""

    event: int
    at: Label
    colour: str
    name: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A marker of Resolve: it stands where its event begins."""

    event: int
    colour: str
    name: str
    note: str
    n_frames: int


@dataclass(frozen=True, slots=True)
class Noted:
    """The events of a list in its order, and its markers."""

    events: tuple[Event, ...]
    locators: tuple[Locator, ...]
    flags: tuple[Flag, ...]


@dataclass(slots=True)
class _Notes:
    """What has been read so far of the notes of one event."""

    events: list[Event]
    first: int
    n_source_files: int = 0
    locators: list[Locator] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def noted(found: EventList) -> Noted:
    """Join every event line with the notes below it."""
    events: list[Event] = []
    locators: list[Locator] = []
    flags: list[Flag] = []
    reels: dict[str, str] = {}
    for text in (*found.head, *(text for group in found.groups for _, text in group.notes)):
        if "REPLACED" in text.upper() and (replaced := _REPLACED_REEL.match(text[:_LONGEST])):
            reels[replaced[2]] = replaced[1]
    for group in found.groups:
        read = _read(group, len(events))
        events += [replace(event, reel=event.reel or reels.get(event.line.reel, "")) for event in read.events]
        locators += read.locators
        flags += read.flags
    return Noted(tuple(events), tuple(locators), tuple(flags))


def _read(group: Group, first: int) -> _Notes:
    lines = group.lines
    events = [
        Event(line, goes_on=line.transition == "C" and after is not None and after.transition != "C")
        for line, after in zip(lines, (*lines[1:], None), strict=True)
    ]
    notes = _Notes(events, first)
    for n_above, text in group.notes:
        _note(notes, text[:_LONGEST], n_above)
    return notes


def _note(notes: _Notes, text: str, n_above: int) -> None:
    """Take in one note."""
    if locator := _LOCATOR.match(text):
        colour, name = _colour_and_rest(locator[2])
        notes.locators.append(Locator(notes.first + n_above - 1, label_of(locator[1]), colour, name))
    elif len(marks := dict(_marks(text))) > 1:
        _flag(notes, text, marks)
    elif motion := _MOTION.match(text):
        _motion(notes, motion, n_above)
    elif more := _MORE_SOUND.match(text):
        last = notes.events[n_above - 1]
        sounds = dict.fromkeys((*last.line.sounds, *(int(number) for number in more[1].split())))
        notes.events[n_above - 1] = replace(last, line=replace(last.line, sounds=tuple(sounds)))
    elif level := _LEVEL.search(text):
        notes.events[:] = [replace(event, gain_db=float(level[1])) for event in notes.events]
    elif "FREEZE FRAME" in text.upper() and text.lstrip().startswith("*"):
        notes.events[-1] = replace(notes.events[-1], held=True)
    elif (keyed := _KEYED.match(text)) and _key(keyed) in (*_NAMES, *_SOURCE_FILES):
        _keyed(notes, _key(keyed), keyed[2][:_LONGEST])
    elif not text.lstrip().startswith(("*", ">")):
        notes.said.append(text.strip())


def _key(match: re.Match[str]) -> str:
    return " ".join(match[1].upper().split())


def _keyed(notes: _Notes, key: str, value: str) -> None:
    if not value or value.upper() == "(NULL)" or is_black(value):
        return
    if key in _SOURCE_FILES:
        _source_file(notes, value)
        return
    what, incoming = _NAMES[key]
    for index, event in enumerate(notes.events):
        if _is_side(notes.events, index, incoming=incoming):
            notes.events[index] = _named(event, what, value)


def _is_side(events: list[Event], index: int, *, incoming: bool) -> bool:
    """Whether a note for the outgoing or the incoming side is about an event.

    A note for the outgoing side is about all events where there is no pair, and about the incoming one where the
    outgoing one is black.
    """
    if not any(event.goes_on for event in events):
        return True
    if events[index].line.transition != "C":
        before = next((event for event in reversed(events[:index]) if event.goes_on), None)
        return incoming or (before is not None and is_black(before.line.reel) and not events[index].name)
    return not incoming and not (events[index].goes_on and is_black(events[index].line.reel))


def _named(event: Event, what: str, value: str) -> Event:
    if what == "file":
        return replace(event, files=(*event.files, value))
    if what == "reel":
        return replace(event, reel=value)
    return event if event.name else replace(event, name=value)


def _source_file(notes: _Notes, value: str) -> None:
    """Give a source file to its event: in a pair to that of its reel, else to both, a second one to the incoming."""
    events = notes.events
    sides = [index for index, event in enumerate(events) if event.goes_on or event.line.transition != "C"]
    notes.n_source_files += 1
    reels = [events[index].line.reel.casefold() for index in sides]
    alike = [index for index, reel in zip(sides, reels, strict=True) if reel and value.casefold().startswith(reel)]
    if len(alike) != 1:
        alike = sides if notes.n_source_files == 1 else sides[-1:]
    for index in alike or range(len(events)):
        files = () if len(sides) > 1 and notes.n_source_files > 1 else events[index].files
        events[index] = replace(events[index], files=(*files, value))


def _motion(notes: _Notes, match: re.Match[str], n_above: int) -> None:
    """Give a speed to its event: the one of its reel (and source start, where several are), else the last."""
    number = match[2].replace(",", ".")
    digits = len(number.partition(".")[2])
    speed = Speed(Fraction(number.rstrip(".")), Fraction(1, 2 * 10 ** min(digits, 12)))
    reel = " ".join((match[1] or "").split()).casefold()
    at = label_of(match[3]) if match[3] else None
    above = range(n_above - 1, -1, -1)
    same = [index for index in above if notes.events[index].line.reel.casefold() == reel]
    exact = [index for index in same if _same_place(notes.events[index].line.source_in, at)]
    fresh = [index for index in same if notes.events[index].speed is None]
    index = next(iter((*exact, *fresh, *same)), n_above - 1)
    for other, event in enumerate(notes.events[:n_above]):
        if other == index or (event.line.transition == "C" and not event.goes_on and other in same):
            notes.events[other] = replace(event, speed=speed)


def _same_place(label: Label, other: Label | None) -> bool:
    return other is not None and (label.whole_s, label.frames) == (other.whole_s, other.frames)


def _marks(text: str) -> Iterator[tuple[str, str]]:
    if "|" in text:
        for match in _FLAG.finditer(text):
            yield match[1].upper(), match[2].strip()


def _flag(notes: _Notes, text: str, marks: dict[str, str]) -> None:
    notes.said.append(text.partition("|")[0].strip())
    note = " ".join(said for said in notes.said if said)
    colour = re.sub(r"^ResolveColor", "", marks.get("C", ""), flags=re.IGNORECASE).lower()
    length = marks.get("D", "")
    frames = int(length) if length.isdecimal() and len(length) < 9 else 0
    notes.flags.append(Flag(notes.first + len(notes.events) - 1, colour, marks.get("M", ""), note, frames))
    notes.said.clear()
    notes.events[-1] = replace(notes.events[-1], flagged=True)


def _colour_and_rest(text: str) -> tuple[str, str]:
    word, _, rest = text.partition(" ")
    is_colour = word.lower() in _COLOURS and not word.istitle()  # which begins a name
    return (word.lower(), rest.strip()) if is_colour else ("", text)


def is_black(reel: str) -> bool:
    """Whether a reel is the black of the list."""
    return reel.upper() in ("BL", "BLK", "BLACK")
