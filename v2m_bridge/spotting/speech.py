"""Where people speak and what music the edit holds already, as its audio clips tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Final

from v2m_bridge.core.heard import Heard
from v2m_bridge.core.speech import Span, SpeechMask, joined_spans
from v2m_bridge.core.temp_music import TempMusic, is_temp_music
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.core.timeline import AudioClip, Timeline

FILLS_THE_EDIT: Final = Fraction(9, 10)
"""Dialogue clips over more than this share of an edit are its production sound: they do not say when people speak."""


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


def spoken_slots(speech: SpeechMask | None, spans_ns: Sequence[tuple[int, int]]) -> frozenset[int]:
    """Return which spans of time (nanoseconds of the edit) speech touches; none where nothing is known of it."""
    if speech is None:
        return frozenset()
    said = [(start_s * NS_PER_S, end_s * NS_PER_S) for start_s, end_s in speech.spans_s]
    touched = (any(a < end and start < b for a, b in said) for start, end in spans_ns)
    return frozenset(index for index, is_touched in enumerate(touched) if is_touched)


def heard_in(timeline: Timeline) -> Heard:
    """Return what the audio clips of an edit tell of its sound."""
    temp = tuple(
        TempMusic(clip.name, *span)
        for clip in timeline.audio
        if clip.enabled and is_temp_music(clip)
        for span in _spans(timeline, [clip], lambda _clip: True)
    )
    return Heard(speech_of(timeline), source_music_of(timeline), tuple(sorted(temp, key=lambda each: each.start_s)))


def source_music_of(timeline: Timeline) -> tuple[Span, ...]:
    """Return the spans of the music that belongs to the edit; nothing is scored over it."""
    return _spans(timeline, timeline.audio, lambda clip: clip.role == "music" and not is_temp_music(clip))


def temp_music_of(timeline: Timeline) -> tuple[Span, ...]:
    """Return the spans of temp music: its track or its clip says so, and it shows where the editor wants music."""
    return _spans(timeline, timeline.audio, is_temp_music)


def _spans(timeline: Timeline, clips: Iterable[AudioClip], is_wanted: Callable[[AudioClip], bool]) -> tuple[Span, ...]:
    """Join the enabled clips that are wanted, as far as they lie inside the edit."""
    end_s = timeline.end.exact_s
    return joined_spans(
        (max(Fraction(0), clip.record_in.exact_s), min(end_s, clip.record_out.exact_s))
        for clip in clips
        if clip.enabled and is_wanted(clip)
    )
