"""Layers of segments: what is seen at each moment is the topmost, and nothing is lost or seen twice."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.core.timeline import Media
from v2m_bridge.timeline.roles import role_in, role_of
from v2m_bridge.timeline.segments import Segment, Warp, lay_over, scenes_of

FRAME_S = Fraction(1, 25)


def layer(spans: list[tuple[int, int]], name: str) -> list[Segment]:
    """Return segments from pairs of (hole before, length)."""
    segments, at = [], 0
    for hole, length in spans:
        at += hole
        segments.append(Segment(Fraction(at), Fraction(at + length), name, Media(name), Fraction(at * 10)))
        at += length
    return segments


LAYERS = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), max_size=6)


def at(segments: list[Segment], moment: Fraction) -> Segment | None:
    found = [segment for segment in segments if segment.start_s <= moment < segment.end_s]
    assert len(found) <= 1
    return found[0] if found else None


@given(LAYERS, LAYERS)
def test_the_upper_layer_hides_the_lower_and_sources_run_on(
    low: list[tuple[int, int]], high: list[tuple[int, int]]
) -> None:
    below, above = layer(low, "below"), layer(high, "above")
    seen = lay_over(below, above)
    assert all(a.end_s <= b.start_s for a, b in pairwise(seen))
    for half in range(120):
        moment = Fraction(half, 2)
        expected, got = at(above, moment) or at(below, moment), at(seen, moment)
        assert (expected and (expected.name, expected.source_at(moment))) == (got and (got.name, got.source_at(moment)))


@given(LAYERS.filter(bool), st.sampled_from([Fraction(1, 3), Fraction(1), Fraction(2), Fraction(-1), Fraction(-1, 2)]))
def test_a_warp_needs_and_plays_the_same_stretch(spans: list[tuple[int, int]], speed: Fraction) -> None:
    inside = layer(spans, "inside")
    whole_s = inside[-1].end_s
    warp = Warp(Fraction(0), speed, whole_s / abs(speed))
    assert warp.inside(Fraction(0), warp.length_s, FRAME_S) == (Fraction(0), whole_s)
    played = warp.played(inside, Fraction(0), warp.length_s, FRAME_S)
    assert sum(s.end_s - s.start_s for s in played) == sum(s.end_s - s.start_s for s in inside) / abs(speed)
    assert all(0 <= s.start_s < s.end_s <= warp.length_s for s in played)
    assert all(a.end_s <= b.start_s for a, b in pairwise(played))


@given(LAYERS, st.integers(1, 60), st.fractions(min_value=1, max_value=60, max_denominator=1001))
def test_scenes_tile_whatever_the_segments(spans: list[tuple[int, int]], n_frames: int, rate: Fraction) -> None:
    scenes = scenes_of(layer(spans, "a"), n_frames, rate)
    assert [scenes[0].record_in.frame, scenes[-1].record_out.frame] == [0, n_frames]
    assert all(a.record_out == b.record_in for a, b in pairwise(scenes))
    assert all(a.media or b.media for a, b in pairwise(scenes))


def test_names_of_tracks_tell_their_role() -> None:
    names = {
        "dialogue": ("DX", "dx 1", "DIA2", "A1-VO", "Dialogue", "TEMP DX", "ADR_03"),
        "effects": ("FX", "SFX 2", "AMB_L", "Temp FX"),
        "music": ("MX", "Music 1", "TEMP", "temp mx", "MX-A"),
        "": ("A1", "Audio 2", "", "Maxim", "Foxtrot", "Template"),
    }
    assert {name: role_of(name) for group in names.values() for name in group} == {
        name: role for role, group in names.items() for name in group
    }


def test_metadata_tell_a_role_only_where_it_is_a_role() -> None:
    assert role_in({"x": {"Audio Role": "dialogue.1"}}) == "dialogue"
    assert role_in({"x": {"role": 3, "name": "MX"}}) == ""
    assert role_in({}) == role_in(None) == role_in("MX") == ""
