"""What holds for every run: where things are kept, and defaults that the user set once.

Read from ``settings.toml`` in the user's configuration folder; only the command line, the bridge and the engine read
settings, every other part is handed values.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec
import platformdirs

from v2m_bridge.errors import SettingsError

APP_NAME = "v2m_bridge"


def _cache_dir() -> str:
    return os.environ.get("V2M_CACHE") or platformdirs.user_cache_dir(APP_NAME, appauthor=False)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one user on one machine."""

    cache_dir: str = msgspec.field(default_factory=_cache_dir)
    """Folder for features of media that were seen; may be deleted at any time."""
    vision: str = "auto"
    """``auto``, ``compact`` or ``clip[:NAME]``."""
    weights: str = ""
    """Weights of the chord model; empty for the ones that come with v2m_bridge."""
    sound_font: str = ""
    """SoundFont for rendering; empty for the one that a package ships."""
    threads: int = 0
    """Processor threads of the model; 0 for one, which is quickest with the weights that come with v2m_bridge."""

    precision: Literal["single", "int8"] = "single"
    """Of the chord model: ``int8`` is quicker where it is large, and may change a chord where two are nearly equal."""

    def __post_init__(self) -> None:
        if self.threads < 0 or self.threads > 1024:
            raise ValueError(f"threads = {self.threads} is not from 0 to 1024")


def settings_path() -> Path:
    """Return where the user's settings are read from."""
    given = os.environ.get("V2M_SETTINGS")
    return Path(given) if given else Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)) / "settings.toml"


def roles_path() -> Path:
    """Return where the user's own words for roles of sound are read from; see `v2m_bridge.timeline.roles`."""
    given = os.environ.get("V2M_ROLES")
    return Path(given) if given else settings_path().with_name("roles.toml")


def parts_path() -> Path:
    """Return where the routing of parts is read from where none is named; see `v2m_bridge.core.routing_text`."""
    given = os.environ.get("V2M_PARTS")
    return Path(given) if given else settings_path().with_name("parts.toml")


def default_session() -> Path:
    """Return the session folder that is used where none is named: $V2M_SESSION, else one in the user's data folder."""
    given = os.environ.get("V2M_SESSION")
    return Path(given) if given else Path(platformdirs.user_data_dir(APP_NAME, appauthor=False)) / "session"


def load_settings(path: Path | None = None) -> Settings:
    """Read the user's settings; without a file the defaults hold.

    Raises
    ------
    SettingsError
        When the file cannot be read or says something that is no setting.
    """
    path = path or settings_path()
    hint = f"Correct {path}, or delete it to return to the defaults."
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SettingsError(f"cannot read the settings: {exc}", hint=hint) from exc
    try:
        return msgspec.convert(values, Settings)
    except (msgspec.ValidationError, ValueError) as exc:
        raise SettingsError(f"the settings are not right: {exc}", hint=hint) from exc
