"""report.svg: an edit and its music over time, on one sheet that a person can read."""

from __future__ import annotations

from typing import Final

from v2m_bridge.core.affect import EMOTIONS
from v2m_bridge.core.heard import Heard
from v2m_bridge.core.score import Score
from v2m_bridge.export.canvas import Canvas, PixelCanvas, SvgCanvas, width_of
from v2m_bridge.export.plot_lanes import (
    AROUSAL,
    COLOURS,
    MET,
    MISSED,
    VALENCE,
    Lane,
    draw_cues,
    draw_density,
    draw_emotion,
    draw_hits,
    draw_scenes,
    draw_sound,
    draw_tempo,
)
from v2m_bridge.export.plot_sheet import (
    CUE_GROUND,
    FAINT,
    GROUND,
    INK,
    LEFT,
    NORMAL,
    RIGHT,
    SMALL,
    SOFT_INK,
    TITLE,
    Sheet,
    tinted,
)

NARROWEST: Final = 1600
WIDEST: Final = 8000
_PIXELS_PER_S: Final = 2.36
"""A little over two pixels a second: ten minutes fill the narrowest sheet."""
_TOP: Final = 84.0
_GAP: Final = 20.0
_FOOT: Final = 40.0
_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_LABEL_ROOM: Final = 96.0

LANES: Final = (
    Lane("Scenes", "colour: emotion", 24, draw_scenes),
    Lane("Cues", "", 40, draw_cues),
    Lane("Hits", "off by frames", 40, draw_hits),
    Lane("Tempo", "bpm", 72, draw_tempo),
    Lane("Emotion", "-1 to 1", 96, draw_emotion),
    Lane("Density", "notes a second", 64, draw_density),
    Lane("Sound", "", 48, draw_sound),
)


def plot_svg(score: Score, heard: Heard | None = None) -> bytes:
    """Draw cuts, cues, hits, tempo, emotion, density and speech over time as SVG.

    Parameters
    ----------
    score : Score
    heard : Heard, optional
        The sound of the edit; without it the plot says that speech is not known.

    Returns
    -------
    bytes
        The file.  The same values give the same bytes.
    """
    canvas = SvgCanvas(*_size(score), f"{score.name}: cues, hits, tempo, emotion and density over time")
    return _drawn(canvas, score, heard)


def plot_png(score: Score, heard: Heard | None = None) -> bytes:
    """Draw the same plot as PNG; see `plot_svg`."""
    return _drawn(PixelCanvas(*_size(score), f"{score.name}: cues, hits, tempo, emotion and density"), score, heard)


def _size(score: Score) -> tuple[int, int]:
    wanted = LEFT + RIGHT + _PIXELS_PER_S * score.frame_time(score.n_frames).seconds
    height = _TOP + sum(lane.height + _GAP for lane in LANES) + _FOOT
    return round(min(WIDEST, max(NARROWEST, wanted))), round(height)


def _drawn(canvas: Canvas, score: Score, heard: Heard | None) -> bytes:
    width, height = _size(score)
    sheet = Sheet(canvas, score, heard or Heard(), width)
    canvas.rect(0, 0, width, height, GROUND)
    _draw_title(sheet)
    bottom = height - _FOOT
    for cue in score.cues:
        left, right = sheet.x_of_frame(cue.in_frame), sheet.x_of_frame(cue.out_frame)
        canvas.rect(left, _TOP - 4, right - left, bottom - _TOP, CUE_GROUND)
    _draw_axis(sheet, bottom)
    top = _TOP
    for lane in LANES:
        canvas.text(14, top + 14, lane.name, size=NORMAL + 1, colour=INK, bold=True)
        canvas.text(14, top + 29, lane.unit, size=SMALL - 1, colour=SOFT_INK)
        lane.draw(sheet, top, top + lane.height)
        top += lane.height + _GAP
    _draw_legend(sheet, height - 16)
    return canvas.finished()


def _draw_title(sheet: Sheet) -> None:
    score = sheet.score
    seconds = round(score.frame_time(score.n_frames).seconds)
    share = 100 * sum(cue.out_frame - cue.in_frame for cue in score.cues) / max(1, score.n_frames)
    musts = [hit for cue in score.cues for hit in cue.hits if hit.need == "must"]
    words = (
        f"{seconds // 60}:{seconds % 60:02} long, {len(score.scenes)} scenes, {len(score.cues)} "
        f"cue{'s' * (len(score.cues) != 1)} over {share:.0f} % of it, "
        f"{sum(hit.met for hit in musts)} of {len(musts)} musts met; pictures seen by {score.vision}"
    )
    sheet.canvas.text(14, 28, score.name or "Untitled edit", size=TITLE, colour=INK, bold=True)
    sheet.canvas.text(14, 48, words, size=NORMAL, colour=SOFT_INK)


def _draw_axis(sheet: Sheet, bottom: float) -> None:
    """Draw the timecode every so many seconds, as close as there is room."""
    score = sheet.score
    length_s = score.frame_time(max(1, score.n_frames)).seconds
    per_s = (sheet.end_x - LEFT) / length_s
    step = next((step for step in _STEPS_S if step * per_s >= _LABEL_ROOM), _STEPS_S[-1])
    for second in range(0, int(length_s) + 1, step):
        frame = round(second * length_s and second / length_s * score.n_frames)
        x = sheet.x_of_frame(frame)
        sheet.canvas.line([(x, _TOP - 8), (x, bottom - 4)], FAINT)
        sheet.canvas.text(x, _TOP - 14, score.label(frame), size=SMALL, colour=SOFT_INK, anchor="middle")


def _draw_legend(sheet: Sheet, y: float) -> None:
    canvas, x = sheet.canvas, LEFT
    for word in EMOTIONS:
        canvas.rect(x, y - 9, 10, 10, tinted(COLOURS[word], 0.55))
        canvas.text(x + 14, y, word, size=SMALL, colour=INK)
        x += 26 + width_of(word, SMALL)
    x += 16
    for words, met in (("must met", True), ("must missed", False)):
        colour = MET if met else MISSED
        canvas.polygon([(x, y - 9), (x + 10, y - 9), (x + 5, y + 1)], colour if met else GROUND, edge=colour)
        canvas.text(x + 15, y, words, size=SMALL, colour=INK)
        x += 27 + width_of(words, SMALL)
    for words, colour, width in (
        ("may met", MET, 2.0),
        ("may missed", tinted(MISSED, 0.6), 1.2),
    ):
        canvas.line([(x + 4, y - 9), (x + 4, y + 1)], colour, width=width)
        canvas.text(x + 11, y, words, size=SMALL, colour=INK)
        x += 23 + width_of(words, SMALL)
    x += 16
    for words, colour in (("valence", VALENCE), ("arousal (pale: as the shot looks)", AROUSAL)):
        canvas.line([(x, y - 4), (x + 16, y - 4)], colour, width=2)
        canvas.text(x + 21, y, words, size=SMALL, colour=INK)
        x += 33 + width_of(words, SMALL)
