"""Music gives way to speech: a gain that is down before somebody speaks and comes back after."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.speech import SpeechMask, joined_spans
from v2m_bridge.export.synth import SAMPLE_RATE

DUCK_DB: Final = -9.0
"""Level of the music under speech, relative to where nobody speaks."""
_DOWN_S: Final = Fraction(1, 4)
"""The music goes down for this long, and is down as speech begins."""
_UP_S: Final = Fraction(7, 10)
"""It comes back for this long, from the end of speech on."""
_SHORTEST_PAUSE_S: Final = Fraction(3, 2)
"""It stays down in shorter pauses."""


class Ducking:
    """The gain of the music over time."""

    def __init__(self, speech: SpeechMask | None) -> None:
        """Plan the gain.

        Parameters
        ----------
        speech : SpeechMask or None
            In seconds of the edit; where it is not known whether anybody speaks the music stays as it is.
        """
        at_s, level_db = [Fraction(-1)], [0.0]
        for start_s, end_s in joined_spans(speech.spans_s if speech else (), pause_s=_SHORTEST_PAUSE_S):
            at_s += [start_s - _DOWN_S, start_s, end_s, end_s + _UP_S]
            level_db += [0.0, DUCK_DB, DUCK_DB, 0.0]
        self._at_samples = np.array([float(at * SAMPLE_RATE) for at in at_s])
        self._level_db = np.array(level_db)

    def gain(self, start: int, n_samples: int) -> F32:
        """Return (n_samples,) linear gain from sample `start` of the edit on; its ramps are straight in decibels."""
        at = np.arange(start, start + n_samples, dtype=np.float64)
        level_db = np.interp(at, self._at_samples, self._level_db)
        return np.asarray(10 ** (level_db / 20), np.float32)
