"""Tests; the tree mirrors v2m_bridge."""
