"""The picture of an edit, frame by frame: each scene's source through its retime, black where there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from typing import Any, Final

import av

from v2m_bridge.core.timeline import Scene, Timeline
from v2m_bridge.errors import MediaError
from v2m_bridge.export.source_picture import Size, display_size, open_picture

_SIZE_OF_NOTHING: Final = Size(1280, 720)
_BLACK_LUMA, _NO_CHROMA = 16, 128


class PictureEdit:
    """Frames of a timeline at one size; `warnings` grows while they are read."""

    def __init__(self, timeline: Timeline) -> None:
        """Look at the media of a timeline.

        Raises
        ------
        MediaError
            When there are media and none of them can be seen.
        """
        self._timeline = timeline
        self._blind: dict[str, str] = {}
        sizes = self._sizes()
        if self._blind and not sizes:
            raise MediaError(f"no picture of {timeline.name or 'the edit'} can be seen: {_first(self._blind)}")
        self.size = max(sizes, key=lambda size: (sizes[size], size.width * size.height), default=_SIZE_OF_NOTHING)
        """The size that fills most of the edit; of two equal ones the larger."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What could not be shown and stays black."""
        return tuple(f"{why}; its scenes are black" for why in self._blind.values())

    def frames(self) -> Iterator[Any]:
        """Yield exactly as many av.VideoFrame in yuv420p as the timeline has frames."""
        for scene in self._timeline.scenes:
            yield from self._frames_of(scene)

    def _frames_of(self, scene: Scene) -> Iterator[Any]:
        black = _black(self.size)
        media = scene.media
        with ExitStack() as stack:
            source = None
            for number in range(scene.n_frames):
                picture = black
                if media and media.path and media.identity not in self._blind:
                    try:
                        source = source or stack.enter_context(open_picture(media.path, self.size))
                        picture = source.at(scene.source_s(Fraction(number) / self._timeline.rate))
                    except MediaError as exc:
                        self._blind[media.identity] = str(exc)
                yield picture

    def _sizes(self) -> Counter[Size]:
        """Frames of the edit by the size of what they show; media that cannot be seen are noted."""
        of_media: dict[str, Size] = {}
        frames: Counter[Size] = Counter()
        for scene in self._timeline.scenes:
            media = scene.media
            if media is None or media.identity in self._blind:
                continue
            try:
                if media.path is None:
                    raise MediaError(f"{media.name} is offline")
                if media.identity not in of_media:
                    of_media[media.identity] = display_size(media.path)
                frames[of_media[media.identity]] += scene.n_frames
            except MediaError as exc:
                self._blind[media.identity] = str(exc)
        return frames


def _first(reasons: dict[str, str]) -> str:
    return next(iter(reasons.values()))


def _black(size: Size) -> Any:
    """Return a black frame: luma 16 and chroma 128 of 8 bit video."""
    frame = av.VideoFrame(size.width, size.height, "yuv420p")
    for plane, level in zip(frame.planes, (_BLACK_LUMA, _NO_CHROMA, _NO_CHROMA), strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    return frame
