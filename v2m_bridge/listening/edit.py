"""What is heard in an edit: the sounds of its clips, laid where the edit has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import msgspec

from v2m_bridge.core import codec
from v2m_bridge.core.speech import Span, SpeechMask, joined_spans
from v2m_bridge.core.temp_music import TempMusic
from v2m_bridge.core.timeline import AudioClip, Media, Timeline
from v2m_bridge.entries import content_fingerprint
from v2m_bridge.errors import MediaError
from v2m_bridge.listening.cache import HeardCache
from v2m_bridge.listening.music import LONGEST_S, HeardMusic, hear_music
from v2m_bridge.listening.onsets import RATE_HZ
from v2m_bridge.listening.sound import Sound
from v2m_bridge.listening.voice import speech_in

Progress = Callable[[str, int, int], None]

SILENT_DB: Final = -60.0
"""A clip that is turned down this far is not heard."""
_WHEN_UNHEARD: Final = {
    True: "people count as speaking all through its clips of dialogue",
    False: "it is not known whether anybody speaks in it",
}
_MUSIC_VERSION: Final = 1
"""Part of the key under which what was heard of music is kept."""


@dataclass(frozen=True, slots=True)
class GuideSound:
    """The sound of a guide movie: a mix of the whole edit.

    `starts_s` is where in the movie the first frame of the edit stands; `channel_roles` says what each channel
    holds, such as ``("dialogue", "music")``; without a channel of dialogue the whole mix is heard.
    """

    media: Media
    starts_s: Fraction = Fraction(0)
    channel_roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Sound of a medium from `start_s` to `end_s` of the edit, where the medium stands at `source_s`."""

    media: Media | None
    start_s: Fraction
    end_s: Fraction
    source_s: Fraction
    channel: int | None = None

    @property
    def stretch(self) -> Span:
        return self.source_s, self.source_s + self.end_s - self.start_s


def hear_speech(
    timeline: Timeline,
    told: SpeechMask | None,
    cache: HeardCache,
    *,
    guide: GuideSound | None = None,
    progress: Progress | None = None,
) -> tuple[SpeechMask | None, tuple[str, ...]]:
    """Find where people speak in an edit.

    Dialogue clips are heard where they are, so that a clip is no speech where it is silent; one that cannot be heard
    counts whole.  Without dialogue clips the guide is heard, else the clips without a role, else, where the edit has no
    audio clips at all, the sound that came with the pictures.  Effects and music are never listened to for speech.

    Parameters
    ----------
    timeline : Timeline
    told : SpeechMask or None
        What the audio clips tell by where they lie; it stands where nothing can be heard.
    cache : HeardCache
    guide : GuideSound, optional
    progress : callable, optional
        Receives (label, done, total).

    Returns
    -------
    SpeechMask or None
        None where nothing is known.
    tuple of str
        A sentence for each medium that could not be heard.
    """
    lines = list(_pieces(timeline, _audible(timeline, "dialogue")))
    whole = list(lines) or _production_sound(timeline, guide)
    heard, unheard, why = _spoken(whole, cache, progress)
    warnings = tuple(f"{reason}; {_WHEN_UNHEARD[bool(lines)]}" for reason in why if timeline.audio or guide)
    if heard is None:
        return told, warnings
    spans = [*heard, *((piece.start_s, piece.end_s) for piece in unheard if lines)]
    end_s = timeline.end.exact_s
    return SpeechMask(joined_spans((max(Fraction(0), a), min(end_s, b)) for a, b in spans)), warnings


def hear_music_clips(
    timeline: Timeline, clips: Sequence[AudioClip], cache: HeardCache, *, progress: Progress | None = None
) -> tuple[tuple[TempMusic, ...], tuple[str, ...]]:
    """Listen to clips of music.

    Parameters
    ----------
    timeline : Timeline
    clips : sequence of AudioClip
        Those of them that are enabled and lie inside the edit are heard.

    Returns
    -------
    tuple of TempMusic
        In order of time.  A clip that cannot be heard is there with its place alone.
    tuple of str
        A sentence for each medium that could not be heard.
    """
    found: list[TempMusic] = []
    warnings: dict[str, None] = {}
    audible = [clip for clip in clips if _is_audible(clip)]
    for done, clip in enumerate(audible):
        for piece in _pieces(timeline, [clip]):
            if progress is not None:
                progress(f"Listening to {clip.name}", done, len(audible))
            try:
                heard = _music(piece, cache)
            except MediaError as exc:
                warnings[f"{exc}; its tempo and key are not known"] = None
                heard = HeardMusic()
            found.append(_placed(clip.name, piece, heard))
    return tuple(sorted(found, key=lambda music: (music.start_s, music.end_s, music.name))), tuple(warnings)


def _is_audible(clip: AudioClip) -> bool:
    return clip.enabled and clip.gain_db > SILENT_DB


def _audible(timeline: Timeline, role: str) -> Iterator[AudioClip]:
    return (clip for clip in timeline.audio if _is_audible(clip) and clip.role == role)


def _pieces(timeline: Timeline, clips: Iterable[AudioClip]) -> Iterator[_Piece]:
    """Yield the clips as far as they lie inside the edit."""
    for clip in clips:
        start_s, end_s = max(Fraction(0), clip.record_in.exact_s), min(timeline.end.exact_s, clip.record_out.exact_s)
        if start_s < end_s:
            yield _Piece(clip.media, start_s, end_s, clip.source_in_s + start_s - clip.record_in.exact_s)


def _production_sound(timeline: Timeline, guide: GuideSound | None) -> list[_Piece]:
    if guide is not None:
        channel = guide.channel_roles.index("dialogue") if "dialogue" in guide.channel_roles else None
        return [_Piece(guide.media, Fraction(0), timeline.end.exact_s, guide.starts_s, channel)]
    if timeline.audio:
        return list(_pieces(timeline, _audible(timeline, "")))
    return [
        _Piece(scene.media, scene.record_in.exact_s, scene.record_out.exact_s, scene.source_in_s)
        for scene in timeline.scenes
        if scene.media and not scene.retime
    ]


def _spoken(
    pieces: Sequence[_Piece], cache: HeardCache, progress: Progress | None
) -> tuple[list[Span] | None, list[_Piece], tuple[str, ...]]:
    """Return spans of speech in seconds of the edit (None where nothing was heard), what was not heard, and why."""
    spans: list[Span] = []
    unheard: list[_Piece] = []
    why: list[str] = []
    media = {(piece.media, piece.channel): None for piece in pieces}
    for source, channel in media:
        same = [piece for piece in pieces if (piece.media, piece.channel) == (source, channel)]
        try:
            found = speech_in(
                _path(source),
                [piece.stretch for piece in same],
                cache,
                channel=channel,
                progress=_told_of(progress, source),
            )
        except MediaError as exc:
            unheard += same
            why.append(str(exc))
            continue
        for piece, inside in zip(same, found, strict=True):
            spans += [(piece.start_s + a - piece.source_s, piece.start_s + b - piece.source_s) for a, b in inside]
    return (spans if len(unheard) < len(pieces) else None), unheard, tuple(why)


def _told_of(progress: Progress | None, source: Media | None) -> Callable[[int, int], None] | None:
    if progress is None or source is None:
        return None
    return lambda done, total: progress(f"Listening to {source.name}", done, total)


def _path(media: Media | None) -> Path:
    if media is None or media.path is None:
        raise MediaError(f"{media.name if media else 'a sound without a medium'} is offline")
    return Path(media.path)


def _music(piece: _Piece, cache: HeardCache) -> HeardMusic:
    path = _path(piece.media)
    start_s, end_s = piece.stretch
    end_s = min(end_s, start_s + LONGEST_S)
    key = ("music", _MUSIC_VERSION, content_fingerprint(path), start_s, end_s)
    known = cache.load(*key)
    if known is not None:
        with suppress(msgspec.MsgspecError, ValueError):
            return codec.decode(known, HeardMusic)
    with Sound(path) as sound:
        heard = hear_music(sound.samples(start_s, end_s, RATE_HZ))
    cache.store(codec.encode(heard), *key)
    return heard


def _placed(name: str, piece: _Piece, heard: HeardMusic) -> TempMusic:
    downbeat_s = heard.first_downbeat_s
    return TempMusic(
        name=name,
        start_s=piece.start_s,
        end_s=piece.end_s,
        bpm=heard.bpm,
        first_downbeat_s=None if downbeat_s is None else piece.start_s + Fraction(round(1000 * downbeat_s), 1000),
        beats_per_bar=heard.beats_per_bar,
        key=heard.key,
        confidence=heard.confidence,
    )
