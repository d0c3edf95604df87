"""Where everything of the timeline stands, and what stands at a point.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from PyQt6.QtCore import QPointF, QRectF

from ui.widgets.timeline_scale import TimeScale
from v2m_bridge.core.snapshot import ShownChord, ShownCue, ShownScene, Snapshot

GUTTER_PX: Final = 62
RULER_PX: Final = 26
CUE_PX: Final = 46
HITS_PX: Final = 18
CHORDS_PX: Final = 26
GAP_PX: Final = 4
LEAST_SCENES_PX: Final = 48

Place = Literal["ruler", "cues", "scenes", "hits", "chords"]
LANE_TITLES: Final[dict[Place, str]] = {
    "ruler": "Time",
    "cues": "Cues",
    "scenes": "Scenes",
    "hits": "Hits",
    "chords": "Chords",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What stands at a point: a lane, the cue number or scene id there (empty for none), and the time."""

    place: Place
    name: str
    at_s: float


@dataclass(frozen=True, slots=True)
class TimelineLayout:
    """Geometry of one snapshot at one size and zoom."""

    snapshot: Snapshot
    scale: TimeScale
    height_px: int
    _lanes: dict[Place, QRectF] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        fixed = RULER_PX + CUE_PX + HITS_PX + CHORDS_PX + 4 * GAP_PX
        scenes = max(LEAST_SCENES_PX, self.height_px - fixed)
        heights: dict[Place, float] = {
            "ruler": RULER_PX, "cues": CUE_PX, "scenes": scenes, "hits": HITS_PX, "chords": CHORDS_PX
        }  # fmt: skip
        lanes: dict[Place, QRectF] = {}
        top = 0.0
        for place, height in heights.items():
            lanes[place] = QRectF(self.scale.left_px, top, self.scale.width_px, height)
            top += height + GAP_PX
        object.__setattr__(self, "_lanes", lanes)

    def lane(self, place: Place) -> QRectF:
        """Rectangle of a lane, without the gutter; scenes take what the others leave."""
        return self._lanes[place]

    def cue_rect(self, cue: ShownCue) -> QRectF:
        """Rectangle of a cue's block."""
        return self._span("cues", cue.start_s, cue.end_s)

    def scene_rect(self, scene: ShownScene) -> QRectF:
        """Rectangle of a scene's block."""
        return self._span("scenes", scene.start_s, scene.end_s)

    def chord_rect(self, chord: ShownChord) -> QRectF:
        """Rectangle of a chord."""
        return self._span("chords", chord.at_s, chord.at_s + chord.duration_s)

    def hit_point(self, at_s: float) -> QPointF:
        """Middle of the mark of a hit."""
        return QPointF(self.scale.x_of(at_s), self.lane("hits").center().y())

    def visible_cues(self) -> list[ShownCue]:
        """Return the cues of which something can be seen."""
        return [cue for cue in self.snapshot.cues if self.scale.shows(cue.start_s, cue.end_s)]

    def visible_scenes(self) -> list[ShownScene]:
        """Return the scenes of which something can be seen."""
        return [scene for scene in self.snapshot.scenes if self.scale.shows(scene.start_s, scene.end_s)]

    def at(self, x: float, y: float) -> Target | None:
        """Return what stands at a point; None in the gutter, between lanes and beyond the edit."""
        at_s = self.scale.s_of(x)
        if x < self.scale.left_px or at_s > self.snapshot.length_s:
            return None
        place = next((each for each, lane in self._lanes.items() if _holds(lane, y)), None)
        if place is None:
            return None
        return Target(place, self._name_at(place, at_s), at_s)

    def _name_at(self, place: Place, at_s: float) -> str:
        if place == "scenes":
            return next((scene.id for scene in self.snapshot.scenes if scene.start_s <= at_s < scene.end_s), "")
        if place == "ruler":
            return ""
        return next((cue.number for cue in self.snapshot.cues if cue.start_s <= at_s < cue.end_s), "")

    def _span(self, place: Place, start_s: float, end_s: float) -> QRectF:
        lane, left = self.lane(place), self.scale.x_of(start_s)
        return QRectF(left, lane.top(), max(1.0, self.scale.x_of(end_s) - left), lane.height())


def _holds(lane: QRectF, y: float) -> bool:
    return lane.top() <= y < lane.bottom()
