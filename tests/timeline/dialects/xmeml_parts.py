"""What the programs that write xmeml have in common, for the reference edit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from xml.sax.saxutils import escape

from tests.timeline.reference_edit import MARKS, PROGRAMME, EditRate, Mark, Nest, Shot


@dataclass(frozen=True, slots=True)
class Item:
    """A clip with the frames that xmeml says of it; -1 lies under a transition."""

    what: Shot | Nest
    start: int
    end: int
    first: int
    last: int
    record: int


def rate(at: EditRate) -> str:
    return f"<rate><timebase>{at.nominal}</timebase><ntsc>{'TRUE' if at.ntsc else 'FALSE'}</ntsc></rate>"


def timecode(label: str, frame: int, at: EditRate) -> str:
    form = "DF" if ";" in label else "NDF"
    return (
        f"<timecode>{rate(at)}<string>{label}</string><frame>{frame}</frame>"
        f"<displayformat>{form}</displayformat></timecode>"
    )


def first_of(what: Shot | Nest) -> int:
    """The in point, counted in the time of the clip as it is retimed; backwards from the end of the medium."""
    if isinstance(what, Nest):
        return what.trimmed_in
    assert what.source is not None
    if what.speed < 0:
        return int(Fraction(what.source.n_frames - what.source_in - what.source_frames) / -what.speed)
    return int(what.source_in / what.speed) if what.speed else what.source_in


def items() -> Iterator[Item | tuple[int, int]]:
    """Yield clips, and transitions as their first frame and the one after their last."""
    record = 0
    for index, what in enumerate(PROGRAMME):
        head = what.dissolve_in // 2 if isinstance(what, Shot) else 0
        after = PROGRAMME[index + 1] if index + 1 < len(PROGRAMME) else None
        tail = after.dissolve_in // 2 if isinstance(after, Shot) else 0
        if head:
            yield record - head, record + head
        if not (isinstance(what, Shot) and what.source is None):
            first = first_of(what)
            end = record + what.n_frames
            yield Item(
                what,
                -1 if head else record,
                -1 if tail else end,
                first - head,
                first + what.n_frames + tail,
                record,
            )
        record += what.n_frames


def markers(item: Item, write: Callable[[Mark, int], str]) -> str:
    """Write the markers on a clip, which count as its in point does."""
    inside = first_of(item.what) - item.record
    here = range(item.record, item.record + item.what.n_frames)
    return "".join(write(mark, mark.at + inside) for mark in MARKS if mark.on_clip and mark.at in here)


def marker(mark: Mark, place: int, colour: str) -> str:
    out = place + mark.n_frames if mark.n_frames else -1
    return (
        f"<marker><comment>{escape(mark.comment)}</comment><name>{escape(mark.name)}</name>"
        f"<in>{place}</in><out>{out}</out>{colour}</marker>"
    )


def parameter(name: str, value: str, bounds: str = "") -> str:
    return f"<parameter><parameterid>{name}</parameterid><name>{name}</name>{bounds}{value}</parameter>"


def time_remap(shot: Shot, item: Item) -> str:
    """Write the filter of a retimed clip with the four virtual keys of its graph."""
    if shot.speed == 1:
        return ""
    assert shot.source is not None
    count, speed = shot.source.n_frames, abs(shot.speed)
    length = int(count / speed) if speed else count
    line: Callable[[int], Fraction] = lambda when: when * speed if speed else Fraction(shot.source_in)  # noqa: E731
    if shot.speed < 0:
        line = lambda when: count - when * speed  # noqa: E731
    keys = "".join(
        f"<keyframe><when>{when}</when><value>{float(line(when)):g}</value><speedvirtualkf>TRUE</speedvirtualkf>"
        f"<{kind}>TRUE</{kind}></keyframe>"
        for when, kind in (
            (0, "speedkfstart"),
            (item.first, "speedkfin"),
            (item.last, "speedkfout"),
            (length, "speedkfend"),
        )
    )
    return (
        "<filter><enabled>TRUE</enabled><start>-1</start><end>-1</end><effect><name>Time Remap</name>"
        "<effectid>timeremap</effectid><effectcategory>motion</effectcategory><effecttype>motion</effecttype>"
        "<mediatype>video</mediatype>"
        + parameter("variablespeed", "<value>0</value>", "<valuemin>0</valuemin><valuemax>1</valuemax>")
        + parameter("speed", f"<value>{float(speed * 100):g}</value>")
        + parameter("reverse", f"<value>{'TRUE' if shot.speed < 0 else 'FALSE'}</value>")
        + parameter("frameblending", "<value>FALSE</value>")
        + parameter(
            "graphdict",
            f"<value>0</value>{keys}<interpolation><name>FCPCurve</name></interpolation>",
            f"<valuemin>0</valuemin><valuemax>{count}</valuemax>",
        )
        + "</effect></filter>"
    )
