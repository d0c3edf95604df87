"""Names of stems: ``SHOW_1m02_v03_PIC20261120_bass.wav``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from v2m_bridge.core.score import CueMusic

_MIX: Final = "mix"
_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]+|_+")
_LONGEST: Final = 40
_FALLBACK: Final = "edit"


@dataclass(frozen=True, slots=True)
class StemNames:
    """File names of one cue."""

    parts: dict[str, str]
    """By name of the part."""
    mix: str
    """Of the sum of the stems."""


def cleaned(name: str, fallback: str = _FALLBACK) -> str:
    """Return a name that every file system takes: letters, digits, full stops and hyphens, 40 characters at most.

    An underscore, which parts the fields of a stem's name, becomes a hyphen like everything else that is left out.
    """
    text = _NOT_IN_NAMES.sub("-", unicodedata.normalize("NFC", name))
    return text[:_LONGEST].strip("-. ") or fallback


def stem_names(show: str, cue: CueMusic, picture: date, parts: Iterable[str]) -> StemNames:
    """Return the file names of a cue.

    Parameters
    ----------
    show : str
        Name of the edit.
    cue : CueMusic
        Gives number and version; a version below 1 is 1.
    picture : date
        Of the revision of the picture.
    parts : iterable of str
        Names of parts, each once; those that would make one file name are numbered.
    """
    head = f"{cleaned(show)}_{cleaned(cue.number, 'cue')}_v{max(1, cue.version):02}_PIC{picture:%Y%m%d}"
    taken = {_MIX}
    names = {}
    for part in parts:
        plain = unique = cleaned(part, "part")
        count = 1
        while unique.casefold() in taken:
            count += 1
            unique = f"{plain}-{count}"
        taken.add(unique.casefold())
        names[part] = f"{head}_{unique}.wav"
    return StemNames(names, f"{head}_{_MIX}.wav")
