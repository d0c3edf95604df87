"""How long arranging twenty minutes takes, and what is new when all but the harmony is made again.

Twenty minutes of neutral pictures in seven cues, music throughout, chords by the starter weights, default style.
``s_20min`` is the median of five turns of what follows the chords: parts, notes, controllers; ``notes`` is how many
there are.  Then a minute in each packaged style but ``reference``, which leaves nothing to chance, is composed anew
with the harmony locked, four times over, each time with the next seed, as a new take is.  ``locked_chords_same`` says
whether its chords are the same to the byte.  A note is its part, onset, length and pitch; velocity does not count, and
drums, which have no pitch to change, do not either.  ``changed_pct`` is the mean share of notes that were not there in
the take before, in the default style, ``changed_least_pct`` that of the style in which it is least, and
``changed_worst_take_pct`` the least of any style and take.
"""

from __future__ import annotations

import time
from dataclasses import replace
from statistics import mean, median
from typing import Final

import msgspec
import numpy as np

from benchmarks.neutral import planned, plans
from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.arrange.styles import style_names
from v2m_bridge.composing import compose_cue
from v2m_bridge.core.direction import DEFAULT_STYLE, CueDirection
from v2m_bridge.core.dynamics import Dynamics
from v2m_bridge.core.harmony import Chord, parse_chord, parse_key
from v2m_bridge.core.score import CueMusic
from v2m_bridge.model.weights import Weights, load_weights

N_MINUTES: Final = 20
TURNS: Final = 5
NEXT_SEEDS: Final = (2, 3, 4, 5)
_PERCUSSION: Final = 10
_UNCHANGING: Final = "reference"


def measure(n_minutes: int = N_MINUTES, turns: int = TURNS) -> dict[str, float]:
    """Return seconds and shares."""
    weights = load_weights()
    seconds, n_notes = _arranging_s(weights, n_minutes, turns)
    again = {style: _made_again(weights, style) for style in style_names() if style != _UNCHANGING}
    means = {style: mean(changed) for style, (_, changed) in again.items()}
    return {
        "s_20min": round(seconds, 4),
        "notes": n_notes,
        "locked_chords_same": all(same for same, _ in again.values()),
        "changed_pct": round(means[DEFAULT_STYLE], 2),
        "changed_least_pct": round(min(means.values()), 2),
        "changed_worst_take_pct": round(min(min(changed) for _, changed in again.values()), 2),
    }


def _arranging_s(weights: Weights, n_minutes: int, turns: int) -> tuple[float, int]:
    """Return the seconds of arranging all cues, and how many notes there are."""
    cues = [(plan, compose_cue(plan, None, weights)) for plan in plans(CueDirection(), n_minutes)]
    given = [(plan, *_harmony(music)) for plan, music in cues]
    took = []
    for _ in range(turns):
        start_s = time.perf_counter()
        for plan, chords, dynamics in given:
            arrange(plan, chords, dynamics)
        took.append(time.perf_counter() - start_s)
    return median(took), sum(len(part.notes) for _, music in cues for part in music.parts)


def _harmony(music: CueMusic) -> tuple[tuple[Chord, ...], Dynamics]:
    densities = [slot.density_notes_per_s for slot in music.slots]
    loudnesses = [slot.loudness_rms for slot in music.slots]
    dynamics = Dynamics(np.array(densities, np.float32), np.array(loudnesses, np.float32))
    return tuple(parse_chord(slot.chord) for slot in music.slots), dynamics


def _made_again(weights: Weights, style: str) -> tuple[bool, list[float]]:
    """Return whether the locked chords stay, and for each new take the percentage of notes that are new."""
    take = compose_cue(planned(CueDirection(style=style, seed=1)), None, weights)
    same, changed = True, []
    for seed in NEXT_SEEDS:
        plan = planned(CueDirection(style=style, seed=seed, locks=("harmony",)))
        again = compose_cue(replace(plan, key=parse_key(take.key)), take, weights)  # a locked cue keeps its key
        before, after = _notes(take), _notes(again)
        same &= _chord_track(take) == _chord_track(again)
        changed.append(100 * len(after - before) / len(after))
        take = again
    return same, changed


def _chord_track(music: CueMusic) -> bytes:
    return msgspec.json.encode([(slot.onset_tick, slot.chord, slot.symbol_id) for slot in music.slots])


def _notes(music: CueMusic) -> set[tuple[str, int, int, int]]:
    """Return every note of a pitch as part, onset, length and pitch."""
    pitched = [part for part in music.parts if part.channel != _PERCUSSION]
    return {(part.name, note.onset_tick, note.length_ticks, note.pitch) for part in pitched for note in part.notes}
