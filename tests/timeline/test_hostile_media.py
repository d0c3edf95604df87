"""Media that an edit may name to reach what is none: addresses, devices, pipes, loops of links, playlists."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.timeline.hostile_edits import with_media
from tests.timeline.hostile_files import INSIDE, SUFFIXES, VIDEO
from tests.timeline.reference_edit import RATES, A, B, C
from v2m_bridge.core.messages import ReadRequest
from v2m_bridge.core.timeline import Media, MediaWanted, Timeline
from v2m_bridge.errors import V2MError
from v2m_bridge.reader import read_edit
from v2m_bridge.timeline import read
from v2m_bridge.vision.probe import probe

EDITS = [suffix for suffix in SUFFIXES if suffix != VIDEO]
LONGEST_S = 2.0


def loop(folder: Path) -> str:
    """Two links that point to each other."""
    (folder / "one.mov").symlink_to(folder / "two.mov")
    (folder / "two.mov").symlink_to(folder / "one.mov")
    return str(folder / "one.mov")


def pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe.mov")
    return str(folder / "pipe.mov")


def link_to_device(folder: Path) -> str:
    (folder / "zero.mov").symlink_to("/dev/zero")
    return str(folder / "zero.mov")


def itself(folder: Path) -> str:
    (folder / "inside.mov").symlink_to(folder)
    return str(folder / "inside.mov" / "inside.mov" / "inside.mov")


UNTOUCHED: dict[str, Callable[[Path], str]] = {
    "a device": lambda _: "/dev/zero",
    "a device as a URL": lambda _: "file:///dev/zero",
    "a file of the system": lambda _: "/proc/self/mem",
    "another machine": lambda _: "file://server/share/a.mov",
    "a share": lambda _: "\\\\server\\share\\a.mov",
    "ftp": lambda _: "ftp://127.0.0.1:9/a.mov",
    "a protocol of the decoder": lambda _: "concat:/etc/passwd|/etc/hostname",
    "a filter of the decoder": lambda _: "subfile,,start,0,end,0,,:/etc/passwd",
    "a loop of links": loop,
    "a link to its own folder": itself,
    "a pipe": pipe,
    "a link to a device": link_to_device,
    "a long name": lambda _: "x" * 5_000 + ".mov",
    "no name": lambda _: "%00",
}


@pytest.fixture
def address() -> Iterator[tuple[socket.socket, str]]:
    """A server that nobody may call, and the address of a film on it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server, f"http://127.0.0.1:{server.getsockname()[1]}/a.mov"


def media_of(path: Path) -> list[Media]:
    request = ReadRequest(str(path), rate=RATES[1].rate)
    edit = read_edit(request, lambda *_: None)
    if isinstance(edit, MediaWanted):
        edit = read_edit(replace(request, known={}), lambda *_: None)
    assert isinstance(edit, Timeline)
    return [scene.media for scene in edit.scenes if scene.media is not None]


def hidden_media(folder: Path) -> None:
    """Take the sound originals away, so that an offline medium is not found again under its name."""
    for film in folder.rglob(A.file):
        film.unlink()


@pytest.mark.parametrize("what", UNTOUCHED)
@pytest.mark.parametrize("suffix", EDITS)
def test_what_is_no_plain_file_is_offline(suffix: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    hostile = UNTOUCHED[what](tmp_path / "outside")
    for path in with_media(suffix, hostile, tmp_path):
        hidden_media(tmp_path)
        before_s = time.process_time()
        try:
            found = media_of(path)
        except V2MError as exc:
            assert "\n" not in exc.sentence()
        else:
            assert found
            assert all(medium.path is None or medium.name in (B.file, C.file) for medium in found)
        assert time.process_time() - before_s < LONGEST_S


@pytest.mark.parametrize("suffix", EDITS)
def test_a_plain_file_at_the_same_place_is_found(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    plain = tmp_path / "outside" / "plain.mov"
    plain.touch()
    changed = with_media(suffix, plain.name if suffix == ".edl" else str(plain), tmp_path)
    assert changed
    for path in changed:
        if suffix == ".edl":
            (path.parent / plain.name).touch()
        hidden_media(tmp_path)
        assert any(medium.path and Path(medium.path).name == plain.name for medium in media_of(path))


@pytest.mark.parametrize("suffix", EDITS)
def test_nobody_is_called(suffix: str, address: tuple[socket.socket, str], tmp_path: Path) -> None:
    server, film = address
    for path in with_media(suffix, film, tmp_path):
        hidden_media(tmp_path)
        assert media_of(path)
    with pytest.raises(BlockingIOError):
        server.accept()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_edit_that_is_a_link_to_nothing_sane_costs_one_sentence(suffix: str, tmp_path: Path) -> None:
    for make in (loop, pipe, link_to_device, itself):
        inner = tmp_path / make.__name__
        inner.mkdir()
        edit = inner / f"edit{suffix}"
        edit.symlink_to(make(inner))
        with pytest.raises(V2MError) as caught:
            read(edit)
        assert "\n" not in caught.value.sentence()
        assert edit.name in caught.value.sentence()


@pytest.mark.parametrize("suffix", INSIDE)
def test_a_bundle_around_a_device_costs_one_sentence(suffix: str, tmp_path: Path) -> None:
    bundle = tmp_path / f"edit{suffix}"
    bundle.mkdir()
    (bundle / INSIDE[suffix]).symlink_to("/dev/zero")
    with pytest.raises(V2MError, match="is a pipe or device"):
        read(bundle)


def test_a_project_that_plays_itself_costs_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "itself.kdenlive"
    said = '<property name="resource">itself.kdenlive</property><property name="mlt_service">xml</property>'
    numbers = range(50)
    path.write_text(
        '<mlt><profile frame_rate_num="25" frame_rate_den="1"/>'
        + "".join(f'<producer id="p{number}" in="0" out="99">{said}</producer>' for number in numbers)
        + '<playlist id="l">'
        + "".join(f'<entry producer="p{number}" in="0" out="99"/>' for number in numbers)
        + '</playlist><tractor id="t" in="0" out="99"><multitrack><track producer="l"/></multitrack></tractor></mlt>'
    )
    with pytest.raises(V2MError, match="opens to more than") as caught:
        read(path)
    assert path.name in caught.value.sentence()


PLAYLISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{url}'\nduration 1\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"
    "a=rtpmap:96 H264/90000\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"'
    ' profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static"><Period><AdaptationSet>'
    '<Representation id="1"><BaseURL>{url}</BaseURL></Representation>'
    "</AdaptationSet></Period></MPD>",
    "smooth": '<SmoothStreamingMedia MajorVersion="2"><StreamIndex Url="{url}"/></SmoothStreamingMedia>',
    "asx": '<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
    "rtsp": "RTSPtext\nRTSPurl {url}\n",
    "subtitles": "1\n00:00:00,000 --> 00:00:01,000\n{url}\n",
    "filter": "color=c=red:s=16x16[out0]",
    "vapoursynth": "import os\nos.system('touch {folder}/ran')\n",
    "avisynth": 'DirectShowSource("{url}")\n',
    "mlt": '<mlt><producer><property name="resource">{url}</property></producer></mlt>',
    "imf": '<CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"><Id>{url}</Id></CompositionPlaylist>',
    "reference film": "\0\0\0\x1cftypqt  \0\0\0\0qt  \0\0\0\0\0\0\0\0",
    "nothing": "",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.m3u8"])
def test_playlists_are_not_opened_whatever_they_are_called(
    kind: str, name: str, address: tuple[socket.socket, str], tmp_path: Path
) -> None:
    server, film = address
    path = tmp_path / name
    path.write_text(PLAYLISTS[kind].format(url=film, folder=tmp_path))
    before_s = time.process_time()
    with pytest.raises(V2MError) as caught:
        probe(path)
    assert "\n" not in caught.value.sentence()
    assert name in caught.value.sentence()
    assert caught.value.hint
    assert time.process_time() - before_s < LONGEST_S
    with pytest.raises(BlockingIOError):
        server.accept()
    assert [made.name for made in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("what", [loop, pipe, link_to_device, itself])
def test_links_pipes_and_devices_are_not_opened_as_media(what: Callable[[Path], str], tmp_path: Path) -> None:
    with pytest.raises(V2MError) as caught:
        probe(Path(what(tmp_path)))
    assert "\n" not in caught.value.sentence()


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/a.mp4", "concat:a.mp4|b.mp4", "pipe:0", "/dev/stdin", "-"])
def test_addresses_are_not_opened_as_media(address: str) -> None:
    with pytest.raises(V2MError):
        probe(Path(address))
