"""What xmeml says beyond the reference edit: mixed rates, speeds, transitions, levels, generators, sequences."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.timeline.xmeml_edits import (
    R24,
    R25,
    R30,
    RATE,
    TICKS_PER_S,
    clip,
    edit,
    effect,
    file,
    named,
    reread,
    sequence,
    source_at,
    spans,
)
from v2m_bridge.errors import TimelineError


@pytest.mark.parametrize(
    ("first", "last", "rate"),
    [
        pytest.param(50, 110, R25, id="frames-of-the-sequence-though-the-clip-says-25"),
        pytest.param(50, 110, R30, id="frames-of-the-sequence"),
    ],
)
def test_media_of_another_rate_count_by_the_sequence_where_the_length_says_so(
    first: int, last: int, rate: str, tmp_path: Path
) -> None:
    timeline = edit(clip(0, 60, first, rate=rate, last=last), tmp_path, R30)
    assert timeline.scenes[0].source_in_s == Fraction(50, 30)


def test_media_of_another_rate_count_by_the_clip_where_the_length_says_so(tmp_path: Path) -> None:
    timeline = edit(clip(0, 60, 50, rate=R25, last=100), tmp_path, R30)
    assert timeline.scenes[0].source_in_s == 2


def test_a_short_clip_counts_as_most_others_of_another_rate_do(tmp_path: Path) -> None:
    short = clip(60, 62, 50, rate=R25)
    by_sequence = edit(clip(0, 60, 50, rate=R25) + short, tmp_path, R30)
    assert by_sequence.scenes[1].source_in_s == Fraction(50, 30)
    by_clip = edit(clip(0, 60, 50, rate=R25, last=100) + short, tmp_path, R30)
    assert by_clip.scenes[1].source_in_s == 2


def test_ticks_say_what_frames_round(tmp_path: Path) -> None:
    ticks = f"<pproTicksIn>{TICKS_PER_S * 241 // 120}</pproTicksIn>"
    assert edit(clip(0, 50, 50, ticks), tmp_path).scenes[0].source_in_s == Fraction(241, 120)


def test_ticks_that_contradict_the_frames_are_left_out(tmp_path: Path) -> None:
    ticks = "<pproTicksIn>914456774963789</pproTicksIn>"
    assert edit(clip(0, 50, 50, ticks), tmp_path).scenes[0].source_in_s == 2


def test_at_a_constant_speed_the_in_point_counts_retimed_frames(tmp_path: Path) -> None:
    timeline = edit(clip(0, 48, 83, effect("timeremap", speed="202.083")), tmp_path)
    speed = Fraction("2.02083")
    assert abs(source_at(timeline, 0) - 83 * speed / 25) < Fraction(1, 1000)
    assert abs(source_at(timeline, 1) - source_at(timeline, 0) - speed) < Fraction(1, 1000)


def test_frames_as_far_apart_as_the_source_that_is_used_are_not_retimed(tmp_path: Path) -> None:
    timeline = edit(clip(0, 100, 40, effect("timeremap", speed="50"), last=90), tmp_path)
    assert source_at(timeline, 0) == Fraction(40, 25)
    assert source_at(timeline, 2) == Fraction(40, 25) + 1


@pytest.mark.parametrize("remap", [{"speed": "200", "reverse": "TRUE"}, {"speed": "-200"}])
def test_backwards_the_in_point_counts_from_the_end_of_the_medium(remap: dict[str, str], tmp_path: Path) -> None:
    timeline = edit(clip(0, 100, 50, effect("timeremap", **remap)), tmp_path)
    assert source_at(timeline, 0) == Fraction(1000 - 100 - 2, 25)
    assert source_at(timeline, 2) == Fraction(1000 - 200 - 2, 25)


def keys(*pairs: tuple[int, int]) -> str:
    return "<valuemin>0</valuemin><valuemax>1000</valuemax>" + "".join(
        f"<keyframe><when>{when}</when><value>{value}</value></keyframe>" for when, value in pairs
    )


def test_a_speed_graph_bends_the_source_and_its_junk_is_left_out(tmp_path: Path) -> None:
    graph = keys((0, 0), (100, 50), (150, 150), (170, -1815255671), (400, 400))
    timeline = edit(clip(0, 200, 50, effect("timeremap", variablespeed="1", speed="99", graphdict=graph)), tmp_path)
    assert [source_at(timeline, s) * 25 for s in (0, 2, 3, 4, 6)] == [25, 50, 100, 150, 200]


def test_speed_zero_holds_the_frame_of_its_graph_else_the_in_point(tmp_path: Path) -> None:
    held = clip(0, 50, 30, effect("timeremap", speed="0"))
    graph = clip(50, 100, 86400, effect("timeremap", speed="0", graphdict=keys((0, 77), (86400, 77))))
    still = clip(100, 150, 12, "<stillframe>TRUE</stillframe><stillframeoffset>9</stillframeoffset>")
    timeline = edit(held + graph + still, tmp_path)
    assert [source_at(timeline, s) * 25 for s in (0, 1, 2, 3, 4, 5)] == [30, 30, 77, 77, 9, 9]


def test_a_photograph_has_one_frame(tmp_path: Path) -> None:
    timeline = edit(clip(0, 50, 86312, source=file("p.png")), tmp_path)
    assert source_at(timeline, 0) == source_at(timeline, 1) == 0


def transition(start: int, end: int, alignment: str = "center") -> str:
    return f"<transitionitem><start>{start}</start><end>{end}</end><alignment>{alignment}</alignment></transitionitem>"


@pytest.mark.parametrize("alignment", ["center", "start", "end", "start-black", ""])
def test_a_dissolve_cuts_in_its_middle_whatever_its_alignment(alignment: str, tmp_path: Path) -> None:
    before, after = clip(0, -1, 0, last=61), clip(-1, 100, 200, last=260)
    timeline = edit(before + transition(40, 61, alignment) + after, tmp_path)
    assert spans(timeline) == [("c", 0, 51), ("c", 51, 100)]
    assert timeline.scenes[1].source_in_s * 25 == 200 + 51 - 40


def test_fades_at_head_and_tail_change_nothing(tmp_path: Path) -> None:
    faded = transition(10, 20, "start-black") + clip(-1, -1, 5, last=85) + transition(80, 90, "end-black")
    timeline = edit(faded, tmp_path)
    assert spans(timeline) == [("Black", 0, 10), ("c", 10, 90)]
    assert timeline.scenes[1].source_in_s * 25 == 5


def test_a_fade_beside_a_hole_joins_nothing(tmp_path: Path) -> None:
    timeline = edit(clip(0, 20) + transition(30, 40, "start-black") + clip(-1, 60, last=30), tmp_path)
    assert spans(timeline) == [("c", 0, 20), ("Black", 20, 30), ("c", 30, 60)]


def test_what_is_off_or_transparent_shows_what_lies_below(tmp_path: Path) -> None:
    below = f"<track>{clip(0, 100)}</track>"
    for above in (
        f"<track>{clip(0, 50, source=file('b.mov'))}<enabled>FALSE</enabled></track>",
        f"<track>{clip(0, 50, 0, '<enabled>False</enabled>', source=file('b.mov'))}</track>",
        f"<track>{clip(0, 50, 0, effect('opacity', opacity='0'), source=file('b.mov'))}</track>",
    ):
        assert len(reread(sequence(below + above), tmp_path).scenes) == 1
    seen = f"<track>{clip(0, 50, 0, effect('opacity', opacity='30'), source=file('b.mov'))}</track>"
    assert [s.media.name for s in reread(sequence(below + seen), tmp_path).scenes if s.media] == ["b.mov", "a.mov"]


def generator(start: int, end: int, kind: str) -> str:
    return (
        f"<generatoritem><name>{kind}</name><start>{start}</start><end>{end}</end><effect><name>{kind}</name>"
        f"<effectid>{kind}</effectid></effect></generatoritem>"
    )


def test_slugs_hide_and_titles_and_adjustment_layers_do_not(tmp_path: Path) -> None:
    above = generator(0, 10, "Slug") + generator(10, 20, "Text")
    layer = "<file id='l'><mediaSource>Slug</mediaSource><name>Slug</name></file>"
    clear = "<file id='t'><mediaSource>AdjustmentLayer</mediaSource></file>"
    above += clip(20, 30, source=layer) + clip(30, 40, source=clear)
    timeline = reread(sequence(f"<track>{clip(0, 100)}</track><track>{above}</track>"), tmp_path)
    assert [(n, a, b) for n, a, b in spans(timeline)] == [
        ("Slug", 0, 10),
        ("c", 10, 20),
        ("c", 20, 30),
        ("c", 30, 100),
    ]


def test_a_placeholder_without_rate_or_length_keeps_its_place(tmp_path: Path) -> None:
    zero = "<rate><timebase>0</timebase><ntsc>FALSE</ntsc></rate>"
    times = "<start>0</start><end>375</end><in>0</in><out>0</out>"
    held = f"<clipitem><name>hole</name><duration>0</duration>{zero}{times}</clipitem>"
    assert spans(edit(held + clip(375, 400), tmp_path)) == [("hole", 0, 375), ("c", 375, 400)]


def test_a_file_may_be_named_before_it_is_defined(tmp_path: Path) -> None:
    (tmp_path / "Take 1.mov").touch()
    url = f"file://localhost{tmp_path}/Take%201.mov"
    later = f'<file id="f"><pathurl>{url}</pathurl></file>'
    timeline = edit(clip(0, 10, source='<file id="f"/>') + clip(10, 20, source=later), tmp_path)
    assert [scene.media.path for scene in timeline.scenes if scene.media] == [str(tmp_path / "Take 1.mov")] * 2


def test_a_clip_without_a_file_shows_that_of_its_master_clip(tmp_path: Path) -> None:
    master = f'<clip id="m"><media><video><track>{clip(0, 9, source=file("deep.mov"))}</track></video></media></clip>'
    timeline = reread(
        master + sequence(f"<track>{clip(0, 9, 0, '<masterclipid>m</masterclipid>', source='')}</track>"), tmp_path
    )
    assert [scene.media.name for scene in timeline.scenes if scene.media] == ["deep.mov"]


def test_the_active_angle_of_a_multiclip_is_seen(tmp_path: Path) -> None:
    angles = "".join(
        f"<angle><activevideoangle>{active}</activevideoangle><clip>{file(name)}</clip></angle>"
        for name, active in (("one.mov", "FALSE"), ("two.mov", "TRUE"))
    )
    timeline = edit(clip(0, 9, source=f'<multiclip id="m">{angles}</multiclip>'), tmp_path)
    assert [scene.media.name for scene in timeline.scenes if scene.media] == ["two.mov"]


def test_of_several_sequences_the_longest_that_no_other_uses_is_the_edit(tmp_path: Path) -> None:
    used = sequence(f"<track>{clip(0, 900)}</track>", name="used")
    short, long = (sequence(f"<track>{clip(0, n)}</track>", name=f"n{n}") for n in (10, 50))
    holder = sequence(f"<track>{clip(0, 40, 5, source=named('used'))}</track>", name="holder")
    assert reread(used + short + long + holder, tmp_path).name == "n50"


def test_a_nested_sequence_of_another_rate_counts_in_seconds(tmp_path: Path) -> None:
    inner = sequence(f"<track>{clip(0, 48, rate=R24)}{clip(48, 96, 100, rate=R24)}</track>", rate=R24, name="inner")
    timeline = edit(clip(0, 100, source=inner), tmp_path)
    assert spans(timeline) == [("c", 0, 50), ("c", 50, 100)]
    assert timeline.scenes[1].source_in_s == Fraction(100, 24)


def test_sounds_of_a_nest_come_with_its_sound_item(tmp_path: Path) -> None:
    inner = sequence(f"<track>{clip(0, 50)}</track>", f"<track>{clip(0, 50, source=file('s.wav'))}</track>", name="i")
    outer = sequence(
        f"<track>{clip(0, 40, 5, source=inner)}</track>",
        f"<track MZ.TrackName='DX'>{clip(0, 40, 5, source=named('i'))}</track>",
        name="o",
    )
    (sound,) = reread(outer, tmp_path).audio
    assert sound.source_in_s == Fraction(1, 5)
    assert sound.record_out.frame == 40


def test_channels_on_a_pair_of_tracks_are_one_sound_and_levels_are_decibels(tmp_path: Path) -> None:
    def channel(number: int, level: str = "0.5") -> str:
        source = f"<sourcetrack><mediatype>audio</mediatype><trackindex>{number}</trackindex></sourcetrack>"
        return clip(0, 50, 0, source + effect("audiolevels", level=level), source=file("s.wav"))

    picture = f"<track>{clip(0, 50)}</track>"
    (sound,) = reread(sequence(picture, f"<track>{channel(1)}</track><track>{channel(2)}</track>"), tmp_path).audio
    assert sound.gain_db == pytest.approx(-6.0206, abs=1e-4)
    assert sound.track == "A1"
    same = reread(sequence(picture, f"<track>{channel(1)}</track><track>{channel(1)}</track>"), tmp_path).audio
    assert len(same) == 2
    (silent,) = reread(sequence(picture, f"<track>{channel(1, '0')}</track>"), tmp_path).audio
    assert silent.gain_db == -96


def test_markers_have_names_for_their_colours_and_lengths(tmp_path: Path) -> None:
    def marker(at: int, colour: str = "", out: int = -1) -> str:
        return f"<marker><name>m</name><in>{at}</in><out>{out}</out>{colour}</marker>"

    marks = marker(1, "<color><red>255</red><green>10</green><blue>0</blue></color>", 20)
    marks += marker(2, "<pproColor>4294741314</pproColor>") + marker(3)
    found = reread(sequence(f"<track>{clip(0, 50)}</track>", rest=marks), tmp_path).markers
    assert [(m.at.frame, m.colour, m.n_frames) for m in found] == [(1, "red", 19), (2, "blue", 0), (3, "green", 0)]


@pytest.mark.parametrize(
    ("label", "form", "frame", "drop"),
    [("01;00;00;00", "DF", 107892, True), ("01:00:00:00", "NDF", 108000, False), ("", "DF", 107892, True)],
)
def test_the_start_is_dropped_only_where_the_format_says_so(
    label: str, form: str, frame: int, drop: bool, tmp_path: Path
) -> None:
    ntsc = RATE.format(30, "TRUE")
    said = f"<timecode><string>{label}</string><frame>{frame}</frame><displayformat>{form}</displayformat></timecode>"
    timeline = reread(sequence(f"<track>{clip(0, 9, rate=ntsc)}</track>", rest=said, rate=ntsc), tmp_path)
    assert (timeline.start.frame, timeline.drop_frame) == (frame, drop)


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("", "holds no sequence"),
        ("<clip id='c'/>", "clips, but no sequence"),
        (sequence(""), "it is empty"),
        (sequence("", f"<track>{clip(0, 9)}</track>"), "sound alone"),
        (sequence(f"<track>{generator(0, 9, 'Text')}</track>"), "titles alone"),
        (sequence(f"<track>{clip(0, 9, rate='', source='')}</track>", rate=""), "frame rate"),
        (sequence(f"<track>{clip(0, 9, source=named('s'))}</track>"), "holds itself"),
        (sequence(f"<track>{clip(0, 10**12)}</track>"), "cannot be"),
        (sequence(f"<track>{clip(0, 25 * 3600 * 50)}</track>"), "longer than 48 hours"),
    ],
)
def test_what_shows_nothing_costs_one_sentence(inside: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match=why):
        reread(inside, tmp_path)


def test_a_rate_that_is_given_wins(tmp_path: Path) -> None:
    timeline = reread(sequence(f"<track>{clip(0, 50)}</track>"), tmp_path, Fraction(24))
    assert timeline.rate == Fraction(24)
    assert timeline.end.frame == 48
