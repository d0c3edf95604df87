"""The demo's edit as two other editors would export it: a decision list and Final Cut Pro XML.

Both say what the .otio file says, so that all three give the same score.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from demo_edit import CLIP_FRAMES, MUST_MEET, RATE, SHOTS, START_FRAME, Shot

_NAME: Final = "Demo"
_FRAME_S: Final = Fraction(1, round(RATE))


def _placed() -> Iterator[tuple[int, Shot]]:
    at = 0
    for shot in SHOTS:
        yield at, shot
        at += shot.n_frames


def write_edl(path: Path) -> None:
    """Write a CMX 3600 list with source files, speeds and a locator."""
    lines = [f"TITLE: {_NAME}", "FCM: NON-DROP FRAME", ""]
    for number, (at, shot) in enumerate(_placed(), start=1):
        source = f"{_label(shot.first_frame)} {_label(shot.end_frame)}"
        record = f"{_label(START_FRAME + at)} {_label(START_FRAME + at + shot.n_frames)}"
        lines.append(f"{number:03}  AX       V     C        {source} {record}")
        if shot.speed != 1:
            lines.append(f"M2   AX       {RATE * shot.speed:05.1f}                {_label(shot.first_frame)}")
        lines += [f"* FROM CLIP NAME: {shot.name}", f"* SOURCE FILE: {shot.clip}"]
        if shot.name == MUST_MEET:
            lines.append(f"* LOC: {_label(START_FRAME + at)} RED     !{shot.name}")
        lines.append("")
    path.write_text("\n".join(lines), encoding="utf-8")


def write_fcpxml(footage: Path, path: Path) -> None:
    """Write Final Cut Pro XML 1.10: one spine, speeds as time maps, the marker as a to-do."""
    total = sum(shot.n_frames for shot in SHOTS)
    assets = [_asset(number, clip, footage) for number, clip in enumerate(CLIP_FRAMES, start=2)]
    spine = [_asset_clip(at, shot) for at, shot in _placed()]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<!DOCTYPE fcpxml>",
        '<fcpxml version="1.10">',
        "<resources>",
        f'<format id="r1" name="FFVideoFormat720p25" frameDuration="{_s(1)}" width="1280" height="720"/>',
        *assets,
        "</resources>",
        f'<library><event name="{_NAME}"><project name="{_NAME}">',
        f'<sequence format="r1" duration="{_s(total)}" tcStart="{_s(START_FRAME)}" tcFormat="NDF"><spine>',
        *spine,
        "</spine></sequence></project></event></library></fcpxml>",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _asset(number: int, clip: str, footage: Path) -> str:
    source = quoteattr((footage / clip).resolve().as_uri())
    return (
        f'<asset id="r{number}" name="{clip}" start="0s" duration="{_s(CLIP_FRAMES[clip])}" hasVideo="1" format="r1">'
        f'<media-rep kind="original-media" src={source}/></asset>'
    )


def _asset_clip(at: int, shot: Shot) -> str:
    """Write a clip; with a time map, times inside it are times of its playing, from the first frame of the medium."""
    speed = Fraction(shot.speed)
    start = shot.first_frame / speed
    inside = ""
    if speed != 1:
        whole = CLIP_FRAMES[shot.clip]
        inside += (
            f'<timeMap><timept time="0s" value="0s" interp="linear"/>'
            f'<timept time="{_s(whole / speed)}" value="{_s(whole)}" interp="linear"/></timeMap>'
        )
    if shot.name == MUST_MEET:
        inside += f'<marker start="{_s(start)}" duration="{_s(1)}" value="!{shot.name}" completed="0"/>'
    reference = 2 + list(CLIP_FRAMES).index(shot.clip)
    return (
        f'<asset-clip ref="r{reference}" name={quoteattr(shot.name)} offset="{_s(START_FRAME + at)}" '
        f'start="{_s(start)}" duration="{_s(shot.n_frames)}">{inside}</asset-clip>'
    )


def _s(frames: Fraction | int) -> str:
    seconds = frames * _FRAME_S
    return f"{seconds.numerator}/{seconds.denominator}s" if seconds.denominator > 1 else f"{seconds.numerator}s"


def _label(frame: int) -> str:
    seconds, frames = divmod(frame, round(RATE))
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frames:02}"
