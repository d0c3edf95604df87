"""The text of REAPER projects: blocks in angle brackets, one line for each of their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from v2m_bridge.export.marks import plain

_QUOTES: Final = "\"'`"


@dataclass(slots=True)
class Block:
    """A block: its first line without the bracket, and lines and blocks inside."""

    head: str
    inside: list[str | Block] = field(default_factory=list)

    def add(self, *lines: str | Block) -> None:
        """Append lines and blocks."""
        self.inside += lines

    def lines(self, depth: int = 0) -> Iterator[str]:
        """Yield the lines of the block, indented."""
        space = "  " * depth
        yield f"{space}<{self.head}"
        for each in self.inside:
            if isinstance(each, Block):
                yield from each.lines(depth + 1)
            else:
                yield f"{space}  {each}"
        yield f"{space}>"


def quoted(text: str) -> str:
    """Return a name in quotes that it does not hold; where it holds all three kinds, its backticks become quotes."""
    return _in_quotes(plain(text))


def quoted_path(path: str) -> str:
    """Return a path in quotes that it does not hold, otherwise as it is."""
    return _in_quotes(path)


def noted(lines: Sequence[str]) -> Block:
    """Return a block of notes."""
    return Block("NOTES", [f"|{plain(line)}" for line in lines])


def _in_quotes(text: str) -> str:
    quote = next((quote for quote in _QUOTES if quote not in text), "`")
    return quote + (text.replace("`", "'") if quote == "`" else text) + quote
