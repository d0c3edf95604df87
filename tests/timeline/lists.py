"""Edit decision lists written line by line, to be read back."""

from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.timeline.rushes import facts
from v2m_bridge.core.timeline import MediaWanted, Timeline
from v2m_bridge.timeline import read


def reread(text: str, folder: Path, rate: Fraction | int | None = 25) -> Timeline:
    """Write a list and read it, asking the media that it names."""
    path = folder / "edit.edl"
    path.write_text(text, encoding="utf-8")
    wanted = None if rate is None else Fraction(rate)
    timeline = read(path, rate=wanted)
    if isinstance(timeline, MediaWanted):
        timeline = read(path, rate=wanted, known=facts(timeline.paths))
    assert isinstance(timeline, Timeline)
    return timeline


def cut(reel: str, source: str, record: str, *below: str, number: int = 1, how: str = "V     C        ") -> str:
    """Return an event of times that are written short: ``2:00 4:12`` are seconds and frames of the first hour."""
    labels = " ".join(label(time) for time in (*source.split(), *record.split()))
    return "\n".join((f"{number:03}  {reel:<8} {how} {labels}", *below)) + "\n"


def label(time: str) -> str:
    return f"01:00:{time.zfill(5)}" if time.count(":") == 1 else time


def shown(timeline: Timeline) -> list[tuple[str, int, Any]]:
    """Return name, length and source start past the first hour, in frames, of every scene."""
    hour = 3600 * round(timeline.rate)
    return [
        (scene.name, scene.n_frames, scene.source_in_s * timeline.rate - hour if scene.media else None)
        for scene in timeline.scenes
    ]


def speeds(timeline: Timeline) -> list[Fraction]:
    return [
        scene.retime[1].source_s / scene.retime[1].record_s if scene.retime else Fraction(1)
        for scene in timeline.scenes
    ]
