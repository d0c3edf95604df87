"""Why there is music, and why there is none, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from v2m_bridge.core.affect import CONFIDENT, EMOTIONS, Emotion
from v2m_bridge.core.speech import Span
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.spotting.moments import Moment
from v2m_bridge.spotting.resample import CONFIDENCE, EMOTION, F64, Picture, means
from v2m_bridge.spotting.want import AFFECT, EXCITEMENT, SPEECH, TEMP, WANT, Want

_MUCH: Final = 0.35
"""A share of a stretch from which on speech, temp or source music is its reason."""
_TALKS: Final = 0.25
"""The same for a silence, speech and source music together."""
_SOME: Final = 0.1
_STANDS_OUT: Final = 0.04
_LIVELY: Final = 0.5
_CALM: Final = frozenset({Emotion.RELAXING, Emotion.SAD})
_STIRRED: Final = frozenset({Emotion.EXCITING, Emotion.FEARFUL, Emotion.TENSE})


def cue_reason(entry: Moment, out: Moment, place: Sequence[FrameTime], want: Want, picture: Picture) -> str:
    """Say how a cue enters, what it carries and how it leaves.

    Parameters
    ----------
    entry, out : Moment
    place : sequence of FrameTime
        First frame of the cue and first frame after it.
    """
    start, end = place
    carried = _carried(want.mean(start.ns, end.ns), want.usual, _word(picture, start, end))
    return f"enters {entry.reason}; {carried}; leaves {out.reason}"


def _carried(mean: F64, usual: F64, word: Emotion) -> str:
    """Say what the music carries, from its stretch against the whole edit."""
    above = mean - usual
    if mean[TEMP] >= _MUCH:
        return "takes the place of the editor's temp music"
    feeling = _picture(word)
    if mean[SPEECH] >= _MUCH:
        return f"lies thin under the words of {feeling}"
    if above[EXCITEMENT] > _STANDS_OUT and above[EXCITEMENT] >= above[AFFECT]:
        is_lively, feeling = mean[EXCITEMENT] >= _LIVELY, _picture(word, unlike=_CALM)
        what = f"drives {feeling}, lively in movement and cutting" if is_lively else f"moves with {feeling}"
    elif above[AFFECT] > _STANDS_OUT:
        what = f"carries {feeling} where feeling is strongest"
    elif above[EXCITEMENT] < -_STANDS_OUT:
        what = f"holds {_picture(word, unlike=_STIRRED)} together while it is calm"
    else:
        what = f"carries {feeling}"
    return what if mean[SPEECH] else f"{what}, without words"


def _picture(word: Emotion, unlike: frozenset[Emotion] = frozenset()) -> str:
    """Name the picture by its emotion, but by none that would contradict what is said of its movement."""
    if word is Emotion.NEUTRAL or word in unlike:
        return "the picture"
    return f"{'an' if word is Emotion.EXCITING else 'a'} {word} picture"


def _word(picture: Picture, start: FrameTime, end: FrameTime) -> Emotion:
    row = means(picture.edges_ns, picture.steady, np.array([[start.ns, end.ns]], dtype=np.int64))[0]
    return EMOTIONS[int(np.argmax(row[EMOTION]))] if row[CONFIDENCE] >= CONFIDENT else Emotion.NEUTRAL


def silence_reason(place: Sequence[FrameTime], want: Want, source_music: Sequence[Span], following: str) -> str:
    """Say why a stretch stays without music.

    Parameters
    ----------
    place : sequence of FrameTime
        First frame of the silence and first frame after it.
    want : Want
    source_music : sequence of Span
    following : str
        Number of the cue that follows; empty at the end of the edit.
    """
    start, end = place
    inside = [min(last, end.exact_s) - max(first, start.exact_s) for first, last in source_music]
    taken = float(sum(seconds for seconds in inside if seconds > 0) / (end - start).exact_s)
    mean = want.mean(start.ns, end.ns)
    below = mean - want.usual
    said = []
    if taken > _SOME:
        said.append(f"the edit's own music plays for {100 * taken:.0f} % of it")
    if mean[SPEECH] > _SOME:
        said.append(f"people speak for {100 * mean[SPEECH]:.0f} % of it")
    if taken + mean[SPEECH] >= _TALKS:
        return f"{' and '.join(said)}: music leaves room for that"
    if below[EXCITEMENT] < -_STANDS_OUT and below[EXCITEMENT] <= below[AFFECT]:
        return "the picture is still: let it be still"
    if below[AFFECT] < -_STANDS_OUT and below[EXCITEMENT] <= _STANDS_OUT:
        return "the picture feels little here: music would say more than it does"
    if below[WANT] > 0:
        return f"strong by itself: its own sound carries it{_tells(following)}"
    return f"{'a rest for the ear' if start.frame else 'music holds back'}{_tells(following)}"


def _tells(following: str) -> str:
    return f", so that {following} tells when it enters" if following else ", so that the end stands alone"
