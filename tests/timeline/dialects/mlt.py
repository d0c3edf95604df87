"""The reference edit as melt writes it with ``-consumer xml``: frames, and no word of any editor."""

from __future__ import annotations

import itertools
from pathlib import Path

from tests.timeline.dialects.kdenlive_parts import (
    BIN_IDS,
    SOURCE_BY_FILE,
    TRACKS,
    Clip,
    Properties,
    address,
    element,
    n_frames,
    pictures,
    playlist,
    profile,
    retimed,
    sounds,
    speeds,
)
from tests.timeline.reference_edit import N_FRAMES, PROGRAMME, SOUNDS, EditRate, Nest

SUFFIX = ".mlt"


def write(at: EditRate, folder: Path) -> Path:
    path = folder / f"reference{SUFFIX}"
    path.write_text(document(at), encoding="utf-8")
    return path


def document(at: EditRate) -> str:
    lines = [_producer(file) for file in BIN_IDS]
    for shot in speeds():
        ends, said = retimed(shot)
        name = pictures([shot], _nest)[0].producer
        said = {**said, "audio_index": -1}
        said.pop("kdenlive:id")
        lines.append(element("producer", {"id": name, "in": "0", "out": str(ends["out"])}, said))
    for item in PROGRAMME:
        if isinstance(item, Nest):
            count = sum(shot.n_frames for shot in item.shots)
            lines += [playlist("inside", pictures(item.shots, _nest), str, {})]
            tracks = ["  <multitrack>", '   <track producer="inside"/>', "  </multitrack>"]
            lines.append(element("tractor", {"id": item.name, "in": "0", "out": str(count - 1)}, {}, tracks))
    placed = pictures(PROGRAMME, _nest)
    upper = [later for before, later in itertools.pairwise(placed) if before.end > later.at]
    rows = {"lower": [one for one in placed if one not in upper], "upper": upper}
    lines += [playlist(name, row, str, {}) for name, row in rows.items()]
    lines += [playlist(track, sounds(track), str, {"shotcut:name": track}) for track in TRACKS]
    tracks = ["  <multitrack>", *(f'   <track producer="{name}"/>' for name in rows)]
    tracks += [f'   <track producer="{track}" hide="video"/>' for track in TRACKS]
    tracks.append("  </multitrack>")
    for one in upper:
        before = next(other for other in placed if other.at < one.at < other.end)
        said = {"a_track": 0, "b_track": 1, "factory": "loader", "mlt_service": "luma"}
        ends_at = {"id": "transition0", "in": str(one.at), "out": str(before.end - 1)}
        tracks.append(element("transition", ends_at, said))
    lines.append(element("tractor", {"id": "edit", "in": "0", "out": str(N_FRAMES - 1)}, {}, tracks))
    head = '<?xml version="1.0"?>\n<mlt LC_NUMERIC="C" version="7.12.0" root="/rushes" producer="edit">'
    return "\n".join((head, profile(at), *lines, "</mlt>", ""))


def _producer(file: str) -> str:
    said: Properties = {"length": n_frames(file), "eof": "pause", "resource": address(file), "mlt_service": "avformat"}
    is_picture = file in SOURCE_BY_FILE
    said |= {"audio_index": -1} if is_picture else {"video_index": -1}
    ends = {"id": f"{'v' if is_picture else 'a'}{BIN_IDS[file]}", "in": "0", "out": str(n_frames(file) - 1)}
    lines = [element("producer", ends, said)]
    if any(sound.file == file and not sound.enabled for sound in SOUNDS):
        off: Properties = {"set.test_audio": 1}
        lines.append(element("producer", ends | {"id": f"a{BIN_IDS[file]}_off"}, said | off))
    return "\n".join(lines)


def _nest(nest: Nest, at: int) -> Clip:
    return Clip(nest.name, at, nest.trimmed_in, nest.trimmed_in + nest.n_frames - 1)
