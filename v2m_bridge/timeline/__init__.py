"""Readers of picture edits: every format becomes one `Timeline`."""
