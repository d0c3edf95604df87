"""Splicing takes notes by their onset and leaves what stands before a window as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from v2m_bridge.arrange.splice import controls_in, notes_in, splice
from v2m_bridge.core.score import ControlChange, Note, Part

BAR = 3840


def part(name: str, onsets: list[int], pitch: int, length: int = 960) -> Part:
    notes = tuple(Note(tick, length, pitch, 64) for tick in sorted(set(onsets)))
    return Part(name, 1, 0, notes, tuple(ControlChange(n.onset_tick, 11, pitch) for n in notes))


onset_lists = st.lists(st.integers(0, 31).map(lambda beat: beat * 960), max_size=12)
window_lists = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)).map(lambda w: (w[0] * BAR, w[1] * BAR)))


@given(onset_lists, onset_lists, window_lists)
def test_each_note_comes_from_the_side_that_owns_its_onset(
    old: list[int], new: list[int], windows: list[tuple[int, int]]
) -> None:
    (joined,) = splice((part("a", old, 60),), (part("a", new, 61),), windows)

    def inside(tick: int) -> bool:
        return any(start <= tick < end for start, end in windows)

    wanted = {(t, 60) for t in old if not inside(t)} | {(t, 61) for t in new if inside(t)}
    assert [(n.onset_tick, n.pitch) for n in joined.notes] == sorted(wanted)
    assert [(c.tick, c.value) for c in joined.controls] == sorted(wanted)


@given(onset_lists, window_lists)
def test_splicing_music_with_itself_changes_nothing(onsets: list[int], windows: list[tuple[int, int]]) -> None:
    same = (part("a", onsets, 60), part("b", onsets, 67))
    assert splice(same, same, windows) == same


def test_parts_are_matched_by_name_and_one_that_only_one_side_has_is_kept() -> None:
    joined = splice((part("old", [0, BAR], 60),), (part("new", [0, BAR], 61),), [(BAR, 2 * BAR)])
    assert [(p.name, [n.onset_tick for n in p.notes]) for p in joined] == [("new", [BAR]), ("old", [0])]


def test_a_window_that_would_cut_the_ring_of_the_last_chord_is_widened() -> None:
    kept = (part("a", [0, BAR], 60, 2 * BAR),)
    new = (part("a", [0, BAR, 2 * BAR], 61, BAR),)
    (joined,) = splice(kept, new, [(BAR, 2 * BAR)])
    assert [(n.onset_tick, n.pitch) for n in joined.notes] == [(0, 60), (BAR, 61), (2 * BAR, 61)]


def test_notes_in_takes_onsets_from_start_up_to_but_not_at_the_end() -> None:
    music = part("a", [0, 960, 1920], 60)
    assert [n.onset_tick for n in notes_in(music, 960, 1920)] == [960]
    assert [c.tick for c in controls_in(music, 0, 1920)] == [0, 960]
