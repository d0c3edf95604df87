"""How the search over bars divides time and tempo.

Two rungs are 2.8 % at the cue's tempo and 3.0 % at the fastest; five are 6.9 % slower and 7.5 % faster than it.
"""

from __future__ import annotations

from typing import Final

POINTS: Final = 72
"""Points of time in a beat of the assumed tempo of the cue."""
FEWEST: Final = 67
"""In the shortest beat, which is rung 0."""
MOST: Final = 77
"""In the longest beat."""
N_RUNGS: Final = MOST - FEWEST + 1
"""Tempi that a bar may have, one point a beat apart."""
MIDDLE: Final = POINTS - FEWEST
"""Rung of the assumed tempo."""
STEPS: Final = 2
"""Rungs from a bar to the next at most."""
