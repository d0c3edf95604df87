"""cues.csv: the cue list as a table that people edit in a spreadsheet.

One row for each cue.  `in` and `out` are timecodes of the edit, `out` the first frame after the cue.  `number` is the
cue's whole number (``1m02``); beside a reel it may also be its order alone (``2``).  `key`, `style`, `tempo` (``96`` or
``70-140``), `fit`, `lock` (``all``, ``none`` or layers such as ``tempo harmony``) and `theme` (``NAME`` or
``NAME:form``) are wishes for the cue; empty means that nothing was wished.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from v2m_bridge.core.cue import Cue
from v2m_bridge.core.direction import FITS, GIVEN, LOCKS, CueDirection
from v2m_bridge.core.direction_text import parse_locks, parse_tempo, parse_theme_words, theme_words
from v2m_bridge.core.harmony import parse_key
from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.core.timebase import US_PER_MINUTE, FrameTime, parse_timecode
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import DirectionError, TimelineError
from v2m_bridge.spotting.cue_table import THEME, Row, rows_of, table_text
from v2m_bridge.spotting.cues import label

_KINDS: Final = ("score", "source")
_REEL: Final = re.compile(r"(\d+)m.+", re.DOTALL)
_ENCODINGS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig"))

T = TypeVar("T")


def cue_list_text(timeline: Timeline, cues: Sequence[Cue], wishes: Mapping[str, CueDirection] | None = None) -> str:
    """Write a cue list.

    Parameters
    ----------
    timeline : Timeline
        The edit whose timecode the list uses.
    cues : sequence of Cue
    wishes : mapping of str to CueDirection, optional
        Keyed by cue number; key, style, tempo, fit, locks and theme are written.
    """
    wished = wishes or {}
    rows, themes = [], []
    for cue in cues:
        wish = wished.get(cue.number, CueDirection())
        place = (label(timeline, cue.start), label(timeline, cue.end))
        tempo = _tempo_text(wish.tempo_bpm)
        asked = (wish.key.text() if wish.key else "", wish.style or "", tempo, wish.fit or "", _lock_text(wish.locks))
        rows.append((*_name(cue), *place, cue.kind, *asked, cue.brief, str(cue.version)))
        themes.append(theme_words(wish))
    return table_text(rows, themes)


def cue_list_csv(score: Score, locks: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """Write the cues of a score with the key, style, tempo and fit that were chosen; read again, they are wishes.

    Parameters
    ----------
    score : Score
    locks : mapping of str to tuple of str, optional
        Locked layers by cue number.
    """
    rows = []
    for cue in score.cues:
        place = (score.label(cue.in_frame), score.label(cue.out_frame))
        fit = cue.fit if cue.fit in FITS else ""
        chosen = (cue.key, cue.style, _tempo_text(_range(cue)), fit, _lock_text((locks or {}).get(cue.number)))
        rows.append((*_name(cue), *place, cue.kind, *chosen, cue.brief, str(cue.version)))
    return table_text(rows, [cue.theme for cue in score.cues])


def read_cue_list(path: Path, timeline: Timeline) -> tuple[tuple[Cue, ...], dict[str, CueDirection]]:
    """Read a cue list from a file.

    Returns
    -------
    tuple of Cue, dict of str to CueDirection
        The cues in the order of the file, and the wishes of those that have any, keyed by number.

    Raises
    ------
    TimelineError
        When the file cannot be read, or names the line and column that is wrong and what to write there.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise TimelineError(f"cannot read {path}", hint="Name a cues.csv that v2m spot or v2m score wrote.") from exc
    encoding = next(name for mark, name in _ENCODINGS if data.startswith(mark))
    try:
        return parse_cue_list(data.decode(encoding), timeline)
    except UnicodeDecodeError as exc:
        raise TimelineError(
            f"{path.name} is not UTF-8 text", hint="Save it from the spreadsheet as CSV UTF-8."
        ) from exc


def parse_cue_list(text: str, timeline: Timeline) -> tuple[tuple[Cue, ...], dict[str, CueDirection]]:
    """Read a cue list from text; see `read_cue_list`."""
    cues: list[Cue] = []
    lines: dict[str, int] = {}
    wishes: dict[str, CueDirection] = {}
    for row in rows_of(text):
        cue, wish = _cue(row, timeline), _wish(row)
        if cue.number in lines:
            why = f"cue {cue.number} stands on line {lines[cue.number]} already"
            raise row.error("number", why, "Give every cue its own number.")
        for other in cues:
            if cue.start < other.end and other.start < cue.end:
                why = f"cue {cue.number} overlaps cue {other.number} of line {lines[other.number]}"
                taken = f"{label(timeline, other.start)} to {label(timeline, other.end)}"
                raise row.error("in", why, f"Keep it clear of {taken}.")
        cues.append(cue)
        lines[cue.number] = row.line
        if wish != CueDirection():
            wishes[cue.number] = wish
    return tuple(cues), wishes


def _name(cue: Cue | CueMusic) -> tuple[str, str, str]:
    reel = _REEL.fullmatch(cue.number)
    return reel[1] if reel else "", cue.number, cue.title


def _tempo_text(tempo_bpm: tuple[float, float] | None) -> str:
    if tempo_bpm is None:
        return ""
    low, high = (repr(float(bpm)).removesuffix(".0") for bpm in tempo_bpm)
    return low if low == high else f"{low}-{high}"


def _lock_text(locks: tuple[str, ...] | None) -> str:
    return "" if locks is None else "all" if locks == LOCKS else " ".join(locks) or "none"


def _range(cue: CueMusic) -> tuple[float, float]:
    """Return what gives this tempo again: that of the first bar, from which the others are counted, or all."""
    tempi = cue.tempo.tempi if cue.fit in ("exact", GIVEN) else cue.tempo.tempi[:1]
    bpm = [_short_bpm(change.us_per_quarter) for change in tempi]
    return max(20.0, min(bpm)), min(300.0, max(bpm))


def _short_bpm(us_per_quarter: int) -> float:
    """Return the shortest decimal that means this tempo, to the microsecond."""
    exact = US_PER_MINUTE / us_per_quarter
    shorter = (round(exact, decimals) for decimals in range(1, 12))
    return next((bpm for bpm in shorter if round(US_PER_MINUTE / bpm) == us_per_quarter), exact)


def _cue(row: Row, timeline: Timeline) -> Cue:
    number = _number(row)
    start, end = (_frame(row, column, timeline) for column in ("in", "out"))
    if end <= start:
        hint = f"Write a timecode after {label(timeline, start)}."
        raise row.error("out", f"cue {number} ends before it has begun", hint)
    kind = row.text("kind").lower() or "score"
    if kind not in _KINDS:
        raise row.error("kind", f"{kind[:40]!r} is no kind of cue", "Write score, or source for music in the scene.")
    version = row.text("version") or "1"
    if not (version.isascii() and version.isdigit() and 1 <= len(version) <= 9 and int(version) >= 1):
        raise row.error("version", f"{version[:40]!r} is not a version", "Write a whole number from 1 up.")
    return Cue(
        number,
        start,
        end,
        title=row.fields.get("title", ""),
        brief=row.fields.get("brief", ""),
        version=int(version),
        kind=kind,
    )


def _number(row: Row) -> str:
    number, reel = row.text("number"), row.text("reel")
    if not number:
        raise row.error("number", "the cue has no number", "Write reel and order, such as 1m02.")
    match = _REEL.fullmatch(number)
    if reel and match is None and number.isdigit():
        return f"{reel}m{number.zfill(2)}"
    if reel and (match is None or match[1] != reel):
        raise row.error(
            "reel", f"cue {number} is not of reel {reel[:40]!r}", "Write the digits before the m, or nothing."
        )
    return number


def _frame(row: Row, column: str, timeline: Timeline) -> FrameTime:
    text = row.text(column)
    first, last = label(timeline, timeline.frame(0)), label(timeline, timeline.end)
    hint = f"Write a timecode of the edit, from {first} to {last}."
    try:
        at = parse_timecode(text, timeline.rate) - timeline.start
    except ValueError as exc:
        raise row.error(column, str(exc) if text else "there is no timecode", hint) from exc
    if not 0 <= at.frame <= timeline.end.frame:
        raise row.error(column, f"{text} lies outside the edit", hint)
    return at


def _wish(row: Row) -> CueDirection:
    fit = row.text("fit").lower()
    if fit and fit not in FITS:
        raise row.error("fit", f"{fit[:40]!r} is no way of fitting a tempo", f"Write {' or '.join(FITS)}, or nothing.")
    theme, form = _read(row, THEME, parse_theme_words) or (None, None)
    return CueDirection(
        theme=theme,
        theme_form=form,
        key=_read(row, "key", parse_key),
        style=row.text("style") or None,
        tempo_bpm=_read(row, "tempo", parse_tempo),
        fit=fit or None,
        locks=_read(row, "lock", _locks),
    )


def _locks(text: str) -> tuple[str, ...]:
    names = text.lower().split()
    try:
        return parse_locks(list(names))
    except DirectionError as exc:
        raise DirectionError(str(exc), hint="Write all, none, or layers such as tempo harmony.") from exc


def _read(row: Row, column: str, parse: Callable[[str], T]) -> T | None:
    text = row.text(column)
    try:
        return parse(text) if text else None
    except DirectionError as exc:
        raise row.error(column, str(exc), exc.hint) from exc
