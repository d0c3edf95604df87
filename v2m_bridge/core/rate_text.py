"""A frame rate as a user writes it."""

from __future__ import annotations

from fractions import Fraction

from v2m_bridge.core.timebase import exact_rate
from v2m_bridge.errors import SettingsError


def rate_of(text: str | None) -> Fraction | None:
    """Return the exact frame rate that an option says, None where it was left out.

    Raises
    ------
    SettingsError
        When it is none.
    """
    if not text:
        return None
    try:
        return exact_rate(Fraction(text))
    except (ValueError, ZeroDivisionError) as exc:
        raise SettingsError(
            f"{text[:20]!r} is not a frame rate", hint="Write it like 25, 23.976 or 30000/1001."
        ) from exc
