"""XML as editors write it, read safely: no entities, nothing fetched, and bounds on size, depth and number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.files import MAX_BYTES, MAX_DEPTH, check_file

MAX_ELEMENTS: Final = 500_000
"""Two thousand shots with sounds and markers make about 40,000."""
MAX_TAG_BYTES: Final = 4 * 1024 * 1024
"""One tag with its attributes, or one comment."""
MAX_TEXT_CHARACTERS: Final = 1024 * 1024
"""Of the text between two tags; what is longer is embedded data and is left out."""

_CHUNK_BYTES: Final = 1 << 20
_CONTROL_CHARACTERS: Final = bytes(set(range(32)) - set(b"\t\n\r"))
_SAYS_UTF16: Final = re.compile(rb"""<\?xml[^>]{0,80}encoding\s*=\s*["']utf-?16""", re.IGNORECASE)
_WIDE: Final = (
    (b"\xff\xfe", "utf-16le", 2),
    (b"\xfe\xff", "utf-16be", 2),
    (b"<\0", "utf-16le", 0),
    (b"\0<", "utf-16be", 0),
)
"""First bytes of UTF-16, its byte order, and how many of the bytes are a mark."""


def read_xml(path: Path) -> Element:
    """Read an XML file and return its root.

    A document type declaration is normal in edits and is passed over.  UTF-8, UTF-16 and what the declaration names are
    read, with or without a byte order mark; control characters that XML does not know are left out.

    Raises
    ------
    TimelineError
        When the file cannot be opened, is no well-formed XML, declares entities, or passes a bound.
    """
    name = path.name[:80]
    if check_file(path) > MAX_BYTES:
        raise TimelineError(
            f"{name!r} is larger than {MAX_BYTES // 1024**2} MB",
            hint="Export the timeline alone, without project data.",
        )
    try:
        root = _parsed(path)
    except ParseError as exc:
        raise TimelineError(f"{name!r} is not sound XML: {exc}") from exc
    except DefusedXmlException as exc:
        raise TimelineError(
            f"{name!r} declares entities or fetches other files, which no edit does", hint="Export the timeline again."
        ) from exc
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise TimelineError(f"cannot open {name!r}: {reason}", hint="Check who may read the file.") from exc
    except (LookupError, ValueError) as exc:
        raise TimelineError(f"{name!r} is not sound XML: {str(exc)[:120]}") from exc
    return root


class _Guard:
    """Builds the tree and stops where a bound is passed."""

    def __init__(self, name: str) -> None:
        self._builder = TreeBuilder()
        self._name = name
        self._depth = self._n_elements = self._n_characters = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        self._n_elements += 1
        self._n_characters = 0
        if self._depth > MAX_DEPTH:
            raise TimelineError(
                f"{self._name!r} is nested more than {MAX_DEPTH} deep, which no edit is",
                hint="Export the timeline again; if it holds sequences within sequences, flatten them first.",
            )
        if self._n_elements > MAX_ELEMENTS:
            raise TimelineError(
                f"{self._name!r} holds more than {MAX_ELEMENTS:,} elements, which no edit does",
                hint="Export the timeline alone, without project data.",
            )
        self._builder.start(tag, dict(attributes))

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._n_characters = 0
        self._builder.end(tag)

    def data(self, text: str) -> None:
        if self._n_characters <= MAX_TEXT_CHARACTERS:
            self._n_characters += len(text)
            self._builder.data(text)

    def close(self) -> Element:
        return self._builder.close()


def _parsed(path: Path) -> Element:
    """Parse a file piece by piece."""
    parser: Any = None
    n_fed = 0
    for chunk, encoding in _chunks(path):
        parser = parser or DefusedXMLParser(target=_Guard(path.name[:80]), encoding=encoding)
        parser.feed(chunk)
        n_fed += len(chunk)
        if n_fed - parser.parser.CurrentByteIndex > MAX_TAG_BYTES:
            raise TimelineError(
                f"{path.name[:80]!r} holds one tag of more than {MAX_TAG_BYTES // 1024**2} MB, which no edit does"
            )
    if parser is None:
        raise TimelineError(f"{path.name[:80]!r} is empty")
    root: Element = parser.close()
    return root


def _chunks(path: Path) -> Iterator[tuple[bytes, str | None]]:
    """Yield the pieces of a file and the encoding that its first bytes prove, None where its declaration decides."""
    encoding: str | None = None
    wide = False
    with path.open("rb") as file:
        first = True
        while chunk := file.read(_CHUNK_BYTES):
            if first:
                chunk, encoding, wide = _beginning(chunk)
                first = False
            if chunk := chunk if wide else chunk.translate(None, _CONTROL_CHARACTERS):
                yield chunk, encoding


def _beginning(chunk: bytes) -> tuple[bytes, str | None, bool]:
    """Return the first piece without byte order mark and blanks, its proven encoding, and whether that is UTF-16."""
    for mark, encoding, length in _WIDE:
        if chunk.startswith(mark):
            return chunk[length:], encoding, True
    chunk = chunk.removeprefix(b"\xef\xbb\xbf").lstrip()
    return chunk, "utf-8" if _SAYS_UTF16.match(chunk) else None, False
