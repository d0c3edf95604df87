"""Hypothesis strategies for the values of core."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import strategies as st

from v2m_bridge.core.affect import EMOTIONS, Affect, EmotionOverride
from v2m_bridge.core.cue import Hit, HitKind, Need
from v2m_bridge.core.direction import LOCKS, CueDirection, Direction, SceneDirection
from v2m_bridge.core.harmony import QUALITIES, Chord, Key, Mode
from v2m_bridge.core.timebase import FrameTime, Meter, MeterChange, TempoMap, tempo_changes
from v2m_bridge.core.timeline import Marker, Media, RetimePoint, Scene, Timeline, name_scenes

NTSC_RATES = tuple(Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120))
WHOLE_RATES = tuple(Fraction(n) for n in (1, 10, 12, 15, 24, 25, 30, 48, 50, 60, 100, 120))
DROP_FRAME_RATES = (Fraction(30000, 1001), Fraction(60000, 1001))
METERS = tuple(
    Meter(*pair) for pair in ((4, 4), (3, 4), (2, 4), (5, 4), (7, 8), (6, 8), (9, 8), (1, 4), (7, 4), (3, 2))
)

rates = st.sampled_from(NTSC_RATES + WHOLE_RATES)
pitch_classes = st.integers(0, 11)
bpms = st.floats(20, 300)
meters = st.sampled_from(METERS) | st.builds(Meter, st.integers(1, 32), st.sampled_from((1, 2, 4, 8, 16)))
modes: st.SearchStrategy[Mode] = st.sampled_from(("major", "minor"))
keys = st.builds(Key, pitch_classes, modes)
points = st.builds(
    lambda valence, arousal: Affect(valence / 1000, arousal / 1000), st.integers(-1000, 1000), st.integers(-1000, 1000)
)
overrides: st.SearchStrategy[EmotionOverride] = st.sampled_from(EMOTIONS) | points
words = st.text("abc é♪", max_size=6)


@st.composite
def chords(draw: st.DrawFn) -> Chord:
    """Return any chord that can be written, N among them."""
    root = draw(st.none() | pitch_classes)
    if root is None:
        return Chord(None)
    bass = draw(st.none() | pitch_classes.filter(lambda pitch: pitch != root))
    return Chord(root, draw(st.sampled_from(QUALITIES)).name, bass)


@st.composite
def tempo_maps(draw: st.DrawFn) -> TempoMap:
    """Return a tempo map with up to eight tempi, three meters and perhaps a pickup."""
    lengths = draw(st.lists(st.integers(1, 40_000), max_size=7))
    ticks = [0]
    for length in lengths:
        ticks.append(ticks[-1] + length)
    tempi = tempo_changes([(tick, draw(bpms)) for tick in ticks])
    chosen = draw(st.lists(meters, min_size=1, max_size=3))
    pickup = draw(st.just(0) | st.integers(0, chosen[0].ticks_per_bar - 1))
    at, changes = 0, [MeterChange(0, chosen[0])]
    for before, after in pairwise(chosen):
        at += (pickup if at == 0 else 0) + draw(st.integers(1, 5)) * before.ticks_per_bar
        changes.append(MeterChange(at, after))
    return TempoMap(tempi, tuple(changes), pickup)


@st.composite
def retimes(draw: st.DrawFn) -> tuple[RetimePoint, ...]:
    """Return a retime: none, a constant speed, a freeze, or several speeds (backwards too)."""
    spans = draw(st.lists(st.tuples(st.integers(1, 200), st.integers(-200, 400)), max_size=4))
    points = [RetimePoint(Fraction(0), Fraction(0))]
    for record, source in spans:
        points.append(
            RetimePoint(points[-1].record_s + Fraction(record, 25), points[-1].source_s + Fraction(source, 25))
        )
    return tuple(points) if spans else ()


media = st.builds(Media, st.sampled_from(("a.mov", "B.MP4", "c d.mxf")), st.none() | st.just("media/a.mov"))


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Return an edit of one to five scenes."""
    rate = draw(rates)
    at, scenes = 0, []
    for number in range(draw(st.integers(1, 5))):
        end = at + draw(st.integers(1, 300))
        scenes.append(
            Scene(
                id="",
                name=f"shot {number}",
                record_in=FrameTime(at, rate),
                record_out=FrameTime(end, rate),
                media=draw(st.none() | media),
                source_in_s=Fraction(draw(st.integers(0, 500)), 25),
                retime=draw(retimes()),
            )
        )
        at = end
    markers = draw(st.lists(st.builds(Marker, st.integers(0, at).map(lambda f: FrameTime(f, rate)), words), max_size=3))
    return Timeline(
        "cut 3", rate, name_scenes(tuple(scenes)), FrameTime(3600 * round(rate), rate), False, (), tuple(markers)
    )


wishes = st.builds(
    CueDirection,
    key=st.none() | keys,
    primer=st.none() | st.lists(chords(), min_size=1, max_size=4).map(tuple),
    emotion=st.none() | overrides,
    style=st.none() | st.sampled_from(("felt-piano", "reference")),
    tempo_bpm=st.none() | st.tuples(st.floats(20, 100), st.floats(100, 300)),
    meter=st.none() | meters,
    affect_strength=st.none() | st.floats(0, 2),
    seed=st.none() | st.integers(0, 2**63 - 1),
    locks=st.none() | st.lists(st.sampled_from(LOCKS), unique=True).map(tuple),
)
hits = st.builds(
    Hit,
    st.builds(FrameTime, st.integers(0, 10**6), rates),
    st.sampled_from(HitKind),
    st.sampled_from(Need),
    st.floats(0, 10),
    words,
)
directions = st.builds(
    Direction,
    defaults=wishes,
    cues=st.dictionaries(st.sampled_from(("1m01", "1m02")), wishes),
    scenes=st.dictionaries(
        st.sampled_from(("s01", "s02")),
        st.builds(
            SceneDirection,
            emotion=st.none() | overrides,
            intensity=st.none() | st.floats(0, 1),
            mute=st.booleans(),
            hits=st.lists(hits, max_size=2).map(tuple),
        ),
    ),
)
