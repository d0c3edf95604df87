"""One edit with all that edits hold, said once without any format: twelve shots, three sources, sounds and markers.

`tests/timeline/dialects` writes it by hand in each format that is read.  Every number is frames at the rate of the
edit, the same numbers at each rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from v2m_bridge.core.timebase import FrameTime, parse_timecode


@dataclass(frozen=True, slots=True)
class EditRate:
    """A rate and the kind of its labels; the edit starts ten seconds before a full minute."""

    name: str
    rate: Fraction
    start_label: str

    @property
    def drop_frame(self) -> bool:
        return ";" in self.start_label

    @property
    def start(self) -> FrameTime:
        return parse_timecode(self.start_label, self.rate)

    @property
    def nominal(self) -> int:
        """Frames that a second of timecode counts."""
        return round(self.rate)

    @property
    def ntsc(self) -> bool:
        return self.rate.denominator != 1


RATES: Final = (
    EditRate("23.976", Fraction(24000, 1001), "01:00:50:00"),
    EditRate("25", Fraction(25), "01:00:50:00"),
    EditRate("29.97df", Fraction(30000, 1001), "01:00:50;00"),
    EditRate("59.94", Fraction(60000, 1001), "01:00:50:00"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A camera original; `start_label` is the timecode of its first frame (never drop-frame)."""

    reel: str
    start_label: str
    n_frames: int

    @property
    def file(self) -> str:
        return f"{self.reel}.mov"


A: Final = Source("A001C001", "10:00:00:00", 2000)
B: Final = Source("B002C003", "14:30:00:00", 2000)
C: Final = Source("C003C010", "00:00:00:00", 2000)
SOURCES: Final = (A, B, C)


@dataclass(frozen=True, slots=True)
class Shot:
    """`n_frames` of the edit from frame `source_in` of the source on (counted from the source's first frame).

    `speed` 1/2 uses half as many frames of the source; -1 plays frames source_in .. source_in + n_frames - 1 from the
    last to the first; 0 holds frame source_in.  A shot without source is a gap.
    """

    name: str
    source: Source | None
    source_in: int
    n_frames: int
    speed: Fraction = Fraction(1)
    dissolve_in: int = 0
    """Frames of the dissolve whose middle is the first frame of the shot; even."""

    @property
    def source_frames(self) -> int:
        """Frames of the source that are used."""
        return 1 if self.speed == 0 else int(self.n_frames * abs(self.speed))


@dataclass(frozen=True, slots=True)
class Nest:
    """A sequence of its own inside the edit: its shots from frame `trimmed_in` of it on, for `n_frames`."""

    name: str
    shots: tuple[Shot, ...]
    trimmed_in: int
    n_frames: int


PROGRAMME: Final[tuple[Shot | Nest, ...]] = (
    Shot("Harbour", A, 48, 96),
    Shot("Gulls", B, 100, 72),
    Shot("Quay", C, 200, 120, dissolve_in=24),
    Shot("Rope slow", A, 300, 96, speed=Fraction(1, 2)),
    Shot("", None, 0, 24),
    Shot("Run fast", B, 400, 60, speed=Fraction(2)),
    Shot("Wave back", C, 500, 72, speed=Fraction(-1)),
    Shot("Face held", A, 600, 48, speed=Fraction(0)),
    Nest("Chase", (Shot("Alley", A, 690, 60), Shot("Stairs", B, 750, 60)), trimmed_in=10, n_frames=96),
    Shot("Roof", C, 900, 96),
    Shot("Jump", B, 1000, 120),
    Shot("Landing", A, 1200, 100),
)
N_FRAMES: Final = sum(item.n_frames for item in PROGRAMME)


@dataclass(frozen=True, slots=True)
class Seen:
    """A scene as every format must give it; `source_in` and `source_out` in frames from the first of the source."""

    name: str
    file: str | None
    record_in: int
    record_out: int
    source_in: Fraction
    speed: Fraction


def seen() -> tuple[Seen, ...]:
    """What is seen of the edit: nests opened, retimes and reverses resolved, the gap black."""
    found: list[Seen] = []
    at = 0
    for item in PROGRAMME:
        if isinstance(item, Shot):
            found.append(_seen(item, at, at + item.n_frames, 0))
        else:
            inside = -item.trimmed_in
            for shot in item.shots:
                first, last = max(0, inside), min(item.n_frames, inside + shot.n_frames)
                found.append(_seen(shot, at + first, at + last, first - inside))
                inside += shot.n_frames
        at += item.n_frames
    return tuple(found)


def _seen(shot: Shot, first: int, end: int, skipped: int) -> Seen:
    if shot.source is None:
        return Seen("Black", None, first, end, Fraction(0), Fraction(1))
    start = Fraction(shot.source_in) + skipped * shot.speed
    if shot.speed < 0:
        start = Fraction(shot.source_in + shot.source_frames - 1) + skipped * shot.speed
    return Seen(shot.name, shot.source.file, first, end, start, shot.speed)


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker at a frame of the edit; `on_clip` where it hangs on the clip below it instead of the timeline."""

    at: int
    name: str
    colour: str = "red"
    comment: str = ""
    n_frames: int = 0
    on_clip: bool = False


MARKS: Final = (
    Mark(0, "IN 1m01 Opening", "green"),
    Mark(150, "door slams!", "red"),
    Mark(330, "check sky", "blue", comment="too bright, ask the grader", n_frames=24),
    Mark(640, "alley", "yellow", on_clip=True),
    Mark(790, "jump!", "red", on_clip=True),
    Mark(960, "OUT 1m01", "green"),
)
"""None lies on a retimed shot, so that a marker's place on its clip means one thing."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A clip of a sound track; `source_in` counts from the first sample of the file, in frames of the edit."""

    name: str
    file: str
    track: str
    role: str
    record_in: int
    record_out: int
    source_in: int
    enabled: bool = True


SOUNDS: Final = (
    Sound("line 1", "line1.wav", "DX 1", "dialogue", 20, 140, 0),
    Sound("line 2", "line2.wav", "DX 1", "dialogue", 560, 700, 50),
    Sound("waves", "waves.wav", "FX 1", "effects", 0, 400, 100),
    Sound("feet", "feet.wav", "FX 1", "effects", 632, 848, 0),
    Sound("temp chase", "temp.wav", "MX TEMP", "music", 600, 1000, 250),
    Sound("old temp", "old_temp.wav", "MX TEMP", "music", 0, 300, 0, enabled=False),
)
SOUND_FRAMES: Final = 3000
"""Length of each sound file in frames of the edit."""
