"""What is known of a medium: all of it, or some of its blocks, which can be joined with others later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.affect import EMOTIONS, Emotion
from v2m_bridge.core.arrays import F32, Bool
from v2m_bridge.core.video import MediaInfo, MediumFeatures, VideoFeatures
from v2m_bridge.vision.emotion import EmotionRows
from v2m_bridge.vision.sampling import n_seconds
from v2m_bridge.vision.spans import BLOCK_S, Span, n_blocks, seconds_of, spans_of
from v2m_bridge.vision.stretch import Stretch

Columns = Mapping[str, F32 | None]

_AFFECT: Final = ("semantic", "emotion", "valence", "arousal", "confidence")
_COLUMNS: Final = ("motion", *_AFFECT)


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """Features of a medium of T seconds, of which the blocks that are True are known; other rows show nothing."""

    medium: MediumFeatures
    blocks: Bool
    """(B,) of `BLOCK_S` seconds each."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to look at."""
        return bool(self.blocks.all())

    def only(self, blocks: Bool) -> MediumFeatures:
        """Return the medium as if nothing but some of its blocks were known, so that it does not depend on what is."""
        if (blocks >= self.blocks).all():
            return self.medium
        rows = len(self.medium.features)
        keep = seconds_of(blocks, rows)
        blank = _blank(rows, self.medium.features.semantic)
        columns = {name: _chosen(keep, getattr(self.medium.features, name), blank.get(name)) for name in _COLUMNS}
        return _medium(self.medium.info, columns, blocks, self.medium.cuts_s, self.medium.backend)

    def joined(self, other: Looked) -> Looked:
        """Return what is known here or there of the same medium, as the same backend sees it."""
        if self.is_whole or other.is_whole or self.blocks.shape != other.blocks.shape:
            return self if self.is_whole else other
        blocks = self.blocks | other.blocks
        ours, theirs = self.medium, other.medium
        keep = seconds_of(self.blocks, len(ours.features))
        columns = {
            name: _chosen(keep, getattr(ours.features, name), getattr(theirs.features, name)) for name in _COLUMNS
        }
        has_end = self if self.blocks[-1] else other
        cuts_s = tuple(sorted({*ours.cuts_s, *theirs.cuts_s}))
        return Looked(_medium(has_end.medium.info, columns, blocks, cuts_s, ours.backend), blocks)


def looked_of(info: MediaInfo, stretches: Sequence[Stretch], read: EmotionRows, backend: str) -> Looked:
    """Put stretches together.

    Parameters
    ----------
    info : MediaInfo
        ``duration_s`` is right, not only claimed, where the end is among the stretches.
    stretches : sequence of Stretch
        In order of time.
    read : EmotionRows
        The rows of all stretches, one after the other.
    backend : str
        What read them.
    """
    rows = n_seconds(info.duration_s)
    blocks = np.zeros(n_blocks(rows), bool)
    for stretch in stretches:
        blocks[stretch.first_s // BLOCK_S : n_blocks(stretch.first_s + stretch.n_rows)] = True
    at = seconds_of(blocks, rows)
    columns = _blank(rows, read.semantic)
    columns["motion"][at] = np.concatenate([stretch.motion() for stretch in stretches])
    for name in _AFFECT:
        if (column := getattr(read, name)) is not None:
            columns[name][at] = column
    cuts_s = tuple(cut_s for stretch in stretches for cut_s in stretch.cuts_s())
    return Looked(_medium(info, columns, blocks, cuts_s, backend), blocks)


def scene_offset(cuts_s: Sequence[Fraction], n_rows: int, spans: Sequence[Span] = ()) -> F32:
    """Return whole seconds since the last cut, (T,) float32: 0 in the second that holds a cut, and in the first.

    Where only `spans` are known, each begins as if with a cut.
    """
    starts = np.zeros(n_rows, np.int64)
    for second in (*(span.first_s for span in spans), *map(floor, cuts_s)):
        starts[second] = second
    return (np.arange(n_rows) - np.maximum.accumulate(starts)).astype(np.float32)


def _medium(
    info: MediaInfo, columns: Columns, blocks: Bool, cuts_s: Sequence[Fraction], backend: str
) -> MediumFeatures:
    rows = n_seconds(info.duration_s)
    known = tuple(cut_s for cut_s in cuts_s if blocks[floor(cut_s) // BLOCK_S])
    offset = scene_offset(known, rows, spans_of(blocks, rows))
    features = VideoFeatures(**{"semantic": None, **columns, "scene_offset_s": offset})  # type: ignore[arg-type]
    return MediumFeatures(info, features, known, backend)


def _blank(rows: int, semantic: F32 | None) -> dict[str, NDArray[np.float32]]:
    """Return columns that show nothing: still, neutral, confidence 0."""
    columns = {name: np.zeros(rows, np.float32) for name in ("motion", "valence", "arousal", "confidence")}
    columns["emotion"] = np.zeros((rows, len(EMOTIONS)), np.float32)
    columns["emotion"][:, EMOTIONS.index(Emotion.NEUTRAL)] = 1
    if semantic is not None:
        columns["semantic"] = np.zeros((rows, semantic.shape[1]), np.float32)
    return columns


def _chosen(keep: Bool, ours: F32 | None, theirs: F32 | None) -> F32 | None:
    """Take the rows (T, ...) to keep from ours and the others from theirs."""
    if ours is None or theirs is None:
        return None
    return np.where(keep.reshape(-1, *[1] * (ours.ndim - 1)), ours, theirs)
