"""The player and its warm spare: when the player dies the spare ends its notes and goes on from where it was."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.shared_memory import SharedMemory
from typing import IO, Final

from v2m_bridge.core import playing
from v2m_bridge.engine.cue_stories import CueStories
from v2m_bridge.engine.inbox import Message, PlayerLost, PlayerSaid
from v2m_bridge.engine.player_process import SILENCE_LIMIT_S, PlayerProcess
from v2m_bridge.engine.transport_orders import TransportOrders

MAX_DEATHS: Final = 5
DEATHS_WITHIN_S: Final = 30.0
_PLAYING_LIMIT_S: Final = 0.25
"""Silence after which a player hangs that plays and whose outputs are open: it speaks ten times a second."""
_AFTER_MUSIC_S: Final = 1.0
"""A player that was just given music has to lay it out."""
_LOOK_EVERY_S: Final = 0.02
_HELD_UP_S: Final = 0.15
"""A guard that looks so long after it looked last was held up, and with it the thread that reads."""


class PlayerPair:
    """Keeps one player and one spare; both know the same music.  Thread: any may call; a lock serialises."""

    def __init__(
        self, sinks: Sequence[str], post: Callable[[Message], None], log: IO[bytes], *, sync: Sequence[str] = ()
    ) -> None:
        self._sync = tuple(sync)
        self._sinks, self._post, self._log = tuple(sinks), post, log
        self._lock = threading.RLock()
        self._table = SharedMemory(create=True, size=playing.NOTE_TABLE_BYTES)  # zeros
        self._edit: playing.LoadEdit | None = None
        self._stories = CueStories()
        self._active: PlayerProcess | None = None
        self._spare: PlayerProcess | None = None
        self._state: playing.PlayerState | None = None
        self._orders = TransportOrders()
        self._given_music_s = 0.0
        self._deaths: deque[float] = deque(maxlen=MAX_DEATHS)
        self._closing = False
        self._stop = threading.Event()
        self._guard = threading.Thread(target=self._guard_silence, name="player guard", daemon=True)

    def start(self) -> None:
        """Start the player and its spare."""
        with self._lock:
            self._active = self._fresh(spare=False)
            self._spare = self._fresh(spare=True)
        self._guard.start()

    def tell(self, message: playing.ToPlayer) -> None:
        """Send a message: music to both, the transport to the player alone."""
        with self._lock:
            if isinstance(message, playing.LoadEdit):
                self._edit = message
            both = self._stories.take(message) or isinstance(message, playing.LoadEdit)
            if both:
                self._given_music_s = time.monotonic()
            else:
                self._orders.give(message, time.monotonic_ns())
            for process in (self._active, self._spare if both else None):
                if process is not None:
                    process.tell(message)

    def close(self) -> None:
        """End every note and both processes; may be called twice."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            processes = [process for process in (self._active, self._spare) if process is not None]
        self._stop.set()
        for process in processes:
            process.tell(playing.Quit())
        for process in processes:
            if not process.wait(3.0):
                process.kill()
                process.wait(1.0)
            process.close()
        if self._guard.is_alive():
            self._guard.join(timeout=1)
        self._table.close()
        self._table.unlink()

    def _fresh(self, *, spare: bool) -> PlayerProcess:
        process = PlayerProcess(
            self._sinks,
            self._sync,
            spare=spare,
            note_table=self._table.name,
            log=self._log,
            heard=self._heard,
            gone=self._gone,
        )
        if self._edit is not None:
            process.tell(self._edit)
        for message in self._stories.all():
            process.tell(message)
        return process

    def _heard(self, process: PlayerProcess, state: playing.PlayerState) -> None:
        with self._lock:
            if process is not self._active:
                return
            self._state = state
        self._post(PlayerSaid(state))

    def _gone(self, process: PlayerProcess) -> None:
        with self._lock:
            if self._closing:
                return
            if process not in (self._spare, self._active):
                return
            self._deaths.append(time.monotonic())
            is_hopeless = len(self._deaths) == MAX_DEATHS and self._deaths[-1] - self._deaths[0] < DEATHS_WITHIN_S
            try:
                self._replace(process, may_start=not is_hopeless)
            except OSError as exc:
                self._post(PlayerLost(f"no player can be started: {exc.strerror or exc}; close other programs"))

    def _replace(self, process: PlayerProcess, *, may_start: bool) -> None:
        if process is self._spare:
            self._spare = None
        else:
            self._active, self._spare = self._spare, None
            if self._active is None and may_start:
                self._active = self._fresh(spare=True)
            if self._active is not None:
                self._take_over(self._active)
        if may_start:
            self._spare = self._fresh(spare=True)
        else:
            self._post(PlayerLost("the player ends again and again; run v2m doctor, then start the engine again"))

    def _take_over(self, process: PlayerProcess) -> None:
        state = self._state
        if state is None:
            process.tell(playing.TakeOver(False, 0, time.monotonic_ns(), 0, 0))
        else:
            process.tell(
                playing.TakeOver(state.playing, state.at_ns, state.at_mono_ns, state.loop_start_ns, state.loop_end_ns)
            )
        for order in self._orders.after(0 if state is None else state.at_mono_ns):
            process.tell(order)
        self._post(PlayerLost("the player ended unexpectedly; its spare has taken over"))

    def _guard_silence(self) -> None:
        """Kill a player that hangs; where we were stopped ourselves, what it said meanwhile is to be read first."""
        looked_s = time.monotonic()
        while not self._stop.wait(_LOOK_EVERY_S):
            before_s, looked_s = looked_s, time.monotonic()
            if looked_s - before_s > _HELD_UP_S:
                continue
            with self._lock:
                if self._active is not None and self._active.hangs(self._patience_s):
                    self._active.kill()

    @property
    def _patience_s(self) -> float:
        """How long the player may say nothing: notes that hang must end soon, but opening an output takes its time."""
        state, now_s = self._state, time.monotonic()
        has_just_begun = bool(self._deaths) and now_s - self._deaths[-1] < DEATHS_WITHIN_S
        is_busy = has_just_begun or now_s - self._given_music_s < _AFTER_MUSIC_S
        if state is None or not state.playing or is_busy or any(sink.error for sink in state.sinks):
            return SILENCE_LIMIT_S
        return _PLAYING_LIMIT_S
