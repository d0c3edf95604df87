"""Where music could go: cues and silences proposed for an edit, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

import numpy as np

from v2m_bridge.core.proposal import Proposal, ProposedCue, ProposedSilence
from v2m_bridge.core.speech import Span, SpeechMask, joined_spans
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.errors import SettingsError
from v2m_bridge.spotting.choose import SHORTEST_CUE_S, SHORTEST_SILENCE_S, TOLERANCE, Ground, choose
from v2m_bridge.spotting.hits import cuts_of
from v2m_bridge.spotting.moments import Moment, entries_of, outs_of, turns_of
from v2m_bridge.spotting.reasons import cue_reason, silence_reason
from v2m_bridge.spotting.resample import F64, picture_of
from v2m_bridge.spotting.scenes import scenes_of
from v2m_bridge.spotting.speech import source_music_of, temp_music_of
from v2m_bridge.spotting.want import Want, want_of

COVERAGE: Final = 0.5
"""Share of an edit that gets music unless the user asks for another."""
RISE_WEIGHT: Final = 0.4
"""What it is worth that music enters where more of it is wanted from then on, and leaves where less is."""
CLEAR_ENDS_FROM_S: Final = 540
"""In an edit of this length or more the silences at its two ends are as long as those between cues."""
PAUSE_S: Final = Fraction(1)
"""People who fall silent for no longer than this still speak: music does not slip in between two lines."""


def propose_cues(
    timeline: Timeline,
    media: Mapping[str, MediumFeatures],
    speech: SpeechMask | None,
    coverage: float = COVERAGE,
) -> tuple[ProposedCue, ...]:
    """Propose where music goes; see `propose`, which also gives the silences."""
    return propose(timeline, media, speech, coverage).cues


def propose(
    timeline: Timeline,
    media: Mapping[str, MediumFeatures],
    speech: SpeechMask | None,
    coverage: float = COVERAGE,
) -> Proposal:
    """Propose cues and the silences between them.  Pure: the same values give the same proposal.

    Music enters on a cut, a marker or the end of speech and never inside speech, leaves a breath after a cut or where
    a place ends, and is never laid over source music.  No cue is shorter than 12 s, no silence
    between cues shorter than 8 s, and from nine minutes on none at the ends of the edit.

    Parameters
    ----------
    timeline : Timeline
    media : mapping of str to MediumFeatures
        Keyed by `Media.identity`; a scene whose medium is absent is interpolated from its neighbours.
    speech : SpeechMask or None
        None where it is not known whether anybody speaks; then nothing is kept clear of speech.
    coverage : float
        Share of the edit that gets music, 0..1.

    Raises
    ------
    SettingsError
        When the coverage is not from 0 to 1.
    """
    if not 0 <= coverage <= 1:
        raise SettingsError(f"a coverage of {coverage:g} is no share", hint="Give a number from 0 to 1, such as 0.5.")
    picture = picture_of(timeline, media)
    lines = SpeechMask(joined_spans(_within(timeline, speech.spans_s if speech else ()), pause_s=PAUSE_S))
    source_music = source_music_of(timeline)
    want = want_of(picture, lines.spans_s, temp_music_of(timeline))
    turns = turns_of(timeline, cuts_of(timeline, picture, scenes_of(timeline, picture, {})))
    entries = [each for each in entries_of(timeline, turns, lines) if _is_clear(timeline, each)]
    outs = [each for each in outs_of(timeline, turns, lines) if _is_clear(timeline, each)]
    chosen = choose(_ground(timeline, entries, outs, want, source_music), coverage)
    cues = []
    for order, (entry, out) in enumerate(chosen, start=1):
        place = timeline.frame(entries[entry].frame), timeline.frame(outs[out].frame)
        reason = cue_reason(entries[entry], outs[out], place, want, picture)
        cues.append(ProposedCue(f"1m{order:02}", *place, reason))
    return Proposal(tuple(cues), _silences(timeline, cues, want, source_music))


def _is_clear(timeline: Timeline, moment: Moment) -> bool:
    """Whether a moment lies on one of the ends of the edit, or leaves a silence to both that is long enough.

    A short edit has so few places for music that it may do without.
    """
    at_s, end_s = timeline.frame(moment.frame).exact_s, timeline.end.exact_s
    return end_s < CLEAR_ENDS_FROM_S or at_s in (0, end_s) or SHORTEST_SILENCE_S <= at_s <= end_s - SHORTEST_SILENCE_S


def _within(timeline: Timeline, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the parts of spans that lie inside the edit."""
    end_s = timeline.end.exact_s
    return tuple((max(Fraction(0), a), min(end_s, b)) for a, b in spans if a < end_s and b > 0)


def _ground(
    timeline: Timeline, entries: Sequence[Moment], outs: Sequence[Moment], want: Want, source_music: Sequence[Span]
) -> Ground:
    enter_s, leave_s = (np.array([timeline.frame(m.frame).seconds for m in each]) for each in (entries, outs))
    enter_ns, leave_ns = (
        np.array([timeline.frame(m.frame).ns for m in each], dtype=np.int64) for each in (entries, outs)
    )
    return Ground(
        length_s=timeline.end.seconds,
        entry_s=enter_s,
        out_s=leave_s,
        entry_worth=np.array([moment.worth for moment in entries]) + RISE_WEIGHT * want.rise(enter_ns),
        out_worth=np.array([moment.worth for moment in outs]) - RISE_WEIGHT * want.rise(leave_ns),
        entry_want_s=want.up_to(enter_ns),
        out_want_s=want.up_to(leave_ns),
        entry_taken_s=_taken(enter_s, source_music),
        out_taken_s=_taken(leave_s, source_music),
    )


def _taken(at_s: F64, spans: Sequence[Span]) -> F64:
    """(N,) seconds of spans that lie before each moment."""
    taken = np.zeros(len(at_s))
    for start_s, end_s in spans:
        taken += np.clip(at_s, float(start_s), float(end_s)) - float(start_s)
    return taken


def _silences(
    timeline: Timeline, cues: Sequence[ProposedCue], want: Want, source_music: Sequence[Span]
) -> tuple[ProposedSilence, ...]:
    starts = [timeline.frame(0), *(cue.end for cue in cues)]
    ends = [*(cue.start for cue in cues), timeline.end]
    followers = [*(cue.number for cue in cues), ""]
    silences = []
    for start, end, following in zip(starts, ends, followers, strict=True):
        if start < end:
            reason = silence_reason((start, end), want, source_music, following)
            if not cues and timeline.end.seconds < SHORTEST_CUE_S:
                reason = f"the edit is shorter than the shortest cue, {SHORTEST_CUE_S:g} s"
            silences.append(ProposedSilence(start, end, reason))
    return tuple(silences)


def doubts_of(timeline: Timeline, speech: SpeechMask | None, proposal: Proposal, coverage: float) -> tuple[str, ...]:
    """Say in words what the proposal could not know or do."""
    doubts = []
    if speech is None:
        doubts.append("it is not known where people speak, because nothing that can be heard or has a role tells")
    music_s = sum((cue.end - cue.start).exact_s for cue in proposal.cues)
    share = float(music_s / timeline.end.exact_s)
    if abs(share - coverage) > TOLERANCE:
        doubts.append(
            f"music covers {100 * share:.0f} % and not {100 * coverage:.0f} % of the edit: its cuts, its speech, its "
            f"own music and cues of {SHORTEST_CUE_S:g} s at least leave no better choice"
        )
    return tuple(doubts)
