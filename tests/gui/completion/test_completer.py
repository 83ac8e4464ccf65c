"""The list, the card and the hint, in a real editor and with the real process."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

import pytest
from PySide6.QtCore import QEventLoop, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.gui.completion.completer import Completer
from app.gui.completion.process import CompletionProcess
from app.gui.editor.code_editor import CodeEditor
from app.gui.theme import Theme
from tests.gui.editor.texts import FACE, now, put

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen platform
Key = Qt.Key
TIMEOUT = 60_000


@pytest.fixture(scope="module")
def completer(qapp: QApplication) -> Iterator[Completer]:
    """With its process, which all tests of this module share."""
    editor = CodeEditor(Theme("light"))
    editor.resize(600, 400)
    editor.show()
    made = Completer(editor, lambda: None, lambda: ["out"], lambda: ["the-cut", "whole"])
    heard: list[object] = []
    made.process.answered.connect(heard.append)
    made.process.ask("complete", text="x", line=1, column=1, path=None, tensors=[])
    while not heard:  # so that no test has to account for the processes
        qapp.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, TIMEOUT)
    yield made
    made.close()
    editor.close()
    editor.deleteLater()
    qapp.processEvents()


@pytest.fixture
def editor(qtbot: QtBot, completer: Completer) -> CodeEditor:
    shown = completer.parent()
    assert isinstance(shown, CodeEditor)
    shown.activateWindow()
    shown.setFocus()
    qtbot.waitUntil(shown.hasFocus)
    completer.hide()
    return shown


def type_and_see(qtbot: QtBot, completer: Completer, editor: CodeEditor, text: str) -> list[str]:
    QTest.keyClicks(editor, text)
    qtbot.waitUntil(completer.popup.isVisible, timeout=TIMEOUT)
    return completer.popup.names


def test_a_dot_shows_members_and_enter_takes_one(
    qtbot: QtBot, completer: Completer, editor: CodeEditor
) -> None:
    put(editor, "import math\nx = math|")
    names = type_and_see(qtbot, completer, editor, ".")
    assert "sqrt" in names
    assert not names[0].startswith("_")
    QTest.keyClicks(editor, "sq")
    assert completer.popup.names == ["sqrt", "isqrt"]
    QTest.keyClick(editor, Key.Key_Down)
    assert completer.popup.current == "isqrt"
    QTest.keyClick(editor, Key.Key_Down)
    assert completer.popup.current == "sqrt"
    QTest.keyClick(editor, Key.Key_Return)
    assert now(editor) == "import math\nx = math.sqrt|"
    assert not completer.popup.isVisible()


def test_the_dot_of_a_number_asks_for_nothing(
    qtbot: QtBot, completer: Completer, editor: CodeEditor
) -> None:
    put(editor, "x = 1|")
    QTest.keyClicks(editor, ".")
    with qtbot.waitSignal(completer.process.answered, timeout=TIMEOUT):
        completer.process.ask("signature", text="f(", line=1, column=2, path=None)
    assert not completer.popup.isVisible()
    QTest.keyClick(editor, Key.Key_Return)
    assert now(editor) == "x = 1.\n|"


def test_the_card_says_what_the_current_name_is(
    qtbot: QtBot, completer: Completer, editor: CodeEditor
) -> None:
    put(editor, "import math\nmath|")
    type_and_see(qtbot, completer, editor, ".")
    QTest.keyClicks(editor, "sqr")
    qtbot.waitUntil(lambda: "square root" in completer.popup.description, timeout=TIMEOUT)
    assert completer.popup.description.startswith("sqrt(x")


def test_tab_puts_a_name_in_place_of_the_word(
    qtbot: QtBot, completer: Completer, editor: CodeEditor
) -> None:
    put(editor, "first_value = 1\nsecond_value = 2\nfirst|_old")
    completer.complete()
    qtbot.waitUntil(completer.popup.isVisible, timeout=TIMEOUT)
    QTest.keyClick(editor, Key.Key_Tab)
    assert now(editor) == "first_value = 1\nsecond_value = 2\nfirst_value|"


def test_a_click_takes_a_name(qtbot: QtBot, completer: Completer, editor: CodeEditor) -> None:
    put(editor, "import math\nmath|")
    names = type_and_see(qtbot, completer, editor, ".")
    view = completer.popup.list
    place: QPoint = view.visualRect(view.model().index(2, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert now(editor) == f"import math\nmath.{names[2]}|"


def test_escape_and_leaving_the_word_close_the_list(
    qtbot: QtBot, completer: Completer, editor: CodeEditor
) -> None:
    put(editor, "import math\nmath|")
    type_and_see(qtbot, completer, editor, ".")
    QTest.keyClick(editor, Key.Key_Escape)
    assert not completer.popup.isVisible()
    put(editor, "import math\nmath|")
    type_and_see(qtbot, completer, editor, ".")
    QTest.keyClicks(editor, "pi ")
    assert not completer.popup.isVisible()
    assert now(editor) == "import math\nmath.pi |"


def test_nothing_is_offered_in_strings_and_comments(
    qtbot: QtBot, completer: Completer, editor: CodeEditor
) -> None:
    put(editor, "import math\n|")
    QTest.keyClicks(editor, "'math.")
    QTest.keyClicks(editor, "' # math.")
    with qtbot.assertNotEmitted(completer.process.answered, wait=300):
        pass
    assert not completer.popup.isVisible()


def test_an_answer_that_comes_too_late_is_not_shown(
    qtbot: QtBot, completer: Completer, editor: CodeEditor
) -> None:
    put(editor, "import math\nmath|")
    QTest.keyClicks(editor, ".")
    QTest.keyClick(editor, Key.Key_Up)
    with qtbot.assertNotEmitted(completer.process.answered, wait=300):
        pass
    assert not completer.popup.isVisible()


def test_what_a_run_showed_to_be_a_tensor_has_its_members(
    qtbot: QtBot, completer: Completer, editor: CodeEditor
) -> None:
    put(editor, "out|")
    assert "backward" in type_and_see(qtbot, completer, editor, ".")


def test_the_hint_marks_the_parameter_that_is_due(
    qtbot: QtBot, completer: Completer, editor: CodeEditor
) -> None:
    put(editor, "def f(alpha: list[int], beta=2): ...\nf|")
    QTest.keyClicks(editor, "(")
    hint = completer.hint
    qtbot.waitUntil(lambda: "<b><u>alpha" in hint.text(), timeout=TIMEOUT)
    assert hint.isVisible()
    assert "list[int]" in unescape(hint.text())
    QTest.keyClicks(editor, "1, ")
    qtbot.waitUntil(lambda: "<b><u>beta" in hint.text(), timeout=TIMEOUT)
    QTest.keyClicks(editor, "2)")
    qtbot.waitUntil(lambda: not hint.isVisible(), timeout=TIMEOUT)


def test_escape_closes_the_hint(qtbot: QtBot, completer: Completer, editor: CodeEditor) -> None:
    put(editor, "def f(alpha): ...\nf|")
    QTest.keyClicks(editor, "(")
    qtbot.waitUntil(completer.hint.isVisible, timeout=TIMEOUT)
    QTest.keyClick(editor, Key.Key_Escape)
    assert not completer.hint.isVisible()
    assert now(editor).endswith("f(|)")


def test_another_python_is_asked_from_then_on_and_nothing_is_left(qtbot: QtBot) -> None:
    process = CompletionProcess()
    heard: list[dict[str, object]] = []
    process.answered.connect(heard.append)

    def ask() -> None:
        process.ask(
            "complete", text="import sys\nsys.argv", line=2, column=6, path=None, tensors=[]
        )

    process.use("/bin/false")  # it has no answers, and nothing else happens
    ask()
    process.use("")
    ask()
    qtbot.waitUntil(lambda: bool(heard), timeout=TIMEOUT)
    assert "argv" in str(heard[0]["names"])
    process.close()
    ask()  # of a window that is closing


def test_characters_of_two_units_are_in_nobodys_way(
    qtbot: QtBot, completer: Completer, editor: CodeEditor
) -> None:
    put(editor, f"import math\n'{FACE}'; x = math|")
    type_and_see(qtbot, completer, editor, ".")
    QTest.keyClicks(editor, "sq")
    assert completer.popup.names == ["sqrt", "isqrt"]
    QTest.keyClick(editor, Key.Key_Return)
    assert now(editor) == f"import math\n'{FACE}'; x = math.sqrt|"


def test_a_name_of_two_units_a_letter_is_completed(
    qtbot: QtBot, completer: Completer, editor: CodeEditor
) -> None:
    letter = "\N{CJK UNIFIED IDEOGRAPH-20000}"
    put(editor, f"{letter}one = {letter}two = 1\ny = {letter}o|{letter} + 1")
    completer.complete()
    qtbot.waitUntil(completer.popup.isVisible, timeout=TIMEOUT)
    QTest.keyClick(editor, Key.Key_Return)
    assert now(editor).splitlines()[1] == f"y = {letter}one| + 1"
