"""Random edits to be spotted, and what must hold of every proposal."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from tests.spotting.edits import make_medium, make_timeline
from v2m_bridge.core.proposal import Proposal
from v2m_bridge.core.speech import SpeechMask, joined_spans
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.core.timeline import AudioClip, Marker, Timeline
from v2m_bridge.spotting.propose import CLEAR_ENDS_FROM_S

NAMES = tuple(f"m{index}.mov" for index in range(8))
MEDIA = {name: make_medium(300, seed=index) for index, name in enumerate(NAMES)}
RATES = (Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001))


def random_edit(
    seed: int, *, length_s: int = 600, n_shots: int = 120, n_lines: int = 12, n_markers: int = 3
) -> tuple[Timeline, SpeechMask]:
    """Return an edit of shots of random length and media, and where people speak in it."""
    chance = random.Random(seed)  # noqa: S311 a made edit, not a secret
    rate = RATES[seed % len(RATES)]
    n_frames = round(length_s * rate)
    edges = [0, *sorted(chance.sample(range(1, n_frames), n_shots - 1)), n_frames]
    shots = [(b - a, chance.choice(NAMES)) for a, b in pairwise(edges)]
    markers = [Marker(FrameTime(chance.randrange(n_frames), rate), f"m{n}") for n in range(n_markers)]
    lines = []
    for _ in range(n_lines):
        start_s = Fraction(chance.randrange(0, max(1, (length_s - 5) * 1000)), 1000)
        lines.append((start_s, min(Fraction(length_s), start_s + Fraction(chance.randrange(1000, 15_000), 1000))))
    return make_timeline(shots, rate=rate, markers=markers), SpeechMask(joined_spans(lines))


def with_sound(timeline: Timeline, role: str, spans_s: list[tuple[float, float]], *, track: str = "A1") -> Timeline:
    """Return an edit with clips of a role on a track of their own."""
    clips = [
        AudioClip(
            f"{role} {order}",
            track,
            FrameTime.nearest(start_s, timeline.rate),
            FrameTime.nearest(end_s, timeline.rate),
            role=role,
        )
        for order, (start_s, end_s) in enumerate(spans_s, start=1)
    ]
    return replace(timeline, audio=(*timeline.audio, *clips))


def share_of(timeline: Timeline, proposal: Proposal) -> float:
    """Return the share of an edit that gets music."""
    return float(sum((cue.end - cue.start).exact_s for cue in proposal.cues) / timeline.end.exact_s)


def check(timeline: Timeline, speech: SpeechMask, proposal: Proposal) -> None:
    """Check what holds whatever is asked."""
    frame_s = 1 / timeline.rate
    places = [scene.record_in.exact_s for scene in timeline.scenes] + [marker.at.exact_s for marker in timeline.markers]
    places += [end_s for _, end_s in speech.spans_s]
    for cue in proposal.cues:
        start_s, end_s = cue.start.exact_s, cue.end.exact_s
        assert end_s - start_s >= 12, f"{cue.number} is too short"
        assert min(abs(start_s - place_s) for place_s in places) <= frame_s, f"{cue.number} enters nowhere"
        assert not speech.is_in(start_s), f"{cue.number} enters inside speech"
        assert end_s == timeline.end.exact_s or not speech.is_in(end_s), f"{cue.number} leaves inside speech"
        assert cue.reason
        assert (cue.cue.number, cue.cue.title, cue.cue.brief) == (cue.number, "", cue.reason)
    has_room = timeline.end.exact_s >= CLEAR_ENDS_FROM_S
    for silence in proposal.silences:
        is_at_an_end = silence.start.frame == 0 or silence.end == timeline.end
        is_long = (silence.end - silence.start).exact_s >= 8
        assert is_long or (is_at_an_end and not has_room), f"the silence at {silence.start.seconds:.1f} s is too short"
    assert [cue.number for cue in proposal.cues] == [f"1m{n:02}" for n in range(1, len(proposal.cues) + 1)]
    tiles = [(cue.start.frame, cue.end.frame) for cue in proposal.cues]
    tiles = sorted([*tiles, *((silence.start.frame, silence.end.frame) for silence in proposal.silences)])
    assert [start for start, _ in tiles] == [0, *(end for _, end in tiles[:-1])]
    assert tiles[-1][1] == timeline.end.frame
    assert all(silence.reason for silence in proposal.silences)
