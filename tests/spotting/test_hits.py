from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spotting.edits import MEDIA, make_medium, make_timeline, timelines
from v2m_bridge.core.affect import Emotion
from v2m_bridge.core.cue import Cue, Hit, HitKind, Need
from v2m_bridge.core.direction import Direction, SceneDirection
from v2m_bridge.core.timeline import Marker, Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.spotting.cues import cues_of
from v2m_bridge.spotting.hits import cuts_of, hits_of
from v2m_bridge.spotting.resample import picture_of
from v2m_bridge.spotting.scenes import scenes_of


def hits(
    timeline: Timeline, direction: Direction | None = None, media: dict[str, MediumFeatures] | None = None
) -> tuple[Hit, ...]:
    """All hits of the first cue."""
    direction = direction or Direction()
    picture = picture_of(timeline, media or MEDIA)
    cuts = cuts_of(timeline, picture, scenes_of(timeline, picture, {}))
    return hits_of(timeline, cues_of(timeline, direction)[0], cuts, direction)


def looks() -> dict[str, MediumFeatures]:
    """Two sure pictures that differ as much as two can, and one like the first."""
    calm = make_medium(60, confidence=1.0, motion=[1.0] * 60, valence=[0.8] * 60, arousal=[-0.8] * 60)
    wild = make_medium(60, confidence=1.0, motion=[50.0] * 60, valence=[-0.8] * 60, arousal=[0.8] * 60)
    return {"calm.mov": calm, "wild.mov": wild}


def test_every_cut_inside_the_cue_and_its_two_edges_are_hits() -> None:
    timeline = make_timeline([(100, "a.mov"), (100, "b.mov"), (100, "c.mov")])
    found = hits(timeline, Direction(spotted=(Cue("1m01", timeline.frame(50), timeline.frame(250)),)))
    assert [(hit.at.frame, hit.kind, hit.need) for hit in found if hit.need is Need.MAY] == [
        (50, HitKind.IN, Need.MAY),
        (100, HitKind.CHANGE, Need.MAY),
        (200, HitKind.CHANGE, Need.MAY),
        (250, HitKind.OUT, Need.MAY),
    ]


def test_a_stronger_change_and_longer_shots_weigh_more() -> None:
    def weight(first: str, second: str, n_frames: int) -> float:
        timeline = make_timeline([(n_frames, first), (n_frames, second)])
        return next(hit.weight for hit in hits(timeline, media=looks()) if hit.at.frame == n_frames)

    assert weight("calm.mov", "calm.mov", 100) == 0.25
    assert weight("calm.mov", "wild.mov", 25) > weight("calm.mov", "calm.mov", 100)
    assert weight("calm.mov", "wild.mov", 100) > weight("calm.mov", "wild.mov", 25)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(10, 300), st.sampled_from(["calm.mov", "wild.mov", None])), min_size=2, max_size=40)
)
def test_automatic_musts_are_few_and_far_apart(shots: list[tuple[int, str | None]]) -> None:
    timeline = make_timeline(shots)
    found = hits(timeline, media=looks())
    cue_s = cues_of(timeline, Direction())[0].length_ns / 1e9
    musts = [hit.at.seconds for hit in found if hit.need is Need.MUST]
    assert len(musts) <= 4 * cue_s / 60
    assert all(b - a >= 4 for a, b in pairwise(musts))
    assert all(sum(a <= b < a + 60 for b in musts) <= 4 for a in musts)


def test_the_strongest_change_of_a_minute_is_a_must_and_says_why() -> None:
    shots = [(250, "calm.mov")] * 3 + [(250, "wild.mov")] * 3
    musts = [hit for hit in hits(make_timeline(shots), media=looks()) if hit.need is Need.MUST]
    assert [hit.at.frame for hit in musts] == [750]
    assert "strongest change" in musts[0].reason


def test_a_marker_with_an_exclamation_mark_is_a_must_and_others_are_nothing() -> None:
    plain = make_timeline([(1000, "a.mov")])
    markers = [
        Marker(plain.frame(100), "door!"),
        Marker(plain.frame(200), "check grade"),
        Marker(plain.frame(0), "IN 1m01 Run!"),
    ]
    found = hits(make_timeline([(1000, "a.mov")], markers=markers))
    assert [(hit.at.frame, hit.kind, hit.reason) for hit in found if hit.need is Need.MUST] == [
        (100, HitKind.ACCENT, "marker 'door!'")
    ]
    assert [hit.at.frame for hit in found] == [0, 100, 1000]


def test_the_users_hit_wins_over_a_cut_on_its_frame() -> None:
    timeline = make_timeline([(100, "calm.mov"), (100, "wild.mov")])
    skipped = Hit(timeline.frame(100), HitKind.CHANGE, Need.SKIP, reason="not this one")
    direction = Direction(scenes={timeline.scenes[1].id: SceneDirection(hits=(skipped,))})
    assert [hit for hit in hits(timeline, direction, looks()) if hit.at.frame == 100] == [skipped]


@settings(max_examples=30)
@given(timelines(), st.data())
def test_what_a_user_says_of_a_scenes_emotion_moves_no_hit(timeline: Timeline, data: st.DataObject) -> None:
    scene_id = data.draw(st.sampled_from([scene.id for scene in timeline.scenes]))
    asked = Direction(scenes={scene_id: SceneDirection(emotion=Emotion.SAD, mute=True)})
    assert hits(timeline) == hits(timeline, asked)


def test_a_cut_to_black_is_a_full_change() -> None:
    timeline = make_timeline([(800, "calm.mov"), (800, None), (800, "calm.mov")])
    reasons = [hit.reason for hit in hits(timeline, media=looks()) if hit.need is Need.MUST]
    assert [reason.split(": ")[1] for reason in reasons] == ["the picture goes black", "the picture comes out of black"]


def test_on_the_frame_where_one_cue_ends_and_another_begins_only_a_stop_belongs_to_the_first() -> None:
    timeline = make_timeline([(400, "calm.mov"), (400, "calm.mov")])
    cues = (Cue("1m01", timeline.frame(0), timeline.frame(400)), Cue("1m02", timeline.frame(400), timeline.end))
    for kind, need in ((HitKind.ACCENT, Need.MAY), (HitKind.STOP, Need.MUST)):
        asked = SceneDirection(hits=(Hit(timeline.frame(400), kind, Need.MUST),))
        direction = Direction(spotted=cues, scenes={timeline.scenes[1].id: asked})
        assert hits(timeline, direction, looks())[-1].need is need
