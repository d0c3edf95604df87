"""Entry module of the engine process: ``python -m v2m_bridge.engine --session DIR``."""

from __future__ import annotations

import argparse
import os
import queue
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from v2m_bridge.core.commands import Follow, OpenTimeline
from v2m_bridge.core.conversation import SESSION_HELD, Endpoint
from v2m_bridge.core.guide import GuideMovie
from v2m_bridge.core.output_shift import split_shift
from v2m_bridge.core.playing import MAX_SINKS, ToPlayer
from v2m_bridge.core.rate_text import rate_of
from v2m_bridge.core.routing import Routing
from v2m_bridge.core.routing_text import load_routing
from v2m_bridge.core.sync_choice import (
    DEFAULT_FREEWHEEL_FRAMES,
    INTERNAL,
    SYNC_OUT_SINKS,
    check_freewheel,
    check_leading,
    parse_sync,
)
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.work import ComposeRequest, Means, ThumbnailsRequest
from v2m_bridge.engine.announce import Announcement
from v2m_bridge.engine.clients import ClientDoor
from v2m_bridge.engine.control import Control
from v2m_bridge.engine.daw_imports import DawImports
from v2m_bridge.engine.engine import Engine
from v2m_bridge.engine.inbox import Asked, End, FileChanged, Message
from v2m_bridge.engine.lease import SessionHeldError, SessionLease
from v2m_bridge.engine.players import PlayerPair
from v2m_bridge.engine.reading_desk import ReadingDesk
from v2m_bridge.engine.session import Session
from v2m_bridge.engine.watcher import Watcher
from v2m_bridge.engine.work_desk import WorkDesk
from v2m_bridge.errors import SettingsError, V2MError
from v2m_bridge.settings import Settings, load_settings, parts_path


class Rooms:
    """What the engine hands work to: the desks, the player pair and the watcher."""

    def __init__(
        self, reading: ReadingDesk, desk: WorkDesk, players: PlayerPair, post: Callable[[Message], None]
    ) -> None:
        self._reading, self._desk, self._players, self._post = reading, desk, players, post
        self._watcher: Watcher | None = None

    def read(self, token: int, path: Path, previous: Timeline | None) -> None:
        """Have the edit read, and the scenes of its earlier revision found in it."""
        self._reading.read(token, path, previous)

    def compose(self, token: int, request: ComposeRequest) -> None:
        """Have an edit composed."""
        self._desk.compose(token, request)

    def thumbnails(self, request: ThumbnailsRequest) -> None:
        """Have small pictures written."""
        self._desk.thumbnails(request)

    def watch(self, path: Path) -> None:
        """Watch this path instead of the one before."""
        self.close()
        self._watcher = Watcher(path, lambda: self._post(FileChanged()))
        self._watcher.start()

    def play(self, message: ToPlayer) -> None:
        """Tell the player and its spare."""
        self._players.tell(message)

    def close(self) -> None:
        """Stop watching; may be called twice."""
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None


def run(options: argparse.Namespace, settings: Settings) -> None:
    """Hold the session folder and serve until told to end."""
    folder = Path(options.session).absolute()
    inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: inbox.put(End()))
    with ExitStack() as stack:
        lease = SessionLease(folder)
        stack.callback(lease.close)
        session, log = _opened(folder, stack)
        means = _means(settings, options.parts)
        door = ClientDoor(inbox.put)
        stack.callback(door.close)
        host, _, port = options.osc_in.rpartition(":")
        control = Control(
            host or "127.0.0.1",
            _port(port),
            post=lambda command, answer: inbox.put(Asked(command, answer)),
            latest=door.latest,
            allow=options.osc_allow,
        )
        stack.callback(control.close)
        if options.announce == "yes":
            stack.callback(Announcement(control.address).close)
        players = PlayerPair(_sinks(options, means.routing), inbox.put, log, sync=_sync_options(options))
        reading = ReadingDesk(inbox.put, options.media, options.rate)
        stack.callback(reading.close)
        desk = WorkDesk(inbox.put, guide=GuideMovie(options.guide, options.guide_start) if options.guide else None)
        stack.callback(desk.close)
        rooms = Rooms(reading, desk, players, inbox.put)
        stack.callback(rooms.close)
        engine = Engine(
            session, rooms, means, door.push, inbox=inbox, osc_in=control.address, osc_out=tuple(options.osc_out)
        )
        imports = DawImports(folder / "score", inbox.put)
        stack.callback(imports.close)
        stack.callback(players.close)  # the first to end: whatever else hangs, the music does not play on
        players.start()
        desk.start()
        imports.start()
        control.start()
        door.start()
        lease.publish(
            Endpoint(
                address=door.address,
                authkey=door.authkey.hex(),
                pid=os.getpid(),
                osc_in=control.address,
                osc_out=tuple(options.osc_out),
                midi_ports=tuple(options.midi_port),
                sync=options.sync,
            )
        )
        if options.follow:
            engine.post(Asked(Follow(True), lambda _: None))
        if options.open:
            engine.post(Asked(OpenTimeline(str(Path(options.open).absolute())), lambda _: None))
        engine.run()


def _means(settings: Settings, parts: str) -> Means:
    """Join the settings with the parts file that was named, else the user's own where there is one."""
    return Means(
        cache_dir=settings.cache_dir,
        vision=settings.vision,
        weights=settings.weights,
        threads=settings.threads,
        precision=settings.precision,
        routing=load_routing(Path(parts)) if parts else load_routing(parts_path(), must_exist=False),
    )


def _sinks(options: argparse.Namespace, routing: Routing) -> list[str]:
    """Return the outputs of the player: the ports of every part, OSC, and ports that parts have of their own."""
    sinks = [f"midi:{name}" for name in options.midi_port] + [_osc_sink(where) for where in options.osc_out]
    sinks += [SYNC_OUT_SINKS[kind] for kind in dict.fromkeys(options.sync_out)]
    sinks += [f"parts:{name}" for name in routing.ports if name not in options.midi_port]
    if len(sinks) > MAX_SINKS:
        raise SettingsError(
            f"{len(sinks)} outputs are more than {MAX_SINKS}",
            hint="Leave out some of --midi-port, --osc-out, --sync-out, or ports of the parts file.",
        )
    return sinks


def _osc_sink(where: str) -> str:
    """Return an OSC output: ``HOST:PORT``, or ``due:HOST:PORT`` for hosts that ignore time tags."""
    return where if where.startswith("due:") else f"osc:{where}"


def _opened(folder: Path, stack: ExitStack) -> tuple[Session, IO[bytes]]:
    """Open a session folder, and the log of its children."""
    try:
        log = stack.enter_context((folder / "children.log").open("ab"))
        session = Session(folder)
    except OSError as exc:
        raise SettingsError(
            f"cannot use the session folder {folder}: {exc}", hint="Choose another folder with --session."
        ) from exc
    stack.callback(session.close)
    return session, log


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the engine; a `V2MError` is one sentence on stderr and exit code 2, or 3 where another has the session."""
    try:
        run(_options(arguments), load_settings())
    except SessionHeldError as exc:
        sys.stderr.write(exc.sentence() + "\n")
        return SESSION_HELD
    except V2MError as exc:
        sys.stderr.write(exc.sentence() + "\n")
        return 2
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m v2m_bridge.engine")
    parser.add_argument("--session", required=True)
    parser.add_argument("--open", default="")
    parser.add_argument("--follow", action="store_true")
    parser.add_argument("--midi-port", action="append", default=[])
    parser.add_argument("--osc-out", action="append", default=[])
    parser.add_argument("--osc-in", default="127.0.0.1:9123")
    parser.add_argument("--osc-allow", action="append", default=[])
    parser.add_argument("--announce", choices=("yes", "no"), default="no")
    parser.add_argument("--media", action="append", default=[])
    parser.add_argument("--rate", default="")
    parser.add_argument("--parts", default="")
    parser.add_argument("--guide", default="")
    parser.add_argument("--guide-start", default="")
    parser.add_argument("--sync", default=INTERNAL)
    parser.add_argument("--sync-out", action="append", default=[])
    parser.add_argument("--sync-port", type=int, default=0)
    parser.add_argument("--sync-start", default="")
    parser.add_argument("--sync-freewheel", type=int, default=DEFAULT_FREEWHEEL_FRAMES)
    options = parser.parse_args(arguments)
    sync = parse_sync(options.sync)
    check_leading(sync, options.sync_out)
    options.sync = str(sync or INTERNAL)
    options.rate = rate_of(options.rate)
    check_freewheel(options.sync_freewheel)
    options.midi_port = options.midi_port or ["v2m_bridge Out"]
    options.osc_out = options.osc_out or ["127.0.0.1:9124"]
    for name in options.midi_port:
        split_shift(name)
    for where in options.osc_out:
        host, _, port = split_shift(where)[0].rpartition(":")
        _port(port if host else where + ":", "--osc-out 127.0.0.1:9124")
    return options


def _sync_options(options: argparse.Namespace) -> list[str]:
    """Return the words that tell a player what leads it."""
    if options.sync == INTERNAL:
        return []
    words = ["--sync", options.sync, "--sync-port", str(options.sync_port)]
    words += ["--sync-freewheel", str(options.sync_freewheel)]
    return [*words, "--sync-start", options.sync_start] if options.sync_start else words


def _port(text: str, example: str = "--osc-in 9123 or 127.0.0.1:9123") -> int:
    with suppress(ValueError):
        if 0 <= (port := int(text)) <= 65535:
            return port
    raise SettingsError(f"{text[:20]!r} is not a port", hint=f"Write {example}.")


if __name__ == "__main__":
    sys.exit(main())
