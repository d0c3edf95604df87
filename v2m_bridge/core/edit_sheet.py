"""What the player is told of the edit itself: its timecode, scenes, markers and tempo.

Times are nanoseconds from the first frame of the edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from v2m_bridge.core.score import Score
from v2m_bridge.core.song_map import song_map


class SpokenScene(NamedTuple):
    """A scene as it is announced over OSC."""

    at_ns: int
    end_ns: int
    scene_id: str
    name: str
    emotions: tuple[float, ...]
    """Six shares in the published order."""


class SpokenMarker(NamedTuple):
    """A marker of the edit as it is announced over OSC."""

    at_ns: int
    marker_id: str
    scene_id: str
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class EditSheet:
    """What the player says of the edit itself: its timecode, scenes and markers, in order."""

    rate: str
    """Frames per second as ``24000/1001`` or ``25``."""
    start_frame: int
    """Timecode of the first frame, in frames."""
    drop_frame: bool
    end_ns: int
    scenes: tuple[SpokenScene, ...]
    markers: tuple[SpokenMarker, ...]
    tempi: tuple[tuple[int, int], ...] = ()
    """(tick, microseconds per quarter) of the whole edit on one axis, as score.mid has it."""
    meters: tuple[tuple[int, int, int], ...] = ()
    """(tick, beats, unit) on the same axis."""


def edit_sheet_of(score: Score) -> EditSheet:
    """Return what is said of the edit of a score while it plays."""
    scenes = tuple(
        SpokenScene(
            score.frame_time(scene.in_frame).ns,
            score.frame_time(scene.out_frame).ns,
            scene.id,
            scene.name,
            scene.emotions,
        )
        for scene in score.scenes
    )
    markers = tuple(
        SpokenMarker(
            score.frame_time(marker.frame).ns,
            f"m{index}",
            next((s.id for s in score.scenes if s.in_frame <= marker.frame < s.out_frame), ""),
            marker.name,
            marker.colour,
        )
        for index, marker in enumerate(sorted(score.markers, key=lambda m: m.frame), start=1)
    )
    end_ns = score.frame_time(score.n_frames).ns
    song = song_map(score)
    return EditSheet(
        score.rate,
        score.start_frame,
        score.drop_frame,
        end_ns,
        tuple(sorted(scenes)),
        markers,
        tempi=tuple((change.tick, change.us_per_quarter) for change in song.tempo.tempi),
        meters=tuple((meter.tick, meter.beats, meter.unit) for meter in song.meters),
    )
