"""Small FCPXML edits at 25 frames per second, written as text and read back."""

from pathlib import Path

from v2m_bridge.core.timeline import Timeline
from v2m_bridge.timeline import read

RESOURCES = """
<format id="f25" frameDuration="100/2500s"/>
<format id="f24" name="FFVideoFormat1080p24"/>
<format id="still" name="FFVideoFormatRateUndefined"/>
<asset id="a" start="100s" duration="40s" hasVideo="1" format="f25"><media-rep src="file:///r/a.mov"/></asset>
<asset id="b" start="0s" duration="40s" hasVideo="1" hasAudio="1" format="f25"><media-rep src="file:///r/b.mov"/></asset>
<asset id="c" start="0s" duration="40s" hasVideo="1" format="f24"><media-rep src="file:///r/c.mov"/></asset>
<asset id="s" start="0s" duration="60s" hasAudio="1"><media-rep src="file:///r/s.wav"/></asset>
<asset id="p" start="0s" duration="0s" hasVideo="1" format="still"><media-rep src="file:///r/p.png"/></asset>
<effect id="t" name="Basic Title" uid=".../Titles.localized/Basic Title.moti"/>
<effect id="g" name="Custom" uid=".../Generators.localized/Solids.localized/Custom.motn"/>
"""


def clip(
    name: str, offset: str, duration: str, inside: str = "", *, ref: str = "b", start: str = "0s", **more: str
) -> str:
    """Return an asset clip; further attributes by name."""
    attributes = "".join(f' {key}="{value}"' for key, value in more.items())
    return (
        f'<asset-clip ref="{ref}" name="{name}" offset="{offset}" start="{start}" duration="{duration}"{attributes}>'
        f"{inside}</asset-clip>"
    )


def time_map(*points: tuple[str, str]) -> str:
    return "<timeMap>" + "".join(f'<timept time="{time}" value="{value}"/>' for time, value in points) + "</timeMap>"


def project(spine: str, *, name: str = "Edit", start: str = "0s", form: str = "f25", drop: str = "NDF") -> str:
    return (
        f'<project name="{name}"><sequence format="{form}" tcStart="{start}" tcFormat="{drop}">'
        f"<spine>{spine}</spine></sequence></project>"
    )


def document(projects: str, resources: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml version="1.11">'
        f"<resources>{RESOURCES}{resources}</resources><library><event>{projects}</event></library></fcpxml>"
    )


def reread(spine: str, folder: Path, resources: str = "", **more: str) -> Timeline:
    """Write a project and read it."""
    return reread_document(document(project(spine, **more), resources), folder)


def reread_document(text: str, folder: Path) -> Timeline:
    path = folder / "edit.fcpxml"
    path.write_text(text, encoding="utf-8")
    timeline = read(path)
    assert isinstance(timeline, Timeline)
    return timeline


def shown(timeline: Timeline) -> list[tuple[str, int, float | None]]:
    """Return name, length in frames and source start in seconds of every scene."""
    return [
        (scene.name, scene.n_frames, float(scene.source_in_s) if scene.media else None) for scene in timeline.scenes
    ]


def heard(timeline: Timeline) -> list[tuple[str, int, int, float, str, bool]]:
    """Return name, first and last frame, source start in seconds, role and switch of every sound."""
    return [
        (sound.name, sound.record_in.frame, sound.record_out.frame, float(sound.source_in_s), sound.role, sound.enabled)
        for sound in timeline.audio
    ]


def marked(timeline: Timeline) -> list[tuple[int, str, str]]:
    return [(marker.at.frame, marker.name, marker.colour) for marker in timeline.markers]
