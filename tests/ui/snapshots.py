"""Snapshots made by hand: eight scenes, two cues, chords, a staged cue and an error."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from v2m_bridge.core.affect import AFFECT_OF_EMOTION, EMOTIONS, Emotion
from v2m_bridge.core.playing import PlayerState, SinkState
from v2m_bridge.core.snapshot import ShownChord, ShownCue, ShownScene, Snapshot

SCENE_ROWS: Final = (
    ("Morning", 0.0, 11.0, Emotion.RELAXING, 0.81),
    ("The ride begins", 11.0, 14.0, Emotion.EXCITING, 0.62),
    ("On the road", 14.0, 20.0, Emotion.NEUTRAL, 0.44),
    ("Faster", 20.0, 28.0, Emotion.EXCITING, 0.73),
    ("In the air", 28.0, 35.0, Emotion.TENSE, 0.58),
    ("Down again", 35.0, 44.0, Emotion.FEARFUL, 0.37),
    ("Remembered", 44.0, 52.0, Emotion.SAD, 0.66),
    ("Evening", 52.0, 64.0, Emotion.RELAXING, 0.90),
)
LENGTH_S: Final = 64.0
ERROR: Final = "cannot read cut-v7.otio: the file ends in the middle; export the timeline again from the editor"
WARNING: Final = "Down again: its picture is offline; its emotion is taken from the scenes beside it"


def make_scenes() -> tuple[ShownScene, ...]:
    """Return eight scenes: one with an override, one muted, one that was not seen."""
    scenes = []
    for index, (name, start_s, end_s, emotion, confidence) in enumerate(SCENE_ROWS):
        point = AFFECT_OF_EMOTION[emotion]
        share = tuple(0.5 if word == emotion else 0.1 for word in EMOTIONS)
        scenes.append(
            ShownScene(
                f"s{index}", name, start_s, end_s, str(emotion), share, point.valence, point.arousal, confidence, True
            )
        )
    scenes[3] = msgspec.structs.replace(scenes[3], emotion_override="tense", intensity=0.8)
    scenes[5] = msgspec.structs.replace(scenes[5], seen=False)
    scenes[6] = msgspec.structs.replace(scenes[6], muted=True)
    return tuple(scenes)


def make_chords(start_s: float, end_s: float, names: str, every_s: float) -> tuple[ShownChord, ...]:
    """Return chords of equal length that fill a span."""
    words, at_s = names.split(), start_s
    chords: list[ShownChord] = []
    while end_s - at_s > 0.1:
        scene = next(f"s{i}" for i, row in enumerate(SCENE_ROWS) if row[1] <= at_s < row[2])
        chords.append(ShownChord(at_s, min(every_s, end_s - at_s), words[len(chords) % len(words)], scene))
        at_s += every_s
    return tuple(chords)


def make_cues() -> tuple[ShownCue, ...]:
    """Return two cues; the second is staged."""
    return (
        ShownCue(
            number="1m01", title="Morning ride", start_s=0.0, end_s=28.0, key="C major", bpm=96.0, style="felt-piano",
            emotion="relaxing", chords=make_chords(0.0, 28.0, "C Am F G C Am Dm G7", 2.5), hits_s=(11.0, 20.0),
            is_staged=False, primer="C Am F G", stand="handed over", moved_frames=37, midi="/films/ride/1m01 v003.mid",
        ),
        ShownCue(
            number="1m02", title="In the air", start_s=28.0, end_s=60.0, key="D minor", bpm=112.5,
            style="tension-pulse", emotion="tense",
            chords=make_chords(28.0, 60.0, "Dm Bb F C/E Gm Bdim A7sus4 A7", 2.1333), hits_s=(35.0,), is_staged=True,
            key_override="D minor", emotion_override="tense", style_override="tension-pulse", tempo_override="90-130",
            seed=7, ending_override="fade", theme_override="hero",
        ),
    )  # fmt: skip


def make_player(**changed: Any) -> PlayerState:
    """Return a player that stands at 17.32 s with one good port, one that is late and one that cannot be used."""
    sinks = (
        SinkState("v2m_bridge Out", "rtmidi", 18_204, 0, 412_000),
        SinkState("127.0.0.1:9124", "osc", 9_310, 3, 2_804_000),
        SinkState("JACK", "jack", 0, 0, 0, error="no JACK server runs; start one, or leave the port out"),
    )
    state = PlayerState(False, 17_320_000_000, 0, 96.0, 0, 0, 0, {"1m01": 1}, sinks)
    return msgspec.structs.replace(state, **changed)


def make_snapshot(**changed: Any) -> Snapshot:
    """Return the state of an engine in the middle of its work."""
    snapshot = Snapshot(
        version=41,
        source="/films/ride/cut-v6.otio",
        name="The ride, cut 6",
        rate="25",
        start_frame=90_000,
        length_s=LENGTH_S,
        scenes=make_scenes(),
        cues=make_cues(),
        vision="compact (EfficientNet-Lite0)",
        player=make_player(),
        errors=(ERROR,),
        warnings=(WARNING,),
        can_undo=True,
        osc_in="127.0.0.1:9123",
        osc_out=("127.0.0.1:9124",),
        styles=("reference", "felt-piano", "tension-pulse"),
    )
    return msgspec.structs.replace(snapshot, **changed)
