"""Entry module of the player process: ``python -m v2m_bridge.player``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import Final

from v2m_bridge.core.playing import TABLE_VARIABLE, Quit
from v2m_bridge.core.sync_choice import DEFAULT_FREEWHEEL_FRAMES, INTERNAL, parse_sync
from v2m_bridge.errors import V2MError
from v2m_bridge.player.link import Link, link_to_parent
from v2m_bridge.player.outlets import Outlets
from v2m_bridge.player.player import Player
from v2m_bridge.player.realtime import raise_priority, settle_memory
from v2m_bridge.player.sinks import parse_sink, preload
from v2m_bridge.player.sounding import NoteTables
from v2m_bridge.player.sync.chase import Chase, source_maker

DEFAULT_SINKS: Final = ("midi:v2m_bridge Out", "osc:127.0.0.1:9124")
_TICK_S: Final = 0.01
_STATE_EVERY_S: Final = 0.1
_PRIORITY: Final = 2


def run(player: Player, link: Link) -> None:
    """Follow the parent until it says so or goes away.  Thread: scheduler."""
    next_state_s = next_tick_s = 0.0
    while player.running:
        message = link.next(max(0.0, next_tick_s - time.monotonic()))
        if message is not None:
            player.follow(message)
        now_s = time.monotonic()
        if player.running and now_s >= next_tick_s:
            player.tick()
            next_tick_s = now_s + _TICK_S
        if message is not None or now_s >= next_state_s:
            link.post(player.state())
            next_state_s = now_s + _STATE_EVERY_S


def main(arguments: Sequence[str] | None = None) -> int:
    """Play as a child of the engine, or list the ports of this machine."""
    options = _options(arguments)
    if options.list_ports:
        from v2m_bridge.player.ports import list_ports

        sys.stdout.write(json.dumps(list_ports(), indent=1) + "\n")
        return 0
    try:
        wanted = [parse_sink(text) for text in options.sink or DEFAULT_SINKS]
        preload(each.kind for each in wanted)
        with NoteTables(os.environ.get(TABLE_VARIABLE, "")) as tables:
            chase = _chase(options, tables)
            _play(Player(Outlets(wanted, tables), chase=chase), link_to_parent(), is_spare=options.spare)
    except V2MError as exc:
        sys.stderr.write(exc.sentence() + "\n")
        return 2
    return 0


def _play(player: Player, link: Link, *, is_spare: bool) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: link.put(Quit()))
    settle_memory()
    raise_priority(_PRIORITY)
    if not is_spare:
        player.open()
    try:
        run(player, link)
    finally:
        player.quit()


def _chase(options: argparse.Namespace, tables: NoteTables) -> Chase | None:
    choice = parse_sync(options.sync)
    if choice is None:
        return None
    maker = source_maker(choice, options.sync_port, tables.source)
    return Chase(str(choice), maker, start=options.sync_start, freewheel_frames=options.sync_freewheel)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m v2m_bridge.player", description="Plays programmes into ports.")
    parser.add_argument("--list-ports", action="store_true", help="say as JSON which MIDI systems and ports there are")
    parser.add_argument("--spare", action="store_true", help="wait, with no port open, to take over")
    parser.add_argument("--sink", action="append", metavar="KIND:NAME", help=f"default {' and '.join(DEFAULT_SINKS)}")
    parser.add_argument("--sync", default=INTERNAL, help="mtc, clock, jack, link or osc:FLAVOUR; internal by default")
    parser.add_argument("--sync-port", type=int, default=0, help="UDP port that hears osc")
    parser.add_argument("--sync-start", default="", help="timecode of the source at the first frame of the edit")
    parser.add_argument("--sync-freewheel", type=int, default=DEFAULT_FREEWHEEL_FRAMES, help="frames")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
