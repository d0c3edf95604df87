"""Runs inside Blender: installs the extension, builds an edit, saves it; says what it did as JSON.

Started by test_blender.py as ``python in_blender.py FOLDER EXTENSION_ZIP``, in the environment that holds bpy.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

bpy: Any = importlib.import_module("bpy")

RENDERED = (
    *(1, 30, 60, 61, 71, 110, 111, 120, 121, 130, 131, 150, 151, 180, 181, 210, 221, 230, 260),
    *(261, 262, 276, 290, 295, 303, 304, 310, 311, 316, 317, 321, 335, 336, 340),
)


def new_strip(make: Any, name: str, path: Path, channel: int, at: int, trim: tuple[int, int] = (0, 0)) -> Any:
    """Add a strip whose first visible frame stands at `at`."""
    strip = make(name, str(path), channel=channel, frame_start=at - trim[0])
    strip.frame_offset_start, strip.frame_offset_end = trim
    return strip


def build(folder: Path) -> None:
    """Build the edit that test_blender.py describes."""
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.001
    scene.frame_start, scene.frame_end = 1, 340
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    is_new = bpy.app.version >= (4, 5)
    first, second, third = (folder / f"{name}.mp4" for name in ("first", "second", "third"))

    new_strip(strips.new_movie, "Opening", first, 1, 1, (12, 28))
    slowed = new_strip(strips.new_movie, "Slowed", second, 1, 61, (10, 40))
    inputs: dict[str, Any] = {"input1": slowed} if is_new else {"seq1": slowed}
    speed = strips.new_effect("Half", "SPEED", channel=2, frame_start=61, frame_end=111, **inputs)
    speed.speed_control, speed.speed_factor = "MULTIPLY", 0.5

    new_strip(strips.new_movie, "Hidden", first, 1, 121, (0, 40))
    new_strip(strips.new_movie, "Over it", third, 3, 131, (5, 75))
    new_strip(strips.new_movie, "Off", third, 4, 131, (5, 75)).mute = True

    leaving = new_strip(strips.new_movie, "Leaving", second, 1, 181, (0, 60))
    coming = new_strip(strips.new_movie, "Coming", third, 2, 211, (20, 30))
    pair: dict[str, Any] = {"input1": leaving, "input2": coming}
    if not is_new:
        pair = {"seq1": leaving, "seq2": coming}
    strips.new_effect("Mixed", "CROSS", channel=3, frame_start=211, frame_end=221, **pair)

    retimed = new_strip(strips.new_movie, "Retimed", third, 5, 262)
    for strip in strips:
        strip.select = strip == retimed
    editor.active_strip = retimed
    bpy.ops.sequencer.retiming_segment_speed_set(speed=50.0)
    retimed.frame_offset_end = retimed.frame_final_duration - 29

    inside = [
        new_strip(strips.new_movie, "In a meta strip", first, 9, 301, (10, 80)),
        new_strip(strips.new_movie, "And its next", second, 10, 311, (30, 60)),
    ]
    for strip in strips:
        strip.select = strip in inside
    bpy.ops.sequencer.meta_make()
    meta = next(strip for strip in strips if strip.type == "META")
    meta.frame_final_start, meta.frame_final_end = 304, 317
    new_strip(strips.new_movie, "Backwards", third, 1, 321, (20, 65)).use_reverse_frames = True
    still = bpy.data.images.new("still", 16, 12)
    still.pixels = [1.0] * (16 * 12 * 4)
    still.filepath_raw, still.file_format = str(folder / "still.png"), "PNG"
    still.save()
    strips.new_image("Still", still.filepath_raw, channel=1, frame_start=336).frame_final_end = 341

    editor.channels[7].name = "DX"
    new_strip(strips.new_sound, "Voice", first, 7, 25, (24, 36))
    scene.timeline_markers.new("!Door", frame=61)
    scene.timeline_markers.new("Last look", frame=250)
    scene.timeline_markers.new("Beyond", frame=500)


def rendered(folder: Path, frames: tuple[int, ...]) -> dict[int, float]:
    """Render frames and return how bright each is, 0 to 255."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 16, 12
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGB"
    levels = {}
    for frame in frames:
        scene.frame_set(frame)
        scene.render.filepath = str(folder / f"frame{frame}.png")
        bpy.ops.render.render(write_still=True)
        picture = bpy.data.images.load(scene.render.filepath)
        levels[frame] = 255 * picture.pixels[0]
    return levels


def main(folder: Path, extension: str) -> None:
    """Do everything and print what was found."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.extensions.package_install_files(filepath=extension, repo="user_default", enable_on_install=True)
    addon = next(name for name in bpy.context.preferences.addons.keys() if name.endswith("v2m_bridge"))  # noqa: SIM118
    build(folder)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "edit.blend"))
    saved = (folder / "v2m" / "edit.otio").read_text(encoding="utf-8")
    first_said = bpy.context.window_manager.v2m_bridge_status
    clips_left = len(bpy.data.movieclips)

    bpy.context.preferences.addons[addon].preferences.on_save = False
    bpy.context.scene.timeline_markers.new("Later", frame=280)
    bpy.ops.wm.save_mainfile()
    kept = (folder / "v2m" / "edit.otio").read_text(encoding="utf-8") == saved
    bpy.context.preferences.addons[addon].preferences.folder = "//by hand"
    pressed = bpy.ops.v2m.write_edit()
    bpy.ops.preferences.addon_disable(module=addon)
    answer = {
        "rendered": rendered(folder, RENDERED),
        "version": list(bpy.app.version),
        "said": first_said,
        "clips_left": clips_left,
        "kept_while_off": kept,
        "pressed": sorted(pressed),
        "handlers_left": sum("write_after_save" in str(handler) for handler in bpy.app.handlers.save_post),
    }
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
