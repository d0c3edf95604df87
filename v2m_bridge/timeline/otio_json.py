"""JSON checked before OpenTimelineIO reads it: a few things that no program writes would end the process there."""

from __future__ import annotations

import json
import re
from typing import Final

from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.segments import MAX_SEGMENTS

MAX_OBJECTS: Final = 10 * MAX_SEGMENTS
"""Two thousand shots with sounds and markers make about 60,000."""
_SECOND_CLIP: Final = re.compile(r"Clip\.(?:[2-9]|[1-9]\d+)")
_REFERENCES: Final = "media_references"


def check_json(text: str) -> None:
    """Check the text of an .otio file, of which nothing is kept.

    Raises
    ------
    ValueError
        When it is not JSON, says a key twice of one object, or holds what the library cannot bear.
    TimelineError
        When there is more of it than any edit has.
    """
    if text.count("{") > MAX_OBJECTS and text.count('"OTIO_SCHEMA"') > MAX_OBJECTS:
        raise TimelineError(
            f"the edit holds more than {MAX_OBJECTS:,} objects, which no edit does",
            hint="Export the timeline alone, without project data.",
        )
    json.loads(text, object_pairs_hook=_check_object, parse_int=float, strict=False)


def _check_object(pairs: list[tuple[str, object]]) -> None:
    said = dict(pairs)
    if len(said) < len(pairs):
        raise ValueError(f"{_twice(pairs)[:40]!r} is said twice of one object")
    schema = said.get("OTIO_SCHEMA")
    if not isinstance(schema, str):
        return
    if schema.startswith("UnknownSchema"):
        raise ValueError("an object is of no known kind")
    if _REFERENCES in said and schema.startswith("Clip") and not _SECOND_CLIP.fullmatch(schema):
        raise ValueError(f"clips of the kind {schema[:40]!r} have no {_REFERENCES}")


def _twice(pairs: list[tuple[str, object]]) -> str:
    keys = [key for key, _ in pairs]
    return next(key for key in keys if keys.count(key) > 1)
