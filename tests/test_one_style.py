"""Without overrides a cue has one style from its first note to its last, and two modes at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.recut_scores import weights
from tests.spotting.test_mode_turn import noisy_edit
from v2m_bridge.arrange.styles import load_style, style_names
from v2m_bridge.core.harmony import parse_key
from v2m_bridge.pipeline import Seen, compose_seen


def n_mode_changes(seed: int) -> int:
    """Compose a noisy edit in some style, check its parts against the file of the style, and count changes of mode."""
    timeline, direction, media = noisy_edit(seed)
    style = load_style(style_names()[seed % len(style_names())])
    asked = replace(direction, defaults=replace(direction.defaults, style=style.name))
    score = compose_seen(timeline, asked, None, seen=Seen(media, "compact", ()), weights=weights())
    changes = 0
    for cue in score.cues:
        assert cue.style == style.name
        assert _instruments(cue.parts) == _instruments(style.parts)
        for part, rule in zip(cue.parts, style.parts, strict=True):
            assert bool(part.controls) <= (rule.controller is not None)
            assert rule.fixed_velocity is None or {note.velocity for note in part.notes} <= {rule.fixed_velocity}
        modes = [parse_key(cue.key_at(slot)).mode for slot in range(len(cue.slots))]
        own = sum(a != b for a, b in pairwise(modes))
        assert own <= 1
        changes += own
    return changes


def _instruments(parts: Sequence[object]) -> list[tuple[object, ...]]:
    return [tuple(getattr(part, name) for name in ("name", "channel", "program")) for part in parts]


def test_a_cue_is_played_by_the_parts_of_one_style() -> None:
    for seed in range(12):
        n_mode_changes(seed)


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 200, 50))
def test_in_two_hundred_noisy_edits_no_cue_changes_its_style_or_its_mode_twice(first: int) -> None:
    assert sum(map(n_mode_changes, range(first, first + 50))) >= 3
