"""Where the media of an edit lie: where the edit says, else under the same file name in the usual folders."""

from __future__ import annotations

import re
import stat
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from v2m_bridge.core.timeline import Media, MediaFacts
from v2m_bridge.timeline.numbered_files import images_in, parsed

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(?=\S)")
_FILE_URL: Final = re.compile(r"file:(?://(?P<host>[^/\\]*)(?=[/\\]|$))?(?P<path>.*)", re.IGNORECASE | re.DOTALL)
_SLASH_DRIVE: Final = re.compile(r"/[A-Za-z][:|][/\\]")
_THIS_MACHINE: Final = frozenset({"", "localhost", "127.0.0.1"})
_DEVICE_FOLDERS: Final = tuple(Path(folder) for folder in ("/dev", "/proc", "/sys"))
_MOST_ALIKE: Final = 32
_DEVICE_PREFIXES: Final = ("\\\\.\\", "\\\\?\\", "//./", "//?/")


@dataclass(frozen=True, slots=True)
class Label:
    """What an edit says of a medium besides its name: its reel, and the timecode of its first frame in seconds."""

    reel: str = ""
    start_s: Fraction | None = None


@dataclass(frozen=True, slots=True)
class MediaFinder:
    """Finds the media of one edit; a folder is listed once at most."""

    home: Path
    """Folder of the edit: relative paths start here."""
    folders: tuple[Path, ...]
    """Searched by file name, in order."""
    known: Mapping[str, MediaFacts] | None = None
    """Facts about media by path, for formats that leave them out; None where nobody has asked the media yet."""
    _names: dict[Path, dict[str, tuple[str, ...]]] = field(default_factory=dict, repr=False, compare=False)
    _sorted: dict[Path, list[str]] = field(default_factory=dict, repr=False, compare=False)
    _found: dict[str, Media] = field(default_factory=dict, repr=False, compare=False)
    _labels: dict[str, Label] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def beside(
        cls, edit: Path, media_dirs: Sequence[Path] = (), known: Mapping[str, MediaFacts] | None = None
    ) -> MediaFinder:
        """Search the folder of the edit, its parent's media/, its own media/, then `media_dirs`."""
        home = edit.absolute().parent
        folders = (home, home.parent / "media", home / "media", *(folder.absolute() for folder in media_dirs))
        return cls(home, folders, known)

    def facts_of(self, media: Media) -> MediaFacts | None:
        """Return what is known of a medium besides its name."""
        return self.known.get(media.path) if self.known and media.path else None

    def note(self, media: Media, reel: str, start_s: Fraction | None) -> None:
        """Keep what an edit says of a medium, for the case that only another file of it is found."""
        self._labels.setdefault(media.identity, Label(reel.strip()[:200], start_s))

    def label_of(self, media: Media) -> Label:
        """Return what an edit says of a medium."""
        return self._labels.get(media.identity, Label())

    def alike(self, stem: str, suffixes: Sequence[str], *, cut_short: bool = False) -> tuple[Media, ...]:
        """Return the media in the folders that are called `stem` and one of the suffixes, each name once.

        Parameters
        ----------
        stem : str
            File name without suffix, or a reel.
        suffixes : sequence of str
            In lower case, with their point.
        cut_short : bool
            Also names that only begin with `stem`: anything may follow eight characters, which is where edit decision
            lists cut names off, and what is no letter or digit fewer.
        """
        found: dict[str, Media] = {}
        wanted = _folded(stem)
        if wanted:
            for folder in self.folders:
                for name in self._beginning(folder, wanted):
                    rest = _folded(name)[len(wanted) :]
                    whole = rest in suffixes
                    cut = cut_short and rest.endswith(tuple(suffixes)) and (len(stem) >= 8 or not rest[0].isalnum())
                    if (whole or cut) and (path := _plain_file(folder / name)):
                        found.setdefault(_folded(name), Media(name, path))
        return tuple(found.values())[:_MOST_ALIKE]

    def _beginning(self, folder: Path, start: str) -> Iterator[str]:
        """Yield the names in a folder that begin with `start`, whatever their case."""
        names = self._listed(folder)
        if folder not in self._sorted:
            self._sorted[folder] = sorted(names)
        folded = self._sorted[folder]
        for index in range(bisect_left(folded, start), len(folded)):
            if not folded[index].startswith(start):
                return
            yield from names[folded[index]]

    def find(self, address: str) -> Media:
        """Return the medium behind a path, a file URL or a bare name; its `path` is None where it is offline.

        Only plain local files are found.  What another URL, a device or a pipe names counts as offline, and as with
        every offline medium a file of its name is looked for in the folders.
        """
        if address not in self._found:
            self._found[address] = self._find(address)
        return self._found[address]

    def find_images(self, address: str, rate: Fraction) -> Media:
        """Return the medium that numbered images are, such as ``shot.[1001-1100].png`` or ``shot.%04d.png``.

        Parameters
        ----------
        address : str
            As for `find`.
        rate : Fraction
            Images in a second.
        """
        spellings = (file_name(address), _last_part(address))  # %04 is no percent-encoding here
        name = next((spelling for spelling in spellings if parsed(spelling)), "")
        if not name:
            return self.find(address)
        key = f"{rate} {address}"
        if key not in self._found:
            places = [(self.home / path).parent for path in local_paths(address)]
            folders = [folder for folder in dict.fromkeys((*places, *self.folders)) if _is_searched(folder)]
            found = (images_in(folder, name, rate) for folder in folders)
            self._found[key] = next((media for media in found if media is not None), Media(name))
        return self._found[key]

    def _find(self, address: str) -> Media:
        name = file_name(address)
        spellings = local_paths(address)
        for spelling in spellings:
            if found := _plain_file(self.home / spelling):
                return Media(name, found)
        names = dict.fromkeys((name, *(_last_part(spelling) for spelling in spellings)))
        for folder in self.folders:
            for wanted in names:
                if found := self._in_folder(folder, wanted):
                    return Media(name, found)
        return Media(name)

    def _listed(self, folder: Path) -> dict[str, tuple[str, ...]]:
        if folder not in self._names:
            self._names[folder] = _names_in(folder)
        return self._names[folder]

    def _in_folder(self, folder: Path, name: str) -> str | None:
        alike = self._listed(folder).get(_folded(name), ())
        for candidate in sorted(alike, key=lambda other: (other != name, other)):
            if found := _plain_file(folder / candidate):
                return found
        return None


def file_name(address: str) -> str:
    """Return the file name in a path or URL of any system, percent-decoded: this is the identity of the medium."""
    scheme = _SCHEME.match(address)
    if scheme and scheme[1].lower() != "file":
        address = re.split(r"[?#]", address, maxsplit=1)[0]
    return _last_part(unquote(address))


def local_paths(address: str) -> tuple[str, ...]:
    """Return the local paths that an address may mean, likeliest first; none where it cannot be a local file.

    File URLs are percent-decoded first and taken as they stand second (some editors do not encode them); plain paths
    the other way round (some editors encode what is no URL).
    """
    scheme = _SCHEME.match(address)
    if scheme is None:
        spellings = (address, unquote(address))
    elif url := _FILE_URL.fullmatch(address):
        if (url["host"] or "").lower() not in _THIS_MACHINE:
            return ()
        path = url["path"]
        if _SLASH_DRIVE.match(path):
            path = path[1:].replace("|", ":", 1)
        spellings = (unquote(path), path)
    else:
        return ()
    return tuple(dict.fromkeys(path for path in spellings if path and not path.startswith(_DEVICE_PREFIXES)))


def _is_searched(folder: Path) -> bool:
    """Whether a folder is one of plain files."""
    try:
        real = folder.resolve()
        return real.is_dir() and not any(real.is_relative_to(devices) for devices in _DEVICE_FOLDERS)
    except (OSError, ValueError, RuntimeError):
        return False


def _last_part(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def _plain_file(path: Path) -> str | None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        real = path.resolve()
        clean = str(real if ".." in path.parts else path)
        clean.encode()  # a name that is not Unicode cannot be sent on
    except (OSError, ValueError, RuntimeError):
        return None
    return None if any(real.is_relative_to(folder) for folder in _DEVICE_FOLDERS) else clean


def _names_in(folder: Path) -> dict[str, tuple[str, ...]]:
    """Names in a folder by what they are without case and without the two spellings of accents."""
    names: dict[str, tuple[str, ...]] = {}
    try:
        for name in sorted(entry.name for entry in folder.iterdir()):
            names[_folded(name)] = (*names.get(_folded(name), ()), name)
    except (OSError, ValueError):
        return {}
    return names


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
