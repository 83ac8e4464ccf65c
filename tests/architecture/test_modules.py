"""What the linter cannot see: what an import really loads, and what is in the files."""

from __future__ import annotations

import ast
import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path for package in ("app", "graphviz_render") for path in (ROOT / package).rglob("*.py")
)
QT = {"PySide6", "shiboken6"}
HEAVY = {"torch", "numpy", "networkx", "graphviz", "msgspec", "pygments", "jedi", "wasmtime"} | QT
HEAVY |= {"plistlib"}
"""Of the standard library: it reads property lists of macOS, which nothing needs to start."""

LOADS = [
    ("app.contract.records", set()),
    ("app.contract.messages", set()),
    ("app.contract.framing", set()),
    ("app.process.client", set()),
    ("app.tracer.recorder", {"torch", "numpy", "networkx"}),
    ("app.session.trace.document", {"msgspec"}),
    ("app.session.trace.assembly", {"msgspec", "networkx"}),
    ("app.session.graph", {"networkx", "msgspec"}),
    ("app.session.explain", {"networkx", "msgspec"}),
    ("app.session.words", {"networkx", "msgspec"}),
    ("graphviz_render", set()),
    ("app.gui.system_check", set()),
    ("app.gui.main_window", QT | {"pygments"}),
    ("app.__main__", set()),
    ("app.library.recording", {"torch", "numpy", "networkx", "msgspec"}),
]
"""An entry module, and which of the heavy packages its import may load."""


@pytest.mark.parametrize(("module", "may_load"), LOADS)
def test_an_entry_module_loads_no_more_than_it_may(module: str, may_load: set[str]) -> None:
    code = f"import sys, {module}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    assert (loaded & HEAVY) - may_load == set()


def test_asking_for_the_version_loads_nothing_heavy() -> None:
    code = (
        "import atexit, runpy, sys\n"
        f"atexit.register(lambda: print(*set(sys.modules) & {HEAVY!r}, sep=','))\n"
        "sys.argv = ['tapescope', '--version']\n"
        "runpy.run_module('app', run_name='__main__')"
    )
    version, loaded = subprocess.check_output([sys.executable, "-c", code], text=True).splitlines()
    assert version.startswith("tapescope ")
    assert loaded == ""


def test_importing_app_runs_nothing() -> None:
    """It is imported along with app.tracer, in the user's own interpreter."""
    assert (ROOT / "app/__init__.py").read_bytes() == b""


def test_every_package_says_what_it_is() -> None:
    packages = [path for path in SOURCES if path.name == "__init__.py"]
    undescribed = [
        str(path.relative_to(ROOT))
        for path in packages
        if not ast.get_docstring(ast.parse(path.read_bytes())) and path.parent != ROOT / "app"
    ]
    assert undescribed == []


IN_THE_USERS_INTERPRETER = [
    path for path in SOURCES if {"tracer", "contract"} & set(path.relative_to(ROOT).parts)
]


@pytest.mark.parametrize("path", IN_THE_USERS_INTERPRETER, ids=lambda path: path.stem)
def test_what_runs_in_the_users_interpreter_is_python_3_10(path: Path) -> None:
    ast.parse(path.read_bytes(), feature_version=(3, 10))


def test_the_check_for_python_3_10_sees_newer_syntax() -> None:
    with pytest.raises(SyntaxError, match=r"3\.11"):
        ast.parse("try: pass\nexcept* ValueError: pass", feature_version=(3, 10))


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if ">>> " in path.read_text(encoding="utf-8")],
    ids=lambda path: path.stem,
)
def test_what_a_docstring_shows_is_so(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted > 0
    assert outcome.failed == 0
