"""MusicXML against its own schema, and read by a library that we did not write."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from musicxml.parser.parser import parse_musicxml

from tests.export.drawn import scores
from tests.scores import make_cue, make_score
from v2m_bridge.core.harmony import QUALITIES, Chord
from v2m_bridge.core.score import KeyTurn, Note, Part, Score
from v2m_bridge.core.timebase import Meter, MeterChange, TempoMap, tempo_changes
from v2m_bridge.export.lead_sheet import lead_sheet
from v2m_bridge.export.musicxml import musicxml_bytes


@pytest.fixture(scope="module")
def schema() -> Any:
    """The schema of MusicXML 4.0 as the package musicxml carries it, those that it refers to as xmlschema does."""
    spec = find_spec("musicxml")
    assert spec is not None
    assert spec.origin is not None
    beside = Path(xmlschema.__file__).parent / "schemas"
    return xmlschema.XMLSchema(
        str(Path(spec.origin).parent / "generate_classes" / "musicxml_4_0.xsd"),
        allow="local",
        locations={
            "http://www.w3.org/1999/xlink": str(beside / "XLINK" / "xlink.xsd"),
            "http://www.w3.org/XML/1998/namespace": str(beside / "XML" / "xml.xsd"),
        },
    )


def document(score: Score) -> Any:
    return fromstring(musicxml_bytes(score))


def test_every_lead_sheet_is_valid_and_its_bars_add_up(schema: Any) -> None:
    @settings(max_examples=15, deadline=None)
    @given(scores())
    def law(score: Score) -> None:
        root = document(score)
        assert [str(error.reason) for error in schema.iter_errors(root)] == []
        bars = [bar for cue in score.cues for bar in lead_sheet(cue).bars]
        for measure, bar in zip(root.iter("measure"), bars, strict=True):
            assert sum(int(note.findtext("duration")) for note in measure.iter("note")) == bar.end - bar.start

    law()


@pytest.mark.parametrize("n_cues", [0, 1])
def test_a_score_without_cues_or_notes_is_valid(schema: Any, n_cues: int) -> None:
    score = make_score(cues=[make_cue(parts=(), out_frame=60)] * n_cues)
    assert schema.is_valid(document(score))


def test_every_chord_of_the_vocabulary_is_told_by_root_kind_and_bass(schema: Any) -> None:
    chords = [Chord(1, quality.name, 4) for quality in QUALITIES] + [Chord(None)]
    score = make_score(cues=[with_chords([chord.text(flats=True) for chord in chords])])
    root = document(score)
    assert schema.is_valid(root)
    kinds = [harmony.findtext("kind") for harmony in root.iter("harmony")]
    assert len(set(kinds)) == len(chords)
    first = next(root.iter("harmony"))
    assert (first.findtext("root/root-step"), first.findtext("root/root-alter")) == ("D", "-1")
    assert (first.findtext("bass/bass-step"), first.find("bass/bass-alter")) == ("E", None)
    assert kinds[-1] == "none"


def with_chords(symbols: list[str]) -> Any:
    cue = make_cue(out_frame=25 * len(symbols))
    return replace(
        cue, slots=tuple(replace(slot, chord=symbol) for slot, symbol in zip(cue.slots, symbols, strict=True))
    )


def test_a_library_reads_notes_chords_meters_and_tempi(tmp_path: Path) -> None:
    tempo = TempoMap(tempo_changes([(0, 97.3), (3840, 120)]), (MeterChange(0, Meter()), MeterChange(3840, Meter(3, 4))))
    score = make_score(
        rate=Fraction(25),
        n_frames=600,
        cues=[make_cue(out_frame=200, tempo=tempo, title="Chase"), make_cue("1m02", in_frame=300, key="Eb major")],
    )
    path = tmp_path / "lead.musicxml"
    path.write_bytes(musicxml_bytes(score))
    sheet = parse_musicxml(path)

    def texts(tag: str) -> list[str]:
        return [str(each.value_) for each in found(sheet, tag)]

    assert texts("XMLRehearsal") == ["1m01", "1m02"]
    assert texts("XMLBeats")[:2] == ["4", "3"]
    assert texts("XMLFifths") == ["0", "-3"]
    assert texts("XMLRootStep")[:5] == ["A", "F", "C", "G", "A"]
    assert [str(each) for each in texts("XMLPerMinute")] == ["97.30", "120.00", "120.00"]
    sounding = [float(sound.attributes["tempo"]) for sound in found(sheet, "XMLSound")]
    written = [change.us_per_quarter for cue in score.cues for change in cue.tempo.tempi]
    assert [round(60_000_000 / bpm) for bpm in sounding] == written
    assert texts("XMLStep")[:4] == ["A", "F", "E", "D"], "the bass"


def found(element: Any, tag: str) -> list[Any]:
    here = [element] if type(element).__name__ == tag else []
    return here + [each for child in element.get_children() for each in found(child, tag)]


def test_a_long_note_is_tied_from_piece_to_piece_and_from_bar_to_bar() -> None:
    part = Part("melody", 4, 73, (Note(720, 4560, 61, 80),))
    root = document(make_score(cues=[make_cue(out_frame=100, parts=(part,), key="F minor")]))
    told = [
        (note.findtext("type"), len(note.findall("dot")), [tie.get("type") for tie in note.findall("tie")])
        for note in root.iter("note")
        if note.find("pitch") is not None
    ]
    assert told == [
        ("half", 1, ["start"]), ("16th", 0, ["stop", "start"]), ("quarter", 1, ["stop"]),
    ]  # fmt: skip
    pitch = next(root.iter("pitch"))
    assert [child.text for child in pitch] == ["D", "-1", "4"], "flats, as the key has"


def test_a_chord_inside_a_note_says_how_far_in() -> None:
    part = Part("melody", 4, 73, (Note(0, 3840, 60, 80),))
    root = document(make_score(cues=[make_cue(out_frame=50, parts=(part,))]))
    assert [harmony.findtext("offset") for harmony in root.iter("harmony")] == [None, "8"]


def test_a_turn_of_key_is_written_where_it_happens() -> None:
    cue = replace(make_cue(out_frame=200), key_turns=(KeyTurn(4, "C major", "brighter"),))
    modes = [
        (m.get("number"), key.findtext("mode"))
        for m in document(make_score(cues=[cue])).iter("measure")
        for key in m.iter("key")
    ]
    assert modes == [("1", "minor"), ("3", "major")]
