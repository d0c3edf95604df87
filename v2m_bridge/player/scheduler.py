"""What is due: programmes and a moving transport in, MIDI events and sayings with their clock time out.

Pure planning: no clock, no port.  Every note-on that is planned gets a voice number, and exactly one note-off with the
same number, by its own end, by a jump of the transport, or by the bar line at which another programme takes over.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from v2m_bridge.core.commands import CUE_STANDS, HANDED_OVER, HELD, LIVE
from v2m_bridge.core.programme import NOTE_OFF, NOTE_ON, ORDER_AT_ONE_TIME
from v2m_bridge.player.deck import DEFAULT_BPM, Deck, Event
from v2m_bridge.player.sayings import Saying, SheetReader
from v2m_bridge.player.transport import Segment, Transport


class Planned(NamedTuple):
    """A MIDI event at a time of the playing clock; `voice` joins a note-on to its note-off and is 0 otherwise."""

    clock_ns: int
    status: int
    data1: int
    data2: int
    voice: int
    system: bytes = b""
    """A system message, whole; the rest says nothing then."""
    port: str = ""
    """Empty for the ports of every part."""


class Plan(NamedTuple):
    """What a stretch of clock time holds, in order."""

    events: tuple[Planned, ...]
    sayings: tuple[Saying, ...]
    """Their `at_ns` is on the playing clock."""
    way: tuple[Segment, ...] = ()
    """What of the edit is played when."""


class _Swap(NamedTuple):
    deck: Deck | None
    """None where the cue is dropped."""
    at_ns: int


class _Voice(NamedTuple):
    voice: int
    status: int
    pitch: int
    clock_ns: int
    port: str


class _Cue:
    """A cue on the stand: what plays, what takes over, and which of its notes sound."""

    def __init__(self) -> None:
        self.deck: Deck | None = None
        self.swap: _Swap | None = None
        self.voices: dict[int, _Voice] = {}
        self.newest: Deck | None = None  # plays, or waits until the cue is live again
        self.stand = LIVE


class Scheduler:
    """Plans stretch after stretch of clock time, each once."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._cues: dict[str, _Cue] = {}
        self._sheet: SheetReader | None = None
        self._planned_to_ns = 0
        self._enters = True
        self._with_held = True
        self._n_voices = 0
        self._events: list[Planned] = []
        self._sayings: list[Saying] = []

    @property
    def generations(self) -> dict[str, int]:
        """Generation that plays now, by cue."""
        return {name: cue.deck.programme.generation for name, cue in sorted(self._cues.items()) if cue.deck}

    @property
    def planned_to_ns(self) -> int:
        """Clock time up to which was planned."""
        return self._planned_to_ns

    @property
    def sheet(self) -> SheetReader | None:
        """Scenes and markers of the edit, if they are known."""
        return self._sheet

    def load_sheet(self, sheet: SheetReader) -> None:
        """Say the scenes and markers of another edit from here on."""
        self._sheet = sheet

    def load(self, deck: Deck) -> None:
        """Take a programme: at the next bar line that is not planned yet while the cue sounds, else at once."""
        programme = deck.programme
        cue = self._cues.setdefault(programme.cue, _Cue())
        if cue.newest is None or programme.generation > cue.newest.programme.generation:
            cue.newest = deck
            if cue.stand == LIVE or (cue.stand == HELD and cue.deck is None and cue.swap is None):
                self._arrange_swap(cue, deck)

    @property
    def stands(self) -> dict[str, str]:
        """Return how each cue stands that is not live."""
        return {name: cue.stand for name, cue in sorted(self._cues.items()) if cue.stand != LIVE}

    def set_stand(self, name: str, stand: str) -> None:
        """Hold a cue as it plays, silence it, or let its newest programme play, where a swap would happen."""
        cue = self._cues.get(name)
        if cue is None or stand not in CUE_STANDS:
            return
        before, cue.stand = cue.stand, stand
        if stand == HANDED_OVER:
            self._arrange_swap(cue, None)
        elif before == HANDED_OVER or (stand == LIVE and cue.newest is not _coming(cue)):
            self._arrange_swap(cue, cue.newest)

    def drop(self, name: str) -> None:
        """Forget a cue, at the next bar line that is not planned yet while it sounds, else at once."""
        if (cue := self._cues.get(name)) is not None:
            cue.stand, cue.newest = LIVE, None
            self._arrange_swap(cue, None)

    def restart(self, clock_ns: int, *, with_held: bool = True) -> None:
        """Plan anew from `clock_ns`: whoever asks for it ends what sounds and forgets what was planned."""
        self._planned_to_ns = clock_ns
        self._enters, self._with_held = True, with_held
        self._events, self._sayings = [], []
        for name in list(self._cues):
            cue = self._cues[name]
            cue.voices.clear()
            self._take_swap(cue)

    def plan(self, until_clock_ns: int) -> Plan:
        """Plan what comes from the end of the last plan up to `until_clock_ns`."""
        way = tuple(self._transport.segments(self._planned_to_ns, until_clock_ns))
        for segment in way:
            self._play(segment)
        self._planned_to_ns = max(self._planned_to_ns, until_clock_ns)
        self._events.sort(key=lambda event: (event.clock_ns, ORDER_AT_ONE_TIME[event.status & 0xF0]))
        n_due = bisect_left(self._events, until_clock_ns, key=lambda event: event.clock_ns)
        events, sayings = self._events[:n_due], self._sayings
        self._events, self._sayings = self._events[n_due:], []  # a keyswitch may end in the next stretch
        sayings.sort(key=lambda saying: saying[:2])
        return Plan(tuple(events), tuple(sayings), way)

    def deck_at(self, at_ns: int) -> Deck | None:
        """Return what plays at a time of the edit."""
        decks = (cue.deck for cue in self._cues.values() if cue.deck)
        return next((deck for deck in decks if deck.start_ns <= at_ns < deck.end_ns), None)

    def bpm_at(self, at_ns: int) -> float:
        """Tempo of the cue at a time of the edit, else of the cue before it, else of the first."""
        decks = sorted((cue.deck for cue in self._cues.values() if cue.deck), key=lambda deck: deck.start_ns)
        begun = [deck for deck in decks if deck.start_ns <= at_ns]
        nearest = begun[-1:] or decks[:1]
        return nearest[0].bpm_at(at_ns) if nearest else DEFAULT_BPM

    def _arrange_swap(self, cue: _Cue, deck: Deck | None) -> None:
        horizon_ns = self._transport.position_at(self._planned_to_ns)
        if not self._transport.playing or self._enters or not _sounds_at(cue, horizon_ns):
            cue.swap = _Swap(deck, horizon_ns)
            self._take_swap(cue)
            if self._transport.playing and not self._enters:
                self._enter(cue, horizon_ns, self._planned_to_ns)
            return
        assert cue.deck is not None  # noqa: S101  what sounds has a deck
        at_ns = cue.swap.at_ns if cue.swap else cue.deck.bar_line_from(horizon_ns)
        cue.swap = _Swap(deck, at_ns)

    def _take_swap(self, cue: _Cue) -> None:
        if cue.swap is None:
            return
        cue.deck, cue.swap = cue.swap.deck, None
        if cue.deck is None and cue.stand != HANDED_OVER:
            self._cues = {name: other for name, other in self._cues.items() if other is not cue}

    def _play(self, segment: Segment) -> None:
        enters = self._enters or segment.wraps
        self._enters = False
        cues = list(self._cues.values())
        if enters:
            self._enter_all(cues, segment)
        self._with_held = True
        for cue in cues:
            self._play_cue(cue, segment)
        if self._sheet:
            for saying in self._sheet.said_between(segment.from_ns, segment.to_ns):
                self._sayings.append(saying._replace(at_ns=segment.clock_at(saying.at_ns)))

    def _enter_all(self, cues: list[_Cue], segment: Segment) -> None:
        for cue in cues:
            self._end_voices(cue, segment.clock_ns)
            self._take_swap(cue)
            self._enter(cue, segment.from_ns, segment.clock_ns)
        if self._sheet:
            self._sayings += [s._replace(at_ns=segment.clock_ns) for s in self._sheet.said_at(segment.from_ns)]

    def _play_cue(self, cue: _Cue, segment: Segment) -> None:
        from_ns = segment.from_ns
        if cue.swap and cue.swap.at_ns < segment.to_ns:
            line_ns = max(from_ns, cue.swap.at_ns)
            clock_ns = segment.clock_at(line_ns)
            self._span(cue, segment, from_ns, line_ns)
            self._end_voices(cue, clock_ns)
            self._take_swap(cue)
            self._enter(cue, line_ns, clock_ns)
            from_ns = line_ns
        self._span(cue, segment, from_ns, segment.to_ns)

    def _span(self, cue: _Cue, segment: Segment, from_ns: int, to_ns: int) -> None:
        if cue.deck is None:
            return
        for event in cue.deck.between(from_ns, to_ns):
            self._emit(cue, event, segment.clock_at(event.at_ns))
        for saying in cue.deck.said_between(from_ns, to_ns):
            self._sayings.append(saying._replace(at_ns=segment.clock_at(saying.at_ns)))

    def _enter(self, cue: _Cue, at_ns: int, clock_ns: int) -> None:
        """Begin in the middle: controller values, then sustained notes; struck notes wait for their next onset."""
        if cue.deck is None:
            return
        for event in cue.deck.entered_at(at_ns):
            if self._with_held or event.status & 0xF0 != NOTE_ON:
                self._emit(cue, event, clock_ns + event.at_ns - at_ns)
        self._sayings += [saying._replace(at_ns=clock_ns) for saying in cue.deck.said_at(at_ns)]

    def _emit(self, cue: _Cue, event: Event, clock_ns: int) -> None:
        kind = event.status & 0xF0
        number = 0
        if kind == NOTE_ON:
            self._n_voices += 1
            number = self._n_voices
            cue.voices[event.note_id] = _Voice(number, event.status, event.data1, clock_ns, event.port)
        elif kind == NOTE_OFF:
            voice = cue.voices.pop(event.note_id, None)
            if voice is None:
                return
            number = voice.voice
        self._events.append(Planned(clock_ns, event.status, event.data1, event.data2, number, port=event.port))

    def _end_voices(self, cue: _Cue, clock_ns: int) -> None:
        begun_here = {voice.voice for voice in cue.voices.values() if voice.clock_ns >= clock_ns}
        if begun_here:  # they would end before they begin
            self._events = [event for event in self._events if event.voice not in begun_here]
        for voice in cue.voices.values():
            if voice.voice not in begun_here:
                status = NOTE_OFF | voice.status & 0x0F
                self._events.append(Planned(clock_ns, status, voice.pitch, 0, voice.voice, port=voice.port))
        cue.voices.clear()


def _coming(cue: _Cue) -> Deck | None:
    """Return what plays once the swap has happened that waits."""
    return cue.swap.deck if cue.swap else cue.deck


def _sounds_at(cue: _Cue, at_ns: int) -> bool:
    return cue.deck is not None and (bool(cue.voices) or cue.deck.start_ns <= at_ns < cue.deck.end_ns)
