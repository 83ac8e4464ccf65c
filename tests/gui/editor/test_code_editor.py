from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.gui.editor.code_editor import CodeEditor
from app.gui.editor.marks import Mark
from app.gui.theme import Theme
from app.session.source.underlines import Underline

TEXT = "import torch\nx = f(1)\nwith torch.no_grad():\n    y = g(x)\nz = h(y)"
RECORDED = Mark("recorded", "recorded", "recorded")
SKIPPED = Mark("no_grad", "no_grad", "skipped — no_grad, line 3", "no_grad")
MARKS = {2: RECORDED, 3: Mark("dot", "plain", "no_grad starts", "no_grad"), 4: SKIPPED}


def picture(editor: CodeEditor) -> QImage:
    return editor.grab().toImage()


def line_rect(editor: CodeEditor, number: int) -> tuple[int, int]:
    """Top and height of a line, in the editor's coordinates."""
    line = next(line for line in editor.visible_lines() if line.number == number)
    return round(line.top), round(line.height)


def has_color(image: QImage, color: QColor, left: int, top: int, width: int, height: int) -> bool:
    return any(
        image.pixelColor(x, y) == color
        for x in range(left, min(left + width, image.width()))
        for y in range(top, min(top + height, image.height()))
    )


def test_lines_are_24_high_and_the_gutter_60_wide(editor: CodeEditor) -> None:
    editor.replace_text(TEXT)
    tops = [line.top for line in editor.visible_lines()]
    assert [later - top for top, later in pairwise(tops)] == [24] * 4
    assert editor.gutter.width() == 36 + 24


def test_the_gutter_grows_with_the_numbers(editor: CodeEditor) -> None:
    editor.replace_text("\n" * 12_000)
    assert editor.gutter.width() > 60


def test_marks_are_drawn_in_their_colours(editor: CodeEditor) -> None:
    editor.replace_text(TEXT)
    editor.set_marks(MARKS, TEXT)
    image, theme = picture(editor), Theme("light")
    for number, key in ((2, "recorded"), (4, "no_grad")):
        top, height = line_rect(editor, number)
        color = theme.tone("recorded" if key == "recorded" else "no_grad").graphic
        assert has_color(image, color, 36, top, 24, height), key
    top, _ = line_rect(editor, 4)
    fill = theme.tone("no_grad").fill
    assert image.pixelColor(2, top + 2) == fill
    assert image.pixelColor(300, top + 2) == fill
    top, _ = line_rect(editor, 5)
    assert image.pixelColor(300, top + 2) == theme.colors.panel


def test_a_note_gives_way_to_the_code(editor: CodeEditor) -> None:
    short, long = "y = g(x)", "y = g(x, " + "1, " * 13
    for text, seen in ((short, True), (long, False)):
        editor.replace_text(text)
        editor.set_marks({}, editor.sheet.text)
        without = picture(editor)
        editor.set_marks({1: RECORDED}, text)
        right = QRect(120, 0, editor.width() - 120, editor.height())
        assert (picture(editor).copy(right) != without.copy(right)) is seen


def test_marks_follow_their_lines(qtbot: QtBot, editor: CodeEditor) -> None:
    editor.replace_text(TEXT)
    editor.set_marks(MARKS, TEXT)
    editor.go_to(2, 0)
    QTest.keyClicks(editor, "a = 1")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert editor.toPlainText().split("\n")[1:3] == ["a = 1", "x = f(1)"]
    assert editor.is_stale
    assert [editor.mark(number) for number in range(1, 7)] == [
        None, None, MARKS[2], MARKS[3], MARKS[4], None,
    ]  # fmt: skip
    assert (editor.line_now(4), editor.line_then(5)) == (5, 4)


def test_a_changed_line_loses_its_mark_and_undo_brings_it_back(
    qtbot: QtBot, editor: CodeEditor
) -> None:
    editor.replace_text(TEXT)
    editor.set_marks(MARKS, TEXT)
    editor.go_to(4, 9)
    QTest.keyClicks(editor, "q")
    assert editor.mark(4) is None
    assert editor.line_now(4) is None
    editor.undo()
    assert editor.mark(4) == SKIPPED
    assert not editor.is_stale


def test_a_click_on_a_line_tells_which(qtbot: QtBot, editor: CodeEditor) -> None:
    editor.replace_text(TEXT)
    top, height = line_rect(editor, 3)
    middle = top + height // 2
    with qtbot.waitSignal(editor.lineClicked) as told:
        QTest.mouseClick(editor.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(80, middle))
    assert told.args == [3]
    with qtbot.waitSignal(editor.lineClicked) as told:
        QTest.mouseClick(editor.gutter, Qt.MouseButton.LeftButton, pos=QPoint(45, middle + 24))
    assert told.args == [4]
    assert editor.textCursor().blockNumber() == 3


def test_dragging_over_lines_selects_text_and_is_no_click(qtbot: QtBot, editor: CodeEditor) -> None:
    editor.replace_text(TEXT)
    told: list[int] = []
    editor.lineClicked.connect(told.append)
    port, left = editor.viewport(), Qt.MouseButton.LeftButton
    QTest.mousePress(port, left, pos=QPoint(10, 20))
    QTest.mouseMove(port, QPoint(90, 70))
    QTest.mouseRelease(port, left, pos=QPoint(90, 70))
    assert editor.textCursor().hasSelection()
    assert told == []


def test_an_error_is_underlined_from_its_column(editor: CodeEditor) -> None:
    editor.replace_text(TEXT)
    editor.set_marks({}, TEXT)
    editor.set_underlines([Underline(4, 8, 4, None, "error", "NameError: g")])
    start = TEXT.index("g(x)")
    (extra,) = editor.extraSelections()
    assert extra.format.underlineColor() == Theme("light").tone("cut").graphic
    assert (extra.cursor.selectionStart(), extra.cursor.selectionEnd()) == (start, start + 4)
    editor.set_underlines(())
    assert not editor.extraSelections()


def test_selected_lines_come_into_view(editor: CodeEditor) -> None:
    editor.replace_text("\n".join(f"x{n} = {n}" for n in range(200)))
    editor.set_selected_lines(frozenset({150}))
    assert 150 in {line.number for line in editor.visible_lines()}


def test_the_brackets_at_the_cursor_are_shown(editor: CodeEditor) -> None:
    editor.replace_text("f(x)")
    editor.go_to(1, 1)
    assert sorted(extra.cursor.selectionStart() for extra in editor.extraSelections()) == [1, 3]


def test_zoom_scales_lines_and_gutter_and_comes_back(editor: CodeEditor) -> None:
    editor.replace_text(TEXT)
    editor.zoom(13)
    assert line_rect(editor, 1)[1] == 48
    assert editor.gutter.width() == 120
    assert editor.font().pixelSize() == 26
    editor.zoom(0)
    assert line_rect(editor, 1)[1] == 24


def test_a_theme_repaints_everything(editor: CodeEditor) -> None:
    editor.replace_text(TEXT)
    editor.set_marks(MARKS, TEXT)
    dark = Theme("dark")
    editor.set_theme(dark)
    top, height = line_rect(editor, 4)
    image = picture(editor)
    assert image.pixelColor(300, top + 2) == dark.tone("no_grad").fill
    assert has_color(image, dark.tone("no_grad").graphic, 36, top, 24, height)


def test_no_text_is_lost_by_marks_and_errors_of_another_text(editor: CodeEditor) -> None:
    editor.replace_text("a\nb")
    editor.set_marks({1: RECORDED, 40: SKIPPED}, "something\nelse")
    editor.set_underlines([Underline(40, 3, 40, 5, "error", "gone")])
    editor.set_selected_lines(frozenset({40}))
    assert editor.toPlainText() == "a\nb"
    assert editor.mark(1) is None


def test_the_end_of_the_text_may_be_a_bracket_that_goes(editor: CodeEditor) -> None:
    """Qt warns of positions behind the end, and a warning fails a test."""
    editor.replace_text("f(x)")
    editor.go_to(1, 4)
    QTest.keyClick(editor, Qt.Key.Key_Backspace)
    assert editor.toPlainText() == "f(x"


def in_sight(editor: CodeEditor) -> set[int]:
    height = editor.viewport().height()
    middles = {line.number: line.top + line.height / 2 for line in editor.visible_lines()}
    return {number for number, middle in middles.items() if 0 <= middle < height}


def test_a_line_that_was_scrolled_to_stays_in_sight_when_less_of_the_text_is_seen(
    editor: CodeEditor,
) -> None:
    """As when the console opens below for the error that it has."""
    editor.setPlainText("\n".join(f"x{number} = 1" for number in range(60)))
    last = max(in_sight(editor))
    editor.reveal(last)
    assert max(in_sight(editor)) == last
    editor.resize(editor.width(), editor.height() // 2)
    assert last in in_sight(editor)


def test_a_line_that_was_scrolled_away_does_not_come_back(editor: CodeEditor) -> None:
    editor.setPlainText("\n".join(f"x{number} = 1" for number in range(60)))
    editor.reveal(max(in_sight(editor)))
    editor.verticalScrollBar().setValue(40)
    editor.resize(editor.width(), editor.height() // 2)
    assert editor.verticalScrollBar().value() == 40
