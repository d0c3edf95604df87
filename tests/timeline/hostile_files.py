"""Samples of every format and what can be done to them: bytes changed, cut short, made huge, nested without end."""

from __future__ import annotations

import importlib
import io
import pkgutil
import random
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Final

from tests.timeline import dialects
from tests.timeline.reference_edit import RATES, EditRate
from tests.videos import write_video
from v2m_bridge.timeline.formats import FORMATS
from v2m_bridge.timeline.plain_video import VIDEO_SUFFIXES

VIDEO: Final = ".mp4"
"""Stands for all plain videos, which are read alike."""
SUFFIXES: Final = (*(suffix for suffix in FORMATS if suffix not in VIDEO_SUFFIXES), VIDEO)
"""One for each way of reading."""
INSIDE: Final[Mapping[str, str]] = MappingProxyType({".otiod": "content.otio", ".fcpxmld": "Info.fcpxml"})
"""The file that a bundle folder is about."""


def writers() -> dict[str, list[ModuleType]]:
    """Return the modules that write the reference edit, by suffix."""
    found: dict[str, list[ModuleType]] = {}
    for module_info in pkgutil.iter_modules(dialects.__path__):
        module = importlib.import_module(f"{dialects.__name__}.{module_info.name}")
        if hasattr(module, "SUFFIX"):
            found.setdefault(module.SUFFIX, []).append(module)
    return found


@dataclass(frozen=True, slots=True)
class Sample:
    """A sound file of a format, with its media beside it."""

    path: Path
    """What is read: a file, or a bundle folder."""

    @property
    def file(self) -> Path:
        """The file whose bytes are changed."""
        return self.path / INSIDE[self.path.suffix] if self.path.suffix in INSIDE else self.path


def samples(suffix: str, folder: Path, at: EditRate = RATES[1]) -> list[Sample]:
    """Write what there is of a format, each dialect into a folder of its own."""
    if suffix == VIDEO:
        return [Sample(write_video(folder / "film.mp4", [(1, (255, 0, 0))]))]
    made: list[Sample] = []
    for module in writers()[suffix]:
        inner = folder / module.__name__.rsplit(".", 1)[-1]
        inner.mkdir()
        made.append(Sample(module.write(at, inner)))
    return made


NUMBER: Final = re.compile(rb"-?\d+(?:\.\d+)?")
WORD: Final = re.compile(rb"[A-Za-z_][\w.-]*")
ODD_NUMBERS: Final = (
    *(b"nan", b"NaN", b"-1", b"1e308", b"0", b"", b"inf", b"-inf", b"1/0", b"99999999999999999999", b"1e-300"),
    *(b"-1e9", b"2147483648", b"0.5", b"1000000007", b"x", b"00:00:00:00", b"99:99:99:99", b"null", b"-0"),
)
ODD_WORDS: Final = (b"", b"true", b"null", b"\0", b"\xff\xfe", b"a" * 3000, b"../../x", b"file:///dev/zero", b"%00")
Change = Callable[[bytes, random.Random], bytes]


def flipped(data: bytes, rng: random.Random) -> bytes:
    """Change up to twenty bytes."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 2, 20)) if changed else 0):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def deleted(data: bytes, rng: random.Random) -> bytes:
    """Leave a stretch out."""
    first = rng.randrange(len(data) + 1)
    return data[:first] + data[first + rng.choice((1, 8, 100, 2000)) :]


def repeated(data: bytes, rng: random.Random) -> bytes:
    """Say a stretch again, somewhere."""
    first, at = rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)
    return data[:at] + data[first : first + rng.choice((1, 8, 100, 2000))] * rng.choice((1, 2, 30)) + data[at:]


def cut_short(data: bytes, rng: random.Random) -> bytes:
    """End too early."""
    return data[: rng.randrange(len(data) + 1)]


def with_odd_numbers(data: bytes, rng: random.Random) -> bytes:
    """Replace numbers by what is none, or too large a one."""
    return _replaced(data, NUMBER, lambda found: rng.choice((*ODD_NUMBERS, rng.choice(found))), rng)


def with_odd_words(data: bytes, rng: random.Random) -> bytes:
    """Replace names of tags, attributes and values by others of the file."""
    return _replaced(data, WORD, lambda found: rng.choice((rng.choice(found), rng.choice(found), *ODD_WORDS)), rng)


def with_lines_moved(data: bytes, rng: random.Random) -> bytes:
    """Exchange lines, so that elements stand in other elements."""
    lines = data.split(b"\n")
    for _ in range(rng.choice((1, 3, 10))):
        one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


CHANGES: Final[tuple[Change, ...]] = (
    flipped,
    deleted,
    repeated,
    cut_short,
    *(with_odd_numbers,) * 4,
    *(with_odd_words,) * 3,
    with_lines_moved,
)


def _replaced(data: bytes, what: re.Pattern[bytes], by: Callable[[list[bytes]], bytes], rng: random.Random) -> bytes:
    places = list(what.finditer(data))
    if not places:
        return data
    chosen = sorted(rng.sample(places, min(len(places), rng.choice((1, 1, 2, 8)))), key=lambda place: -place.start())
    found = [place[0] for place in places]
    for place in chosen:
        data = data[: place.start()] + by(found) + data[place.end() :]
    return data


def changed(data: bytes, rng: random.Random) -> bytes:
    """Return a file with one to three faults; of an archive, half the time with faults in what it holds."""
    if data.startswith(b"PK") and rng.random() < 0.5:
        return zipped({name: changed(inner, rng) for name, inner in unzipped(data).items()})
    for _ in range(rng.choice((1, 1, 2, 3))):
        data = rng.choice(CHANGES)(data, rng)
    return data


def lengths(n_bytes: int, every: int = 100) -> Iterator[int]:
    """Yield where a file of so many bytes is cut."""
    yield from range(0, n_bytes, every)


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Return an archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    """Return the members of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
