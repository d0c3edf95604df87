"""Where each part goes: port, channel, register, keyswitch, dynamics controller and delay, by name of the part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from v2m_bridge.core.score import ControlChange, CueMusic, Note, Part, Score
from v2m_bridge.core.timebase import NS_PER_S, TempoMap

OCTAVE: Final = 12
DYNAMICS: Final = frozenset({1, 2, 7, 11})
"""Controllers that say how loud a part is: modulation, breath, volume, expression.  Source: MIDI 1.0, RP-015."""
NO_CONTROLLER: Final = -1
MOST_VALUES_PER_S: Final = 50
MOST_DELAY_MS: Final = 300
KEYSWITCH_AHEAD_NS: Final = 20_000_000
"""How long before the first note of its part a keyswitch is struck."""
KEYSWITCH_NS: Final = 10_000_000
"""How long it is held."""
KEYSWITCH_VELOCITY: Final = 100
USUAL_PARTS: Final = frozenset({"piano", "chords", "bass", "figures", "melody", "pad", "percussion"})
"""The parts of the styles that ship."""
_APART_NS: Final = NS_PER_S // MOST_VALUES_PER_S


@dataclass(frozen=True, slots=True)
class PartRoute:
    """What the user's instrument for one part wants; what is None stays as it was composed."""

    part: str
    port: str = ""
    """Name of a MIDI port of its own; empty for the ports that every part is sent to."""
    channel: int | None = None
    """Counts from 1."""
    transpose: int = 0
    """Semitones."""
    low: int = 0
    high: int = 127
    """MIDI keys; notes outside are moved by octaves."""
    keyswitch: int | None = None
    """MIDI key that is struck before the first note of each cue."""
    controller: int | None = None
    """The controller that dynamics are sent on; `NO_CONTROLLER` for none."""
    delay_ms: float = 0.0
    """How much later than the beat the part is sent; negative is earlier."""

    def __post_init__(self) -> None:
        for what, value, least, most in (
            ("channel", self.channel, 1, 16),
            ("transpose", self.transpose, -127, 127),
            ("range", self.low, 0, 127),
            ("range", self.high, 0, 127),
            ("keyswitch", self.keyswitch, 0, 127),
            ("controller", self.controller, NO_CONTROLLER, 119),
            ("delay_ms", self.delay_ms, -MOST_DELAY_MS, MOST_DELAY_MS),
        ):
            if value is not None and not least <= value <= most:
                raise ValueError(f"{what} is {value:g}, not from {max(0, least) if least == -1 else least} to {most}")
        if self.high - self.low < OCTAVE - 1:
            raise ValueError(f"range is {self.low} to {self.high}, which is less than an octave")
        if self.keyswitch is not None and (self.low, self.high) != (0, 127) and self.low <= self.keyswitch <= self.high:
            raise ValueError(f"keyswitch {self.keyswitch} lies inside the range {self.low} to {self.high}")

    @property
    def delay_ns(self) -> int:
        """The delay in nanoseconds."""
        return round(self.delay_ms * 1_000_000)


@dataclass(frozen=True, slots=True)
class Routing:
    """The routes of all parts that have one."""

    routes: tuple[PartRoute, ...] = ()

    def __post_init__(self) -> None:
        taken: dict[tuple[str, int], str] = {}
        for route in self.routes:
            if route.channel is None:
                continue
            first = taken.setdefault((route.port, route.channel), route.part)
            if first != route.part:
                where = f"port {route.port!r}" if route.port else "the ports of every part"
                raise ValueError(f"parts {first} and {route.part} share channel {route.channel} of {where}")

    def of(self, part: str) -> PartRoute:
        """Return the route of a part; one that changes nothing where none is given."""
        return next((route for route in self.routes if route.part == part), PartRoute(part))

    @property
    def ports(self) -> tuple[str, ...]:
        """Names of the ports that parts have of their own, each once."""
        return tuple(dict.fromkeys(route.port for route in self.routes if route.port))


def routed_score(score: Score, routing: Routing) -> Score:
    """Return a score as the user's instruments want it, for exports: keyswitches are notes, delays are left out."""
    if not routing.routes:
        return score
    return replace(score, cues=tuple(_with_keyswitches(routed_cue(cue, routing), routing) for cue in score.cues))


def remarks_on(routing: Routing, score: Score) -> tuple[str, ...]:
    """Name the routed parts that neither the score nor a style that ships has: misspelt, or of no use here."""
    parts = {part.name for cue in score.cues for part in cue.parts}
    return tuple(
        f"the parts file routes [{route.part[:40]}], which no cue has; the parts here are {', '.join(sorted(parts))}"
        for route in routing.routes
        if parts and route.part not in parts | USUAL_PARTS
    )


def routed_cue(cue: CueMusic, routing: Routing) -> CueMusic:
    """Return a cue on the routed channels, in the routed registers, with one dynamics controller for each routed part.

    Every note keeps its place, length and velocity, and its pitch but for the transposition and whole octaves.
    """
    if not routing.routes:
        return cue
    named = {route.part for route in routing.routes}
    parts = (_routed(part, routing.of(part.name), cue.tempo) if part.name in named else part for part in cue.parts)
    return replace(cue, parts=tuple(parts))


def _routed(part: Part, route: PartRoute, tempo: TempoMap) -> Part:
    channel = part.channel if route.channel is None else route.channel
    return replace(
        part,
        channel=channel,
        notes=tuple(in_range(part.notes, route)),
        controls=tuple(_dynamics(part.controls, route.controller, tempo)),
    )


def in_range(notes: Iterable[Note], route: PartRoute) -> list[Note]:
    """Transpose notes and move them by octaves into the range, each to the octave nearest to where it was.

    Two notes that would sound together on one key are put an octave apart where the range has another free octave.
    """
    until: dict[int, tuple[int, int]] = {}
    moved = []
    for note in notes:
        wanted = note.pitch + route.transpose
        first = route.low + (wanted - route.low) % OCTAVE
        octaves = sorted(range(first, route.high + 1, OCTAVE), key=lambda pitch: abs(pitch - wanted))
        free = (key for key in octaves if until.get(key, (0, -1))[0] <= note.onset_tick or until[key][1] == note.pitch)
        pitch = next(free, octaves[0])
        until[pitch] = (note.onset_tick + note.length_ticks, note.pitch)
        moved.append(note._replace(pitch=pitch))
    return moved


def _dynamics(controls: tuple[ControlChange, ...], controller: int | None, tempo: TempoMap) -> list[ControlChange]:
    """Send dynamics on one controller, and no more values a second than instruments keep up with."""
    others = [control for control in controls if control.controller not in DYNAMICS]
    loud = [control for control in controls if control.controller in DYNAMICS]
    if controller == NO_CONTROLLER:
        return others
    if loud and controller is not None:
        first = min(loud).controller if len({c.controller for c in loud}) == 1 else max(c.controller for c in loud)
        loud = [c._replace(controller=controller) for c in loud if c.controller == first]
    kept: list[ControlChange] = []
    for number in sorted({control.controller for control in loud}):
        kept += _thinned([control for control in loud if control.controller == number], tempo)
    return sorted((*others, *kept))


def _thinned(controls: list[ControlChange], tempo: TempoMap) -> list[ControlChange]:
    """Leave out values that follow too soon; what the last of them says is said as soon as it may be."""
    kept: list[ControlChange] = []
    free_ns, late = 0, None
    for control in sorted(controls):
        at_ns = tempo.ns_at(control.tick)
        if late is not None and at_ns >= free_ns + _APART_NS:
            kept.append(late._replace(tick=_first_tick(tempo, free_ns)))
            free_ns, late = tempo.ns_at(kept[-1].tick) + _APART_NS, None
        if at_ns >= free_ns:
            kept.append(control)
            free_ns, late = at_ns + _APART_NS, None
        else:
            late = control
    if late is not None:
        kept.append(late._replace(tick=_first_tick(tempo, free_ns)))
    return kept


def _first_tick(tempo: TempoMap, at_ns: int) -> int:
    """Return the first tick that is not before a time."""
    tick = int(tempo.tick_at_ns(at_ns))
    return tick if tempo.ns_at(tick) >= at_ns else tick + 1


def _with_keyswitches(cue: CueMusic, routing: Routing) -> CueMusic:
    """Strike each keyswitch before the first note of its part, at the beginning of the cue where there is no before."""

    def of(part: Part) -> Part:
        key = routing.of(part.name).keyswitch
        if key is None or not part.notes:
            return part
        first_ns = cue.tempo.ns_at(min(part.notes).onset_tick)
        on = int(cue.tempo.tick_at_ns(max(0, first_ns - KEYSWITCH_AHEAD_NS)))
        length = max(1, int(cue.tempo.tick_at_ns(cue.tempo.ns_at(on) + KEYSWITCH_NS)) - on)
        return replace(part, notes=(Note(on, length, key, KEYSWITCH_VELOCITY), *part.notes))

    return replace(cue, parts=tuple(map(of, cue.parts)))
