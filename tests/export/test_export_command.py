"""`v2m export`: every format by its name, nothing of the user's overwritten, mistakes in one sentence."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import mido
import pytest
import rpp

from tests.scores import make_cue, make_score
from v2m_bridge import cli
from v2m_bridge.cli_export import check_export
from v2m_bridge.core.exports import EXPORTS, ExportRequest
from v2m_bridge.core.routing import PartRoute, Routing, routed_score
from v2m_bridge.deliver_export import export_bytes, export_score
from v2m_bridge.errors import OutputError, SettingsError

FIRST_BYTES = {
    "midi": b"MThd",
    "reaper": b"<REAPER_PROJECT ",
    "dawproject": b"PK",
    "fcpxml": b"<?xml ",
    "edl": b"TITLE: ",
    "xmeml": b"<?xml ",
    "premiere-csv": b"Marker Name\tDescription\t",
    "reaper-csv": b"#,Name,Start,",
    "musicxml": b"<?xml ",
    "cue-sheet": b"cue,title,",
}


def request_of(to: str, folder: Path, suffix: str = "") -> ExportRequest:
    name = f"export{suffix or EXPORTS[to].suffixes[0]}"
    return ExportRequest(
        score=make_score(), to=to, out_path=str(folder / "out" / name), cache_dir=str(folder / "cache")
    )


@pytest.mark.parametrize("to", EXPORTS)
def test_every_format_is_written_under_its_name_and_again_over_itself(to: str, tmp_path: Path) -> None:
    request = request_of(to, tmp_path)
    path = Path(export_score(request).path)
    assert path.read_bytes().startswith(FIRST_BYTES[to])
    export_score(replace(request, score=make_score(name="Another")))
    export_score(request)
    assert path.read_bytes() == export_bytes(request)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("to", EXPORTS)
def test_an_export_that_somebody_changed_stays_as_it_is(to: str, tmp_path: Path) -> None:
    request = request_of(to, tmp_path)
    path = Path(export_score(request).path)
    changed = path.read_bytes() + b"\n"
    path.write_bytes(changed)
    with pytest.raises(OutputError, match="did not write it as it is now") as caught:
        export_score(request)
    assert "-o" in caught.value.hint
    assert path.read_bytes() == changed


def test_without_its_memory_every_file_that_is_there_stays(tmp_path: Path) -> None:
    request = request_of("premiere-csv", tmp_path)
    path = Path(export_score(request).path)
    there = path.read_bytes()
    with pytest.raises(OutputError, match=path.name):
        export_score(replace(request, cache_dir=str(tmp_path / "other"), score=make_score(name="Another")))
    assert path.read_bytes() == there


@pytest.mark.parametrize("to", ["midi", "reaper", "dawproject"])
def test_routed_parts_reach_the_projects(to: str, tmp_path: Path) -> None:
    routing = Routing((PartRoute("bass", channel=9, transpose=12, keyswitch=3),))
    plain = request_of(to, tmp_path)
    request = replace(plain, routing=routing)
    assert export_bytes(request) == export_bytes(replace(plain, score=routed_score(plain.score, routing)))
    assert export_bytes(request) != export_bytes(plain)
    if to == "midi":
        notes = [m for m in mido.MidiFile(file=io.BytesIO(export_bytes(request))).tracks[3] if m.type == "note_on"]
        assert [(m.channel, m.note) for m in notes[:2]] == [(8, 3), (8, 57)]


def test_the_option_for_parts_reads_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "score.json").write_bytes(make_score().to_json())
    (tmp_path / "mine.toml").write_text("[bass]\nchannel = 0\n", encoding="utf-8")
    words = ["export", str(tmp_path / "score.json"), "--parts", str(tmp_path / "mine.toml"), "-o"]
    for to, name, why in (
        ("midi", "a.mid", "mine.toml line 2: [bass] channel is 0"),
        ("edl", "a.edl", "--parts means"),
    ):
        assert cli._guarded(lambda: cli.app([*words, str(tmp_path / name), "--to", to], standalone_mode=False)) == 2  # noqa: B023
        assert why in " ".join(capsys.readouterr().err.split())


def test_a_cue_sheet_is_a_table_or_a_text_by_its_name(tmp_path: Path) -> None:
    assert export_bytes(request_of("cue-sheet", tmp_path, ".txt")).startswith(b"Cue sheet: ")


def test_chords_and_emotion_reach_the_markers(tmp_path: Path) -> None:
    request = request_of("reaper-csv", tmp_path)
    assert b"Am" not in export_bytes(request)
    assert b",Am," in export_bytes(replace(request, chords=True))
    assert b",neutral," in export_bytes(replace(request, emotion=True))


def test_a_click_makes_room_for_its_count_in_where_the_first_cue_leaves_none(tmp_path: Path) -> None:
    request = replace(request_of("midi", tmp_path), click=True)
    lengths = []
    for each in (request, replace(request, click=False), replace(request, pre_roll_bars=3)):
        path = Path(export_score(each).path)
        lengths.append(round(mido.MidiFile(path).length))
        path.unlink()
    assert lengths == [14, 10, 16]
    late = replace(request, score=make_score(n_frames=500, cues=[make_cue(in_frame=250, out_frame=450)]))
    assert round(mido.MidiFile(export_score(late).path).length) == 20


def test_a_video_that_was_scored_as_it_is_is_the_picture(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").touch()
    shots = tuple(replace(scene, media="film.mp4") for scene in make_score().scenes)
    score = replace(make_score(), source=str(tmp_path / "film.mp4"), scenes=shots)
    project = rpp.loads(export_bytes(replace(request_of("reaper", tmp_path), score=score)).decode())
    assert ["FILE", str(tmp_path / "film.mp4")] in list(project.find("TRACK").find("ITEM").find("SOURCE"))


@pytest.mark.parametrize(
    ("to", "name", "options", "error"),
    [
        ("midi", "a.rpp", frozenset(), OutputError),
        ("logic", "a.mid", frozenset(), SettingsError),
        ("edl", "a.edl", frozenset({"click"}), SettingsError),
        ("musicxml", "a.musicxml", frozenset({"chords"}), SettingsError),
        ("midi", "a.mid", frozenset({"picture"}), SettingsError),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(
    to: str, name: str, options: frozenset[str], error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        check_export(to, Path(name), options)
    assert isinstance(caught.value, OutputError | SettingsError)
    assert any(each in caught.value.hint for each in (*EXPORTS, ".mid"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing.json", "--to", "midi", "-o", "a.mid"),
        ("text.json", "--to", "midi", "-o", "a.mid"),
        ("text.json", "--to", "cubase", "-o", "a.cpr"),
        ("text.json", "--to", "midi", "-o", "a.txt"),
        ("text.json", "--to", "midi", "-o", "a.mid", "--pre-roll", "17"),
        ("text.json", "--to", "midi", "-o", "a.mid", "--pre-roll", "-1"),
        ("text.json", "--to", "edl", "-o", "a.edl", "--click"),
        ("text.json", "--to", "reaper", "-o", "a.rpp", "--picture", "nothing.mov"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    arguments: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.json").write_text("{}")
    monkeypatch.setattr(sys, "argv", ["v2m", "export", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("v2m: ")
    assert "\n" not in said
    assert [each.name for each in tmp_path.iterdir()] == ["text.json"]


def test_the_command_writes_a_file_and_says_where(tmp_path: Path) -> None:
    (tmp_path / "score.json").write_bytes(make_score().to_json())
    out = tmp_path / "music.rpp"
    done = subprocess.run(
        [sys.executable, "-m", "v2m_bridge", "export", "score.json", "--to", "reaper", "-o", str(out), "--chords"],
        cwd=tmp_path,
        env=os.environ | {"V2M_CACHE": str(tmp_path / "cache")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, str(out)), done.stderr
    assert rpp.loads(out.read_text(encoding="utf-8")).tag == "REAPER_PROJECT"
