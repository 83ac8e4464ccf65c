"""README, ARCHITECTURE and CONTRIBUTING name what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAP = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| (`[^|]+) \|", re.MULTILINE)


def _named(table: str) -> set[str]:
    """The names in the first column of the table under this heading."""
    rows = MAP[MAP.index(table) :].split("\n\n")[0]
    return {name for row in _ROW.findall(rows) for name in re.findall(r"`([^`]+)`", row)}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"])
def test_links_lead_to_files(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / link.partition("#")[0]).exists()] == []


def test_the_map_has_every_package() -> None:
    packages = {f"app.{folder.parent.name}" for folder in (ROOT / "app").glob("*/__init__.py")}
    assert _named("| package |") == packages | {"graphviz_render"}


def test_the_map_of_the_recorder_names_modules_that_exist() -> None:
    named = _named("| in `app/tracer` |")
    assert len(named) > 30
    tracer = ROOT / "app/tracer"
    assert [one for one in named if not (tracer / one).is_dir() and not _module(one)] == []


def _module(name: str) -> bool:
    return (ROOT / f"app/tracer/{name}.py").is_file()
