"""What changed between two revisions of an edit; the matching itself is core's, for those who read no files."""

from v2m_bridge.core.conform_edit import conform

__all__ = ["conform"]
