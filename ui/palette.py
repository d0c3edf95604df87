"""The panel's colours: one dark palette for every widget, and the style sheet made from it."""

from __future__ import annotations

from typing import Final

from PyQt6.QtGui import QColor, QPalette

from v2m_bridge.core.affect import Emotion

WINDOW: Final = "#15171b"
SURFACE: Final = "#1c1f25"
RAISED: Final = "#282c35"
HOVER: Final = "#323743"
LINE: Final = "#353a45"
TEXT: Final = "#e7e9ed"
QUIET: Final = "#a1a8b4"
FAINT: Final = "#626977"
ACCENT: Final = "#6fb1f2"
STAGED: Final = "#e6b450"
ALERT: Final = "#f07a70"
ALERT_DEEP: Final = "#7c2a26"
GOOD: Final = "#6fc48f"
ON_COLOUR: Final = "#101216"
"""Text on a filled emotion, accent or staged colour."""

EMOTION_COLOURS: Final = {
    Emotion.EXCITING: "#eba54a",
    Emotion.FEARFUL: "#b48ae6",
    Emotion.TENSE: "#ec7d72",
    Emotion.SAD: "#729fe3",
    Emotion.RELAXING: "#6fc48f",
    Emotion.NEUTRAL: "#a1a8b4",
}


def emotion_colour(text: str) -> QColor:
    """Return the colour of one of the six words; a point of valence and arousal takes the accent."""
    return QColor(EMOTION_COLOURS[Emotion(text)] if text in set(Emotion) else ACCENT)


def dark_palette() -> QPalette:
    """Return the palette that Fusion draws with."""
    role = QPalette.ColorRole
    colours = {
        role.Window: WINDOW,
        role.WindowText: TEXT,
        role.Base: SURFACE,
        role.AlternateBase: RAISED,
        role.Text: TEXT,
        role.PlaceholderText: QUIET,
        role.Button: RAISED,
        role.ButtonText: TEXT,
        role.BrightText: ALERT,
        role.Highlight: ACCENT,
        role.HighlightedText: ON_COLOUR,
        role.ToolTipBase: RAISED,
        role.ToolTipText: TEXT,
        role.Link: ACCENT,
        role.Mid: LINE,
    }
    palette = QPalette()
    for which, colour in colours.items():
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(FAINT))
    return palette


STYLE_SHEET: Final = f"""
QWidget {{ color: {TEXT}; }}
QWidget:disabled {{ color: {FAINT}; }}
QFrame[card="true"] {{ background: {SURFACE}; border: 1px solid {LINE}; border-radius: 8px; }}
QLabel[role="heading"] {{ font-weight: 600; }}
QLabel[role="quiet"] {{ color: {QUIET}; }}
QLabel[role="staged"] {{ color: {STAGED}; }}
QLabel[role="alert"] {{ color: {ALERT}; }}
QPushButton {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 5px; padding: 4px 11px; }}
QPushButton:hover {{ background: {HOVER}; }}
QPushButton:pressed {{ background: {LINE}; }}
QPushButton:focus {{ border-color: {ACCENT}; }}
QPushButton:checked {{ background: {ACCENT}; border-color: {ACCENT}; color: {ON_COLOUR}; }}
QPushButton:disabled {{ background: {SURFACE}; color: {FAINT}; }}
QPushButton[role="strong"]:enabled {{ background: {STAGED}; border-color: {STAGED}; color: {ON_COLOUR}; }}
QPushButton[role="chip"] {{ color: {STAGED}; border-color: {STAGED}; border-style: dashed; }}
QPushButton[role="danger"] {{ background: {ALERT_DEEP}; border-color: {ALERT}; }}
QPushButton[role="danger"]:hover {{ background: {ALERT}; color: {ON_COLOUR}; }}
QLineEdit, QComboBox {{ background: {WINDOW}; border: 1px solid {LINE}; border-radius: 5px; padding: 4px 7px;
  selection-background-color: {ACCENT}; selection-color: {ON_COLOUR}; }}
QLineEdit:focus, QComboBox:focus {{ border-color: {ACCENT}; }}
QLineEdit[refused="true"] {{ border-color: {ALERT}; selection-background-color: {ALERT}; }}
QComboBox::drop-down {{ border: none; width: 18px; }}
QComboBox QAbstractItemView {{ background: {RAISED}; border: 1px solid {LINE}; selection-background-color: {ACCENT};
  selection-color: {ON_COLOUR}; }}
QTableWidget, QListWidget, QHeaderView {{ background: transparent; border: none; gridline-color: {LINE}; }}
QTableWidget::item {{ padding: 0 2px; }}
QListWidget::item {{ padding: 2px 0; }}
QHeaderView::section {{ background: transparent; color: {QUIET}; border: none; border-bottom: 1px solid {LINE};
  padding: 2px 2px; }}
QTableCornerButton::section {{ background: transparent; border: none; }}
QProgressBar {{ background: {RAISED}; border: none; border-radius: 3px; max-height: 8px; }}
QProgressBar::chunk {{ background: {ACCENT}; border-radius: 3px; }}
QSlider::groove:horizontal {{ background: {RAISED}; height: 4px; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {ACCENT}; border-radius: 2px; }}
QSlider::sub-page:horizontal:disabled {{ background: {LINE}; }}
QSlider::handle:horizontal {{ background: {TEXT}; width: 12px; margin: -5px 0; border-radius: 6px; }}
QSlider::handle:horizontal:disabled {{ background: {FAINT}; }}
QSlider::handle:horizontal:focus {{ background: {ACCENT}; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {LINE}; border-radius: 4px; min-height: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {LINE}; padding: 4px; }}
QMenu {{ background: {RAISED}; border: 1px solid {LINE}; }}
QMenu::item:selected {{ background: {ACCENT}; color: {ON_COLOUR}; }}
"""
