"""The reference edit as xmeml 5, the way Resolve and Final Cut Pro 7 lay it out: one item per sound, no ticks.

Nested sequences stand in a bin behind the edit that names them.  Names of tracks are written as OpenTimelineIO does.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

from tests.timeline.dialects.xmeml_parts import Item, items, marker, markers, rate, time_remap, timecode
from tests.timeline.reference_edit import (
    MARKS,
    N_FRAMES,
    PROGRAMME,
    SOUND_FRAMES,
    SOUNDS,
    EditRate,
    Mark,
    Nest,
    Sound,
    Source,
)
from v2m_bridge.core.timebase import parse_timecode

SUFFIX = ".xml"

COLOURS = {"green": (0, 200, 40), "red": (230, 20, 20), "blue": (0, 127, 227), "yellow": (240, 220, 20)}


def write(at: EditRate, folder: Path) -> Path:
    path = folder / f"reference{SUFFIX}"
    path.write_text(document(at), encoding="utf-8")
    return path


def document(at: EditRate) -> str:
    video = "\n".join(_item(item, at) for item in items())
    audio = "\n".join(_sound_track(name, at) for name in dict.fromkeys(sound.track for sound in SOUNDS))
    marks = "".join(_marker(mark, mark.at) for mark in MARKS if not mark.on_clip)
    nests = "".join(_nest(item, at) for item in PROGRAMME if isinstance(item, Nest))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml version="5">\n<project><name>Film</name>'
        f'<children>\n<sequence id="Reference">\n<name>Reference</name><duration>{N_FRAMES}</duration>{rate(at)}'
        f"<in>-1</in><out>-1</out>{timecode(at.start_label, at.start.frame, at)}\n<media><video><track>\n{video}\n"
        "<enabled>TRUE</enabled><locked>FALSE</locked></track><format/></video>\n"
        f"<audio>{audio}</audio></media>{marks}</sequence>\n"
        f"<bin><name>Compounds</name><children>{nests}</children></bin></children></project>\n</xmeml>\n"
    )


def _item(item: Item | tuple[int, int], at: EditRate) -> str:
    if isinstance(item, tuple):
        return (
            f"<transitionitem>{rate(at)}<start>{item[0]}</start><end>{item[1]}</end><alignment>center</alignment>"
            "<effect><name>Cross Dissolve</name><effectid>Cross Dissolve</effectid></effect></transitionitem>"
        )
    if isinstance(item.what, Nest):
        return _clip(item.what.name, item, f'<sequence id="{item.what.name}"/>{markers(item, _marker)}', at)
    remap = time_remap(item.what, item)
    return _clip(item.what.name, item, _file(item.what.source, at) + remap + markers(item, _marker), at)


def _clip(name: str, item: Item, rest: str, at: EditRate) -> str:
    return (
        f'<clipitem id="{escape(name)} 0">\n<name>{escape(name)}</name><duration>2000</duration>{rate(at)}'
        f"<start>{item.start}</start><end>{item.end}</end><enabled>TRUE</enabled><in>{item.first}</in>"
        f"<out>{item.last}</out>{rest}<compositemode>normal</compositemode></clipitem>"
    )


def _file(source: Source | None, at: EditRate) -> str:
    assert source is not None
    start = parse_timecode(source.start_label, at.rate).frame
    return (
        f'<file id="{source.reel} 2"><duration>{source.n_frames}</duration>{rate(at)}<name>{source.file}</name>'
        f"<pathurl>file:///rushes/{source.file}</pathurl>{timecode(source.start_label, start, at)}"
        "<media><video><duration>1</duration></video></media></file>"
    )


def _nest(nest: Nest, at: EditRate) -> str:
    clips, record = [], 0
    for shot in nest.shots:
        item = Item(shot, record, record + shot.n_frames, shot.source_in, shot.source_in + shot.n_frames, -1)
        clips.append(_clip(shot.name, item, _file(shot.source, at), at))
        record += shot.n_frames
    return (
        f'<sequence id="{nest.name}"><name>{nest.name}</name><duration>{record}</duration>{rate(at)}'
        f"<media><video><track>{''.join(clips)}</track></video></media></sequence>"
    )


def _sound_track(name: str, at: EditRate) -> str:
    clips = "".join(_sound(sound, at) for sound in SOUNDS if sound.track == name)
    return f"<track><name>{name}</name>{clips}<enabled>TRUE</enabled><locked>FALSE</locked></track>"


def _sound(sound: Sound, at: EditRate) -> str:
    return (
        f'<clipitem id="{sound.name} 1"><name>{sound.name}</name><duration>{SOUND_FRAMES}</duration>{rate(at)}'
        f"<start>{sound.record_in}</start><end>{sound.record_out}</end>"
        f"<enabled>{'TRUE' if sound.enabled else 'FALSE'}</enabled><in>{sound.source_in}</in>"
        f"<out>{sound.source_in + sound.record_out - sound.record_in}</out>"
        f'<file id="{sound.file}"><name>{sound.file}</name><pathurl>file:///sound/{sound.file}</pathurl></file>'
        "<sourcetrack><mediatype>audio</mediatype><trackindex>1</trackindex></sourcetrack>"
        "<filter><enabled>TRUE</enabled><effect><name>Audio Levels</name><effectid>audiolevels</effectid>"
        "<parameter><name>Level</name><parameterid>level</parameterid><value>0.5</value></parameter></effect></filter>"
        "</clipitem>"
    )


def _marker(mark: Mark, place: int) -> str:
    red, green, blue = COLOURS[mark.colour]
    struct = f"<alpha>0</alpha><red>{red}</red><green>{green}</green><blue>{blue}</blue>"
    return marker(mark, place, f"<color>{struct}</color>")
