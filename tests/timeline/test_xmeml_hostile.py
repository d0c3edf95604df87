"""xmeml that is broken by accident or on purpose: one sentence each, in bounded time."""

import random
import re
import time
from pathlib import Path

import pytest

from tests.timeline.dialects import xmeml_premiere, xmeml_resolve
from tests.timeline.reference_edit import RATES
from tests.timeline.xmeml_edits import clip, document, named, reread, sequence, spans
from v2m_bridge.core.timeline import Timeline
from v2m_bridge.errors import TimelineError, V2MError
from v2m_bridge.timeline import read

ODD = ("nan", "-1", "-5", "0", "1e30", "inf", "", "x", "999999999999999999", "0.5", "1e99", "-99999999")
TEXTS = [xmeml_premiere.document(RATES[0]), xmeml_resolve.document(RATES[2])]


@pytest.mark.parametrize("text", TEXTS, ids=["premiere", "resolve"])
def test_any_number_may_be_odd(text: str, tmp_path: Path) -> None:
    numbers = [match.span() for match in re.finditer(r"(?<=>)-?\d+(?:\.\d+)?(?=<)", text)]
    rng, path = random.Random(3), tmp_path / "odd.xml"  # noqa: S311
    n_read = 0
    for begin, end in rng.sample(numbers, 120):
        path.write_text(text[:begin] + rng.choice(ODD) + text[end:], encoding="utf-8")
        try:
            n_read += isinstance(read(path), Timeline)
        except TimelineError as exc:
            assert "\n" not in exc.sentence()
    assert n_read > 70


@pytest.mark.parametrize("text", TEXTS, ids=["premiere", "resolve"])
def test_any_element_may_be_missing(text: str, tmp_path: Path) -> None:
    elements = [match.span() for match in re.finditer(r"<(\w+)(?: [^>]*)?>[^<]*</\1>", text)]
    rng, path = random.Random(4), tmp_path / "less.xml"  # noqa: S311
    n_read = 0
    for begin, end in rng.sample(elements, 120):
        path.write_text(text[:begin] + text[end:], encoding="utf-8")
        n_read += isinstance(read(path), Timeline)
    assert n_read == 120


def test_a_file_cut_short_anywhere_costs_one_sentence(tmp_path: Path) -> None:
    content = TEXTS[0].encode()
    path = tmp_path / "short.xml"
    for length in range(1, len(content) - 12, 997):
        path.write_bytes(content[:length])
        with pytest.raises(TimelineError):
            read(path)


def test_a_file_with_wrong_bytes_is_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    content, rng = TEXTS[1].encode(), random.Random(7)  # noqa: S311
    path = tmp_path / "wrong.xml"
    for _ in range(200):
        wrong = bytearray(content)
        wrong[rng.randrange(len(wrong))] = rng.randrange(256)
        path.write_bytes(wrong)
        try:
            read(path)
        except V2MError as exc:
            assert "\n" not in exc.sentence()


@pytest.mark.parametrize("change", ["crlf", "mark", "upper", "utf16"])
def test_line_ends_marks_case_and_encoding_do_not_matter(change: str, tmp_path: Path) -> None:
    text, path = TEXTS[0], tmp_path / "edit.XML"
    wanted = spans(_read(text.encode(), path))
    changed = {
        "crlf": text.replace("\n", "\r\n").encode(),
        "mark": b"\xef\xbb\xbf" + text.encode(),
        "upper": re.sub(r"(</?)(clipitem|start|end|in|out|rate)\b", lambda m: m[1] + m[2].upper(), text).encode(),
        "utf16": text.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"),
    }[change]
    assert spans(_read(changed, path)) == wanted


def _read(content: bytes, path: Path) -> Timeline:
    path.write_bytes(content)
    timeline = read(path)
    assert isinstance(timeline, Timeline)
    return timeline


@pytest.mark.long
def test_nests_in_nests_do_not_explode(tmp_path: Path) -> None:
    levels = "".join(
        sequence(
            "<track>"
            + "".join(clip(n * 10**7, (n + 1) * 10**7, source=named(f"n{level + 1}"), last=10**7) for n in range(10))
            + "</track>",
            name=f"n{level}",
        )
        for level in range(9)
    )
    last = sequence("<track>" + "".join(clip(n, n + 1) for n in range(2_000)) + "</track>", name="n9")
    before_s = time.process_time()
    with pytest.raises(TimelineError):
        reread(levels + last, tmp_path)
    assert time.process_time() - before_s < 30


def test_a_chain_of_many_nests_costs_one_sentence(tmp_path: Path) -> None:
    chain = "".join(
        sequence(f"<track>{clip(0, 9, source=named(f'n{level + 1}'))}</track>", name=f"n{level}")
        for level in range(5_000)
    )
    with pytest.raises(TimelineError, match="deeper than can be followed"):
        reread(chain, tmp_path)


def test_four_thousand_overlapping_clips_are_read_in_time(tmp_path: Path) -> None:
    tracks = "".join(
        "<track>" + "".join(clip(n * 10 + k, n * 10 + k + 9) for n in range(100)) + "</track>" for k in range(40)
    )
    before_s = time.process_time()
    assert len(reread(sequence(tracks), tmp_path).scenes) > 100
    assert time.process_time() - before_s < 30


def test_entities_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "edit.xml"
    path.write_text(document("").replace("<!DOCTYPE xmeml>", '<!DOCTYPE xmeml [<!ENTITY a "b">]>'), encoding="utf-8")
    with pytest.raises(TimelineError, match="entities"):
        read(path)
