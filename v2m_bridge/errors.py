"""Every error that a user can meet, each with what to do next.

::

    V2MError
    ├── SettingsError    a setting or option that cannot be used
    ├── TimelineError    an edit or a cue list that cannot be read
    ├── MediaError       pictures or sound that cannot be seen or heard
    ├── DirectionError   a wish that cannot be followed: primer, key, emotion, style
    ├── ModelError       weights that are absent or do not fit
    └── OutputError      a file, port or sound font that cannot be written or opened

Exceptions of third-party libraries are translated in the module that imports the library, with ``from exc``.
"""

from __future__ import annotations


class V2MError(Exception):
    """A mistake that the user can put right; ``hint`` says how."""

    hint: str = "Run v2m --help for the options."

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        if hint is not None:
            self.hint = hint

    def sentence(self) -> str:
        """Return the message and the next step as one line."""
        message = " ".join(str(self).split()).rstrip(".")
        return f"{message}; {self.hint[:1].lower()}{self.hint[1:]}"


def disk_error(exc: OSError) -> V2MError:
    """Return the sentence for a disk or folder that does not answer as it should."""
    where = f" at {exc.filename}" if exc.filename else ""
    why = f"the disk does not answer{where}: {exc.strerror or exc}"
    error = OutputError(why, hint="Check that the drive is there.")
    error.__cause__ = exc
    return error


class SettingsError(V2MError):
    """A setting or option that cannot be used."""


class TimelineError(V2MError):
    """An edit or a cue list that cannot be read."""

    hint = "Export the timeline again from the editor, as .otio where it can."


class MediaError(V2MError):
    """Pictures or sound that cannot be seen or heard."""

    hint = "Check that the file plays in a media player, or point --media at the folder that holds it."


class DirectionError(V2MError):
    """A wish that cannot be followed; ``column`` is the 1-based place of the fault in the text, if there is one."""

    hint = "Correct the text and try again."

    def __init__(self, message: str, *, column: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.column = column


class ModelError(V2MError):
    """Weights that are absent or do not fit."""

    hint = "Leave out --weights to use the ones that come with v2m_bridge."


class OutputError(V2MError):
    """A file, port or sound font that cannot be written or opened."""

    hint = "Choose another place with -o."
