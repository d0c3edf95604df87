"""OpenTimelineIO bundles: an edit with its media in a folder (.otiod) or in a zip archive (.otioz).

Small media in an archive are unpacked into the cache, where the decoder can open them; large ones stay in it, offline.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import IO, Final

import platformdirs

from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.files import MAX_BYTES, check_file
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.otio_file import read_otio, timeline_of

MAX_MEMBERS: Final = 20_000
"""Files in one archive."""
MAX_UNPACKED_BYTES: Final = 64 * 1024 * 1024
"""Of the media in an archive together; unpacking more takes longer than a reader has."""

_CONTENT: Final = "content.otio"
_MEDIA: Final = "media"
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_ENCRYPTED: Final = 1
_CHUNK_BYTES: Final = 1 << 20
_FAULTS: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
"""What `zipfile` raises on archives that are broken, encrypted, or packed in a way that it does not know."""


def read_otiod(path: Path, finder: MediaFinder, rate: Fraction | None = None) -> Timeline:
    """Read a folder bundle: ``content.otio`` beside ``media/``.

    Raises
    ------
    TimelineError
        As for an .otio file.
    """
    if not path.is_dir():
        check_file(path)
        raise TimelineError(f"{path.name[:80]!r} is a file, not a bundle folder", hint="Name the .otiod folder itself.")
    timeline = read_otio(path / _CONTENT, _searching(finder, path.absolute()), rate)
    return _of_bundle(timeline, path)


def read_otioz(path: Path, finder: MediaFinder, rate: Fraction | None = None) -> Timeline:
    """Read an archive bundle.

    Raises
    ------
    TimelineError
        When it is no archive, an unsafe one, or as for an .otio file.
    """
    check_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = _checked(archive.infolist(), path)
            text = _text(archive, members, path)
            unpacked = _unpacked(archive, members)
    except _FAULTS as exc:
        raise TimelineError(
            f"{path.name[:80]!r} is not a sound .otioz archive: {str(exc)[:120] or type(exc).__name__}",
            hint="Export it again, or unpack it and give the .otio file.",
        ) from exc
    timeline = timeline_of(text, path, _searching(finder, unpacked) if unpacked else finder, rate)
    return _of_bundle(timeline, path)


def _searching(finder: MediaFinder, bundle: Path) -> MediaFinder:
    return replace(finder, home=bundle, folders=(bundle / _MEDIA, bundle, *finder.folders))


def _of_bundle(timeline: Timeline, path: Path) -> Timeline:
    name = path.stem if timeline.name == PurePosixPath(_CONTENT).stem else timeline.name
    return replace(timeline, name=name, source_path=str(path))


def _checked(members: Sequence[zipfile.ZipInfo], path: Path) -> dict[str, zipfile.ZipInfo]:
    """Return the files of an archive by name; an archive that no program writes is refused whole.

    Raises
    ------
    TimelineError
        When a name leads out of the archive, a member is a link or device, or there are too many.
    """
    if len(members) > MAX_MEMBERS:
        raise TimelineError(f"{path.name[:80]!r} holds more than {MAX_MEMBERS} files")
    files: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        mode = member.external_attr >> 16
        if not _is_inside(member.filename) or (mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR)):
            raise TimelineError(
                f"{path.name[:80]!r} holds {member.filename[:60]!r}, which leads out of the archive",
                hint="Do not use it: no editor writes this.",
            )
        if member.flag_bits & _ENCRYPTED:
            raise TimelineError(f"{path.name[:80]!r} is locked with a password", hint="Unpack it and give the .otio.")
        if not member.is_dir():
            files[member.filename] = member
    return files


def _is_inside(name: str) -> bool:
    parts = name.replace("\\", "/").removesuffix("/").split("/")
    return not _DRIVE.match(name) and all(part not in ("", ".", "..") and "\0" not in part for part in parts)


def _text(archive: zipfile.ZipFile, files: dict[str, zipfile.ZipInfo], path: Path) -> str:
    member = files.get(_CONTENT)
    if member is None:
        raise TimelineError(f"{path.name[:80]!r} holds no {_CONTENT}", hint="Export the bundle again.")
    with archive.open(member) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise TimelineError(f"the edit in {path.name[:80]!r} is larger than {MAX_BYTES // 1024**2} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise TimelineError(f"the edit in {path.name[:80]!r} is not text") from exc


def _unpacked(archive: zipfile.ZipFile, files: dict[str, zipfile.ZipInfo]) -> Path | None:
    """Return a folder with the media of an archive, None where there are none or too large ones."""
    media = [member for name, member in files.items() if name.replace("\\", "/").startswith(f"{_MEDIA}/")]
    total = sum(member.file_size for member in media)
    if not media or total > MAX_UNPACKED_BYTES:
        return None
    folder = _cache_folder() / _digest(media)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder.parent).free < 2 * total:
        return None
    unfinished = Path(tempfile.mkdtemp(prefix="unpacking-", dir=folder.parent))
    try:
        for member in media:
            _unpack(archive, member, unfinished)
        if not folder.is_dir():
            unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():  # another reader may have been quicker
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    target = folder.joinpath(*member.filename.replace("\\", "/").split("/"))
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as file, target.open("xb") as copy:
        _copy(file, copy, member.file_size)


def _copy(file: IO[bytes], copy: IO[bytes], n_bytes: int) -> None:
    """Copy no more than was announced."""
    while n_bytes > 0 and (chunk := file.read(min(_CHUNK_BYTES, n_bytes))):
        copy.write(chunk)
        n_bytes -= len(chunk)


def _cache_folder() -> Path:
    given = os.environ.get("V2M_CACHE")
    return Path(given or platformdirs.user_cache_dir("v2m_bridge", appauthor=False)) / "bundles"


def _digest(media: Sequence[zipfile.ZipInfo]) -> str:
    """Return what media are called in the cache: from their names, sizes and check sums."""
    listed = sorted(f"{member.filename}\0{member.file_size}\0{member.CRC}" for member in media)
    return hashlib.blake2b("\n".join(listed).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
