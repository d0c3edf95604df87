"""The lanes of a plot, each drawn between two heights of a sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from v2m_bridge.core.affect import Emotion, felt_text
from v2m_bridge.core.score import CueMusic, ScoredHit, ScoredSlot
from v2m_bridge.core.speech import Span
from v2m_bridge.core.timebase import US_PER_MINUTE
from v2m_bridge.export.canvas import Point, width_of
from v2m_bridge.export.plot_sheet import (
    BLUE,
    FAINT,
    GREEN,
    GREY,
    GROUND,
    INK,
    LEFT,
    NORMAL,
    ORANGE,
    PURPLE,
    SKY,
    SMALL,
    SOFT_INK,
    VERMILION,
    Sheet,
    tinted,
)

COLOURS: Final = {
    Emotion.EXCITING: ORANGE,
    Emotion.FEARFUL: PURPLE,
    Emotion.TENSE: VERMILION,
    Emotion.SAD: BLUE,
    Emotion.RELAXING: GREEN,
    Emotion.NEUTRAL: GREY,
}
_TINT: Final = 0.55
_UNSEEN: Final = "#f4f5f7"
VALENCE: Final = BLUE
AROUSAL: Final = VERMILION
MET: Final = BLUE
MISSED: Final = VERMILION
_PAD: Final = 6.0


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane: its name, what it counts in, its height, and who draws it between a top and a bottom."""

    name: str
    unit: str
    height: float
    draw: Callable[[Sheet, float, float], None]


def draw_scenes(sheet: Sheet, top: float, bottom: float) -> None:
    """Draw the shots in the colours of what they look like."""
    for number, scene in enumerate(sheet.score.scenes, start=1):
        left, right = sheet.x_of_frame(scene.in_frame), sheet.x_of_frame(scene.out_frame)
        colour = tinted(COLOURS.get(Emotion(scene.emotion), GREY), _TINT) if scene.seen else _UNSEEN
        sheet.canvas.rect(left, top, right - left, bottom - top, colour)
        name = next((n for n in (scene.name, str(number)) if width_of(n, SMALL) < right - left - 4), "")
        sheet.canvas.text((left + right) / 2, top + 16, name, size=SMALL, colour=INK, anchor="middle")
    for scene in sheet.score.scenes[1:]:
        x = sheet.x_of_frame(scene.in_frame)
        sheet.canvas.line([(x, top), (x, bottom)], GROUND)


def draw_cues(sheet: Sheet, top: float, bottom: float) -> None:
    """Draw the cues with number, title, key and style as far as there is room."""
    for cue in sheet.score.cues:
        left, right = sheet.x_of_frame(cue.in_frame), sheet.x_of_frame(cue.out_frame)
        sheet.canvas.rect(left, top, right - left, bottom - top, tinted(SKY, 0.35), edge=BLUE)
        room = right - left - 2 * _PAD
        for row, size, bold, choices in (
            (16, NORMAL, True, (f"{cue.number} {cue.title}".strip(), cue.number)),
            (32, SMALL, False, _told_of(cue)),
        ):
            words = next((each for each in choices if width_of(each, size) <= room), "")
            if words:
                sheet.canvas.text(left + _PAD, top + row, words, size=size, colour=INK, bold=bold)


def _told_of(cue: CueMusic) -> tuple[str, ...]:
    felt = felt_text(cue.emotion, cue.confidence)
    return f"{cue.key}, {cue.style}, {felt}", f"{cue.key}, {felt}", f"{cue.key}, {cue.emotion}", cue.key


def draw_hits(sheet: Sheet, top: float, bottom: float) -> None:
    """Draw musts as triangles and mays as strokes; what is missed is hollow or pale, with the frames that it is off."""
    middle, free_x = top + (bottom - top) * 0.62, LEFT
    sheet.canvas.line([(LEFT, middle), (sheet.end_x, middle)], FAINT)
    for cue in sheet.score.cues:
        for hit in sorted(cue.hits, key=lambda hit: hit.need == "must"):
            if hit.need == "may":
                _draw_may(sheet, hit, middle)
        for hit in (each for each in cue.hits if each.need == "must"):
            x = sheet.x_of_frame(hit.frame)
            corners = [(x - 5.5, middle - 10), (x + 5.5, middle - 10), (x, middle)]
            sheet.canvas.polygon(corners, MET if hit.met else GROUND, edge=MET if hit.met else MISSED)
            if hit.met:
                continue
            words = f"{hit.off_frames:+.1f}"
            width = width_of(words, SMALL)
            if x - width / 2 >= free_x:
                sheet.canvas.text(x, middle - 14, words, size=SMALL, colour=MISSED, anchor="middle")
                free_x = x + width / 2 + 3


def _draw_may(sheet: Sheet, hit: ScoredHit, middle: float) -> None:
    x = sheet.x_of_frame(hit.frame)
    colour, length = (MET, 10) if hit.met else (tinted(MISSED, 0.6), 6)
    sheet.canvas.line([(x, middle + 2), (x, middle + 2 + length)], colour, width=2 if hit.met else 1.2)


def draw_tempo(sheet: Sheet, top: float, bottom: float) -> None:
    """Draw the tempo of each cue, and write it."""
    bpm = [US_PER_MINUTE / change.us_per_quarter for cue in sheet.score.cues for change in cue.tempo.tempi]
    if not bpm:
        return
    low, high = _nice_range(min(bpm), max(bpm), 10.0)
    height = _scale(sheet, top, bottom, low, high, (low, (low + high) / 2, high), "g")
    for cue in sheet.score.cues:
        points: list[Point] = []
        ends = [*(change.tick for change in cue.tempo.tempi[1:]), cue.end_tick]
        for change, end in zip(cue.tempo.tempi, ends, strict=True):
            y = height(US_PER_MINUTE / change.us_per_quarter)
            points += [(sheet.x_of_tick(cue, change.tick), y), (sheet.x_of_tick(cue, max(end, change.tick)), y)]
        sheet.canvas.line(points, INK, width=2)
        _write_tempo(sheet, cue, points, top)


def _write_tempo(sheet: Sheet, cue: CueMusic, points: Sequence[Point], top: float) -> None:
    """Write the first tempo of a cue, and the slowest and fastest where it changes, clear of the line."""
    x, room = points[0][0], sheet.x_of_frame(cue.out_frame) - points[0][0] - 3
    bpm = [US_PER_MINUTE / change.us_per_quarter for change in cue.tempo.tempi]
    first = f"{bpm[0]:.2f}"
    choices = (first,) if len(bpm) == 1 else (f"{first} ({min(bpm):.1f}-{max(bpm):.1f})", first)
    words = next((each for each in choices if width_of(each, SMALL) < room), "")
    if words:
        beside = [y for at_x, y in points if at_x <= x + 6 + width_of(words, SMALL)]
        y = min(beside) - 5 if min(beside) - top > 18 else max(beside) + 14
        sheet.canvas.text(x + 3, y, words, size=SMALL, colour=INK)


def draw_emotion(sheet: Sheet, top: float, bottom: float) -> None:
    """Draw valence and arousal: pale as each shot looks, strong as the music follows it."""
    height = _scale(sheet, top, bottom, -1.0, 1.0, (-1.0, 0.0, 1.0), "+g")
    for colour, seen, followed in (
        (VALENCE, [scene.valence for scene in sheet.score.scenes], _valence),
        (AROUSAL, [scene.arousal for scene in sheet.score.scenes], _arousal),
    ):
        edges = [(sheet.x_of_frame(s.in_frame), sheet.x_of_frame(s.out_frame)) for s in sheet.score.scenes]
        for points in _steps(edges, [height(value) for value in seen]):
            sheet.canvas.line(points, tinted(colour, 0.35), width=1.2)
        for cue in sheet.score.cues:
            for points in _steps(_slot_edges(sheet, cue), [height(followed(slot)) for slot in cue.slots]):
                sheet.canvas.line(points, colour, width=2)


def _valence(slot: ScoredSlot) -> float:
    return slot.valence


def _arousal(slot: ScoredSlot) -> float:
    return slot.arousal


def draw_density(sheet: Sheet, top: float, bottom: float) -> None:
    """Draw how many notes a second each slot was given."""
    most = max((slot.density_notes_per_s for cue in sheet.score.cues for slot in cue.slots), default=0.0)
    high = max(2.0, float(-(-most // 2) * 2))
    height = _scale(sheet, top, bottom, 0.0, high, (0.0, high / 2, high), "g")
    for cue in sheet.score.cues:
        tops = [height(slot.density_notes_per_s) for slot in cue.slots]
        for points in _steps(_slot_edges(sheet, cue), tops):
            sheet.canvas.polygon([(points[0][0], bottom), *points, (points[-1][0], bottom)], tinted(GREEN, 0.45))
            sheet.canvas.line(points, GREEN, width=1.5)


def draw_sound(sheet: Sheet, top: float, bottom: float) -> None:
    """Draw who speaks when, and the music that the edit holds already."""
    heard = sheet.heard
    temp = tuple((each.start_s, each.end_s) for each in heard.temp_music)
    rows = (
        ("speech", SOFT_INK, heard.speech.spans_s if heard.speech is not None else None),
        ("music", PURPLE, heard.source_music),
        ("temp", ORANGE, temp),
    )
    row_height = (bottom - top) / len(rows)
    for index, (name, colour, spans) in enumerate(rows):
        y = top + index * row_height
        sheet.canvas.text(LEFT - 8, y + row_height - 4, name, size=SMALL, colour=SOFT_INK, anchor="right")
        sheet.canvas.line([(LEFT, y + row_height / 2), (sheet.end_x, y + row_height / 2)], FAINT)
        if spans is None:
            where = (LEFT + _PAD, y + row_height - 4)
            sheet.canvas.text(*where, "it is not known whether anybody speaks", size=SMALL, colour=SOFT_INK)
        _draw_spans(sheet, spans or (), y + 2, row_height - 4, colour)


def _draw_spans(sheet: Sheet, spans: Sequence[Span], top: float, height: float, colour: str) -> None:
    for start_s, end_s in spans:
        left, right = sheet.x_of_s(start_s), sheet.x_of_s(end_s)
        sheet.canvas.rect(left, top, max(1.0, right - left), height, colour)


def _scale(
    sheet: Sheet, top: float, bottom: float, low: float, high: float, ticks: Sequence[float], form: str
) -> Callable[[float], float]:
    """Draw the rules and figures of a lane, and return what puts a value at its height."""

    def height(value: float) -> float:
        return bottom - (bottom - top) * (min(high, max(low, value)) - low) / (high - low)

    for tick in ticks:
        sheet.canvas.line([(LEFT, height(tick)), (sheet.end_x, height(tick))], FAINT)
        figure = f"{tick:{form if tick else 'g'}}"
        sheet.canvas.text(LEFT - 8, height(tick) + 4, figure, size=SMALL, colour=SOFT_INK, anchor="right")
    return height


def _nice_range(low: float, high: float, step: float) -> tuple[float, float]:
    """Return multiples of a step around a range, at least two steps apart."""
    first, last = (low - step / 4) // step * step, -(-(high + step / 4) // step) * step
    return first, max(last, first + 2 * step)


def _slot_edges(sheet: Sheet, cue: CueMusic) -> list[tuple[float, float]]:
    return [
        (sheet.x_of_tick(cue, s.onset_tick), sheet.x_of_tick(cue, s.onset_tick + s.length_ticks)) for s in cue.slots
    ]


def _steps(edges: Sequence[tuple[float, float]], heights: Sequence[float]) -> Iterator[list[Point]]:
    """Yield lines of steps, a new one wherever there is a hole."""
    points: list[Point] = []
    for (left, right), y in zip(edges, heights, strict=True):
        if points and left - points[-1][0] > 0.5:
            yield points
            points = []
        points += [(left, y), (right, y)]
    if points:
        yield points
