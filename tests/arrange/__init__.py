"""Tests of arrange."""
