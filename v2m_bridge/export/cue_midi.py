"""One cue as a standard MIDI file that begins with the cue, to be put where it begins."""

from __future__ import annotations

from dataclasses import replace

from v2m_bridge.core.score import CueMusic, Score
from v2m_bridge.export.midi_file import midi_bytes


def cue_midi_bytes(score: Score, cue: CueMusic) -> bytes:
    """Return a cue of a score alone: the file begins on its first frame, and its SMPTE offset says where that lies.

    It holds the scenes and markers of the edit that lie in the cue.
    """
    start, end = cue.in_frame, cue.out_frame
    alone = replace(
        cue,
        in_frame=0,
        out_frame=end - start,
        hits=tuple(replace(hit, frame=hit.frame - start) for hit in cue.hits),
    )
    scenes = tuple(
        replace(scene, in_frame=max(start, scene.in_frame) - start, out_frame=min(end, scene.out_frame) - start)
        for scene in score.scenes
        if scene.in_frame < end and scene.out_frame > start
    )
    markers = tuple(
        replace(marker, frame=marker.frame - start) for marker in score.markers if start <= marker.frame < end
    )
    return midi_bytes(
        replace(
            score,
            start_frame=score.start_frame + start,
            n_frames=end - start,
            scenes=scenes,
            markers=markers,
            cues=(alone,),
        )
    )
