"""Measurements: ``python -m benchmarks NAME --json``, or ``make bench`` for all of them.

Each figure stands beside its baseline, measured in the same run on the same machine.
"""
