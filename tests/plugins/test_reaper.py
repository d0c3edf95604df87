"""The REAPER import against a recording stand-in: notes at their times, cues on bar lines, nobody's work touched."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.plugins.reaper import FOLDER, HERE, choose, importing, program, session
from tests.scores import make_cue, make_score
from v2m_bridge.core.score import ControlChange, Note, Part, Score, ScoredHit, ScoredMarker
from v2m_bridge.core.timebase import Meter, MeterChange, TempoChange, TempoMap

NTSC = Fraction(24000, 1001)
WALTZ = TempoMap(
    (TempoChange(0, 600_000), TempoChange(2880, 550_000), TempoChange(5000, 500_001)),
    (MeterChange(0, Meter(3, 4)), MeterChange(6720, Meter(6, 8))),
    pickup_ticks=960,
)
HIT = ScoredHit(60, "accent", "must", "!Door", 0, 0.0, True)


def film() -> Score:
    """Return two cues at 24000/1001: one after a silence, one waltz with a pickup, tempo and meter changes."""
    cues = (
        make_cue(
            "1m01", in_frame=37, out_frame=301, rate=NTSC, tempo=TempoMap.constant(97.3), title="Dawn", hits=(HIT,)
        ),
        make_cue("1m02", in_frame=400, out_frame=800, rate=NTSC, tempo=WALTZ, key="D major"),
    )
    marked = ScoredMarker(60, "!Door", "red"), ScoredMarker(700, "", "")
    return make_score(rate=NTSC, n_frames=900, cues=cues, markers=marked)


def test_every_note_stands_at_its_time_and_on_its_tick(tmp_path: Path) -> None:
    score = film()
    project = importing(score, tmp_path / "score.json")
    for cue in score.cues:
        start_s = score.frame_time(cue.in_frame).seconds
        for part in cue.parts:
            item = project.items(part.name)[cue.number]
            assert item["take"]["is_sorted"]
            ticks = [(on, off, channel, p, v) for on, off, channel, p, v in item["take"]["notes"]]
            assert ticks == [(n.onset_tick, n.onset_tick + n.length_ticks, part.channel - 1, n.pitch, n.velocity)
                             for n in part.notes]  # fmt: skip
            for (on_s, off_s, _, _), note in zip(project.note_times(item), part.notes, strict=True):
                assert on_s == pytest.approx(start_s + cue.tempo.seconds_at(note.onset_tick), abs=1e-3)
                end_tick = note.onset_tick + note.length_ticks
                assert off_s == pytest.approx(start_s + cue.tempo.seconds_at(end_tick), abs=1e-3)
            assert item["start"] == pytest.approx(start_s, abs=1e-9)
            assert item["stop"] >= score.frame_time(cue.out_frame).seconds - 1e-9


def test_programs_controllers_and_pedals_reach_the_item(tmp_path: Path) -> None:
    controls = ControlChange(0, 64, 127), ControlChange(960, 1, 40), ControlChange(1920, 1, 90)
    part = Part("keys", 3, 4, (Note(0, 960, 60, 80),), controls)
    score = make_score(cues=(make_cue(out_frame=50, tempo=TempoMap.constant(120), parts=(part,)),))
    project = importing(score, tmp_path / "score.json")
    assert project.items("keys")["1m01"]["take"]["controls"] == [
        [0, 0xC0, 2, 4, 0],
        [0, 0xB0, 2, 64, 127],
        [960, 0xB0, 2, 1, 40],
        [1920, 0xB0, 2, 1, 90],
        [3840, 0xB0, 2, 64, 0],
    ]


def test_bar_lines_of_the_cues_are_bar_lines_of_the_project(tmp_path: Path) -> None:
    score = film()
    project = importing(score, tmp_path / "score.json")
    assert_bars_agree(score, project.quarters_after_bar_line)
    meters = [(point["beats"], point["unit"]) for point in project.points if point["beats"]]
    assert meters == [(4, 4), (4, 4), (1, 4), (3, 4), (6, 8)]


def assert_bars_agree(score: Score, off_bar: Callable[[float], float], *, last_bars: bool = True) -> None:
    for index, cue in enumerate(score.cues):
        start_s = score.frame_time(cue.in_frame).seconds
        assert off_bar(start_s) < 1e-6
        next_s = score.frame_time(score.cues[index + 1].in_frame).seconds if index + 1 < len(score.cues) else 1e9
        lines = list(cue.tempo.bar_lines(cue.end_tick))
        times = [start_s + float(Fraction(cue.tempo.ns_at(line), 10**9)) for line in lines]
        for at_s in [t for t in times if t < next_s - 1][: None if last_bars else -2]:
            assert off_bar(at_s) < 1e-5


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Return scores whose cues lie apart, touch or overlap."""
    rate = draw(st.sampled_from([Fraction(25), NTSC, Fraction(30000, 1001)]))
    cues, at = [], draw(st.integers(0, 120))
    for number in range(draw(st.integers(1, 4))):
        length = draw(st.integers(60, 500))
        meter = draw(st.sampled_from([Meter(4, 4), Meter(3, 4), Meter(5, 4), Meter(6, 8)]))
        pickup = draw(st.sampled_from([0, 0, 480, 960]))
        us = draw(st.integers(400_000, 900_000))
        tempo = TempoMap((TempoChange(0, us),), (MeterChange(0, meter),), pickup)
        cues.append(make_cue(f"1m{number + 1:02}", in_frame=at, out_frame=at + length, rate=rate, tempo=tempo))
        at += max(40, length + draw(st.sampled_from([-30, 0, 1, 20, 200])))
    return make_score(rate=rate, n_frames=at + 600, cues=cues)


@given(score=scores())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_cue_begins_on_a_bar_line_wherever_it_lies_and_notes_keep_their_times(
    score: Score, tmp_path: Path
) -> None:
    project = importing(score, tmp_path / "score.json")
    assert project.recorded["boxes"] == []
    assert_bars_agree(score, project.quarters_after_bar_line, last_bars=False)
    assert all(31 <= point["bpm"] <= 301 for point in project.points)
    for point in project.points:
        if point["beats"]:
            assert project.quarters_after_bar_line(point["time"] - 2e-9) < 1e-5
    for cue in score.cues:
        start_s = score.frame_time(cue.in_frame).seconds
        for part in cue.parts:
            for (on_s, _, pitch, _), note in zip(
                project.note_times(project.items(part.name)[cue.number]), part.notes, strict=True
            ):
                assert on_s == pytest.approx(start_s + cue.tempo.seconds_at(note.onset_tick), abs=1e-3)
                assert pitch == note.pitch


def test_cues_are_regions_and_scenes_hits_and_the_editors_markers_are_markers(tmp_path: Path) -> None:
    score = film()
    project = importing(score, tmp_path / "score.json")
    at = {frame: float(score.frame_time(frame).exact_s) for frame in (0, 37, 60, 400, 450, 700)}
    assert project.marked(regions=True) == [(at[37], "1m01 Dawn"), (at[400], "1m02")]
    assert project.marked(regions=False) == [
        (at[0], "shot 1"),
        (at[60], "!Door"),
        (at[60], "Hit must accent !Door"),
        (at[450], "shot 2"),
        (at[700], "Marker"),
    ]
    assert project.recorded["undo"] == ["Import score of v2m_bridge"]


def test_importing_again_gives_the_same_project(tmp_path: Path) -> None:
    path = tmp_path / "score.json"
    path.write_bytes(film().to_json())
    first, again = session(f"{choose(path)} run() show() state.answers = {{6}} run() show()")
    assert [p["time"] for p in again.points] == [p["time"] for p in first.points]
    assert again.marked(regions=True) == first.marked(regions=True)
    assert again.marked(regions=False) == first.marked(regions=False)
    assert {name: len(track["items"]) for name, track in again.tracks.items()} == {"chords": 2, "bass": 2}
    assert again.items("bass")["1m02"]["take"]["notes"] == first.items("bass")["1m02"]["take"]["notes"]


THEIRS = """
local function user_marker(name, time, is_region)
  table.insert(state.markers, { is_region = is_region, time = time, stop = time + 1, name = name, number = 90,
                                colour = 0, order = 90 })
end
local function copy(item)
  local text = {}
  for name, value in pairs(item.text) do text[name] = value end
  text.GUID = "{copy}"
  return { start = item.start, stop = item.stop, locked = 0, text = text, take = item.take }
end
local chords, bass = state.tracks[1], state.tracks[2]
user_marker("mine", 3, false)
user_marker("1m01 Dawn", 3, true)
chords.text.P_NAME = "Piano (mine)"
table.insert(chords.items, copy(chords.items[1]))
table.insert(bass.items, { start = 0, stop = 1, locked = 0, text = { GUID = "{mine}" }, take = { notes = {} } })
bass.items[2].locked = 1
bass.items[2].take.notes = {}
for _, marker in ipairs(state.markers) do
  if marker.name == "shot 2" then marker.name = "renamed by me" end
end
"""


def test_importing_again_leaves_alone_what_the_user_made_changed_copied_or_locked(tmp_path: Path) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    first.write_bytes(film().to_json())
    changed = film()
    changed = replace(changed, cues=(replace(changed.cues[0], in_frame=45, title="Dusk"), changed.cues[1]))
    second.write_bytes(changed.to_json())
    play = f"{choose(first)} run() {THEIRS} state.answers = {{7}} {choose(second)} run() show()"
    (project,) = session(play)
    assert project.recorded["boxes"][-1].startswith("1 locked item was kept")
    regions = [name for _, name in project.marked(regions=True)]
    assert sorted(regions) == ["1m01 Dawn", "1m01 Dusk", "1m02"]
    names = [name for _, name in project.marked(regions=False)]
    assert sorted(names) == sorted(
        ["mine", "renamed by me", "shot 1", "shot 2", "!Door", "Hit must accent !Door", "Marker"]
    )
    assert set(project.tracks) == {"Piano (mine)", "bass"}
    owned = [item["text"]["GUID"] for item in project.tracks["Piano (mine)"]["items"]]
    assert len(owned) == 3
    assert "{copy}" in owned
    kept = [item for item in project.tracks["bass"]["items"] if item["locked"] or item["text"]["GUID"] == "{mine}"]
    assert [item["take"]["notes"] for item in kept] == [[], []]
    assert len(project.tracks["bass"]["items"]) == 3


@pytest.mark.parametrize(("answer", "times"), [(6, "score"), (7, "mine"), (2, "mine")])
def test_the_users_own_tempo_is_replaced_only_when_they_say_so(answer: int, times: str, tmp_path: Path) -> None:
    mine = f"state.points = {{ {{ time = 2.5, bpm = 77, beats = 5, unit = 4 }} }} state.answers = {{ {answer} }}"
    project = importing(film(), tmp_path / "score.json", mine)
    assert "1 tempo or time signature" in project.recorded["boxes"][0]
    assert ([point["bpm"] for point in project.points] == [77]) == (times == "mine")
    assert bool(project.recorded["tracks"]) == (answer != 2)
    if answer == 7:
        item = project.items("bass")["1m01"]
        start_s = film().frame_time(37).seconds
        on_s = [on for on, *_ in project.note_times(item)]
        wanted = [start_s + film().cues[0].tempo.seconds_at(note.onset_tick) for note in film().cues[0].parts[1].notes]
        assert on_s == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "a field without a name in line 1"),
        ('{"schema": 0}', "not a score.json"),
        (film().to_json().decode().replace('"schema": 0', '"schema": 7'), "schema 7"),
        (film().to_json().decode().replace('"24000/1001"', '"fast"'), "no frame rate"),
    ],
)
def test_a_file_that_is_no_score_is_refused_in_words_and_changes_nothing(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "score.json"
    path.write_text(text, encoding="utf-8")
    (project,) = session(f"{choose(path)} run() show()")
    assert said in project.recorded["boxes"][0]
    assert project.recorded["tracks"] == project.recorded["markers"] == project.recorded["undo"] == []


def test_a_user_who_chooses_nothing_gets_nothing() -> None:
    (project,) = session("run() show()")
    assert project.recorded["boxes"] == project.recorded["tracks"] == []


@pytest.mark.parametrize(("answer", "told"), [(6, "1m01\n1m02\n"), (7, None)])
def test_a_running_engine_is_told_what_was_imported_where_the_user_wants_it(
    answer: int, told: str | None, tmp_path: Path
) -> None:
    folder = tmp_path / "session" / "score"
    folder.mkdir(parents=True)
    importing(film(), folder / "score.json")
    assert not (folder / "imported.txt").exists(), "no engine runs, so nobody is asked"
    (tmp_path / "session" / "engine.json").write_text("{}")
    project = importing(film(), folder / "score.json", before=f"state.answers = {{{answer}}}")
    assert "Hand them over to REAPER" in project.recorded["boxes"][0]
    assert ((folder / "imported.txt").read_text() if told else None) == told
    assert (folder / "imported.txt").exists() is bool(told)


@pytest.mark.parametrize("path", sorted([*FOLDER.glob("*.lua"), *HERE.glob("*.lua")]), ids=lambda path: path.name)
def test_every_lua_file_compiles_and_is_clean_for_luacheck(path: Path) -> None:
    subprocess.run([program("luac5.4"), "-p", str(path)], check=True)
    checked = subprocess.run(
        [program("luacheck"), "--std", "lua54", "--globals", "reaper", "gfx", "--no-color", "--", str(path)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_the_package_header_names_a_version_and_every_file_that_is_needed() -> None:
    header = (FOLDER / "v2m_import.lua").read_text(encoding="utf-8")
    assert re.search(r"^-- @version \d+\.\d+\.\d+$", header, re.MULTILINE)
    provided = set(re.findall(r"\[nomain\] (\S+)", header))
    assert provided == {path.name for path in FOLDER.glob("*.lua")} - {"v2m_import.lua"}
