"""The table in cues.csv: its columns, and text as rows of named fields and back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from v2m_bridge.errors import TimelineError

COLUMNS: Final = (
    *("reel", "number", "title", "in", "out", "kind"),
    *("key", "style", "tempo", "fit", "lock", "brief", "version"),
)
THEME: Final = "theme"
"""Column that a table has only where a cue names a theme, so that other tables are written as ever."""
_REQUIRED: Final = ("number", "in", "out")
_DELIMITERS: Final = (",", ";", "\t")
_NEEDS_QUOTES: Final = re.compile(r'[,;\t\r\n"]|^\s|\s$')


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: its line in the file and its fields by column."""

    line: int
    fields: Mapping[str, str]

    def text(self, column: str) -> str:
        """Return a field without white space around it."""
        return self.fields.get(column, "").strip()

    def error(self, column: str, why: str, hint: str) -> TimelineError:
        """Return the error that names this line and a column, and what to write there."""
        return TimelineError(f"line {self.line}, column {column}: {why}", hint=hint)


def table_text(rows: Iterable[tuple[str, ...]], themes: Sequence[str] = ()) -> str:
    """Write a table, with its header; `themes` is the last column, a row each, where any of them is not empty."""
    whole: list[tuple[str, ...]] = [COLUMNS, *rows]
    if any(themes):
        whole = [(*row, theme) for row, theme in zip(whole, (THEME, *themes), strict=True)]
    return "".join(",".join(_quoted(field) for field in row) + "\n" for row in whole)


def is_cue_list(data: bytes) -> bool:
    """Whether a file begins with a header that `table_text` writes."""
    line = data.partition(b"\n")[0].removeprefix(b"\xef\xbb\xbf").rstrip(b"\r").decode("utf-8", "replace")
    return line in (",".join(COLUMNS), ",".join((*COLUMNS, THEME)))


def _quoted(field: str) -> str:
    return '"' + field.replace('"', '""') + '"' if _NEEDS_QUOTES.search(field) else field


def rows_of(text: str) -> Iterator[Row]:
    """Yield the rows below the header; blank ones are passed over."""
    header: list[str] = []
    for line, fields in _records(text.removeprefix("\ufeff")):
        if not any(field.strip() for field in fields):
            continue
        if not header:
            header = _header(line, fields)
            continue
        if len(fields) > len(header) and any(field.strip() for field in fields[len(header) :]):
            raise TimelineError(
                f"line {line} has {len(fields)} fields, the header {len(header)}",
                hint="Put quotes around a text that holds the separator.",
            )
        yield Row(line, dict(zip(header, fields, strict=False)))
    if not header:
        raise TimelineError("line 1: the cue list is empty", hint=f"Begin with the line {','.join(COLUMNS)}.")


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    first = next((line for line in text.splitlines() if line.strip(" \t,;")), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            raise TimelineError(
                f"line {line}: the quotes do not pair ({exc})",
                hint='Put a text in quotes as a whole, and write a quote inside it twice: "He said ""go""".',
            ) from exc


def _header(line: int, fields: Sequence[str]) -> list[str]:
    header = [field.strip().lower() for field in fields]
    for column in (*COLUMNS, THEME):
        if column in _REQUIRED and column not in header:
            raise TimelineError(
                f"line {line}, column {column}: the header does not name it",
                hint=f"Begin with the line {','.join(COLUMNS)}.",
            )
        if header.count(column) > 1:
            raise TimelineError(
                f"line {line}, column {column}: the header names it twice", hint="Leave one of the two out."
            )
    return header
