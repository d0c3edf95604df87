"""Batches of music videos, and of songs as if they were, for a chord model that reads a chord a second.

Drawn from a seed and the number of the step alone.  A music video is heard at other speeds and from other moments,
as its chords in continuous time allow; a song of another corpus runs at a tempo of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from v2m_bridge.core.arrays import F32, I64
from v2m_bridge.core.harmony import END, N_QUALITIES, NO_CHORD
from v2m_bridge.model.conditions import N_EMOTIONS, N_SEMANTIC
from v2m_bridge.training.config import Feature, VideoTraining
from v2m_bridge.training.examples import START, Batch, Example, collate
from v2m_bridge.training.muvi import LONGEST_S, MusicVideo
from v2m_bridge.training.song import Song

_SLOWEST_BPM, _FASTEST_BPM = 70.0, 170.0
_BEATS_PER_SLOT: Final = 2
_NEAR_KEYS: Final = (5, 7, 3, 9)
"""Semitones to the keys for which an estimated key is most often mistaken."""
_SHORTEST: Final = 8


COLUMNS_OF_FEATURE: Final[dict[Feature, slice]] = {
    "semantic": slice(0, N_SEMANTIC),
    "scene_offset": slice(N_SEMANTIC, N_SEMANTIC + 1),
    "motion": slice(N_SEMANTIC + 1, N_SEMANTIC + 2),
    "emotion": slice(N_SEMANTIC + 2, N_SEMANTIC + 2 + N_EMOTIONS),
}
_SHUFFLED: Final = 2**63
"""Key of the draw that deals pictures to other videos; no step has it."""


@dataclass(frozen=True, slots=True, eq=False)
class Viewing:
    """A music video and what a model is shown with it."""

    video: MusicVideo
    pictures: MusicVideo
    """Whose pictures are shown, from their start again where they are shorter; else the video itself."""
    hidden: tuple[Feature, ...] = ()

    def rows(self, seconds: I64) -> F32:
        """(S, 776) pictures of some seconds."""
        rows = self.pictures.rows[seconds % len(self.pictures.picture)]
        for feature in self.hidden:
            rows[:, COLUMNS_OF_FEATURE[feature]] = 0
        return rows

    def emotion(self, seconds: I64) -> I64:
        """(S,) strongest emotion of the video's own pictures, whatever is shown."""
        return np.asarray(self.video.picture[seconds, -N_EMOTIONS:].argmax(1), np.int64)

    def example(self, *, sight: bool = True) -> Example:
        """Return the whole video at its own seconds, END after a short one as published."""
        seconds = np.arange(len(self.video.symbol_ids))
        rows = self.rows(seconds) if sight else None
        return _example(self.video.symbol_ids, rows, self.video.mode == "minor", self.emotion(seconds))


def video_example(video: MusicVideo, *, sight: bool = True) -> Example:
    """Return a whole music video with its own pictures; see `Viewing.example`."""
    return Viewing(video, video).example(sight=sight)


def viewings(videos: Sequence[MusicVideo], how: VideoTraining) -> list[Viewing]:
    """Decide what is shown with each video: never its own pictures where they are shuffled."""
    pictures = list(videos)
    if how.shuffled and len(videos) > 1:
        order = np.random.Generator(np.random.Philox(key=[0, _SHUFFLED])).permutation(len(videos))
        for place, of in zip(order, np.roll(order, 1), strict=True):
            pictures[place] = videos[of]
    return [Viewing(video, seen, how.hidden) for video, seen in zip(videos, pictures, strict=True)]


@dataclass(frozen=True, slots=True)
class Material:
    """What is drawn from."""

    videos: Sequence[Viewing]
    songs: Sequence[Song]
    how: VideoTraining


def draw_videos(material: Material, size: int, seed: int, step: int, n_steps: int) -> Batch:
    """Draw the examples of one step."""
    random = np.random.Generator(np.random.Philox(key=[seed, step]))
    is_early = step < material.how.warm_up_share * n_steps
    return collate([_drawn(material, random, is_early=is_early) for _ in range(size)])


def _drawn(material: Material, random: np.random.Generator, *, is_early: bool) -> Example:
    how = material.how
    rows: F32 | None = None
    emotion: I64 | None = None
    if not material.songs or random.random() < (how.video_share if is_early else how.late_video_share):
        viewing = material.videos[int(random.integers(len(material.videos)))]
        symbols, seconds = _heard_anew(viewing.video, how, random)
        is_minor, emotion = viewing.video.mode == "minor", viewing.emotion(seconds)
        if random.random() < how.sight:
            rows = viewing.rows(seconds)
    else:
        song = material.songs[int(random.integers(len(material.songs)))]
        symbols, is_minor = _as_video(song, random), song.mode == "minor"
    if random.random() < how.transposed_share / (1 if is_early else 5):
        symbols = transposed(symbols, int(random.integers(12)) if is_early else _NEAR_KEYS[random.integers(4)])
    return _example(symbols, rows, is_minor, emotion)


def _heard_anew(video: MusicVideo, how: VideoTraining, random: np.random.Generator) -> tuple[I64, I64]:
    """(T,) chords of a music video at another speed and moment, and the second in which each is heard."""
    n = len(video.symbol_ids)
    if not len(video.run_ids) or random.random() < how.steady_share:
        return video.symbol_ids, np.arange(n)
    step_s = float(np.exp(random.normal(0, how.speed_spread)))
    at_s = np.arange(random.random() * step_s, float(video.run_ends_s[-1]), step_s)[:LONGEST_S]
    if len(at_s) < _SHORTEST:
        return video.symbol_ids, np.arange(n)
    run = np.minimum(np.searchsorted(video.run_ends_s, at_s, side="right"), len(video.run_ids) - 1)
    return video.run_ids[run], np.minimum(at_s.astype(np.int64), n - 1)


def _as_video(song: Song, random: np.random.Generator) -> I64:
    """(T,) chords of a song by seconds, at some tempo, with the silences that videos have."""
    slot_s = 60 * _BEATS_PER_SLOT / random.uniform(_SLOWEST_BPM, _FASTEST_BPM)
    at_s = np.arange(random.random(), max(len(song) * slot_s, _SHORTEST), 1.0)
    symbols = song.symbol_ids[np.minimum((at_s / slot_s).astype(np.int64), len(song) - 1)]
    if len(symbols) > LONGEST_S:
        first = int(random.integers(0, len(symbols) - LONGEST_S + 1)) if random.random() < 0.5 else 0
        symbols = symbols[first : first + LONGEST_S]
    if random.random() < 0.3 and len(symbols) > 20:
        symbols = symbols.copy()
        symbols[: random.integers(0, 12)] = NO_CHORD
        if random.random() < 0.5:
            first = int(random.integers(0, len(symbols) - 4))
            symbols[first : first + random.integers(1, 6)] = NO_CHORD
    return symbols


def transposed(symbols: I64, semitones: int) -> I64:
    """(T,) the same chords in another key; N stays."""
    root, quality = np.divmod(symbols - 1, N_QUALITIES)
    return np.where(symbols == NO_CHORD, NO_CHORD, (root + semitones) % 12 * N_QUALITIES + quality + 1)


def _example(symbols: I64, rows: F32 | None, is_minor: bool, emotion: I64 | None) -> Example:
    inputs, targets = np.concatenate([[START], symbols[:-1]]), symbols
    if len(symbols) < LONGEST_S:
        inputs, targets = np.concatenate([[START], symbols]), np.concatenate([symbols, [END]])
    seen = np.zeros((len(targets), N_SEMANTIC + 8), np.float32)
    if rows is not None:
        seen[: len(rows)] = rows
    felt = None if emotion is None else np.concatenate([emotion, np.zeros(len(targets) - len(emotion), np.int64)])
    return Example(inputs, targets, seen, float(is_minor), felt)
