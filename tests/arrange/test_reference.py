"""The style `reference` plays today what it played when it was written: it is what others compare with."""

from __future__ import annotations

import hashlib

from tests.arrange.cues import dynamics_of, hit_at
from tests.plans import make_plan
from v2m_bridge.arrange.arrange import arrange
from v2m_bridge.core.cue import HitKind
from v2m_bridge.core.harmony import chord_of_id
from v2m_bridge.core.timebase import Meter

WRITTEN = "a955015293843861fbc19615cfb5986c"


def digest_of_reference() -> str:
    digest = hashlib.blake2b(digest_size=16)
    for seed, meter in enumerate((Meter(4, 4), Meter(3, 4), Meter(6, 8), Meter(5, 4))):
        plan = make_plan(
            40, 84 + 13 * seed, valence=0.5 - 0.3 * seed, arousal=0.3 * seed, seed=seed, meter=meter,
            style="reference", muted=(9, 10), hits=(hit_at(11 * 960), hit_at(31 * 960, HitKind.STOP)),
        )  # fmt: skip
        n = len(plan.slots)
        chords = [chord_of_id((7 * t // 2 * 11 + seed) % 157) for t in range(n)]
        parts = arrange(plan, chords, dynamics_of(n, [t % 30 for t in range(n)], [t % 50 / 100 for t in range(n)]))
        digest.update(
            repr([(p.name, p.channel, p.program, [*map(tuple, p.notes)], p.controls) for p in parts]).encode()
        )
    return digest.hexdigest()


def test_reference_is_what_it_was_byte_for_byte() -> None:
    assert digest_of_reference() == WRITTEN
