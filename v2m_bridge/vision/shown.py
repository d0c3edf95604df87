"""Looking at the media of an edit: at what it shows of each, and at no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from v2m_bridge.core.timeline import Scene, Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.core.work import LeftOut
from v2m_bridge.errors import MediaError
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.emotion import EmotionBackend
from v2m_bridge.vision.held import see_held
from v2m_bridge.vision.spans import Range


def see_media(
    timeline: Timeline,
    backend: EmotionBackend,
    *,
    instead: str,
    left_out: Sequence[LeftOut] = (),
    cache_dir: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[dict[str, MediumFeatures], list[str]]:
    """Look at every medium of an edit once.

    Parameters
    ----------
    timeline : Timeline
    backend : EmotionBackend
        What reads the emotion.
    instead : str
        How scenes are seen whose media cannot be, for the warnings.
    left_out : sequence of LeftOut
        Media that are not opened.
    cache_dir, progress
        As for `analyse`.

    Returns
    -------
    features : dict of str to MediumFeatures
        By identity of the medium; only rows that the edit shows, and a margin, are sure to show something.  Held frames
        by the id of their scene.
    warnings : list of str
        A sentence for each medium that could not be seen.
    """
    found: dict[str, MediumFeatures] = {}
    warnings: list[str] = []
    why_not = {medium.identity: medium.why for medium in left_out}
    sources = {scene.media.identity: scene.media for scene in timeline.scenes if scene.media}
    shown = ranges_shown(timeline)
    for identity, medium in sources.items():
        if medium.path is None:
            warnings.append(f"{medium.name} is offline; its scenes are {instead}")
            continue
        if identity in why_not:
            warnings.append(f"{medium.name} {why_not[identity]} and was left out; its scenes are {instead}")
            continue
        try:
            found[identity] = analyse(
                Path(medium.path), backend=backend, cache_dir=cache_dir, ranges_s=shown[identity], progress=progress
            )
        except MediaError as exc:
            warnings.append(f"{exc}; its scenes are {instead}")
    return found | see_held(timeline.scenes, found, backend, cache_dir=cache_dir), warnings


def ranges_shown(timeline: Timeline) -> Mapping[str, tuple[Range, ...]]:
    """Return, by identity of the medium, the source seconds that each scene shows, from its first to its last picture.

    A retime is followed to all its bends: one that goes forth and back shows more than its two ends.
    """
    shown: dict[str, list[Range]] = {}
    for scene in timeline.scenes:
        if scene.media is not None:
            shown.setdefault(scene.media.identity, []).append(_range(scene))
    return {identity: tuple(dict.fromkeys(ranges)) for identity, ranges in shown.items()}


def _range(scene: Scene) -> Range:
    length_s = scene.n_frames / scene.record_in.rate
    bends = [point.record_s for point in scene.retime if 0 < point.record_s < length_s]
    at_s = [scene.source_s(record_s) for record_s in (length_s * 0, *bends, length_s)]
    return min(at_s), max(at_s)
