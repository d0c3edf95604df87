"""Lists that are broken by accident or on purpose: an edit or one sentence, in bounded time."""

import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.timeline.dialects import edl_avid, edl_premiere
from tests.timeline.lists import cut
from tests.timeline.reference_edit import RATES
from v2m_bridge.core.timeline import MediaFacts
from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline import read

AT = RATES[2]
ODD = (
    b"99:99:99:99",
    b"-1",
    b"000.0",
    b"M2 A 99999999999999999999 01:00:00:00\n",
    b"|C:x |M:y |D:99999999999\n",
    b"\xff\0",
)


def attempt(path: Path, known: dict[str, MediaFacts]) -> None:
    try:
        read(path, rate=AT.rate, known=known)
    except TimelineError as exc:
        assert "\n" not in exc.sentence()
        assert len(exc.sentence()) < 700


@pytest.mark.parametrize("dialect", [edl_avid, edl_premiere])
def test_a_list_cut_short_or_changed_anywhere_is_an_edit_or_one_sentence(dialect: object, tmp_path: Path) -> None:
    path = dialect.write(AT, tmp_path)  # type: ignore[attr-defined]
    known = {str(film): MediaFacts(Fraction(25), 1_080_000, 2000, True) for film in tmp_path.glob("*.mov")}
    data = path.read_bytes()
    random = np.random.default_rng(1)
    for length in range(1, len(data), 97):
        path.write_bytes(data[:length])
        attempt(path, known)
    for _ in range(150):
        changed = bytearray(data)
        for at in random.integers(len(changed), size=random.choice((1, 3, 20))):
            what = (*ODD, bytes(random.integers(256, size=1, dtype=np.uint8)), b"")
            changed[at : at + random.integers(4)] = what[random.integers(len(what))]
        path.write_bytes(changed)
        attempt(path, known)


@pytest.mark.parametrize(
    "text",
    [
        "A" * 5_000_000,
        "001 " + " " * 5_000_000 + "x",
        cut("A", "1:00 2:00", "0:00 1:00") + "x\n" * 100_000 + "|C:a |M:b\n",
        cut("A", "1:00 2:00", "0:00 1:00") + "M2 A 012.5 01:00:01:00\n" * 20_000,
        cut("A", "1:00 2:00", "0:00 1:00") + ("001 " + "9 " * 900 + "\n") * 300,
        cut("A", "1:00 2:00", "0:00 1:00", how="V9A9" * 300 + " C") * 20,
        cut("A", "1:00 2:00", "0:00 1:00", "* LOC: " + "9" * 100_000),
    ],
    ids=["one line", "spaces", "notes", "speeds", "digits", "channels", "locator"],
)
def test_long_lists_take_no_more_than_their_length(text: str, tmp_path: Path) -> None:
    path = tmp_path / "long.edl"
    path.write_text(text)
    before_s = time.process_time()
    attempt(path, {})
    assert time.process_time() - before_s < 4


def test_more_events_than_any_edit_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("v2m_bridge.timeline.edl_lines.MAX_SEGMENTS", 3)
    path = tmp_path / "many.edl"
    path.write_text("".join(cut("A", "1:00 2:00", f"{n}:00 {n + 1}:00", number=n) for n in range(4)))
    with pytest.raises(TimelineError, match="more than 3 events"):
        read(path, rate=Fraction(25))


def test_an_edit_of_many_days_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "days.edl"
    path.write_text(cut("A", "1:00 2:00", "0:00 1:00") + cut("B", "1:00 2:00", "99:00:00:00 99:00:01:00", number=2))
    with pytest.raises(TimelineError, match="longer than 48 hours"):
        read(path, rate=Fraction(25))
