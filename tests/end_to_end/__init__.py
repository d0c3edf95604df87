"""The commands as a user runs them, on real processes and files."""
