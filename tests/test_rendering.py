"""How a request for a render reaches the parts that do it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.scores import make_score
from v2m_bridge import rendering
from v2m_bridge.core.speech import SpeechMask
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import Scene, Timeline
from v2m_bridge.core.work import Means, Rendered, RenderRequest
from v2m_bridge.errors import OutputError, TimelineError

RATE = Fraction(25)
TIMELINE = Timeline("edit", RATE, (Scene("s", "gap", FrameTime(0, RATE), FrameTime(50, RATE)),), FrameTime(0, RATE))
SPEECH = SpeechMask(((Fraction(0), Fraction(1)),))


def request_for(folder: Path, name: str = "film.mp4", **more: Any) -> RenderRequest:
    score = replace(make_score(n_frames=50, revision=TIMELINE.revision), source=str(folder / "edit.otio"))
    return RenderRequest(score=score, means=Means(cache_dir=str(folder / "cache")), out_path=str(folder / name), **more)


def progress(_label: str, _done: int, _total: int) -> None:
    """Hear nothing."""


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what the renderer is asked to sound like, instead of rendering."""
    asked: list[Any] = []

    def fake(_score: object, _timeline: object, out: Path, *, sound: object, **_more: object) -> Rendered:
        asked.append(sound)
        return Rendered(path=str(out), duration_s=2.0, peak_dbfs=-3.0)

    monkeypatch.setattr(rendering, "render", fake)
    monkeypatch.setattr(rendering, "listen_for_speech", lambda *_args, **_more: (SPEECH, ()))
    return asked


def test_a_film_is_told_who_speaks_and_whether_temp_music_is_wanted(tmp_path: Path, rendered: list[Any]) -> None:
    rendering.render_edit(request_for(tmp_path, with_temp=True), TIMELINE, progress)
    (sound,) = rendered
    assert sound.speech == SPEECH
    assert sound.with_temp


def test_music_alone_gives_way_to_nobody(tmp_path: Path, rendered: list[Any]) -> None:
    rendering.render_edit(request_for(tmp_path, "music.wav"), TIMELINE, progress)
    assert rendered[0].speech is None


def test_stems_carry_the_day_on_which_the_edit_was_last_written(tmp_path: Path, rendered: list[Any]) -> None:
    edit = tmp_path / "edit.otio"
    edit.write_text("{}")
    noon = datetime(2026, 11, 20, 12).astimezone()
    os.utime(edit, (noon.timestamp(), noon.timestamp()))
    request = request_for(tmp_path, "music.wav", stems_dir=str(tmp_path / "stems"))
    done = rendering.render_edit(request, TIMELINE, progress)
    assert {Path(path).name for path in done.stems} == {
        f"Test-edit_1m01_v01_PIC20261120_{part}.wav" for part in ("chords", "bass", "mix")
    }


def test_what_is_in_the_way_is_refused_before_anything_is_decoded(tmp_path: Path) -> None:
    stems = tmp_path / "stems"
    stems.write_bytes(b"not a folder")
    with pytest.raises(OutputError, match="not a folder"):
        rendering.check_render(request_for(tmp_path, stems_dir=str(stems)))
    (tmp_path / "film.mp4").write_bytes(b"a film of mine")
    with pytest.raises(OutputError, match=r"film\.mp4"):
        rendering.check_render(request_for(tmp_path))


def test_a_score_of_another_edit_is_refused(tmp_path: Path, rendered: list[Any]) -> None:
    request = request_for(tmp_path)
    with pytest.raises(TimelineError, match="has changed"):
        rendering.render_edit(replace(request, score=replace(request.score, revision="0" * 16)), TIMELINE, progress)
    assert rendered == []
