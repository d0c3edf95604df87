"""Hits as they are heard: measured on the rendered sound, with a detector that knows nothing of notes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.export.sounds import Sound, read_sound
from tests.plans import RATE, make_plan
from tests.scores import make_score
from v2m_bridge.composing import compose_cue
from v2m_bridge.core.cue import Hit, HitKind, Need
from v2m_bridge.core.plan import PlannedHit
from v2m_bridge.core.timebase import FrameTime, TempoMap
from v2m_bridge.core.timeline import Scene, Timeline
from v2m_bridge.export.render import render
from v2m_bridge.model.weights import load_weights

STRUCK = ("felt-piano", "pop-band", "reference")
BPM = 83.0
BEATS = (2, 7, 12, 17, 21, 26)
"""Quarters of the cue on which must-hits stand: on and between the strokes of the styles."""

HOP, WINDOW = 48, 480
"""1 ms and 10 ms."""


def flux(sound: Sound) -> NDArray[np.float64]:
    """Return the rise of log energy over all bands, a value for each millisecond, at the middle of its window."""
    mono = np.pad(sound.mean(axis=1), WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(mono, WINDOW)[::HOP]
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1))
    bands = np.log(1 + 1000 * spectrum)
    rise = np.maximum(bands[8:] - bands[:-8], 0).sum(axis=1)  # against 8 ms before
    return np.pad(rise, (4, 4))


def nearest_onset_s(rises: NDArray[np.float64], at_s: float) -> float | None:
    """Return where energy rises most within 60 ms of a moment, None where it rises no more than it does everywhere."""
    at = round(1000 * at_s)
    first = max(0, at - 60)
    near = rises[first : at + 61]
    if near.max() < 3 * np.median(rises) + np.percentile(rises, 80):
        return None
    return (first + int(np.argmax(near))) / 1000


def hit_on(beat: int, tempo: TempoMap) -> PlannedHit:
    tick = 960 * beat
    return PlannedHit(
        Hit(FrameTime.nearest(Fraction(tempo.ns_at(tick), 10**9), RATE), HitKind.ACCENT, Need.MUST), tick, 0.0, True
    )


@pytest.mark.parametrize("style", STRUCK)
def test_a_struck_style_is_heard_within_15_ms_of_each_must_hit(tmp_path: Path, style: str) -> None:
    hits = tuple(hit_on(beat, TempoMap.constant(BPM)) for beat in BEATS)
    plan = make_plan(8, BPM, "minor", -0.2, 0.3, style=style, hits=hits)
    cue = compose_cue(plan, None, load_weights(None))
    score = make_score(n_frames=cue.out_frame, cues=[cue])
    scene = Scene("s", "gap", FrameTime(0, RATE), FrameTime(cue.out_frame, RATE))
    render(score, Timeline("edit", RATE, (scene,), FrameTime(0, RATE)), tmp_path / "music.wav")
    rises = flux(read_sound(tmp_path / "music.wav"))
    due = [plan.tempo.ns_at(hit.tick) / 1e9 for hit in hits]
    heard = [nearest_onset_s(rises, at_s) for at_s in due]
    late_ms = [None if h is None else 1000 * (h - d) for h, d in zip(heard, due, strict=True)]
    assert all(late is not None and abs(late) <= 15 for late in late_ms), late_ms
    beside = [nearest_onset_s(rises, at_s + 0.045) for at_s in due]  # the detector tells 45 ms from 0
    assert not [h for h, at_s in zip(beside, due, strict=True) if h is not None and abs(h - at_s - 0.045) <= 0.015]
