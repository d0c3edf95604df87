"""The wishes of the selected scene: emotion, intensity and mute."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, Qt
from PyQt6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from ui.selection import find_scene
from ui.view_model import Answer, PanelViewModel
from ui.widgets.controls import ElidedLabel, button, label, name_control
from ui.widgets.emotion_buttons import EmotionButtons
from v2m_bridge.core.snapshot import ShownScene


class SceneInspector(QWidget):
    """Binds to the selected scene."""

    def __init__(self, view_model: PanelViewModel) -> None:
        super().__init__()
        self.setObjectName("scene_inspector")
        self._view_model = view_model
        self.title = ElidedLabel("scene_title", "heading")
        self.seen = ElidedLabel("scene_seen", "quiet")
        self.vision = ElidedLabel("vision", "quiet")
        self.emotion = EmotionButtons("scene_emotion", "the scene")
        self.intensity = QSlider(Qt.Orientation.Horizontal)
        name_control(self.intensity, "scene_intensity", "Intensity", "How much sounds in the scene")
        self.intensity.setRange(0, 100)
        self.intensity.setPageStep(10)
        self.percent = label("", "quiet", name="scene_intensity_value")
        self.percent.setMinimumWidth(self.percent.fontMetrics().horizontalAdvance("100 %"))
        self.auto = button("scene_intensity_auto", "Auto", "Leave the intensity to the program", checkable=True)
        self.mute = button("scene_mute", "Mute", "Nothing sounds in the scene", checkable=True, label="Mute the scene")
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        intensity = QHBoxLayout()
        intensity.setSpacing(6)
        intensity.addWidget(label("Intensity", "quiet"))
        for control in (self.intensity, self.percent, self.auto):
            intensity.addWidget(control)
        heading = QHBoxLayout()
        heading.addWidget(self.title, 1, Qt.AlignmentFlag.AlignTop)
        heading.addWidget(self.mute)
        emotion = QHBoxLayout()
        emotion.addWidget(label("Emotion", "quiet"), 1)
        emotion.addWidget(self.emotion.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(5)
        column.addLayout(heading)
        column.addWidget(self.seen)
        column.addWidget(self.vision)
        column.addLayout(emotion)
        column.addWidget(self.emotion)
        column.addLayout(intensity)
        column.addStretch(1)

    def _connect(self) -> None:
        view_model = self._view_model
        self.emotion.chosen.connect(view_model.set_scene_emotion)
        self.intensity.valueChanged.connect(self._slide)
        self.intensity.sliderReleased.connect(self._send_intensity)
        self.auto.clicked.connect(self._set_auto)
        self.mute.clicked.connect(view_model.mute_scene)
        view_model.changed.connect(self._show)
        view_model.selected.connect(self._show)
        view_model.answered.connect(self._settle)

    def _slide(self, percent: int) -> None:
        """Send a step by key or click at once, a drag when it ends."""
        self.percent.setText(f"{percent} %")
        if not self.intensity.isSliderDown():
            self._send_intensity()

    def _send_intensity(self) -> None:
        self._view_model.set_intensity(self.intensity.value() / 100)

    def _set_auto(self, on: bool) -> None:
        self._view_model.set_intensity(-1.0 if on else self.intensity.value() / 100)

    def _settle(self, answer: Answer) -> None:
        if answer.error is not None:
            self._show()

    def _show(self) -> None:
        scene = find_scene(self._view_model.snapshot, self._view_model.selection.scene)
        self.setEnabled(scene is not None)
        vision = self._view_model.snapshot.vision
        self.vision.show_text(f"Seen with {vision}" if vision else "No picture was seen yet")
        if scene is None:
            self.title.show_text("Scene: none yet")
            self.seen.show_text("")
            self.emotion.show_override("")
            return
        self.title.show_text(f"Scene  {scene.name or scene.id}")
        self.seen.show_text(*_seen(scene))
        self.emotion.show_override(scene.emotion_override)
        self.auto.setChecked(scene.intensity < 0)
        self.mute.setChecked(scene.muted)
        if not self.intensity.isSliderDown():
            with QSignalBlocker(self.intensity):
                self.intensity.setValue(round(100 * scene.intensity) if scene.intensity >= 0 else 50)
            self.percent.setText(f"{round(100 * scene.intensity)} %" if scene.intensity >= 0 else "auto")


def _seen(scene: ShownScene) -> tuple[str, str]:
    """Return what is known of the picture, and the figures behind it."""
    point = f"(valence {scene.valence:+.2f}, arousal {scene.arousal:+.2f})"
    if not scene.seen:
        return "Not seen; taken from the scenes beside it", point
    return f"Looks {scene.emotion}, {scene.confidence:.0%} sure", point
