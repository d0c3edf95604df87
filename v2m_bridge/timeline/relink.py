"""Media that are not there under their name, found by another: the same name with another suffix, or the reel.

A copy for the composer is often in another container than what was cut, and camera originals are called by their reel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from v2m_bridge.core.timeline import Media, MediaFacts, MediaWanted, Scene, Timeline
from v2m_bridge.timeline.edl_media import NO_REELS, stem_of
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.plain_video import VIDEO_SUFFIXES

_NEAR_FRAMES = 1


def relinked(timeline: Timeline, finder: MediaFinder) -> Timeline | MediaWanted:
    """Link the offline media of an edit to other files of them, where exactly one fits each.

    A file fits that holds all that the edit shows, and whose timecode is that of the medium.  One that has no timecode
    fits by its name alone, and not by its reel.

    Returns
    -------
    Timeline or MediaWanted
        Media that are linked keep their name, by which they are known.  The files that may be meant are asked for
        until the finder knows facts.
    """
    offline = {scene.media.identity: scene.media for scene in timeline.scenes if scene.media and not scene.media.path}
    candidates = {key: found for key, media in offline.items() if (found := _candidates(media, finder))}
    if not candidates:
        return timeline
    if finder.known is None:
        paths = (media.path for found in candidates.values() for media, _ in found if media.path)
        return MediaWanted(tuple(dict.fromkeys(paths)))
    needed = _needed_s(timeline)
    linked: dict[str, Media] = {}
    for key, found in candidates.items():
        fitting = [media for media, by_reel in found if _fits(offline[key], media, by_reel, needed[key], finder)]
        if len(fitting) == 1:
            linked[key] = replace(offline[key], path=fitting[0].path)
    return replace(timeline, scenes=tuple(_linked(scene, linked) for scene in timeline.scenes)) if linked else timeline


def _candidates(media: Media, finder: MediaFinder) -> tuple[tuple[Media, bool], ...]:
    """Return files that a medium may be, each with whether it was found by the reel."""
    by_name = finder.alike(stem_of(media.name), VIDEO_SUFFIXES)
    reel = finder.label_of(media).reel
    if by_name or reel.upper() in NO_REELS:
        return tuple((found, False) for found in by_name)
    by_reel = finder.alike(stem_of(reel), VIDEO_SUFFIXES) or finder.alike(reel, VIDEO_SUFFIXES, cut_short=True)
    return tuple((found, True) for found in by_reel)


def _fits(media: Media, found: Media, by_reel: bool, needed_s: Fraction, finder: MediaFinder) -> bool:
    facts = finder.facts_of(found)
    if facts is None or (facts.n_frames and facts.n_frames / facts.rate < needed_s):
        return False
    start_s = finder.label_of(media).start_s
    if not facts.start_frame:
        return not by_reel
    return start_s is None or _is_near(start_s, facts)


def _is_near(start_s: Fraction, facts: MediaFacts) -> bool:
    """Whether a timecode is that of a file; a file without one says 0, and hours at 24 are those at 24000/1001."""
    nominal_s = Fraction(facts.start_frame, round(facts.rate))
    return any(abs(start_s - at_s) * facts.rate <= _NEAR_FRAMES for at_s in (facts.start_frame / facts.rate, nominal_s))


def _needed_s(timeline: Timeline) -> dict[str, Fraction]:
    """Return, by identity, how long each medium has to be, to a frame."""
    needed: dict[str, Fraction] = {}
    for scene in timeline.scenes:
        if scene.media is not None:
            last_s = max(_shown_s(scene)) - 2 / timeline.rate
            needed[scene.media.identity] = max(needed.get(scene.media.identity, Fraction(0)), last_s)
    return needed


def _shown_s(scene: Scene) -> Iterator[Fraction]:
    length_s = scene.n_frames / scene.record_in.rate
    yield from (scene.source_in_s, scene.source_s(length_s))
    yield from (scene.source_s(point.record_s) for point in scene.retime if 0 < point.record_s < length_s)


def _linked(scene: Scene, linked: dict[str, Media]) -> Scene:
    media = linked.get(scene.media.identity) if scene.media else None
    return replace(scene, media=media) if media else scene
