"""``v2m-panel``: the desktop program.

It attaches to the engine of the session folder, starts one where none runs, and shows the panel at once, before the
engine answers.  Closing the window leaves the engine in the tray where the desktop has one; without a tray it quits.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtWidgets import QApplication, QSystemTrayIcon

from ui.link import EngineLink
from ui.palette import dark_palette
from ui.panel import PanelWindow
from ui.signals import EndSignals
from ui.tray import Tray, app_icon
from ui.view_model import PanelViewModel
from v2m_bridge.errors import SettingsError, V2MError

STARTING = "Starting the engine…"


class PanelApp:
    """One window, one link to the engine, and the ways in which they end."""

    def __init__(self, app: QApplication, session: Path | None, edit: Path | None) -> None:
        self._app, self._edit = app, edit
        self.error: V2MError | None = None
        self.link = EngineLink(session)
        self.view_model = PanelViewModel(self.link)
        self.window = PanelWindow(self.view_model)
        self._signals = EndSignals()
        self._tray = Tray(self.view_model) if QSystemTrayIcon.isSystemTrayAvailable() else None
        self._connect()

    def start(self) -> None:
        """Show the window and begin to attach."""
        if self._tray is not None:
            self._tray.show()
        self.window.status.say(STARTING)
        self.window.show()
        self.link.attach()

    def close(self) -> None:
        """End the engine that this program started, and let go of the rest."""
        self.window.hide()
        if self._tray is not None:
            self._tray.hide()
        self.link.close()
        self._signals.close()

    def _connect(self) -> None:
        self.link.pushed.connect(self.view_model.notice)
        self.link.attached.connect(self._on_attached)
        self.link.failed.connect(self._on_failed)
        self.window.status.reattach.connect(self.link.attach)
        self._signals.asked_to_end.connect(self._app.quit)
        self._app.setQuitOnLastWindowClosed(False)
        if self._tray is None:
            self.window.closed.connect(self._app.quit)
        else:
            self._tray.asked_to_show.connect(self._show_window)
            self._tray.asked_to_quit.connect(self._app.quit)

    def _show_window(self) -> None:
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def _on_attached(self) -> None:
        self.window.status.say("Ready")
        if self._edit is not None:
            self.view_model.open(str(self._edit))
            self._edit = None

    def _on_failed(self, error: V2MError) -> None:
        """End with the sentence where the engine never ran; else leave it in the status line."""
        if self.view_model.snapshot.version == 0:
            self.error = error
            self._app.exit(2)
        else:
            self.window.status.say(error.sentence(), alert=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the panel; a user's mistake is one sentence on stderr and exit code 2."""
    options = _options(arguments)
    try:
        return run(options.session, options.edit)
    except V2MError as exc:
        sys.stderr.write(f"v2m-panel: {exc.sentence()}\n")
        return 2


def run(session: Path | None, edit: Path | None) -> int:
    """Show the panel until it is closed.

    Raises
    ------
    V2MError
        When there is no screen, no such edit, or no engine.
    """
    _check_screen()
    if edit is not None and not edit.exists():
        raise SettingsError(f"there is no {edit}", hint="Name a timeline export or a video.")
    app = QApplication(["v2m-panel"])
    app.setApplicationName("v2m panel")
    app.setDesktopFileName("v2m-panel")
    app.setStyle("Fusion")
    app.setPalette(dark_palette())
    app.setWindowIcon(app_icon())
    panel = PanelApp(app, session, edit.absolute() if edit else None)
    try:
        panel.start()
        app.exec()
    finally:
        panel.close()
    if panel.error is not None:
        raise panel.error
    return 0


def _check_screen() -> None:
    """Qt ends the process without a word for the user where there is no display."""
    if sys.platform != "linux" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        return
    if not os.environ.get("QT_QPA_PLATFORM"):
        raise SettingsError("there is no screen to show the panel on", hint="Use v2m run --headless here.")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="v2m-panel", description="Steer the music of a picture edit.")
    parser.add_argument("edit", metavar="INPUT", nargs="?", type=Path, help="a timeline export or a video to open")
    parser.add_argument("--session", metavar="DIR", type=Path, help="session folder; $V2M_SESSION by default")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
