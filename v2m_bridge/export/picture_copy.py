"""A picture that one file holds already is copied as it is coded: nothing is lost, and it takes seconds.

That works where the edit shows one medium from beginning to end at its own speed and rate, the medium is H.264 of 8 bit
4:2:0, the first frame is a key frame, and no frame of the edit needs one that stands after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av

from v2m_bridge.core.numbered import numbered_images
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import MediaError
from v2m_bridge.export.media_runs import media_runs
from v2m_bridge.export.source_picture import open_media

_CODEC: Final = "h264"
_PIXELS: Final = frozenset({"yuv420p", "yuvj420p"})
"""8 bit with colours at half size: what every player can show."""
_ON_GRID_FRAMES: Final = Fraction(1, 5)
"""How far a time stamp may lie off its frame: containers round to milliseconds."""


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """Coded frames of a medium that are the picture of an edit."""

    path: str
    first: int
    """Packet of the stream, in the order of the file, with which they begin."""
    numbers: tuple[int, ...]
    """Frame of the edit that each packet holds, in the order of the file; -1 for one that is left out."""

    @property
    def delay(self) -> int:
        """How many frames decoding runs ahead of showing."""
        return max(order - number for order, number in enumerate(number for number in self.numbers if number >= 0))

    def packets(self) -> Iterator[tuple[Any, int]]:
        """Yield each packet with its frame of the edit.

        Raises
        ------
        MediaError
            When the file cannot be read any more.
        """
        with open_media(self.path) as container:
            packets = (packet for packet in container.demux(video=0) if packet.size)
            for _ in range(self.first):
                next(packets, None)
            for number, packet in zip(self.numbers, packets, strict=False):
                if number >= 0:
                    yield packet, number


class NotCopied(Exception):  # noqa: N818 a reason, no error
    """Why a picture has to be coded again."""


def coded_picture(timeline: Timeline) -> CodedPicture:
    """Find the picture of an edit in one file.

    Raises
    ------
    NotCopied
        Says in a clause why it has to be coded again.
    """
    runs = media_runs(timeline)
    if len(runs) != 1 or (runs[0].start, runs[0].end) != (0, timeline.end.frame):
        raise NotCopied("the edit is more than one stretch of one file")
    run = runs[0]
    if run.media.path is None or numbered_images(run.media.path) is not None:
        raise NotCopied(f"{run.media.name} is no film that can be opened")
    try:
        with open_media(run.media.path) as container:
            return _found(container, run.media.path, run.source_in_s, timeline)
    except (MediaError, av.FFmpegError, OSError, ValueError) as exc:
        raise NotCopied(f"{run.media.name} cannot be read through") from exc


def _found(container: Any, path: str, source_in_s: Fraction, timeline: Timeline) -> CodedPicture:
    name, stream = Path(path).name, container.streams.video[0]
    if stream.codec_context.name != _CODEC:
        raise NotCopied(f"{name} is {stream.codec_context.name}, not H.264")
    if stream.codec_context.pix_fmt not in _PIXELS:
        raise NotCopied(f"{name} is {stream.codec_context.pix_fmt}, which players for viewers cannot show")
    if _is_turned(container):
        raise NotCopied(f"{name} is turned when it is shown")
    container.seek(0)
    numbers, keys = _frame_numbers(container, stream, source_in_s, timeline)
    n_frames = timeline.end.frame
    if 0 not in numbers:
        raise NotCopied(f"{name} has no frame where the edit begins")
    first = numbers.index(0)
    if not keys[first]:
        raise NotCopied(f"the edit begins in {name} on a frame that is no key frame")
    last = max(index for index, number in enumerate(numbers) if number is not None and 0 <= number < n_frames)
    wanted = [-1 if number is None or number < 0 else number for number in numbers[first : last + 1]]
    if any(number >= n_frames for number in wanted):
        raise NotCopied(f"the edit ends in {name} on a frame that needs a later one")
    if sorted(number for number in wanted if number >= 0) != list(range(n_frames)):
        raise NotCopied(f"{name} does not hold each frame once, at {timeline.rate} frames per second")
    return CodedPicture(path, first, tuple(wanted))


def _frame_numbers(
    container: Any, stream: Any, source_in_s: Fraction, timeline: Timeline
) -> tuple[list[int | None], list[bool]]:
    """Return the frame of the edit of each packet (None where it lies between frames), and whether it is a key."""
    start_pts, numbers, keys = stream.start_time or 0, [], []
    for packet in container.demux(stream):
        if not packet.size:
            continue
        at: Fraction | None = None
        if packet.pts is not None:
            at = ((packet.pts - start_pts) * stream.time_base - source_in_s) * timeline.rate
        is_on_grid = at is not None and abs(at - round(at)) <= _ON_GRID_FRAMES
        numbers.append(round(at) if at is not None and is_on_grid else None)
        keys.append(bool(packet.is_keyframe))
    return numbers, keys


def _is_turned(container: Any) -> bool:
    frame = next(container.decode(video=0), None)
    return frame is not None and bool(frame.rotation)
