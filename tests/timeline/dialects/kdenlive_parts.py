"""What Kdenlive projects of all versions share: elements, times, bin clips and what lies on the tracks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from xml.sax.saxutils import escape, quoteattr

from tests.timeline.reference_edit import MARKS, PROGRAMME, SOUND_FRAMES, SOUNDS, SOURCES, EditRate, Mark, Nest, Shot

BIN_IDS = {
    name: number
    for number, name in enumerate((*(s.file for s in SOURCES), *dict.fromkeys(s.file for s in SOUNDS)), start=2)
}
TRACKS = tuple(dict.fromkeys(sound.track for sound in SOUNDS))
SOURCE_BY_FILE = {source.file: source for source in SOURCES}
Properties = dict[str, object]


@dataclass(frozen=True)
class Clip:
    """A piece of a track: frames `first` to `last` of a producer, from frame `at` on."""

    producer: str
    at: int
    first: int
    last: int
    file: str = ""
    held: bool = False
    bin_id: int = 0

    @property
    def end(self) -> int:
        return self.at + self.last - self.first + 1


@dataclass
class Row:
    """The clips of a track, which may overlap where one dissolves into the next."""

    clips: list[Clip] = field(default_factory=list)


def clock(frame: int, at: EditRate) -> str:
    """Write a position as MLT does: hours and minutes in whole frames, seconds to a thousandth."""
    hours = int(frame / (3600 * at.rate))
    rest = frame - floor(hours * 3600 * at.rate)
    minutes = int(rest / (60 * at.rate))
    rest -= floor(minutes * 60 * at.rate)
    return f"{hours:02}:{minutes:02}:{float(rest / at.rate):06.3f}"


def element(tag: str, attributes: dict[str, str], properties: Properties, inside: Iterable[str] = ()) -> str:
    """Write an element with its properties."""
    written = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    lines = [
        f"  <property name={quoteattr(name)}>{escape(str(value))}</property>" for name, value in properties.items()
    ]
    return "\n".join((f" <{tag}{written}>", *lines, *inside, f" </{tag}>"))


def profile(at: EditRate) -> str:
    return (
        f'<profile colorspace="709" description="HD 1080" display_aspect_den="9" display_aspect_num="16" '
        f'frame_rate_den="{at.rate.denominator}" frame_rate_num="{at.rate.numerator}" height="1080" progressive="1" '
        'sample_aspect_den="1" sample_aspect_num="1" width="1920"/>'
    )


def address(file: str) -> str:
    return file if file in SOURCE_BY_FILE else f"/sound/{file}"


def n_frames(file: str) -> int:
    return SOURCE_BY_FILE[file].n_frames if file in SOURCE_BY_FILE else SOUND_FRAMES


def producer_name(shot: Shot) -> str:
    """Return the id of the producer that plays a shot: one for each source and speed."""
    assert shot.source is not None
    name = f"v{BIN_IDS[shot.source.file]}"
    return (
        name if shot.speed in (0, 1) else f"{name}_at_{shot.speed.numerator}_{shot.speed.denominator}".replace("-", "m")
    )


def clip(shot: Shot, at: int, before: int = 0, after: int = 0) -> Clip:
    """Place a shot whose first frame stands at `at`, longer at both ends where it dissolves."""
    assert shot.source is not None
    first = shot.source_in
    if shot.speed < 0:
        first = shot.source.n_frames - 1 - (shot.source_in + shot.source_frames - 1)
    elif shot.speed > 0:
        first = int(shot.source_in / shot.speed)
    last = first + shot.n_frames - 1 + after
    return Clip(
        producer_name(shot),
        at - before,
        first - before,
        last,
        shot.source.file,
        shot.speed == 0,
        BIN_IDS[shot.source.file],
    )


def pictures(shots: Sequence[Shot | Nest], nest: Callable[[Nest, int], Clip]) -> list[Clip]:
    """Place the shots one after the other; clips on both sides of a dissolve overlap by its length."""
    placed, at = [], 0
    for number, item in enumerate(shots):
        following = shots[number + 1] if number + 1 < len(shots) else None
        after = following.dissolve_in // 2 if isinstance(following, Shot) else 0
        if isinstance(item, Nest):
            placed.append(nest(item, at))
        elif item.source is not None:
            placed.append(clip(item, at, item.dissolve_in // 2, after))
        at += item.n_frames
    return placed


def playlist(name: str, clips: Sequence[Clip], time: Callable[[int], str], properties: Properties) -> str:
    """Write a playlist: entries, and blanks between them."""
    lines, at = [], 0
    for one in clips:
        if one.at > at:
            lines.append(f'  <blank length="{time(one.at - at)}"/>')
        entry = {"producer": one.producer, "in": time(one.first), "out": time(one.last)}
        known: Properties = {"kdenlive:id": one.bin_id} if one.bin_id else {}
        held = [freeze(time)] if one.held else []
        lines.append(element("entry", entry, known, held))
        at = one.end
    return element("playlist", {"id": name}, properties, lines)


def freeze(time: Callable[[int], str]) -> str:
    said: Properties = {"mlt_service": "freeze", "kdenlive_id": "freeze", "frame": 0}
    return element("filter", {"id": "filter0"}, said | {"freeze_after": 0, "freeze_before": 0})


def retimed(shot: Shot) -> tuple[dict[str, int], Properties]:
    """Return how long a producer at a speed is, and its properties."""
    assert shot.source is not None
    count = int(shot.source.n_frames / abs(shot.speed))
    speed = float(shot.speed)
    return {"out": count - 1}, {
        "length": count,
        "eof": "pause",
        "resource": f"{speed:g}:{shot.source.file}",
        "warp_speed": f"{speed:g}",
        "warp_resource": shot.source.file,
        "warp_pitch": 0,
        "mlt_service": "timewarp",
        "kdenlive:id": BIN_IDS[shot.source.file],
    }


def marks_json(marks: Iterable[tuple[int, Mark]], types: dict[str, int], *, lengths: bool) -> str:
    """Write markers at frames of what they hang on."""
    rows = []
    for pos, mark in marks:
        row: dict[str, object] = {"comment": mark.name, "pos": pos, "type": types[mark.colour]}
        rows.append(row | ({"duration": mark.n_frames} if lengths else {}))
    return json.dumps(rows, indent=4)


def guides() -> list[tuple[int, Mark]]:
    return [(mark.at, mark) for mark in MARKS if not mark.on_clip]


def marks_of(file: str, *, in_nest: bool) -> list[tuple[int, Mark]]:
    """Return the markers of clips of a source, at frames of the source."""
    found: list[tuple[int, Mark]] = []
    at = 0
    for item in PROGRAMME:
        shots = [(at, item)] if isinstance(item, Shot) else []
        if isinstance(item, Nest):
            inside = at - item.trimmed_in
            for shot in item.shots:
                shots.append((inside, shot))
                inside += shot.n_frames
        for mark in MARKS:
            if mark.on_clip and at <= mark.at < at + item.n_frames and isinstance(item, Nest) == in_nest:
                for start, shot in shots:
                    if shot.source and shot.source.file == file and start <= mark.at < start + shot.n_frames:
                        found.append((shot.source_in + mark.at - start, mark))
        at += item.n_frames
    return found


def sounds(track: str) -> list[Clip]:
    """Return the clips of a track of sound; what is off is played by a producer of its own."""
    found = []
    for sound in SOUNDS:
        if sound.track == track:
            name = f"a{BIN_IDS[sound.file]}" + ("" if sound.enabled else "_off")
            last = sound.source_in + sound.record_out - sound.record_in - 1
            found.append(Clip(name, sound.record_in, sound.source_in, last, sound.file, bin_id=BIN_IDS[sound.file]))
    return sorted(found, key=lambda one: one.at)


def all_shots() -> list[Shot]:
    """Return the shots that show a source, nests opened."""
    opened = [shot for item in PROGRAMME for shot in (item.shots if isinstance(item, Nest) else (item,))]
    return [shot for shot in opened if shot.source]


def speeds() -> list[Shot]:
    """Return one shot for each source and speed other than one."""
    return list(
        {producer_name(shot): shot for shot in all_shots() if shot.speed not in (Fraction(0), Fraction(1))}.values()
    )
