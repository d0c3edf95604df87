"""The player itself: follows what the engine says, keeps the outputs fed, and tells how it stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from v2m_bridge.core import playing as say
from v2m_bridge.core.edit_sheet import EditSheet
from v2m_bridge.core.timebase import NS_PER_S
from v2m_bridge.player.clocks import MONOTONIC, Clock
from v2m_bridge.player.deck import Deck
from v2m_bridge.player.outlets import Outlets
from v2m_bridge.player.sayings import Said, SheetReader, transport_said
from v2m_bridge.player.scheduler import Scheduler
from v2m_bridge.player.sync.chase import Chase
from v2m_bridge.player.sync.follower import Bend, Enter, Motion, Stand
from v2m_bridge.player.take_log import write_take
from v2m_bridge.player.transport import Transport

LOOKAHEAD_NS: Final = 150_000_000
_TRANSPORT_EVERY_NS: Final = 100_000_000
_PEERS_EVERY_NS: Final = 200_000_000
_SETTLE_S: Final = 0.3


class Player:
    """Everything that one thread, the scheduler's, does.

    Parameters
    ----------
    outlets : Outlets
        Where it plays to.
    monotonic : callable
        The monotonic clock.
    chase : Chase, optional
        The source that leads; without one the engine's messages move the transport.
    """

    def __init__(self, outlets: Outlets, *, monotonic: Clock = MONOTONIC, chase: Chase | None = None) -> None:
        self.running = True
        self._outlets, self._monotonic, self._chase = outlets, monotonic, chase
        self._transport = Transport()
        self._scheduler = Scheduler(self._transport)
        self._warnings: tuple[str, ...] = ()
        self._take, self._take_began_ns = "", 0
        self._is_open = False
        self._next_mono_ns = dict.fromkeys(("transport", "peers", "heartbeat"), 0)
        self._n_heartbeats = 0
        self._follow: dict[type[Any], Callable[[Any], None]] = {
            say.LoadCue: lambda m: self._scheduler.load(Deck(m.programme)),
            say.DropCue: lambda m: self._scheduler.drop(m.cue),
            say.SetCueStand: lambda m: self._scheduler.set_stand(m.cue, m.stand),
            say.LoadEdit: lambda m: self._load_edit(m.sheet),
            say.StartRolling: lambda _: self._led("play", lambda c: c.play(), self._play),
            say.StopRolling: lambda _: self._led("stop", lambda c: c.stop(), self._stop),
            say.LocateTo: lambda m: self._led("locate", lambda c: c.locate(m.at_ns), lambda: self._locate(m.at_ns)),
            say.LoopBetween: lambda m: self._led("loop", lambda _: False, lambda: self._loop(m.start_ns, m.end_ns)),
            say.EndAllNotes: lambda _: self._panic(),
            say.TakeOver: self._take_over,
            say.WriteTake: lambda m: self._write_take(m.path),
            say.Quit: lambda _: self.quit(),
        }

    def open(self) -> None:
        """Open the outputs."""
        self._outlets.open()
        self._is_open = True

    def follow(self, message: say.ToPlayer) -> None:
        """Do what the engine says."""
        self._follow[type(message)](message)
        self._next_mono_ns["transport"] = 0

    def tick(self) -> None:
        """Feed the outputs up to the lookahead; called at least every 20 ms."""
        if not self._is_open:
            return
        was_ns = self._outlets.now_ns()
        if (moved_ns := self._outlets.mind()) is not None:
            self._move_clock(moved_ns, was_ns)
        if self._chase:
            now_ns = self._outlets.now_ns()
            horizon_ns = max(now_ns, self._scheduler.planned_to_ns)
            self._move(self._chase.tick(now_ns, horizon_ns, self._transport), now_ns, horizon_ns)
        if self._transport.playing:
            now_ns = self._outlets.now_ns()
            held_ns = self._chase.hold_ns(now_ns, self._transport) if self._chase else None
            until_ns = now_ns + LOOKAHEAD_NS
            plan = self._scheduler.plan(until_ns if held_ns is None else min(until_ns, held_ns))
            if plan.way:
                self._outlets.hand(plan)
        self._report()

    def state(self) -> say.PlayerState:
        """Return how the player stands."""
        now_ns = self._outlets.now_ns()
        at_ns = self._transport.position_at(now_ns)
        loop = self._transport.loop or (0, 0)
        return say.PlayerState(
            playing=self._transport.playing,
            at_ns=max(0, at_ns),
            at_mono_ns=self._monotonic(),
            bpm=self._scheduler.bpm_at(at_ns),
            loop_start_ns=loop[0],
            loop_end_ns=loop[1],
            n_sounding=self._outlets.n_sounding,
            generations=self._scheduler.generations,
            sinks=self._outlets.states(),
            warnings=self._warnings,
            stands=self._scheduler.stands,
            take=self._take,
            sync=self._chase.state(now_ns, self._transport, self._scheduler.deck_at(at_ns)) if self._chase else None,
        )

    def quit(self) -> None:
        """End every note and close the outputs."""
        if self._is_open:
            self._transport.stop(self._outlets.now_ns())
            self._outlets.restart(full=True)
            self._outlets.close(_SETTLE_S)
        if self._chase:
            self._chase.close()
        self._is_open = self.running = False

    def _move_clock(self, moved_ns: int, was_ns: int) -> None:
        """Go on where the playing clock, which showed `was_ns` just now, has come to show `moved_ns` more."""
        now_ns = self._outlets.now_ns()
        if abs(now_ns - was_ns - moved_ns) < abs(now_ns - was_ns):  # another clock: one that jumped showed it before
            self._take_began_ns += moved_ns
        self._transport.move_clock(moved_ns)
        self._outlets.restart(full=True)
        self._scheduler.restart(self._soon_ns())
        if self._chase:
            self._chase.move_clock(moved_ns)

    def _led(self, what: str, ask: Callable[[Chase], bool], do: Callable[[], None]) -> None:
        """Do what the engine says, or ask the source that leads for it."""
        if self._chase is None:
            do()
            return
        followed = ask(self._chase)
        self._warnings = () if followed else (f"{self._chase.name} leads: {what} in the DAW",)

    def _begin_take(self, clock_ns: int) -> None:
        self._take_began_ns = clock_ns
        self._outlets.begin_take()

    def _write_take(self, path: str) -> None:
        """Write what was sent since playing began, without waiting for it."""
        found = self._outlets.take()
        if found is None:
            self._warnings = ("there is no take: no MIDI output is open",)
            return
        sent, ahead_ns = found

        def done(error: str) -> None:
            self._take, self._warnings = (self._take, (error,)) if error else (path, ())

        write_take(Path(path), sent, self._take_began_ns + ahead_ns, Path(path).stem, done)

    def _load_edit(self, sheet: EditSheet) -> None:
        self._scheduler.load_sheet(SheetReader(sheet))
        self._outlets.load_sheet(sheet)
        if self._chase:
            self._chase.load(sheet)

    def _move(self, motion: Motion | None, now_ns: int, horizon_ns: int) -> None:
        """Do what the source did."""
        match motion:
            case Stand(at_ns=at_ns):
                if self._transport.playing:
                    self._stop()
                self._transport.locate(at_ns, now_ns)
            case Enter(at_ns=at_ns, clock_ns=clock_ns, speed=speed):
                if self._transport.playing:
                    self._outlets.restart(full=True)
                else:
                    self._begin_take(clock_ns)
                self._transport.stop(now_ns)
                self._transport.set_speed(speed, clock_ns)
                self._transport.locate(at_ns, clock_ns)
                self._transport.play(clock_ns)
                self._scheduler.restart(clock_ns)
            case Bend(speed=speed):
                self._transport.set_speed(speed, horizon_ns)
        if motion is not None and not isinstance(motion, Bend):
            self._next_mono_ns["transport"] = 0

    def _play(self) -> None:
        if self._transport.playing:
            return
        start_ns = self._soon_ns()
        self._begin_take(start_ns)
        self._transport.play(start_ns)
        self._scheduler.restart(start_ns)

    def _stop(self) -> None:
        now_ns = self._outlets.now_ns()
        self._transport.stop(now_ns)
        self._outlets.restart(full=False)
        self._scheduler.restart(now_ns)

    def _locate(self, at_ns: int) -> None:
        start_ns = self._soon_ns()
        self._transport.locate(max(0, at_ns), start_ns)
        self._begin_again(start_ns)

    def _loop(self, start_ns: int, end_ns: int) -> None:
        begin_ns = self._soon_ns()
        self._transport.set_loop(start_ns, end_ns, begin_ns)
        too_short = start_ns != end_ns and self._transport.loop is None
        self._warnings = (f"a loop of {(end_ns - start_ns) / 1e6:g} ms is too short",) if too_short else ()
        self._begin_again(begin_ns)

    def _begin_again(self, clock_ns: int) -> None:
        """While rolling, end what sounds at `clock_ns` and enter there what plays then."""
        if self._transport.playing:
            self._outlets.restart(full=True, at_ns=clock_ns)
        self._scheduler.restart(clock_ns)

    def _panic(self) -> None:
        self._outlets.restart(full=True)
        self._scheduler.restart(self._soon_ns(), with_held=False)

    def _take_over(self, message: say.TakeOver) -> None:
        """Stand in for a player that died: its notes end first, then playing goes on where it would be now."""
        if not self._is_open:
            self.open()
        self._outlets.restart(full=True)
        start_ns = self._soon_ns()
        if self._chase and message.playing:
            gone_ns = max(0, self._monotonic() - message.at_mono_ns)
            self._chase.adopt(message.at_ns + gone_ns, self._outlets.now_ns())
            return
        self._transport.locate(message.at_ns, start_ns)
        self._transport.set_loop(message.loop_start_ns, message.loop_end_ns, start_ns)
        if message.playing:
            self._begin_take(start_ns)
            self._transport.play(start_ns)
            delay_ns = start_ns - self._outlets.now_ns()
            gone_ns = self._monotonic() - message.at_mono_ns + delay_ns
            self._transport.locate(self._transport.position_at(start_ns + max(0, gone_ns)), start_ns)
        self._scheduler.restart(start_ns)

    def _soon_ns(self) -> int:
        """Return a time of the playing clock that every output can still meet."""
        return self._outlets.now_ns() + self._outlets.start_delay_ns

    def _report(self) -> None:
        """Say over OSC where we are, and look after connections."""
        now_ns = self._monotonic()
        if self._is_due("transport", now_ns, _TRANSPORT_EVERY_NS):
            at_ns = self._transport.position_at(self._outlets.now_ns())
            sheet = self._scheduler.sheet.sheet if self._scheduler.sheet else None
            bpm = self._scheduler.bpm_at(at_ns)
            self._outlets.say(transport_said(sheet, at_ns, bpm, playing=self._transport.playing))
            if not self._transport.playing:
                self._outlets.stand(at_ns)
        if self._is_due("heartbeat", now_ns, NS_PER_S):
            self._n_heartbeats += 1
            self._outlets.say(Said("/v2m/heartbeat", (self._n_heartbeats & 0x7FFFFFFF,)))
        if self._is_due("peers", now_ns, _PEERS_EVERY_NS):
            self._outlets.mind_peers()
            if self._chase:
                self._chase.mind_peers()

    def _is_due(self, what: str, now_ns: int, every_ns: int) -> bool:
        if now_ns < self._next_mono_ns[what]:
            return False
        self._next_mono_ns[what] = now_ns + every_ns
        return True
