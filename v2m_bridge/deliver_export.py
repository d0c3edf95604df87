"""Writes what `v2m export` asks for: never over a file of the user's, nor over an export that somebody changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from v2m_bridge.core.exports import Exported, ExportRequest
from v2m_bridge.core.routing import routed_score
from v2m_bridge.core.score import Score
from v2m_bridge.core.song_map import COUNT_IN_BARS
from v2m_bridge.export.cue_sheet import cue_sheet_csv, cue_sheet_text
from v2m_bridge.export.dawproject import dawproject_bytes
from v2m_bridge.export.edl_marks import edl_bytes
from v2m_bridge.export.fcpxml_marks import fcpxml_bytes
from v2m_bridge.export.files import replace_file
from v2m_bridge.export.marker_lists import premiere_csv, reaper_csv
from v2m_bridge.export.marks import Mark, marks_of
from v2m_bridge.export.midi_file import midi_bytes
from v2m_bridge.export.musicxml import musicxml_bytes
from v2m_bridge.export.pre_roll import frames_of_bars, with_pre_roll
from v2m_bridge.export.reaper import rpp_bytes
from v2m_bridge.export.written import Written
from v2m_bridge.export.xmeml_marks import xmeml_bytes

_RECORD: Final = "exported"


def export_score(request: ExportRequest, _progress: object = None) -> Exported:
    """Write a score as another program's file.

    Raises
    ------
    OutputError
        When the place cannot be written, or a file stands there that is not, byte for byte, an earlier export.
    """
    path = Path(request.out_path)
    data = export_bytes(request)
    written = Written(Path(request.cache_dir) / _RECORD)
    replace_file(path, data, written.is_ours)
    written.remember(data)
    return Exported(path=str(path))


def export_bytes(request: ExportRequest) -> bytes:
    """Return the file that a request asks for; equal requests give equal bytes."""
    return _WRITERS[request.to](request)


def _midi(request: ExportRequest) -> bytes:
    return midi_bytes(with_pre_roll(_routed(request), _pre_roll_bars(request)), with_click=request.click)


def _project(writer: Callable[..., bytes]) -> Callable[[ExportRequest], bytes]:
    def write(request: ExportRequest) -> bytes:
        score = with_pre_roll(_routed(request), request.pre_roll_bars)
        first = score.n_frames - request.score.n_frames
        picture = request.picture or _own_picture(score)
        return writer(score, _marks(request, score), picture=picture, picture_frame=first)

    return write


def _routed(request: ExportRequest) -> Score:
    return routed_score(request.score, request.routing)


def _own_picture(score: Score) -> str:
    """Return the video that was scored as it is; empty where an edit was."""
    source = Path(score.source)
    is_seen = {scene.media for scene in score.scenes} == {source.name}
    return str(source.absolute()) if is_seen and source.is_file() else ""


def _marked(writer: Callable[[Score, tuple[Mark, ...]], bytes]) -> Callable[[ExportRequest], bytes]:
    return lambda request: writer(request.score, _marks(request, request.score))


def _cue_sheet(request: ExportRequest) -> bytes:
    is_text = Path(request.out_path).suffix.lower() == ".txt"
    return (cue_sheet_text if is_text else cue_sheet_csv)(request.score)


def _marks(request: ExportRequest, score: Score) -> tuple[Mark, ...]:
    return marks_of(score, chords=request.chords, emotion=request.emotion)


def _pre_roll_bars(request: ExportRequest) -> int:
    """Return the pre-roll that was asked for; a click gets room for its count-in where the first cue leaves none."""
    first = min((cue.in_frame for cue in request.score.cues), default=0)
    if request.click and not request.pre_roll_bars and first < frames_of_bars(request.score, COUNT_IN_BARS):
        return COUNT_IN_BARS
    return request.pre_roll_bars


_WRITERS: Final[Mapping[str, Callable[[ExportRequest], bytes]]] = MappingProxyType(
    {
        "midi": _midi,
        "reaper": _project(rpp_bytes),
        "dawproject": _project(dawproject_bytes),
        "fcpxml": _marked(fcpxml_bytes),
        "edl": _marked(edl_bytes),
        "xmeml": _marked(xmeml_bytes),
        "premiere-csv": _marked(premiere_csv),
        "reaper-csv": _marked(reaper_csv),
        "musicxml": lambda request: musicxml_bytes(request.score),
        "cue-sheet": _cue_sheet,
    }
)
