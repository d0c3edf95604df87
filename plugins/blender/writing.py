# SPDX-License-Identifier: GPL-3.0-or-later
"""From the open .blend file to files in the watched folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy

from .cut import edit_of
from .folder import edit_name, write
from .otio_json import otio_text
from .sequencer import read_sequence


def write_edits(folder: str) -> list[Path]:
    """Write the edit of every scene that shows a picture; return the files, written or found as they should be.

    Parameters
    ----------
    folder : str
        As Blender writes paths: ``//v2m`` lies beside the .blend file.
    """
    project = Path(bpy.data.filepath)
    into = Path(bpy.path.abspath(folder))
    sequences = (read_sequence(scene, _absolute, _n_frames_of) for scene in bpy.data.scenes)
    edits = [edit_of(sequence) for sequence in sequences if sequence is not None]
    seen = [edit for edit in edits if edit.shots]
    paths = []
    for edit in seen:
        name = edit_name(project.stem, edit.name if len(seen) > 1 else "")
        path = into / f"{name}.otio"
        write(path, otio_text(replace(edit, name=name)))
        paths.append(path)
    return paths


def _absolute(path: str) -> str:
    return str(Path(bpy.path.abspath(path)).resolve()) if path else ""


def _n_frames_of(path: str) -> int:
    """Return how many pictures a movie has; 0 where it cannot be opened.  What is loaded to count them is let go."""
    known = {clip.name for clip in bpy.data.movieclips}
    try:
        clip = bpy.data.movieclips.load(path)
    except RuntimeError:
        return 0
    n_frames = int(clip.frame_duration)
    if clip.name not in known:
        bpy.data.movieclips.remove(clip)
    return n_frames
