"""The view-model: snapshots out, commands in, 30 times a second at most."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from tests.ui.engines import RecordingEngine
from tests.ui.snapshots import make_cues, make_player, make_snapshot
from ui.selection import Selection
from ui.view_model import Answer, PanelViewModel
from v2m_bridge.core import commands as do
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.errors import DirectionError


def test_a_snapshot_that_is_shown_already_is_not_told_again(
    view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    told: list[Snapshot] = []
    view_model.changed.connect(told.append)
    view_model.refresh()
    assert told == []
    engine.snapshot = make_snapshot(version=42)
    view_model.refresh()
    view_model.refresh()
    assert told == [engine.snapshot]
    assert view_model.snapshot is engine.snapshot


def test_a_thousand_pushes_in_one_frame_are_one_refresh(
    view_model: PanelViewModel, engine: RecordingEngine, qtbot: QtBot
) -> None:
    told: list[Snapshot] = []
    view_model.changed.connect(told.append)
    for version in range(42, 1042):
        engine.snapshot = make_snapshot(version=version)
        view_model.notice()
    qtbot.waitUntil(lambda: bool(told), timeout=2000)
    assert [snapshot.version for snapshot in told] == [1041]


def test_refreshes_are_never_closer_than_a_thirtieth_of_a_second(engine: RecordingEngine, qtbot: QtBot) -> None:
    view_model = PanelViewModel(engine)
    refreshed_ns: list[int] = []
    view_model.changed.connect(lambda _: refreshed_ns.append(view_model._refreshed_ns))

    def push() -> bool:
        engine.snapshot = make_snapshot(version=engine.snapshot.version + 1)
        view_model.notice()
        return len(refreshed_ns) >= 6

    qtbot.waitUntil(push, timeout=5000)
    assert all(later - earlier >= 30_000_000 for earlier, later in itertools.pairwise(refreshed_ns))


def test_a_command_is_posted_at_once_and_its_answer_is_told_when_it_comes(
    view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    told: list[Answer] = []
    view_model.answered.connect(told.append)
    view_model.set_primer("C Hm")
    assert engine.posted == [do.SetPrimer("1m01", "C Hm")]
    view_model.refresh()
    assert told == []
    error = DirectionError("cannot read the chord", column=3)
    engine.answers[1] = error
    view_model.refresh()
    view_model.refresh()
    assert told == [Answer(do.SetPrimer("1m01", "C Hm"), error)]


def test_every_command_reaches_the_engine_as_itself(view_model: PanelViewModel, engine: RecordingEngine) -> None:
    view_model.select_scene("s5")
    view_model.open("/films/cut.otio")
    view_model.set_key("D minor")
    view_model.set_style("reference")
    view_model.set_tempo("70-140")
    view_model.set_seed("12")
    view_model.new_take()
    view_model.set_cue_emotion("sad")
    view_model.set_scene_emotion("")
    view_model.set_intensity(0.4)
    view_model.mute_scene(True)
    view_model.loop_cue(True)
    view_model.loop_cue(False)
    view_model.apply("1m02")
    view_model.hold(True)
    view_model.follow(True)
    view_model.undo()
    view_model.redo()
    view_model.panic()
    assert engine.posted == [
        do.OpenTimeline("/films/cut.otio"),
        do.SetKey("1m02", "D minor"),
        do.SetStyle("1m02", "reference"),
        do.SetTempo("1m02", "70-140"),
        do.SetSeed("1m02", 12),
        do.SetSeed("1m02", 8),
        do.SetEmotion("1m02", "sad"),
        do.SetEmotion("s5", ""),
        do.SetIntensity("s5", 0.4),
        do.MuteScene("s5", True),
        do.Loop(28.0, 60.0),
        do.Loop(0.0, 0.0),
        do.Apply("1m02"),
        do.Hold(True),
        do.Follow(True),
        do.Undo(),
        do.Redo(),
        do.Panic(),
    ]


@given(st.floats(-1e6, 1e6))
def test_the_panel_never_asks_for_a_time_outside_the_edit(seconds: float) -> None:
    engine = RecordingEngine()
    PanelViewModel(engine).locate(seconds)
    (asked,) = engine.posted
    assert isinstance(asked, do.Locate)
    assert 0 <= asked.seconds <= engine.snapshot.length_s


def test_space_plays_what_stands_and_stops_what_plays(engine: RecordingEngine) -> None:
    view_model = PanelViewModel(engine)
    view_model.play_or_stop()
    engine.snapshot = make_snapshot(version=42, player=make_player(playing=True))
    view_model.refresh()
    view_model.play_or_stop()
    assert engine.posted == [do.Play(), do.Stop()]


def test_without_a_cue_nothing_is_asked_of_one() -> None:
    engine = RecordingEngine(Snapshot(version=0))
    view_model = PanelViewModel(engine)
    for deed in (view_model.set_primer, view_model.set_seed, view_model.set_cue_emotion, view_model.set_scene_emotion):
        deed("7")
    view_model.new_take()
    view_model.loop_cue(True)
    view_model.mute_scene(True)
    assert engine.posted == []


@pytest.mark.parametrize("text", ["", "seven", "-1", "1.5"])
def test_a_seed_that_is_no_whole_number_is_refused_with_a_sentence(
    view_model: PanelViewModel, engine: RecordingEngine, text: str
) -> None:
    told: list[Answer] = []
    view_model.answered.connect(told.append)
    view_model.set_seed(text)
    assert engine.posted == []
    assert told[0].error is not None
    assert "whole number" in str(told[0].error)


def test_a_lost_engine_is_told_once_and_commands_are_refused_with_a_sentence(
    view_model: PanelViewModel, engine: RecordingEngine
) -> None:
    lost: list[None] = []
    told: list[Answer] = []
    view_model.lost.connect(lambda: lost.append(None))
    view_model.answered.connect(told.append)
    engine.lost = True
    view_model.refresh()
    view_model.refresh()
    view_model.play()
    assert len(lost) == 1
    assert [str(answer.error) for answer in told] == ["the engine is gone"]


def test_the_selection_follows_what_exists(view_model: PanelViewModel, engine: RecordingEngine) -> None:
    view_model.select_scene("s6")
    assert view_model.selection == Selection("1m02", "s6", "scene")
    engine.snapshot = make_snapshot(version=42, cues=make_cues()[:1])
    view_model.refresh()
    assert view_model.selection == Selection("1m01", "s6", "scene")


def test_the_playhead_goes_on_between_two_pushes(qtbot: QtBot) -> None:
    clock_ns = [0]
    engine = RecordingEngine()
    view_model = PanelViewModel(engine, now_ns=lambda: clock_ns[0])
    heard: list[float] = []
    view_model.moved.connect(heard.append)
    engine.snapshot = make_snapshot(version=42, player=make_player(playing=True, at_ns=10**9))
    view_model.refresh()
    clock_ns[0] = 500_000_000
    qtbot.waitUntil(lambda: heard[-1] == 1.5, timeout=2000)
    engine.snapshot = make_snapshot(version=43, player=make_player(at_ns=2 * 10**9))
    view_model.refresh()
    clock_ns[0] = 10**12
    assert view_model.position_s == 2.0
    assert not view_model._frames.isActive()


def test_nothing_wakes_the_panel_while_the_transport_stands(view_model: PanelViewModel) -> None:
    view_model.refresh()
    assert not view_model._frames.isActive()
    assert not view_model._due.isActive()
