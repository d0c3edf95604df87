"""The reference edit as xmeml 4, the way Premiere Pro exports it: ticks, exploded stereo tracks, packed colours."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

from tests.timeline.dialects.xmeml_parts import Item, items, marker, markers, rate, time_remap, timecode
from tests.timeline.reference_edit import (
    MARKS,
    N_FRAMES,
    SOUND_FRAMES,
    SOUNDS,
    EditRate,
    Mark,
    Nest,
    Shot,
    Sound,
    Source,
)
from v2m_bridge.core.timebase import parse_timecode

SUFFIX = ".xml"

COLOURS = {"green": 4281824625, "red": 4281740498, "blue": 4294741314, "yellow": 4281049552}
TICKS_PER_S = 254_016_000_000


def write(at: EditRate, folder: Path) -> Path:
    path = folder / f"reference{SUFFIX}"
    path.write_text(document(at), encoding="utf-8")
    return path


def document(at: EditRate) -> str:
    return Writer(at).document()


class Writer:
    """Defines each file where it is used first, and names it by its id after that."""

    def __init__(self, at: EditRate) -> None:
        self._at = at
        self._files: dict[str, str] = {}
        self._n_clips = 0

    def document(self) -> str:
        at = self._at
        video = "".join(self._item(item) for item in items())
        names = dict.fromkeys(sound.track for sound in SOUNDS)
        audio = "".join(self._sound_track(name, channel) for name in names for channel in (0, 1))
        marks = "".join(_marker(mark, mark.at) for mark in MARKS if not mark.on_clip)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml version="4">\n'
            '<sequence id="sequence-1" TL.SQAudioVisibleBase="0" MZ.EditLine="0" explodedTracks="true">'
            f"<uuid>8c9e1f7a-20b1-4c12-9a4e-0b1a7f3de0c5</uuid><duration>{N_FRAMES}</duration>{rate(at)}"
            "<name>Reference</name>\n<media><video><format><samplecharacteristics>"
            f"{rate(at)}<width>1920</width><height>1080</height></samplecharacteristics></format>\n"
            f'<track TL.SQTrackShy="0" MZ.TrackTargeted="1">{video}<enabled>TRUE</enabled></track>'
            '\n<track TL.SQTrackShy="0" MZ.TrackTargeted="0"><enabled>TRUE</enabled><locked>FALSE</locked></track>'
            "</video>\n<audio><numOutputChannels>2</numOutputChannels>"
            f"{audio}</audio></media>\n{timecode(at.start_label, at.start.frame, at)}{marks}\n"
            "<labels><label2>Forest</label2></labels></sequence>\n</xmeml>\n"
        )

    def _item(self, item: Item | tuple[int, int]) -> str:
        if isinstance(item, tuple):
            return (
                f"<transitionitem><start>{item[0]}</start><end>{item[1]}</end><alignment>center</alignment>"
                "<cutPointTicks>0</cutPointTicks>"
                f"{rate(self._at)}<effect><name>Cross Dissolve</name><effectid>Cross Dissolve</effectid>"
                "<effecttype>transition</effecttype><mediatype>video</mediatype></effect></transitionitem>"
            )
        what = item.what
        inside = self._nest(what) if isinstance(what, Nest) else self._file(what.source)
        remap = time_remap(what, item) if isinstance(what, Shot) else ""
        return self._clip(what.name, item, inside, remap + markers(item, _marker), remapped=bool(remap))

    def _clip(self, name: str, item: Item, inside: str, rest: str, *, remapped: bool) -> str:
        self._n_clips += 1
        return (
            f'\n<clipitem id="clipitem-{self._n_clips}"><masterclipid>masterclip-1</masterclipid>'
            f"<name>{escape(name)}</name><enabled>TRUE</enabled><duration>2000</duration>{rate(self._at)}"
            f"<start>{item.start}</start><end>{item.end}</end><in>{item.first}</in><out>{item.last}</out>"
            + ("" if remapped else self._ticks(item.first, item.last))
            + f"<alphatype>none</alphatype>{inside}{rest}</clipitem>"
        )

    def _ticks(self, first: int, last: int) -> str:
        ticks = [int(frame * TICKS_PER_S / self._at.rate) for frame in (first, last)]
        return f"<pproTicksIn>{ticks[0]}</pproTicksIn><pproTicksOut>{ticks[1]}</pproTicksOut>"

    def _file(self, source: Source | None) -> str:
        assert source is not None
        start = parse_timecode(source.start_label, self._at.rate).frame
        media = "<media><video><samplecharacteristics><width>1920</width></samplecharacteristics></video></media>"
        return self._defined(
            f"file://localhost/rushes/{source.file}",
            source.n_frames,
            timecode(source.start_label, start, self._at) + media,
        )

    def _defined(self, address: str, n_frames: int, rest: str) -> str:
        if address in self._files:
            return f'<file id="{self._files[address]}"/>'
        self._files[address] = f"file-{len(self._files) + 1}"
        return (
            f'<file id="{self._files[address]}"><name>{address.rsplit("/", 1)[-1]}</name><pathurl>{address}</pathurl>'
            f"{rate(self._at)}<duration>{n_frames}</duration>{rest}</file>"
        )

    def _nest(self, nest: Nest) -> str:
        at, clips, record = self._at, [], 0
        for shot in nest.shots:
            item = Item(shot, record, record + shot.n_frames, shot.source_in, shot.source_in + shot.n_frames, -1)
            clips.append(self._clip(shot.name, item, self._file(shot.source), "", remapped=False))
            record += shot.n_frames
        return (
            f'<sequence id="sequence-2"><duration>{record}</duration>{rate(at)}<name>{nest.name}</name>'
            f"<media><video><track>{''.join(clips)}<enabled>TRUE</enabled></track></video></media>"
            f"{timecode('00:00:00:00', 0, at)}</sequence>"
        )

    def _sound_track(self, name: str, channel: int) -> str:
        clips = "".join(self._sound(sound, channel) for sound in SOUNDS if sound.track == name)
        return (
            f'\n<track currentExplodedTrackIndex="{channel}" totalExplodedTrackCount="2" premiereTrackType="Stereo" '
            f'MZ.TrackName="{name}">{clips}<enabled>TRUE</enabled><locked>FALSE</locked>'
            f"<outputchannelindex>{channel + 1}</outputchannelindex></track>"
        )

    def _sound(self, sound: Sound, channel: int) -> str:
        self._n_clips += 1
        last = sound.source_in + sound.record_out - sound.record_in
        file = self._defined(f"file://localhost/sound/{sound.file}", SOUND_FRAMES, "<media><audio/></media>")
        return (
            f'<clipitem id="clipitem-{self._n_clips}" premiereChannelType="stereo"><name>{sound.name}</name>'
            f"<enabled>{'TRUE' if sound.enabled else 'FALSE'}</enabled><duration>{SOUND_FRAMES}</duration>"
            f"{rate(self._at)}<start>{sound.record_in}</start><end>{sound.record_out}</end>"
            f"<in>{sound.source_in}</in><out>{last}</out>{self._ticks(sound.source_in, last)}{file}"
            f"<sourcetrack><mediatype>audio</mediatype><trackindex>{channel + 1}</trackindex></sourcetrack></clipitem>"
        )


def _marker(mark: Mark, place: int) -> str:
    return marker(mark, place, f"<pproColor>{COLOURS[mark.colour]}</pproColor>")
