"""What a score can be exported to, and what the exporter is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from v2m_bridge.core.routing import Routing
from v2m_bridge.core.score import Score

MOST_PRE_ROLL_BARS: Final = 16


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A kind of file that a score can be exported to."""

    title: str
    suffixes: tuple[str, ...]
    """Of the file, the usual one first."""
    options: frozenset[str] = frozenset()
    """Names of the options of ``v2m export`` that it knows."""


_MARKS: Final = frozenset({"chords", "emotion"})
_PARTS: Final = frozenset({"pre-roll", "parts"})
_DAW: Final = _MARKS | _PARTS

EXPORTS: Final[Mapping[str, ExportFormat]] = MappingProxyType(
    {
        "midi": ExportFormat("a standard MIDI file", (".mid",), _PARTS | {"click"}),
        "reaper": ExportFormat("a REAPER project", (".rpp",), _DAW | {"picture"}),
        "dawproject": ExportFormat("a DAWproject", (".dawproject",), _DAW | {"picture"}),
        "fcpxml": ExportFormat("markers in Final Cut Pro XML", (".fcpxml",), _MARKS),
        "edl": ExportFormat("markers in an edit decision list of Resolve", (".edl",), _MARKS),
        "xmeml": ExportFormat("markers in Final Cut Pro 7 XML, for Premiere and Resolve", (".xml",), _MARKS),
        "premiere-csv": ExportFormat("a list of markers as Premiere writes it", (".csv",), _MARKS),
        "reaper-csv": ExportFormat("a list of markers and regions for REAPER", (".csv",), _MARKS),
        "musicxml": ExportFormat("a lead sheet in MusicXML", (".musicxml", ".xml")),
        "cue-sheet": ExportFormat("a cue sheet", (".csv", ".txt")),
    }
)
"""By the name that the command line takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """Write a score as a file that another program opens."""

    score: Score
    to: str
    """A key of `EXPORTS`."""
    out_path: str
    cache_dir: str
    """Remembers what was written, so that only an export that nobody changed since is replaced."""
    chords: bool = False
    """Whether chord changes are markers."""
    emotion: bool = False
    """Whether the emotion of each scene is a marker."""
    pre_roll_bars: int = 0
    """Bars in front of the first frame."""
    click: bool = False
    """Whether there is a track that counts in and clicks through every cue."""
    routing: Routing = field(default_factory=Routing)
    """Of the parts, where the format has parts."""
    picture: str = ""
    """Movie of the edit, from its first frame on; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverRequest:
    """Write the files of a score into a folder, as composing does."""

    score: Score
    folder: str
    locks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Locked layers by cue number, for the cue list."""
    routing: Routing = field(default_factory=Routing)
    """Of the parts in score.mid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Answer to `ExportRequest`, and to `DeliverRequest` with its score.json."""

    path: str
