from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.spotting.edits import MEDIA, make_medium, make_timeline, timelines
from v2m_bridge.core.affect import EMOTIONS, Affect, Emotion
from v2m_bridge.core.direction import Direction, SceneDirection
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.spotting.scenes import scene_affect


@settings(max_examples=40)
@given(timelines())
def test_every_scene_has_a_row_in_order_whose_shares_add_up_to_one(timeline: Timeline) -> None:
    rows = scene_affect(timeline, Direction(), MEDIA)
    assert [row.scene_id for row in rows] == [scene.id for scene in timeline.scenes]
    for scene, row in zip(timeline.scenes, rows, strict=True):
        assert sum(row.emotions) == pytest.approx(1)
        assert row.seen == (scene.media is None or scene.media.identity in MEDIA)
        if row.confidence < 0.3:
            assert row.word is Emotion.NEUTRAL
        else:
            assert row.emotions[EMOTIONS.index(row.word)] == max(row.emotions)


def test_the_users_word_stands_where_one_was_given_and_what_was_seen_stays() -> None:
    timeline = make_timeline([(100, "a.mov"), (100, "b.mov"), (100, "c.mov")])
    first, second, _ = (scene.id for scene in timeline.scenes)
    direction = Direction(
        scenes={first: SceneDirection(emotion=Emotion.TENSE), second: SceneDirection(emotion=Affect(-0.6, -0.4))}
    )
    seen, said = scene_affect(timeline, Direction(), MEDIA), scene_affect(timeline, direction, MEDIA)
    assert [row.word for row in said[:2]] == [Emotion.TENSE, Emotion.SAD]
    assert said[2] == seen[2]
    assert [(row.valence, row.emotions) for row in said] == [(row.valence, row.emotions) for row in seen]


def test_a_scene_is_as_sure_as_its_picture() -> None:
    medium = make_medium(20, confidence=0.7)
    rows = scene_affect(make_timeline([(100, "a.mov"), (100, None), (100, "gone.mov")]), Direction(), {"a.mov": medium})
    assert [row.confidence for row in rows] == pytest.approx([0.7, 0, 0], abs=1e-3)
    assert [row.word for row in rows[1:]] == [Emotion.NEUTRAL, Emotion.NEUTRAL]
