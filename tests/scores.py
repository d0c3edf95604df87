"""Small scores for tests, built from the values that composing would build."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from v2m_bridge.core.score import (
    ControlChange,
    CueMusic,
    Note,
    Part,
    Score,
    ScoredHit,
    ScoredMarker,
    ScoredScene,
    ScoredSlot,
)
from v2m_bridge.core.slots import slots_of
from v2m_bridge.core.timebase import NS_PER_S, TempoMap, parse_timecode

CHORDS = (("Am", (57, 60, 64)), ("F", (53, 57, 60)), ("C", (52, 55, 60)), ("G", (50, 55, 59)))


def make_parts(tempo: TempoMap, end_tick: int) -> tuple[Part, ...]:
    """Return chords and a bass that strike on every slot and sound until the next."""
    chords: list[Note] = []
    bass: list[Note] = []
    for index, slot in enumerate(slots_of(tempo, end_tick)):
        pitches = CHORDS[index % len(CHORDS)][1]
        chords += [Note(slot.onset_tick, slot.length_ticks, pitch, 80) for pitch in pitches]
        bass.append(Note(slot.onset_tick, slot.length_ticks, pitches[0] - 12, 90))
    return (
        Part("chords", 1, 0, tuple(chords), (ControlChange(0, 11, 100),)),
        Part("bass", 2, 32, tuple(bass)),
    )


def make_cue(
    number: str = "1m01",
    *,
    in_frame: int = 0,
    out_frame: int = 250,
    rate: Fraction = Fraction(25),
    tempo: TempoMap | None = None,
    end_tick: int | None = None,
    parts: tuple[Part, ...] | None = None,
    hits: tuple[ScoredHit, ...] = (),
    title: str = "",
    key: str = "A minor",
    scene_id: str = "s0",
) -> CueMusic:
    """Return a cue of chords and bass at 120 bpm over its whole length, or with what is given."""
    tempo = tempo or TempoMap.constant(120)
    if end_tick is None:
        end_tick = max(1, tempo.tick_at_ns(int((out_frame - in_frame) / rate * NS_PER_S)))
    slots = tuple(
        ScoredSlot(
            onset_tick=slot.onset_tick,
            length_ticks=slot.length_ticks,
            bar=slot.bar,
            scene_id=scene_id,
            chord=CHORDS[index % len(CHORDS)][0],
            symbol_id=1,
            density_notes_per_s=4.0,
            loudness_rms=0.1,
            valence=0.0,
            arousal=0.0,
            key=f"slot{index}",
        )
        for index, slot in enumerate(slots_of(tempo, end_tick))
    )
    return CueMusic(
        number=number,
        title=title,
        brief="",
        version=1,
        kind="score",
        in_frame=in_frame,
        out_frame=out_frame,
        key=key,
        style="felt-piano",
        seed=0,
        emotion="neutral",
        valence=0.0,
        arousal=0.0,
        confidence=0.5,
        tempo=tempo,
        end_tick=end_tick,
        slots=slots,
        hits=hits,
        parts=make_parts(tempo, end_tick) if parts is None else parts,
        inputs="inputs",
    )


def make_score(
    *,
    rate: Fraction = Fraction(25),
    n_frames: int = 250,
    cues: Sequence[CueMusic] | None = None,
    n_scenes: int = 2,
    markers: Sequence[ScoredMarker] = (),
    start: str = "01:00:00:00",
    drop_frame: bool = False,
    name: str = "Test edit",
    revision: str = "0123456789abcdef",
) -> Score:
    """Return a score with one cue over all and scenes of equal length, or with what is given."""
    edges = [round(i * n_frames / n_scenes) for i in range(n_scenes + 1)]
    scenes = tuple(
        ScoredScene(
            id=f"s{i}",
            name=f"shot {i + 1}",
            media=f"shot{i + 1}.mov",
            in_frame=edges[i],
            out_frame=edges[i + 1],
            emotion="neutral",
            emotions=(0.1, 0.1, 0.1, 0.1, 0.1, 0.5),
            valence=0.0,
            arousal=0.0,
            confidence=0.5,
            seen=True,
        )
        for i in range(n_scenes)
    )
    return Score(
        source="edit.otio",
        name=name,
        rate=str(rate),
        start_frame=parse_timecode(start, rate).frame,
        drop_frame=drop_frame,
        n_frames=n_frames,
        revision=revision,
        weights="test:0",
        vision="compact",
        scenes=scenes,
        cues=(make_cue(out_frame=n_frames, rate=rate),) if cues is None else tuple(cues),
        markers=tuple(markers),
    )
