"""The reference edit as a .kdenlive project of document version 1.1: Kdenlive 23.04 and later.

Sequences are tractors named by their identifiers, clips are chains, a dissolve overlaps two clips of one track that lie
on its two playlists, and guides have lengths and nine categories.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.timeline.dialects.kdenlive_parts import (
    BIN_IDS,
    SOURCE_BY_FILE,
    TRACKS,
    Clip,
    Properties,
    address,
    clock,
    element,
    guides,
    marks_json,
    marks_of,
    n_frames,
    pictures,
    playlist,
    profile,
    retimed,
    sounds,
    speeds,
)
from tests.timeline.reference_edit import N_FRAMES, PROGRAMME, SOUNDS, EditRate, Mark, Nest

SUFFIX = ".kdenlive"
TYPES = {"blue": 1, "green": 3, "yellow": 4, "red": 8}
COLOURS = ("#9b59b6", "#3daee9", "#1abc9c", "#1cdc9a", "#c9ce3b", "#fdbc4b", "#f39c1f", "#f47750", "#da4453")
MAIN = "{0bca9b66-2f6f-4a4c-9d6b-4f6a1b0f6c11}"
INSIDE = "{5d3b2c90-8a40-41d8-a9f3-2c06ed53b7a2}"


def write(at: EditRate, folder: Path) -> Path:
    path = folder / f"reference{SUFFIX}"
    path.write_text(document(at), encoding="utf-8")
    return path


def document(at: EditRate) -> str:
    nest = next(item for item in PROGRAMME if isinstance(item, Nest))
    inside_frames = sum(shot.n_frames for shot in nest.shots)
    lines = [_black(at)]
    lines += [_chain(file, at) for file in BIN_IDS]
    for shot in speeds():
        ends, said = retimed(shot)
        name = _producer(shot.source.file if shot.source else "", shot.speed)
        lines.append(element("producer", {"id": name, "in": clock(0, at), "out": clock(ends["out"], at)}, said))
    lines += _sequence(INSIDE, 0, [pictures(nest.shots, _nest)], (), [], inside_frames, at)
    lines += _sequence(MAIN, 20, [pictures(PROGRAMME, _nest)], TRACKS, guides(), N_FRAMES, at)
    lines.append(_main_bin(at))
    last = clock(N_FRAMES - 1, at)
    played = [f'  <track in="{clock(0, at)}" out="{last}" producer="{MAIN}"/>']
    attributes = {"id": "tractor99", "in": clock(0, at), "out": last}
    lines.append(element("tractor", attributes, {"kdenlive:projectTractor": 1}, played))
    head = "<?xml version='1.0' encoding='utf-8'?>"
    opened = '<mlt LC_NUMERIC="C" producer="main_bin" root="/rushes" version="7.24.0">'
    return "\n".join((head, opened, profile(at), *lines, "</mlt>", ""))


def _producer(file: str, speed: object) -> str:
    return next(
        one.producer
        for one in pictures(
            [shot for shot in speeds() if (shot.source and shot.source.file, shot.speed) == (file, speed)], _nest
        )
    )


def _nest(nest: Nest, at: int) -> Clip:
    return Clip(INSIDE, at, nest.trimmed_in, nest.trimmed_in + nest.n_frames - 1)


def _black(at: EditRate) -> str:
    said: Properties = {"length": 2147483647, "eof": "continue", "resource": "black", "aspect_ratio": 1}
    said |= {
        "mlt_service": "color",
        "kdenlive:playlistid": "black_track",
        "mlt_image_format": "rgba",
        "set.test_audio": 0,
    }
    return element("producer", {"id": "producer0", "in": clock(0, at), "out": clock(30000, at)}, said)


def _chain(file: str, at: EditRate) -> str:
    last = n_frames(file) - 1
    said: Properties = {
        "length": last + 1,
        "eof": "pause",
        "resource": address(file),
        "mlt_service": "avformat-novalidate",
    }
    said |= {"kdenlive:id": BIN_IDS[file], "kdenlive:clipname": "", "kdenlive:folderid": -1, "kdenlive:clip_type": 0}
    is_picture = file in SOURCE_BY_FILE
    kinds = ("video",) if is_picture else ("audio",)
    said |= {f"meta.media.{number}.stream.type": kind for number, kind in enumerate(kinds)}
    marks = [*marks_of(file, in_nest=True), *marks_of(file, in_nest=False)]
    if marks:
        said["kdenlive:markers"] = marks_json(marks, TYPES, lengths=True)
    attributes = {"id": f"{'v' if is_picture else 'a'}{BIN_IDS[file]}", "out": clock(last, at)}
    lines = [element("chain", attributes, said)]
    if any(sound.file == file and not sound.enabled for sound in SOUNDS):
        off: Properties = {"set.test_audio": 1, "set.test_image": 1}
        lines.append(element("chain", attributes | {"id": f"a{BIN_IDS[file]}_off"}, said | off))
    return "\n".join(lines)


def _sequence(
    name: str,
    first_list: int,
    rows: list[list[Clip]],
    tracks: tuple[str, ...],
    marks: list[tuple[int, Mark]],
    count: int,
    at: EditRate,
) -> list[str]:
    """Write the tracks of a sequence, then the sequence."""
    lines: list[str] = []
    names: list[str] = []
    for track in reversed(tracks):
        lines += _track(
            first_list + len(names), sounds(track), {"kdenlive:audio_track": 1, "kdenlive:track_name": track}, at
        )
        names.append(f"tractor{first_list + len(names)}")
    for row in rows:
        lines += _track(first_list + len(names), row, {"kdenlive:trackheight": 61, "kdenlive:timeline_active": 1}, at)
        names.append(f"tractor{first_list + len(names)}")
    said: Properties = {"kdenlive:uuid": name, "kdenlive:clipname": "Sequence", "kdenlive:producer_type": 17}
    said |= {"kdenlive:duration": clock(count, at), "kdenlive:maxduration": count, "kdenlive:id": 80 + first_list}
    said["kdenlive:sequenceproperties.tracksCount"] = len(names)
    said["kdenlive:sequenceproperties.guides"] = marks_json(marks, TYPES, lengths=True)
    inside = [f'  <track producer="{one}"/>' for one in ("producer0", *names)]
    for number in range(len(names)):
        service = "mix" if number < len(tracks) else "qtblend"
        mixed: Properties = {"a_track": 0, "b_track": number + 1, "mlt_service": service, "internal_added": 237}
        inside.append(element("transition", {"id": f"transition{first_list + number}"}, mixed | {"always_active": 1}))
    return [*lines, element("tractor", {"id": name, "in": clock(0, at), "out": clock(count - 1, at)}, said, inside)]


def _track(number: int, clips: list[Clip], said: Properties, at: EditRate) -> list[str]:
    """Write a track: clips that overlap lie on its two playlists in turn, with a mix between them."""
    lists: tuple[list[Clip], list[Clip]] = ([], [])
    mixes = []
    side = 0
    for before, one in zip((None, *clips), clips, strict=False):
        if before and before.end > one.at:
            side = 1 - side
            overlap: Properties = {"a_track": 0, "b_track": 1, "mlt_service": "luma", "kdenlive_id": "luma"}
            overlap |= {"kdenlive:mixcut": (before.end - one.at) // 2, "reverse": 1 - side, "softness": 0}
            ends = {"in": clock(one.at, at), "out": clock(before.end - 1, at)}
            mixes.append(element("transition", {"id": f"mix{number}"} | ends, overlap))
        lists[side].append(one)
    is_sound = "kdenlive:audio_track" in said
    names = [f"playlist{2 * number + index}" for index in (0, 1)]
    mark: Properties = {"kdenlive:audio_track": 1} if is_sound else {}
    held = [f'  <track hide="{"video" if is_sound else "audio"}" producer="{name}"/>' for name in names]
    written = [
        playlist(name, row, lambda frame: clock(frame, at), mark) for name, row in zip(names, lists, strict=True)
    ]
    return [*written, element("tractor", {"id": f"tractor{number}"}, said, [*held, *mixes])]


def _main_bin(at: EditRate) -> str:
    categories = [
        {"color": colour, "comment": f"Category {index + 1}", "index": index} for index, colour in enumerate(COLOURS)
    ]
    said: Properties = {"kdenlive:docproperties.activetimeline": MAIN, "kdenlive:docproperties.opensequences": MAIN}
    said |= {"kdenlive:docproperties.version": "1.1", "kdenlive:docproperties.kdenliveversion": "24.02.1"}
    said |= {"kdenlive:docproperties.guidesCategories": json.dumps(categories), "kdenlive:docproperties.uuid": MAIN}
    said |= {"kdenlive:docproperties.profile": "atsc_1080p_25", "xml_retain": 1}
    names = [INSIDE, MAIN, *(f"{'v' if file in SOURCE_BY_FILE else 'a'}{number}" for file, number in BIN_IDS.items())]
    return element(
        "playlist", {"id": "main_bin"}, said, [f'  <entry producer="{name}" in="{clock(0, at)}"/>' for name in names]
    )
