"""The rules of import hold, and each of them catches what it is there to catch."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACT_TYPES = [
    Path("tests/architecture/may_import.py"),
    Path("tests/architecture/imported_by.py"),
]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]
PACKAGES = [contract["package"] for contract in CONTRACTS if "package" in contract]

PLANTED = [
    ("app.contract", "torch"),
    ("app.contract", "msgspec"),
    ("app.contract", "app.session"),
    ("app.tracer", "PySide6"),
    ("app.tracer", "numpy"),
    ("app.tracer", "networkx"),
    ("app.tracer", "app.session"),
    ("app.tracer", "app.process"),
    ("app.tracer", "graphviz_render"),
    ("app.process", "torch"),
    ("app.process", "PySide6"),
    ("app.process", "app.tracer"),
    ("app.process", "app.session"),
    ("app.process", "app.gui"),
    ("app.completion", "PySide6"),
    ("app.completion", "torch"),
    ("app.completion", "app.session"),
    ("app.gui", "app.completion"),
    ("app.gui", "jedi"),
    ("app.session", "torch"),
    ("app.session", "PySide6"),
    ("app.session", "app.tracer"),
    ("app.session", "app.process"),
    ("app.session", "app.gui"),
    ("app.gui", "torch"),
    ("app.gui", "app.tracer"),
    ("app.gui", "a_package_nobody_thought_of"),
    ("app.drawing", "PySide6"),
    ("app.drawing", "torch"),
    ("app.drawing", "app.gui"),
    ("app.gui", "app.gui.main_window"),
    ("app.drawing", "app.page"),
    ("app.page", "PySide6"),
    ("app.page", "torch"),
    ("app.page", "app.gui"),
    ("app.command_line", "PySide6"),
    ("app.command_line", "torch"),
    ("app.command_line", "app.tracer"),
    ("app.library", "PySide6"),
    ("app.library", "app.gui"),
    ("app.library", "app.process"),
    ("app.library", "networkx"),
    ("graphviz_render", "PySide6"),
    ("graphviz_render", "torch"),
    ("graphviz_render", "app.contract"),
    ("graphviz_render", "app.session"),
]
"""A package and what it must not import."""

LAWFUL = [
    (contract["package"], name)
    for contract in CONTRACTS
    if "package" in contract
    for name in contract.get("may_import", [])
]


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """The linter as `make lint` runs it, on the packages below `tree`."""
    command = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [command, "--no-cache", "--no-logo"],
        cwd=tree,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def skeleton(tree: Path, imports: list[tuple[str, str]]) -> Path:
    """The program's packages with nothing in them but these imports, under the same rules."""
    for package in ("app", *PACKAGES):
        folder = tree / package.replace(".", "/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
    for number, (importer, imported) in enumerate(imports):
        module = tree / importer.replace(".", "/") / f"module{number}.py"
        module.write_text(f"def late() -> None:\n    import {imported}\n", encoding="utf-8")
        planted = tree / imported.replace(".", "/")
        if planted.parent.is_dir() and not planted.is_dir():  # a module of ours, not a package
            planted.with_suffix(".py").touch()
    for file in (Path("pyproject.toml"), *CONTRACT_TYPES):
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        (tree / file).write_bytes((ROOT / file).read_bytes())
    return tree


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a tree with every planted import at once."""
    result = lint(skeleton(tmp_path_factory.mktemp("planted"), PLANTED))
    assert result.returncode == 1
    return result.stdout


def test_the_program_keeps_the_rules() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in result.stdout


def test_what_the_rules_allow_passes(tmp_path: Path) -> None:
    result = lint(skeleton(tmp_path, [*LAWFUL, ("app.contract", "json")]))
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("importer", "imported"), PLANTED)
def test_a_planted_import_is_caught(verdict: str, importer: str, imported: str) -> None:
    number = PLANTED.index((importer, imported))
    assert f"- {importer}.module{number} imports {imported} (line 2)" in verdict


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["name"])
def test_the_broken_rule_is_named(verdict: str, contract: dict[str, str]) -> None:
    assert f"{contract['name']} BROKEN" in verdict


def test_every_package_has_its_rule() -> None:
    """What belongs to no package of the table is the command line, and nothing else."""
    modules = {path.relative_to(ROOT) for path in (ROOT / "app").rglob("*.py")}
    ruled = {Path(package.replace(".", "/")) for package in PACKAGES}
    outside = {path for path in modules if not ruled & set(path.parents)}
    assert outside == {Path("app/__init__.py"), Path("app/__main__.py")}
