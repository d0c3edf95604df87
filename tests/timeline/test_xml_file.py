"""XML is read whatever its encoding, and what is no sane document costs one sentence in bounded time."""

import time
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from v2m_bridge.errors import TimelineError
from v2m_bridge.timeline.xml_file import MAX_ELEMENTS, MAX_TAG_BYTES, MAX_TEXT_CHARACTERS, read_xml

BODY = '<!DOCTYPE fcpxml SYSTEM "fcpxml.dtd">\r\n<fcpxml version="1.11"><note>Größe 撮影</note></fcpxml>\r\n'
BILLION = '<!DOCTYPE a [<!ENTITY b "xx"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
FETCH = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>'
PARAMETER = '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:9/x.dtd"> %b;]><a/>'


def parsed(content: bytes | str, folder: Path) -> Element:
    path = folder / "edit.xml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_xml(path)


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("UTF-16", "utf-16-be"),
        ("UTF-16", "utf-16-le"),
        ("UTF-8", "utf-16"),
        ("UTF-16", "utf-8"),
    ],
)
def test_every_encoding_of_editors_reads_alike(declared: str, encoding: str, tmp_path: Path) -> None:
    root = parsed(f'<?xml version="1.0" encoding="{declared}"?>\r\n{BODY}'.encode(encoding), tmp_path)
    assert (root.tag, root.get("version"), root.findtext("note")) == ("fcpxml", "1.11", "Größe 撮影")


def test_single_byte_encodings_are_what_they_declare(tmp_path: Path) -> None:
    root = parsed('<?xml version="1.0" encoding="windows-1252"?><a>Größe – €</a>'.encode("cp1252"), tmp_path)
    assert root.text == "Größe – €"


def test_blanks_before_and_control_characters_within_do_no_harm(tmp_path: Path) -> None:
    assert parsed('\n <?xml version="1.0"?><a>b\x0b\x00c</a>', tmp_path).text == "bc"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (BILLION, "declares entities"),
        (FETCH, "declares entities"),
        (PARAMETER, "declares entities"),
        ("<a>&unknown;</a>", "not sound XML"),
        ("<a>" * 200_000, "nested more than 256 deep"),
        ("<a>" * 257 + "</a>" * 257, "nested more than 256 deep"),
        ("<a><b></a>", "mismatched tag"),
        ("<a", "not sound XML"),
        ("hello", "not sound XML"),
        ("   \n", "is empty"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', "not sound XML"),
        ('<?xml version="1.0" encoding="shift_jis"?><a>撮</a>'.encode("shift_jis"), "not sound XML"),
        ("<a>Größe</a>".encode("latin-1"), "not sound XML"),
        (b"\xff\xfe\x00", "not sound XML"),
        ("<a " + "x" * (MAX_TAG_BYTES * 3 // 2) + "/>", "one tag of more than 4 MB"),
        ("<!--" + "x" * (MAX_TAG_BYTES * 3 // 2) + "--><a/>", "one tag of more than 4 MB"),
    ],
)
def test_what_is_no_sane_document_costs_one_sentence(content: bytes | str, words: str, tmp_path: Path) -> None:
    before_s = time.process_time()
    with pytest.raises(TimelineError, match=words) as caught:
        parsed(content, tmp_path)
    assert time.process_time() - before_s < 2
    assert "\n" not in caught.value.sentence()
    assert len(caught.value.sentence()) < 400


def test_the_number_of_elements_is_bounded(tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match="holds more than 500,000 elements"):
        parsed("<a>" + "<b/>" * (MAX_ELEMENTS + 1), tmp_path)


def test_embedded_data_are_left_out(tmp_path: Path) -> None:
    root = parsed("<a><b>" + "A" * (5 * MAX_TEXT_CHARACTERS) + "</b><c>kept</c></a>", tmp_path)
    assert len(root.findtext("b") or "") < 2.5 * MAX_TEXT_CHARACTERS
    assert root.findtext("c") == "kept"


def test_256_levels_are_read(tmp_path: Path) -> None:
    assert parsed("<a>" * 256 + "</a>" * 256, tmp_path).tag == "a"
