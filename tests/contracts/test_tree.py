"""The shape of the tree, and what its texts may say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pytest

from tests.contracts.project_files import place, project_files, python_files
from tests.footage import ROOT

# Test folders that mirror no package: contracts of the whole, expected outputs, real peers, the panel and the plugins.
BESIDE_THE_MIRROR: Final = frozenset({"contracts", "end_to_end", "golden", "plugins", "ui"})
# Places that exist on one machine alone.
MACHINE_PLACES: Final = re.compile(r"(?<![\w.)}>-])/(root|work)/")
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
TEXT: Final = tuple(
    p for p in project_files() if p.suffix not in {".safetensors", ".npz", ".mid", ".mp4", ".wav", ".png"}
)
PAGES: Final = tuple(path for path in TEXT if path.suffix == ".md")


def packages_in(top: str) -> set[str]:
    """Return the names of the packages in a folder."""
    return {path.parent.name for path in python_files(top) if path.match(f"{top}/*/__init__.py")}


def test_every_folder_of_tests_mirrors_a_package_and_every_package_has_tests() -> None:
    rooms, tests = packages_in("v2m_bridge"), packages_in("tests")
    assert tests - rooms - BESIDE_THE_MIRROR == set()
    assert rooms - tests == set()


def test_every_folder_of_python_is_a_package() -> None:
    folders = {path.parent for path in python_files("v2m_bridge", "ui", "tests", "benchmarks")}
    assert [place(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize("path", TEXT, ids=place)
def test_no_file_names_a_place_on_one_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert MACHINE_PLACES.findall(text) == []
    assert str(ROOT) not in text


@pytest.mark.parametrize("page", PAGES, ids=place)
def test_every_link_to_a_file_of_the_project_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:|#", link):
            target = page.parent / unquote(link.partition("#")[0])
            assert target.exists(), link


def test_the_folder_of_decisions_is_numbered_without_holes_and_each_is_a_page() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        assert len(page.read_text(encoding="utf-8").splitlines()) < 40, page.name
