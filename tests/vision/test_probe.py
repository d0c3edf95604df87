from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from tests.videos import write_audio, write_video
from v2m_bridge.errors import MediaError
from v2m_bridge.vision.probe import probe

RED = (255, 0, 0)


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_rate_and_length_are_exact_in_every_container(tmp_path: Path, rate: Fraction, suffix: str) -> None:
    info = probe(write_video(tmp_path / f"v{suffix}", [(2, RED)], rate=rate, with_audio=True))
    assert info.rate == rate
    assert info.duration_s == round(2 * rate) / rate
    assert (info.width, info.height, info.has_audio, info.start_frame) == (160, 120, True, 0)


def test_the_timecode_tag_gives_the_start_and_says_whether_labels_are_dropped(tmp_path: Path) -> None:
    plain = probe(write_video(tmp_path / "a.mov", [(1, RED)], timecode="01:00:00:10"))
    assert (plain.start_frame, plain.drop_frame, plain.has_audio) == (3600 * 25 + 10, False, False)
    dropped = probe(write_video(tmp_path / "b.mov", [(1, RED)], rate=Fraction(30000, 1001), timecode="01:00:00;10"))
    assert (dropped.start_frame, dropped.drop_frame) == (107892 + 10, True)


def test_what_is_no_video_is_refused_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "garbage.mp4").write_bytes(b"not a film " * 500)
    whole = write_video(tmp_path / "whole.mp4", [(1, "moving")]).read_bytes()
    (tmp_path / "headless.mp4").write_bytes(whole[: len(whole) // 2])
    write_audio(tmp_path / "sound.m4a")
    faults = {
        "missing.mp4": "no file",
        "empty.mp4": "empty",
        "garbage.mp4": "corrupt",
        "headless.mp4": "corrupt",
        "sound.m4a": "no pictures",
    }
    for name, words in faults.items():
        with pytest.raises(MediaError, match=words) as caught:
            probe(tmp_path / name)
        assert name in str(caught.value)
        assert "\n" not in caught.value.sentence()


def test_playlists_folders_devices_and_addresses_are_not_opened(tmp_path: Path) -> None:
    write_video(tmp_path / "a.ts", [(1, RED)])
    playlist = tmp_path / "list.m3u8"
    playlist.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n")
    concat = tmp_path / "list.ffconcat"
    concat.write_text("ffconcat version 1.0\nfile a.ts\n")
    os.mkfifo(tmp_path / "pipe.mp4")
    refused = [playlist, concat, tmp_path, tmp_path / "pipe.mp4", Path("/dev/zero"), Path("http://127.0.0.1/a.mp4")]
    for path in refused:
        with pytest.raises(MediaError):
            probe(path)
    assert probe(tmp_path / "a.ts").rate == 25
