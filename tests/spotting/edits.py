"""Made edits and made features, and hypothesis strategies over them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.timebase import FrameTime, Meter
from v2m_bridge.core.timeline import Marker, Media, RetimePoint, Scene, Timeline, name_scenes
from v2m_bridge.core.video import MediaInfo, MediumFeatures, VideoFeatures

RATES = (Fraction(24), Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60))
METERS = (Meter(4, 4), Meter(3, 4), Meter(2, 4), Meter(5, 4), Meter(6, 8), Meter(1, 4))


def affect_rows(plan: CuePlan) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """(T, 4) valence, arousal, intensity and whether a slot is muted."""
    affect = plan.affect
    return np.column_stack([affect.valence, affect.arousal, affect.intensity, affect.muted])


def make_medium(
    n_rows: int,
    *,
    seed: int = 0,
    confidence: float | None = None,
    motion: Sequence[float] | None = None,
    valence: Sequence[float] | None = None,
    arousal: Sequence[float] | None = None,
    semantic: bool = False,
) -> MediumFeatures:
    """Return features of `n_rows` seconds: drawn from the seed, or the columns that are given."""
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(6), n_rows)
    features = VideoFeatures(
        semantic=rng.normal(size=(n_rows, 768)).astype(np.float32) if semantic else None,
        scene_offset_s=np.zeros(n_rows, np.float32),
        motion=_column(motion, rng.uniform(0, 40, n_rows)),
        emotion=shares.astype(np.float32),
        valence=_column(valence, rng.uniform(-1, 1, n_rows)),
        arousal=_column(arousal, rng.uniform(-1, 1, n_rows)),
        confidence=_column(None if confidence is None else [confidence] * n_rows, rng.uniform(0, 1, n_rows)),
    )
    info = MediaInfo("made.mov", Fraction(n_rows), Fraction(25), 640, 360, has_audio=False)
    return MediumFeatures(info, features, (), "compact")


def _column(
    given: Sequence[float] | None, drawn: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.asarray(drawn if given is None else given, dtype=np.float32)


def make_timeline(
    shots: Sequence[tuple[int, str | None]],
    *,
    rate: Fraction = Fraction(25),
    start_frame: int = 0,
    drop_frame: bool = False,
    markers: Sequence[Marker] = (),
    source_in_s: Fraction = Fraction(0),
    retime: tuple[RetimePoint, ...] = (),
) -> Timeline:
    """Return an edit of shots (frames, media name or None for black)."""
    scenes, at = [], 0
    for order, (n_frames, name) in enumerate(shots):
        media = None if name is None else Media(name)
        ends = FrameTime(at, rate), FrameTime(at + n_frames, rate)
        scenes.append(Scene("", f"shot {order + 1}", *ends, media, source_in_s, retime))
        at += n_frames
    return Timeline(
        "made",
        rate,
        name_scenes(tuple(scenes)),
        FrameTime(start_frame, rate),
        drop_frame=drop_frame,
        markers=tuple(markers),
    )


NAMES = ("a.mov", "b.mov", "c.mov", "offline.mov")
MEDIA = {name: make_medium(40, seed=index) for index, name in enumerate(NAMES[:3])}
"""All of `NAMES` but the last were seen."""


@st.composite
def timelines(draw: st.DrawFn, *, n_scenes: tuple[int, int] = (2, 20)) -> Timeline:
    """Edits of 2 to 20 shots of half a second to twelve seconds, some offline, some black, some retimed."""
    rate = draw(st.sampled_from(RATES))
    frames = st.integers(int(rate) // 2, 12 * int(rate))
    names = st.sampled_from((*NAMES, None))
    shots = draw(st.lists(st.tuples(frames, names), min_size=n_scenes[0], max_size=n_scenes[1]))
    speed = draw(st.sampled_from((None, Fraction(1, 2), Fraction(3), Fraction(-1), Fraction(0))))
    retime: tuple[RetimePoint, ...] = ()
    if speed is not None:
        retime = (RetimePoint(Fraction(0), Fraction(0)), RetimePoint(Fraction(2), 2 * speed))
    return make_timeline(
        shots,
        rate=rate,
        start_frame=draw(st.sampled_from((0, 3600 * round(rate)))),
        source_in_s=draw(st.sampled_from((Fraction(0), Fraction(7, 3), Fraction(30)))),
        retime=retime,
    )


@st.composite
def wishes(draw: st.DrawFn) -> CueDirection:
    """Tempo ranges, meters and seeds."""
    low = draw(st.floats(40, 160))
    return CueDirection(
        tempo_bpm=(low, low + draw(st.sampled_from((0.0, 0.1, 5.0, 70.0)))),
        meter=draw(st.sampled_from(METERS)),
        seed=draw(st.integers(0, 2**32)),
    )


@st.composite
def directions(draw: st.DrawFn) -> Direction:
    """Directions that hold for every cue."""
    return Direction(defaults=draw(wishes()))
