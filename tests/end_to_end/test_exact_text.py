"""No character of a file is lost or changed between opening, running, editing and saving it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest

from app.contract.records import Trace
from app.gui.files.drafts import Draft, Drafts
from app.gui.main_window import MainWindow
from app.gui.settings import Settings

CONTROL = Qt.KeyboardModifier.ControlModifier
FILES = {
    "no-break space": "s = 'a\u00a0b'\n",
    "line separator": "s = 'a\u2028b'\nt = 1\n",
    "paragraph separator": "# a\u2029b\nt = 1\n",
    "noncharacters": "s = '\ufdd0\ufdd1'\n# \ufffe\uffff\ufdd2\n",
    "byte order mark": "\ufeffx = 1\r\ny = 2\r\n",
    "two byte order marks": "\ufeff\ufeff# x\n",
    "lone carriage returns": "x = 1\ry = 2\r",
    "mixed line endings": "a = 1\r\nb = 2\nc = 3\r\nd = '''4\r5'''\n\n\r\ne = 6",
    "half and half": "a = 1\nb = 2\r\n",
    "control characters": "x = 1\x0c\n# \x0b\x1c\x85\x1a\x7f\x08\xad\u200b\u202e\n",
    "emoji": "s = '😀\u2028😀'\r\n",
}


def save(window: MainWindow) -> None:
    QTest.keyClick(window.editor, Qt.Key.Key_S, CONTROL)


@pytest.mark.parametrize("text", FILES.values(), ids=list(FILES))
def test_a_letter_typed_is_all_that_changes(window: MainWindow, tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(text.encode())
    window.open_paths(path)
    QTest.keyClicks(window.editor, "#")
    save(window)
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    assert path.read_bytes().decode() == f"{mark}#{text.removeprefix(mark)}"

    QTest.keyClick(window.editor, Qt.Key.Key_A, CONTROL)
    QTest.keyClick(window.editor, Qt.Key.Key_Delete)
    assert window.editor.sheet.text == ""
    for _ in range(2):
        QTest.keyClick(window.editor, Qt.Key.Key_Z, CONTROL)
    save(window)
    assert path.read_bytes().decode() == text


def test_what_runs_is_what_the_file_holds(
    window: MainWindow, tmp_path: Path, press_run: Callable[[], Trace]
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes("s = 'a\u2028b\u00a0\ufdd0'\r\nprint(ascii(s))\rprint(len(s))\n".encode())
    window.open_paths(path)
    trace = press_run()
    assert trace.run.status == "ok"
    assert trace.output.stdout == "'a\\u2028b\\xa0\\ufdd0'\n5\n"
    assert [window.editor.sheet.mark(line) is not None for line in (1, 2, 3)] == [True] * 3


def test_copying_pasting_and_replacing_keep_characters(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("s = 'a\u2028\u00a0b'\n", newline="")
    window.open_paths(path)
    editor = window.editor
    QTest.keyClick(editor, Qt.Key.Key_A, CONTROL)
    QTest.keyClick(editor, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == "s = 'a\u2028\u00a0b'\n"
    editor.moveCursor(QTextCursor.MoveOperation.End)
    QTest.keyClick(editor, Qt.Key.Key_V, CONTROL)
    assert editor.sheet.text == "s = 'a\u2028\u00a0b'\n" * 2
    QGuiApplication.clipboard().setText("# 1\r\n# 2\u2029\r")
    QTest.keyClick(editor, Qt.Key.Key_V, CONTROL)
    assert editor.sheet.text.endswith("# 1\n# 2\u2029\n")

    QTest.keyClick(editor, Qt.Key.Key_H, CONTROL)
    bar = window.snippet.find_bar
    bar.regex.setChecked(True)
    bar.what.setText("a(.)")
    bar.instead.setText(r"c\1\1")
    bar.replace_all()
    assert editor.sheet.text.startswith("s = 'c\u2028\u2028\u00a0b'\n")


def test_lines_moved_and_deleted_leave_other_line_endings_alone(
    window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"a\nb\nc\r\nd\ne\n")
    window.open_paths(path)
    window.editor.go_to(2)
    QTest.keyClick(window.editor, Qt.Key.Key_K, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    save(window)
    assert path.read_bytes() == b"a\nc\r\nd\ne\n"
    QTest.keyClick(window.editor, Qt.Key.Key_End)
    QTest.keyClick(window.editor, Qt.Key.Key_Return)
    save(window)
    assert path.read_bytes() == b"a\nc\n\r\nd\ne\n"


def test_a_new_line_ends_as_most_lines_of_the_file(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"a\nb\r\nc\nd\n")
    window.open_paths(path)
    window.editor.go_to(3)
    QTest.keyClick(window.editor, Qt.Key.Key_End)
    QTest.keyClick(window.editor, Qt.Key.Key_Return)
    QGuiApplication.clipboard().setText("e\nf")
    QTest.keyClick(window.editor, Qt.Key.Key_V, CONTROL)
    save(window)
    assert path.read_bytes() == b"a\nb\r\nc\ne\nf\nd\n"


def test_a_file_that_cannot_be_kept_is_not_opened_and_the_window_says_why(
    window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes("x = 1\ns = '\ufdec'\n".encode())
    window.open_paths(path)
    assert window.documents.path is None
    assert window.banner.text.startswith("a.py cannot be edited here: line 2 contains U+FDEC")


def test_a_file_reloaded_has_its_new_line_endings(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"x = 1\ny = 2\n")
    window.open_paths(path)
    path.write_bytes(b"x = 1\r\ny = 3\nz = 4\n")
    window.documents.reload()
    window.editor.go_to(3)
    QTest.keyClicks(window.editor, "#")
    save(window)
    assert path.read_bytes() == b"x = 1\r\ny = 3\n#z = 4\n"


def test_a_draft_restores_every_character(
    window: MainWindow, settings: Settings, tmp_path: Path
) -> None:
    path, text = tmp_path / "a.py", "\ufeffa = '\u2028'\r\nb = 2\nc = 3\r\n"
    path.write_bytes(text.encode())
    left = Drafts(settings.drafts_path)
    left.save(1, Draft(f"{text}# more\r\n", str(path), "a.py"))
    left.close()
    window.documents.recover()
    save(window)
    assert path.read_bytes().decode() == f"{text}# more\r\n"
