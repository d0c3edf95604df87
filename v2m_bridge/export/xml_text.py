"""Trees of XML as bytes, the same for the same tree."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring


def xml_bytes(root: Element, doctype: str = "") -> bytes:
    """Return a document in UTF-8 with declaration, `doctype` and indents."""
    indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n' + (f"{doctype}\n" if doctype else "")
    return (head + tostring(root, encoding="unicode") + "\n").encode()


def add(parent: Element, tag: str, text: str | float | None = None, /, **attributes: str | float) -> Element:
    """Append an element with text and attributes."""
    child = SubElement(parent, tag, {name: str(value) for name, value in attributes.items()})
    if text is not None:
        child.text = str(text)
    return child
