"""The parts of the Blender extension that need no Blender, imported without installing anything."""

from __future__ import annotations

import importlib
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tests.footage import ROOT

FOLDER: Final = ROOT / "plugins" / "blender"
_PACKAGE: Final = "v2m_blender_extension"


def part(name: str) -> Any:
    """Return a module of the extension; its `__init__`, which needs Blender, is not run."""
    if _PACKAGE not in sys.modules:
        package = ModuleType(_PACKAGE)
        package.__path__ = [str(FOLDER)]
        sys.modules[_PACKAGE] = package
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # the folder is packed as it stands
    try:
        return importlib.import_module(f"{_PACKAGE}.{name}")
    finally:
        sys.dont_write_bytecode = writes


def write_zip(path: Path) -> Path:
    """Pack the extension the way Blender installs it."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(FOLDER.iterdir()):
            if file.is_file():
                archive.write(file, file.name)
    return path
