"""The panel (PyQt6)."""
