"""What a medium says of itself, without decoding its pictures; and the one way in which media are opened."""

from __future__ import annotations

import re
import stat
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
from av.stream import Disposition

from v2m_bridge.core.numbered import NumberedImages, numbered_images
from v2m_bridge.core.timebase import exact_rate, parse_timecode
from v2m_bridge.core.video import MediaInfo
from v2m_bridge.errors import MediaError
from v2m_bridge.vision.hardware import accelerator

# Containers with the pictures inside.  Playlists (hls, concat, dash, sdp, ...) name other files and are left out.
_CONTAINERS: Final = (
    "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,mxf,mxf_opatom,asf,flv,ogg,nut,gxf,dv,rm,ivf,obu,wtv,h264,hevc,"
    "av1,m4v,mjpeg,yuv4mpegpipe,gif,apng,png_pipe,jpeg_pipe,webp_pipe,tiff_pipe,bmp_pipe,dpx_pipe,exr_pipe"
)
_OPTIONS: Final = {"protocol_whitelist": "file", "format_whitelist": _CONTAINERS}
_PLAYLIST_HINT: Final = "Give the video file itself: playlists, folders, devices and addresses are not opened."
_CLOCK: Final = re.compile(r"(\d+):(\d+):(\d+(?:\.\d+)?)")
_US_PER_S: Final = 1_000_000
_SLOWEST_RATE: Final = Fraction(1)


def probe(path: Path) -> MediaInfo:
    """Read length, rate, size and start timecode of a medium.

    Raises
    ------
    MediaError
        When the file is missing, empty, corrupt, no video, or not a plain file.
    """
    with open_medium(path) as container:
        return info_of(path, container)


def open_medium(path: Path, *, device: str = "") -> Any:
    """Open a plain local video file for decoding; nothing that it names is opened with it.

    Parameters
    ----------
    path : Path
    device : str
        Kind of device that is to decode; where it cannot, the processor does.

    Returns
    -------
    av.container.InputContainer
        With at least one video stream that is not a cover picture; the caller closes it.

    Raises
    ------
    MediaError
        As `probe`.
    """
    images = check_plain_file(path)
    try:
        container = _opened_images(images) if images else _opened(path, device)
    except av.error.ArgumentError as exc:
        raise MediaError(f"{path.name} is not a kind of video file that is opened", hint=_PLAYLIST_HINT) from exc
    except (av.error.FFmpegError, OSError) as exc:
        raise MediaError(f"{path.name} is not a video, or is corrupt") from exc
    try:
        picture_stream(path, container)
    except MediaError:
        container.close()
        raise
    return container


def _opened(path: Path, device: str) -> Any:
    file, options = str(path.resolve()), dict(_OPTIONS)
    if device:
        # A device that is busy, gone or not allowed raises one of these before a picture is decoded.
        with suppress(av.error.FFmpegError, OSError, RuntimeError, ValueError):
            return av.open(file, options=options, metadata_errors="replace", hwaccel=accelerator(device))
    return av.open(file, options=options, metadata_errors="replace")


def _opened_images(images: NumberedImages) -> Any:
    return av.open(images.pattern, format="image2", options=images.options, metadata_errors="replace")


def picture_stream(path: Path, container: Any) -> Any:
    """Return the first video stream that is not a cover picture.

    Raises
    ------
    MediaError
        When there is none.
    """
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic and stream.codec_context is not None:
            return stream
    raise MediaError(f"{path.name} holds no pictures", hint="Give a file with a video stream.")


def info_of(path: Path, container: Any) -> MediaInfo:
    """Read what an open container says of itself."""
    stream = picture_stream(path, container)
    rate = _rate(stream)
    start_frame, drop_frame = _start(container, rate)
    return MediaInfo(
        path=str(path),
        duration_s=_duration_s(container, stream, rate),
        rate=rate,
        width=stream.codec_context.width,
        height=stream.codec_context.height,
        has_audio=bool(container.streams.audio),
        start_frame=start_frame,
        drop_frame=drop_frame,
    )


def check_plain_file(path: Path) -> NumberedImages | None:
    """Refuse what is no file, or no plain one, or empty; of numbered images the first and the last are looked at.

    Returns
    -------
    NumberedImages or None
        The images that a path of `NumberedImages.address` stands for.

    Raises
    ------
    MediaError
        Says which.
    """
    images = numbered_images(str(path))
    for file in (path,) if images is None else (images.file(images.first), images.file(images.last)):
        _check_plain_file(file)
    return images


def _check_plain_file(path: Path) -> None:
    try:
        status = path.stat()
    except (OSError, ValueError) as exc:
        raise MediaError(f"there is no file {path}") from exc
    if not stat.S_ISREG(status.st_mode):
        raise MediaError(f"{path} is not a plain file", hint=_PLAYLIST_HINT)
    if status.st_size == 0:
        raise MediaError(f"{path.name} is empty (0 bytes)", hint="Copy or export the file again.")


def _rate(stream: Any) -> Fraction:
    """Average rate; the nominal one where rounding in the container moves it by less than 0.1 %."""
    average, nominal = stream.average_rate, stream.guessed_rate
    rate = average or nominal or _SLOWEST_RATE
    if nominal and abs(nominal - rate) < rate / 1000:
        rate = nominal
    return exact_rate(min(max(Fraction(rate), _SLOWEST_RATE), Fraction(1000)))


def _duration_s(container: Any, stream: Any, rate: Fraction) -> Fraction:
    """Length of the pictures as the container states it; 0 where it does not."""
    if stream.duration and stream.time_base:
        return Fraction(stream.duration * stream.time_base)
    tag = _CLOCK.match(stream.metadata.get("DURATION", ""))  # of the one track, as Matroska writes it
    if tag:
        return round((3600 * int(tag[1]) + 60 * int(tag[2]) + Fraction(tag[3])) * rate) / rate
    if container.duration:
        return round(Fraction(container.duration, _US_PER_S) * rate) / rate
    return Fraction(0)


def _start(container: Any, rate: Fraction) -> tuple[int, bool]:
    """Start timecode in frames, and whether its label is drop-frame; (0, False) where there is no valid label."""
    tags = [stream.metadata.get("timecode") for stream in container.streams] + [container.metadata.get("timecode")]
    for tag in tags:
        if tag:
            try:
                return parse_timecode(tag, rate).frame, any(mark in tag for mark in ";,")
            except ValueError:
                continue
    return 0, False
