"""Outputs: one module for each kind, found by name so that only the libraries of the chosen ones are loaded."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterable
from typing import Final, NamedTuple, cast

from v2m_bridge.core.output_shift import split_shift
from v2m_bridge.errors import OutputError
from v2m_bridge.player.sinks.base import Sink
from v2m_bridge.player.sounding import NoteTable

_HOMES: Final = {
    "jack": ("v2m_bridge.player.sinks.jack_sink", "JackSink"),
    "rtmidi": ("v2m_bridge.player.sinks.rtmidi_sink", "RtmidiSink"),
    "osc": ("v2m_bridge.player.sinks.osc_sink", "OscSink"),
    "due": ("v2m_bridge.player.sinks.due_osc_sink", "DueOscSink"),
    "transport": ("v2m_bridge.player.sinks.transport_sink", "TransportSink"),
    "link": ("v2m_bridge.player.sinks.link_sink", "LinkSink"),
}
_LIBRARIES: Final = {
    "jack": "jack",
    "rtmidi": "rtmidi",
    "osc": "pythonosc.osc_message_builder",
    "due": "pythonosc.osc_message_builder",
    "transport": "jack",
    "link": "link",
}
AUTO: Final = "midi"
LEADING: Final = ("mtc", "clock")
PARTS: Final = "parts"
"""A MIDI port, found like those of the kind ``midi``, that only the parts are sent to that name it."""
ON_JACK: Final = {AUTO: "jack", **{kind: f"jack {kind}" for kind in LEADING}}
"""What is asked for in place of a kind whose port JACK had: a port that waits for its server and takes no other."""
KINDS: Final = (AUTO, PARTS, *_HOMES, *LEADING)


class Wanted(NamedTuple):
    """An output that is wanted."""

    kind: str
    name: str
    shift_ns: int = 0
    """How much later than its time everything leaves; below nought is earlier."""


def parse_sink(text: str) -> Wanted:
    """Read ``KIND:NAME``: ``midi:v2m_bridge Out``, ``parts:...``, ``jack:...``, ``rtmidi:...`` or ``osc:HOST:PORT``.

    ``due:HOST:PORT`` is OSC that leaves when it is due.  ``mtc:...`` and ``clock:...`` are MIDI ports that lead other
    programs; ``transport:...`` leads JACK transport, and ``link:...`` an Ableton Link session.  A name may end in
    ``@-12ms`` or ``@+30ms``: everything leaves so much earlier or later.

    Raises
    ------
    OutputError
        When the kind is unknown, the name is empty, or the shift is more than the lookahead allows.
    """
    kind, _, name = text.partition(":")
    name, shift_ns = split_shift(name) if kind != PARTS else (name, 0)  # a part has a delay of its own
    if kind not in KINDS or not name.strip():
        raise OutputError(f"{text!r} is not an output", hint=f"Write KIND:NAME with a kind of {', '.join(KINDS)}.")
    return Wanted(kind, name.strip(), shift_ns)


def make_sink(kind: str, name: str, table: NoteTable) -> Sink:
    """Make a sink, not open yet; what `ON_JACK` names is JACK where its server runs, else what rtmidi finds.

    Parameters
    ----------
    kind : str
        One of `KINDS` but ``parts``, or a value of `ON_JACK`.
    name : str
        Of the port, or HOST:PORT.
    table : NoteTable
        What outlives the player of it.

    Raises
    ------
    OutputError
        When the library of that kind is not installed, or the name is none.
    """
    system, _, leads = kind.rpartition(" ")
    if leads in LEADING:
        leading = importlib.import_module("v2m_bridge.player.sinks.sync_sink")
        return cast(Sink, leading.sync_sink(leads, system or _resolve(AUTO), name, table))
    module, attribute = _HOMES[_resolve(kind)]
    factory = getattr(importlib.import_module(module), attribute)
    return cast(Sink, factory(name, table))


def preload(kinds: Iterable[str]) -> None:
    """Import what the sinks of these kinds need, so that opening them later is quick; what is absent is told then."""
    for kind in dict.fromkeys(kinds):
        for name in ("jack", "rtmidi") if kind in (AUTO, PARTS, *LEADING) else (kind,):
            importlib.import_module(_HOMES[name][0])
            with contextlib.suppress(ImportError, OSError):
                importlib.import_module(_LIBRARIES[name])


def _resolve(kind: str) -> str:
    if kind != AUTO:
        return kind
    ports = importlib.import_module("v2m_bridge.player.ports")
    return "jack" if ports.is_jack_running() else "rtmidi"
