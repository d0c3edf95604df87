"""How much earlier or later than its time everything leaves an output: the end ``@-12ms`` of its name."""

from __future__ import annotations

import re
from typing import Final

from v2m_bridge.errors import OutputError

_SHIFT: Final = re.compile(r"(?P<name>.*)@(?P<ms>[+-]?\d{1,4}(\.\d{1,3})?)ms")
_EARLIEST_MS, _LATEST_MS = -80, 1000
"""The lookahead of the player leaves 80 ms; later than a second nobody wants it."""
_NS_PER_MS: Final = 1_000_000


def split_shift(text: str) -> tuple[str, int]:
    """Return the name of an output without its shift, and the shift in nanoseconds; 0 where it has none.

    Raises
    ------
    OutputError
        When the shift is more than the lookahead allows.
    """
    found = _SHIFT.fullmatch(text)
    if found is None:
        return text, 0
    name, shift_ms = found["name"], float(found["ms"])
    if not _EARLIEST_MS <= shift_ms <= _LATEST_MS:
        raise OutputError(
            f"{name} cannot be shifted by {shift_ms:g} ms",
            hint=f"Write @{_EARLIEST_MS}ms to @+{_LATEST_MS}ms, and delay the other outputs where that is too little.",
        )
    return name, round(shift_ms * _NS_PER_MS)
