"""Arranging a cue: chords, dynamics and affect in, parts out.

The arrangement is pure and reads from left to right.  A note depends on its own bar and earlier ones, on the hits of
its bar, and on where the cue ends; no note crosses a bar line but the last chord.  So passages of whole bars can be
taken from two arrangements and joined, see `v2m_bridge.arrange.splice`.
"""

from __future__ import annotations

from collections.abc import Sequence

from v2m_bridge.arrange.controllers import controls
from v2m_bridge.arrange.players import play
from v2m_bridge.arrange.sheet import read_sheet
from v2m_bridge.arrange.styles import style_of
from v2m_bridge.arrange.theme_part import with_theme_part
from v2m_bridge.core.dynamics import Dynamics
from v2m_bridge.core.harmony import Chord
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.score import Part


def arrange(plan: CuePlan, chords: Sequence[Chord], dynamics: Dynamics) -> tuple[Part, ...]:
    """Arrange a cue in the style that its wishes name.

    Parameters
    ----------
    plan : CuePlan
        T slots with affect, hits and wishes.
    chords : sequence of Chord
        (T,) as they sound, in the key of the cue; N is silence.
    dynamics : Dynamics
        T rows: density picks the figures, loudness the velocities.

    Returns
    -------
    tuple of Part
        Every part of the style in its order, also one that rests throughout; notes in order of onset and pitch.

    Raises
    ------
    DirectionError
        When there is no style of that name.
    ValueError
        When chords or dynamics do not have a row for each slot.
    """
    if len(chords) != len(plan.slots) or len(dynamics) != len(plan.slots):
        raise ValueError(f"{len(chords)} chords and {len(dynamics)} rows of dynamics for {len(plan.slots)} slots")
    sheet = read_sheet(plan, chords, dynamics, with_theme_part(style_of(plan.wishes), plan.wishes))
    return tuple(
        Part(part.name, part.channel, part.program, play(index, sheet), controls(index, sheet))
        for index, part in enumerate(sheet.style.parts)
    )
