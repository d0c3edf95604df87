"""A small picture of each scene, for panels."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from v2m_bridge.core.timeline import Scene
from v2m_bridge.errors import MediaError
from v2m_bridge.export.files import replace_file
from v2m_bridge.export.source_picture import Size, display_size, open_picture

HEIGHT_PX: Final = 90
MAX_WIDTH_PX: Final = 240


def write_thumbnails(scenes: Sequence[Scene], folder: Path) -> int:
    """Write SCENE_ID.jpg, the middle of each scene, where it is not there yet; scenes that cannot be seen have none.

    Returns
    -------
    int
        How many were written.
    """
    missing = [scene for scene in scenes if scene.media and not (folder / f"{scene.id}.jpg").exists()]
    return sum(_write(scene, folder / f"{scene.id}.jpg") for scene in missing)


def _write(scene: Scene, path: Path) -> bool:
    if scene.media is None or scene.media.path is None:
        return False
    try:
        shown = display_size(scene.media.path)
        width = min(MAX_WIDTH_PX, max(2, HEIGHT_PX * shown.width // shown.height))
        with open_picture(scene.media.path, Size(width // 2 * 2, HEIGHT_PX)) as picture:
            frame = picture.at(scene.source_s(scene.n_frames / scene.record_in.rate / 2))
    except MediaError:
        return False
    data = io.BytesIO()
    frame.to_image().save(data, "JPEG", quality=80)
    replace_file(path, data.getvalue())
    return True
