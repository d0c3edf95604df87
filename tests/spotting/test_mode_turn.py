"""A cue changes its mode at most once by itself, where a phrase begins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spotting.edits import RATES, make_medium, make_timeline
from v2m_bridge.core.affect import CONFIDENT, Affect, Emotion
from v2m_bridge.core.cue import HitKind, Need
from v2m_bridge.core.direction import CueDirection, Direction, SceneDirection
from v2m_bridge.core.harmony import Key, parse_progression
from v2m_bridge.core.plan import CuePlan
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.spotting.mode_turn import LEAST_PART_NS, phrase_slots, relative_key
from v2m_bridge.spotting.plan import plan_cues


def picture(valence: float, *, confidence: float = 0.9, noise: float = 0.0, seed: int = 0) -> MediumFeatures:
    """Return two minutes that look alike, but for noise."""
    rng = np.random.default_rng(seed)
    noisy = np.clip(valence + rng.normal(0, noise or 1e-9, 120), -1, 1)
    return make_medium(120, confidence=confidence, motion=[5.0] * 120, valence=noisy.tolist(), arousal=[0.0] * 120)


def two_halves(first: float = -0.6, second: float = 0.6, **looks: float) -> tuple[Timeline, dict[str, MediumFeatures]]:
    media = {"dark.mov": picture(first, **looks), "bright.mov": picture(second, **looks)}  # type: ignore[arg-type]
    return make_timeline([(1000, "dark.mov"), (1000, "bright.mov")]), media


def bars_since_phrase_start(plan: CuePlan, slot: int) -> int:
    """Count bars from the start of the cue, anew wherever a change must be met and is."""
    struck = [hit.tick for hit in plan.hits if hit.met and hit.hit.need is Need.MUST and hit.hit.kind is HitKind.CHANGE]
    begun = [row.bar for row in plan.slots for tick in struck if row.onset_tick <= tick < row.end_tick]
    bar = plan.slots[slot].bar
    return bar - max([0, *(each for each in begun if each <= bar)])


def check_turn(plan: CuePlan) -> None:
    """Check that the modes of a cue are one, or two that change at the start of a phrase for good."""
    modes = [plan.key_at(slot).mode for slot in range(len(plan.slots))]
    changes = [slot for slot in range(1, len(modes)) if modes[slot] != modes[slot - 1]]
    assert len(changes) <= 1
    if plan.turn is None:
        assert not changes
        return
    assert changes == [plan.turn.slot]
    slot = plan.slots[plan.turn.slot]
    assert slot.onset_tick in set(plan.tempo.bar_lines(plan.end_tick))
    assert bars_since_phrase_start(plan, plan.turn.slot) % 4 == 0
    assert set(plan.turn.key.scale) == set(plan.key.scale)
    at_ns = plan.tempo.ns_at(slot.onset_tick)
    assert min(at_ns, plan.cue.length_ns - at_ns) >= LEAST_PART_NS


def noisy_edit(seed: int) -> tuple[Timeline, Direction, dict[str, MediumFeatures]]:
    """Return an edit of one to four acts, each of shots of two media that are about as dark or as bright, but noisy."""
    rng = np.random.default_rng(seed)
    shots: list[tuple[int, str | None]] = []
    media = {}
    for act in range(rng.integers(1, 5)):
        mood = rng.choice([-1, 1]) * rng.uniform(0, 0.9)
        names = [f"{act}{take}.mov" for take in "ab"]
        for take, name in enumerate(names):
            sure, noise = rng.uniform(CONFIDENT, 1), rng.uniform(0, 0.8)
            media[name] = picture(mood, confidence=sure, noise=noise, seed=2 * seed + take)
        shots += [(int(rng.integers(25, 200)), str(rng.choice(names))) for _ in range(rng.integers(3, 10))]
    timeline = make_timeline(shots, rate=RATES[seed % len(RATES)])
    return timeline, Direction(defaults=CueDirection(fit=("musical" if seed % 4 == 0 else "constant"))), media


@pytest.mark.long
def test_in_two_hundred_noisy_edits_a_cue_changes_mode_once_at_most_and_never_inside_a_phrase() -> None:
    turns = 0
    for seed in range(200):
        timeline, direction, media = noisy_edit(seed)
        for plan in plan_cues(timeline, direction, media):
            check_turn(plan)
            turns += plan.turn is not None
    assert 20 <= turns <= 180, "a law about turns needs some, and edits without"


def test_a_picture_that_turns_from_dark_to_bright_turns_the_cue_to_the_relative_key_once() -> None:
    timeline, media = two_halves()
    (plan,) = plan_cues(timeline, Direction(), media)
    check_turn(plan)
    assert plan.turn is not None
    assert (plan.key.mode, plan.turn.key) == ("minor", relative_key(plan.key))
    at_s = plan.tempo.ns_at(plan.slots[plan.turn.slot].onset_tick) / 1e9
    assert abs(at_s - 40) < 8
    assert "valence" in plan.turn.reason
    backwards = plan_cues(*_turned_round(timeline, media))[0]
    assert backwards.turn is not None
    assert (backwards.key.mode, backwards.turn.key.mode) == ("major", "minor")


def _turned_round(
    timeline: Timeline, media: dict[str, MediumFeatures]
) -> tuple[Timeline, Direction, dict[str, MediumFeatures]]:
    return timeline, Direction(), {"dark.mov": media["bright.mov"], "bright.mov": media["dark.mov"]}


@pytest.mark.parametrize("valences", [(-0.2, 0.2), (0.2, 0.9), (-0.9, -0.1), (0.0, 0.0)])
def test_a_small_step_or_one_on_one_side_of_the_middle_turns_nothing(valences: tuple[float, float]) -> None:
    timeline, media = two_halves(*valences)
    assert plan_cues(timeline, Direction(), media)[0].turn is None


def test_a_picture_that_is_not_sure_or_flickers_turns_nothing() -> None:
    timeline, media = two_halves(confidence=0.2)
    assert plan_cues(timeline, Direction(), media)[0].turn is None
    restless = make_timeline([(50, "dark.mov"), (50, "bright.mov")] * 20)
    _, media = two_halves()
    assert plan_cues(restless, Direction(), media)[0].turn is None
    short = make_timeline([(350, "dark.mov"), (350, "bright.mov")])
    assert plan_cues(short, Direction(), media)[0].turn is None


@pytest.mark.parametrize(
    "wish",
    [
        CueDirection(key=Key(2, "major")),
        CueDirection(emotion=Emotion.SAD),
        CueDirection(emotion=Affect(0.4, 0.1)),
        CueDirection(primer=parse_progression("Am F C G")),
    ],
)
def test_what_the_user_says_of_the_cue_holds_to_its_end(wish: CueDirection) -> None:
    timeline, media = two_halves()
    assert plan_cues(timeline, Direction(defaults=wish), media)[0].turn is None


def test_a_scenes_override_neither_moves_nor_makes_nor_ends_a_turn() -> None:
    timeline, media = two_halves()
    (before,) = plan_cues(timeline, Direction(), media)
    for scene in timeline.scenes:
        for emotion in (Emotion.SAD, Emotion.EXCITING):
            asked = Direction(scenes={scene.id: SceneDirection(emotion=emotion, intensity=1.0, mute=True)})
            (after,) = plan_cues(timeline, asked, media)
            assert (after.key, after.turn, after.cue_key) == (before.key, before.turn, before.cue_key)


def test_a_turn_is_part_of_the_cue_key() -> None:
    timeline, media = two_halves()
    (plan,) = plan_cues(timeline, Direction(), media)
    (other,) = plan_cues(*_turned_round(timeline, media))
    assert plan.cue_key != other.cue_key


def test_phrases_begin_anew_in_a_bar_where_a_change_must_be_met() -> None:
    timeline, media = two_halves()
    (plan,) = plan_cues(timeline, Direction(), media)
    plain = phrase_slots(plan.slots, ())
    assert [plan.slots[slot].bar for slot in plain][:3] == [0, 4, 8]
    hit = next(each for each in plan.hits if each.hit.kind is HitKind.CHANGE)
    met = replace(hit, hit=replace(hit.hit, need=Need.MUST), tick=6 * 3840, met=True)
    assert [plan.slots[slot].bar for slot in phrase_slots(plan.slots, (met,))][:4] == [0, 4, 6, 10]
    missed = replace(met, met=False)
    assert phrase_slots(plan.slots, (missed,)) == plain


@given(st.integers(0, 11), st.sampled_from(("major", "minor")))
def test_the_relative_key_has_the_same_notes_the_other_mode_and_the_same_place_in_the_model(
    tonic: int, mode: str
) -> None:
    key = Key(tonic, mode)  # type: ignore[arg-type]
    other = relative_key(key)
    assert (set(other.scale), other.mode != key.mode) == (set(key.scale), True)
    assert other.semitones_from_model == key.semitones_from_model
    assert other.uses_flats == key.uses_flats
    assert relative_key(other) == key
