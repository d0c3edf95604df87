"""What was seen, moved from the clocks of the media to the clock of the edit.

Along the edit a feature is constant by pieces: a piece ends where the source passes a whole second or the edit cuts.
Everything downstream is a time-weighted mean of pieces, rounded to three decimals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from v2m_bridge.core.affect import EMOTIONS, Emotion
from v2m_bridge.core.arrays import F32, I64, Bool
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.core.timeline import Scene, Timeline
from v2m_bridge.core.video import MediumFeatures, VideoFeatures

F64: TypeAlias = NDArray[np.float64]

SMOOTHING_NS: Final = 5 * NS_PER_S
"""Width of the mean that steadies emotion, as in the published recipe's later versions."""
_DECIMALS: Final = 3
_MIDDLE: Final = Fraction(1, 2)
"""Where in a second of its medium the picture is read that stands for the second."""

MOTION: Final = 0
EMOTION: Final = slice(1, 7)
VALENCE: Final = 7
AROUSAL: Final = 8
CONFIDENCE: Final = 9
AFFECT: Final = slice(1, 10)
"""Columns of `Picture.rows`; `AFFECT` is all that the 5 s mean steadies."""
_N_COLUMNS: Final = 10


def _black() -> F64:
    row = np.zeros(_N_COLUMNS)
    row[1 + EMOTIONS.index(Emotion.NEUTRAL)] = 1
    return row


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Features along the edit: P pieces, each constant, which tile it without holes."""

    edges_ns: I64
    """(P + 1,) piece p is ``[edges[p], edges[p + 1])``, from the first frame of the edit"""
    scene: I64
    """(P,) index of the scene on screen"""
    rows: F64
    """(P, 10) motion, six emotions, valence, arousal, confidence"""
    steady: F64
    """(P, 10) the same with emotion, valence, arousal and confidence as 5 s means that never cross a cut"""
    semantic: F32 | None
    """(P, 768), None where a medium that was seen has no such columns"""
    scene_edges_ns: I64
    """(S + 1,) first frame of each scene, and the end of the edit"""
    seen: tuple[bool, ...]
    """(S,) False where the medium was not seen and the rows are interpolated; black counts as seen"""

    @property
    def scene_spans_ns(self) -> I64:
        """(S, 2) first frame and end of each scene."""
        return np.stack([self.scene_edges_ns[:-1], self.scene_edges_ns[1:]], axis=1)


def picture_of(timeline: Timeline, media: Mapping[str, MediumFeatures]) -> Picture:
    """Lay the features of the media along the edit.

    A scene whose medium is not among `media` gets the rows of its nearest seen neighbours, interpolated over time,
    with confidence 0.  A gap is black: no motion, neutral, confidence 0.

    Parameters
    ----------
    timeline : Timeline
    media : mapping of str to MediumFeatures
        Keyed by `Media.identity`; what was seen of one scene alone, as through a guide movie, by the id of the scene.
    """
    edges, owners, sources = [0], [], []
    for index, scene in enumerate(timeline.scenes):
        medium = _medium_of(scene, media)
        features = medium.features if medium else None
        for end_ns, row, look in _pieces(scene, medium):
            if end_ns > edges[-1]:
                edges.append(end_ns)
                owners.append(index)
                sources.append((features, row, look))
    edges_ns, owner = np.array(edges, dtype=np.int64), np.array(owners, dtype=np.int64)
    rows = np.array([_black() if features is None else _row(features, row, look) for features, row, look in sources])
    semantic = _semantic_of([(features, look) for features, _, look in sources])
    is_gap = np.array([scene.media is None for scene in timeline.scenes])
    is_known = np.array([features is not None for features, _, _ in sources])
    _interpolate(edges_ns, rows, semantic, ~is_known & ~is_gap[owner], is_known)
    scene_edges_ns = np.array([scene.record_in.ns for scene in timeline.scenes] + [timeline.end.ns], dtype=np.int64)
    return Picture(
        edges_ns=edges_ns,
        scene=owner,
        rows=rows,
        steady=_steady(edges_ns, rows, scene_edges_ns, owner),
        semantic=semantic,
        scene_edges_ns=scene_edges_ns,
        seen=tuple(scene.media is None or _medium_of(scene, media) is not None for scene in timeline.scenes),
    )


def means(edges_ns: I64, rows: NDArray[np.floating], spans_ns: I64) -> F64:
    """Average piecewise constant rows over spans of time.

    Parameters
    ----------
    edges_ns : (P + 1,) int64
    rows : (P, C) float
    spans_ns : (N, 2) int64
        Start and end of each span; a span of no length takes the piece that it lies in.

    Returns
    -------
    (N, C) float64
        Time-weighted means.
    """
    last = len(rows) - 1
    first = np.clip(np.searchsorted(edges_ns, spans_ns[:, 0], side="right") - 1, 0, last)
    stop = np.clip(np.searchsorted(edges_ns, spans_ns[:, 1], side="left"), first + 1, last + 1)
    out = np.empty((len(spans_ns), rows.shape[1]))
    for n, (a, b) in enumerate(zip(first, stop, strict=True)):
        if b == a + 1:
            out[n] = rows[a]
            continue
        inside = np.clip(edges_ns[a : b + 1], spans_ns[n, 0], spans_ns[n, 1])
        weights = np.diff(inside) / (inside[-1] - inside[0])
        out[n] = (weights[:, None] * rows[a:b]).sum(axis=0)
    return out


def slot_features(picture: Picture, spans_ns: I64, owners: I64) -> VideoFeatures:
    """Average the picture onto slots; the offset counts whole seconds from the edit's own cut to the slot's onset.

    Parameters
    ----------
    picture : Picture
    spans_ns : (T, 2) int64
        Start and end of each slot, from the first frame of the edit.
    owners : (T,) int64
        Index of the scene that owns each slot.

    Returns
    -------
    VideoFeatures
        T rows, raw (not steadied), rounded.
    """
    rows = means(picture.edges_ns, picture.rows, spans_ns)
    since_cut_ns = np.maximum(spans_ns[:, 0] - picture.scene_edges_ns[owners], 0)
    semantic = None
    if picture.semantic is not None:
        semantic = rounded(means(picture.edges_ns, picture.semantic, spans_ns)).astype(np.float32)
    return VideoFeatures(
        semantic=semantic,
        scene_offset_s=(since_cut_ns // NS_PER_S).astype(np.float32),
        motion=rounded(rows[:, MOTION]).astype(np.float32),
        emotion=rounded_shares(rows[:, EMOTION]).astype(np.float32),
        valence=rounded(rows[:, VALENCE]).astype(np.float32),
        arousal=rounded(rows[:, AROUSAL]).astype(np.float32),
        confidence=rounded(rows[:, CONFIDENCE]).astype(np.float32),
    )


def rounded(values: F64) -> F64:
    """Round to three decimals, without a negative zero: nothing downstream may depend on float noise."""
    return np.round(values, _DECIMALS) + 0.0


def rounded_shares(shares: F64) -> F64:
    """Round rows of shares to thousandths that still add up to one (largest remainder).

    Parameters
    ----------
    shares : (N, C) float64
        Each row sums to about 1.

    Returns
    -------
    (N, C) float64
    """
    whole = 10**_DECIMALS
    total = shares.sum(axis=1, keepdims=True)
    exact = np.round(shares / np.where(total > 0, total, 1) * whole, 6)
    parts = np.floor(exact)
    order = np.argsort(-(exact - parts), axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    parts += rank < whole - parts.sum(axis=1, keepdims=True)
    return parts / whole


def _medium_of(scene: Scene, media: Mapping[str, MediumFeatures]) -> MediumFeatures | None:
    medium = media.get(scene.id) or (media.get(scene.media.identity) if scene.media else None)
    return medium if medium is not None and len(medium.features) else None


def _row(features: VideoFeatures, row: int, look: int) -> F64:
    return np.array(
        [
            features.motion[row],
            *features.emotion[look],
            features.valence[look],
            features.arousal[look],
            features.confidence[look],
        ],
        dtype=np.float64,
    )


def _pieces(scene: Scene, medium: MediumFeatures | None) -> list[tuple[int, int, int]]:
    """End (nanoseconds of the edit), row of the medium and row that shows the picture, of each piece of a scene."""
    start_s, end_s = scene.record_in.exact_s, scene.record_out.exact_s
    if medium is None:
        return [(scene.record_out.ns, 0, 0)]
    rows = range(medium.first_s, medium.first_s + len(medium.features))
    length_s = end_s - start_s
    corners = sorted({Fraction(0), length_s, *(p.record_s for p in scene.retime if 0 < p.record_s < length_s)})
    reached = [scene.source_s(corner) for corner in corners]
    looks = _looks(min(reached), max(reached), medium, rows)
    pieces = []
    for begin, stop in pairwise(corners):
        for a, b in pairwise(_row_changes(scene, begin, stop, rows)):
            row = min(max(floor(scene.source_s((a + b) / 2)), rows.start), rows.stop - 1)
            look = min(max(row, looks.start), looks.stop - 1) if looks else row
            end_ns = scene.record_out.ns if b == length_s else floor((start_s + b) * NS_PER_S)
            pieces.append((end_ns, row - rows.start, look - rows.start))
    return pieces


def _looks(low_s: Fraction, high_s: Fraction, medium: MediumFeatures, rows: range) -> range:
    """Rows whose picture a scene shows: each was taken in the middle of its second, the last in that of the rest.

    What was taken in the handles stands for pictures that the edit does not show.
    """
    first, last = ceil(low_s - _MIDDLE), ceil(high_s - _MIDDLE) - 1
    if last == rows.stop - 2 and high_s > (rows.stop - 1 + medium.info.duration_s) / 2:
        last += 1
    return range(max(first, rows.start), min(last, rows.stop - 1) + 1)


def _row_changes(scene: Scene, begin: Fraction, stop: Fraction, rows: range) -> list[Fraction]:
    """Record times between two corners of the retime at which the source enters another row, both ends included."""
    low, high = scene.source_s(begin), scene.source_s(stop)
    if low == high:
        return [begin, stop]
    speed = (high - low) / (stop - begin)
    seconds = range(max(rows.start + 1, floor(min(low, high)) + 1), min(rows.stop, ceil(max(low, high))))
    n_frames = max(1, floor((stop - begin) * scene.record_in.rate))
    stride = max(1, -(-len(seconds) // n_frames))  # no finer than the frames of the edit, however fast the retime
    return [begin, *sorted(begin + (second - low) / speed for second in seconds[::stride]), stop]


def _semantic_of(sources: Sequence[tuple[VideoFeatures | None, int]]) -> F32 | None:
    """(P, 768) with blank rows for what was not seen, or None where any medium that was seen has no such columns."""
    rows = [None if seen is None or seen.semantic is None else seen.semantic[row] for seen, row in sources]
    blank = next((np.zeros_like(row) for row in rows if row is not None), None)
    if blank is None or any(features is not None and features.semantic is None for features, _ in sources):
        return None
    return np.stack([blank if row is None else row for row in rows])


def _interpolate(edges_ns: I64, rows: F64, semantic: F32 | None, unseen: Bool, seen: Bool) -> None:
    """Fill the pieces of unseen scenes in place from the nearest seen pieces before and after."""
    known = np.flatnonzero(seen)
    if not len(known) or not unseen.any():
        return
    middle = (edges_ns[:-1] + edges_ns[1:]) / 2
    for piece in np.flatnonzero(unseen):
        after = int(np.searchsorted(known, piece))
        a, b = known[max(after - 1, 0)], known[min(after, len(known) - 1)]
        share = 0.0 if a == b else (middle[piece] - middle[a]) / (middle[b] - middle[a])
        share = min(max(share, 0.0), 1.0)
        rows[piece] = (1 - share) * rows[a] + share * rows[b]
        rows[piece, CONFIDENCE] = 0
        if semantic is not None:
            semantic[piece] = (1 - share) * semantic[a] + share * semantic[b]


def _steady(edges_ns: I64, rows: F64, scene_edges_ns: I64, owner: I64) -> F64:
    middle = (edges_ns[:-1] + edges_ns[1:]) // 2
    spans = np.stack(
        [
            np.maximum(middle - SMOOTHING_NS // 2, scene_edges_ns[owner]),
            np.minimum(middle + SMOOTHING_NS // 2, scene_edges_ns[owner + 1]),
        ],
        axis=1,
    )
    steady = rows.copy()
    steady[:, AFFECT] = means(edges_ns, rows[:, AFFECT], spans)
    return steady
