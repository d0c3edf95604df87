"""What MLT says of sounds: their gain, and the names of their tracks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.timeline.mlt_document import Document
from v2m_bridge.timeline.mlt_times import keys, number

_LOUDEST_DB: Final = 96.0
_NAMES: Final = ("kdenlive:track_name", "shotcut:name")
_INSIDE_A_TRACK: Final = ("kdenlive:track", "kdenlive:audio_track", "shotcut:transition")


def gain_db(document: Document, holder: Element | None) -> float:
    """Return the gain that the volume effects of an entry or producer give, where it does not change over time."""
    total = 0.0
    for child in holder if holder is not None else ():
        properties = document.properties(child) if child.tag == "filter" else {}
        if properties.get("mlt_service") == "volume" and properties.get("disable") != "1":
            level, factor = (_constant(properties.get(key), document.rate) for key in ("level", "gain"))
            if level is not None:
                total += float(level)
            elif factor is not None:
                total += 20 * math.log10(factor) if factor > 0 else -_LOUDEST_DB
    return min(max(total, -_LOUDEST_DB), _LOUDEST_DB)


def _constant(text: str | None, rate: Fraction) -> Fraction | None:
    if not text or "=" not in text:
        return number(text)
    values = {value for _, value in keys(text, rate)}
    return values.pop() if len(values) == 1 else None


def track_names(
    document: Document,
    tractor: Element,
    rows: Sequence[tuple[Element, Element | None]],
    has_sound: Sequence[bool],
) -> list[str]:
    """Return the names of the tracks of a tractor: as the editor shows them, A1, A2, ... where they have none.

    Kdenlive numbers tracks of sound from the pictures downwards.  The two lists of one of its tracks, and the two
    sides of a transition of Shotcut, have no names of their own: theirs is that of their track.
    """
    properties = document.properties(tractor)
    if any(key.startswith(_INSIDE_A_TRACK) for key in properties):
        return [""] * len(rows)
    audio = [
        service is not None and document.properties(service).get("kdenlive:audio_track") == "1" for _, service in rows
    ]
    counted = list(audio) if any(audio) else list(has_sound)
    order = [index for index, is_counted in enumerate(counted) if is_counted]
    numbers = {index: place for place, index in enumerate(reversed(order) if any(audio) else order, start=1)}
    return [_named(document, service) or f"A{numbers.get(index, index)}" for index, (_, service) in enumerate(rows)]


def _named(document: Document, service: Element | None) -> str:
    properties = {} if service is None else document.properties(service)
    return next((name[:80] for key in _NAMES if (name := properties.get(key))), "")
