"""Writes docs/protocol.md from the OSC table: ``python -m tests.golden.protocol_page``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from v2m_bridge.core.osc_check import MAX_BUNDLE_DEPTH, MAX_DATAGRAM_BYTES, MAX_MESSAGES
from v2m_bridge.core.osc_schema import DO, GET, OUT, PROTOCOL, SYNC, Address

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "protocol.md"
_KINDS: Final = {"i": "int32", "f": "float32", "s": "text", "b": "blob"}


def protocol_page() -> str:
    """Return the page."""
    return f"""# OSC protocol {PROTOCOL}

Made from `v2m_bridge/core/osc_schema.py` by `python -m tests.golden.protocol_page`; a test compares them.

Times are seconds from the first frame of the edit. Types are `i` (32-bit integer), `f` (32-bit float) and `s` (text).
A bundle holds what belongs to one musical event; its time tag is exact and lies a little ahead. Hosts that ignore time
tags find the time in the arguments too.

## What the bridge sends (by default to 127.0.0.1:9124)

{_table(OUT)}

## What it follows (by default on 127.0.0.1:9123)

{_table(DO)}

A command that cannot be followed, because of its text or because there is no such cue, scene, style or file, changes
nothing and is answered with `/v2m/error` to the sender's port.

## What it answers

{_table(GET)}

Answers go to the port that asked.

## What it hears with `--sync osc:plugin` (by default on 127.0.0.1:9125)

{_table(SYNC)}

## How it is found

`v2m run --osc-in 0.0.0.0:9123 --announce` announces the port in the local network as `_osc._udp.local.`, under the name
``v2m_bridge on HOST``, with `version` and `protocol` in its TXT record. Without `--announce` nothing is announced, and
a port on loopback, which no other machine reaches, is refused. `--osc-allow 192.168.1.20` (an IP address; may
be repeated) says who may command; without it everybody who reaches the port may.

## What is not served

Datagrams over {MAX_DATAGRAM_BYTES} bytes or with more than {MAX_MESSAGES} messages; bundles nested deeper than
{MAX_BUNDLE_DEPTH}; element sizes that are not positive multiples of four; addresses with wildcards; types other than
i, f, s and b; numbers that are not finite; text that is not UTF-8. They are counted and dropped, whole. Of one sender
(address and port) 2,000 datagrams a second are served; another sender is not slowed by that.
"""


def _table(rows: Iterable[Address]) -> str:
    lines = ["| address | types | arguments | meaning |", "|---|---|---|---|"]
    for row in rows:
        named = (f"{name} ({_KINDS[kind]})" for name, kind in zip(row.arguments, row.types, strict=True))
        lines.append(f"| `{row.path}` | `{row.types or '-'}` | {', '.join(named) or '-'} | {row.meaning} |")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(protocol_page(), encoding="utf-8")
