"""Projects as Shotcut and melt lay them out: a dissolve is an entry of its own between the two shots that it joins."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timeline.dialects.kdenlive_parts import Properties, clock, element
from tests.timeline.reference_edit import RATES
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.timeline import read

AT = next(at for at in RATES if at.name == "29.97df")
LENGTH = 900


def chain(name: str) -> str:
    said: Properties = {"length": clock(LENGTH, AT), "resource": f"{name[0]}.mp4", "mlt_service": "avformat-novalidate"}
    caption: Properties = {"shotcut:caption": f"{name[0]}.mp4"}
    return element("chain", {"id": name, "out": clock(LENGTH - 1, AT)}, said | caption)


def entry(name: str, first: int, n_frames: int) -> str:
    return f'<entry producer="{name}" in="{clock(first, AT)}" out="{clock(first + n_frames - 1, AT)}"/>'


def transition(number: int, a: tuple[str, int], b: tuple[str, int], n_frames: int) -> str:
    """The two shots beneath each other; what begins at 0 does not say so."""
    out = clock(n_frames - 1, AT)
    tracks = "".join(
        f'<track producer="{name}" in="{clock(first, AT)}" out="{clock(first + n_frames - 1, AT)}"/>'
        for name, first in (a, b)
    )
    luma: Properties = {"a_track": 0, "b_track": 1, "factory": "loader", "mlt_service": "luma", "alpha_over": 1}
    mix: Properties = {"a_track": 0, "b_track": 1, "start": -1, "accepts_blanks": 1, "mlt_service": "mix"}
    inside = [tracks, element("transition", {"out": out}, luma), element("transition", {"out": out}, mix)]
    return element(
        "tractor", {"id": f"mix{number}", "in": clock(0, AT), "out": out}, {"shotcut:transition": "lumaMix"}, inside
    )


def project(folder: Path, services: Sequence[str], row: str) -> Timeline:
    rate = AT.rate
    profile = f'<profile frame_rate_num="{rate.numerator}" frame_rate_den="{rate.denominator}"/>'
    black = element("producer", {"id": "black", "out": clock(9, AT)}, {"mlt_service": "color", "resource": "0"})
    tracks = '<track producer="background"/><track producer="playlist0"/>'
    blend: Properties = {"a_track": 0, "b_track": 1, "mlt_service": "frei0r.cairoblend"}
    path = folder / "project.mlt"
    path.write_text(
        f'<mlt LC_NUMERIC="C" producer="main_bin">{profile}<playlist id="main_bin"/>{black}'
        f'<playlist id="background"><entry producer="black"/></playlist>{"".join(services)}'
        f'<playlist id="playlist0"><property name="shotcut:video">1</property>'
        f'<property name="shotcut:name">V1</property>{row}</playlist>'
        f'<tractor id="t" in="{clock(0, AT)}"><property name="shotcut">1</property>{tracks}'
        f"{element('transition', {}, blend)}</tractor></mlt>",
        encoding="utf-8",
    )
    timeline = read(path)
    assert isinstance(timeline, Timeline)
    return timeline


def told(timeline: Timeline) -> list[tuple[str, int, int, Fraction | int]]:
    return [(s.name, s.record_in.frame, s.record_out.frame, s.source_in_s * AT.rate) for s in timeline.scenes]


def test_a_dissolve_is_cut_in_its_middle_and_its_shots_stay_whole(tmp_path: Path) -> None:
    services = [chain(name) for name in ("a0", "b0", "a1", "b1")]
    services.append(transition(0, ("a1", 120), ("b1", 60), 30))
    row = entry("a0", 0, 120) + entry("mix0", 0, 30) + entry("b0", 90, 90)
    timeline = project(tmp_path, services, row)
    assert told(timeline) == [("a.mp4", 0, 135, 0), ("b.mp4", 135, 240, 75)]
    sounds = [(clip.track, clip.name, clip.record_in.frame, clip.record_out.frame) for clip in timeline.audio]
    assert sounds == [("V1", "a.mp4", 0, 150), ("V1", "b.mp4", 120, 240)]


def test_a_shot_that_is_seen_in_two_dissolves_alone_is_one(tmp_path: Path) -> None:
    services = [chain(name) for name in ("a0", "a1", "b1", "b2", "c1", "c0")]
    services += [transition(0, ("a1", 50), ("b1", 10), 20), transition(1, ("b2", 30), ("c1", 0), 20)]
    row = entry("a0", 0, 50) + entry("mix0", 0, 20) + entry("mix1", 0, 20) + entry("c0", 20, 50)
    assert told(project(tmp_path, services, row)) == [
        ("a.mp4", 0, 60, 0),
        ("b.mp4", 60, 80, 20),
        ("c.mp4", 80, 140, 10),
    ]


def test_shots_that_a_cut_leaves_going_on_are_two(tmp_path: Path) -> None:
    row = entry("a0", 0, 50) + entry("a0", 50, 50)
    assert told(project(tmp_path, [chain("a0")], row)) == [("a.mp4", 0, 50, 0), ("a.mp4", 50, 100, 50)]


@given(st.lists(st.tuples(st.integers(1, 90), st.integers(0, 200)), min_size=2, max_size=6), st.data())
def test_dissolves_of_any_length_leave_one_scene_for_each_shot(
    tmp_path_factory: pytest.TempPathFactory, shots: list[tuple[int, int]], data: st.DataObject
) -> None:
    services, row, edges, at = [chain("a0"), chain("b0")], "", [0], 0
    for number, (n_frames, source) in enumerate(shots):
        name = "ab"[number % 2] + "0"
        row += entry(name, source, n_frames)
        at += n_frames
        if number + 1 < len(shots):
            length, coming = data.draw(st.integers(1, 40)), shots[number + 1][1]
            services.append(transition(number, (name, source + n_frames), ("ab"[1 - number % 2] + "0", coming), length))
            shots[number + 1] = (shots[number + 1][0], coming + length)
            row += entry(f"mix{number}", 0, length)
            edges.append(at + length // 2)
            at += length
    timeline = project(tmp_path_factory.getbasetemp(), services, row)
    assert [scene.record_in.frame for scene in timeline.scenes] == edges
    assert timeline.end.frame == at
