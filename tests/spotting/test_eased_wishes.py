"""How a wish for emotion comes, goes, and is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.spotting.edits import MEDIA, affect_rows, make_medium, make_timeline
from v2m_bridge.core.affect import Affect
from v2m_bridge.core.cue import Hit, HitKind, Need
from v2m_bridge.core.direction import CueDirection, Direction, SceneDirection
from v2m_bridge.spotting.plan import plan_cues


def test_a_scenes_emotion_comes_and_goes_by_way_of_half_a_step_unless_a_must_is_met_on_the_cut() -> None:
    timeline = make_timeline([(250, "a.mov"), (250, "a.mov"), (250, "a.mov")])
    scene_id, pinned = timeline.scenes[1].id, CueDirection(tempo_bpm=(120.0, 120.0))
    said = SceneDirection(emotion=Affect(0.8, -0.6))
    (plain,) = plan_cues(timeline, Direction(defaults=pinned), MEDIA)
    (eased,) = plan_cues(timeline, Direction(defaults=pinned, scenes={scene_id: said}), MEDIA)
    own = np.flatnonzero([each == scene_id for each in eased.scene_ids])
    wanted = np.tile([0.8, -0.6, 0.2], (len(own), 1))
    wanted[[0, -1]] = (wanted[[0, -1]] + affect_rows(plain)[own[[0, -1]], :3]) / 2
    assert affect_rows(eased)[own, :3] == pytest.approx(wanted, abs=2e-3)
    struck = replace(said, hits=(Hit(timeline.frame(250), HitKind.CHANGE, Need.MUST),))
    (sudden,) = plan_cues(timeline, Direction(defaults=pinned, scenes={scene_id: struck}), MEDIA)
    assert [hit.met for hit in sudden.hits if hit.hit.need is Need.MUST] == [True]
    assert affect_rows(sudden)[own[0], :3] == pytest.approx([0.8, -0.6, 0.2], abs=2e-3)
    assert affect_rows(sudden)[own[-1], :3] == pytest.approx(wanted[-1], abs=2e-3)


@pytest.mark.parametrize("valence", [-0.8, 0.8])
def test_a_cue_that_ignores_emotion_does_not_hear_it_in_its_mode(valence: float) -> None:
    timeline, media = (
        make_timeline([(1000, "a.mov")]),
        {"a.mov": make_medium(40, confidence=1.0, valence=[valence] * 40)},
    )
    wishes = CueDirection(affect_strength=0.0, emotion=Affect(valence, 0.0))
    for wish in (wishes, replace(wishes, emotion=None)):
        (plan,) = plan_cues(timeline, Direction(defaults=wish), media)
        assert plan.key.mode == "major"
        assert plan.turn is None
