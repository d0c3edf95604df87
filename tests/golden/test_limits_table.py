from pathlib import Path

from tests.golden.limits_table import PAGE, page
from tests.timeline.dialects import __path__ as dialects
from tests.timeline.test_reference_edit import LIMITS


def test_the_page_says_what_the_formats_leave_out() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text, "run python -m tests.golden.limits_table"


def test_every_dialect_is_in_the_table() -> None:
    marks = ("SUFFIX", "def write(")
    texts = {path.stem: path.read_text(encoding="utf-8") for path in Path(dialects[0]).glob("*.py")}
    assert {name for name, text in texts.items() if all(mark in text for mark in marks)} == set(LIMITS)
