"""What the worker is asked and what it answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.proposal import Proposal
from v2m_bridge.core.routing import Routing
from v2m_bridge.core.score import Score
from v2m_bridge.core.tempo_list import CueTempi
from v2m_bridge.core.timeline import PlainVideo, Scene, Timeline

NICE_VARIABLE: Final = "V2M_NICE"
"""Environment variable with the niceness that a worker takes, where the system knows such a thing."""


_LOOKING_AT: Final = "Looking at "
_PART: Final = re.compile(r"(.*) \((\d+-\d+ s)\)", re.DOTALL)

CONVERT_HINT: Final = "Convert it to another codec, and link the edit to that file."
"""What to do with a medium that no decoder survives."""


def looking_at(name: str, part: str = "") -> str:
    """Return the label of progress on a medium, or on a part of it such as ``40-44 s``."""
    return f"{_LOOKING_AT}{name} ({part})" if part else _LOOKING_AT + name


def looked_at(label: str) -> tuple[str, str]:
    """Return the name of the medium that a label is about and the part of it; both empty where it is another label."""
    if not label.startswith(_LOOKING_AT):
        return "", ""
    what = label.removeprefix(_LOOKING_AT)
    match = _PART.fullmatch(what)
    return (match[1], match[2]) if match else (what, "")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is not to be decoded, because looking at it has failed in a way that nothing else survives."""

    identity: str
    """Of the medium: its file name in lower case."""
    why: str
    """What it did, in the past tense: ``took too long``."""
    part: str = ""
    """What of the medium, such as ``40-44 s``; empty for all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """How the worker does its work; cache, threads and routing never change the music."""

    cache_dir: str
    left_out: tuple[LeftOut, ...] = ()
    apart: tuple[str, ...] = ()
    """Identities of media whose scenes are looked at one by one, because one of them has failed so."""
    vision: str = "auto"
    weights: str = ""
    threads: int = 0
    """Of the model; 0 for the one that is quickest with models of the size that comes with the program."""
    precision: Literal["single", "int8"] = "single"
    """Of the chord model."""
    routing: Routing = field(default_factory=Routing)
    """Of the parts, in score.mid and in what the player is given; the music itself is the same with any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeRequest:
    """Compose a timeline; exactly one of `timeline` and `video` is given."""

    means: Means
    timeline: Timeline | None = None
    video: PlainVideo | None = None
    wishes: CueDirection = field(default_factory=CueDirection)
    """For every cue; they win over what the direction file says for every cue."""
    direction_text: str = ""
    """direction.toml"""
    direction: Direction | None = None
    """In place of wishes, file and cue list: the whole direction as a value."""
    cues_path: str = ""
    """cues.csv to read; empty or ``auto`` leaves spotting to the program."""
    tempo_map_path: str = ""
    """MIDI file whose tempo and meter every cue obeys; it begins with the edit."""
    follows_temp: bool = False
    """Whether every cue obeys the tempo of the temp music under it, in place of a tempo map of the DAW."""
    kept: Score | None = None
    """The earlier score whose music stays wherever its inputs are the same."""
    out_dir: str = ""
    """Folder for score.json, score.mid, cues.csv, markers.csv, report.json and report.svg; empty writes nothing."""
    midi_dir: str = ""
    """Folder for a MIDI file of each cue, see `version_store.midi_name`; empty, or without `out_dir`, writes none."""
    guide_path: str = ""
    """Guide movie through which scenes are seen whose media are offline; empty where there is none."""
    guide_start: str = ""
    """Timecode of its first frame; empty leaves that to its timecode track, else to its cuts."""
    with_png: bool = False
    """Whether the plot is written as report.png as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """Answer to `ComposeRequest`: the score, and the timeline with the scenes of a plain video found."""

    score: Score
    timeline: Timeline
    warnings: tuple[str, ...]
    paths: tuple[str, ...]
    styles: tuple[str, ...] = ()
    """Names of the styles that there are."""
    tempi: tuple[CueTempi, ...] = ()
    """For the cues that miss a must; found only where files were written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotRequest:
    """Propose where music goes; exactly one of `timeline` and `video` is given."""

    means: Means
    timeline: Timeline | None = None
    video: PlainVideo | None = None
    coverage: float = 0.5
    """Share of the edit that gets music, 0..1."""
    out_path: str
    """cues.csv to write."""
    guide_path: str = ""
    guide_start: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spotted:
    """Answer to `SpotRequest`."""

    proposal: Proposal
    timeline: Timeline
    warnings: tuple[str, ...]
    path: str
    offers: tuple[str, ...] = ()
    """What the temp music of the edit tells, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoRequest:
    """Rank tempi for the cues of a score."""

    score: Score
    cue: str | None = None
    """Number of the cue; None asks for all."""
    tempo_bpm: tuple[float, float] | None = None
    """Lowest and highest; None searches what the cue's tempo was chosen from."""
    n_best: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TempiFound:
    """Answer to `TempoRequest`."""

    cues: tuple[CueTempi, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderRequest:
    """Render a score under its picture (.mp4) or alone (.wav)."""

    score: Score
    means: Means
    timeline: Timeline | None = None
    video: PlainVideo | None = None
    out_path: str
    sound_font: str = ""
    guide_path: str = ""
    guide_start: str = ""
    with_temp: bool = False
    """Whether the temp music of the edit is heard in a film."""
    stems_dir: str = ""
    """Folder for a file of each part of each cue; empty writes none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """Answer to `RenderRequest`."""

    path: str
    duration_s: float
    peak_dbfs: float
    warnings: tuple[str, ...] = ()
    loudness_lufs: float | None = None
    """Of a film; None of music alone, of silence and of less than 400 ms."""
    picture: str = ""
    """How a film got its picture: copied from which file, or coded again and why."""
    stems: tuple[str, ...] = ()
    """Paths of the stems and mixes that were written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThumbnailsRequest:
    """Write a small picture of each scene, SCENE_ID.jpg, that is not in the folder yet."""

    scenes: tuple[Scene, ...]
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnails:
    """Answer to `ThumbnailsRequest`."""

    n_written: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyseRequest:
    """Look at all of a medium, so that its features lie in the cache."""

    means: Means
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    """Answer to `AnalyseRequest`."""

    path: str
    duration_s: float
    n_cuts: int
    backend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FarmRequest:
    """Look at all of many media on a Ray cluster, so that their features lie in the cache of this machine."""

    means: Means
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Farmed:
    """Answer to `FarmRequest`: what was looked at, and a sentence on each other medium."""

    seen: tuple[Analysed, ...]
    warnings: tuple[str, ...]
