"""``python -m tests.golden.limits_table`` writes into docs/timeline.md what formats leave out of the reference edit."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import Final

from tests.footage import ROOT
from tests.timeline.test_reference_edit import LIMITS

PAGE: Final = ROOT / "docs" / "timeline.md"
BEGIN: Final = "<!-- what formats leave out: written by tests/golden/limits_table.py -->"
END: Final = "<!-- end of what formats leave out -->"
_TITLES: Final = {
    "otio_json": ".otio",
    "otiod": ".otiod",
    "otioz": ".otioz",
    "fcpxml": ".fcpxml 1.11",
    "fcpxml_18": ".fcpxml 1.8",
    "fcpxml_bundle": ".fcpxmld",
    "xmeml_premiere": ".xml of Premiere",
    "xmeml_resolve": ".xml of Resolve",
    "aaf": ".aaf",
    "edl_cmx": ".edl of a tape editor",
    "edl_premiere": ".edl of Premiere",
    "edl_resolve": ".edl of Resolve",
    "edl_avid": ".edl of Avid",
    "kdenlive": ".kdenlive before 23.04",
    "kdenlive_24": ".kdenlive from 23.04 on",
    "mlt": ".mlt",
}
_WORDS: Final = {
    "drop_frame": "whether labels drop frames",
    "start": "start timecode",
    "disabled_sounds": "sounds that are off",
    "rate": "frame rate",
}


def table() -> str:
    """Return the table in Markdown."""
    rows = []
    for dialect, title in _TITLES.items():
        limits = LIMITS[dialect]
        lacks = [field.name for field in fields(limits) if not getattr(limits, field.name)]
        rows.append(
            f"| {title} | {', '.join(_WORDS.get(name, name.replace('_', ' ')) for name in lacks) or 'nothing'} |"
        )
    return "\n".join((BEGIN, "| format | leaves out |", "|---|---|", *rows, END))


def page(text: str) -> str:
    """Return the page with the table of today."""
    return text[: text.index(BEGIN)] + table() + text[text.index(END) + len(END) :]


if __name__ == "__main__":
    Path(PAGE).write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")
