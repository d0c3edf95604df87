"""The reference edit as .fcpxml 1.11, the way Final Cut Pro writes it: asset clips, sounds connected in lanes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.sax.saxutils import quoteattr

from tests.timeline.reference_edit import (
    MARKS,
    PROGRAMME,
    SOUND_FRAMES,
    SOUNDS,
    SOURCES,
    EditRate,
    Mark,
    Nest,
    Shot,
    Sound,
    Source,
)
from v2m_bridge.core.timebase import parse_timecode

SUFFIX = ".fcpxml"

ROLES = {"dialogue": "dialogue.dialogue-1", "effects": "effects.effects-1", "music": "music.music-1"}
LANES = {name: -1 - index for index, name in enumerate(dict.fromkeys(sound.track for sound in SOUNDS))}
GAP_START_S = 3600


def write(at: EditRate, folder: Path) -> Path:
    path = folder / f"reference{SUFFIX}"
    path.write_text(document(at), encoding="utf-8")
    return path


def document(at: EditRate) -> str:
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            "<!DOCTYPE fcpxml>",
            "",
            '<fcpxml version="1.11">',
            "<resources>",
            f'<format id="r1" name="FFVideoFormatOther" frameDuration="{frames(1, at)}" width="1920" height="1080"/>',
            *(_asset(source, at) for source in SOURCES),
            *(_sound_asset(name, at) for name in dict.fromkeys(sound.file for sound in SOUNDS)),
            '<effect id="r9" name="Cross Dissolve" uid="FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265"/>',
            *(_media(nest, at) for nest in nests()),
            "</resources>",
            '<library location="file:///Users/me/Movies/Film.fcpbundle/">',
            '<event name="Reel 1" uid="7C22676F-2DFD-4F59-97D4-3F18A75FC4CB">',
            '<project name="Reference" uid="8631E579-DBD1-4A32-9D38-D6133D7289C7" modDate="2024-03-01 10:00:00 +0100">',
            f'<sequence format="r1" duration="{frames(sum(item.n_frames for item in PROGRAMME), at)}" '
            f'tcStart="{frames(at.start.frame, at)}" tcFormat="{"DF" if at.drop_frame else "NDF"}" '
            'audioLayout="stereo" audioRate="48k">',
            "<spine>",
            *_spine(at),
            "</spine>",
            "</sequence>",
            "</project>",
            "</event>",
            "</library>",
            "</fcpxml>",
            "",
        )
    )


def frames(count: int | Fraction, at: EditRate) -> str:
    """Write frames as rational seconds, not reduced, as Final Cut Pro does."""
    if not count:
        return "0s"
    whole = Fraction(count)
    return f"{whole.numerator * at.rate.denominator}/{whole.denominator * at.rate.numerator}s"


def nests() -> list[Nest]:
    return [item for item in PROGRAMME if isinstance(item, Nest)]


def first_frame(source: Source, at: EditRate) -> int:
    return parse_timecode(source.start_label, at.rate).frame


def _asset(source: Source, at: EditRate) -> str:
    return (
        f'<asset id="v{source.reel}" name="{source.reel}" start="{frames(first_frame(source, at), at)}" '
        f'duration="{frames(source.n_frames, at)}" hasVideo="1" format="r1" videoSources="1">'
        f'<media-rep kind="original-media" src="file:///rushes/{source.file}"/></asset>'
    )


def _sound_asset(name: str, at: EditRate) -> str:
    return (
        f'<asset id="s{name}" name="{name}" start="0s" duration="{frames(SOUND_FRAMES, at)}" hasAudio="1" '
        f'audioSources="1" audioChannels="2" audioRate="48000">'
        f'<media-rep kind="original-media" src="file:///sound/{name}"/></asset>'
    )


def _media(nest: Nest, at: EditRate) -> str:
    inside, offset = [], 0
    for shot in nest.shots:
        inside.append(clip(shot, offset, at, ""))
        offset += shot.n_frames
    return (
        f'<media id="n{nest.name}" name="{nest.name}"><sequence format="r1" duration="{frames(offset, at)}" '
        f'tcStart="0s" tcFormat="NDF"><spine>{"".join(inside)}</spine></sequence></media>'
    )


def _spine(at: EditRate) -> list[str]:
    lines, record = [], 0
    for item in PROGRAMME:
        offset = at.start.frame + record
        if isinstance(item, Shot) and item.dissolve_in:
            lines.append(
                f'<transition name="Cross Dissolve" offset="{frames(offset - item.dissolve_in // 2, at)}" '
                f'duration="{frames(item.dissolve_in, at)}"><filter-video ref="r9" name="Cross Dissolve"/></transition>'
            )
        start = local_start(item, at)
        here = range(record, record + item.n_frames)
        connected = [_sound(sound, start + sound.record_in - record, at) for sound in SOUNDS if sound.record_in in here]
        markers = [marker(mark, start + mark.at - record, at) for mark in MARKS if mark.at in here]
        children = "".join((*connected, *markers))
        if isinstance(item, Nest):
            lines.append(
                f'<ref-clip ref="n{item.name}" offset="{frames(offset, at)}" name="{item.name}" '
                f'start="{frames(start, at)}" duration="{frames(item.n_frames, at)}">{children}</ref-clip>'
            )
        else:
            lines.append(clip(item, offset, at, children))
        record += item.n_frames
    return lines


def local_start(item: Shot | Nest, at: EditRate) -> Fraction:
    """Where the local time of an item begins, in frames."""
    if isinstance(item, Nest):
        return Fraction(item.trimmed_in)
    if item.source is None:
        return GAP_START_S * at.rate
    first = Fraction(first_frame(item.source, at))
    if item.speed < 0:
        return first + (item.source.n_frames - item.source_in - item.source_frames) / -item.speed
    return first + (item.source_in / item.speed if item.speed else 0)


def time_map(shot: Shot, at: EditRate) -> str:
    """Map local time to that of the medium, over all of the medium."""
    assert shot.source is not None
    if shot.speed == 1:
        return ""
    first, count = Fraction(first_frame(shot.source, at)), shot.source.n_frames
    ends = {
        -1: (first + count, first),
        0: (first + shot.source_in, first + shot.source_in),
        1: (first, first + count),
    }[(shot.speed > 0) - (shot.speed < 0)]
    length = count / abs(shot.speed) if shot.speed else Fraction(shot.n_frames)
    return (
        f'<timeMap><timept time="{frames(first, at)}" value="{frames(ends[0], at)}" interp="smooth2"/>'
        f'<timept time="{frames(first + length, at)}" value="{frames(ends[1], at)}" interp="smooth2"/></timeMap>'
    )


def clip(shot: Shot, offset: int, at: EditRate, children: str) -> str:
    times = (
        f'offset="{frames(offset, at)}" start="{frames(local_start(shot, at), at)}" '
        f'duration="{frames(shot.n_frames, at)}"'
    )
    if shot.source is None:
        return f'<gap name="Gap" {times}>{children}</gap>'
    return (
        f'<asset-clip ref="v{shot.source.reel}" name={quoteattr(shot.name)} {times} format="r1" tcFormat="NDF">'
        f"{time_map(shot, at)}{children}</asset-clip>"
    )


def _sound(sound: Sound, offset: Fraction, at: EditRate) -> str:
    off = "" if sound.enabled else ' enabled="0"'
    return (
        f'<asset-clip ref="s{sound.file}" lane="{LANES[sound.track]}" offset="{frames(offset, at)}" '
        f'name={quoteattr(sound.name)} start="{frames(sound.source_in, at)}" '
        f'duration="{frames(sound.record_out - sound.record_in, at)}" audioRole="{ROLES[sound.role]}"{off}>'
        '<adjust-volume amount="-12dB"/></asset-clip>'
    )


def marker(mark: Mark, start: Fraction, at: EditRate) -> str:
    note = f" note={quoteattr(mark.comment)}" if mark.comment else ""
    return (
        f'<marker start="{frames(start, at)}" duration="{frames(mark.n_frames or 1, at)}" '
        f"value={quoteattr(mark.name)}{note}/>"
    )
