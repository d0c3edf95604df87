"""Where people speak and what music the edit holds already, as its audio clips tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Final

from v2m_bridge.core.speech import Span, SpeechMask, joined_spans
from v2m_bridge.core.timeline import AudioClip, Timeline

FILLS_THE_EDIT: Final = Fraction(9, 10)
"""Dialogue clips over more than this share of an edit are its production sound: they do not say when people speak."""
_TEMP: Final = re.compile(r"(?<![A-Za-z])TEMP(?![A-Za-z])", re.IGNORECASE)


def speech_of(timeline: Timeline) -> SpeechMask | None:
    """Return the spans of the enabled dialogue clips, None where they say nothing.

    They say nothing when there are none while the role of some sound is not known, when there is no sound at all, and
    when they fill nine tenths of the edit.
    """
    audible = [clip for clip in timeline.audio if clip.enabled]
    spans = _spans(timeline, audible, lambda clip: clip.role == "dialogue")
    if not spans and (not audible or any(not clip.role for clip in audible)):
        return None
    if sum((end_s - start_s for start_s, end_s in spans), Fraction(0)) > FILLS_THE_EDIT * timeline.end.exact_s:
        return None
    return SpeechMask(spans)


def source_music_of(timeline: Timeline) -> tuple[Span, ...]:
    """Return the spans of the music that belongs to the edit; nothing is scored over it."""
    return _spans(timeline, timeline.audio, lambda clip: clip.role == "music" and not _is_temp(clip))


def temp_music_of(timeline: Timeline) -> tuple[Span, ...]:
    """Return the spans of temp music: its track or its clip says so, and it shows where the editor wants music."""
    return _spans(timeline, timeline.audio, lambda clip: clip.role == "music" and _is_temp(clip))


def _is_temp(clip: AudioClip) -> bool:
    return bool(_TEMP.search(clip.track) or _TEMP.search(clip.name))


def _spans(timeline: Timeline, clips: Iterable[AudioClip], is_wanted: Callable[[AudioClip], bool]) -> tuple[Span, ...]:
    """Join the enabled clips that are wanted, as far as they lie inside the edit."""
    end_s = timeline.end.exact_s
    return joined_spans(
        (max(Fraction(0), clip.record_in.exact_s), min(end_s, clip.record_out.exact_s))
        for clip in clips
        if clip.enabled and is_wanted(clip)
    )
