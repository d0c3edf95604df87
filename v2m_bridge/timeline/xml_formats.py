"""XML edits, told apart by their root element, whatever their suffix is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.fcpxml_file import bundled, fcpxml_edit
from v2m_bridge.timeline.media import MediaFinder
from v2m_bridge.timeline.mlt_file import mlt_edit
from v2m_bridge.timeline.xmeml_file import xmeml_edit
from v2m_bridge.timeline.xml_file import read_xml

XmlReader = Callable[[Element, Path, MediaFinder, Fraction | None], Timeline]

READERS: Final[Mapping[str, XmlReader]] = MappingProxyType(
    {"fcpxml": fcpxml_edit, "xmeml": xmeml_edit, "mlt": mlt_edit, "westley": mlt_edit}
)
"""By the name of the root element."""


def read_xml_edit(path: Path, finder: MediaFinder, rate: Fraction | None = None) -> Timeline:
    """Read an edit that is written in XML, or a bundle folder that holds one.

    Raises
    ------
    TimelineError
        When it is no sound XML, no edit, or one that shows no pictures.
    """
    file, finder = bundled(path, finder)
    root = read_xml(file)
    reader = READERS.get(root.tag.rsplit("}", 1)[-1].lower())
    if reader is None:
        raise TimelineError(
            f"{path.name[:80]!r} is XML, but no edit: its root element is <{root.tag[:40]}>",
            hint=f"Export the timeline so that it begins with one of {', '.join(f'<{tag}>' for tag in READERS)}.",
        )
    return reader(root, path, finder, rate)
