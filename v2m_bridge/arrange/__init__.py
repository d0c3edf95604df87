"""Chords, dynamics and affect in, parts out, by styles that are data."""
