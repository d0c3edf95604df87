"""Small xmeml edits for tests."""

from fractions import Fraction
from pathlib import Path

from v2m_bridge.core.timeline import Timeline
from v2m_bridge.timeline import read

RATE = "<rate><timebase>{}</timebase><ntsc>{}</ntsc></rate>"
R25, R24, R30 = RATE.format(25, "FALSE"), RATE.format(24, "FALSE"), RATE.format(30, "FALSE")
TICKS_PER_S = 254_016_000_000


def file(name: str = "a.mov", frames: int = 1000, rate: str = R25) -> str:
    return f'<file id="{name}"><name>{name}</name><pathurl>file:///x/{name}</pathurl>{rate}<duration>{frames}</duration></file>'


def clip(
    start: int,
    end: int,
    first: int = 0,
    rest: str = "",
    *,
    rate: str = R25,
    source: str = file(),
    last: int | None = None,
) -> str:
    out = first + end - start if last is None else last
    return (
        f"<clipitem><name>c</name>{rate}<start>{start}</start><end>{end}</end><in>{first}</in><out>{out}</out>"
        f"{source}{rest}</clipitem>"
    )


def named(sequence_id: str) -> str:
    return f'<sequence id="{sequence_id}"/>'


def effect(effect_id: str, **values: str) -> str:
    parameters = "".join(
        f"<parameter><name>{name}</name>{value if '<' in value else f'<value>{value}</value>'}</parameter>"
        for name, value in values.items()
    )
    return f"<filter><effect><name>e</name><effectid>{effect_id}</effectid>{parameters}</effect></filter>"


def sequence(video: str, audio: str = "", rest: str = "", *, rate: str = R25, name: str = "s") -> str:
    return (
        f'<sequence id="{name}"><name>{name}</name>{rate}<media><video>{video}</video><audio>{audio}</audio></media>'
        f"{rest}</sequence>"
    )


def document(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml version="4">{inside}</xmeml>'


def reread(inside: str, folder: Path, rate: Fraction | None = None) -> Timeline:
    path = folder / "edit.xml"
    path.write_text(document(inside), encoding="utf-8")
    timeline = read(path, rate=rate)
    assert isinstance(timeline, Timeline)
    return timeline


def edit(clips: str, folder: Path, rate: str = R25) -> Timeline:
    return reread(sequence(f"<track>{clips}</track>", rate=rate), folder)


def spans(timeline: Timeline) -> list[tuple[str, int, int]]:
    return [(scene.name, scene.record_in.frame, scene.record_out.frame) for scene in timeline.scenes]


def source_at(timeline: Timeline, seconds: Fraction | int) -> Fraction:
    scene = timeline.scene_at(Fraction(seconds))
    return scene.source_s(Fraction(seconds) - scene.record_in.exact_s)
