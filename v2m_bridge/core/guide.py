"""A guide movie: the whole edit as one film, with or without leader, that stands in for sources that are offline."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction

from v2m_bridge.core.timeline import Media, Scene, Timeline


@dataclass(frozen=True, slots=True)
class GuideMovie:
    """A guide movie as the user names it."""

    path: str
    start: str = ""
    """Timecode of its first frame; empty leaves that to its timecode track, else to its cuts."""


@dataclass(frozen=True, slots=True)
class PlacedGuide:
    """A guide movie that has been laid along an edit."""

    media: Media
    starts_s: Fraction
    """Where in the movie the first frame of the edit stands, in seconds; below 0 where the movie begins later."""
    has_sound: bool = False
    warnings: tuple[str, ...] = ()

    def shown_in(self, timeline: Timeline, blind: Collection[str]) -> Timeline:
        """Return the edit with the scenes of these ids taken from the guide, at their record range."""
        return replace(timeline, scenes=tuple(self._shown(s) if s.id in blind else s for s in timeline.scenes))

    def _shown(self, scene: Scene) -> Scene:
        return replace(scene, media=self.media, source_in_s=self.starts_s + scene.record_in.exact_s, retime=())
