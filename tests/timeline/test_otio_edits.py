"""Any edit of clips, gaps and retimes comes back exactly, at every rate that editors write."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentimelineio.opentime import RationalTime

from tests.timeline.edits import RATES, clip, edit, gap, reread, track
from v2m_bridge.core.timeline import Timeline


class Shot(NamedTuple):
    """One item of an edit; a medium of None is a gap."""

    medium: str | None
    start: int
    frames: int
    speed: float | None


SPEEDS = {None: Fraction(1), 0.0: Fraction(0), 0.5: Fraction(1, 2), 1.001: Fraction(1001, 1000), 2.0: Fraction(2)}
SHOTS = st.lists(
    st.builds(
        Shot,
        st.sampled_from(["a", "b", "Ärger 50%", None]),
        st.integers(0, 200_000),
        st.integers(1, 5_000),
        st.sampled_from(sorted(SPEEDS, key=str)),
    ),
    min_size=1,
    max_size=12,
).filter(lambda shots: any(shot.medium for shot in shots))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("edits")


def written(shots: list[Shot], rate: float, medium_from: int | None) -> object:
    """Return an OpenTimelineIO timeline of the shots."""
    offset = medium_from or 0
    return edit(
        track(
            *(
                clip(s.medium, s.start + offset, s.frames, rate=rate, medium_from=medium_from, speed=s.speed)
                if s.medium
                else gap(s.frames, rate)
                for s in shots
            )
        ),
        start=RationalTime(86400, rate),
    )


def joined(shots: list[Shot]) -> list[Shot]:
    """Return the shots with neighbouring gaps as one."""
    out: list[Shot] = []
    for shot in shots:
        if out and shot.medium is None and out[-1].medium is None:
            out[-1] = out[-1]._replace(frames=out[-1].frames + shot.frames)
        else:
            out.append(shot)
    return out


@given(shots=SHOTS, rate=st.sampled_from(sorted(RATES)), medium_from=st.sampled_from([None, 0, 86_400, 1_000_000]))
def test_every_edit_comes_back_exactly(folder: Path, shots: list[Shot], rate: float, medium_from: int | None) -> None:
    timeline = reread(written(shots, rate, medium_from), folder)
    exact = RATES[rate]
    assert timeline.rate == exact
    assert (timeline.start.frame, timeline.drop_frame) == (86400, False)
    expected = joined(shots)
    assert [scene.n_frames for scene in timeline.scenes] == [shot.frames for shot in expected]
    for scene, shot in zip(timeline.scenes, expected, strict=True):
        if shot.medium is None:
            assert (scene.media, scene.name, scene.retime) == (None, "Black", ())
            continue
        assert scene.media is not None
        assert scene.media.name == f"{shot.medium}.mov"
        assert scene.source_in_s == shot.start / exact
        middle_s = Fraction(shot.frames // 2) / exact
        assert scene.source_s(middle_s) == shot.start / exact + SPEEDS[shot.speed] * middle_s
        assert bool(scene.retime) == (shot.speed is not None)


@given(shots=SHOTS, rate=st.sampled_from(sorted(RATES)))
def test_scenes_tile_the_edit_and_have_ids_of_their_own(folder: Path, shots: list[Shot], rate: float) -> None:
    timeline = reread(written(shots, rate, 0), folder)
    assert timeline.end.frame == sum(shot.frames for shot in shots)
    assert all(a.record_out == b.record_in for a, b in pairwise(timeline.scenes))
    assert len({scene.id for scene in timeline.scenes}) == len(timeline.scenes)


@given(shots=SHOTS, cut=st.integers(0, 11))
def test_a_shot_keeps_its_id_wherever_the_edit_moves_it(folder: Path, shots: list[Shot], cut: int) -> None:
    before = reread(written(shots, 25.0, 0), folder)
    front = [Shot("other", 7, 13, None), *shots[:cut], Shot("another", 9, 17, None), *shots[cut:]]
    after = reread(written(front, 25.0, 0), folder)
    pictures = {scene.id for scene in before.scenes if scene.media}
    assert pictures <= {scene.id for scene in after.scenes}


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(RATES)), st.integers(0, 9_999), st.integers(25, 500)), min_size=1, max_size=10
    )
)
def test_clips_of_mixed_rates_start_within_half_a_frame_and_never_drift(
    folder: Path, shots: list[tuple[float, int, int]]
) -> None:
    made = edit(
        track(*(clip(f"m{n}", start, frames, rate=rate) for n, (rate, start, frames) in enumerate(shots))),
        start=RationalTime(0, 25.0),
    )
    timeline = reread(made, folder)
    at_s = Fraction(0)
    assert len(timeline.scenes) == len(shots)
    for scene, (rate, start, frames) in zip(timeline.scenes, shots, strict=True):
        assert abs(scene.record_in.exact_s - at_s) <= Fraction(1, 50)
        assert scene.source_in_s == start / RATES[rate]
        at_s += frames / RATES[rate]
    assert abs(timeline.end.exact_s - at_s) <= Fraction(1, 50)


def test_the_same_file_gives_the_same_timeline(folder: Path) -> None:
    made = edit(track(clip("a", 5, 50), gap(10), clip("b", 7, 70, speed=0.5)))
    assert reread(made, folder) == reread(made, folder)


def test_two_thousand_clips_are_read_well_within_the_limit(folder: Path) -> None:
    timeline = reread(edit(track(*(clip(f"c{n % 90}", n, 48, medium_from=0) for n in range(2_000)))), folder)
    assert len(timeline.scenes) == 2_000
    assert isinstance(timeline, Timeline)
