from tests.golden.protocol_page import PAGE, protocol_page
from v2m_bridge.core.osc_check import OscArg, OscMessage
from v2m_bridge.core.osc_commands import command_of
from v2m_bridge.core.osc_schema import DO, GET, OUT


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == protocol_page(), "run python -m tests.golden.protocol_page"


def test_every_address_that_is_followed_makes_a_command() -> None:
    values: dict[str, OscArg] = {"i": 1, "f": 1.0}
    texts = {
        "chords": "C Am", "key": "A minor", "bpm": "90", "emotion": "tense", "path": "cut.otio", "stand": "held",
        "entry": "pickup", "ending": "button", "rhythm": "vamp 2 bars", "theme": "hero:minor",
    }  # fmt: skip
    for row in DO:
        args = tuple(
            values.get(kind, texts.get(name, "1m01")) for kind, name in zip(row.types, row.arguments, strict=True)
        )
        command_of(OscMessage(row.path, args))


def test_addresses_are_unique_and_typed_for_every_host() -> None:
    paths = [row.path for row in (*OUT, *DO, *GET)]
    assert len(set(paths)) == len(paths)
    assert {kind for row in (*OUT, *DO, *GET) for kind in row.types} <= set("ifsb")
