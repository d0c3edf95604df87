"""A score remembers enough of its edit to be found in a later one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given

from tests.core.strategies import timelines
from tests.scores import make_score
from v2m_bridge.core.conform import ChangeKind
from v2m_bridge.core.conform_edit import conform
from v2m_bridge.core.score import Score, ScoredScene, score_from_json
from v2m_bridge.core.scored_edit import timeline_of_score
from v2m_bridge.core.timeline import Timeline


def _score_of(edit: Timeline) -> Score:
    """Return a score without music for an edit."""
    scenes = tuple(
        ScoredScene(
            id=scene.id,
            name=scene.name,
            media=scene.media.name if scene.media else "",
            in_frame=scene.record_in.frame,
            out_frame=scene.record_out.frame,
            emotion="neutral",
            emotions=(0.0,) * 6,
            valence=0.0,
            arousal=0.0,
            confidence=0.0,
            seen=True,
            source_in_s=str(scene.source_in_s),
            source_out_s=str(scene.source_s(scene.n_frames / edit.rate)),
        )
        for scene in edit.scenes
    )
    made = make_score(rate=edit.rate, n_frames=edit.end.frame)
    return replace(made, scenes=scenes, start_frame=edit.start.frame, cues=())


@given(timelines())
def test_the_edit_of_a_score_is_the_edit_that_it_was_composed_for(edit: Timeline) -> None:
    score = score_from_json(_score_of(edit).to_json())
    made = conform(timeline_of_score(score), edit)
    assert made.timeline == edit
    bent = {scene.id for scene in edit.scenes if len(scene.retime) > 2}
    assert all(change.kind is ChangeKind.UNCHANGED or change.id in bent for change in made.changes)


def test_a_score_that_keeps_no_source_ranges_still_has_an_edit() -> None:
    old = make_score()
    edit = timeline_of_score(old)
    assert [scene.id for scene in edit.scenes] == [scene.id for scene in old.scenes]
    assert edit.end.frame == old.n_frames
    assert all(scene.source_in_s == Fraction(0) and not scene.retime for scene in edit.scenes)
