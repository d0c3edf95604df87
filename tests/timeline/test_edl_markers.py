"""Locators of Avid and flags of Resolve."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.timeline.lists import cut, reread
from v2m_bridge.core.timeline import Timeline

DF = Fraction(30000, 1001)


def marks(timeline: Timeline) -> list[tuple[int, str, str, str, int]]:
    return [(m.at.frame, m.name, m.colour, m.comment, m.n_frames) for m in timeline.markers]


@pytest.mark.parametrize(
    ("line", "name", "colour"),
    [
        ("* LOC: 02:00:00:12 RED     door slams!", "door slams!", "red"),
        ("*LOC: 02:00:00:12 PINK", "", "pink"),
        ("* loc: 02:00:00:12   Sky  is blue ", "Sky  is blue", ""),
        ("* LOC: 02:00:00:12", "", ""),
        ("LOC: 02:00:00:12 Reddish", "Reddish", ""),
    ],
)
def test_a_locator_stands_in_the_time_of_the_edit(line: str, name: str, colour: str, tmp_path: Path) -> None:
    found = reread(cut("A", "1:00 2:00", "02:00:00:00 02:00:01:00", line), tmp_path)
    assert marks(found) == [(12, name, colour, "", 0)]


def test_locators_of_dropped_labels_are_read(tmp_path: Path) -> None:
    text = cut(
        "A", "1:00 9:00", "01:00:58;00 01:01:06;02", "* LOC: 01:01:00;02 RED two", "* LOC: 01:01:00;03 RED three"
    )
    assert [frame for frame, *_ in marks(reread(text, tmp_path, DF))] == [60, 61]


def test_locators_that_lie_in_the_sources_alone_count_there(tmp_path: Path) -> None:
    text = cut("A", "1:00 3:00", "02:00:00:00 02:00:02:00", "* LOC: 01:00:02:00 RED a") + cut(
        "B", "1:00 3:00", "02:00:02:00 02:00:06:00", "* LOC: 01:00:02:00 RED b", number=2
    )
    assert [(frame, name) for frame, name, *_ in marks(reread(text, tmp_path))] == [(25, "a"), (100, "b")]


def test_where_both_clocks_fit_the_edit_is_meant(tmp_path: Path) -> None:
    text = cut("A", "1:00 3:00", "2:00 4:00", "* LOC: 01:00:02:12 RED a")
    assert marks(reread(text, tmp_path)) == [(12, "a", "red", "", 0)]


def test_a_locator_of_another_event_or_at_the_end_is_kept_and_one_outside_is_not(tmp_path: Path) -> None:
    text = (
        cut("A", "1:00 2:00", "02:00:00:00 02:00:01:00", "* LOC: 02:00:01:10 RED later", "* LOC: 02:00:02:00 RED end")
        + cut("B", "1:00 2:00", "02:00:01:00 02:00:02:00", "* LOC: 05:00:00:00 RED outside", number=2)
        + "* LOC: 02:00:01:10 RED later\n"
    )
    assert [(frame, name) for frame, name, *_ in marks(reread(text, tmp_path))] == [(35, "later"), (50, "end")]


def test_flags_stand_where_their_event_begins(tmp_path: Path) -> None:
    text = (
        cut("A", "1:00 5:00", "02:00:00:00 02:00:04:00")
        + cut(
            "001", "02:00:01:00 02:00:01:01", "02:00:01:00 02:00:01:01", " |C:ResolveColorBlue |M:Name |D:1", number=2
        )
        + cut(
            "001",
            "02:00:02:00 02:00:02:01",
            "02:00:02:00 02:00:02:01",
            "2. a note",
            "of two lines |C:ResolveColorRed |M:hit! |D:24",
            number=3,
        )
    )
    found = reread(text, tmp_path)
    assert marks(found) == [(25, "Name", "blue", "", 0), (50, "hit!", "red", "2. a note of two lines", 24)]
    assert len(found.scenes) == 1


def test_a_flag_on_a_shot_leaves_the_shot_in_the_edit(tmp_path: Path) -> None:
    found = reread(cut("A", "1:00 2:00", "02:00:00:00 02:00:01:00", "|C:ResolveColorCyan |M:x |D:1"), tmp_path)
    assert (len(found.scenes), marks(found)) == (1, [(0, "x", "cyan", "", 0)])
