"""What is seen of layers, nests, transitions and time warps, and what markers and sounds come to."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from opentimelineio.opentime import RationalTime

from tests.timeline.edits import clip, dissolve, edit, gap, mark, reread, shown, span, stack, track
from v2m_bridge.core.timebase import FrameTime
from v2m_bridge.errors import TimelineError


def generator(kind: str, frames: int) -> Any:
    reference = otio.schema.GeneratorReference(generator_kind=kind)
    return otio.schema.Clip(kind, media_reference=reference, source_range=span(0, frames))


def test_the_topmost_enabled_picture_is_seen(tmp_path: Path) -> None:
    hidden = clip("hidden", 0, 40)
    hidden.enabled = False
    off = track(clip("off", 0, 300), name="V4")
    off.enabled = False
    made = edit(track(clip("a", 100, 100)), track(gap(30), clip("b", 500, 20)), track(gap(10), hidden), off)
    assert shown(reread(made, tmp_path)) == [("a", 30, 100), ("b", 20, 500), ("a", 50, 150)]


def test_titles_hide_no_picture_and_bars_do(tmp_path: Path) -> None:
    made = edit(track(clip("a", 0, 50)), track(generator("Text", 80)), track(gap(20), generator("SMPTEBars", 10)))
    assert shown(reread(made, tmp_path)) == [("a", 20, 0), ("SMPTEBars", 10, None), ("a", 20, 30), ("Text", 30, None)]


def test_a_transition_puts_the_cut_into_its_middle_and_both_sources_run_on(tmp_path: Path) -> None:
    made = edit(track(clip("a", 10, 50), dissolve(4, 12), clip("b", 100, 50), dissolve(10, 0), clip("c", 7, 50)))
    assert shown(reread(made, tmp_path)) == [("a", 54, 10), ("b", 41, 104), ("c", 55, 2)]


def test_fades_at_the_ends_of_a_track_move_nothing(tmp_path: Path) -> None:
    made = edit(track(dissolve(0, 10), clip("a", 10, 50), dissolve(10, 0)))
    assert shown(reread(made, tmp_path)) == [("a", 50, 10)]


def test_an_absurd_transition_cannot_turn_time_round(tmp_path: Path) -> None:
    made = edit(track(clip("a", 0, 10), dissolve(0, 4000), clip("b", 0, 10), dissolve(9000, 0), clip("c", 0, 10)))
    assert reread(made, tmp_path).end.frame == 30


def test_nested_sequences_are_flattened_and_trimmed(tmp_path: Path) -> None:
    nest = stack(track(clip("a", 0, 50), clip("b", 200, 50)), track(gap(60), clip("over", 9, 10)))
    nest.source_range = span(40, 40)
    made = edit(track(clip("x", 0, 5), nest, clip("y", 0, 5)))
    assert shown(reread(made, tmp_path)) == [
        ("x", 5, 0),
        ("a", 10, 40),
        ("b", 10, 200),
        ("over", 10, 9),
        ("b", 10, 220),
        ("y", 5, 0),
    ]


def test_what_is_empty_in_a_nest_lets_the_lower_track_through(tmp_path: Path) -> None:
    made = edit(track(clip("below", 0, 60)), track(stack(track(gap(20), clip("in", 0, 20), gap(20)))))
    assert shown(reread(made, tmp_path)) == [("below", 20, 0), ("in", 20, 0), ("below", 20, 40)]


def test_speeds_of_nests_multiply(tmp_path: Path) -> None:
    nest = stack(track(clip("a", 100, 40, speed=0.5), clip("b", 0, 40)))
    nest.source_range = span(0, 40)
    nest.effects.append(otio.schema.LinearTimeWarp(time_scalar=2))
    timeline = reread(edit(track(nest)), tmp_path)
    assert shown(timeline) == [("a", 20, 100), ("b", 20, 0)]
    assert [scene.source_s(Fraction(1, 25)) - scene.source_in_s for scene in timeline.scenes] == [
        Fraction(1, 25),
        Fraction(2, 25),
    ]


def test_backwards_starts_with_the_last_frame_and_ends_with_the_first(tmp_path: Path) -> None:
    nest = stack(track(clip("a", 100, 10), clip("b", 50, 10)))
    nest.effects.append(otio.schema.LinearTimeWarp(time_scalar=-1))
    timeline = reread(edit(track(clip("r", 30, 10, speed=-1), clip("half", 30, 10, speed=-0.5), nest)), tmp_path)
    first_and_last: list[tuple[str, Any, Any]] = [
        (scene.name, scene.source_in_s * 25, scene.source_s(Fraction(scene.n_frames - 1, 25)) * 25)
        for scene in timeline.scenes
    ]
    assert first_and_last == [("r", 39, 30), ("half", Fraction(69, 2), 30), ("b", 59, 50), ("a", 109, 100)]


def test_a_frozen_nest_shows_one_frame(tmp_path: Path) -> None:
    nest = stack(track(clip("a", 100, 10), clip("b", 50, 10)))
    nest.source_range = span(13, 40)
    nest.effects.append(otio.schema.FreezeFrame())
    (scene,) = reread(edit(track(nest)), tmp_path).scenes
    assert (scene.name, scene.n_frames) == ("b", 40)
    assert scene.source_in_s == Fraction(53, 25)
    assert scene.source_s(Fraction(1)) == scene.source_in_s


def test_a_trimmed_top_stack_and_a_bare_track_are_edits_too(tmp_path: Path) -> None:
    made = edit(track(clip("a", 0, 50), clip("b", 0, 50)), track(gap(45), clip("s", 0, 20), kind="Audio", name="MX"))
    made.tracks.source_range = span(40, 20)
    made.tracks.markers.append(mark("here!", 50))
    timeline = reread(made, tmp_path)
    assert shown(timeline) == [("a", 10, 40), ("b", 10, 0)]
    assert [(m.at.frame, m.name) for m in timeline.markers] == [(10, "here!")]
    assert [(c.record_in.frame, c.record_out.frame) for c in timeline.audio] == [(5, 20)]
    assert shown(reread(track(clip("a", 3, 50)), tmp_path)) == [("a", 50, 3)]
    both = otio.schema.SerializableCollection("bin", children=[clip("loose", 0, 9), edit(track(clip("a", 4, 50)))])
    assert shown(reread(both, tmp_path)) == [("a", 50, 4)]


def test_markers_of_timeline_tracks_and_clips_stand_at_record_frames(tmp_path: Path) -> None:
    slow = clip("b", 200, 40, medium_from=100, speed=0.5)
    slow.markers.extend([mark("slow", 205, 4), mark("trimmed away", 199), mark("behind", 220)])
    lane = track(clip("a", 10, 50), slow)
    lane.markers.append(mark("track", 3, 1, comment="why", color="GREEN"))
    sound = clip("s", 0, 90)
    sound.markers.append(mark("boom!", 33))
    sound.markers.append(mark("slow", 60, 8))
    made = edit(lane, track(sound, kind="Audio", name="SFX"), start=RationalTime(90_000, 25))
    made.tracks.markers.extend([mark("timeline", 88), mark("by timecode", 90_002), mark("nowhere", 4_000)])
    timeline = reread(made, tmp_path)
    assert [(m.at.frame, m.name, m.n_frames) for m in timeline.markers] == [
        (2, "by timecode", 0),
        (3, "track", 0),
        (33, "boom!", 0),
        (60, "slow", 8),
        (88, "timeline", 0),
    ]
    assert (timeline.markers[1].comment, timeline.markers[1].colour) == ("why", "green")


def test_a_note_of_resolve_is_the_comment_of_its_marker(tmp_path: Path) -> None:
    noted = mark("check", 3)
    noted.metadata["Resolve_OTIO"] = {"Keywords": [], "Note": "too bright"}
    lane = track(clip("a", 0, 50))
    lane.markers.append(noted)
    assert [(m.name, m.comment) for m in reread(edit(lane), tmp_path).markers] == [("check", "too bright")]


def test_sounds_keep_their_track_role_and_whether_they_are_on(tmp_path: Path) -> None:
    muted = clip("m", 0, 10)
    muted.enabled = False
    told = clip("t", 0, 10)
    told.metadata["editor"] = {"audioRole": "music.music-1"}
    tracks = [
        track(gap(5), clip("d", 50, 10, medium_from=25), muted, told, kind="Audio", name="DX 1"),
        track(clip("f", 0, 10), kind="Audio", name="Amb_02"),
        track(clip("u", 0, 10), kind="Audio", name=""),
    ]
    timeline = reread(edit(track(clip("a", 0, 50)), *tracks), tmp_path)
    assert [(c.name, c.track, c.record_in.frame, float(c.source_in_s), c.role, c.enabled) for c in timeline.audio] == [
        ("d", "DX 1", 5, 1, "dialogue", True),
        ("m", "DX 1", 15, 0, "dialogue", False),
        ("t", "DX 1", 25, 0, "music", True),
        ("f", "Amb_02", 0, 0, "effects", True),
        ("u", "A3", 0, 0, "", True),
    ]


def test_sound_longer_than_the_picture_does_not_lengthen_the_edit(tmp_path: Path) -> None:
    made = edit(track(clip("a", 0, 50)), track(clip("s", 0, 500), kind="Audio"))
    assert reread(made, tmp_path).end.frame == 50


def test_sound_counted_in_samples_lands_on_its_frame(tmp_path: Path) -> None:
    made = edit(
        track(clip("a", 0, 50)), track(gap(48_000, 48_000), clip("s", 24_000, 48_000, rate=48_000), kind="Audio")
    )
    (sound,) = reread(made, tmp_path).audio
    assert (sound.record_in.frame, sound.record_out.frame) == (25, 50)
    assert sound.source_in_s == Fraction(1, 2)


def test_the_rate_is_the_start_timecodes_then_the_clips_then_the_users(tmp_path: Path) -> None:
    lane = track(clip("a", 0, 100, rate=50), clip("b", 0, 10, rate=29.97))
    assert reread(edit(lane.deepcopy()), tmp_path).rate == 50
    by_start = reread(edit(lane.deepcopy(), start=RationalTime(3600 * 25, 25)), tmp_path)
    assert by_start.start == FrameTime(90_000, Fraction(25))
    assert reread(edit(lane.deepcopy()), tmp_path, rate=Fraction(24)).rate == 24


def test_source_time_counts_from_the_start_of_the_medium(tmp_path: Path) -> None:
    ndf = clip("ndf", 86_400 + 24, 50, rate=24)
    ndf.media_reference.available_range = span(86_400, 5_000, 24_000 / 1001)
    relative = clip("relative", 50, 50, medium_from=90_000)
    unsaid = clip("unsaid", 75, 50)
    whole = clip("whole", 0, 1, medium_from=90_000)
    whole.source_range = None
    whole.media_reference.available_range = span(90_000, 60)
    timeline = reread(edit(track(ndf, relative, unsaid, whole), start=RationalTime(0, 25)), tmp_path)
    assert [scene.source_in_s for scene in timeline.scenes] == [Fraction(1001, 1000), 2, 3, 0]
    assert timeline.scenes[-1].n_frames == 60


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (edit(), "it is empty"),
        (edit(track()), "it is empty"),
        (edit(track(gap(50))), "it is empty"),
        (edit(track(clip("a", 0, 0))), "it is empty"),
        (edit(track(clip("s", 0, 50), kind="Audio")), "sound alone"),
        (edit(track(generator("Text", 50))), "titles alone"),
        (edit(track(clip("a", 0, 50, rate=2))), "does not say its frame rate"),
        (clip("a", 0, 50), "no timeline"),
        (otio.schema.SerializableCollection("bin"), "no timeline"),
        (edit(track(otio.schema.Clip("a"))), "clip 'a' does not say how long"),
    ],
)
def test_an_edit_without_pictures_is_one_sentence(made: otio.schema.Timeline, words: str, tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match=words) as caught:
        reread(made, tmp_path)
    assert "\n" not in caught.value.sentence()
