"""Looking at the media of an edit: at what it shows of each, and at no more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor
from pathlib import Path

from v2m_bridge.core.timeline import Scene, Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.core.work import LeftOut
from v2m_bridge.errors import MediaError
from v2m_bridge.vision.analyse import analyse
from v2m_bridge.vision.emotion import EmotionBackend
from v2m_bridge.vision.held import see_held
from v2m_bridge.vision.spans import Range

Progress = Callable[[str, int, int], None]


def see_media(
    timeline: Timeline,
    backend: EmotionBackend,
    *,
    instead: str,
    left_out: Sequence[LeftOut] = (),
    apart: Collection[str] = (),
    cache_dir: Path | None = None,
    progress: Progress | None = None,
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
        Media that are not opened, and parts of media that are not decoded.
    apart : collection of str
        Identities of media whose scenes are looked at one by one, so that one that cannot be costs itself alone.
    cache_dir, progress
        As for `analyse`.

    Returns
    -------
    features : dict of str to MediumFeatures
        By identity of the medium; only rows that the edit shows, and a margin, are sure to show something.  Held
        frames, and scenes of media that are looked at apart, by the id of the scene.
    warnings : list of str
        A sentence for each medium that could not be seen.
    """
    found: dict[str, MediumFeatures] = {}
    warnings: list[str] = []
    why_not = {each.identity: each.why for each in left_out if not each.part}
    sources = {scene.media.identity: scene.media for scene in timeline.scenes if scene.media}
    shown = ranges_shown(timeline)
    for identity, medium in sources.items():
        if medium.path is None:
            warnings.append(f"{medium.name} is offline; its scenes are {instead}")
            continue
        if identity in why_not:
            warnings.append(f"{medium.name} {why_not[identity]} and was left out; its scenes are {instead}")
            continue
        if identity in apart:
            parts = {each.part: each.why for each in left_out if each.identity == identity}
            one = _Apart(medium.name, Path(medium.path), backend, instead, cache_dir, progress)
            scenes = [scene for scene in timeline.scenes if scene.media and scene.media.identity == identity]
            found |= one.see(scenes, parts)
            warnings += one.warnings
            continue
        try:
            found[identity] = analyse(
                Path(medium.path), backend=backend, cache_dir=cache_dir, ranges_s=shown[identity], progress=progress
            )
        except MediaError as exc:
            warnings.append(f"{exc}; its scenes are {instead}")
    return found | see_held(timeline.scenes, found, backend, cache_dir=cache_dir), warnings


@dataclass(frozen=True, slots=True)
class _Apart:
    """Looks at the scenes of one medium one by one."""

    name: str
    path: Path
    backend: EmotionBackend
    instead: str
    cache_dir: Path | None
    progress: Progress | None
    warnings: list[str] = field(default_factory=list)

    def see(self, scenes: Sequence[Scene], left_out: Mapping[str, str]) -> dict[str, MediumFeatures]:
        """Return features by the id of the scene; parts that are left out are named with what they did."""
        found: dict[str, MediumFeatures] = {}
        of_part: dict[str, MediumFeatures | None] = {}
        for scene in scenes:
            shown = _range(scene)
            part = f"{max(0, floor(shown[0]))}-{max(0, ceil(shown[1]))} s"
            if part not in of_part:
                of_part[part] = self._see(shown, part, left_out.get(part))
            if (medium := of_part[part]) is not None:
                found[scene.id] = medium
        return found

    def _see(self, shown: Range, part: str, why_not: str | None) -> MediumFeatures | None:
        if why_not is not None:
            self.warnings.append(f"{part} of {self.name} {why_not} and was left out; its scenes are {self.instead}")
            return None
        try:
            return analyse(
                self.path,
                backend=self.backend,
                cache_dir=self.cache_dir,
                ranges_s=[shown],
                alone=part,
                progress=self.progress,
            )
        except MediaError as exc:
            self.warnings.append(f"{exc}; its scenes at {part} are {self.instead}")
            return None


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
