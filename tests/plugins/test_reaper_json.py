"""The JSON reader of the REAPER script: what Python reads it reads, what is no JSON it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plugins.reaper import FOLDER, lua

ECHO = """
local json = dofile(arg[1] .. "/json.lua")
local function written(value)
  if value == json.null then return "null" end
  if type(value) == "string" then
    return '"' .. value:gsub('[%c"\\\\]', function(s) return ("\\\\u%04x"):format(s:byte()) end) .. '"'
  end
  if math.type(value) == "float" then return ("%.17g"):format(value) end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  if #value > 0 then
    for i, item in ipairs(value) do parts[i] = written(item) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for name, item in pairs(value) do parts[#parts + 1] = written(name) .. ":" .. written(item) end
  return "{" .. table.concat(parts, ",") .. "}"
end
for line in io.lines() do
  local is_read, value = pcall(json.decode, (line:gsub("\\1", "\\n")))
  print(is_read and written(value) or "refused: " .. tostring(value))
end
"""


def echoed(*texts: str) -> list[str]:
    """Return each JSON text as the reader understood it, or why it was refused."""
    return lua(
        "-e", f"arg = {{ {json.dumps(str(FOLDER))} }} {ECHO}", text="".join(f"{t}\n" for t in texts)
    ).splitlines()


# Lua does not tell an empty array from an empty object; score.json needs no telling.
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="ascii"), max_size=4), inner, min_size=1, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(VALUES, min_size=1, max_size=30), st.booleans())
@settings(max_examples=20)
def test_what_python_writes_is_read_as_it_was(values: list[Any], ascii_only: bool) -> None:
    texts = [json.dumps(value, ensure_ascii=ascii_only) for value in values]
    texts = [text.replace("\x1c", " ").replace("\x85", " ") for text in texts]
    assert [json.loads(text) for text in echoed(*texts)] == [json.loads(text) for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "", "[1,]", "{,}", '{"a":1,}', '{"a" 1}', "{a:1}", "[1 2]", "01", "-", "1.", ".5", "1e", "+1", "0x10", "NaN",
        "tru", "nulll", '"', '"\\x"', '"\\u12"', '"\\ud800"', '"\t"', "[", "{", "1 2", "[" * 100 + "]" * 100,
        "'a'", "// c", "Infinity",
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused_with_its_place(text: str) -> None:
    (said,) = echoed(text)
    assert said.startswith("refused: ")
    assert "in line 1 of the JSON" in said
