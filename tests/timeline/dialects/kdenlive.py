"""The reference edit as a .kdenlive project of document version 0.98: Kdenlive 19.04 to 20.08.

Two playlists make a track, dissolves lie between tracks, a sequence within the edit is a project of its own that is a
clip of this one, and guides have a colour but no length.
"""

from __future__ import annotations

from pathlib import Path

from tests.timeline.dialects.kdenlive_parts import (
    BIN_IDS,
    TRACKS,
    Clip,
    Properties,
    address,
    clip,
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
from tests.timeline.reference_edit import N_FRAMES, PROGRAMME, SOUNDS, SOURCES, EditRate, Nest, Shot

SUFFIX = ".kdenlive"
TYPES = {"red": 0, "blue": 1, "green": 2, "yellow": 3}


def write(at: EditRate, folder: Path) -> Path:
    for item in PROGRAMME:
        if isinstance(item, Nest):
            inside = pictures(item.shots, _nest)
            (folder / f"{item.name}{SUFFIX}").write_text(project(at, [inside], [], in_nest=True), encoding="utf-8")
    path = folder / f"reference{SUFFIX}"
    placed = pictures(PROGRAMME, _nest)
    upper = [one for one, shot in zip(placed, _shown(), strict=True) if isinstance(shot, Shot) and shot.dissolve_in]
    lower = [one for one in placed if one not in upper]
    dissolves = [(one.at, one.at + 2 * _dissolve(one) - 1) for one in upper]
    path.write_text(project(at, [lower, upper], dissolves, in_nest=False), encoding="utf-8")
    return path


def _shown() -> list[Shot | Nest]:
    return [item for item in PROGRAMME if isinstance(item, Nest) or item.source]


def _dissolve(one: Clip) -> int:
    return next(
        item.dissolve_in // 2
        for item in PROGRAMME
        if isinstance(item, Shot) and item.source and item.dissolve_in and clip(item, 0).last == one.last
    )


def _nest(nest: Nest, at: int) -> Clip:
    return Clip(f"n{nest.name}", at, nest.trimmed_in, nest.trimmed_in + nest.n_frames - 1)


def project(at: EditRate, rows: list[list[Clip]], dissolves: list[tuple[int, int]], *, in_nest: bool) -> str:
    """Write a project; a clip of another project has no sounds and no guides of its own."""
    last = max(one.end for row in rows for one in row) - 1 if in_nest else N_FRAMES - 1
    tracks = () if in_nest else TRACKS
    names = [f"tractor{number}" for number in range(len(tracks) + len(rows))]
    lines = [*(_bin_clip(file, at, in_nest) for file in BIN_IDS), *_nests(at, in_nest)]
    lines += [_main_bin(in_nest), _black(at)]
    for number, track in enumerate(reversed(tracks)):
        lines.append(
            _track(number, names[number], sounds(track), at, {"kdenlive:audio_track": 1, "kdenlive:track_name": track})
        )
    for number, row in enumerate(rows, start=len(tracks)):
        lines.append(_track(number, names[number], row, at, {"kdenlive:trackheight": 63, "kdenlive:track_name": ""}))
    main = [f'  <track producer="{name}"/>' for name in ("black_track", *names)]
    main += [_added("mix", 0, number + 1) for number in range(len(tracks))]
    main += [_added("qtblend", 0, number + 1 + len(tracks)) for number in range(len(rows))]
    top = len(names)
    said: Properties = {"a_track": top - 1, "b_track": top, "factory": "loader", "mlt_service": "luma"}
    said |= {"kdenlive_id": "dissolve", "softness": 0, "reverse": 0, "alpha_over": 1, "force_track": 0}
    for first, end in dissolves:
        main.append(element("transition", {"id": "dissolve", "in": clock(first, at), "out": clock(end, at)}, said))
    attributes = {"id": f"tractor{len(names)}", "global_feed": "1", "in": "00:00:00.000", "out": clock(last, at)}
    lines.append(element("tractor", attributes, {}, main))
    return "\n".join(
        (
            "<?xml version='1.0' encoding='utf-8'?>",
            '<mlt LC_NUMERIC="C" producer="main_bin" root="/rushes" version="6.20.0">',
            profile(at),
            *lines,
            "</mlt>",
            "",
        )
    )


def _bin_clip(file: str, at: EditRate, in_nest: bool) -> str:
    last = n_frames(file) - 1
    said: Properties = {
        "length": last + 1,
        "eof": "pause",
        "resource": address(file),
        "mlt_service": "avformat-novalidate",
    }
    said |= {"kdenlive:id": BIN_IDS[file], "kdenlive:clipname": "", "kdenlive:folderid": -1}
    if marks := marks_of(file, in_nest=in_nest):
        said["kdenlive:markers"] = marks_json(marks, TYPES, lengths=False)
    is_picture = any(source.file == file for source in SOURCES)
    attributes = {"id": f"{'v' if is_picture else 'a'}{BIN_IDS[file]}", "in": "00:00:00.000", "out": clock(last, at)}
    lines = [element("producer", attributes, said)]
    if any(sound.file == file and not sound.enabled for sound in SOUNDS):
        off: Properties = {"set.test_audio": 1, "set.test_image": 1}
        lines.append(element("producer", attributes | {"id": f"a{BIN_IDS[file]}_off"}, said | off))
    return "\n".join(lines)


def _nests(at: EditRate, in_nest: bool) -> list[str]:
    lines = []
    for shot in speeds():
        ends, said = retimed(shot)
        name = next(one.producer for one in (clip(shot, 0),))
        lines.append(element("producer", {"id": name, "in": "00:00:00.000", "out": clock(ends["out"], at)}, said))
    for item in PROGRAMME:
        if isinstance(item, Nest) and not in_nest:
            count = sum(shot.n_frames for shot in item.shots)
            said = {
                "length": count,
                "eof": "pause",
                "resource": f"{item.name}{SUFFIX}",
                "mlt_service": "xml",
                "kdenlive:id": 90,
            }
            lines.append(
                element("producer", {"id": f"n{item.name}", "in": "00:00:00.000", "out": clock(count - 1, at)}, said)
            )
    return lines


def _main_bin(in_nest: bool) -> str:
    said: Properties = {"kdenlive:docproperties.version": "0.98", "kdenlive:docproperties.kdenliveversion": "20.08.3"}
    said |= {"kdenlive:docproperties.profile": "atsc_1080p_25", "xml_retain": 1}
    said["kdenlive:docproperties.guides"] = marks_json([] if in_nest else guides(), TYPES, lengths=False)
    entries = [
        f'  <entry producer="{"v" if any(s.file == file for s in SOURCES) else "a"}{number}"/>'
        for file, number in BIN_IDS.items()
    ]
    return element("playlist", {"id": "main_bin"}, said, entries)


def _black(at: EditRate) -> str:
    said: Properties = {"length": 2147483647, "eof": "continue", "resource": "black", "aspect_ratio": 1}
    said |= {"mlt_service": "color", "set.test_audio": 0}
    return element("producer", {"id": "black_track", "in": "00:00:00.000", "out": clock(15000, at)}, said)


def _track(number: int, name: str, clips: list[Clip], at: EditRate, said: Properties) -> str:
    """Write a track: two playlists, the second of which version 0.98 leaves empty."""
    is_sound = "kdenlive:audio_track" in said
    lists = [f"playlist{2 * number}", f"playlist{2 * number + 1}"]
    mark: Properties = {"kdenlive:audio_track": 1} if is_sound else {}
    held = [f'  <track hide="{"video" if is_sound else "audio"}" producer="{one}"/>' for one in lists]
    return "\n".join(
        (
            playlist(lists[0], clips, lambda frame: clock(frame, at), mark),
            element("playlist", {"id": lists[1]}, mark),
            element("tractor", {"id": name}, said, held),
        )
    )


def _added(service: str, a_track: int, b_track: int) -> str:
    said: Properties = {"a_track": a_track, "b_track": b_track, "mlt_service": service, "kdenlive_id": service}
    return element("transition", {"id": f"{service}{b_track}"}, said | {"internal_added": 237, "always_active": 1})
