"""How cues stand with the DAW: what is kept of it, and what a player that starts is told."""

from __future__ import annotations

from collections.abc import Iterator

from v2m_bridge.core import commands as do
from v2m_bridge.core.playing import SetCueStand
from v2m_bridge.core.score import Score
from v2m_bridge.engine.session import Session, Stood

Load = tuple[Score, list[str]]
"""A score, and the numbers of those of its cues that are loaded."""


def stood(session: Session, cue: str, stand: str) -> Stood | None:
    """Return the record that a cue that plays stands so from here on; None where it does already."""
    history = session.history
    if (history.stands[cue].stand if cue in history.stands else do.LIVE) == stand:
        return None
    music = history.live[cue]
    plays = session.score(history.live_head, {cue: music})
    if plays is None:
        return Stood(cue, stand, history.live_head, music)
    return Stood(cue, stand, history.live_head, music, plays.cues[0].in_frame, plays.rate)


def as_they_stood(session: Session, live: Score) -> Iterator[Load | SetCueStand]:
    """Yield what leads to where the last player was: of a held cue first what it played when it was held."""
    stands = session.history.stands
    newest, told = [cue.number for cue in live.cues], set()
    for cue, record in stands.items():
        held = session.score(record.head, {cue: record.music}) if record.stand == do.HELD else None
        if held is not None:
            yield held, [cue]
            yield SetCueStand(cue, record.stand)
            told.add(cue)
            if session.history.live.get(cue) == record.music:
                newest.remove(cue)
    yield live, newest
    for cue in stands.keys() - told:
        yield SetCueStand(cue, stands[cue].stand)
