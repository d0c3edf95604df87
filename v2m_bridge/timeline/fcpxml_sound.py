"""What is heard of FCPXML clips: roles, gains, and what is switched off."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final
from xml.etree.ElementTree import Element

from v2m_bridge.timeline.roles import role_of
from v2m_bridge.timeline.segments import Segment

_DECIBELS: Final = re.compile(r"\s*([+-]?(?:\d{1,4}(?:\.\d{0,20})?|inf))\s*(?:dB)?\s*", re.IGNORECASE)
_QUIETEST_DB: Final = -96.0
"""What Final Cut Pro writes for silence."""
_LOUDEST_DB: Final = 96.0


def is_on(element: Element) -> bool:
    """Whether an item, or a channel or role of it, is switched on."""
    words = (element.get(key, "1").strip().lower() for key in ("enabled", "active"))
    return not any(word in ("0", "false", "no") for word in words)


def gain_db(item: Element) -> float:
    """Return the gain of an item: that of its ``adjust-volume``, 0 where there is none."""
    volume = item.find("adjust-volume")
    match = None if volume is None else _DECIBELS.fullmatch(volume.get("amount", ""))
    if match is None:
        return 0.0
    gain = float(match[1])
    return min(max(gain, _QUIETEST_DB), _LOUDEST_DB) if math.isfinite(gain) else _QUIETEST_DB


def of_medium(item: Element, medium: Segment) -> list[Segment]:
    """Return the sounds of a clip of one medium: one for each role that its channels have.

    Roles of channels win over that of the clip.  A sound is off where the clip is, where its channels are, or where
    all of the clip is muted.
    """
    own = item.get("audioRole") or item.get("role") or ""
    channels: dict[str, tuple[bool, float]] = {}
    for channel in item.iterfind("audio-channel-source"):
        role = channel.get("role") or own
        was_on, gain = channels.get(role, (False, gain_db(channel)))
        channels[role] = was_on or is_on(channel), gain
    whole_on, whole_gain = is_on(item) and not _muted(item), gain_db(item)
    return [
        replace(
            medium,
            role=role_of(role),
            track=role.strip()[:80],
            enabled=whole_on and on,
            gain_db=whole_gain + gain,
        )
        for role, (on, gain) in (channels or {own: (True, 0.0)}).items()
    ]


def of_container(item: Element, sounds: Iterable[Segment]) -> Iterator[Segment]:
    """Yield the sounds inside a clip as its own role, gain and switches leave them.

    Roles of a compound, multicam or synchronised clip can be switched off one by one.
    """
    holders = (item, *item.iterfind("sync-source"), *item.iterfind("mc-source"))
    sources = [source for holder in holders for source in holder.iterfind("audio-role-source")]
    silent = {_full(source.get("role", "")) for source in sources if not is_on(source)}
    channels = item.findall("audio-channel-source")
    given = item.get("audioRole") or next((role for channel in channels if (role := channel.get("role"))), "")
    whole_on = is_on(item) and not _muted(item) and (not channels or any(is_on(channel) for channel in channels))
    whole_gain = gain_db(item)
    for sound in sounds:
        on = whole_on and sound.enabled and not (silent and _full(sound.track) in silent)
        if given and not sound.track:
            sound = replace(sound, role=role_of(given), track=given.strip()[:80])
        yield replace(sound, enabled=on, gain_db=sound.gain_db + whole_gain)


def _full(role: str) -> str:
    """Return a role with its subrole: ``dialogue`` is short for ``dialogue.dialogue-1``."""
    main, _, sub = role.strip().lower().partition(".")
    return f"{main}.{sub or f'{main}-1'}"


def _muted(item: Element) -> bool:
    """Whether all of an item is muted, not just a stretch of it."""
    return any("start" not in mute.attrib and "duration" not in mute.attrib for mute in item.iterfind("mute"))
