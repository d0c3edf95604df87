"""Without overrides a cue has one style from its first note to its last, and two modes at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recut_scores import weights
from tests.spotting.edits import MEDIA, make_medium, timelines
from v2m_bridge.arrange.styles import load_style, style_names
from v2m_bridge.core.direction import CueDirection, Direction
from v2m_bridge.core.harmony import parse_key
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.core.video import MediumFeatures
from v2m_bridge.pipeline import Seen, compose_seen

noisy = st.fixed_dictionaries({name: st.builds(make_medium, st.just(60), seed=st.integers(0, 2**16)) for name in MEDIA})
"""Pictures whose every second is drawn anew: emotion, movement and confidence."""


@dataclass(frozen=True)
class Asked:
    """A random edit of which the user says no more than a style."""

    timeline: Timeline
    media: dict[str, MediumFeatures]
    style: str


edits = st.builds(Asked, timelines(n_scenes=(4, 10)), noisy, st.sampled_from(style_names()))


def check_one_style(asked: Asked) -> None:
    """Check parts against the file of the style, and count how often the mode changes from slot to slot."""
    style = load_style(asked.style)
    score = compose_seen(
        asked.timeline,
        Direction(defaults=CueDirection(style=asked.style)),
        None,
        seen=Seen(asked.media, "compact", ()),
        weights=weights(),
    )
    for cue in score.cues:
        assert cue.style == asked.style
        assert _instruments(cue.parts) == _instruments(style.parts)
        for part, rule in zip(cue.parts, style.parts, strict=True):
            assert not part.controls or rule.controller is not None
            assert all(note.velocity == rule.fixed_velocity for note in part.notes if rule.fixed_velocity)
        modes = [parse_key(cue.key_at(slot)).mode for slot in range(len(cue.slots))]
        assert sum(a != b for a, b in pairwise(modes)) <= 1


def _instruments(parts: Sequence[object]) -> list[tuple[object, ...]]:
    return [tuple(getattr(part, name) for name in ("name", "channel", "program")) for part in parts]


@settings(max_examples=25)
@given(edits)
def test_a_cue_is_played_by_the_parts_of_one_style(asked: Asked) -> None:
    check_one_style(asked)


@pytest.mark.long
@settings(max_examples=200)
@given(edits)
def test_in_two_hundred_noisy_edits_no_cue_changes_its_style_or_its_mode_twice(asked: Asked) -> None:
    check_one_style(asked)
