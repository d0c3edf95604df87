"""The score's tempo map in a real Ardour: what is recorded lies on its grid, and another tempo there is named."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.export.ardour_peer import ardour_in
from tests.player.ardour import CLOCK_OUT, INPUT, TEMPO_MAP, TICKS_PER_QUARTER, Recorded, ardour
from tests.player.ardour_chase import SYNC_IN, TOLERANCE_MS, following, score_of, stand_at_start
from tests.player.jack_server import RATE
from tests.player.processes import OUTPUT, Child, connect
from v2m_bridge.core.score import Score
from v2m_bridge.core.song_map import song_map
from v2m_bridge.core.timebase import NS_PER_S, Meter, MeterChange, TempoMap, tempo_changes
from v2m_bridge.core.timebase import TICKS_PER_QUARTER as OURS
from v2m_bridge.export.midi_file import midi_bytes

pytestmark = pytest.mark.long

_SECONDS = 16
_STEPS = ((0, 97.0), (3840, 103.5), (11520, 88.25), (19200, 131.0))
_ONE = ((0, 97.0),)
"""Ardour 7.3 sends MIDI Clock in the first tempo of its map all along."""


def _imported_tempo_map(folder: Path, file: Path) -> str:
    """Let Ardour import a MIDI file with its tempo map, and return the map as its session has it then."""
    importing = ardour_in(folder)
    importing.imports(file)
    found = TEMPO_MAP.search((folder / file.stem / "peer.ardour").read_text())
    assert found is not None
    return found.group()


@pytest.mark.parametrize(("source", "steps"), [("jack", _STEPS), ("clock", _ONE)])
def test_notes_recorded_under_the_imported_tempo_map_lie_on_ardours_own_grid(
    source: str, steps: tuple[tuple[int, float], ...], tmp_path: Path
) -> None:
    tempo = TempoMap(tempo_changes(list(steps)), (MeterChange(0, Meter(4, 4)),), 0)
    score = score_of(_SECONDS + 4, tempo)
    file = tmp_path / "grid.mid"
    file.write_bytes(midi_bytes(score))
    imported = _imported_tempo_map(tmp_path / "importing", file)
    with (
        ardour(tmp_path, follows_jack=source == "jack", clock=source == "clock", tempo_map=imported) as daw,
        following(source, score) as (child, _),
    ):
        connect(OUTPUT, INPUT)
        if source == "clock":
            connect(CLOCK_OUT, SYNC_IN)
        daw.say("/transport_stop", 1.0)
        daw.record()
        stand_at_start(child)
        daw.say("/transport_play", 1.0)
        warnings = _warnings_until(child, _SECONDS * NS_PER_S)
        daw.recorded()
    off_ms = _off_grid_ms(score, daw.notes())
    sys.stdout.write(f"{source}: {len(off_ms)} notes, {min(off_ms):.3f} to {max(off_ms):.3f} ms off the grid")
    assert len(off_ms) >= 3 * (_SECONDS - 3)
    assert max(map(abs, off_ms)) <= TOLERANCE_MS
    assert warnings == set()


def _warnings_until(child: Child, at_ns: int) -> set[str]:
    """Return what the player's state says of the grid while it rolls up to a place."""
    found: set[str] = set()
    state = child.wait_for(lambda state: state.playing)
    while state.at_ns < at_ns:
        state = child.wait_for(lambda _: True)
        assert state.playing
        assert state.sync is not None
        found.add(state.sync.warning)
    return found - {""}


def _off_grid_ms(score: Score, recorded: list[Recorded]) -> list[float]:
    """How far each note lies from its tick of the score on Ardour's grid, and check that Ardour plays it there too."""
    song = song_map(score)
    first, last = song.tempo.tick_at_ns(NS_PER_S), song.tempo.tick_at_ns((_SECONDS - 2) * NS_PER_S)
    off_ms = []
    for part in score.cues[0].parts:
        for note in part.notes:
            tick = song.tick(0, note.onset_tick)
            if first <= tick <= last:
                wanted = tick * TICKS_PER_QUARTER / OURS
                same = [n for n in recorded if (n.channel, n.pitch) == (part.channel - 1, note.pitch)]
                nearest = min(same, key=lambda n: abs(n.on_tick - wanted))
                off_ms.append((nearest.on_tick - wanted) * 60_000 / song.tempo.bpm_at(tick) / TICKS_PER_QUARTER)
                at_ms = song.tempo.ns_at(tick) / 1e6
                assert nearest.on_sample * 1000 / RATE == pytest.approx(at_ms, abs=TOLERANCE_MS)
    return off_ms


@pytest.mark.parametrize("source", ["jack", "clock"])
def test_ardour_at_a_constant_120_is_told_so_within_two_seconds(source: str, tmp_path: Path) -> None:
    score = score_of(20, TempoMap.constant(97))
    with (
        ardour(tmp_path, follows_jack=source == "jack", clock=source == "clock") as daw,
        following(source, score) as (child, _),
    ):
        if source == "clock":
            connect(CLOCK_OUT, SYNC_IN)
        daw.say("/transport_stop", 1.0)
        daw.say("/goto_start")
        stand_at_start(child)
        daw.say("/transport_play", 1.0)
        told = child.wait_for(lambda state: state.playing and state.sync is not None and bool(state.sync.warning))
    assert told.sync is not None
    sys.stdout.write(f"{source}: at {told.at_ns / NS_PER_S:.2f} s: {told.sync.warning}")
    assert told.sync.warning == "the DAW plays 120.0 bpm where the score has 97.0: set it so, or import score.mid"
    assert told.at_ns <= 3 * NS_PER_S, "two seconds and the lock-in"
