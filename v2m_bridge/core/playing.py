"""What engine and player say to each other."""

from __future__ import annotations

from typing import Final

import msgspec

from v2m_bridge.core.edit_sheet import EditSheet
from v2m_bridge.core.programme import Programme

ADDRESS_VARIABLE: Final = "V2M_PLAYER_ADDRESS"
"""Environment variable with the address on which the parent listens for its player."""
KEY_VARIABLE: Final = "V2M_PLAYER_KEY"
"""Environment variable with the authentication key of that address, in hexadecimal."""
TABLE_VARIABLE: Final = "V2M_NOTE_TABLE"
"""Environment variable with the name of the shared memory that holds the table of sounding notes."""
MAX_SINKS: Final = 8
NOTE_TABLE_ROW_BYTES: Final = 4096
NOTE_TABLE_BYTES: Final = (MAX_SINKS + 1) * NOTE_TABLE_ROW_BYTES
"""Size of that shared memory, which the parent makes and fills with zeros: a row per sink, and one for the source."""


class ToPlayer(msgspec.Struct, frozen=True, tag=True, tag_field="do"):
    """Base of what the engine tells the player."""


class LoadCue(ToPlayer, frozen=True):
    """Take a cue's programme.

    While the cue sounds, the swap happens at its first bar line that lies after the events already handed to the sinks;
    otherwise at once.  The generation id rises with every load.
    """

    programme: Programme


class DropCue(ToPlayer, frozen=True):
    """Forget a cue; its notes end at the next bar line, or at once while stopped."""

    cue: str


class SetCueStand(ToPlayer, frozen=True):
    """Say how a cue stands with the DAW; what follows from it happens where a swap would."""

    cue: str
    stand: str
    """One of `core.commands.CUE_STANDS`."""


class LoadEdit(ToPlayer, frozen=True):
    """Take the timecode, scenes and markers of the edit, which are said over OSC."""

    sheet: EditSheet


class StartRolling(ToPlayer, frozen=True):
    """Roll from where the transport stands."""


class StopRolling(ToPlayer, frozen=True):
    """Stop and end every note."""


class LocateTo(ToPlayer, frozen=True):
    """Go to a time of the edit; rolling goes on if it rolls."""

    at_ns: int


class LoopBetween(ToPlayer, frozen=True):
    """Loop between two times of the edit; equal times end the loop."""

    start_ns: int
    end_ns: int


class EndAllNotes(ToPlayer, frozen=True):
    """Panic: end every note at once, in every sink."""


class TakeOver(ToPlayer, frozen=True):
    """To the warm spare: open the ports, end what the dead player left sounding, and go on from there.

    The spare was sent every `LoadCue`, `DropCue` and `LoadEdit` that the dead player was sent.
    """

    playing: bool
    at_ns: int
    at_mono_ns: int
    loop_start_ns: int
    loop_end_ns: int


class WriteTake(ToPlayer, frozen=True):
    """Write what was sent since playing began last as a standard MIDI file."""

    path: str
    """Absolute, of a file that does not exist."""


class Quit(ToPlayer, frozen=True):
    """End every note, close the ports and exit."""


AnyToPlayer = (
    LoadCue
    | DropCue
    | SetCueStand
    | LoadEdit
    | StartRolling
    | StopRolling
    | LocateTo
    | LoopBetween
    | EndAllNotes
    | TakeOver
    | WriteTake
    | Quit
)


class SinkState(msgspec.Struct, frozen=True):
    """One output and how it fares."""

    name: str
    kind: str
    """jack, rtmidi or osc; midi where no MIDI system could be chosen"""
    n_sent: int
    n_late: int
    """Events that left more than a millisecond after they were due."""
    worst_late_ns: int
    error: str = ""
    """A sentence where the sink cannot be used."""
    n_skipped: int = 0
    """Note-ons left out because they were more than 100 ms late."""


class SyncState(msgspec.Struct, frozen=True):
    """The source that playing follows, and how well."""

    source: str
    """``mtc``, ``clock``, ``jack`` or ``osc:reaper`` and the like"""
    state: str
    """waiting, stopped, rolling, scrubbing, freewheeling or lost"""
    drift_ns: int = 0
    """How far the source is ahead of playing."""
    age_ns: int = -1
    """Time since it was heard last; -1 before the first time."""
    speed: float = 0.0
    """Of the source against our clock; 0 while it does not roll."""
    warning: str = ""
    """A sentence where it cannot be heard, or its rate or tempo is not that of the edit."""


class PlayerState(msgspec.Struct, frozen=True):
    """What the player says of itself, on every change and ten times a second."""

    playing: bool
    at_ns: int
    """Place on the time of the edit at `at_mono_ns` of the monotonic clock."""
    at_mono_ns: int
    bpm: float
    loop_start_ns: int
    loop_end_ns: int
    n_sounding: int
    generations: dict[str, int]
    """Per cue, the generation that plays now."""
    sinks: tuple[SinkState, ...]
    warnings: tuple[str, ...] = ()
    stands: dict[str, str] = {}
    """Cues that are held or handed over; every other is live."""
    take: str = ""
    """File of the last take that was written."""
    sync: SyncState | None = None
    """None where playing follows the panel."""
