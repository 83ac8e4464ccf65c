"""File, Export web page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.contract.records import Trace
from app.gui.main_window import MainWindow
from tests.end_to_end.conftest import TIMEOUT
from tests.gui.conftest import THREE_LAYERS


def test_the_page_is_written(
    qtbot: QtBot,
    window: MainWindow,
    press_run: Callable[[], Trace],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window.load_text(THREE_LAYERS)
    press_run()
    path = tmp_path / "page.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(window.web_page.written, timeout=TIMEOUT):
        window.actions_.export_page.trigger()
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert ">Rule<" in text, "torch was asked for the steps of backward"
    assert str(path) in window.status.currentMessage()


def test_while_two_runs_are_compared_the_page_has_both(
    qtbot: QtBot,
    window: MainWindow,
    press_run: Callable[[], Trace],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window.load_text(THREE_LAYERS)
    press_run()
    window.actions_.pin.trigger()
    window.load_text(THREE_LAYERS.replace("with torch.no_grad():\n    x2", "x2"))
    press_run()
    path = tmp_path / "both.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(window.web_page.written, timeout=TIMEOUT):
        window.actions_.export_page.trigger()
    text = path.read_text(encoding="utf-8")
    assert "Both graphs, aligned" in text
    assert "on line 9 is recorded here and skipped in" in text


def test_it_says_how_far_it_is_and_can_be_cancelled(
    qtbot: QtBot,
    window: MainWindow,
    press_run: Callable[[], Trace],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window.load_text(THREE_LAYERS)
    press_run()
    paths, said = [tmp_path / "unwanted.html", tmp_path / "page.html"], list[str]()
    names = iter(paths)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(next(names)), ""))
    window.status.messageChanged.connect(said.append)
    window.actions_.export_page.trigger()
    QTest.mouseClick(window.web_page.cancel, Qt.MouseButton.LeftButton)
    assert window.status.currentMessage() == "unwanted.html was not written."
    assert not window.web_page.cancel.isVisible()
    with qtbot.waitSignal(window.web_page.written, timeout=TIMEOUT):
        window.actions_.export_page.trigger()
    assert "Writing page.html… part 2" in said
    assert not window.web_page.cancel.isVisible()
    assert [path.exists() for path in paths] == [False, True]


def test_a_page_that_cannot_be_written_is_told(
    qtbot: QtBot,
    window: MainWindow,
    press_run: Callable[[], Trace],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window.load_text(THREE_LAYERS)
    press_run()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/no/such/folder/p.html", ""))
    window.actions_.export_page.trigger()
    qtbot.waitUntil(lambda: "p.html was not saved" in window.banner.text, timeout=TIMEOUT)


def test_without_a_trace_there_is_no_page(window: MainWindow) -> None:
    window.actions_.export_page.trigger()
    assert "Press Run first" in window.banner.text
