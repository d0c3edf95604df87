"""The OSC addresses of the bridge: one table from which docs, checks and plugin test vectors are made.

Types are i (32-bit integer), f (32-bit float) and s (text).  Times are seconds from the first frame of the edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PROTOCOL: Final = 0


@dataclass(frozen=True, slots=True)
class Address:
    """One address: its path, its type tags, the names of its arguments and what it says."""

    path: str
    types: str
    arguments: tuple[str, ...]
    meaning: str

    def __post_init__(self) -> None:
        if len(self.types) != len(self.arguments):
            raise ValueError(f"{self.path} has {len(self.types)} types and {len(self.arguments)} arguments")


def _row(path: str, types: str, arguments: str, meaning: str) -> Address:
    return Address(path, types, tuple(arguments.split()), meaning)


OUT: Final = (
    _row("/v2m/hello", "is", "protocol version", "Sent whenever an OSC output opens."),
    _row("/v2m/transport", "ifsf", "playing seconds timecode bpm", "On every change and ten times a second."),
    _row("/v2m/cue", "ssff", "id number in out", "A cue begins, or playing enters it."),
    _row("/v2m/scene", "sffs", "id start end name", "A scene begins, or playing enters it."),
    _row("/v2m/chord", "sffsiis", "scene_id at duration symbol root bass quality",
         "A chord begins; root and bass are pitch classes, -1 for N."),
    _row("/v2m/note", "sfiiif", "part at id pitch velocity duration", "A note begins."),
    _row("/v2m/velocity", "fi", "at velocity", "Mean velocity of the notes that begin in a slot; 0 where none does."),
    _row("/v2m/density", "ff", "at notes_per_s", "Density of a slot."),
    _row("/v2m/emotion", "sffffff", "scene_id exciting fearful tense sad relaxing neutral", "A scene's six shares."),
    _row("/v2m/marker", "ssfss", "id scene_id at name colour", "A marker of the edit."),
    _row("/v2m/heartbeat", "i", "count", "Once a second."),
    _row("/v2m/status", "issi", "protocol version state n_staged", "Answer to /v2m/get/status."),
    _row("/v2m/error", "ss", "address sentence", "A command that could not be followed."),
)  # fmt: skip

DO: Final = (
    _row("/v2m/do/open", "s", "path", "Open a timeline and watch it."),
    _row("/v2m/do/primer", "ss", "cue chords", "Chords that a cue begins with; empty clears them."),
    _row("/v2m/do/key", "ss", "cue key", "Key of a cue; empty leaves it to the program."),
    _row("/v2m/do/style", "ss", "cue style", "Style of a cue; empty takes the default."),
    _row("/v2m/do/tempo", "ss", "cue bpm", "Tempo range of a cue such as 70-140; empty takes the default."),
    _row("/v2m/do/entry", "ss", "cue entry", "How a cue begins: downbeat, pickup or fade; empty takes the default."),
    _row("/v2m/do/ending", "ss", "cue ending",
         "How a cue ends: ring, button, fade, open, cut or segue; empty takes the default."),
    _row("/v2m/do/rhythm", "ss", "cue rhythm",
         "How often chords change: pedal, vamp, 8 bars, vamp 2 bars or changes per slot; empty clears."),
    _row("/v2m/do/theme", "ss", "cue theme",
         "The theme that a cue states, with its form after a colon if it has one; empty clears."),
    _row("/v2m/do/seed", "si", "cue seed", "Another number gives other music."),
    _row("/v2m/do/lock", "si", "cue layers",
         "Layers of a cue that stay as they are: the sum of 1 tempo, 2 harmony, 4 melody, 8 texture; 0 unlocks."),
    _row("/v2m/do/emotion", "ss", "target emotion",
         "Emotion of a cue or scene, as a word or valence,arousal; empty clears."),
    _row("/v2m/do/intensity", "sf", "scene intensity", "Intensity of a scene, 0 to 1; below 0 clears."),
    _row("/v2m/do/mute", "si", "scene muted", "1 silences a scene."),
    _row("/v2m/do/version", "si", "cue version", "Stage an earlier version of a cue's music, with its wishes."),
    _row("/v2m/do/undo", "", "", "Take the last change back."),
    _row("/v2m/do/redo", "", "", "Do it again."),
    _row("/v2m/do/apply", "s", "cue", "Let the staged music of a cue play from its next bar line; empty takes all."),
    _row("/v2m/do/stand", "ss", "cue stand",
         "live plays and takes what is applied, held plays on as it is, handed over is silent: the DAW has its notes."),
    _row("/v2m/do/take", "", "", "Save what was sent since playing began last as a MIDI file in the session folder."),
    _row("/v2m/do/hold", "i", "on", "1 keeps what plays even while following."),
    _row("/v2m/do/follow", "i", "on", "1 applies staged music by itself."),
    _row("/v2m/do/play", "", "", "Roll."),
    _row("/v2m/do/stop", "", "", "Stop and end every note."),
    _row("/v2m/do/locate", "f", "seconds", "Go to a time of the edit."),
    _row("/v2m/do/loop", "ff", "start end", "Loop between two times; equal times end the loop."),
    _row("/v2m/do/panic", "", "", "End every note at once."),
)  # fmt: skip

GET: Final = (
    _row("/v2m/get/transport", "", "", "Answers /v2m/transport."),
    _row("/v2m/get/cues", "", "", "Answers one /v2m/cue for each cue."),
    _row("/v2m/get/scenes", "", "", "Answers /v2m/scene and /v2m/emotion for each scene."),
    _row("/v2m/get/chords", "", "", "Answers one /v2m/chord for each chord."),
    _row("/v2m/get/status", "", "", "Answers /v2m/status."),
)

SYNC: Final = (
    _row(
        "/v2m/sync",
        "if",
        "playing seconds",
        "Where a DAW that leads is, and whether it rolls; ten times a second or more.",
    ),
)

IN: Final = {address.path: address for address in (*DO, *GET)}
