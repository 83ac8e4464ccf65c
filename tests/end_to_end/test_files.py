"""Files: opened, saved, guarded; and what cannot be read."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.files.drafts import Drafts
from app.gui.files.examples import examples
from app.gui.main_window import MainWindow
from app.gui.settings import Settings
from app.session.trace.document import as_file, dump
from tests.end_to_end.conftest import TIMEOUT
from tests.gui.conftest import THREE_LAYERS
from tests.tools.answering import SIZE_HINTS, answering

PressRun = Callable[[], Trace]


def test_a_file_is_opened_changed_saved_and_opened_again(
    window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"x = 1\r\ny = 2\r\n")
    assert window.documents.open(path)
    assert window.editor.toPlainText() == "x = 1\ny = 2\n"
    assert window.toolbar.file_name.text() == "a.py"
    assert not window.isWindowModified()
    QTest.keyClicks(window.editor, "z = 0; ")
    assert window.isWindowModified()
    assert window.toolbar.file_name.text() == "a.py •"
    QTest.keyClick(window.editor, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert path.read_bytes() == b"z = 0; x = 1\r\ny = 2\r\n"
    assert not window.isWindowModified()
    assert window.settings.recent == [path]


def test_save_as_asks_for_a_name(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new.py"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    QTest.keyClicks(window.editor, "x = 1")
    window.actions_.save.trigger()
    assert path.read_text() == "x = 1"
    assert window.documents.path == path


def test_files_made_of_a_run_are_suggested_beside_its_program(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(_: object, __: str, name: str, ___: str) -> tuple[str, str]:
        asked.append(name)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    path = tmp_path / "net.v2.py"
    path.write_text("import torch\ntorch.ones(1, requires_grad=True).exp()\n")
    assert window.documents.open(path)
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        window.run()
    window.actions_.save_trace.trigger()
    window.actions_.export_page.trigger()
    assert asked == [str(tmp_path / "net.v2.json"), str(tmp_path / "net.v2.html")]


def test_another_file_leaves_an_unsaved_text_in_its_tab(window: MainWindow, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text("other")
    QTest.keyClicks(window.editor, "mine")
    assert window.documents.open(other)
    assert window.editor.toPlainText() == "other"
    QTest.keyClick(window.editor, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert window.editor.toPlainText() == "mine"


@SIZE_HINTS
def test_closing_asks_where_it_is_told_to(qtbot: QtBot, settings: Settings) -> None:
    window = MainWindow(settings, asks_before_closing=True)
    qtbot.addWidget(window)
    window.show()
    QTest.keyClicks(window.editor, "mine")
    with answering("Cancel") as asked:
        assert not window.close()
    assert asked == ["Untitled has changes that are not saved."]
    assert window.isVisible()
    with answering("Discard"):
        assert window.close()
    assert Drafts(settings.drafts_path).left() == []  # given up is given up


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("gone.py", None, "There is no file"),
        ("latin.py", b"s = '\xe9'", "is not UTF-8 text: line 1 holds the byte 0xE9"),
        ("gone.json", None, "There is no file"),
        ("bad.json", b"{", "Cannot open bad.json: "),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_is_lost(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, name: str, data: bytes | None, said: str
) -> None:
    QTest.keyClicks(window.editor, "mine")
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    window.open_paths(path)
    qtbot.waitUntil(lambda: window.banner.text != "", timeout=TIMEOUT)
    assert said in window.banner.text
    assert window.editor.toPlainText() == "mine"


def test_a_link_to_itself_is_told(window: MainWindow, tmp_path: Path) -> None:
    loop = tmp_path / "loop.py"
    loop.symlink_to(loop)
    window.open_paths(loop)
    assert "loop.py cannot be read: Too many levels" in window.banner.text


@pytest.mark.parametrize("name", ["trace.json", "trace.json.gz"])
def test_a_trace_is_saved_and_opened(
    qtbot: QtBot, window: MainWindow, press_run: PressRun, tmp_path: Path, name: str
) -> None:
    window.load_text(THREE_LAYERS)
    trace = press_run()
    path = tmp_path / name
    path.write_bytes(as_file(trace, name))
    window.load_text("")
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT) as ready:
        window.open_paths(path)
    assert ready.args == [trace]
    assert window.editor.toPlainText() == THREE_LAYERS
    assert window.gradients.header.note == "2 of 7 leaves have one"
    mark = window.editor.mark(10)
    assert mark is not None
    assert mark.glyph == "no_grad"


def test_opening_a_trace_is_said_and_stop_leaves_all_as_it_was(
    qtbot: QtBot, window: MainWindow, press_run: PressRun, tmp_path: Path
) -> None:
    window.load_text(THREE_LAYERS)
    trace = press_run()
    path = tmp_path / "trace.json"
    path.write_bytes(as_file(trace, path.name))
    said = window.status.run_text
    window.open_paths(path)
    assert window.status.run_text == "Opening trace.json…"
    count = len(window.documents.tabs)
    with qtbot.assertNotEmitted(window.traceReady), qtbot.waitSignal(window.controller.idle):
        window.actions_.stop.trigger()
    assert window.status.run_text == said
    assert len(window.documents.tabs) == count
    assert not window.actions_.stop.isEnabled()


def test_a_trace_of_another_version_is_refused_by_name(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "future.json"
    path.write_text(json.dumps({"format": "tapescope-trace", "version": 99}))
    with qtbot.waitSignal(window.controller.failed, timeout=TIMEOUT):
        window.open_trace(path)
    said = "Cannot open future.json: $.version: this trace has version 99; this program reads"
    assert window.banner.text.startswith(said)


def test_every_example_opens_from_the_menu(window: MainWindow) -> None:
    entries = window.examples_menu.actions()
    assert [entry.text() for entry in entries] == [
        example.title.replace("&", "&&") for example in examples()
    ]
    for entry, example in zip(entries, examples(), strict=True):
        entry.trigger()
        assert window.editor.toPlainText() == example.path.read_text(encoding="utf-8")
        assert window.toolbar.file_name.text() == example.path.name
        assert not window.isWindowModified()


def test_a_trace_of_another_machine_says_where_it_ran(
    qtbot: QtBot, window: MainWindow, press_run: PressRun, tmp_path: Path
) -> None:
    window.load_text(THREE_LAYERS)
    document = json.loads(dump(press_run()))
    assert document["run"]["host"] == platform.node()
    document["snippet"]["path"] = "/home/anna/on/the/server/train.py"
    document["run"].update(host="gpu-server", device="cuda:0", torch="2.6.0+cu124")
    path = tmp_path / "trace.json"
    path.write_text(json.dumps(document))
    with qtbot.waitSignal(window.traceReady, timeout=TIMEOUT):
        window.open_paths(path)
    assert window.editor.toPlainText() == THREE_LAYERS
    assert window.documents.name == "train.py"
    assert window.documents.path is None
    assert window.status.environment_text == "torch 2.6.0, cuda:0, on gpu-server"
