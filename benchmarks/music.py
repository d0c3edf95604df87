"""What fifty cues are like by their notes: each packaged style in each of seven moods, and the default once more.

A minute of neutral pictures each, starter weights, seed 1 (and 2 for the last).  ``python -m benchmarks music --write
FILE`` writes the table.  Of a cue:

- notes a second: onsets, those of drums aside, over its length
- register: mean pitch of those notes (MIDI)
- rub: share of the sounding time in which two pitches sound that lie a semitone, a major seventh or a tritone apart,
  octaves aside
- again: share of bars from the second on whose notes, as beats and pitches, were all heard in the same way in one bar
  of the eight before
- dynamics: decibels between the 5 % softest and the 5 % loudest velocities, as 20 log10 of their ratio; parts with a
  controller aside, whose velocity is fixed
- silence: share of the time in which nothing sounds
- top leap: mean distance in semitones between the highest notes that sound at successive onsets

Below it stands how alike the figures of three aroused moods are in each style: what their distributions share, over
parts, sixteenths of the bar and the size of the step from the part's stroke before, in parts that strike; the same of
one mood with two seeds beside it.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from itertools import combinations, groupby, pairwise
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.neutral import planned
from v2m_bridge.arrange.styles import style_names
from v2m_bridge.composing import compose_cue
from v2m_bridge.core.affect import parse_emotion
from v2m_bridge.core.direction import DEFAULT_STYLE, CueDirection
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.score import CueMusic, Note
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.model.weights import Weights, load_weights

MOODS: Final = ("", "exciting", "fearful", "tense", "sad", "relaxing", "neutral")
AROUSED: Final = ("exciting", "fearful", "tense")
_PERCUSSION: Final = 10
_SINGS: Final = "melody"
_SIXTEENTH: Final = 240
_LARGEST_STEP: Final = 5
_RUBS: Final = frozenset({1, 6, 11})
_HEARD_BARS: Final = 8


@dataclass(frozen=True, slots=True)
class Likeness:
    """Figures of one cue, as the head of this file says."""

    notes_per_s: float
    register: float
    rub: float
    again: float
    dynamics_db: float
    silence: float
    top_leap: float


def main(arguments: list[str]) -> int:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks music", description="Say what fifty cues are like.")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table there")
    parser.add_argument("--style", action="append", help="only these styles")
    chosen = parser.parse_args(arguments)
    weights, styles = load_weights(), chosen.style or style_names()
    text = f"{table(list(cues(weights, styles)))}\n{alike_table(alike(weights, styles))}"
    if chosen.write:
        chosen.write.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


def cues(weights: Weights, styles: list[str] | tuple[str, ...]) -> Iterator[tuple[str, str, Likeness]]:
    """Compose the cues; yield style, mood and figures."""
    asked = [(style, mood, 1) for style in styles for mood in MOODS]
    for style, mood, seed in [*asked, (DEFAULT_STYLE, "", 2)]:
        wishes = CueDirection(style=style, seed=seed, emotion=parse_emotion(mood) if mood else None)
        plan = planned(wishes)
        yield style, mood or "none asked", likeness(plan, compose_cue(plan, None, weights))


def likeness(plan: CuePlan, music: CueMusic) -> Likeness:
    """Measure one cue."""
    notes = [note for part in music.parts if part.channel != _PERCUSSION for note in part.notes]
    length_s = plan.tempo.ns_at(plan.end_tick) / NS_PER_S
    sounding, rubbing = _shares(notes, plan.end_tick)
    struck = [note for part in music.parts if part.channel != _PERCUSSION and not part.controls for note in part.notes]
    soft, loud = np.percentile([note.velocity for note in struck], [5, 95])
    return Likeness(
        len(notes) / length_s,
        float(np.mean([note.pitch for note in notes])),
        rubbing / max(sounding, 1e-9),
        _again(notes, plan),
        float(20 * np.log10(loud / soft)),
        1 - sounding,
        _top_leap(notes),
    )


def _shares(notes: list[Note], end_tick: int) -> tuple[float, float]:
    """Return the shares of time in which something sounds, and in which something rubs."""
    edges = sorted({0, end_tick, *(tick for n in notes for tick in (n.onset_tick, n.onset_tick + n.length_ticks))})
    sounding = rubbing = 0
    for first, end in pairwise(edge for edge in edges if edge <= end_tick):
        pitches = {n.pitch % 12 for n in notes if n.onset_tick <= first < n.onset_tick + n.length_ticks}
        sounding += (end - first) * bool(pitches)
        rubbing += (end - first) * any((a - b) % 12 in _RUBS for a in pitches for b in pitches)
    return sounding / end_tick, rubbing / end_tick


def _again(notes: list[Note], plan: CuePlan) -> float:
    """Return the share of bars that were heard before."""
    by_bar: dict[int, set[tuple[int, int]]] = defaultdict(set)
    starts = _bar_starts(plan)
    for note in notes:
        bar = int(np.searchsorted(starts, note.onset_tick, side="right")) - 1
        by_bar[bar].add((note.onset_tick - int(starts[bar]), note.pitch))
    bars = [frozenset(by_bar[bar]) for bar in range(len(starts)) if by_bar[bar]]
    repeats = [bar in bars[max(0, index - _HEARD_BARS) : index] for index, bar in enumerate(bars)]
    return float(np.mean(repeats[1:])) if len(bars) > 1 else 0.0


def _bar_starts(plan: CuePlan) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    first: dict[int, int] = {}
    for slot in plan.slots:
        first.setdefault(slot.bar, slot.onset_tick)
    return np.array(sorted(first.values()))


def _top_leap(notes: list[Note]) -> float:
    line: list[int] = []
    sounding: list[Note] = []
    for tick, group in groupby(sorted(notes), key=lambda note: note.onset_tick):
        sounding = [note for note in sounding if note.onset_tick + note.length_ticks > tick] + list(group)
        line.append(max(note.pitch for note in sounding))
    return float(np.mean(np.abs(np.diff(line)))) if len(line) > 1 else 0.0


def alike(weights: Weights, styles: list[str] | tuple[str, ...]) -> Iterator[tuple[str, list[float]]]:
    """Yield for each style what each two of the aroused moods share, 0..1, and each mood with another seed."""
    for style in styles:
        first, again = ({mood: _strokes(weights, style, mood, seed) for mood in AROUSED} for seed in (1, 2))
        pairs = [(first[a], first[b]) for a, b in combinations(AROUSED, 2)]
        pairs += [(first[mood], again[mood]) for mood in AROUSED]
        yield style, [sum(min(share, other[key]) for key, share in one.items()) for one, other in pairs]


def _strokes(weights: Weights, style: str, mood: str, seed: int) -> Counter[tuple[str, int, int]]:
    """Return the shares of strokes by part, sixteenth of the bar and step, of parts that neither sing nor hold."""
    plan = planned(CueDirection(style=style, seed=seed, emotion=parse_emotion(mood)))
    starts, found = _bar_starts(plan), Counter[tuple[str, int, int]]()
    for part in compose_cue(plan, None, weights).parts:
        if part.channel == _PERCUSSION or part.controls or part.name == _SINGS:
            continue
        lowest = {note.onset_tick: note.pitch for note in reversed(part.notes)}
        before = None
        for tick in sorted(lowest):
            bar = int(np.searchsorted(starts, tick, side="right")) - 1
            step = 0 if before is None else min(abs(lowest[tick] - before), _LARGEST_STEP)
            found[part.name, (tick - int(starts[bar])) // _SIXTEENTH, step] += 1
            before = lowest[tick]
    total = found.total()
    return Counter({key: count / total for key, count in found.items()})


def alike_table(found: Iterable[tuple[str, list[float]]]) -> str:
    """Return what moods share as a Markdown table."""
    names = [f"{a}, {b}" for a, b in combinations(AROUSED, 2)] + [f"{mood}, other seed" for mood in AROUSED]
    rows = [f"| {style} | {' | '.join(f'{share:.2f}' for share in shares)} |" for style, shares in found]
    return "\n".join([f"| style | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|", *rows]) + "\n"


def table(found: list[tuple[str, str, Likeness]]) -> str:
    """Return figures as a Markdown table."""
    names = [field.name.replace("_per_s", "/s").replace("_db", " dB").replace("_", " ") for field in fields(Likeness)]
    rows = [f"| {style} | {mood} | {' | '.join(map(_short, astuple(like)))} |" for style, mood, like in found]
    head = (f"| style | mood | {' | '.join(names)} |", "|---|---" + "|---" * len(names) + "|")
    return "\n".join([*head, *rows]) + "\n"


def _short(value: float) -> str:
    return f"{value:.1f}" if value >= 3 else f"{value:.2f}"
