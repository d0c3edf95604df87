from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scores import make_score
from tests.spotting.edits import MEDIA, make_timeline
from v2m_bridge.core.cue import Cue
from v2m_bridge.core.direction import FITS, LOCKS, CueDirection, Direction
from v2m_bridge.core.harmony import Key
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.theme import FORMS
from v2m_bridge.core.timebase import Meter, MeterChange, TempoChange, TempoMap
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import TimelineError
from v2m_bridge.spotting.cue_list import cue_list_csv, cue_list_text, parse_cue_list, read_cue_list
from v2m_bridge.spotting.cue_table import COLUMNS, is_cue_list
from v2m_bridge.spotting.plan import plan_cues

HEADER = ",".join(COLUMNS)
TIMELINE = make_timeline([(2500, "a.mov")], start_frame=25 * 3600)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
numbers = st.from_regex(r"[1-9]m\d\d[a-z]?", fullmatch=True)
tempi = st.none() | st.tuples(st.floats(20, 150), st.floats(0, 150)).map(lambda pair: (pair[0], pair[0] + pair[1]))
keys = st.none() | st.builds(Key, st.integers(0, 11), st.sampled_from(["major", "minor"]))
styles = st.sampled_from([None, "felt-piano", "reference"])
locks = st.none() | st.lists(st.sampled_from(LOCKS), unique=True).map(tuple)
fits = st.sampled_from([None, *FITS])


@st.composite
def lists(draw: st.DrawFn) -> tuple[Timeline, tuple[Cue, ...], dict[str, CueDirection]]:
    rate, drop = draw(
        st.sampled_from([(Fraction(25), False), (Fraction(30000, 1001), True), (Fraction(24000, 1001), False)])
    )
    start = draw(st.sampled_from([0, 3600 * round(rate)]))
    timeline = make_timeline([(100_000, "a.mov")], rate=rate, start_frame=start, drop_frame=drop)
    edges = sorted(draw(st.lists(st.integers(0, 100_000), min_size=2, max_size=8, unique=True)))
    spans = list(zip(edges[::2], edges[1::2], strict=False))
    names = draw(st.lists(numbers, min_size=len(spans), max_size=len(spans), unique=True))
    cues, wishes = [], {}
    for name, (a, b) in zip(names, spans, strict=True):
        version, kind = draw(st.integers(1, 99)), draw(st.sampled_from(["score", "source"]))
        cues.append(Cue(name, timeline.frame(a), timeline.frame(b), draw(texts), draw(texts), version, kind))
        wish = CueDirection(
            key=draw(keys), style=draw(styles), tempo_bpm=draw(tempi), fit=draw(fits), locks=draw(locks),
            theme=(theme := draw(st.sampled_from([None, None, "hero", "the sea-2", "none"]))),
            theme_form=draw(st.sampled_from([None, *FORMS])) if theme else None,
        )  # fmt: skip
        if wish != CueDirection():
            wishes[name] = wish
    return timeline, tuple(cues), wishes


@settings(max_examples=150)
@given(lists())
def test_a_cue_list_written_and_read_is_the_same_to_the_last_character(
    made: tuple[Timeline, tuple[Cue, ...], dict[str, CueDirection]],
) -> None:
    timeline, cues, wishes = made
    assert parse_cue_list(cue_list_text(timeline, cues, wishes), timeline) == (cues, wishes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_spreadsheets_write_is_read(tmp_path: Path, encoding: str, newline: str, separator: str) -> None:
    rows = [
        ["Out", "notes", "TITLE ", "number", "in"],
        ["01:00:20:00", "x", '"Über, the; sea"', "1m01", " 01:00:00:00 "],
        ["", "", "", "", ""],
        [],
        ["01:00:40:00", "", '"two\nlines"', "1m02", "01:00:20:00"],
    ]
    path = tmp_path / "cues.csv"
    path.write_bytes(newline.join(separator.join(row) for row in rows).encode(encoding))
    cues, wishes = read_cue_list(path, TIMELINE)
    assert [(cue.number, cue.title, cue.start.frame, cue.end.frame) for cue in cues] == [
        ("1m01", "Über, the; sea", 0, 500),
        ("1m02", "two\nlines", 500, 1000),
    ]
    assert (cues[0].kind, cues[0].version, wishes) == ("score", 1, {})


def test_a_space_after_the_separator_is_no_part_of_a_title() -> None:
    text = (
        'number, title, in, out\n1m01, "Sea, and sky", 01:00:00:00, 01:00:01:00\n1m02, Home, 01:00:01:00, 01:00:02:00'
    )
    cues, _ = parse_cue_list(text, TIMELINE)
    assert [cue.title for cue in cues] == ["Sea, and sky", "Home"]


def test_reel_and_order_make_a_number() -> None:
    cues, _ = parse_cue_list("reel,number,in,out\n2,3,01:00:00:00,01:00:01:00\n", TIMELINE)
    assert cues[0].number == "2m03"


IN_OUT = "01:00:00:00,01:00:10:00"


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (f"1,,,{IN_OUT},,,,,,,,", "number", "such as 1m02"),
        (f"2,1m02,,{IN_OUT},,,,,,,,", "reel", "digits before the m"),
        ("1,1m02,,,01:00:10:00,,,,,,,,", "in", "from 01:00:00:00 to 01:01:40:00"),
        ("1,1m02,,noon,01:00:10:00,,,,,,,,", "in", "01:00:00:00"),
        ("1,1m02,,00:00:05:00,01:00:10:00,,,,,,,,", "in", "outside the edit"),
        ("1,1m02,,01:00:05:00,01:00:10:25,,,,,,,,", "out", "there are 25 in a second"),
        ("1,1m02,,01:00:05:00,01:59:10:00,,,,,,,,", "out", "outside the edit"),
        ("1,1m02,,01:00:05:00,01:00:05:00,,,,,,,,", "out", "after 01:00:05:00"),
        ("1,1m02,,01:00:05;00,01:00:10:00,,,,,,,,", "in", "no drop-frame"),
        (f"1,1m02,,{IN_OUT},opera,,,,,,,", "kind", "Write score, or source"),
        (f"1,1m02,,{IN_OUT},,H minor,,,,,,", "key", "A minor"),
        (f"1,1m02,,{IN_OUT},,,,fast,,,,", "tempo", "96 or 70-140"),
        (f"1,1m02,,{IN_OUT},,,,10-20,,,,", "tempo", "20 to 300"),
        (f"1,1m02,,{IN_OUT},,,,,loose,,,", "fit", "constant or musical or exact"),
        (f"1,1m02,,{IN_OUT},,,,,,drums,,", "lock", "all, none, or layers such as tempo harmony"),
        (f"1,1m02,,{IN_OUT},,,,,,,,two", "version", "whole number"),
        (f"1,1m02,,{IN_OUT},,,,,,,,0", "version", "whole number"),
        ("1,1m01,,01:00:30:00,01:00:40:00,,,,,,,,", "number", "line 2 already"),
        ("1,1m02,,01:00:15:00,01:00:40:00,,,,,,,,", "in", "overlaps cue 1m01 of line 2"),
    ],
)
def test_a_bad_field_is_named_by_line_and_column_with_what_to_write(row: str, column: str, words: str) -> None:
    text = f"{HEADER}\n1,1m01,,01:00:10:00,01:00:20:00,,,,,,,,\n\n{row}\n"
    with pytest.raises(TimelineError) as caught:
        parse_cue_list(text, TIMELINE)
    assert str(caught.value).startswith(f"line 4, column {column}: ")
    assert words in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: the cue list is empty"),
        ("\n , ,\n", "empty"),
        ("number,in\n", "line 1, column out: the header does not name it"),
        ("number,in,out,in\n", "line 1, column in: the header names it twice"),
        (f'number,in,out\n1m01,{IN_OUT}\n"1m02,{IN_OUT}\n', "line 3: the quotes do not pair"),
        (f"number,in,out\n1m01,{IN_OUT},more\n", "line 2 has 4 fields, the header 3"),
    ],
)
def test_a_bad_table_is_named_by_its_line(text: str, words: str) -> None:
    with pytest.raises(TimelineError) as caught:
        parse_cue_list(text, TIMELINE)
    assert words in str(caught.value)


def test_a_file_that_is_no_text_or_absent_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cues.csv"
    path.write_bytes(b"number,in,out\n\xe9\xff")
    with pytest.raises(TimelineError, match="UTF-8"):
        read_cue_list(path, TIMELINE)
    with pytest.raises(TimelineError, match="cannot read"):
        read_cue_list(tmp_path / "none.csv", TIMELINE)


@given(st.integers(200_000, 3_000_000))
def test_the_list_of_a_score_read_again_pins_its_cues_key_and_tempo(us_per_quarter: int) -> None:
    tempo = TempoMap((TempoChange(0, us_per_quarter),), (MeterChange(0, Meter()),))
    music = CueMusic(
        number="1m01", title="The sea", brief="", version=2, kind="score", in_frame=0, out_frame=500, key="Eb major",
        style="reference", seed=0, emotion="sad", valence=0.0, arousal=0.0, confidence=1.0, tempo=tempo, end_tick=960,
        slots=(), hits=(), parts=(), inputs="",
    )  # fmt: skip
    score = Score(
        source="", name="made", rate="25", start_frame=25 * 3600, drop_frame=False, n_frames=2500, revision="",
        weights="", vision="", scenes=(), cues=(music,),
    )  # fmt: skip
    cues, wishes = parse_cue_list(cue_list_csv(score), TIMELINE)
    assert cues == (Cue("1m01", TIMELINE.frame(0), TIMELINE.frame(500), title="The sea", version=2),)
    (plan,) = plan_cues(TIMELINE, Direction(spotted=cues, cues=wishes), MEDIA)
    assert (plan.key.text(), plan.wishes.style, plan.tempo) == ("Eb major", "reference", tempo)


def test_the_lock_of_a_cue_stays_in_the_list_of_its_score() -> None:
    text = cue_list_csv(make_score(), {"1m01": ("tempo", "harmony")})
    assert text.splitlines()[1].split(",")[10] == "tempo harmony"
    assert parse_cue_list(text, make_timeline([(250, "a.mov")], start_frame=90_000))[1]["1m01"].locks == (
        "tempo",
        "harmony",
    )


def test_a_list_without_themes_has_no_column_for_them_and_one_with_a_theme_has_it_last() -> None:
    cue = Cue("1m01", TIMELINE.frame(0), TIMELINE.frame(500))
    plain = cue_list_text(TIMELINE, [cue])
    themed = cue_list_text(TIMELINE, [cue], {"1m01": CueDirection(theme="hero", theme_form="half-speed")})
    assert plain.splitlines()[0] == HEADER
    assert themed.splitlines()[0] == f"{HEADER},theme"
    assert themed.endswith(",hero:half-speed\n")
    assert is_cue_list(plain.encode())
    assert is_cue_list(b"\xef\xbb\xbf" + themed.encode())
    assert not is_cue_list(b"number,in,out\n")


@pytest.mark.parametrize("said", ["hero:backwards", "hero:", ":minor"])
def test_a_theme_that_cannot_be_followed_is_said_with_line_and_column(said: str) -> None:
    text = f"number,in,out,theme\n1m01,01:00:00:00,01:00:20:00,{said}\n"
    with pytest.raises(TimelineError, match="line 2, column theme"):
        parse_cue_list(text, TIMELINE)
