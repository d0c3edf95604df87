"""A DAWproject 1.0 (.dawproject): a zip of project.xml and metadata.xml that Bitwig, Studio One and Cubase open.

Everything counts quarters from the first frame of the edit.  Tempo and meter are automation of the transport; a track
for each part holds a clip for each cue, with notes and the lanes of its controllers.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge import __version__
from v2m_bridge.core.score import Score
from v2m_bridge.core.song_map import SongMap, song_map
from v2m_bridge.core.timebase import TICKS_PER_QUARTER
from v2m_bridge.export.clips import Clip, clips_of, notes_of
from v2m_bridge.export.marks import Mark, plain
from v2m_bridge.export.part_events import Kind
from v2m_bridge.export.song_times import turns_of
from v2m_bridge.export.xml_text import add, xml_bytes

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""A file holds no date, so that equal scores give equal bytes."""
_SAMPLES_PER_S: Final = 48_000


def dawproject_bytes(score: Score, marks: Sequence[Mark], *, picture: str = "", picture_frame: int = 0) -> bytes:
    """Return the archive; parameters as for `reaper.rpp_bytes`."""
    buffer = io.BytesIO()
    files = {
        "project.xml": xml_bytes(_project(score, marks, picture, picture_frame)),
        "metadata.xml": xml_bytes(_metadata(score)),
    }
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _metadata(score: Score) -> Element:
    root = Element("MetaData")
    add(root, "Title", plain(score.name))
    add(root, "Comment", "Made by v2m_bridge")
    return root


def _project(score: Score, marks: Sequence[Mark], picture: str, picture_frame: int) -> Element:
    song = song_map(score)
    parts = clips_of(score, song)
    root = Element("Project", version="1.0")
    add(root, "Application", name="v2m_bridge", version=__version__)
    _add_transport(root, song)
    structure = add(root, "Structure")
    for number, name in enumerate(parts):
        _add_track(structure, f"part{number}", plain(name), "notes")
    if picture:
        _add_track(structure, "picture", "Picture", "video")
    _add_track(structure, "master", "Master", "audio notes", role="master")
    arrangement = add(root, "Arrangement", id="arrangement")
    lanes = add(arrangement, "Lanes", id="lanes", timeUnit="beats")
    for number, clips in enumerate(parts.values()):
        _add_clips(lanes, f"part{number}", clips)
    if picture:
        _add_picture(lanes, score, song, picture, picture_frame)
    _add_markers(arrangement, score, song, marks)
    _add_automation(arrangement, song)
    return root


def _add_transport(root: Element, song: SongMap) -> None:
    first, meter = turns_of(song)[0], song.meters[0]
    transport = add(root, "Transport")
    add(transport, "Tempo", id="tempo", name="Tempo", unit="bpm", value=first.bpm, min=1, max=1000)
    add(transport, "TimeSignature", id="meter", numerator=meter.beats, denominator=meter.unit)


def _add_track(structure: Element, key: str, name: str, content: str, role: str = "regular") -> None:
    track = add(structure, "Track", id=key, name=name, contentType=content, loaded="true")
    channel = add(track, "Channel", id=f"{key}-channel", role=role, audioChannels=2)
    if role != "master":
        channel.set("destination", "master-channel")
    add(channel, "Volume", id=f"{key}-volume", name="Volume", unit="linear", value=1, min=0, max=2)


def _add_clips(lanes: Element, track: str, clips: Sequence[Clip]) -> None:
    lane = add(lanes, "Lanes", id=f"{track}-lanes", track=track)
    place = add(lane, "Clips", id=f"{track}-clips")
    for number, clip in enumerate(clips):
        element = add(place, "Clip", name=clip.name, time=_quarters(clip.start_tick))
        element.set("duration", _quarters(clip.end_tick - clip.start_tick))
        element.set("playStart", "0")
        inside = add(element, "Lanes", id=f"{track}-clip{number}", timeUnit="beats")
        notes = add(inside, "Notes", id=f"{track}-clip{number}-notes")
        for note in notes_of(clip):
            velocity = f"{note.velocity / 127:.6f}"
            add(
                *(notes, "Note"),
                time=_quarters(note.start_tick - clip.start_tick),
                duration=_quarters(note.end_tick - note.start_tick),
                channel=note.channel - 1,
                key=note.pitch,
                vel=velocity,
                rel=velocity,
            )
        _add_controllers(inside, clip)


def _add_controllers(inside: Element, clip: Clip) -> None:
    changes = [event for event in clip.events if event.kind is Kind.CONTROL]
    for channel, controller in sorted({(event.channel, event.data1) for event in changes}):
        key = f"{inside.get('id')}-{channel}-{controller}"
        points = add(inside, "Points", id=key, unit="normalized")
        add(points, "Target", expression="channelController", channel=channel - 1, controller=controller)
        for event in changes:
            if (event.channel, event.data1) == (channel, controller):
                at = _quarters(event.at - clip.start_tick)
                add(points, "RealPoint", time=at, value=f"{event.data2 / 127:.6f}", interpolation="hold")


def _add_picture(lanes: Element, score: Score, song: SongMap, picture: str, picture_frame: int) -> None:
    """Append the movie, which counts seconds inside its clip."""
    start, end = (song.tick_at_ns(score.frame_time(frame).ns) for frame in (picture_frame, score.n_frames))
    length_s = float(score.frame_time(score.n_frames - picture_frame).exact_s)
    lane = add(add(lanes, "Lanes", id="picture-lanes", track="picture"), "Clips", id="picture-clips")
    clip = add(lane, "Clip", name=plain(Path(picture).name), time=_quarters(start), duration=_quarters(end - start))
    clip.set("contentTimeUnit", "seconds")
    clip.set("playStart", "0")
    video = add(clip, "Video", id="picture-video", duration=length_s, channels=2, sampleRate=_SAMPLES_PER_S)
    add(video, "File", path=picture, external="true")


def _add_markers(arrangement: Element, score: Score, song: SongMap, marks: Sequence[Mark]) -> None:
    named = [*((mark.frame, mark.name) for mark in marks), *((each.frame, plain(each.name)) for each in score.markers)]
    if named:
        markers = add(arrangement, "Markers", id="markers", timeUnit="beats")
        for frame, name in sorted(named, key=lambda each: each[0]):
            add(markers, "Marker", name=name, time=_quarters(song.tick_at_ns(score.frame_time(frame).ns)))


def _add_automation(arrangement: Element, song: SongMap) -> None:
    turns = turns_of(song)
    tempi = add(arrangement, "TempoAutomation", id="tempi", timeUnit="beats", unit="bpm")
    add(tempi, "Target", parameter="tempo")
    for turn in turns:
        add(tempi, "RealPoint", time=_quarters(turn.tick), value=turn.bpm, interpolation="hold")
    meters = add(arrangement, "TimeSignatureAutomation", id="meters", timeUnit="beats")
    add(meters, "Target", parameter="meter")
    for turn in turns:
        if turn.meter:
            at, meter = _quarters(turn.tick), turn.meter
            add(meters, "TimeSignaturePoint", time=at, numerator=meter.beats, denominator=meter.unit)


def _quarters(ticks: int) -> str:
    return repr(ticks / TICKS_PER_QUARTER)
