"""Edits made to take all time and memory, or to reach what lies outside: `ATTACKS` by what carries them."""

from __future__ import annotations

import io
import json
import re
import struct
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import aaf2

from tests.timeline.hostile_files import INSIDE, VIDEO, samples, unzipped, zipped
from tests.timeline.lists import cut

_MB: Final = 1_000_000
_ROOTS: Final = {".fcpxml": "fcpxml", ".fcpxmld": "fcpxml", ".kdenlive": "mlt", ".mlt": "mlt", ".xml": "xmeml"}
_XML: Final = tuple(_ROOTS)
_JSON: Final = (".otio", ".otiod", ".otioz")
_ENTITIES: Final = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {after} "{f"&{before};" * 10}">' for before, after in zip("abcdefghi", "bcdefghij", strict=True)
)
_ADDRESS: Final = re.compile(rb"""[^"'<>\s]*A001C001\.mov""")
_LEVELS: Final = 9
"""Ten uses of a sequence in which the next one is used ten times: 10^9 clips."""
Write = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Attack:
    """What is done, where, and what the sentence about it says; what it may say as well stands after a `|`."""

    name: str
    suffixes: tuple[str, ...]
    write: Callable[[str], bytes]
    """From the suffix to the bytes of the file."""
    words: str = ""
    heavy: bool = False
    """It takes seconds."""


def put(attack: Attack, suffix: str, folder: Path) -> Path:
    """Write an attack and return what is to be read."""
    path = folder / f"hostile{suffix}"
    data = attack.write(suffix)
    if suffix in INSIDE:
        path.mkdir()
        (path / INSIDE[suffix]).write_bytes(data)
    else:
        path.write_bytes(zipped({"content.otio": data}) if suffix == ".otioz" and data[:2] != b"PK" else data)
    return path


def _xml(suffix: str, inside: str, before: str = "") -> bytes:
    root = _ROOTS[suffix]
    return f'<?xml version="1.0"?>{before}<{root} version="1.9">{inside}</{root}>'.encode()


def _many(suffix: str) -> bytes:
    """60 MB of the smallest clips that the format has."""
    small = {"fcpxml": "<clip/>", "mlt": "<entry/>", "xmeml": "<clipitem/>"}[_ROOTS[suffix]]
    return _xml(suffix, small * (60 * _MB // len(small)))


def _named(schema: str, **more: object) -> dict[str, object]:
    return {"OTIO_SCHEMA": schema, **more}


def _clips(n_clips: int, name: str = "x") -> bytes:
    time = _named("RationalTime.1", rate=25.0, value=10.0)
    clip = _named("Clip.2", name=name, source_range=_named("TimeRange.1", start_time=time, duration=time))
    one = json.dumps(clip | {"media_references": {}, "active_media_reference_key": ""})
    return (
        '{"OTIO_SCHEMA":"Timeline.1","name":"t","tracks":{"OTIO_SCHEMA":"Stack.1","children":'
        '[{"OTIO_SCHEMA":"Track.1","kind":"Video","children":[' + ",".join([one] * n_clips) + "]}]}}"
    ).encode()


def _own_part(_: str) -> bytes:
    """A stack that holds itself."""
    inner = _named("SerializableObjectRef.1", id="s")
    stack = _named("Stack.1", OTIO_REF_ID="s", children=[_named("Track.1", kind="Video", children=[inner])])
    return json.dumps(_named("Timeline.1", name="t", tracks=stack)).encode()


def _nested_fcpxml(_: str) -> bytes:
    media = "".join(
        f'<media id="n{level}"><sequence format="f"><spine>'
        + f'<ref-clip ref="n{level + 1}" duration="{10 ** (_LEVELS - 1 - level)}/1000s"/>' * 10
        + "</spine></sequence></media>"
        for level in range(_LEVELS)
    )
    last = f'<media id="n{_LEVELS}"><sequence format="f"><spine><clip duration="1s"><video ref="v"/></clip>'
    return (
        '<fcpxml version="1.9"><resources><format id="f" frameDuration="1/25s"/>'
        f'<asset id="v" src="v.mov" hasVideo="1"/>{media}{last}</spine></sequence></media></resources>'
        '<project><sequence format="f"><spine>'
        '<ref-clip ref="n0" offset="0s" duration="100000s"/></spine></sequence></project></fcpxml>'
    ).encode()


def _nested_xmeml(_: str) -> bytes:
    rate = "<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>"

    def item(number: int, length: int, inside: str) -> str:
        return (
            f"<clipitem><name>c</name>{rate}<start>{number * length}</start><end>{(number + 1) * length}</end>"
            f"<in>0</in><out>{length}</out>{inside}</clipitem>"
        )

    inside = '<file id="f"><name>a.mov</name><pathurl>a.mov</pathurl><duration>9</duration></file>'
    for level in range(_LEVELS + 1):
        length = min(10**level, 1_000_000)
        uses = [inside, *[f'<sequence id="s{level - 1}"/>' if level else inside] * 9]
        items = "".join(item(number, length, use) for number, use in enumerate(uses))
        inside = (
            f'<sequence id="s{level}"><name>s</name><duration>{10 * length}</duration>{rate}<media><video>'
            f"<track>{items}</track></video></media></sequence>"
        )
    return f'<xmeml version="4">{inside}</xmeml>'.encode()


def _nested_mlt(_: str) -> bytes:
    lists = '<producer id="p" in="0" out="0"><property name="resource">a.mov</property></producer>'
    before = "p"
    for level in range(_LEVELS):
        entries = f'<entry producer="{before}" in="0" out="{10**level - 1}"/>' * 10
        lists += f'<playlist id="l{level}">{entries}</playlist>'
        before = f"l{level}"
    profile = '<profile frame_rate_num="1000" frame_rate_den="1"/>'
    track = f'<multitrack><track producer="{before}"/></multitrack>'
    return f'<mlt>{profile}{lists}<tractor id="t" in="0" out="99999999">{track}</tractor></mlt>'.encode()


def _aaf(write: Callable[[Any], None]) -> Callable[[str], bytes]:
    def written(_: str) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "made.aaf"
            with aaf2.open(str(path), "w") as file:
                write(file)
            return path.read_bytes()

    return written


def _sequences(file: Any, levels: int, uses: int) -> None:
    """Compositions that are used in each other; the last one plays a file that nobody has."""
    inner: Any = None
    length = 1
    for level in range(levels + 1):
        mob = file.create.CompositionMob(f"c{level}")
        slot = mob.create_timeline_slot(Fraction(25))
        slot.segment = file.create.Sequence(media_kind="picture")
        for _ in range(uses):
            made = (
                inner.create_source_clip(1, start=0, length=length, media_kind="picture")
                if inner
                else file.create.SourceClip(start=0, length=length, media_kind="picture")
            )
            slot.segment.components.append(made)
        file.content.mobs.append(mob)
        inner, length = mob, length * uses
    inner.usage = "Usage_TopLevel"


def _large_tables(_: str) -> bytes:
    """A compound file whose header says that its tables are as long as can be."""
    header = bytearray(struct.pack("<8s16sHHHHH", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 62, 4, 0xFFFE, 12, 6))
    header += b"\0" * 10 + struct.pack("<8I", 0, 25_000, 0, 0, 4096, 0, 25_000, 0) + struct.pack("<I", 25_000)
    return bytes(header.ljust(4096, b"\0")) + b"\0" * (100 * _MB)


def _ring(_: str) -> bytes:
    """An AAF whose sectors are said to follow themselves."""
    data = bytearray(_aaf(lambda file: _sequences(file, 1, 3))(""))
    sector = 1 << struct.unpack_from("<H", data, 30)[0]
    (first,) = struct.unpack_from("<I", data, 76)
    table = (first + 1) * sector
    for at in range(table, table + sector, 4):
        (following,) = struct.unpack_from("<I", data, at)
        if following < 0xFFFFFFF0:
            struct.pack_into("<I", data, at, (at - table) // 4)
    return bytes(data)


def _archive_of_many(_: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(60_000):
            archive.writestr(f"media/{number}", b"")
    return made.getvalue()


def _slip(name: str) -> Callable[[str], bytes]:
    return lambda _: zipped({"content.otio": _clips(2), name: b"out"})


def _events(n_events: int) -> Callable[[str], bytes]:
    return lambda _: "".join(
        cut("A", "1:00 2:00", f"{n}:00 {n + 1}:00", number=n % 999 + 1) for n in range(n_events)
    ).encode()


_OUT: Final = "leads out of the archive"
_TOO_MUCH: Final = "needs more than 300 MB|longer than 2 s"
_OF_ROOT: Final = {root: tuple(one for one, of in _ROOTS.items() if of == root) for root in _ROOTS.values()}
_FILE_ENTITY: Final = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_WEB_ENTITY: Final = '<!DOCTYPE x [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>'
ATTACKS: Final[tuple[Attack, ...]] = (
    Attack("entity bomb", _XML, lambda s: _xml(s, "&j;", _ENTITIES + "]>"), "declares entities"),
    Attack("external entity", _XML, lambda s: _xml(s, "&x;", _FILE_ENTITY), "declares entities"),
    Attack("external parameter", _XML, lambda s: _xml(s, "", _WEB_ENTITY), "declares entities"),
    Attack("200,000 deep", _XML, lambda s: _xml(s, "<clip>" * 200_000), "nested more than 256 deep"),
    Attack("100 MB of one tag", _XML, lambda _: b"<" + b"a" * (100 * _MB), "larger than 64 MB"),
    Attack("60 MB of one tag", _XML, lambda _: b"<" + b"a" * (60 * _MB), "one tag of more than 4 MB"),
    Attack("60 MB of attributes", _XML, lambda _: b"<a " + b'x="" ' * (12 * _MB), "one tag of more than 4 MB"),
    Attack("60 MB of small tags", _XML, _many, "more than 500,000 elements|longer than 2 s", heavy=True),
    Attack("10^9 clips", _OF_ROOT["fcpxml"], _nested_fcpxml, "opens to more than|longer than 2 s", heavy=True),
    Attack("10^9 clips", _OF_ROOT["xmeml"], _nested_xmeml, "opens to more than|longer than 2 s", heavy=True),
    Attack("10^9 clips", _OF_ROOT["mlt"], _nested_mlt, "opens to more than|longer than 2 s", heavy=True),
    Attack("200,000 deep", _JSON, lambda _: b'{"a":[' * 100_000, "nested more than 256 deep"),
    Attack("100 MB of one thing", _JSON, lambda _: b'"' + b"a" * (100 * _MB), "larger than 64 MB"),
    Attack("60 MB of numbers", _JSON, lambda _: b"[" + b"1," * (30 * _MB) + b"1]", _TOO_MUCH, heavy=True),
    Attack("60 MB of objects", _JSON, lambda _: b"[" + b"{}," * (20 * _MB) + b"{}]", _TOO_MUCH, heavy=True),
    Attack("55,000 clips", _JSON, lambda _: _clips(55_000), f"opens to more than 50,000|{_TOO_MUCH}", heavy=True),
    Attack("150,000 clips", _JSON, lambda _: _clips(150_000), _TOO_MUCH, heavy=True),
    Attack("an edit in itself", _JSON, _own_part, "holds itself"),
    Attack("60 MB of one line", (".edl",), lambda _: b"001 " * (15 * _MB), "holds no events", heavy=True),
    Attack("60 MB of lines", (".edl",), lambda _: b"001\n" * (15 * _MB), _TOO_MUCH, heavy=True),
    Attack("60 MB of notes", (".edl",), lambda _: _events(1)("") + b"* x\n" * (15 * _MB), _TOO_MUCH, heavy=True),
    Attack("300,000 events", (".edl",), _events(300_000), f"more than 50000 events|{_TOO_MUCH}", heavy=True),
    Attack("10^9 clips", (".aaf",), _aaf(lambda file: _sequences(file, _LEVELS, 10)), _TOO_MUCH, heavy=True),
    Attack(
        "200 deep",
        (".aaf",),
        _aaf(lambda file: _sequences(file, 200, 1)),
        f"deeper than|shows no pictures|{_TOO_MUCH}",
        heavy=True,
    ),
    Attack("100 MB of tables", (".aaf",), _large_tables, "not a sound AAF"),
    Attack("sectors in a ring", (".aaf",), _ring, "not a sound AAF"),
    Attack("a leap out", (".otioz",), _slip("../../out.mov"), _OUT),
    Attack("a root", (".otioz",), _slip("/etc/cron.d/x"), _OUT),
    Attack("a drive", (".otioz",), _slip("C:\\x.mov"), _OUT),
    Attack("60,000 members", (".otioz",), _archive_of_many, "more than 20000 files"),
    Attack("a bomb", (".otioz",), lambda _: zipped({"content.otio": b" " * (100 * _MB)}), "larger than 64 MB"),
    Attack("a playlist", (VIDEO,), lambda _: b"#EXTM3U\nhttp://127.0.0.1:9/x.ts\n"),
)


def with_media(suffix: str, address: str, folder: Path) -> list[Path]:
    """Write the samples of a format that name files, with another address in place of one of them (all in an AAF)."""
    changed: list[Path] = []
    for sample in samples(suffix, folder):
        before = sample.file.read_bytes()
        if suffix == ".aaf":
            _name_in_aaf(sample.file, address)
        else:
            _name_in_text(sample.file, address)
        if sample.file.read_bytes() != before:
            changed.append(sample.path)
    return changed


def _name_in_text(file: Path, address: str) -> None:
    data = file.read_bytes()
    if suffix_is_archive := data.startswith(b"PK"):
        members = unzipped(data)
        data = members["content.otio"]
    data = _ADDRESS.sub(lambda _: json.dumps(address)[1:-1].encode(), data)
    file.write_bytes(zipped({**members, "content.otio": data}) if suffix_is_archive else data)


def _name_in_aaf(file: Path, address: str) -> None:
    with aaf2.open(str(file), "rw") as opened:
        for mob in opened.content.mobs:
            for locator in getattr(getattr(mob, "descriptor", None), "locator", ()) or ():
                locator["URLString"].value = address
