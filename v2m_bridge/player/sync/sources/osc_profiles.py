"""What each program says of its transport over OSC, and how it is asked to move.  Pure."""

from __future__ import annotations

import re
from typing import ClassVar, Final, NamedTuple

from v2m_bridge.core.osc_check import OscArg, OscMessage
from v2m_bridge.core.osc_schema import SYNC
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.player.sync.edit_place import EditPlace
from v2m_bridge.player.sync.follower import Report
from v2m_bridge.player.sync.grid_check import Grid
from v2m_bridge.player.sync.midi_reports import tempo_warning

_CLOCK_TIME: Final = re.compile(r"\s*(-?)(\d{1,3}):([0-5]\d):([0-5]\d)\.(\d{3})\s*")
_BEATS: Final = re.compile(r"(\d{1,5})\.(\d{1,3})\.(\d{2})")
_LONGEST_S: Final = 1_000_000.0
_LIKE_NOMINAL: Final = 0.08


class Order(NamedTuple):
    """An OSC message to a program: address, type tags, arguments."""

    address: str
    types: str = ""
    args: tuple[int | float, ...] = ()


class OscProfile:
    """One program.  `peer` is where it listens, `port` where it sends to us."""

    peer: ClassVar[tuple[str, int] | None] = None
    port: ClassVar[int] = 9125
    greeting_every_s: ClassVar[float] = 5.0
    """A program that is started later must be asked again."""

    def __init__(self, place: EditPlace) -> None:
        self._place = place
        self._playing = False
        self._at_ns: int | None = None
        self.warning = ""
        self.grid: Grid | None = None

    def greeting(self, port: int) -> tuple[Order, ...]:
        """Return what asks the program to report to our `port`."""
        del port
        return ()

    def hear(self, message: OscMessage, clock_ns: int) -> Report | None:
        """Take a message; None where it says nothing of the transport."""
        raise NotImplementedError

    def play(self) -> tuple[Order, ...]:
        """Return what lets it roll; empty where it takes no orders."""
        return ()

    def stop(self) -> tuple[Order, ...]:
        """Return what stops it."""
        return ()

    def locate(self, at_ns: int) -> tuple[Order, ...]:
        """Return what sends it to a time of the edit."""
        del at_ns
        return ()

    def _report(self, clock_ns: int, speed: float = 1.0) -> Report | None:
        if self._at_ns is None:
            return None
        return Report(clock_ns, self._at_ns, self._playing, speed if self._playing else 0.0)

    def _turn(self, playing: bool, clock_ns: int) -> Report | None:
        """Take the word that it plays or not; where it begins, its next place tells from where."""
        was, self._playing = self._playing, playing
        return self._report(clock_ns) if was and not playing else None

    def _be_at(self, at_ns: int, clock_ns: int, speed: float = 1.0) -> Report | None:
        self._at_ns = at_ns
        return self._report(clock_ns, speed)


class Reaper(OscProfile):
    """REAPER with its default pattern file: it listens on 8000 and sends ``/time`` and ``/play``."""

    peer = ("127.0.0.1", 8000)

    def __init__(self, place: EditPlace) -> None:
        super().__init__(place)
        self._bpm = 0.0

    def hear(self, message: OscMessage, clock_ns: int) -> Report | None:
        """Take a message."""
        value = _number(message.args)
        match message.address:
            case "/time" if value is not None:
                return self._be_at(self._place.of_time(round(value * NS_PER_S)), clock_ns)
            case "/play" if value is not None:
                return self._turn(value > 0, clock_ns)
            case "/stop" | "/pause" if value:
                return self._turn(False, clock_ns)
            case "/tempo/raw" if value is not None and 10 <= value <= 1000:
                self._bpm = value
            case "/beat/str":
                self._learn_grid(message.args)
        return None

    def _learn_grid(self, args: tuple[OscArg, ...]) -> None:
        """Read ``12.3.50``: bar, beat and hundredths of a beat, of the place that was told last."""
        found = _BEATS.fullmatch(args[0]) if len(args) == 1 and isinstance(args[0], str) else None
        if found is not None and self._bpm and self._at_ns is not None:
            bar, beat, hundredths = (int(part) for part in found.groups())
            self.grid = Grid(self._at_ns, bar, beat - 1 + hundredths / 100, self._bpm)

    def play(self) -> tuple[Order, ...]:
        """Let it roll."""
        return (Order("/play", "f", (1.0,)),)

    def stop(self) -> tuple[Order, ...]:
        """Stop it."""
        return (Order("/stop", "f", (1.0,)),)

    def locate(self, at_ns: int) -> tuple[Order, ...]:
        """Send it to a time of the edit."""
        return (Order("/time", "f", (max(0, at_ns + self._place.start_ns) / NS_PER_S,)),)


class Ardour(OscProfile):
    """Ardour, which listens on 3819 and is asked for its transport state and its place in time and samples."""

    peer = ("127.0.0.1", 3819)
    _FEEDBACK: Final = 16 + 1024 + 2048
    _RATES: Final = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)

    def __init__(self, place: EditPlace) -> None:
        super().__init__(place)
        self._own_ns = 0
        self._rate = 48_000

    def greeting(self, port: int) -> tuple[Order, ...]:
        """Ask for feedback to our port."""
        return (Order("/set_surface", "iiiiiii", (0, 0, self._FEEDBACK, 0, 0, 0, port)),)

    def hear(self, message: OscMessage, clock_ns: int) -> Report | None:
        """Take a message."""
        value = _number(message.args)
        match message.address:
            case "/position/time" if (own_ns := _clock_time(message.args)) is not None:
                self._own_ns = own_ns
                return self._be_at(self._place.of_time(own_ns), clock_ns)
            case "/position/samples":
                self._learn_rate(message.args)
            case "/transport_play" if value is not None:
                return self._turn(value > 0, clock_ns)
            case "/transport_stop" if value:
                return self._turn(False, clock_ns)
        return None

    def _learn_rate(self, args: tuple[OscArg, ...]) -> None:
        text = args[0] if len(args) == 1 else ""
        if isinstance(text, str) and text.strip().isdecimal() and len(text) < 20 and self._own_ns > NS_PER_S:
            measured = int(text) * NS_PER_S / self._own_ns
            nearest = min(self._RATES, key=lambda rate: abs(rate - measured))
            self._rate = nearest if abs(nearest - measured) < nearest / 100 else self._rate

    def play(self) -> tuple[Order, ...]:
        """Let it roll."""
        return (Order("/transport_play", "f", (1.0,)),)

    def stop(self) -> tuple[Order, ...]:
        """Stop it."""
        return (Order("/transport_stop", "f", (1.0,)),)

    def locate(self, at_ns: int) -> tuple[Order, ...]:
        """Send it to a time of the edit; rolling goes on if it rolls."""
        sample = max(0, at_ns + self._place.start_ns) * self._rate // NS_PER_S
        return (Order("/locate", "ii", (min(sample, 2**31 - 1), int(self._playing))),)


class Live(OscProfile):
    """Ableton Live with AbletonOSC, which listens on 11000 and answers on 11001, in beats."""

    peer = ("127.0.0.1", 11_000)
    port = 11_001

    def __init__(self, place: EditPlace) -> None:
        super().__init__(place)
        self._bpm = 0.0

    def greeting(self, port: int) -> tuple[Order, ...]:
        """Ask to be told of every change."""
        del port
        names = ("is_playing", "tempo", "current_song_time")
        return tuple(Order(f"/live/song/start_listen/{name}") for name in names)

    def hear(self, message: OscMessage, clock_ns: int) -> Report | None:
        """Take a message."""
        value = _number(message.args)
        if value is None:
            return None
        match message.address:
            case "/live/song/get/current_song_time":
                ours = self._place.tempo.bpm_at(max(0, round(value * 960)))
                self.warning = tempo_warning(self._bpm, ours) if self._bpm else ""
                ratio = self._bpm / ours if self._bpm else 1.0
                speed = 1.0 if abs(ratio - 1) < _LIKE_NOMINAL else ratio
                return self._be_at(self._place.of_beats(value), clock_ns, speed)
            case "/live/song/get/is_playing":
                return self._turn(value > 0, clock_ns)
            case "/live/song/get/tempo" if 10 <= value <= 1000:
                self._bpm = value
        return None

    def play(self) -> tuple[Order, ...]:
        """Let it roll from where it stands."""
        return (Order("/live/song/continue_playing"),)

    def stop(self) -> tuple[Order, ...]:
        """Stop it."""
        return (Order("/live/song/stop_playing"),)

    def locate(self, at_ns: int) -> tuple[Order, ...]:
        """Send it to a time of the edit."""
        beats = self._place.tempo.tick_at_ns(max(0, at_ns + self._place.start_ns)) / 960
        return (Order("/live/song/set/current_song_time", "f", (beats,)),)


class Plugin(OscProfile):
    """A plugin of ours or of the user inside a DAW, which sends ``/v2m/sync playing seconds``."""

    def hear(self, message: OscMessage, clock_ns: int) -> Report | None:
        """Take a message."""
        if message.address != SYNC[0].path or len(message.args) != len(SYNC[0].types):
            return None
        playing, seconds = message.args
        if not isinstance(playing, int) or not isinstance(seconds, int | float) or abs(seconds) > _LONGEST_S:
            return None
        self._playing = playing != 0
        return self._be_at(self._place.of_time(round(seconds * NS_PER_S)), clock_ns)


PROFILES: Final[dict[str, type[OscProfile]]] = {"reaper": Reaper, "ardour": Ardour, "live": Live, "plugin": Plugin}


def _number(args: tuple[OscArg, ...]) -> float | None:
    """Return the one number of a message; None where it has other arguments, or one that is no time."""
    if len(args) != 1 or not isinstance(args[0], int | float) or abs(args[0]) > _LONGEST_S:
        return None
    return float(args[0])


def _clock_time(args: tuple[OscArg, ...]) -> int | None:
    """Read hours, minutes, seconds and milliseconds as nanoseconds."""
    found = _CLOCK_TIME.fullmatch(args[0]) if len(args) == 1 and isinstance(args[0], str) else None
    if found is None:
        return None
    hours, minutes, seconds, milliseconds = (int(part) for part in found.groups()[1:])
    ns = ((hours * 60 + minutes) * 60 + seconds) * NS_PER_S + milliseconds * 1_000_000
    return -ns if found[1] else ns
