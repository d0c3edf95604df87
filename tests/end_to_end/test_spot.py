from __future__ import annotations

import csv
import shutil
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import pytest

from tests.end_to_end.stage import Stage, write_stage
from tests.footage import Footage
from tests.spotting.footage_edits import ten_minutes, write_cut
from v2m_bridge.core.score import read_score
from v2m_bridge.core.timebase import parse_timecode

pytestmark = pytest.mark.long

LINES_S = ((6, 9), (22, 27), (60, 64))
"""Where people speak in the 90 s of the edit."""


@pytest.fixture(scope="module")
def talkie(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return an edit of fifteen scenes with a track of dialogue."""
    import opentimelineio as otio

    stage = write_stage(tmp_path_factory.mktemp("talkie"), n_times=3)
    edit = otio.adapters.read_from_string(stage.edit.read_text(encoding="utf-8"), "otio_json")
    track, at = otio.schema.Track("DX 1", kind=otio.schema.TrackKind.Audio), 0
    for start_s, end_s in LINES_S:
        start, end = 25 * start_s, 25 * end_s
        track.append(otio.schema.Gap(source_range=_range(0, start - at)))
        reference = otio.schema.ExternalReference("day.mp4")
        track.append(otio.schema.Clip("line", media_reference=reference, source_range=_range(0, end - start)))
        at = end
    edit.tracks.append(track)
    stage.edit.write_text(otio.adapters.write_to_string(edit, "otio_json"), encoding="utf-8")
    return stage


def _range(first: int, n_frames: int) -> object:
    from opentimelineio.opentime import RationalTime, TimeRange

    return TimeRange(RationalTime(first, 25), RationalTime(n_frames, 25))


@pytest.fixture(scope="module")
def spotted(talkie: Stage) -> Path:
    """Return the list that was proposed for the edit."""
    path = talkie.folder / "spotted" / "cues.csv"
    done = talkie.v2m("spot", talkie.edit, "-o", path)
    assert done.returncode == 0, done.stderr
    assert "1m01" in done.stdout
    assert "silence" in done.stdout
    assert "not known where people speak" not in done.stderr
    return path


def test_music_is_proposed_clear_of_speech_and_scored_as_the_list_says(
    talkie: Stage, spotted: Path, tmp_path: Path
) -> None:
    score = read_score(talkie.scored(tmp_path / "out", "--cues", spotted) / "score.json")
    seconds = [(cue.in_frame / 25, cue.out_frame / 25) for cue in score.cues]
    assert len(seconds) >= 1
    assert 0.4 <= sum(end - start for start, end in seconds) / 90 <= 0.6
    assert all(end - start >= 12 for start, end in seconds)
    assert not any(first <= start < last for start, _ in seconds for first, last in LINES_S)
    rows = spotted.read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[:3] for row in rows[1:]] == [["1", cue.number, ""] for cue in score.cues]
    assert all("enters" in row for row in rows[1:])


def test_a_list_is_written_again_until_the_user_edits_it(talkie: Stage, spotted: Path, tmp_path: Path) -> None:
    path = tmp_path / "cues.csv"
    shutil.copy(spotted, path)
    again = talkie.v2m("spot", talkie.edit, "-o", path, "--coverage", 0.25)
    assert again.returncode == 0, again.stderr
    assert path.read_bytes() != spotted.read_bytes()
    edited = path.read_text(encoding="utf-8").replace("1m01,", "1m01,My title", 1)
    path.write_text(edited, encoding="utf-8")
    for command in (("spot", talkie.edit, "-o", path), ("score", talkie.edit, "-o", tmp_path)):
        done = talkie.v2m(*command)
        assert done.returncode == 2, done.stdout
        assert "cues.csv" in done.stderr
        assert path.read_text(encoding="utf-8") == edited


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--coverage", "1.5"), "coverage"),
        (("-o", "list.txt"), ".csv"),
        (("-o", "mine.csv"), "mine.csv"),
    ],
)
def test_a_mistake_is_one_sentence_and_loses_nothing(
    stage: Stage, tmp_path: Path, arguments: tuple[str, str], says: str
) -> None:
    (tmp_path / "mine.csv").write_text("my,own,table\n", encoding="utf-8")
    placed = [str(tmp_path / each) if each.endswith((".csv", ".txt")) else each for each in arguments]
    done = stage.v2m("spot", stage.edit, "-o", tmp_path / "cues.csv", *placed)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr.strip().splitlines()[-1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.csv"]
    assert (tmp_path / "mine.csv").read_text(encoding="utf-8") == "my,own,table\n"


@pytest.fixture(scope="module")
def feature(footage: Footage, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a folder with ten minutes of 120 shots of real footage and twelve spans of speech."""
    folder = tmp_path_factory.mktemp("feature")
    write_cut(ten_minutes(), footage, folder).rename(folder / "cut.otio")
    return Stage(folder)


def test_half_of_ten_minutes_gets_music_in_a_few_cues_that_enter_where_they_may(feature: Stage, tmp_path: Path) -> None:
    path, cut = tmp_path / "cues.csv", ten_minutes()
    done = feature.v2m("spot", feature.edit, "--coverage", 0.5, "-o", path, env={"COLUMNS": "80"})
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines()[:-1])) <= 80
    frames = [_frames_of(row) for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())]
    assert 3 <= len(frames) <= 8
    assert 0.45 <= sum(end - start for start, end in frames) / 15_000 <= 0.55
    assert all(end - start >= 12 * 25 for start, end in frames)
    assert all(after[0] - before[1] >= 8 * 25 for before, after in pairwise(frames))
    cuts = list(accumulate((shot.n_frames for shot in cut.shots), initial=0))
    ends = [round(end_s * 25) for _, end_s in cut.speech_s]
    for start, _ in frames:
        assert min(abs(start - place) for place in (*cuts, *ends)) <= 1
        assert not any(first_s * 25 <= start < last_s * 25 for first_s, last_s in cut.speech_s)
    for word in ("1m01", "silence", "enters", "leaves"):
        assert word in done.stdout


def _frames_of(row: dict[str, str]) -> tuple[int, int]:
    rate = Fraction(25)
    start, end = (parse_timecode(row[column], rate).frame - 90_000 for column in ("in", "out"))
    return start, end
