"""The sound that a picture edit brings along: its clips where the edit has them, at the gain that it gives them.

==================================  ============================================
the edit                            what is heard
==================================  ============================================
has sound clips, one can be opened  the clips that are enabled, but no temp music
else, a guide with sound            the guide
else, has no sound clips            the sound of the scenes' own media
==================================  ============================================
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import F32
from v2m_bridge.core.guide import PlacedGuide
from v2m_bridge.core.temp_music import is_temp_music
from v2m_bridge.core.timeline import Media, Timeline
from v2m_bridge.errors import MediaError
from v2m_bridge.export.media_runs import media_runs
from v2m_bridge.export.source_sound import SourceSound, open_sound
from v2m_bridge.export.synth import BLOCK_SAMPLES, SAMPLE_RATE

_SILENT_DB: Final = -60.0
"""A clip that is turned down this far is not heard."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Sound of a medium over samples `start` to `end` of the edit; the medium stands at `source_s` as it begins."""

    media: Media
    start: int
    end: int
    source_s: Fraction
    gain: float = 1.0


class OwnSound:
    """The sound of an edit without its new music; `warnings` grows while it is read."""

    def __init__(self, timeline: Timeline, guide: PlacedGuide | None = None, *, with_temp: bool = False) -> None:
        """Find what is heard.

        Parameters
        ----------
        timeline : Timeline
        guide : PlacedGuide, optional
            A movie of the whole edit, heard where no clip of the edit can be.
        with_temp : bool
            Whether temp music is heard, too.
        """
        self._length = round(timeline.end.exact_s * SAMPLE_RATE)
        self._unheard: dict[str, None] = {}
        self._is_told = bool(timeline.audio)
        self._has_guide_temp = False
        clips = _clip_pieces(timeline, with_temp=with_temp)
        if any(_is_there(piece.media) for piece in clips) or (timeline.audio and not (guide and guide.has_sound)):
            self._pieces = clips
        elif guide and guide.has_sound:
            self._is_told = True
            self._has_guide_temp = not with_temp and any(map(is_temp_music, timeline.audio))
            self._pieces = [_Piece(guide.media, 0, self._length, guide.starts_s)]
        else:
            self._pieces = _scene_pieces(timeline)
        lying_inside = (piece for piece in self._pieces if 0 <= piece.start < piece.end)
        self._pieces = list(dict.fromkeys(lying_inside))  # the two tracks of a stereo clip are one

    @property
    def is_heard(self) -> bool:
        """Whether there is any medium to open."""
        return any(_is_there(piece.media) for piece in self._pieces)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What could not be heard and is silent."""
        temp = "the sound of the guide is one mix: its temp music is heard" if self._has_guide_temp else ""
        return (*filter(None, [temp]), *(f"{why}; its sound is left out" for why in self._unheard))

    def blocks(self) -> Iterator[F32]:
        """Yield (n, 2) float32 at 48 kHz, n up to a second, as long as the edit in all."""
        with ExitStack() as all_open:
            playing: dict[_Piece, tuple[SourceSound, ExitStack]] = {}
            for start in range(0, self._length, BLOCK_SAMPLES):
                end = min(start + BLOCK_SAMPLES, self._length)
                block = np.zeros((end - start, 2), np.float32)
                for piece in self._pieces:
                    first, last = max(start, piece.start), min(end, piece.end)
                    if first >= last:
                        continue
                    if piece not in playing and first == piece.start:
                        self._open(piece, playing, all_open)
                    if piece in playing:
                        sound, closing = playing[piece]
                        block[first - start : last - start] += piece.gain * sound.read(last - first)
                        if last == piece.end:
                            closing.close()
                yield block

    def _open(self, piece: _Piece, playing: dict[_Piece, tuple[SourceSound, ExitStack]], all_open: ExitStack) -> None:
        closing = all_open.enter_context(ExitStack())
        try:
            if piece.media.path is None:
                raise MediaError(f"{piece.media.name} is offline")
            playing[piece] = closing.enter_context(open_sound(piece.media.path, piece.source_s)), closing
        except MediaError as exc:
            if self._is_told:
                self._unheard[str(exc)] = None


def _clip_pieces(timeline: Timeline, *, with_temp: bool) -> list[_Piece]:
    """Return the clips that are heard, as far as they lie inside the edit."""
    end_s = timeline.end.exact_s
    pieces = []
    for clip in timeline.audio:
        if not clip.enabled or clip.gain_db <= _SILENT_DB or (is_temp_music(clip) and not with_temp):
            continue
        start_s, stop_s = max(Fraction(0), clip.record_in.exact_s), min(end_s, clip.record_out.exact_s)
        source_s = clip.source_in_s + start_s - clip.record_in.exact_s
        media = clip.media or Media(clip.name)
        pieces.append(_Piece(media, *_samples(start_s, stop_s), source_s, 10 ** (clip.gain_db / 20)))
    return pieces


def _scene_pieces(timeline: Timeline) -> list[_Piece]:
    """Return the sound of runs of scenes: it is read once over their cuts, without a seam."""
    return [
        _Piece(run.media, *_samples(run.start / timeline.rate, run.end / timeline.rate), run.source_in_s)
        for run in media_runs(timeline)
    ]


def _samples(start_s: Fraction, end_s: Fraction) -> tuple[int, int]:
    return round(start_s * SAMPLE_RATE), round(end_s * SAMPLE_RATE)


def _is_there(media: Media) -> bool:
    return bool(media.path) and Path(media.path or "").is_file()
