"""The plot of a score: every value on it, the same bytes from the same values, legible from seconds to hours."""

from __future__ import annotations

import io
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.scores import make_cue, make_score
from v2m_bridge.core.heard import Heard
from v2m_bridge.core.score import Score, ScoredHit
from v2m_bridge.core.speech import SpeechMask
from v2m_bridge.core.temp_music import TempMusic
from v2m_bridge.core.timebase import TempoChange, TempoMap
from v2m_bridge.export.files import MARK
from v2m_bridge.export.plot import LANES, NARROWEST, WIDEST, plot_png, plot_svg

SVG = "{http://www.w3.org/2000/svg}"
HITS = (
    ScoredHit(50, "accent", "must", "bang", 960, -2.25, False),
    ScoredHit(100, "change", "must", "cut", 3840, 0.0, True),
    ScoredHit(150, "change", "may", "cut", 960, 3.0, False),
    ScoredHit(170, "change", "skip", "cut", 960, 3.0, False),
)
HEARD = Heard(
    SpeechMask(((Fraction(1), Fraction(2)), (Fraction(4), Fraction(13, 2)))),
    ((Fraction(3), Fraction(4)),),
    (TempMusic("TEMP", Fraction(7), Fraction(9)),),
)


def _texts(svg: bytes) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 our own


def _boxes(svg: bytes) -> list[tuple[float, float]]:
    """Return left and right of every rectangle."""
    rects = ElementTree.fromstring(svg).iter(f"{SVG}rect")  # noqa: S314 our own
    return [(float(r.attrib["x"]), float(r.attrib["x"]) + float(r.attrib["width"])) for r in rects]


def _size(svg: bytes) -> tuple[int, int]:
    root = ElementTree.fromstring(svg)  # noqa: S314 our own
    return int(root.attrib["width"]), int(root.attrib["height"])


def test_the_plot_names_its_lanes_cues_and_the_frames_that_missed_musts_are_off() -> None:
    score = make_score(cues=[make_cue(title="The sea", hits=HITS)])
    texts = _texts(plot_svg(score, HEARD))
    for words in (*(lane.name for lane in LANES), "1m01 The sea", "120.00", "-2.2", "01:00:00:00", "Test edit"):
        assert words in texts, words
    assert "+3.0" not in texts, "a may that is missed is no alarm"
    assert any("1 of 2 musts met" in words for words in texts)


def test_a_plot_says_where_it_is_not_known_whether_anybody_speaks() -> None:
    unknown = "it is not known whether anybody speaks"
    assert unknown in _texts(plot_svg(make_score()))
    assert unknown not in _texts(plot_svg(make_score(), HEARD))
    assert unknown not in _texts(plot_svg(make_score(), Heard(SpeechMask())))


def test_the_same_values_give_the_same_bytes_and_the_picture_has_the_size_of_the_drawing() -> None:
    score = make_score(cues=[make_cue(hits=HITS)])
    assert plot_svg(score, HEARD) == plot_svg(score, HEARD)
    png = plot_png(score, HEARD)
    assert png == plot_png(score, HEARD)
    with Image.open(io.BytesIO(png)) as image:
        assert image.size == _size(plot_svg(score, HEARD))
        colours = image.convert("RGB").getcolors(1 << 20)
    assert colours is not None
    assert len(colours) > 20
    assert max(colours)[1] in {(255, 255, 255), (242, 246, 251)}, "dark on light"


@pytest.mark.parametrize(("minutes", "width"), [(1, NARROWEST), (10, NARROWEST), (30, 4428), (300, WIDEST)])
def test_a_long_edit_gets_a_wider_sheet_up_to_a_limit(minutes: int, width: int) -> None:
    score = make_score(n_frames=minutes * 1500, cues=[])
    assert _size(plot_svg(score))[0] == width
    labels = [words for words in _texts(plot_svg(score)) if words.count(":") == 3]
    assert 5 <= len(labels) <= width / 60


def test_both_kinds_say_that_they_are_ours() -> None:
    assert MARK.encode() in plot_svg(make_score())
    assert MARK.encode() in plot_png(make_score())


def test_a_tempo_that_changes_is_drawn_as_steps_in_order() -> None:
    tempo = TempoMap((TempoChange(0, 500_000), TempoChange(3840, 520_000), TempoChange(7680, 480_000)))
    svg = plot_svg(make_score(cues=[make_cue(tempo=tempo)]))
    lines = ElementTree.fromstring(svg).iter(f"{SVG}polyline")  # noqa: S314 our own
    steps = [line.attrib["points"].split() for line in lines if line.attrib["stroke"] == "#1f2933"]
    (points,) = steps
    xs, ys = ([float(point.split(",")[axis]) for point in points] for axis in (0, 1))
    assert xs == sorted(xs)
    assert ys[0] < ys[2], "slower is lower"
    assert ys[4] < ys[0], "faster is higher"


@given(
    st.integers(1, 400),
    st.integers(1, 12),
    st.sampled_from([Fraction(25), Fraction(24000, 1001), Fraction(60)]),
    st.text(max_size=40),
)
def test_any_score_gives_a_drawing_that_is_whole_and_stays_on_its_sheet(
    n_frames: int, n_scenes: int, rate: Fraction, name: str
) -> None:
    n_scenes = min(n_scenes, n_frames)
    score = make_score(n_frames=n_frames, n_scenes=n_scenes, rate=rate, name=name, start="00:00:00:00")
    svg = plot_svg(score, HEARD)
    width = _size(svg)[0]
    assert all(0 <= left <= right <= width for left, right in _boxes(svg))


def test_an_edit_without_cues_is_drawn_as_well() -> None:
    score: Score = make_score(cues=[])
    assert "0 cues" in " ".join(_texts(plot_svg(score)))
    assert plot_png(score).startswith(b"\x89PNG")
