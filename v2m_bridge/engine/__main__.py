"""Entry module of the engine process: ``python -m v2m_bridge.engine --session DIR``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from v2m_bridge.core.commands import Follow, OpenTimeline
from v2m_bridge.core.conversation import Endpoint
from v2m_bridge.core.playing import ToPlayer
from v2m_bridge.core.work import ComposeRequest, Means, ThumbnailsRequest
from v2m_bridge.engine.clients import ClientDoor
from v2m_bridge.engine.control import Control
from v2m_bridge.engine.engine import Engine
from v2m_bridge.engine.inbox import Asked, End, FileChanged, Message
from v2m_bridge.engine.lease import SessionLease
from v2m_bridge.engine.players import PlayerPair
from v2m_bridge.engine.session import Session
from v2m_bridge.engine.watcher import Watcher
from v2m_bridge.engine.work_desk import WorkDesk, read_edit
from v2m_bridge.errors import SettingsError, V2MError
from v2m_bridge.settings import Settings, load_settings


class Rooms:
    """What the engine hands work to: the work desk, the player pair and the watcher."""

    def __init__(self, desk: WorkDesk, players: PlayerPair) -> None:
        self._desk, self._players = desk, players
        self._watcher: Watcher | None = None
        self._engine: Engine | None = None

    def serve(self, engine: Engine) -> None:
        """Name the engine that is served."""
        self._engine = engine

    def read(self, token: int, path: Path) -> None:
        """Have the edit read."""
        read_edit(token, path, self._post)

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

    def _post(self, message: Message) -> None:
        if self._engine is not None:
            self._engine.post(message)


class _Inbox:
    """Stands in for the engine's inbox while its parts are being made."""

    def __init__(self) -> None:
        self.engine: Engine | None = None

    def post(self, message: Message) -> None:
        if self.engine is not None:
            self.engine.post(message)


def run(options: argparse.Namespace, settings: Settings) -> None:
    """Hold the session folder and serve until told to end."""
    folder = Path(options.session).absolute()
    with ExitStack() as stack:
        lease = SessionLease(folder)
        stack.callback(lease.close)
        inbox = _Inbox()
        log = stack.enter_context((folder / "children.log").open("ab"))
        sinks = [f"midi:{name}" for name in options.midi_port] + [f"osc:{where}" for where in options.osc_out]
        session = Session(folder)
        stack.callback(session.close)
        door = ClientDoor(inbox.post)
        stack.callback(door.close)
        host, _, port = options.osc_in.rpartition(":")
        control = Control(
            host or "127.0.0.1",
            _port(port),
            post=lambda command: inbox.post(Asked(command, lambda _: None)),
            latest=door.latest,
            allow=options.osc_allow,
        )
        stack.callback(control.close)
        players = PlayerPair(sinks, inbox.post, log)
        stack.callback(players.close)
        desk = WorkDesk(inbox.post)
        stack.callback(desk.close)
        rooms = Rooms(desk, players)
        stack.callback(rooms.close)
        means = Means(
            cache_dir=settings.cache_dir, vision=settings.vision, weights=settings.weights, threads=settings.threads
        )
        engine = Engine(session, rooms, means, door.push, osc_in=control.address, osc_out=tuple(options.osc_out))
        inbox.engine = engine
        rooms.serve(engine)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: engine.post(End()))
        players.start()
        desk.start()
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
            )
        )
        if options.follow:
            engine.post(Asked(Follow(True), lambda _: None))
        if options.open:
            engine.post(Asked(OpenTimeline(str(Path(options.open).absolute())), lambda _: None))
        engine.run()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the engine; a `V2MError` is one sentence on stderr and exit code 2."""
    try:
        run(_options(arguments), load_settings())
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
    options = parser.parse_args(arguments)
    options.midi_port = options.midi_port or ["v2m_bridge Out"]
    options.osc_out = options.osc_out or ["127.0.0.1:9124"]
    return options


def _port(text: str) -> int:
    with suppress(ValueError):
        if 0 <= (port := int(text)) <= 65535:
            return port
    raise SettingsError(f"{text[:20]!r} is not a port", hint="Write --osc-in 9123 or 127.0.0.1:9123.")


if __name__ == "__main__":
    sys.exit(main())
