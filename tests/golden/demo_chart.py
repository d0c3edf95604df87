"""Writes docs/demo.md from the score of ``make demo``: ``python -m tests.golden.demo_chart``."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

from v2m_bridge.core.harmony import parse_chord, parse_key
from v2m_bridge.core.score import CueMusic, Score, ScoredSlot, read_score

ROOT: Final = Path(__file__).resolve().parents[2]
SCORE: Final = ROOT / "build" / "demo" / "score.json"
PAGE: Final = ROOT / "docs" / "demo.md"
BARS_IN_LINE: Final = 4


def page(score: Score) -> str:
    """Return the page."""
    [cue] = score.cues
    return f"""# What the demo composes

`make demo` cuts {len(score.scenes)} shots of two real clips together and composes them with everything at its default:
no key, primer, style or emotion is given. This page is made from its score by `python -m tests.golden.demo_chart`.

Cue {cue.number}: {cue.key}, {cue.tempo.bpm_at(0):.2f} bpm in 4/4, {cue.style}, read as {cue.emotion}
(valence {cue.valence:+.2f}, arousal {cue.arousal:+.2f}, confidence {100 * cue.confidence:.0f} %).
{score.frame_time(score.n_frames).seconds:.2f} s, {len(cue.slots)} slots, {cue.slots[-1].bar + 1} bars.

## Chord chart

One line holds {BARS_IN_LINE} bars; `.` repeats the chord for another slot of two beats. The scene named is the one on
screen when the line begins.

```
{_chart(score, cue)}
```

## Figures

| what | value |
|---|---|
{_figures(cue)}

## Scenes

| scene | in | read as | confidence | mean density (notes/s) | mean loudness (RMS) |
|---|---|---|---|---|---|
{_scenes(score, cue)}
"""


def _chart(score: Score, cue: CueMusic) -> str:
    names = {scene.id: scene.name for scene in score.scenes}
    bars = [list(group) for _, group in groupby(cue.slots, key=lambda slot: slot.bar)]
    lines, before = [], ""
    for start in range(0, len(bars), BARS_IN_LINE):
        cells = []
        for bar in bars[start : start + BARS_IN_LINE]:
            words = []
            for slot in bar:
                words.append("." if slot.chord == before else slot.chord)
                before = slot.chord
            cells.append(f"{' '.join(words):<10}")
        first: ScoredSlot = bars[start][0]
        lines.append(f"{start + 1:>3} | {' | '.join(cells)} |  {names[first.scene_id]}")
    return "\n".join(lines)


def _figures(cue: CueMusic) -> str:
    chords = [slot.chord for slot in cue.slots]
    scale = set(parse_key(cue.key).scale)
    n_changes = sum(a != b for a, b in pairwise(chords))
    in_key = sum(set(parse_chord(chord).pitch_classes) <= scale for chord in chords)
    common = ", ".join(f"{name} {count}" for name, count in Counter(chords).most_common(6))
    musts = [hit for hit in cue.hits if hit.need == "must"]
    rows = (
        ("chord changes per slot", f"{n_changes / (len(chords) - 1):.2f}"),
        ("slots whose chord lies in the key", f"{100 * in_key / len(chords):.0f} %"),
        ("different chords", str(len(set(chords)))),
        ("most common", common),
        ("longest run of one chord", f"{max(len(list(run)) for _, run in groupby(chords))} slots"),
        ("must-hits met", f"{sum(hit.met for hit in musts)} of {len(musts)}"),
        *((f"notes, {part.name}", str(len(part.notes))) for part in cue.parts),
    )
    return "\n".join(f"| {name} | {value} |" for name, value in rows)


def _scenes(score: Score, cue: CueMusic) -> str:
    rows = []
    for scene in score.scenes:
        slots = [slot for slot in cue.slots if slot.scene_id == scene.id]
        density = sum(slot.density_notes_per_s for slot in slots) / max(1, len(slots))
        loudness = sum(slot.loudness_rms for slot in slots) / max(1, len(slots))
        rows.append(
            f"| {scene.name} | {score.label(scene.in_frame)} | {scene.emotion} | {100 * scene.confidence:.0f} % "
            f"| {density:.1f} | {loudness:.3f} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(read_score(SCORE)), encoding="utf-8")
