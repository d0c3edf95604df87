"""A guide movie against its edit: where it stands, whether it is late, and whether it shows this cut at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path

from v2m_bridge.core.guide import GuideMovie, PlacedGuide
from v2m_bridge.core.timebase import FrameTime, timecode
from v2m_bridge.core.timeline import Media, Timeline
from v2m_bridge.core.video import MediaInfo
from v2m_bridge.errors import MediaError
from v2m_bridge.vision.array_store import ArrayStore
from v2m_bridge.vision.guide_match import Cut, Difference, Match, compare, starts_by_cuts
from v2m_bridge.vision.guide_signal import GuideSignal, read_signal
from v2m_bridge.vision.guide_start import start_label, start_of_label, starts_s
from v2m_bridge.vision.probe import check_plain_file

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _Expected:
    """Frame of the guide at which the edit should begin, and how that is known where labels do not say."""

    frame: int
    why: str = ""


def place_guide(
    movie: GuideMovie, timeline: Timeline, *, cache_dir: Path | None = None, progress: Progress | None = None
) -> PlacedGuide:
    """Lay a guide movie along an edit.

    The timecode of its first frame is what the user says, else what its timecode track says; where neither reaches the
    edit, the edit is found by its cuts.  Then every cut of the edit is looked for in the guide at its own frame.

    Parameters
    ----------
    movie : GuideMovie
    timeline : Timeline
    cache_dir : Path, optional
        Where what was found in the guide is kept.
    progress : callable, optional
        Receives (label, done, total).

    Returns
    -------
    PlacedGuide
        Corrected where the guide is late or early, with a warning that says by how much.

    Raises
    ------
    MediaError
        When the guide cannot be seen, or shows another cut; the first differing event is named.
    SettingsError
        When the start that the user gives is no timecode.
    """
    path = Path(movie.path)
    check_plain_file(path)
    info, own = read_signal(path, ArrayStore(cache_dir), progress)
    signal, tolerance = own.at_rate(timeline.rate), 0 if info.rate == timeline.rate else 2
    warnings = []
    if tolerance:
        warnings.append(
            f"{path.name} runs at {_rate(info.rate)} frames per second and the edit at {_rate(timeline.rate)}; "
            "they are matched by time"
        )
    expected = _expected(movie, info, signal, timeline, tolerance)
    match = compare(signal, expected.frame, timeline, tolerance)
    if not match.is_same_edit:
        raise _other_cut(path.name, timeline, match)
    starts_at = expected.frame + match.late
    warnings += filter(None, (expected.why, *_doubts(path.name, timeline, match, starts_at, signal)))
    return PlacedGuide(Media(path.name, str(path)), timeline.frame(starts_at).exact_s, info.has_audio, tuple(warnings))


def _expected(movie: GuideMovie, info: MediaInfo, signal: GuideSignal, timeline: Timeline, tolerance: int) -> _Expected:
    name = Path(movie.path).name
    if movie.start:
        first = start_of_label(movie.start, info, timeline)
        expected = _Expected(_frames(starts_s(timeline, first, drop_frame=timeline.drop_frame), timeline))
        if _reaches(expected.frame, signal, timeline):
            return expected
        raise MediaError(
            f"{name} does not reach the edit when it begins at {movie.start}: the edit runs from "
            f"{_label(timeline, 0)} to {_label(timeline, timeline.end.frame)}",
            hint="Give the timecode of its first frame with --guide-start, or leave that to its cuts.",
        )
    why = f"{name} has no timecode"
    if info.start_frame:
        first = FrameTime(info.start_frame, info.rate)
        expected = _Expected(_frames(starts_s(timeline, first, drop_frame=info.drop_frame), timeline))
        if _reaches(expected.frame, signal, timeline):
            return expected
        why = f"the timecode of {name}, {timecode(first, drop_frame=info.drop_frame)}, does not reach the edit"
    return _by_cuts(why, signal, timeline, tolerance)


def _by_cuts(why: str, signal: GuideSignal, timeline: Timeline, tolerance: int) -> _Expected:
    """Find the edit by its cuts; a guide of exactly its length begins with it."""
    found = starts_by_cuts(signal, timeline, tolerance)
    if found is None and abs(len(signal) - timeline.end.frame) <= 1 + tolerance:
        return _Expected(0, f"{why}; it is as long as the edit and is taken to begin with it")
    if found is None:
        raise MediaError(
            f"{why}, and the cuts of {timeline.name or 'the edit'} are not found in it",
            hint="Give the timecode of its first frame with --guide-start, such as 00:59:52:00.",
        )
    start, n_met, n_cuts = found
    return _Expected(
        start,
        f"{why}; {n_met} of {n_cuts} cuts place the first frame of the edit {_length(timeline, start)} into it, "
        f"as --guide-start {start_label(timeline, start)} would",
    )


def _doubts(name: str, timeline: Timeline, match: Match, starts_at: int, signal: GuideSignal) -> list[str]:
    told = []
    if match.late:
        told.append(
            f"{name} is {_late(match.late)}: its cuts come {_n_frames(match.late)} "
            f"{'after' if match.late > 0 else 'before'} those of the edit ({match.n_seen} of {match.n_cuts}); "
            f"that is put right here, as --guide-start {start_label(timeline, starts_at)} would, or export it again"
        )
    if match.differences:
        told.append(f"{name} agrees with the edit but for one cut: {_difference(timeline, match.differences[0])}")
    missing = timeline.end.frame + starts_at - len(signal)
    if starts_at < 0:
        told.append(f"{name} begins {_n_frames(starts_at)} after the edit does")
    if missing > 0:
        told.append(f"{name} ends {_n_frames(missing)} before the edit does")
    return told


def _other_cut(name: str, timeline: Timeline, match: Match) -> MediaError:
    tail, rest = "", match.rest
    if rest:
        tail = f"; from there on its cuts are {_late(rest.late)} ({rest.n_met} of {rest.n_cuts})"
    first = _difference(timeline, match.differences[0])
    return MediaError(
        f"{name} shows another cut than {timeline.name or 'the edit'}: first at {first}{tail}",
        hint="Export the guide from this cut, or leave out --guide.",
    )


def _difference(timeline: Timeline, difference: Difference) -> str:
    """Say what the edit and the guide do, the earlier event first."""
    cut, instead = difference.cut, difference.instead
    here, scene = _label(timeline, cut.frame), _scene(timeline, cut)
    if instead is None:
        return f"{here}, where the edit cuts to {scene} and the guide does not"
    apart = _n_frames(instead - cut.frame)
    if instead < cut.frame:
        return (
            f"{_label(timeline, instead)}, where the guide cuts and the edit does not: it cuts to {scene} "
            f"{apart} later, at {here}"
        )
    return (
        f"{here}, where the edit cuts to {scene} and the guide does not: it cuts {apart} later, "
        f"at {_label(timeline, instead)}"
    )


def _scene(timeline: Timeline, cut: Cut) -> str:
    return f"scene {cut.index + 1} '{timeline.scenes[cut.index].name}'"


def _reaches(starts_at: int, signal: GuideSignal, timeline: Timeline) -> bool:
    """Whether the guide shows any of the edit when it begins at this frame."""
    return starts_at < len(signal) and starts_at + timeline.end.frame > 0


def _frames(seconds: Fraction, timeline: Timeline) -> int:
    return round(seconds * timeline.rate)


def _label(timeline: Timeline, frame: int) -> str:
    return timecode(timeline.start + timeline.frame(frame), drop_frame=timeline.drop_frame)


def _length(timeline: Timeline, frame: int) -> str:
    return f"{frame} frames ({float(timeline.frame(frame).exact_s):.2f} s)"


def _n_frames(frames: int) -> str:
    return f"{abs(frames)} frame{'' if abs(frames) == 1 else 's'}"


def _late(frames: int) -> str:
    return f"{_n_frames(frames)} {'late' if frames > 0 else 'early'}"


def _rate(rate: Fraction) -> str:
    return f"{float(ceil(rate * 1000 - Fraction(1, 2)) / 1000):g}"
