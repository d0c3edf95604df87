"""The edit that a score was composed for, as far as the score tells."""

from __future__ import annotations

from fractions import Fraction

from v2m_bridge.core.score import Score, ScoredScene
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Marker, Media, RetimePoint, Scene, Timeline


def timeline_of_score(score: Score) -> Timeline:
    """Return the edit of a score with the ids that its scenes have, to be given to `v2m_bridge.core.conform_edit`.

    A speed ramp is remembered as the one speed that shows the same first and last frame, so a scene with a ramp counts
    as retimed; media have no path.  Of a score that keeps no source ranges, scenes begin with the first frame of their
    media.

    Raises
    ------
    ValueError
        When the scenes of the score do not follow each other.
    """
    rate = Fraction(score.rate)
    return Timeline(
        name=score.name,
        rate=rate,
        scenes=tuple(_scene(scene, rate) for scene in score.scenes),
        start=FrameTime(score.start_frame, rate),
        drop_frame=score.drop_frame,
        markers=tuple(Marker(FrameTime(m.frame, rate), m.name, colour=m.colour) for m in score.markers),
        source_path=score.source,
    )


def _scene(scene: ScoredScene, rate: Fraction) -> Scene:
    length_s = (scene.out_frame - scene.in_frame) / rate
    source_in_s = Fraction(scene.source_in_s)
    seen_s = Fraction(scene.source_out_s) - source_in_s if scene.source_out_s else length_s
    straight = (RetimePoint(Fraction(0), Fraction(0)), RetimePoint(length_s, seen_s))
    return Scene(
        id=scene.id,
        name=scene.name,
        record_in=FrameTime(scene.in_frame, rate),
        record_out=FrameTime(scene.out_frame, rate),
        media=Media(scene.media) if scene.media else None,
        source_in_s=source_in_s,
        retime=() if seen_s == length_s else straight,
    )
