"""Scores that hypothesis draws: any rate and start, cues side by side or apart, tempi that change, hits and markers."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from hypothesis import strategies as st

from tests.scores import make_cue, make_score
from v2m_bridge.core.score import CueMusic, Note, Part, Score, ScoredHit
from v2m_bridge.core.timebase import Meter, MeterChange, TempoMap, tempo_changes


class Clock(NamedTuple):
    """A rate, and whether labels are dropped."""

    rate: Fraction
    drop: bool = False


EDITORS = (
    Clock(Fraction(24000, 1001)),
    Clock(Fraction(24)),
    Clock(Fraction(25)),
    Clock(Fraction(30000, 1001), drop=True),
    Clock(Fraction(30)),
)
NAMES = st.text(max_size=30)


@st.composite
def tempo_maps(draw: st.DrawFn) -> TempoMap:
    meter = draw(st.sampled_from([Meter(4, 4), Meter(3, 4), Meter(6, 8), Meter(5, 4)]))
    steps = [(0, draw(st.floats(40, 200)))]
    for _ in range(draw(st.integers(0, 3))):
        steps.append((steps[-1][0] + draw(st.integers(1, 8)) * 960, draw(st.floats(40, 200))))
    pickup = draw(st.sampled_from([0, meter.ticks_per_beat]))
    return TempoMap(tempo_changes(steps), (MeterChange(0, meter),), pickup)


@st.composite
def cues(draw: st.DrawFn, number: str, in_frame: int, rate: Fraction) -> CueMusic:
    tempo = draw(tempo_maps())
    n_frames = draw(st.integers(20, 400))
    end_tick = tempo.tick_at_ns(int(n_frames / rate * 10**9))
    notes: list[Note] = []
    for pitch in draw(st.lists(st.integers(30, 90), min_size=1, max_size=4, unique=True)):
        at = draw(st.integers(0, end_tick - 7))
        while at < end_tick - 5:
            length = draw(st.integers(3, max(3, end_tick - 3 - at)))
            notes.append(Note(at, length, pitch, draw(st.integers(1, 127))))
            at += length + draw(st.integers(0, 2000))
    part = Part("strings", 3, 48, tuple(sorted(notes)))
    return make_cue(
        number, in_frame=in_frame, out_frame=in_frame + n_frames, rate=rate, tempo=tempo, end_tick=end_tick,
        parts=(part,),
    )  # fmt: skip


@st.composite
def hits(draw: st.DrawFn, in_frame: int, out_frame: int) -> tuple[ScoredHit, ...]:
    frames = draw(st.lists(st.integers(in_frame, out_frame - 1), max_size=4, unique=True))
    return tuple(
        ScoredHit(frame, draw(st.sampled_from(["accent", "stop"])), "must", draw(NAMES), 0, 1.5, draw(st.booleans()))
        for frame in sorted(frames)
    )


@st.composite
def scores(draw: st.DrawFn) -> Score:
    clock = draw(st.sampled_from((*EDITORS, Clock(Fraction(60)))))
    return draw(scores_at(clock))


@st.composite
def scores_at(draw: st.DrawFn, clock: Clock) -> Score:
    rate = clock.rate
    made: list[CueMusic] = []
    at = 0
    for index in range(draw(st.integers(1, 4))):
        at += draw(st.sampled_from([0, 0, 1, 2, 13, 100, 1501]))
        cue = draw(cues(f"1m0{index + 1}", at, rate))
        made.append(replace(cue, title=draw(NAMES), hits=draw(hits(cue.in_frame, cue.out_frame))))
        at = made[-1].out_frame
    hour = draw(st.integers(0, 22))
    return make_score(
        rate=rate,
        n_frames=at + draw(st.integers(0, 300)),
        cues=made,
        start=f"{hour:02}:59:58{';' if clock.drop else ':'}11",
        drop_frame=clock.drop,
        name=draw(NAMES),
    )
