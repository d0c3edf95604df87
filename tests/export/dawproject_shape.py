"""What DAWproject 1.0 says of the elements that we write: their children in order, and their attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple


class Shape(NamedTuple):
    """Children as a pattern of tags with a space after each, and attributes by kind; a ``!`` marks a required one."""

    children: str = ""
    attributes: str = ""


_NAMED: Final = "name:text color:text comment:text"
_KEYED: Final = f"{_NAMED} id:key"
_TIMED: Final = f"{_KEYED} timeUnit:unit track:ref"
_CONTENT: Final = "(Lanes|Notes|Clips|Points|Video|Audio|Warps|markers)"
_POINTS: Final = Shape("Target (RealPoint |TimeSignaturePoint |IntegerPoint )*", f"{_TIMED} unit:measure")

SHAPES: Final = {
    "Project": Shape("Application (Transport )?(Structure )?(Arrangement )?(Scenes )?", "version:text!"),
    "Application": Shape("", "name:text! version:text!"),
    "Transport": Shape("(Tempo )?(TimeSignature )?"),
    "Tempo": Shape("", f"{_KEYED} max:number min:number unit:measure! value:number"),
    "Volume": Shape("", f"{_KEYED} max:number min:number unit:measure! value:number"),
    "TimeSignature": Shape("", f"{_KEYED} numerator:int! denominator:int!"),
    "Structure": Shape("(Track |Channel )*"),
    "Track": Shape("(Channel )?(Track )*", f"{_KEYED} contentType:content loaded:bool"),
    "Channel": Shape(
        "(Devices )?(Mute )?(Pan )?(Sends )?(Volume )?",
        f"{_KEYED} audioChannels:int destination:ref role:role solo:bool",
    ),
    "Arrangement": Shape("(Lanes )?(Markers )?(TempoAutomation )?(TimeSignatureAutomation )?", _KEYED),
    "Lanes": Shape(f"({_CONTENT} )*", _TIMED),
    "Markers": Shape("(Marker )+", _TIMED),
    "Marker": Shape("", f"{_NAMED} time:number!"),
    "TempoAutomation": _POINTS,
    "TimeSignatureAutomation": _POINTS,
    "Points": _POINTS,
    "Target": Shape("", "parameter:ref expression:expression channel:int key:int controller:int"),
    "RealPoint": Shape("", "time:number! value:number! interpolation:interpolation"),
    "TimeSignaturePoint": Shape("", "time:number! numerator:int! denominator:int!"),
    "Clips": Shape("(Clip )*", _TIMED),
    "Clip": Shape(
        f"({_CONTENT} )?",
        f"{_NAMED} time:number! duration:number contentTimeUnit:unit playStart:number playStop:number loopStart:number"
        " loopEnd:number fadeTimeUnit:unit fadeInTime:number fadeOutTime:number enable:bool reference:ref",
    ),
    "Notes": Shape("(Note )*", _TIMED),
    "Note": Shape("", "time:number! duration:number! channel:int! key:int! vel:number rel:number"),
    "Video": Shape("File ", f"{_TIMED} duration:number! algorithm:text channels:int! sampleRate:int!"),
    "File": Shape("", "path:text! external:bool"),
    "MetaData": Shape("(Title )?(Artist )?(Comment )?"),
    "Title": Shape(),
    "Comment": Shape(),
}
_KINDS: Final = {
    "text": ".*",
    "key": r"[A-Za-z_][\w.-]*",
    "ref": r"[A-Za-z_][\w.-]*",
    "number": r"-?\d+(\.\d+)?(e-?\d+)?",
    "int": r"-?\d+",
    "bool": "true|false",
    "unit": "beats|seconds",
    "measure": "linear|normalized|percent|decibel|hertz|semitones|seconds|beats|bpm",
    "content": "(audio|automation|notes|video|markers|tracks)( (audio|automation|notes|video|markers|tracks))*",
    "role": "regular|master|effect|submix|vca",
    "interpolation": "hold|linear",
    "expression": "gain|pan|transpose|timbre|formant|pressure|channelController|channelPressure|polyPressure"
    "|pitchBend|programChange",
}


def faults(root: Any) -> Iterator[str]:
    """Yield everything about a document that the format does not allow."""
    keys = [element.get("id") for element in root.iter() if element.get("id")]
    if len(keys) != len(set(keys)):
        yield "an id is there twice"
    for element in root.iter():
        shape = SHAPES.get(element.tag)
        if shape is None:
            yield f"there is no element {element.tag}"
            continue
        tags = "".join(f"{child.tag} " for child in element)
        if not re.fullmatch(shape.children, tags):
            yield f"{element.tag} holds {tags}"
        yield from _faults_of_attributes(element, shape, set(keys))


def _faults_of_attributes(element: Any, shape: Shape, keys: set[str]) -> Iterator[str]:
    kinds = dict(each.split(":") for each in shape.attributes.split())
    for name, kind in kinds.items():
        if kind.endswith("!") and name not in element.attrib:
            yield f"{element.tag} lacks {name}"
    for name, value in element.attrib.items():
        kind = kinds.get(name, "").rstrip("!")
        if not kind:
            yield f"{element.tag} has an attribute {name}"
        elif not re.fullmatch(_KINDS[kind], value):
            yield f"{element.tag} says {name}={value!r}, which is no {kind}"
        elif kind == "ref" and value not in keys:
            yield f"{element.tag} refers to {value}, which is not there"
