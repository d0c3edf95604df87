"""The sheet that every player of a cue reads from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from v2m_bridge.arrange.breaths import breaths_of
from v2m_bridge.arrange.colour import colours_of
from v2m_bridge.arrange.cue_model import Cues, read_cues
from v2m_bridge.arrange.devices import pedal_slots
from v2m_bridge.arrange.ending import Ending, ending_of
from v2m_bridge.arrange.entry import Entry, entry_of
from v2m_bridge.arrange.hits import SlotHits, hits_by_slot
from v2m_bridge.arrange.performance import Performance, perform
from v2m_bridge.arrange.style_data import Style
from v2m_bridge.arrange.texture import Texture, affect_strength, read_texture
from v2m_bridge.arrange.variety import Variety, new_places, read_variety
from v2m_bridge.arrange.voicing import Voicing, bass_line, fifth_above, undoubled, voice_chords
from v2m_bridge.core.dynamics import Dynamics
from v2m_bridge.core.harmony import Chord
from v2m_bridge.core.plan import CuePlan


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A cue with everything decided but the notes; rows are slots."""

    plan: CuePlan
    style: Style
    ending: Ending
    entry: Entry
    texture: Texture
    cues: Cues
    variety: Variety
    performance: Performance
    breaths: tuple[int | None, ...]
    """(T,) tick from which the bar of a slot is silent, None where it is not."""
    hits: tuple[SlotHits, ...]
    voicings: tuple[Voicing | None, ...]
    """(T,) upper voices, None in silence."""
    pedals: frozenset[int]
    """Slots in which the bass stands still."""
    basses: tuple[int | None, ...]
    """(T,) bass, None in silence."""

    def slot_at(self, tick: int) -> int:
        """Return the slot that a tick lies in."""
        return bisect_right(self.plan.slots, tick, key=lambda slot: slot.onset_tick) - 1

    def breath(self, part_index: int, slot: int) -> int:
        """Return the tick from which a part is silent in the bar of a slot; the end of the cue where it is not."""
        tick = self.breaths[slot]
        return tick if tick is not None and self.style.parts[part_index].breathes else self.plan.end_tick

    def tones(self, part_index: int, slot: int) -> Voicing:
        """Return what a part may play in a slot, from the lowest up; empty where it rests."""
        part = self.style.parts[part_index]
        voicing, bass, chord = self.voicings[slot], self.basses[slot], self.texture.chords[slot]
        if voicing is None or bass is None or chord is None or not self.texture.entered[slot][part_index]:
            return ()
        fifth = bass if slot in self.pedals else fifth_above(chord, bass, self.style.bass)
        tones = {
            "upper": voicing,
            "full": (bass, *voicing),
            "bass": (bass, fifth),
            "pad": undoubled(voicing),
            "melody": undoubled(voicing)[::-1],
            "drums": part.kit,
        }[part.tones]
        return tuple(tone + part.transpose for tone in tones)


def read_sheet(plan: CuePlan, chords: Sequence[Chord], dynamics: Dynamics, style: Style) -> Sheet:
    """Decide texture, performance, voicing and bass of a cue."""
    ending, entry = ending_of(plan), entry_of(plan, style)
    strength = affect_strength(plan, style)
    cues = read_cues(plan, style.cues, strength, style.velocity.arousal)
    texture = read_texture(plan, chords, dynamics, style, cues, ending)
    basses = bass_line(texture.chords, style.bass)
    colours = colours_of(plan, texture.chords, style, strength, ending)
    return Sheet(
        plan=plan,
        style=style,
        ending=ending,
        entry=entry,
        texture=texture,
        cues=cues,
        variety=read_variety(plan, style, strength),
        performance=perform(plan, dynamics, style, cues, (entry, ending)),
        breaths=breaths_of(plan, style, ending),
        hits=hits_by_slot(plan),
        voicings=voice_chords(texture.chords, texture.centres, style.voicing, basses, new_places(plan, style), colours),
        pedals=pedal_slots(plan, style),
        basses=basses,
    )
