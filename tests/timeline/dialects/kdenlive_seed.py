"""A small project for a real Kdenlive to open: two videos that brighten, cut on two tracks, with sound and guides."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from tests.timeline.dialects.kdenlive_parts import Clip, Properties, element, playlist, profile
from tests.timeline.reference_edit import RATES

MEDIA_FRAMES = 100
FILES = {"first.mp4": 2, "second.mp4": 3}
_PICTURES: Properties = {"set.test_audio": 1, "set.test_image": 0}
_SOUND: Properties = {"set.test_audio": 0, "set.test_image": 1}
_LOWER = [
    Clip("v2", 0, 12, 71),
    Clip("v3", 60, 10, 69),
    Clip("v2", 130, 30, 79),
    Clip("half", 180, 40, 89),
    Clip("back", 230, 20, 59),
]


def write(path: Path) -> Path:
    """Write the project beside its media."""
    guides = [{"comment": "!Door", "pos": 60, "type": 0}, {"comment": "Last", "pos": 150, "type": 2}]
    project: Properties = {
        "kdenlive:docproperties.version": "1.04",
        "kdenlive:docproperties.kdenliveversion": "22.12.3",
    }
    project |= {"kdenlive:docproperties.profile": "atsc_1080p_25", "kdenlive:docproperties.activeTrack": 1}
    project |= {"kdenlive:docproperties.guides": json.dumps(guides), "xml_retain": 1}
    black: Properties = {"length": 2147483647, "eof": "continue", "resource": "black", "mlt_service": "color"}
    names = ("black_track", "tractor0", "tractor1", "tractor2")
    lines = [
        *(_producer(f"bin{number}", file, {}) for file, number in FILES.items()),
        element(
            "playlist", {"id": "main_bin"}, project, [f'<entry producer="bin{number}"/>' for number in FILES.values()]
        ),
        element("producer", {"id": "black_track", "in": "0", "out": "400"}, black | {"set.test_audio": 0}),
        _producer("a2", "first.mp4", _SOUND),
        *(_producer(f"v{number}", file, _PICTURES) for file, number in FILES.items()),
        _warped("half", 0.5),
        _warped("back", -1),
        *_track(0, [Clip("a2", 0, 12, 71)], {"kdenlive:audio_track": 1, "kdenlive:track_name": "DX"}),
        *_track(1, _LOWER, {"kdenlive:trackheight": 60}),
        *_track(2, [Clip("v2", 80, 0, 14)], {"kdenlive:trackheight": 60}),
        element(
            "tractor", {"id": "tractor3", "in": "0", "out": "400"}, {}, [f'<track producer="{one}"/>' for one in names]
        ),
    ]
    head = '<?xml version="1.0" encoding="utf-8"?>\n<mlt LC_NUMERIC="C" producer="main_bin" root="" version="7.12.0">'
    at = next(rate for rate in RATES if rate.name == "25")
    path.write_text("\n".join((head, profile(at), *lines, "</mlt>", "")), encoding="utf-8")
    return path


def _producer(name: str, file: str, more: Properties) -> str:
    said: Properties = {"length": MEDIA_FRAMES, "eof": "pause", "resource": file, "mlt_service": "avformat-novalidate"}
    said |= {"audio_index": 1 if file == "first.mp4" else -1, "video_index": 0, "seekable": 1}
    said |= {"kdenlive:id": FILES[file], "kdenlive:clipname": "", "kdenlive:folderid": -1}
    return element("producer", {"id": name, "in": "0", "out": str(MEDIA_FRAMES - 1)}, said | more)


def _warped(name: str, speed: float) -> str:
    count = int(MEDIA_FRAMES / abs(speed))
    said: Properties = {
        "length": count,
        "eof": "pause",
        "resource": f"{speed:g}:second.mp4",
        "warp_speed": f"{speed:g}",
    }
    said |= {"warp_resource": "second.mp4", "mlt_service": "timewarp", "audio_index": -1, "video_index": 0}
    return element("producer", {"id": name, "in": "0", "out": str(count - 1)}, said | {"kdenlive:id": 3} | _PICTURES)


def _track(number: int, clips: list[Clip], said: Properties) -> list[str]:
    is_sound = "kdenlive:audio_track" in said
    mark: Properties = {"kdenlive:audio_track": 1} if is_sound else {}
    names = [f"playlist{2 * number + index}" for index in (0, 1)]
    held = [f'<track hide="{"video" if is_sound else "audio"}" producer="{name}"/>' for name in names]
    ends = {"id": f"tractor{number}", "in": "0", "out": str(clips[-1].end - 1)}
    named = [replace(one, bin_id=2 if one.producer.endswith("2") else 3) for one in clips]
    return [
        playlist(names[0], named, str, mark),
        element("playlist", {"id": names[1]}, mark),
        element("tractor", ends, said, held),
    ]
