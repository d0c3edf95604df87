"""The finished music of a timeline, and score.json.

A `Score` is what the exporters write and what the player will play.  It holds no date, no duration of work and no
random thing, so that the same inputs give the same bytes; the path of the source is the one key that depends on where
the edit was read from.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from v2m_bridge.core.direction import DEFAULT_TEMPO_BPM, ENDINGS, FITS
from v2m_bridge.core.timebase import FrameTime, TempoMap, timecode
from v2m_bridge.errors import TimelineError

SCHEMA: Final = 0


class Note(NamedTuple):
    """A note of a part; ticks count from the start of its cue."""

    onset_tick: int
    length_ticks: int
    pitch: int
    """MIDI key 0..127"""
    velocity: int
    """1..127"""


class ControlChange(NamedTuple):
    """A controller value of a part."""

    tick: int
    controller: int
    value: int


@dataclass(frozen=True, slots=True)
class Part:
    """The notes of one instrument; `channel` counts from 1, `program` is General MIDI from 0."""

    name: str
    channel: int
    program: int
    notes: tuple[Note, ...]
    controls: tuple[ControlChange, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.channel <= 16 or not 0 <= self.program <= 127:
            raise ValueError(f"part {self.name!r} has channel {self.channel} and program {self.program}")
        for note in self.notes:
            if note.length_ticks <= 0 or note.onset_tick < 0:
                raise ValueError(f"part {self.name!r} has a note without length or before its cue: {note}")
            if not 0 <= note.pitch <= 127 or not 1 <= note.velocity <= 127:
                raise ValueError(f"part {self.name!r} has a note that MIDI cannot say: {note}")


@dataclass(frozen=True, slots=True)
class ScoredSlot:
    """One slot as it was composed."""

    onset_tick: int
    length_ticks: int
    bar: int
    scene_id: str
    chord: str
    """As it sounds, ``Ebmaj7`` or ``N``."""
    symbol_id: int
    """The same chord in the model's key (C major or A minor), 0..156."""
    density_notes_per_s: float
    loudness_rms: float
    valence: float
    arousal: float
    key: str
    """Digest of the scene-local inputs, see `CuePlan.scene_keys`."""


@dataclass(frozen=True, slots=True)
class ScoredHit:
    """A hit point and how the music meets it."""

    frame: int
    kind: str
    need: str
    reason: str
    tick: int
    off_frames: float
    """How late the nearest beat is; negative is early."""
    met: bool
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class KeyTurn:
    """From slot `slot` on, the cue is in another key."""

    slot: int
    key: str
    """``C major``"""
    reason: str


@dataclass(frozen=True, slots=True)
class CueMusic:
    """The music of one cue.  Frames count from the first frame of the edit."""

    number: str
    title: str
    brief: str
    version: int
    kind: str
    in_frame: int
    out_frame: int
    key: str
    """``A minor``"""
    style: str
    seed: int
    emotion: str
    """Word nearest to the pooled affect."""
    valence: float
    arousal: float
    confidence: float
    tempo: TempoMap
    end_tick: int
    slots: tuple[ScoredSlot, ...]
    hits: tuple[ScoredHit, ...]
    parts: tuple[Part, ...]
    inputs: str
    """Digest of the cue-wide inputs, see `CuePlan.cue_key`, with the weights."""
    fit: str = FITS[0]
    """The way in which the tempo was fitted to the hits."""
    tempo_range_bpm: tuple[float, float] = DEFAULT_TEMPO_BPM
    """What the tempo was chosen from."""
    theme: str = ""
    """The theme that it states, ``hero`` or ``hero:minor``; empty where it names none."""
    ending: str = ENDINGS[0]
    """How it was asked to end, one of `direction.ENDINGS`."""
    key_turns: tuple[KeyTurn, ...] = ()
    """Where the cue leaves `key` for its relative one; at most one."""

    def key_at(self, slot: int) -> str:
        """Return the key that holds in a slot."""
        return next((turn.key for turn in reversed(self.key_turns) if slot >= turn.slot), self.key)


@dataclass(frozen=True, slots=True)
class ScoredScene:
    """A scene of the edit and what was seen in it."""

    id: str
    name: str
    media: str
    in_frame: int
    out_frame: int
    emotion: str
    emotions: tuple[float, ...]
    """Six shares in the published order."""
    valence: float
    arousal: float
    confidence: float
    seen: bool
    """False where the picture was offline and the row was interpolated."""
    source_in_s: str = "0"
    """Source position of its first frame, exact seconds from the start of the medium, as ``1001/24``."""
    source_out_s: str = ""
    """Source position of its end; empty where the score was written before this was kept."""


@dataclass(frozen=True, slots=True)
class ScoredMarker:
    """A marker of the editor."""

    frame: int
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Score:
    """The music of a whole timeline."""

    source: str
    name: str
    rate: str
    """Frames per second as ``24000/1001`` or ``25``."""
    start_frame: int
    """Timecode of the first frame of the edit, in frames."""
    drop_frame: bool
    n_frames: int
    revision: str
    weights: str
    """Name and digest of the weights."""
    vision: str
    """What read the pictures: ``compact`` or ``clip:NAME``."""
    scenes: tuple[ScoredScene, ...]
    cues: tuple[CueMusic, ...]
    markers: tuple[ScoredMarker, ...] = ()
    remarks: tuple[str, ...] = ()
    """What the user should know of locks and of music that stayed, one sentence each, without its full stop."""
    dynamics: str = ""
    """How density and loudness were found, in a few words; empty where an older version made the score."""
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        self.label(0)  # a ValueError where the rate is none, or has no drop-frame labels

    def frame_time(self, frame: int) -> FrameTime:
        """Return frame `frame` of the edit."""
        return FrameTime(frame, Fraction(self.rate))

    def label(self, frame: int) -> str:
        """Return the timecode that the editor shows on frame `frame` of the edit."""
        return timecode(self.frame_time(self.start_frame + frame), drop_frame=self.drop_frame)

    def cue_start_ns(self, cue: CueMusic) -> int:
        """Nanoseconds from the first frame of the edit to the first frame of the cue."""
        return self.frame_time(cue.in_frame).ns

    def cue_of(self, number: str) -> CueMusic | None:
        """Return the cue of this number, or None."""
        return next((cue for cue in self.cues if cue.number == number), None)

    def to_json(self) -> bytes:
        """Return score.json."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def score_from_json(data: bytes) -> Score:
    """Read score.json.

    Raises
    ------
    TimelineError
        When the bytes are not a score of this schema.
    """
    hint = "Make it again with v2m score."
    try:
        score = msgspec.json.decode(data, type=Score)
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError) as exc:
        raise TimelineError(f"this is not a score.json: {exc}", hint=hint) from exc
    if score.schema != SCHEMA:
        raise TimelineError(f"this score has schema {score.schema}, not {SCHEMA}", hint=hint)
    return score


def read_score(path: Path) -> Score:
    """Read a score.json file.

    Raises
    ------
    TimelineError
        When there is no such file or it is not a score of this schema.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise TimelineError(f"cannot read {path}", hint="Name a score.json that v2m score wrote.") from exc
    return score_from_json(data)
