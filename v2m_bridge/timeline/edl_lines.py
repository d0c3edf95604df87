"""The lines of an edit decision list: which are events, and what stands in their columns.

Columns are told apart by what they hold, not by their position: reels may be of any length and hold spaces, and tabs,
blank lines and lower case are met in the wild.  Source: the CMX 3600 list format as Avid, Premiere, Resolve, Final Cut
Pro and others write it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.edl_labels import LABEL, Label, label_of
from v2m_bridge.timeline.files import read_bytes
from v2m_bridge.timeline.segments import MAX_SEGMENTS

_LINE_ENDS: Final = re.compile(r"\r\n?|\n")
_EVENT: Final = re.compile(rf"\s*(?P<head>\d\S*\s.*?)\s+({LABEL})\s+({LABEL})\s+({LABEL})\s+({LABEL})(?:\s|$)")
_NUMBER: Final = re.compile(r"\d+[A-Z]?")
_CHANNELS: Final = re.compile(r"(?:V\d*|A\d*|B|/)+|NONE")
_CHANNEL: Final = re.compile(r"[VA]\d*|B")
_TRANSITION: Final = re.compile(r"C|D|W\d*|KB?|KO?")
_SPELLED: Final = {"CUT": "C", "DIS": "D", "DISS": "D", "DISSOLVE": "D", "WIPE": "W", "KEY": "K"}
_FCM: Final = re.compile(r"\s*FCM\s*:\s*(NON)?", re.IGNORECASE)
_TITLE: Final = re.compile(r"\s*TITLE\s*:\s*(.*?)\s*$", re.IGNORECASE)
_SPLIT: Final = re.compile(rf"\s*SPLIT\s*:?\s*(AUDIO|VIDEO)\s+DELAY\s*=?\s*({LABEL})", re.IGNORECASE)
_LONGEST_LINE: Final = 2000


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line of an event."""

    number: str
    reel: str
    pictures: tuple[int, ...]
    """Numbers of the video tracks, mostly (1,)."""
    sounds: tuple[int, ...]
    """Numbers of the audio tracks."""
    transition: str
    """``C``, ``D``, ``W`` or ``K``; ``KB`` is the background of a key."""
    transition_frames: int
    source_in: Label
    source_out: Label
    record_in: Label
    record_out: Label
    drop: bool
    """Whether the last ``FCM`` before the line says drop frame."""
    picture_delay: Label | None = None
    sound_delay: Label | None = None
    """How much later than the event its picture or sound begins."""


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one event number, and what stands below them, each with how many of the lines stood above."""

    lines: tuple[EventLine, ...]
    notes: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class EventList:
    """A list as it is written."""

    title: str
    drop: bool | None
    """What the first ``FCM`` says."""
    groups: tuple[Group, ...]
    head: tuple[str, ...] = ()
    """What stands before the first event."""


def read_list(path: Path) -> EventList:
    """Read the lines of a list in any of the encodings that such files have.

    Raises
    ------
    TimelineError
        When there is no such file, it is no text, or holds no event.
    """
    text = _decoded(read_bytes(path), path)
    title, first_drop, drop = "", None, False
    groups: list[tuple[list[EventLine], list[tuple[int, str]]]] = []
    head: list[str] = []
    delays: dict[str, Label] = {}
    for line in _LINE_ENDS.split(text):
        if not line.strip():
            continue
        if fcm := _FCM.match(line):
            drop = fcm[1] is None
            first_drop = drop if first_drop is None else first_drop
        elif split := _SPLIT.match(line):
            delays[split[1].upper()] = label_of(split[2])
        elif event := _event(line, drop, delays):
            delays.clear()
            if not (groups and _belongs(event, groups[-1][0])):
                groups.append(([], []))
            groups[-1][0].append(event)
        elif groups:
            groups[-1][1].append((len(groups[-1][0]), line))
        elif not title and (titled := _TITLE.match(line)):
            title = titled[1]
        else:
            head.append(line)
        if len(groups) > MAX_SEGMENTS:
            raise TimelineError(f"{path.name[:80]!r} holds more than {MAX_SEGMENTS} events, which no edit does")
    if not groups:
        raise TimelineError(
            f"{path.name[:80]!r} holds no events",
            hint="Export a CMX 3600 list: other kinds of .edl files are not read.",
        )
    return EventList(
        title, first_drop, tuple(Group(tuple(lines), tuple(notes)) for lines, notes in groups), tuple(head)
    )


def _decoded(data: bytes, path: Path) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data:
        raise TimelineError(f"{path.name[:80]!r} is not text", hint="Export a CMX 3600 list.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _belongs(event: EventLine, lines: list[EventLine]) -> bool:
    """Whether a line goes on with the event before it: the same number, for other tracks or with a transition."""
    last = lines[-1]
    if event.number != last.number or len(lines) > 8:
        return False
    return event.transition != "C" or (event.pictures, event.sounds) != (last.pictures, last.sounds)


def _event(line: str, drop: bool, delays: dict[str, Label]) -> EventLine | None:
    match = _EVENT.match(line[:_LONGEST_LINE])
    if match is None:
        return None
    columns = _columns(match["head"].split())
    if columns is None:
        return None
    number, reel, channels, transition, frames = columns
    pictures, sounds = _tracks(channels)
    source_in, source_out, record_in, record_out = (label_of(match[index]) for index in range(2, 6))
    return EventLine(
        number=number,
        reel=reel,
        pictures=pictures,
        sounds=sounds,
        transition=transition,
        transition_frames=frames,
        source_in=source_in,
        source_out=source_out,
        record_in=record_in,
        record_out=record_out,
        drop=drop,
        picture_delay=delays.get("VIDEO"),
        sound_delay=delays.get("AUDIO"),
    )


def _columns(words: list[str]) -> tuple[str, str, str, str, int] | None:
    """Return number, reel, channels, transition and its frames; None where the words are no event."""
    number, *rest = words
    if not _NUMBER.fullmatch(number.upper()):
        return None
    if rest and rest[-1].upper() == "(F)":
        rest.pop()
    frames = 0
    if len(rest) > 1 and rest[-1].isdecimal() and len(rest[-1]) <= 4 and _transition(rest[-2], rest[-3:-2]):
        frames = int(rest.pop())
    transition = _transition(rest[-1], rest[-2:-1]) if rest else ""
    if transition:
        rest.pop()
        if transition in ("KB", "KO") and rest and rest[-1].upper() == "K":
            rest.pop()
    channels = ""
    if rest and _CHANNELS.fullmatch(rest[-1].upper()):
        channels = rest.pop().upper()
    if not (transition or channels):
        return None
    return number.lstrip("0").upper(), " ".join(rest), channels or "V", _plain(transition or "C"), frames


def _transition(word: str, before: list[str]) -> str:
    """Return the transition that a word says, empty where it says none; ``K B`` and ``K O`` are two words."""
    word = word.upper()
    if word in ("B", "O"):
        return f"K{word}" if before and before[0].upper() == "K" else ""
    word = _SPELLED.get(word, word)
    return word if _TRANSITION.fullmatch(word) else ""


def _plain(transition: str) -> str:
    if transition.startswith("W"):
        return "W"
    return "K" if transition == "KO" else transition


def _tracks(channels: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the video and audio tracks that a channel column names: ``AA/V`` is two of sound and one of picture.

    ``B`` is both: the picture and the first track of sound.
    """
    pictures: dict[int, None] = {}
    sounds: dict[int, None] = {}
    for channel in _CHANNEL.findall("" if channels == "NONE" else channels):
        if channel in ("B", "V"):
            pictures[1] = None
        if channel == "B":
            sounds[1] = None
        elif channel == "A":
            sounds[len(sounds) + 1] = None
        elif channel != "V":
            (pictures if channel[0] == "V" else sounds)[int(channel[1:6])] = None
    return tuple(pictures), tuple(sounds)
