"""Texts can be translated: a module that translates some of its words translates all of them."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.catalogs import catalog, compiled, written
from tests.tools.messages import ROOT, messages

SHOWN = {
    "setText", "setToolTip", "setPlaceholderText", "setWindowTitle", "setAccessibleName",
    "setStatusTip", "QLabel", "QPushButton", "addMenu", "addAction", "QMenu", "show_message",
    "showMessage", "set_run", "getOpenFileName", "getOpenFileNames", "getSaveFileName",
    "getExistingDirectory",
}  # fmt: skip
"""What puts its argument before the user's eyes."""
_LOOKING_UP = ("tr", "ngettext", "pgettext", "translatable")
TRANSLATING = [
    path
    for path in sorted((ROOT / "app/gui").rglob("*.py"))
    if "from app.session.language import tr" in path.read_text(encoding="utf-8")
]


def untranslated(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        for argument in node.args[:1] if name == "set_run" else node.args:
            if name in SHOWN and (text := _words(argument)):
                yield f"line {node.lineno}: {text}"


def _words(node: ast.expr) -> str:
    """A literal's text if it has words in it."""
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        text = "".join(str(part) for part in parts)
    else:
        text = str(node.value) if isinstance(node, ast.Constant) else ""
    has_words = any(letter.isalpha() for letter in text) and text != "Tapescope"
    return text if has_words else ""


@pytest.mark.parametrize("path", TRANSLATING, ids=lambda path: path.stem)
def test_every_word_is_translated(path: Path) -> None:
    assert list(untranslated(path.read_text(encoding="utf-8"))) == []


def test_the_check_sees_what_it_is_there_to_see() -> None:
    assert list(untranslated("label.setText('Open')")) == ["line 1: Open"]
    assert list(untranslated("label.setText(f'{n} lines')")) == ["line 1:  lines"]
    assert list(untranslated("label.setText(tr('Open'))\nlabel.setText('…')")) == []


def test_no_text_stands_twice_in_a_catalog() -> None:
    texts = [(message.one, message.context) for message in messages()]
    assert len(texts) == len(set(texts))


def test_what_is_translated_is_a_literal() -> None:
    """A text that is put together before it is looked up is in no catalog."""
    made = [f"{place}: {text}" for place, text in put_together()]
    assert made == []


def put_together() -> Iterator[tuple[str, str]]:
    """Arguments of `tr` and its like that are made of other texts, with their places."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _LOOKING_UP:
                for argument in node.args:
                    if isinstance(argument, (ast.JoinedStr, ast.BinOp)):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", ast.unparse(argument)


def test_translators_get_every_text_with_its_places() -> None:
    places = messages()
    found = written(catalog({message: [] for message in places}, "xx", places)).decode()
    assert 'msgid "Save &as…"\nmsgstr ""' in found
    assert "#: app/gui/menus.py" in found
    assert len(places) > 100


def test_the_menus_speak_the_language_of_the_environment(tmp_path: Path) -> None:
    folder = tmp_path / "tapescope" / "locale" / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    translations = {
        message: [f"⟦{text}⟧" for text in (message.one, message.many) if text]
        for message in messages()
    }
    (folder / "tapescope.mo").write_bytes(compiled(catalog(translations, "xx")))
    code = """
        import tempfile
        from pathlib import Path
        from PySide6.QtWidgets import QApplication
        from app.gui.main_window import MainWindow
        from app.gui.settings import Settings
        application = QApplication([])
        window = MainWindow(Settings(Path(tempfile.mkdtemp()) / "t.ini"))
        do = window.actions_
        print(*(menu.text() for menu in window.menuBar().actions()), sep="\\n")
        print(do.save_as.text(), do.run.toolTip(), sep="\\n")
        window.close()
    """
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "LANGUAGE": "xx", "LANG": "C"}
    said = subprocess.check_output(
        [sys.executable, "-c", "\n".join(line.strip() for line in code.splitlines())],
        text=True, env={**environment, "PYTHONIOENCODING": "utf-8"}, encoding="utf-8",
    ).splitlines()  # fmt: skip
    assert "⟦&File⟧" in said
    assert "⟦Save &as…⟧" in said
    assert "⟦Run the snippet and trace it (Ctrl+Enter or F5)⟧" in said
