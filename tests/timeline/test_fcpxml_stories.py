"""Stories of FCPXML: spines, lanes, storylines, transitions, compounds, multicams, auditions and what is hidden."""

from pathlib import Path

import pytest

from tests.timeline.fcpxml_edits import clip, document, heard, marked, project, reread, reread_document, shown
from v2m_bridge.errors import TimelineError

TITLE = '<title ref="t" name="Words" lane="2" offset="1s" start="3600s" duration="20s"/>'


def test_connected_clips_hide_the_spine_above_it_and_are_hidden_below_it(tmp_path: Path) -> None:
    above = clip("above", "102s", "2s", ref="b", start="7s", lane="1")
    below = clip("below", "101s", "12s", ref="b", start="0s", lane="-1")
    title = TITLE.replace('offset="1s"', 'offset="101s"')
    edit = clip("main", "0s", "10s", above + below + title, ref="a", start="100s")
    assert shown(reread(edit, tmp_path)) == [
        ("main", 50, 0.0),
        ("above", 50, 7.0),
        ("main", 150, 4.0),
        ("below", 75, 9.0),
        ("Words", 200, None),
    ]


def test_a_connected_clip_runs_on_beyond_its_parent_and_the_spine(tmp_path: Path) -> None:
    over = clip("over", "1s", "4s", lane="1", start="5s")
    edit = clip("one", "0s", "2s", over) + clip("two", "2s", "2s", ref="a", start="100s")
    assert shown(reread(edit, tmp_path)) == [("one", 25, 0.0), ("over", 100, 5.0)]


def test_lanes_on_lanes_count_from_the_clip_they_hang_on(tmp_path: Path) -> None:
    low = clip("low", "1s", "3s", lane="-1", start="20s")
    one = clip("one", "1s", "3s", lane="1", inside=clip("on one", "6s", "1s", lane="1"), start="5s")
    two = clip("two", "2s", "1s", lane="2", start="9s")
    edit = clip("main", "0s", "5s", one + two + low)
    assert shown(reread(edit, tmp_path)) == [
        ("main", 25, 0.0),
        ("one", 25, 5.0),
        ("two", 25, 9.0),
        ("one", 25, 7.0),
        ("main", 25, 4.0),
    ]


def test_a_storyline_counts_from_its_own_start(tmp_path: Path) -> None:
    story = f'<spine lane="1" offset="103s">{clip("x", "0s", "1s")}{clip("y", "1s", "1s", start="4s")}</spine>'
    from_parent = story.replace('offset="0s"', 'offset="103s"', 1).replace('offset="1s"', 'offset="104s"', 1)
    for spine in (story, from_parent):
        edit = clip("main", "0s", "6s", spine, ref="a", start="102s")
        assert shown(reread(edit, tmp_path)) == [("main", 25, 2.0), ("x", 25, 0.0), ("y", 25, 4.0), ("main", 75, 5.0)]


@pytest.mark.parametrize(
    ("offset", "duration", "cut"), [("4500/1000s", "1s", 125), ("4s", "1s", 113), ("5s", "2s", 150), (None, "1s", 125)]
)
def test_a_transition_puts_the_cut_into_its_middle(offset: str | None, duration: str, cut: int, tmp_path: Path) -> None:
    at = f'offset="{offset}"' if offset else ""
    transition = f'<transition name="Cross Dissolve" {at} duration="{duration}"/>'
    edit = clip("one", "0s", "5s") + transition + clip("two", "5s", "5s", ref="a", start="110s")
    assert shown(reread(edit, tmp_path)) == [("one", cut, 0.0), ("two", 250 - cut, 10 + (cut - 125) / 25)]


def test_a_transition_at_the_head_or_tail_changes_nothing(tmp_path: Path) -> None:
    head, tail = '<transition offset="0s" duration="1s"/>', '<transition offset="4s" duration="1s"/>'
    assert shown(reread(head + clip("one", "0s", "5s") + tail, tmp_path)) == [("one", 125, 0.0)]


@pytest.mark.parametrize("hiding", ['enabled="0"', "blend"])
def test_what_is_off_or_transparent_is_not_seen_but_what_hangs_on_it_is(hiding: str, tmp_path: Path) -> None:
    blend = '<adjust-blend amount="0"/>' if hiding == "blend" else ""
    over = clip("over", "1s", "1s", blend + clip("on it", "1s", "1s", lane="1", start="9s"), lane="1", start="1s")
    over = over.replace('lane="1"', f'lane="1" {hiding}', 1) if not blend else over
    assert shown(reread(clip("main", "0s", "3s", over), tmp_path)) == [
        ("main", 25, 0.0),
        ("on it", 25, 9.0),
        ("main", 25, 2.0),
    ]


def test_an_opacity_that_changes_hides_nothing(tmp_path: Path) -> None:
    fade = '<adjust-blend amount="0"><param name="amount"><fadeIn type="linear" duration="1s"/></param></adjust-blend>'
    assert shown(reread(clip("faded", "0s", "3s", fade), tmp_path)) == [("faded", 75, 0.0)]


def test_titles_hide_nothing_and_solids_do(tmp_path: Path) -> None:
    solid = '<video ref="g" name="Red" lane="1" offset="1s" start="3600s" duration="1s"/>'
    edit = clip("main", "0s", "3s", TITLE.replace('duration="20s"', 'duration="1s"') + solid)
    assert shown(reread(edit, tmp_path)) == [("main", 25, 0.0), ("Red", 25, None), ("main", 25, 2.0)]


def test_a_photograph_stands_still(tmp_path: Path) -> None:
    (scene,) = reread('<video ref="p" name="Photo" offset="0s" start="3600s" duration="4s"/>', tmp_path).scenes
    assert scene.media is not None
    assert scene.media.name == "p.png"
    assert scene.source_in_s == scene.source_s(scene.record_out.exact_s) == 0


def test_the_first_of_an_audition_is_the_one(tmp_path: Path) -> None:
    takes = '<asset-clip ref="a" name="t1" start="101s" duration="2s"/><asset-clip ref="b" name="t2" duration="5s"/>'
    edit = f'<audition offset="0s">{takes}</audition>' + clip("next", "2s", "1s")
    connected = clip("main", "3s", "2s", f'<audition lane="1" offset="1s">{takes}</audition>')
    assert shown(reread(edit + connected, tmp_path)) == [
        ("t1", 50, 1.0),
        ("next", 25, 0.0),
        ("main", 25, 0.0),
        ("t1", 50, 1.0),
    ]


_NESTED = clip("x", "3600s", "4s", '<marker start="2s" value="inside"/>') + clip(
    "y", "3604s", "4s", ref="a", start="110s"
)
COMPOUND = (
    f'<media id="n" name="Nest"><sequence format="f25" tcStart="3600s"><spine>{_NESTED}</spine></sequence></media>'
)


@pytest.mark.parametrize("start", ['start="3601s"', 'start="1s"'])
def test_a_compound_clip_is_opened(start: str, tmp_path: Path) -> None:
    mark = '<marker start="3602s" value="on it"/>' if "3601" in start else ""
    edit = f'<ref-clip ref="n" name="Nest" offset="0s" {start} duration="5s">{mark}</ref-clip>'
    timeline = reread(edit, tmp_path, COMPOUND)
    assert shown(timeline) == [("x", 75, 1.0), ("y", 50, 10.0)]
    assert marked(timeline) == [(25, "inside", "blue")] + ([(25, "on it", "blue")] if mark else [])
    assert heard(timeline) == [("x", 0, 75, 1.0, "", True)]


def test_a_compound_clip_without_a_start_begins_at_its_beginning(tmp_path: Path) -> None:
    timeline = reread('<ref-clip ref="n" offset="0s"/>', tmp_path, COMPOUND)
    assert shown(timeline) == [("x", 100, 0.0), ("y", 100, 10.0)]


def test_a_compound_clip_that_is_not_in_the_file_is_offline(tmp_path: Path) -> None:
    (scene,) = reread('<ref-clip ref="gone" name="Lost.mov" offset="0s" duration="2s"/>', tmp_path).scenes
    assert scene.media is not None
    assert (scene.media.name, scene.media.path) == ("Lost.mov", None)


def test_a_compound_clip_within_itself_costs_one_sentence(tmp_path: Path) -> None:
    again = '<ref-clip ref="n" offset="0s" duration="2s"/>'
    media = f'<media id="n"><sequence format="f25"><spine>{again}</spine></sequence></media>'
    with pytest.raises(TimelineError, match="holds itself"):
        reread(again, tmp_path, media)


ANGLES = f"""<media id="m" name="Multi"><multicam format="f25" tcStart="0s">
<mc-angle name="A" angleID="A">{clip("left", "0s", "30s", start="2s")}</mc-angle>
<mc-angle name="B" angleID="B"><gap offset="0s" start="3600s" duration="3s"/>
{clip("right", "3s", "30s", '<marker start="104s" value="seen"/>', ref="a", start="100s")}</mc-angle>
<mc-angle name="M" angleID="M">{clip("band", "0s", "30s", ref="s", audioRole="music")}</mc-angle>
</multicam></media>"""


def test_a_multicam_clip_shows_its_video_angle_and_sounds_its_audio_angle(tmp_path: Path) -> None:
    sources = '<mc-source angleID="B" srcEnable="video"/><mc-source angleID="M" srcEnable="audio"/>'
    edit = f'<mc-clip ref="m" name="Multi" offset="0s" start="5s" duration="4s">{sources}</mc-clip>'
    timeline = reread(edit, tmp_path, ANGLES)
    assert shown(timeline) == [("right", 100, 2.0)]
    assert heard(timeline) == [("band", 0, 100, 5.0, "music", True)]
    assert marked(timeline) == [(50, "seen", "blue")]


def test_a_multicam_clip_without_sources_shows_its_first_angle(tmp_path: Path) -> None:
    timeline = reread('<mc-clip ref="m" offset="0s" start="5s" duration="4s"/>', tmp_path, ANGLES)
    assert shown(timeline) == [("left", 100, 7.0)]
    assert heard(timeline) == [("left", 0, 100, 7.0, "", True)]


def test_a_synchronised_clip_holds_its_parts_and_switches_their_roles(tmp_path: Path) -> None:
    inside = clip("camera", "0s", "30s", clip("boom", "1s", "20s", ref="s", lane="-1"), audioRole="effects")
    off = '<sync-source sourceID="storyline"><audio-role-source role="effects.effects-1" active="0"/></sync-source>'
    edit = f'<sync-clip name="Sync" offset="0s" start="2s" duration="4s" format="f25">{inside}{off}</sync-clip>'
    timeline = reread(edit, tmp_path)
    assert shown(timeline) == [("camera", 100, 2.0)]
    assert heard(timeline) == [("camera", 0, 100, 2.0, "effects", False), ("boom", 0, 100, 1.0, "", True)]


def test_what_lies_wholly_beside_the_start_of_its_clip_is_moved_there(tmp_path: Path) -> None:
    edit = (
        '<clip name="old" offset="0s" duration="2s"><video ref="a" offset="110s" start="110s" duration="20s"/></clip>'
    )
    assert shown(reread(edit, tmp_path)) == [("old", 50, 10.0)]


def test_offsets_may_be_missing_or_count_from_zero(tmp_path: Path) -> None:
    chain = (
        '<asset-clip ref="b" name="1" duration="2s"/><gap duration="1s"/><asset-clip ref="a" name="2" duration="1s"/>'
    )
    expected = [("1", 50, 0.0), ("Black", 25, None), ("2", 25, 0.0)]
    assert shown(reread(chain, tmp_path, start="3600s")) == expected
    zero = clip("1", "0s", "2s") + clip("2", "3s", "1s", ref="a", start="100s")
    timeline = reread(zero, tmp_path, start="3600s")
    assert shown(timeline) == expected
    assert timeline.start.frame == 90_000


def test_lengths_may_be_missing(tmp_path: Path) -> None:
    edit = '<asset-clip ref="b" name="whole" offset="0s" start="10s"/><title ref="t" name="T" offset="30s"/>'
    assert shown(reread(edit + clip("end", "32s", "1s"), tmp_path)) == [
        ("whole", 750, 10.0),
        ("T", 50, None),
        ("end", 25, 0.0),
    ]


def test_captions_and_unknown_elements_take_no_time(tmp_path: Path) -> None:
    caption = '<caption lane="1" offset="0s" duration="9s" start="3600s"><text>Hi</text></caption>'
    later = '<hologram offset="0s" duration="9s"/>'
    assert shown(reread(later + clip("main", "0s", "2s", caption + later), tmp_path)) == [("main", 50, 0.0)]


def test_the_first_project_with_pictures_is_read(tmp_path: Path) -> None:
    empty, titles = '<project name="none"/>', project('<title ref="t" offset="0s" duration="2s"/>', name="titles")
    first, second = (project(clip(name, "0s", "2s"), name=name) for name in ("first", "second"))
    assert reread_document(document(empty + titles + first + second), tmp_path).name == "first"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (document(clip("loose", "0s", "2s")), "clips of an event, but no project"),
        (document('<project name="none"/>'), "holds no project"),
        (document(project("")), "it is empty"),
        (document(project('<gap duration="4s"/>')), "it is empty"),
        (document(project(clip("s", "0s", "4s", ref="s"))), "sound alone"),
        (document(project('<title ref="t" offset="0s" duration="2s"/>')), "titles alone"),
        (document(project(clip("a", "0s", "2s", ref="zz"), form="zz")), "does not say its frame rate"),
        (document(project(clip("a", "0s", "200000s"))), "longer than 48 hours"),
    ],
)
def test_an_edit_without_pictures_is_one_sentence(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match=words) as caught:
        reread_document(text, tmp_path)
    assert "\n" not in caught.value.sentence()
