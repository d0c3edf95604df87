from __future__ import annotations

import csv
from fractions import Fraction

from tests.scores import make_cue, make_score
from v2m_bridge.core.score import ScoredHit, ScoredMarker
from v2m_bridge.export.markers import COLUMNS, markers_csv


def test_every_named_thing_has_one_row_in_the_order_of_time() -> None:
    rate = Fraction(30000, 1001)
    hit = ScoredHit(90, "accent", "must", 'door, "slam"', 0, 1.5, False)
    score = make_score(
        rate=rate,
        n_frames=3600,
        start="00:59:30;00",
        drop_frame=True,
        cues=[make_cue(in_frame=30, out_frame=1830, rate=rate, hits=(hit,), title="Chase")],
        markers=[ScoredMarker(90, "look, here\nnow", "Blue")],
    )
    rows = list(csv.reader(markers_csv(score).splitlines(keepends=True)))
    assert tuple(rows[0]) == COLUMNS
    assert [(row[1], row[3]) for row in rows[1:]] == [
        ("0", "scene"), ("30", "cue in"), ("90", "hit"), ("90", "marker"), ("1800", "scene"), ("1830", "cue out"),
    ]  # fmt: skip
    assert rows[3][6] == '+1.5 frames; door, "slam"'
    assert rows[4][4:6] == ["look, here\nnow", "Blue"]
    assert rows[2][:3] == ["00:59:31;00", "30", "1.001000"]
