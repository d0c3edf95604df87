"""A DAWproject read by classes that others wrote: they know every element and every attribute, and every value."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import Phase, given, settings

from tests.export.drawn import scores
from tests.export.in_file import placed_notes
from tests.footage import ROOT
from tests.scores import make_cue, make_score
from v2m_bridge.core.score import ControlChange, Note, Part, Score
from v2m_bridge.core.timebase import Meter, TempoMap
from v2m_bridge.export.dawproject import dawproject_bytes
from v2m_bridge.export.marks import marks_of

pytestmark = pytest.mark.long

CANNOT_INSTALL: Final = 3
READER: Final = ROOT / "build" / "dawproject-reader"
NOT_RESOLVED: Final = {("Channel", "destination")}
"""The reader looks for an id among those it has passed; the format allows one that comes later."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to work in, once the reader is there."""
    made = subprocess.run([ROOT / ".ci" / "dawproject.sh"], cwd=ROOT, check=False)
    if made.returncode == CANNOT_INSTALL:
        pytest.skip("the DAWproject reader needs Node.js, which cannot be installed here")
    made.check_returncode()
    return tmp_path_factory.mktemp("dawproject")


def reread(data: bytes, folder: Path) -> bytes:
    """Return a project as the reader wrote it again, without what it did not know."""
    source, target = folder / "ours.dawproject", folder / "theirs.dawproject"
    source.write_bytes(data)
    target.unlink(missing_ok=True)
    subprocess.run(["node", READER / "reread.cjs", source, target], check=True, capture_output=True)
    return target.read_bytes()


def tree_in(data: bytes, name: str = "project.xml") -> Any:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return fromstring(archive.read(name))


def facts(element: Any, path: str = "") -> Iterator[tuple[str, str, str, float]]:
    """Yield (path of tags, attribute, text, number) of everything said."""
    here = f"{path}/{element.tag}"
    yield (here, "", (element.text or "").strip(), 0.0)
    for name, value in element.attrib.items():
        if (element.tag, name) not in NOT_RESOLVED:
            is_number = re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", value)
            yield (here, name, "", float(value)) if is_number else (here, name, value, 0.0)
    for child in element:
        yield from facts(child, here)


def check_understood(score: Score, folder: Path, **how: Any) -> bytes:
    """Check that nothing was dropped, added or changed; return what the reader wrote."""
    ours = dawproject_bytes(score, marks_of(score), **how)
    theirs = reread(ours, folder)
    for name in ("project.xml", "metadata.xml"):
        read, said = (sorted(facts(tree_in(data, name))) for data in (theirs, ours))
        assert [fact[:3] for fact in read] == [fact[:3] for fact in said]
        for is_read, is_said in zip(read, said, strict=True):
            assert is_read[3] == pytest.approx(is_said[3], abs=2e-6), is_said
    return theirs


def rich_score() -> Score:
    """Return two cues of two meters, with parts, controllers and a key of their own."""
    line = Part("keys", 3, 0, (Note(0, 960, 60, 80),), (ControlChange(0, 11, 127), ControlChange(480, 11, 0)))
    first = make_cue("1m01", out_frame=200, tempo=TempoMap.constant(90, Meter(3, 4)))
    second = make_cue("1m02", in_frame=600, out_frame=800, tempo=TempoMap.constant(120, Meter(6, 8)), parts=(line,))
    return make_score(n_frames=1000, cues=(first, second))


def test_tracks_controllers_meters_markers_and_the_picture_are_understood(folder: Path) -> None:
    theirs = tree_in(check_understood(rich_score(), folder, picture="films/my  cut.mov"))
    assert {track.get("name") for track in theirs.iter("Track")} >= {"chords", "bass", "keys", "Picture"}
    for tag in ("Marker", "RealPoint", "TimeSignaturePoint", "Note", "Video", "Target"):
        assert theirs.find(f".//{tag}") is not None, tag


@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(scores())
def test_every_note_is_read_with_its_place_length_pitch_and_velocity(folder: Path, score: Score) -> None:
    theirs = tree_in(check_understood(score, folder))
    read = []
    for clip in theirs.find("Arrangement").iter("Clip"):
        for note in clip.iter("Note"):
            on = float(clip.get("time")) + float(note.get("time"))
            velocity = round(float(note.get("vel")) * 127)
            read.append((round(on * 960), round(float(note.get("duration")) * 960), int(note.get("key")), velocity))
    wanted = [(n.on_tick, n.off_tick - n.on_tick, n.pitch, n.velocity) for n in placed_notes(score)]
    assert sorted(read) == sorted(wanted)
