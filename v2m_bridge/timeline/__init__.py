"""Readers of picture edits: a file goes in, a `Timeline` of what is seen comes out."""

from v2m_bridge.timeline.formats import read

__all__ = ["read"]
