"""Edits that leave out what only their media say are read in two steps, and the media are asked in between."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.timeline.lists import cut
from tests.timeline.reference_edit import RATES
from tests.timeline.rushes import write_video
from v2m_bridge import jobs
from v2m_bridge.core.messages import Probed, ProbeRequest, ReadRequest, opened, pack, unpack
from v2m_bridge.core.timeline import MediaFacts, Timeline
from v2m_bridge.errors import TimelineError
from v2m_bridge.jobs import Child
from v2m_bridge.prober import probe_media

DF = replace(RATES[2], start_label="")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "A.mov"
    write_video(path, DF, 300, "01:00:00;00")
    return path


@pytest.fixture
def edit(tmp_path: Path) -> Path:
    path = tmp_path / "edit.edl"
    path.write_text(cut("A", "01:00:01;00 01:00:02;00", "0:00 1:00"))
    return path


def test_media_say_rate_length_and_start_and_what_cannot_be_opened_is_left_out(film: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.mov").write_bytes(b"no film")
    paths = (str(tmp_path / "broken.mov"), str(film), str(tmp_path / "missing.mov"))
    with Child("v2m_bridge.prober") as prober:
        facts = prober.request(ProbeRequest(paths), expect=Probed, timeout_s=30).facts
    assert facts == {str(film): MediaFacts(DF.rate, 107892, 300, drop_frame=True)}
    assert probe_media(ProbeRequest(paths), lambda *_: None).facts == facts


def test_an_edit_without_a_rate_takes_that_of_its_media(film: Path, edit: Path) -> None:
    timeline = jobs.read_timeline(edit)
    assert isinstance(timeline, Timeline)
    assert timeline.rate == DF.rate
    assert timeline.scenes[0].source_in_s == 30 / DF.rate


def test_a_rate_that_is_given_leaves_the_start_of_the_media_to_be_asked(film: Path, edit: Path) -> None:
    timeline = jobs.read_timeline(edit, rate=Fraction(30000, 1001))
    assert isinstance(timeline, Timeline)
    assert timeline.scenes[0].source_in_s == 30 / DF.rate


def test_without_media_the_rate_is_asked_for(edit: Path) -> None:
    edit.write_text(edit.read_text().replace(";", ":"))
    with pytest.raises(TimelineError, match="does not say its frame rate"):
        jobs.read_timeline(edit)
    timeline = jobs.read_timeline(edit, rate=Fraction(25))
    assert isinstance(timeline, Timeline)
    assert timeline.scenes[0].source_in_s == 3601


def test_a_medium_that_brings_the_prober_down_costs_the_facts_about_it_alone(
    edit: Path, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PROBER", "tests.timeline.children.fragile_prober")
    for name in ("crash 1.mov", "B.mov", "C.mov"):
        film.with_name(name).write_bytes(film.read_bytes())
    reels = ("A", "crash 1", "B", "C")
    edit.write_text("".join(cut(reel, "1:00 2:00", f"{n}:00 {n + 1}:00", number=n + 1) for n, reel in enumerate(reels)))
    timeline = jobs.read_timeline(edit)
    assert isinstance(timeline, Timeline)
    assert [round(scene.source_in_s) for scene in timeline.scenes] == [1, 3605, 1, 1]


@pytest.mark.parametrize("known", [None, {}, {"a.mov": MediaFacts(Fraction(24000, 1001), 86400, 10, True)}])
def test_what_is_known_survives_the_way(known: dict[str, MediaFacts] | None) -> None:
    request = ReadRequest("edit.edl", known=known)
    assert opened(unpack(pack(1, request)), (ReadRequest,)) == request
