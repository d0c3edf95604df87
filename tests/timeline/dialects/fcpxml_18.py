"""The reference edit as .fcpxml 1.8: media in a src attribute, clips that hold a video or audio element each."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.sax.saxutils import quoteattr

from tests.timeline.dialects.fcpxml import LANES, first_frame, frames, local_start, marker, nests, time_map
from tests.timeline.reference_edit import (
    MARKS,
    N_FRAMES,
    PROGRAMME,
    SOUND_FRAMES,
    SOUNDS,
    SOURCES,
    EditRate,
    Nest,
    Shot,
    Sound,
)

SUFFIX = ".fcpxml"


def write(at: EditRate, folder: Path) -> Path:
    path = folder / f"reference{SUFFIX}"
    path.write_text(_document(at), encoding="utf-8", newline="\r\n")
    return path


def _document(at: EditRate) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<!DOCTYPE fcpxml SYSTEM "fcpxml.dtd">
<fcpxml version="1.8">
  <resources>
    <format id="r1" frameDuration="{frames(1, at)}" width="1920" height="1080"/>
    <effect id="r2" name="Cross Dissolve"/>
    {_assets(at)}
    {_compounds(at)}
  </resources>
  <event name="Day 1">
    <project name="Empty"/>
    <project name="Reference">
      <sequence duration="{frames(N_FRAMES, at)}" format="r1" tcStart="{frames(at.start.frame, at)}"
          tcFormat="{"DF" if at.drop_frame else "NDF"}">
        <spine>
          {"".join(_items(PROGRAMME, at.start.frame, at, top=True))}
        </spine>
      </sequence>
    </project>
  </event>
</fcpxml>
"""


def _assets(at: EditRate) -> str:
    pictures = (
        f'<asset id="v{source.reel}" name="{source.reel}" src="file://localhost/rushes/{source.file}" hasVideo="1" '
        f'format="r1" start="{frames(first_frame(source, at), at)}" duration="{frames(source.n_frames, at)}"/>'
        for source in SOURCES
    )
    sounds = (
        f'<asset id="s{name}" name="{name}" src="file://localhost/sound/{name}" hasAudio="1" '
        f'duration="{frames(SOUND_FRAMES, at)}"/>'
        for name in dict.fromkeys(sound.file for sound in SOUNDS)
    )
    return "".join((*pictures, *sounds))


def _compounds(at: EditRate) -> str:
    return "".join(
        f'<media id="n{nest.name}" name="{nest.name}"><sequence format="r1">'
        f"<spine>{''.join(_items(nest.shots, 0, at, top=False))}</spine></sequence></media>"
        for nest in nests()
    )


def _items(items: tuple[Shot | Nest, ...] | tuple[Shot, ...], zero: int, at: EditRate, *, top: bool) -> list[str]:
    lines, record = [], 0
    for item in items:
        if isinstance(item, Shot) and item.dissolve_in:
            cut = zero + record - item.dissolve_in // 2
            lines.append(
                f'<transition offset="{frames(cut, at)}" duration="{frames(item.dissolve_in, at)}"/>',
            )
        start, here = local_start(item, at), range(record, record + item.n_frames)
        times = (
            f'offset="{frames(zero + record, at)}" start="{frames(start, at)}" duration="{frames(item.n_frames, at)}"'
        )
        children = ""
        if top:
            children += "".join(
                _sound(sound, start + sound.record_in - record, at) for sound in SOUNDS if sound.record_in in here
            )
            children += "".join(marker(mark, start + mark.at - record, at) for mark in MARKS if mark.at in here)
        lines.append(_item(item, times, children, at))
        record += item.n_frames
    return lines


def _item(item: Shot | Nest, times: str, children: str, at: EditRate) -> str:
    if isinstance(item, Nest):
        return f'<ref-clip ref="n{item.name}" name="{item.name}" {times}>{children}</ref-clip>'
    if item.source is None:
        return f"<gap {times}>{children}</gap>"
    first = frames(first_frame(item.source, at), at)
    return (
        f'<clip name={quoteattr(item.name)} {times} tcFormat="NDF">{time_map(item, at)}'
        f'<video ref="v{item.source.reel}" offset="{first}" start="{first}" '
        f'duration="{frames(item.source.n_frames, at)}"/>{children}</clip>'
    )


def _sound(sound: Sound, offset: Fraction, at: EditRate) -> str:
    off = "" if sound.enabled else ' enabled="0"'
    return (
        f'<clip name={quoteattr(sound.name)} lane="{LANES[sound.track]}" offset="{frames(offset, at)}" '
        f'start="{frames(sound.source_in, at)}" duration="{frames(sound.record_out - sound.record_in, at)}"{off}>'
        f'<audio ref="s{sound.file}" offset="0s" '
        f'duration="{frames(SOUND_FRAMES, at)}" srcCh="1" role="{sound.role}">'
        f'<audio ref="s{sound.file}" lane="-1" offset="0s" duration="{frames(SOUND_FRAMES, at)}" srcCh="2" '
        f'role="{sound.role}"/></audio></clip>'
    )
