# SPDX-License-Identifier: GPL-3.0-or-later
"""v2m_bridge for Blender: writes the sequencer's edit as .otio into a folder that v2m_bridge watches."""

import bpy

from .folder import NotOurs
from .writing import write_edits

STATUS = "v2m_bridge_status"
"""Text in the window manager: how the last writing went.  It is not saved with any file."""

RELATIVE = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5) else set()
"""From 4.5 on a property says that its path may begin with //; before, each may."""


class V2MPreferences(bpy.types.AddonPreferences):
    """Where and when the edit is written."""

    bl_idname = __package__

    folder: bpy.props.StringProperty(
        name="Folder",
        description="Watched by v2m_bridge; // is the folder of the .blend file",
        default="//v2m",
        subtype="DIR_PATH",
        options=RELATIVE,
    )
    on_save: bpy.props.BoolProperty(
        name="Write on save", description="Write the edit whenever the .blend file is saved", default=True
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """Show the settings."""
        self.layout.prop(self, "folder")
        self.layout.prop(self, "on_save")


class V2M_OT_write_edit(bpy.types.Operator):  # noqa: N801  Blender's way to name operators
    """Write what the sequencer shows as .otio for v2m_bridge."""

    bl_idname = "v2m.write_edit"
    bl_label = "Write Edit"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Say whether there is a place beside the .blend file."""
        return bool(bpy.data.filepath)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write the edit."""
        went_well, said = _write(context)
        self.report({"INFO"} if went_well else {"ERROR"}, said)
        return {"FINISHED"} if went_well else {"CANCELLED"}


class V2M_PT_edit(bpy.types.Panel):  # noqa: N801  Blender's way to name panels
    """Panel in the sequencer's side bar."""

    bl_space_type = "SEQUENCE_EDITOR"
    bl_region_type = "UI"
    bl_category = "v2m"
    bl_label = "v2m_bridge"

    def draw(self, context: bpy.types.Context) -> None:
        """Show the settings, the button and how the last writing went."""
        chosen = _preferences(context)
        self.layout.prop(chosen, "folder")
        self.layout.prop(chosen, "on_save")
        self.layout.operator(V2M_OT_write_edit.bl_idname)
        if not bpy.data.filepath:
            self.layout.label(text="Save the file first", icon="INFO")
        elif said := getattr(context.window_manager, STATUS):
            self.layout.label(text=said)


CLASSES = (V2MPreferences, V2M_OT_write_edit, V2M_PT_edit)


@bpy.app.handlers.persistent
def write_after_save(*_said: object) -> None:
    """Write the edit when a file has been saved, if that is wanted; saving itself never fails for it."""
    if bpy.data.filepath and _preferences(bpy.context).on_save:
        _write(bpy.context)


def _preferences(context: bpy.types.Context) -> V2MPreferences:
    return context.preferences.addons[__package__].preferences


def _write(context: bpy.types.Context) -> tuple[bool, str]:
    try:
        paths = write_edits(_preferences(context).folder)
    except (NotOurs, OSError) as exc:
        went_well, said = False, f"Edit not written: {exc}"
    else:
        names = ", ".join(path.name for path in paths)
        went_well, said = bool(paths), f"Written: {names}" if paths else "The sequencer shows no picture"
    setattr(context.window_manager, STATUS, said)
    return went_well, said


def register() -> None:
    """Switch the extension on."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    setattr(bpy.types.WindowManager, STATUS, bpy.props.StringProperty(options={"SKIP_SAVE"}))
    bpy.app.handlers.save_post.append(write_after_save)


def unregister() -> None:
    """Switch it off and leave nothing behind."""
    bpy.app.handlers.save_post.remove(write_after_save)
    delattr(bpy.types.WindowManager, STATUS)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
