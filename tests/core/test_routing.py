"""Routing of parts: registers, channels, controllers and keyswitches, and what is wrong with a parts file."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scores import make_cue, make_score
from v2m_bridge.core.routing import PartRoute, Routing, in_range, remarks_on, routed_cue, routed_score
from v2m_bridge.core.routing_text import load_routing, parse_routing
from v2m_bridge.core.score import ControlChange, CueMusic, Note, Part
from v2m_bridge.core.timebase import TempoMap, tempo_changes
from v2m_bridge.errors import SettingsError

NOTES = st.lists(
    st.builds(Note, st.integers(0, 20_000), st.integers(1, 4000), st.integers(0, 127), st.integers(1, 127)), max_size=40
).map(sorted)
ROUTES = st.integers(0, 116).flatmap(
    lambda low: st.builds(
        PartRoute,
        st.just("pad"),
        transpose=st.integers(-127, 127),
        low=st.just(low),
        high=st.integers(low + 11, 127),
    )
)


def cue_of(part: Part, tempo: TempoMap | None = None) -> CueMusic:
    return make_cue(out_frame=500, parts=(part,), tempo=tempo)


@given(NOTES, ROUTES)
def test_every_note_stays_and_only_octaves_change(notes: list[Note], route: PartRoute) -> None:
    moved = in_range(notes, route)
    assert [note._replace(pitch=0) for note in moved] == [note._replace(pitch=0) for note in notes]
    for before, after in zip(notes, moved, strict=True):
        assert route.low <= after.pitch <= route.high
        assert (after.pitch - before.pitch - route.transpose) % 12 == 0


@given(NOTES)
def test_notes_that_lie_in_the_range_stay_where_they_are(notes: list[Note]) -> None:
    assert in_range(notes, PartRoute("pad")) == notes


def test_notes_that_would_fall_on_one_key_are_put_an_octave_apart() -> None:
    chord = [Note(0, 960, pitch, 80) for pitch in (36, 48, 60)]
    assert {note.pitch for note in in_range(chord, PartRoute("pad", low=40, high=80))} == {48, 60, 72}


@given(
    st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 127)), max_size=120),
    st.floats(40, 200),
    st.floats(40, 200),
)
def test_a_routed_part_has_one_dynamics_controller_and_at_most_fifty_values_a_second(
    values: list[tuple[int, int]], first_bpm: float, second_bpm: float
) -> None:
    tempo = TempoMap(tempo_changes([(0, first_bpm), (3840, second_bpm)]))
    controls = tuple(sorted({tick: ControlChange(tick, 11, value) for tick, value in values}.values()))
    pedal = ControlChange(10, 64, 127)
    part = Part("pad", 5, 89, (Note(0, 960, 60, 80),), (*controls, pedal))
    routed = routed_cue(cue_of(part, tempo), Routing((PartRoute("pad", controller=1),))).parts[0].controls
    assert pedal in routed
    sent = [control for control in routed if control != pedal]
    assert {control.controller for control in sent} <= {1}
    for before, after in pairwise(sent):
        assert tempo.ns_at(after.tick) - tempo.ns_at(before.tick) >= 20_000_000
    if controls:
        assert sent[0].value == controls[0].value
        assert sent[-1].value == controls[-1].value


def test_none_leaves_dynamics_to_velocity_and_keeps_pedals() -> None:
    part = Part("pad", 5, 89, (Note(0, 960, 60, 80),), (ControlChange(0, 11, 90), ControlChange(0, 64, 127)))
    routed = routed_cue(cue_of(part), Routing((PartRoute("pad", controller=-1),)))
    assert routed.parts[0].controls == (ControlChange(0, 64, 127),)


def test_a_part_without_a_route_and_a_score_without_routing_stay_as_they_are() -> None:
    score = make_score()
    assert routed_score(score, Routing()) is score
    routed = routed_score(score, Routing((PartRoute("bass", channel=7),)))
    assert routed.cues[0].parts[0] == score.cues[0].parts[0]
    assert routed.cues[0].parts[1].channel == 7
    assert routed.cues[0].parts[1].notes == score.cues[0].parts[1].notes


def test_an_export_strikes_the_keyswitch_before_the_first_note_and_leaves_the_grid_alone() -> None:
    late = Part("bass", 2, 32, (Note(1920, 960, 40, 80), Note(3840, 960, 43, 80)))
    routing = Routing((PartRoute("bass", keyswitch=24, delay_ms=-120),))
    cue = routed_score(make_score(cues=[cue_of(late)]), routing).cues[0]
    switch, *notes = cue.parts[0].notes
    assert switch.pitch == 24
    assert cue.tempo.ns_at(1920) - cue.tempo.ns_at(switch.onset_tick) == pytest.approx(20e6, abs=1e6)
    assert switch.onset_tick + switch.length_ticks <= 1920
    assert tuple(notes) == late.notes
    first = routed_score(make_score(), routing).cues[0].parts[1].notes[0]
    assert (first.onset_tick, first.pitch) == (0, 24)


def test_a_parts_file_says_everything() -> None:
    text = """
[bass]
port = "Kontakt"
channel = 2
transpose = -12
range = [28, 55]
keyswitch = 24
controller = 11
delay_ms = -62.5
[pad]
controller = "none"
"""
    assert parse_routing(text).routes == (
        PartRoute("bass", "Kontakt", 2, -12, 28, 55, 24, 11, -62.5),
        PartRoute("pad", controller=-1),
    )
    assert parse_routing(text).ports == ("Kontakt",)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("[bass]\nchanel = 2\n", 2, "unknown key 'chanel'; the keys are port, channel"),
        ("[pad]\n\n[bass]\nchannel = 17\n", 4, "channel is 17, not from 1 to 16"),
        ("[bass]\nchannel = true\n", 2, "channel is not a whole number"),
        ('[bass]\nport = ""\n', 2, "port is no name"),
        ("[bass]\nrange = [40]\n", 2, "range is not two MIDI keys"),
        ("[bass]\nrange = [40, 45]\n", 2, "less than an octave"),
        ("[bass]\nkeyswitch = 128\n", 2, "keyswitch is 128, not from 0 to 127"),
        ("[bass]\nrange = [20, 60]\nkeyswitch = 30\n", 3, "keyswitch 30 lies inside the range 20 to 60"),
        ("[bass]\ncontroller = 'cc1'\n", 2, 'neither a number from 0 to 119 nor "none"'),
        ("[bass]\ncontroller = 120\n", 2, "controller is 120, not from 0 to 119"),
        ("[bass]\ndelay_ms = 301\n", 2, "delay_ms is 301, not from -300 to 300"),
        ("[bass]\ndelay_ms = nan\n", 2, "delay_ms is nan"),
        ("channel = 3\n", 1, "stands in no part"),
        ("[bass]\nchannel = 3\n[pad]\nchannel = 3\n", 4, "parts bass and pad share channel 3 of the ports of every"),
        ("[bass]\nchannel = \n", None, "is not TOML"),
    ],
)
def test_what_cannot_be_followed_is_one_sentence_with_its_line(text: str, line: int | None, why: str) -> None:
    with pytest.raises(SettingsError, match=r"parts\.toml") as caught:
        parse_routing(text)
    assert why in str(caught.value)
    assert line is None or f"line {line}:" in str(caught.value)
    assert caught.value.hint


def test_a_routed_part_that_neither_the_score_nor_a_style_has_is_named() -> None:
    score = make_score()
    (part, *_) = sorted({part.name for cue in score.cues for part in cue.parts})
    assert remarks_on(Routing((PartRoute(part), PartRoute("percussion"))), score) == ()
    (remark,) = remarks_on(Routing((PartRoute("bas"), PartRoute(part))), score)
    assert "[bas]" in remark
    assert part in remark


def test_one_channel_on_two_ports_is_no_mistake() -> None:
    assert len(parse_routing('[bass]\nchannel = 3\nport = "A"\n[pad]\nchannel = 3\nport = "B"\n').ports) == 2


def test_a_file_that_is_absent_is_a_mistake_only_where_it_was_named(tmp_path: Path) -> None:
    assert load_routing(tmp_path / "parts.toml", must_exist=False) == Routing()
    with pytest.raises(SettingsError, match="there is no parts file"):
        load_routing(tmp_path / "parts.toml")
    (tmp_path / "parts.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="UTF-8"):
        load_routing(tmp_path / "parts.toml", must_exist=False)
