"""Numbered versions of each cue's music: one file each, written once and never again.

``versions/1m02/v003.cue`` is a line of JSON about the version (see `About`) and the cue as score.json has it; a remark
is ``v003.txt`` beside it.  Music that is the same, byte for byte but for its number, is one version.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from v2m_bridge.core import codec
from v2m_bridge.core.direction import CueDirection, Direction, SceneDirection
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.errors import OutputError

FOLDER: Final = "versions"
_FILE: Final = re.compile(r"v(\d{3,9})\.cue")
_PLAIN: Final = re.compile(r"[^\w.-]")
_LONGEST_REMARK: Final = 500


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a version's first line says."""

    cue: str
    version: int
    revision: str
    """Of the picture."""
    seed: int
    weights: str
    wishes: str
    """All wishes for the cue and its scenes as `Wishes`, encoded."""
    digest: str
    """Of the cue that follows."""


class Wishes(msgspec.Struct, frozen=True):
    """The direction that a version was composed for."""

    cue: CueDirection
    scenes: dict[str, SceneDirection]


class Version(msgspec.Struct, frozen=True):
    """A version that was read and is whole."""

    about: About
    music: CueMusic
    remark: str = ""

    @property
    def wishes(self) -> Wishes:
        """What it was composed for."""
        return codec.decode(base64.b64decode(self.about.wishes), Wishes)


class Damaged(msgspec.Struct, frozen=True):
    """A version whose file cannot be read."""

    version: int
    why: str


def numbered(score: Score, folder: Path) -> Score:
    """Give each cue the number of the version that it is or will be in `folder`.

    Music that is there already has that version's number; other music the next one, or a higher one that its cue list
    asks for.  Nothing is written.
    """
    return replace(score, cues=tuple(_numbered(cue, folder) for cue in score.cues))


def midi_name(cue: CueMusic) -> str:
    """Return the name of a version's MIDI file, ``1m02 v003.mid``."""
    return f"{_PLAIN.sub('_', cue.number)} v{cue.version:03}.mid"


def keep_versions(score: Score, direction: Direction, folder: Path) -> None:
    """Write the version of each cue of a numbered score, unless it is there.

    Raises
    ------
    OutputError
        When the folder cannot be written.
    """
    for cue in score.cues:
        path = _path(folder, cue.number, cue.version)
        if path.exists():
            continue
        body = msgspec.json.encode(cue)
        scenes = {slot.scene_id for slot in cue.slots}
        wishes = Wishes(
            direction.for_cue(cue.number),
            {each: wish for each, wish in sorted(direction.scenes.items()) if each in scenes},
        )
        about = About(
            cue=cue.number,
            version=cue.version,
            revision=score.revision,
            seed=cue.seed,
            weights=score.weights,
            wishes=base64.b64encode(codec.encode(wishes)).decode(),
            digest=_digest(body),
        )
        _write_once(path, msgspec.json.encode(about) + b"\n" + body)


def version_numbers(folder: Path, cue: str) -> list[int]:
    """Return the numbers of the versions of a cue, lowest first."""
    with suppress(OSError):
        names = [path.name for path in _path(folder, cue, 1).parent.iterdir()]
        return sorted(int(match[1]) for name in names if (match := _FILE.fullmatch(name)))
    return []


def list_versions(folder: Path, cue: str) -> list[Version | Damaged]:
    """Return every version of a cue; one that is damaged says so."""
    found: list[Version | Damaged] = []
    for number in version_numbers(folder, cue):
        try:
            found.append(read_version(folder, cue, number))
        except OutputError as exc:
            found.append(Damaged(number, exc.sentence()))
    return found


def read_version(folder: Path, cue: str, number: int) -> Version:
    """Read one version.

    Raises
    ------
    OutputError
        When there is none of this number, or its file is damaged.
    """
    path = _path(folder, cue, number)
    try:
        head, _, body = path.read_bytes().partition(b"\n")
    except OSError as exc:
        there = ", ".join(map(str, version_numbers(folder, cue)))
        hint = f"There are {there}." if there else "v2m versions list shows what there is."
        raise OutputError(f"there is no version {number} of the cue {cue[:40]!r}", hint=hint) from exc
    try:
        about = msgspec.json.decode(head, type=About)
        if about.digest != _digest(body) or (about.cue, about.version) != (cue, number):
            raise ValueError("its contents are not what was written")
        version = Version(about, msgspec.json.decode(body, type=CueMusic), _remark(path))
        _ = version.wishes
    except (msgspec.DecodeError, ValueError, binascii.Error) as exc:
        raise OutputError(
            f"version {number} of {cue} is damaged ({path}): {exc}", hint="Restore another version, or compose again."
        ) from exc
    return version


def set_remark(folder: Path, cue: str, number: int, remark: str) -> None:
    """Write what somebody says of a version beside it; an empty remark is removed.

    Raises
    ------
    OutputError
        When there is no such version, or the folder cannot be written.
    """
    read_version(folder, cue, number)
    path = _path(folder, cue, number).with_suffix(".txt")
    text = " ".join(remark.split())[:_LONGEST_REMARK]
    try:
        if text:
            path.write_text(text + "\n", encoding="utf-8")
        else:
            path.unlink(missing_ok=True)
    except OSError as exc:
        raise OutputError(f"cannot write {path}: {exc.strerror or exc}", hint="Make its folder writable.") from exc


def restored(score: Score, version: Version) -> Score:
    """Return a score with the music of an earlier version in the place of its cue.

    Raises
    ------
    OutputError
        When the score has no such cue, or the cue lies elsewhere in this cut.
    """
    music = version.music
    now = score.cue_of(music.number)
    if now is None:
        raise OutputError(f"this score has no cue {music.number!r}", hint="Its cue list has changed since.")
    if (now.in_frame, now.out_frame) != (music.in_frame, music.out_frame):
        places = f"{score.label(music.in_frame)} to {score.label(music.out_frame)}"
        raise OutputError(
            f"version {music.version} of {music.number} was composed for another cut, where it went from {places}",
            hint="Compose that cut, or move the cue back to these times.",
        )
    return replace(score, cues=tuple(music if cue.number == music.number else cue for cue in score.cues))


def with_wishes(direction: Direction, version: Version) -> Direction:
    """Return a direction with the wishes that a version was composed for; its locks stay as they are now."""
    wishes, number = version.wishes, version.about.cue
    locks = direction.cues.get(number, CueDirection()).locks
    scenes = {slot.scene_id for slot in version.music.slots}
    others = {each: wish for each, wish in direction.scenes.items() if each not in scenes}
    cues = {**direction.cues, number: replace(wishes.cue, locks=locks)}
    return replace(direction, cues=cues, scenes={**others, **wishes.scenes})


def cues_with_versions(folder: Path) -> list[str]:
    """Return the cues that have versions in a folder, by name."""
    found: set[str] = set()
    with suppress(OSError):
        for each in sorted(folder.iterdir()):
            for path in sorted(each.glob("v*.cue"))[:1]:
                with suppress(OSError, msgspec.DecodeError):
                    found.add(msgspec.json.decode(path.read_bytes().partition(b"\n")[0], type=About).cue)
    return sorted(found)


def locks_by_cue(score: Score, folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the locked layers of each cue of a score as its version knows them."""
    found = {}
    for cue in score.cues:
        with suppress(OutputError):
            if locks := read_version(folder, cue.number, cue.version).wishes.cue.locks:
                found[cue.number] = locks
    return found


def _numbered(cue: CueMusic, folder: Path) -> CueMusic:
    numbers = version_numbers(folder, cue.number)
    for number in reversed(numbers):
        is_same = msgspec.json.encode(replace(cue, version=number)) == _body(_path(folder, cue.number, number))
        if is_same and cue.version <= numbers[-1]:
            return replace(cue, version=number)
    return replace(cue, version=max(cue.version, 1, *(number + 1 for number in numbers[-1:])))


def _body(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes().partition(b"\n")[2]
    return b""


def _path(folder: Path, cue: str, number: int) -> Path:
    plain = _PLAIN.sub("-", cue)[:60]
    if plain != cue or plain.startswith("."):
        plain = f"{plain.lstrip('.')}-{_digest(cue.encode())[:8]}"
    return folder / plain / f"v{number:03}.cue"


def _remark(path: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return " ".join(path.with_suffix(".txt").read_text(encoding="utf-8").split())
    return ""


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _write_once(path: Path, data: bytes) -> None:
    """Write a file whole, and so that nobody writes it again."""
    passing = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with passing.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        passing.chmod(0o444)
        passing.rename(path)
    except OSError as exc:
        raise OutputError(
            f"cannot keep a version in {path.parent}: {exc.strerror or exc}", hint="Make room, or make it writable."
        ) from exc
    finally:
        with suppress(OSError):
            passing.unlink(missing_ok=True)


def folder_of(place: Path) -> Path:
    """Return where the versions of an output folder or of a session lie."""
    inner = place / "score" / FOLDER
    return inner if inner.is_dir() else place / FOLDER
