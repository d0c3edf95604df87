"""Colour: one tone more than a triad has, where music is tense or calm and the style allows it.

The chord that is written stays; a voice that would double its root or fifth takes the colour instead.  Under tension it
is a tone of the scale that rubs: a second above the root below a minor third, a fourth above a major one.  Calm music
takes the ninth, where it is a whole tone.  Which chords are coloured is drawn from the seed, bar by bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from v2m_bridge.arrange.cue_model import rounded, tension_of
from v2m_bridge.arrange.draws import COLOURS, drawn
from v2m_bridge.arrange.ending import Ending
from v2m_bridge.arrange.melody import scale_of
from v2m_bridge.arrange.style_data import Style
from v2m_bridge.core.harmony import Chord, Key
from v2m_bridge.core.plan import CuePlan

_TRIAD = 3
_SECOND, _FOURTHS = 2, (5, 6)


def colours_of(
    plan: CuePlan, chords: Sequence[Chord | None], style: Style, strength: float, ending: Ending
) -> tuple[int | None, ...]:
    """Return the pitch class that each slot adds to its chord, (T,), None for none.

    Parameters
    ----------
    plan : CuePlan
        T slots with affect.
    chords : sequence of (Chord or None)
        (T,) as they sound; None is silence.
    style : Style
    strength : float
        Affect strength; 0 adds nothing.
    ending : Ending
        The last chord is never coloured.

    Returns
    -------
    (T,) one value for all slots of a chord in a bar.  Row t depends on its bar and on the draws of its chord only.
    """
    found: list[int | None] = [None] * len(plan.slots)
    if style.harmony.rub == 0 == style.harmony.ninth or strength == 0:
        return tuple(found)
    draws = drawn(plan, COLOURS, len(plan.slots), 2).tolist()
    shares = _shares(plan, style, min(1.0, strength))
    for (_, chord), group in groupby(range(len(chords)), key=lambda index: (plan.slots[index].bar, chords[index])):
        members = list(group)
        first = members[0]
        if chord is None or first >= ending.first_slot:
            continue
        (rub, ninth), (chance, which) = shares[first], draws[first]
        key = plan.key_at(first)
        options = rubbing(chord, key) if chance < rub else ninths(chord, key) if chance > 1 - ninth else ()
        if options:
            for index in members:
                found[index] = options[int(which * len(options))]
    return tuple(found)


def rubbing(chord: Chord, key: Key) -> tuple[int, ...]:
    """Return the seconds and fourths above the root of a triad that lie a semitone from one of its tones."""
    tones, scale = chord.pitch_classes, scale_of(key, chord)
    if chord.root is None or len(tones) != _TRIAD:
        return ()
    wanted = ((chord.root + step) % 12 for step in (_SECOND, *_FOURTHS))
    return tuple(pc for pc in wanted if pc in scale and pc not in tones and {(pc + 1) % 12, (pc - 1) % 12} & {*tones})


def ninths(chord: Chord, key: Key) -> tuple[int, ...]:
    """Return the major ninth of a triad, where it is in the scale."""
    if chord.root is None or len(chord.pitch_classes) != _TRIAD:
        return ()
    ninth = (chord.root + _SECOND) % 12
    return (ninth,) if ninth in scale_of(key, chord) and ninth not in chord.pitch_classes else ()


def _shares(plan: CuePlan, style: Style, strength: float) -> list[tuple[float, float]]:
    """Return the shares of rubbing and of calm chords at each slot, (T,), from the mean affect of its bar."""
    points = list(zip(rounded(plan.affect.valence), rounded(plan.affect.arousal), strict=True))
    found: list[tuple[float, float]] = []
    for _, group in groupby(range(len(points)), key=lambda index: plan.slots[index].bar):
        bar = [points[index] for index in group]
        tension = sum(tension_of(valence, arousal) for valence, arousal in bar) / len(bar)
        calm = max(0.0, -sum(arousal for _, arousal in bar) / len(bar))
        share = min(1.0, style.harmony.rub * strength * tension), min(1.0, style.harmony.ninth * strength * calm)
        found += [share] * len(bar)
    return found
