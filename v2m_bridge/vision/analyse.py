"""All that is seen in one medium, or in the parts of it that an edit shows, from one decode pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from math import ceil
from pathlib import Path

import numpy as np

from v2m_bridge.core.arrays import Bool
from v2m_bridge.core.video import MediaInfo, MediumFeatures
from v2m_bridge.core.work import Analysed, looking_at
from v2m_bridge.errors import MediaError
from v2m_bridge.vision.cache import MOST_BYTES, FeatureCache
from v2m_bridge.vision.content import fingerprint_of
from v2m_bridge.vision.emotion import EmotionBackend
from v2m_bridge.vision.emotion_track import EmotionTrack
from v2m_bridge.vision.frames import Frames, SeekError
from v2m_bridge.vision.hardware import device
from v2m_bridge.vision.looked import Looked, looked_of
from v2m_bridge.vision.probe import check_plain_file
from v2m_bridge.vision.sampling import n_seconds
from v2m_bridge.vision.spans import Range, blocks_shown, is_worth_seeking, n_blocks, spans_of
from v2m_bridge.vision.stretch import part, whole

Progress = Callable[[str, int, int], None]


def analyse(
    path: Path,
    *,
    backend: EmotionBackend,
    cache_dir: Path | None,
    ranges_s: Sequence[Range] | None = None,
    alone: str = "",
    cache_bytes: int = MOST_BYTES,
    progress: Progress | None = None,
) -> MediumFeatures:
    """Decode a medium once and return its cuts and one feature row per second.

    Parameters
    ----------
    path : Path
        A plain video file.
    backend : EmotionBackend
        What reads the emotion.
    cache_dir : Path, optional
        Folder of features that have been made before; None keeps nothing.
    ranges_s : sequence of (Fraction, Fraction), optional
        What an edit shows, in seconds from the start of the medium; None shows all.  Rows and cuts of these and of a
        margin are as of the whole; other rows show nothing.  Where they are less than about a third of the medium,
        only they are decoded.  Whole seconds since a cut count from the start of each stretch at the latest.
    alone : str
        What the ranges are called, such as ``40-44 s``, where nothing else of the medium may be decoded: a medium that
        cannot be decoded from its middle is an error then.
    cache_bytes : int
        Size that the folder keeps to.
    progress : callable, optional
        Called with (what, seconds done, seconds in all) before the medium is opened and at least once per second of it.

    Returns
    -------
    MediumFeatures
        Raw rows, not smoothed.  ``info.duration_s`` is what could be seen, which in a truncated file is less than
        the file claims.

    Raises
    ------
    MediaError
        When nothing of the medium can be seen.
    """
    check_plain_file(path)
    tell = _Teller(looking_at(path.name, alone), progress)
    tell.begin(0)
    if cache_dir is None:
        known = look(path, backend, ranges_s=ranges_s, alone=bool(alone), tell=tell)
        return known.only(_wanted(known.medium.info, ranges_s))
    cache = FeatureCache(cache_dir, most_bytes=cache_bytes)
    entry = cache.entry(fingerprint_of(path), backend.name, backend.fingerprint)
    found = cache.load(entry, path)
    known = look(path, backend, ranges_s=ranges_s, known=found, alone=bool(alone), tell=tell)
    if known is not found:
        cache.store(entry, known)
    return known.only(_wanted(known.medium.info, ranges_s))


def analysed(medium: MediumFeatures) -> Analysed:
    """Return what is told of a medium that was looked at."""
    info = medium.info
    return Analysed(
        path=info.path, duration_s=float(info.duration_s), n_cuts=len(medium.cuts_s), backend=medium.backend
    )


def look(
    path: Path,
    backend: EmotionBackend,
    *,
    ranges_s: Sequence[Range] | None = None,
    known: Looked | None = None,
    alone: bool = False,
    tell: _Teller | None = None,
) -> Looked:
    """Decode what is wanted of a medium and not yet known; return both together, `known` itself where it is enough.

    With `alone` nothing beside what is wanted is decoded, whatever that costs.
    """
    tell = tell or _Teller(looking_at(path.name), None)
    if known is not None and not (_wanted(known.medium.info, ranges_s) & ~known.blocks).any():
        return known
    with Frames(path, device=device()) as frames:
        missing = _missing(frames.info, ranges_s, known, alone=alone)
        if missing is None and not alone:
            return _whole(frames, backend, tell)
        with suppress(SeekError):
            if missing is None:
                raise SeekError(path.name)
            parts = _parts(frames, backend, missing, tell)
            return known.joined(parts) if known else parts
    if alone:
        raise MediaError(f"{path.name} cannot be decoded from its middle")
    with Frames(path, device=device()) as frames:
        return _whole(frames, backend, tell)


def _missing(info: MediaInfo, ranges_s: Sequence[Range] | None, known: Looked | None, *, alone: bool) -> Bool | None:
    """Return the blocks to look at, None where that takes as long as to look at all and nothing forbids it."""
    if ranges_s is None or info.duration_s <= 0:
        return None
    missing, rows = _wanted(info, ranges_s), n_seconds(info.duration_s)
    if known is not None and known.blocks.shape == missing.shape:
        missing &= ~known.blocks
    return missing if alone or is_worth_seeking(spans_of(missing, rows), rows) else None


class _Teller:
    """Turns seconds done of several stretches into progress of one medium."""

    def __init__(self, label: str, progress: Progress | None) -> None:
        self._label, self._progress = label, progress
        self._before_s = self._all_s = 0

    def begin(self, all_s: int) -> None:
        """Begin anew with so many seconds to look at, 0 for not known yet."""
        self._before_s, self._all_s = 0, all_s
        self(0)

    def add(self, done_s: int) -> None:
        """Close a stretch of so many seconds."""
        self._before_s += done_s

    def __call__(self, done_s: int) -> None:
        """Tell that so many seconds of the stretch are done."""
        done_s += self._before_s
        if self._progress is not None:
            self._progress(self._label, done_s, max(done_s, self._all_s))


def _wanted(info: MediaInfo, ranges_s: Sequence[Range] | None) -> Bool:
    rows = n_seconds(info.duration_s)
    return np.ones(n_blocks(rows), bool) if ranges_s is None else blocks_shown(ranges_s, rows)


def _whole(frames: Frames, backend: EmotionBackend, tell: _Teller) -> Looked:
    tell.begin(ceil(frames.info.duration_s))
    with EmotionTrack(backend) as emotion:
        stretch = whole(frames, emotion, tell)
        read = emotion.rows(lambda: tell(stretch.n_rows))
    return looked_of(replace(frames.info, duration_s=stretch.end_s), [stretch], read, backend.name)


def _parts(frames: Frames, backend: EmotionBackend, blocks: Bool, tell: _Teller) -> Looked:
    spans = spans_of(blocks, n_seconds(frames.info.duration_s))
    tell.begin(sum(span.stop_s - span.first_s for span in spans))
    stretches = []
    with EmotionTrack(backend) as emotion:
        for span in spans:
            stretches.append(part(frames, span, emotion, tell))
            tell.add(stretches[-1].n_rows)
        read = emotion.rows(lambda: tell(0))
    info = replace(frames.info, duration_s=stretches[-1].end_s) if blocks[-1] else frames.info
    return looked_of(info, stretches, read, backend.name)
