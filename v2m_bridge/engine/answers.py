"""Answers to `/v2m/get/...`, made from a snapshot."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final

from pythonosc.osc_message_builder import OscMessageBuilder

from v2m_bridge import __version__
from v2m_bridge.core.harmony import parse_chord
from v2m_bridge.core.osc_check import OscArg, OscMessage
from v2m_bridge.core.osc_schema import OUT, PROTOCOL
from v2m_bridge.core.snapshot import Snapshot
from v2m_bridge.core.timebase import FrameTime, timecode
from v2m_bridge.errors import DirectionError

_GRACE_FRAMES: Final = Fraction(1, 1000)
"""Times of frames are whole nanoseconds, rounded down, and floats."""
_TYPES: Final = {address.path: address.types for address in OUT}


def osc_bytes(path: str, *args: OscArg) -> bytes:
    """Encode one message of the table `OUT`."""
    builder = OscMessageBuilder(address=path)
    for kind, value in zip(_TYPES[path], args, strict=True):
        builder.add_arg(value, kind)
    return bytes(builder.build().dgram)


def error_answer(address: str, sentence: str) -> bytes:
    """Encode what is sent back for a command that could not be followed."""
    return osc_bytes("/v2m/error", address[:100], sentence[:400])


def answers(message: OscMessage, snapshot: Snapshot) -> list[bytes]:
    """Return the datagrams that answer a get.

    Raises
    ------
    DirectionError
        When there is no such get, or it carries arguments.
    """
    make = _GETS.get(message.address)
    if make is None or message.args:
        raise DirectionError(f"there is no get {message.address[:60]} like that", hint="docs/protocol.md lists them.")
    return list(make(snapshot))


def position_s(snapshot: Snapshot) -> float:
    """Seconds of the edit where the transport stands now."""
    player = snapshot.player
    if player is None:
        return 0.0
    since_ns = time.monotonic_ns() - player.at_mono_ns if player.playing else 0
    return max(0.0, (player.at_ns + since_ns) / 1e9)


def _transport(snapshot: Snapshot) -> Iterator[bytes]:
    player, at_s = snapshot.player, position_s(snapshot)
    rate = Fraction(snapshot.rate)
    at = FrameTime(snapshot.start_frame + math.floor(Fraction(at_s) * rate + _GRACE_FRAMES), rate)
    label = timecode(at, drop_frame=snapshot.drop_frame)
    yield osc_bytes("/v2m/transport", int(bool(player and player.playing)), at_s, label, player.bpm if player else 0.0)


def _cues(snapshot: Snapshot) -> Iterator[bytes]:
    for cue in snapshot.cues:
        yield osc_bytes("/v2m/cue", cue.number, cue.number, cue.start_s, cue.end_s)


def _scenes(snapshot: Snapshot) -> Iterator[bytes]:
    for scene in snapshot.scenes:
        yield osc_bytes("/v2m/scene", scene.id, scene.start_s, scene.end_s, scene.name)
        yield osc_bytes("/v2m/emotion", scene.id, *scene.shares)


def _chords(snapshot: Snapshot) -> Iterator[bytes]:
    for cue in snapshot.cues:
        for shown in cue.chords:
            chord = parse_chord(shown.text)
            root, bass = chord.root, chord.bass_pitch_class
            yield osc_bytes(
                "/v2m/chord",
                shown.scene_id,
                shown.at_s,
                shown.duration_s,
                shown.text,
                -1 if root is None else root,
                -1 if bass is None else bass,
                "N" if root is None else chord.quality,
            )


def _status(snapshot: Snapshot) -> Iterator[bytes]:
    state = "busy" if snapshot.busy else ("ready" if snapshot.cues else "empty")
    n_staged = sum(cue.is_staged for cue in snapshot.cues)
    yield osc_bytes("/v2m/status", PROTOCOL, __version__, state, n_staged)


_GETS: Final[dict[str, Callable[[Snapshot], Iterator[bytes]]]] = {
    "/v2m/get/transport": _transport,
    "/v2m/get/cues": _cues,
    "/v2m/get/scenes": _scenes,
    "/v2m/get/chords": _chords,
    "/v2m/get/status": _status,
}
