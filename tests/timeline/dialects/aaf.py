"""The reference edit as an AAF, the way Avid lays it out: compositions, master mobs, and files with their timecode."""

from __future__ import annotations

import uuid
from fractions import Fraction
from pathlib import Path
from typing import Any

import aaf2

from tests.timeline.reference_edit import (
    MARKS,
    N_FRAMES,
    PROGRAMME,
    SOUND_FRAMES,
    SOUNDS,
    SOURCES,
    EditRate,
    Nest,
    Shot,
    Sound,
)
from v2m_bridge.core.timebase import parse_timecode

SUFFIX = ".aaf"

MOTION_CONTROL = uuid.UUID("9d2ea890-0968-11d3-8a38-0050040ef7d2")
DISSOLVE = uuid.UUID("0c3bea40-fc05-11d2-8a29-0050040ef7d2")
SPEED_RATIO = uuid.UUID("72559a80-24d7-11d3-8a50-0050040ef7d2")
LEVEL = uuid.UUID("e4962322-2267-11d3-8a4c-0050040ef7d2")
COLOURS = {"red": (65535, 0, 0), "green": (0, 65535, 0), "blue": (0, 0, 65535), "yellow": (65535, 65535, 0)}


def write(at: EditRate, folder: Path) -> Path:
    path = folder / f"reference{SUFFIX}"
    with aaf2.open(str(path), "w") as file:
        Writer(file, at).edit()
    return path


class Writer:
    def __init__(self, file: Any, at: EditRate) -> None:
        self._file = file
        self._at = at
        self._defined: dict[str, Any] = {}
        self._masters: dict[str, Any] = {}

    def edit(self) -> None:
        for source in SOURCES:
            self._master(source.file, source.n_frames, "picture", source.start_label)
        composition = self._file.create.CompositionMob("Reference")
        composition.usage = "Usage_TopLevel"
        self._file.content.mobs.append(composition)
        self._timecode(composition, self._at.start.frame, N_FRAMES, drop=self._at.drop_frame)
        picture = self._slot(composition, "V1", "picture", 1)
        record = 0
        for item in PROGRAMME:
            following = record + item.n_frames
            tail = next((_head(s) for s in PROGRAMME if _begins(s, following)), 0)
            self._add(picture.segment, item, tail)
            record = following
        for number, name in enumerate(dict.fromkeys(sound.track for sound in SOUNDS), start=1):
            self._sounds(self._slot(composition, name, "sound", number), name)
        self._markers(composition, picture.slot_id)

    def _slot(self, mob: Any, name: str, kind: str, number: int) -> Any:
        slot = mob.create_timeline_slot(self._at.rate)
        slot.name = name
        slot["PhysicalTrackNumber"].value = number
        slot.segment = self._file.create.Sequence(media_kind=kind)
        return slot

    def _timecode(self, mob: Any, start: int, n_frames: int, *, drop: bool = False) -> None:
        slot = mob.create_timeline_slot(self._at.rate)
        slot["PhysicalTrackNumber"].value = 1
        timecode = self._file.create.Timecode(self._at.nominal, drop=drop)
        timecode.start, timecode.length = start, n_frames
        slot.segment = timecode

    def _master(self, name: str, n_frames: int, kind: str, start_label: str = "") -> Any:
        if name in self._masters:
            return self._masters[name]
        create = self._file.create
        medium = create.SourceMob(name)
        medium.descriptor = create.ImportDescriptor()
        locator = create.NetworkLocator()
        locator["URLString"].value = f"file:///{'rushes' if start_label else 'sound'}/{name}"
        medium.descriptor["Locator"].append(locator)
        slot = medium.create_timeline_slot(self._at.rate)
        slot.segment = create.SourceClip(start=0, length=n_frames, media_kind=kind)
        if start_label:
            self._timecode(medium, parse_timecode(start_label, self._at.rate).frame, n_frames)
        master = create.MasterMob(name)
        slot = master.create_timeline_slot(self._at.rate)
        slot.segment = medium.create_source_clip(slot.slot_id, start=0, length=n_frames, media_kind=kind)
        self._file.content.mobs.extend([medium, master])
        self._masters[name] = master
        return master

    def _add(self, sequence: Any, item: Shot | Nest, tail: int) -> None:
        if isinstance(item, Nest):
            sequence.components.append(self._nest(item))
            return
        head = item.dissolve_in // 2
        if head:
            sequence.components.append(self._dissolve(item.dissolve_in))
        sequence.components.append(self._shot(item, head, tail))

    def _shot(self, shot: Shot, head: int = 0, tail: int = 0) -> Any:
        if shot.source is None:
            return self._file.create.Filler("picture", shot.n_frames)
        first, length = shot.source_in - head, head + shot.source_frames + tail
        clip = self._named(shot.name, shot.source.file, first, length)
        return clip if shot.speed == 1 else self._retimed(clip, shot)

    def _named(self, name: str, file: str, first: int, length: int) -> Any:
        """A master mob carries the name of its clips, so that every name has one of its own."""
        key = f"{name} of {file}"
        if key not in self._masters:
            master = self._file.create.MasterMob(name)
            slot = master.create_timeline_slot(self._at.rate)
            within = self._masters[file].slots[0].segment
            slot.segment = within.mob.create_source_clip(1, start=0, length=within.length, media_kind="picture")
            self._file.content.mobs.append(master)
            self._masters[key] = master
        return self._masters[key].create_source_clip(1, start=first, length=length, media_kind="picture")

    def _retimed(self, clip: Any, shot: Shot) -> Any:
        operation = self._operation(MOTION_CONTROL, "Motion Control")
        group = self._file.create.OperationGroup(operation, shot.n_frames)
        group.media_kind = "picture"
        ratio = Fraction(shot.n_frames) if shot.speed == 0 else 1 / shot.speed
        kind = self._file.dictionary.lookup_typedef("Rational")
        parameter = self._definition("ParameterDef", SPEED_RATIO, "SpeedRatio", kind)
        group.parameters.append(self._file.create.ConstantValue(parameter, ratio))
        group["InputSegments"].append(clip)
        return group

    def _operation(self, identifier: uuid.UUID, name: str) -> Any:
        operation = self._definition("OperationDef", identifier, name)
        operation.media_kind = "picture"
        operation["IsTimeWarp"].value = identifier == MOTION_CONTROL
        operation["Bypass"].value = 0
        operation["NumberInputs"].value = 1 if identifier == MOTION_CONTROL else 2
        operation["OperationCategory"].value = "OperationCategory_Effect"
        return operation

    def _definition(self, kind: str, identifier: uuid.UUID, name: str, *rest: Any) -> Any:
        if name not in self._defined:
            made = getattr(self._file.create, kind)(identifier, name, "", *rest)
            self._file.dictionary.register_def(made)
            self._defined[name] = made
        return self._defined[name]

    def _dissolve(self, length: int) -> Any:
        transition = self._file.create.Transition("picture", length)
        transition["CutPoint"].value = length // 2
        operation = self._operation(DISSOLVE, "Video Dissolve")
        group = self._file.create.OperationGroup(operation, length)
        group.media_kind = "picture"
        transition["OperationGroup"].value = group
        return transition

    def _nest(self, nest: Nest) -> Any:
        inner = self._file.create.CompositionMob(nest.name)
        self._file.content.mobs.append(inner)
        slot = self._slot(inner, "V1", "picture", 1)
        for shot in nest.shots:
            slot.segment.components.append(self._shot(shot))
        return inner.create_source_clip(slot.slot_id, start=nest.trimmed_in, length=nest.n_frames, media_kind="picture")

    def _sounds(self, slot: Any, name: str) -> None:
        end = 0
        for sound in sorted((sound for sound in SOUNDS if sound.track == name), key=lambda sound: sound.record_in):
            if sound.record_in > end:
                slot.segment.components.append(self._file.create.Filler("sound", sound.record_in - end))
            slot.segment.components.append(self._sound(sound))
            end = sound.record_out

    def _sound(self, sound: Sound) -> Any:
        length = sound.record_out - sound.record_in
        master = self._master(sound.file, SOUND_FRAMES, "sound")
        master.name = sound.name
        clip = master.create_source_clip(1, start=sound.source_in, length=length, media_kind="sound")
        if sound.enabled:
            return clip
        selector = self._file.create.Selector("sound", length)
        selector["Selected"].value = self._file.create.Filler("sound", length)
        selector["Alternates"].append(clip)
        return selector

    def _markers(self, composition: Any, slot_id: int) -> None:
        create = self._file.create
        slot = create.EventMobSlot()
        slot["EditRate"].value = self._at.rate
        slot["SlotID"].value = 1000
        slot["PhysicalTrackNumber"].value = 1
        slot.segment = create.Sequence(media_kind="DescriptiveMetadata")
        for mark in MARKS:
            marker = create.DescriptiveMarker()
            marker.media_kind = "DescriptiveMetadata"
            marker["DescribedSlots"].value = {slot_id}
            marker["Position"].value = mark.at
            marker["Length"].value = mark.n_frames or 1
            marker["Comment"].value = mark.name
            red, green, blue = COLOURS[mark.colour]
            marker["CommentMarkerColor"].value = {"red": red, "green": green, "blue": blue}
            slot.segment.components.append(marker)
        composition.slots.append(slot)


def _head(item: Shot | Nest) -> int:
    return item.dissolve_in // 2 if isinstance(item, Shot) else 0


def _begins(item: Shot | Nest, frame: int) -> bool:
    return _head(item) > 0 and sum(before.n_frames for before in PROGRAMME[: PROGRAMME.index(item)]) == frame
