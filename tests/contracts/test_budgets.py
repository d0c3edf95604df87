"""Small files with one job, small functions, and names that say what they hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.contracts.project_files import place, project_files, python_files

MAX_FILE_LINES: Final = 300
MAX_FUNCTION_LINES: Final = 60
MAX_FILE_BYTES: Final = 1_000_000
MAX_WEIGHT_BYTES: Final = 18_000_000

# File -> lines that it may have, and why.
LONGER: Final = {
    "v2m_bridge/core/timebase.py": 320,  # every conversion between the four time axes stands in this one module
}
BANNED_NAMES: Final = frozenset(
    ["common", "helper", "helpers", "manager", "misc", "shared", "stuff", "tools", "util", "utilities", "utils"]
)
CODE: Final = python_files("v2m_bridge", "ui", "benchmarks", "tests", ".ci")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def is_command(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the function is a command of the command line: its parameters are its options, one a line."""
    return any("command" in ast.unparse(decorator) for decorator in function.decorator_list)


@pytest.mark.parametrize("path", CODE, ids=place)
def test_no_file_outgrows_its_job(path: Path) -> None:
    n_lines = len(path.read_text(encoding="utf-8").splitlines())
    assert n_lines <= LONGER.get(place(path), MAX_FILE_LINES)


@pytest.mark.parametrize("path", CODE, ids=place)
def test_no_function_is_longer_than_a_screen(path: Path) -> None:
    for function in functions(path):
        n_lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if is_command(function):
            n_lines -= len(function.args.args)
        assert n_lines <= MAX_FUNCTION_LINES, f"{function.name} has {n_lines} lines"


def test_no_exception_is_kept_that_is_not_needed() -> None:
    for name in LONGER:
        path = next(path for path in CODE if place(path) == name)
        assert len(path.read_text(encoding="utf-8").splitlines()) > MAX_FILE_LINES


@pytest.mark.parametrize("path", CODE, ids=place)
def test_every_module_is_named_for_what_it_holds(path: Path) -> None:
    assert BANNED_NAMES.isdisjoint(path.stem.split("_"))


def test_nothing_large_is_committed_but_weights() -> None:
    for path in project_files():
        limit = MAX_WEIGHT_BYTES if path.suffix == ".safetensors" else MAX_FILE_BYTES
        assert path.stat().st_size <= limit, place(path)
