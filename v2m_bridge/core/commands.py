"""Commands: everything that a panel, the command line, OSC or another program can ask of the engine."""

from __future__ import annotations

from typing import Any

import msgspec

from v2m_bridge.core.affect import parse_emotion
from v2m_bridge.core.cue_forms import form_wishes
from v2m_bridge.core.direction import LOCKS
from v2m_bridge.core.direction_text import parse_tempo
from v2m_bridge.core.harmony import parse_key, parse_progression
from v2m_bridge.errors import DirectionError

LIVE, HELD, HANDED_OVER = CUE_STANDS = ("live", "held", "handed over")
"""How a cue can stand with the DAW."""


class Command(msgspec.Struct, frozen=True, tag=True, tag_field="do"):
    """Base of all commands."""


class OpenTimeline(Command, frozen=True):
    """Open a timeline or a plain video and watch it; of a folder, the newest export in it.

    Another edit starts afresh once it can be read; the one that is open is read again and keeps every wish.
    """

    path: str


class SetPrimer(Command, frozen=True):
    """Chords that a cue begins with; empty text clears them."""

    cue: str
    text: str


class SetKey(Command, frozen=True):
    """Key of a cue; empty text leaves it to the program."""

    cue: str
    text: str


class SetStyle(Command, frozen=True):
    """Style of a cue; empty text takes the default."""

    cue: str
    text: str


class SetTempo(Command, frozen=True):
    """Tempo range of a cue; empty text takes the default."""

    cue: str
    text: str


class SetEntry(Command, frozen=True):
    """How a cue begins, one of `direction.ENTRIES`; empty text takes the default."""

    cue: str
    text: str


class SetEnding(Command, frozen=True):
    """How a cue ends, one of `direction.ENDINGS`; empty text takes the default."""

    cue: str
    text: str


class SetRhythm(Command, frozen=True):
    """How often the chords of a cue change, see `parse_rhythm`; empty text leaves it to the style."""

    cue: str
    text: str


class SetTheme(Command, frozen=True):
    """The theme that a cue states, ``hero`` or ``hero:minor``; empty text clears it."""

    cue: str
    text: str


class SetSeed(Command, frozen=True):
    """Seed of a cue."""

    cue: str
    seed: int


class SetLock(Command, frozen=True):
    """Layers of a cue that stay as they are: the sum of 1 tempo, 2 harmony, 4 melody, 8 texture; 0 unlocks the cue."""

    cue: str
    layers: int


class SetEmotion(Command, frozen=True):
    """Emotion of a cue or a scene; empty text clears it."""

    target: str
    text: str


class SetIntensity(Command, frozen=True):
    """Intensity of a scene 0..1; a negative number clears it."""

    scene: str
    intensity: float


class MuteScene(Command, frozen=True):
    """Silence a scene, or let it sound again."""

    scene: str
    muted: bool


class RestoreVersion(Command, frozen=True):
    """Stage an earlier version of a cue's music, with the wishes that it was composed for."""

    cue: str
    version: int


class Undo(Command, frozen=True):
    """Take the last change of direction back."""


class Redo(Command, frozen=True):
    """Do the change again that was taken back."""


class Apply(Command, frozen=True):
    """Let staged music play from the next bar line; empty takes every cue."""

    cue: str = ""


class StandCue(Command, frozen=True):
    """Say how a cue stands: live plays and takes what is applied, held plays on as it is, handed over is silent.

    A cue is handed over when the DAW has its notes; a cue that is live again takes what was applied meanwhile.
    """

    cue: str
    stand: str


class SaveTake(Command, frozen=True):
    """Save what was really sent since playing began last as a MIDI file in the session folder."""


class Hold(Command, frozen=True):
    """Keep what plays, even while following."""

    on: bool


class Follow(Command, frozen=True):
    """Apply staged music by itself."""

    on: bool


class Play(Command, frozen=True):
    """Roll from where the transport stands."""


class Stop(Command, frozen=True):
    """Stop and end every note."""


class Locate(Command, frozen=True):
    """Go to a time of the edit in seconds."""

    seconds: float


class Loop(Command, frozen=True):
    """Loop between two times in seconds; equal times end the loop."""

    start: float
    end: float


class Panic(Command, frozen=True):
    """End every note at once."""


AnyCommand = (
    OpenTimeline | SetPrimer | SetKey | SetStyle | SetTempo | SetEntry | SetEnding | SetRhythm | SetTheme
    | SetSeed | SetLock | SetEmotion | SetIntensity
    | MuteScene | RestoreVersion | Undo | Redo | Apply | StandCue | SaveTake
    | Hold | Follow | Play | Stop | Locate | Loop | Panic
)  # fmt: skip


def locks_of(layers: int) -> tuple[str, ...]:
    """Return the layers that a `SetLock` names.

    Raises
    ------
    DirectionError
        When the number is not a sum of layers.
    """
    if not 0 <= layers < 1 << len(LOCKS):
        raise DirectionError(
            f"{layers} is not a sum of layers to lock",
            hint="Add up 1 tempo, 2 harmony, 4 melody and 8 texture; 15 locks all, 0 none.",
        )
    return tuple(layer for bit, layer in enumerate(LOCKS) if layers >> bit & 1)


def form_of(command: SetEntry | SetEnding | SetRhythm | SetTheme) -> dict[str, Any]:
    """Return the wishes of a cue that a command sets, see `form_wishes`."""
    return form_wishes(type(command).__name__.removeprefix("Set").lower(), command.text)


def check(command: Command) -> None:
    """Refuse a command whose text or numbers cannot be followed, before it reaches the engine's state.

    Raises
    ------
    DirectionError
        With the column of a bad chord.
    """
    match command:
        case SetPrimer(text=text) if text.strip():
            parse_progression(text)
        case SetKey(text=text) if text.strip():
            parse_key(text)
        case SetTempo(text=text) if text.strip():
            parse_tempo(text)
        case SetEntry() | SetEnding() | SetRhythm() | SetTheme():
            form_of(command)
        case SetEmotion(text=text) if text.strip():
            parse_emotion(text)
        case StandCue(stand=stand) if stand not in CUE_STANDS:
            raise DirectionError(f"a cue cannot be {stand[:40]!r}", hint=f"Use {', '.join(CUE_STANDS)}.")
        case SetSeed(seed=seed) if not 0 <= seed < 2**63:
            raise DirectionError(f"seed {seed} is not a whole number from 0 up")
        case RestoreVersion(version=version) if version < 1:
            raise DirectionError(f"{version} is not a version", hint="Versions count from 1.")
        case SetLock(layers=layers):
            locks_of(layers)
        case SetIntensity(intensity=intensity) if not intensity <= 1:
            raise DirectionError(f"intensity {intensity:g} is not up to 1", hint="Use 0 to 1, or -1 to clear it.")
        case Locate(seconds=seconds) if not 0 <= seconds <= 86_400:
            raise DirectionError(f"{seconds:g} seconds is not a time of an edit")
        case Loop(start=start, end=end) if not 0 <= start <= end <= 86_400:
            raise DirectionError(f"a loop from {start:g} to {end:g} seconds goes back", hint="Give the start first.")
