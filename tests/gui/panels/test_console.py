from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.contract.records import Error
from app.gui.panels import console as panels_console
from app.gui.panels.console import Console
from app.gui.theme import Theme

TRACEBACK = (
    'Traceback (most recent call last):\n  File "<snippet>", line 4, in <module>\n'
    '    f()\n  File "/lib/torch/x.py", line 9, in f\nValueError: no\n'
)


@pytest.fixture
def console(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Console:
    """Has time for all that a test adds at once."""
    monkeypatch.setattr(panels_console, "_TURN_NS", 10**10)
    shown = Console(Theme("light"))
    shown.setMinimumSize(300, 200)
    shown.resize(600, 300)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


def at(console: Console, text: str) -> QTextCursor:
    found = console.document().find(text)
    assert not found.isNull(), text
    found.setPosition(found.selectionStart() + 1)
    return found


def color(console: Console, text: str) -> QColor:
    return at(console, text).charFormat().foreground().color()


def test_output_comes_in_pieces_and_in_order(console: Console) -> None:
    counts: list[int] = []
    console.countChanged.connect(counts.append)
    for stream, text in (("stdout", "a"), ("stdout", "b\nc"), ("stderr", "d\n")):
        console.add_output(stream, text)
    assert console.toPlainText() == "ab\ncd\n"
    assert counts[-1] == 2


def test_the_end_of_the_last_line_begins_no_empty_one(console: Console) -> None:
    document = console.document()
    console.add_output("stderr", "one\ntwo\n")
    assert [document.findBlockByNumber(n).isVisible() for n in range(3)] == [True, True, False]
    console.add_output("stdout", "three")
    assert [document.findBlockByNumber(n).isVisible() for n in range(3)] == [True, True, True]
    assert console.verticalScrollBar().maximum() == 0
    console.add_output("stdout", "\n" * 2)
    assert [document.findBlockByNumber(n).isVisible() for n in range(5)] == [True] * 4 + [False]
    console.start()
    console.add_output("stdout", "new")
    assert document.firstBlock().isVisible()


def test_only_lines_of_the_snippet_lead_somewhere(qtbot: QtBot, console: Console) -> None:
    console.add_output("stderr", TRACEBACK)
    left, port = Qt.MouseButton.LeftButton, console.viewport()
    told: list[tuple[str, int]] = []
    console.lineActivated.connect(lambda file, line: told.append((file, line)))
    QTest.mouseClick(port, left, pos=console.cursorRect(at(console, "line 9")).center())
    QTest.mouseClick(port, left, pos=console.cursorRect(at(console, "ValueError")).center())
    assert told == []
    QTest.mouseClick(port, left, pos=console.cursorRect(at(console, "line 4")).center())
    assert told == [("<snippet>", 4)]


def test_a_saved_snippet_is_known_by_its_path(console: Console) -> None:
    console.start("/home/me/a.py")
    console.add_output("stderr", TRACEBACK.replace("<snippet>", "/home/me/a.py"))
    assert at(console, "line 4").charFormat().fontUnderline()


def test_files_beside_the_program_lead_there_and_installed_ones_nowhere(console: Console) -> None:
    console.start("/home/me/a.py")
    for file in ("/home/me/net/b.py", "/home/me/.venv/lib/site-packages/c.py", "/home/you/d.py"):
        console.add_output("stderr", f'  File "{file}", line 4, in f\n')
    led = [at(console, name).charFormat().fontUnderline() for name in ("b.py", "c.py", "d.py")]
    assert led == [True, False, False]


def test_an_error_without_a_traceback_is_one_line(console: Console) -> None:
    console.add_output("stdout", "unfinished")
    console.add_error(Error("Crashed", "it went away", None, None, "", None))
    assert console.toPlainText() == "unfinished\nCrashed: it went away\n"


def test_another_theme_recolours_what_is_there(console: Console) -> None:
    console.add_output("stdout", "plain\n")
    console.add_output("stderr", TRACEBACK)
    dark = Theme("dark")
    console.set_theme(dark)
    assert color(console, "ValueError") == dark.tone("cut").text
    assert color(console, "line 4") == dark.tone("gradient").text
    assert (
        not at(console, "plain")
        .charFormat()
        .hasProperty(at(console, "plain").charFormat().Property.ForegroundBrush)
    )
    assert at(console, "line 4").charFormat().fontUnderline()


@pytest.fixture
def hurried(console: Console, monkeypatch: pytest.MonkeyPatch) -> Console:
    """Has time for one piece in a round of the event loop."""
    monkeypatch.setattr(panels_console, "_TURN_NS", 1)
    return console


def test_a_flood_of_signals_in_one_round_gets_one_turn(qtbot: QtBot, hurried: Console) -> None:
    for number in range(100):
        hurried.add_output("stdout", f"line {number}\n")
    assert hurried.line_count() == 1
    whole = "".join(f"line {number}\n" for number in range(100))
    qtbot.waitUntil(lambda: hurried.toPlainText() == whole)


def test_a_long_text_comes_in_turns_and_whole(qtbot: QtBot, hurried: Console) -> None:
    console = hurried
    text = "".join(f"line {n}\n" for n in range(5000))
    console.add_output("stdout", text)
    qtbot.waitUntil(lambda: console.toPlainText() == text, timeout=30_000)


def test_starting_again_forgets_what_was_waiting(qtbot: QtBot, hurried: Console) -> None:
    console = hurried
    console.add_output("stdout", "x\n" * 5000)
    console.start()
    console.add_output("stdout", "new\n")
    qtbot.waitUntil(lambda: "new" in console.toPlainText())
    assert console.toPlainText() == "new\n"


def test_reading_further_up_is_not_disturbed(console: Console) -> None:
    console.add_output("stdout", "\n".join(f"line {n}" for n in range(100)) + "\n")
    bar = console.verticalScrollBar()
    assert bar.value() == bar.maximum()
    bar.setValue(3)
    console.add_output("stdout", "more\n")
    assert bar.value() == 3


@pytest.mark.parametrize("chunk", [1, 700, 1000, 1001, 65_536, 10**6])
def test_a_long_line_is_broken_and_nothing_of_it_is_lost(
    qtbot: QtBot, console: Console, chunk: int
) -> None:
    text = "".join(str(n % 10) for n in range(5_000 if chunk == 1 else 200_000)) + "\nend"
    for start in range(0, len(text), chunk):
        console.add_output("stdout", text[start : start + chunk])
    qtbot.waitUntil(lambda: console.toPlainText().endswith("\nend"))
    lines = console.toPlainText().split("\n")
    assert max(map(len, lines)) == 1_000
    assert "".join(lines[:-1]) == text[: -len("\nend")]


def test_an_error_with_an_endless_message_is_shown(qtbot: QtBot, console: Console) -> None:
    traceback = TRACEBACK.replace("no", "m" * 10**6)
    console.add_error(Error("ValueError", "m" * 10**6, 4, 0, traceback, None))
    qtbot.waitUntil(lambda: console.toPlainText().count("m") > 10**6)
    assert max(map(len, console.toPlainText().split("\n"))) == 1_000
    assert at(console, "line 4").charFormat().fontUnderline()
