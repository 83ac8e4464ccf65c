from __future__ import annotations

import pytest
from PySide6.QtGui import QTextLayout
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.gui.editor.code_editor import CodeEditor
from app.gui.editor.lexing import Role, line_roles, markdown_roles
from app.gui.theme import Theme


def role_of(line: str, part: str, state: int = 0) -> Role | None:
    at = line.index(part)
    for start, length, role in line_roles(line, state)[0]:
        if start <= at < start + length:
            return role
    return None


@pytest.mark.parametrize(
    ("line", "part", "role"),
    [
        ("with torch.no_grad():", "with", "keyword"),
        ("x = not y", "not", "keyword"),
        ("x.requires_grad = True", "True", "keyword"),
        ("with torch.no_grad():", "no_grad", "call"),
        ("with torch.no_grad():", "torch", None),
        ("@torch.no_grad()", "@torch", "call"),
        ("x = 3e-4", "3e-4", "number"),
        ("x = 'no # comment'", "# comment", "string"),
        ("x = 1  # if", "if", "comment"),
        ("x = f'{y} z'", "z", "string"),
    ],
)
def test_roles_of_a_line(line: str, part: str, role: Role | None) -> None:
    assert role_of(line, part) == role


def test_a_string_of_three_quotes_goes_on_in_the_next_line() -> None:
    state = 0
    for line, after in (('x = """a', 1), ("b \"\"\" + '''c", 2), ("d ''' + 1", 0)):
        roles, state = line_roles(line, state)
        assert state == after, line
    assert roles[-1][2] == "number"
    assert role_of("for x in y", "for", 1) == "string"


def test_a_line_without_end_is_coloured_at_its_beginning() -> None:
    """A million characters of code took seconds at each key."""
    statements = "a = 1; " * 150_000
    roles, after = line_roles(statements, 0)
    assert roles == line_roles(statements[:2_000], 0)[0]
    assert after == 0
    assert line_roles('x = """' + "y" * 1_000_000, 0)[1] == 1


def test_a_quote_that_is_not_closed_ends_with_its_line() -> None:
    assert line_roles("x = 'open", 0)[1] == 0


def formats(editor: CodeEditor, line: int) -> list[QTextLayout.FormatRange]:
    return editor.document().findBlockByNumber(line).layout().formats()


def test_opening_quotes_recolours_the_lines_below(qtbot: QtBot, editor: CodeEditor) -> None:
    editor.replace_text("\nfor x in y:\n    pass")
    qtbot.waitUntil(lambda: bool(formats(editor, 2)))
    QTest.keyClicks(editor, '"""')
    green = Theme("light").tone("recorded").text
    qtbot.waitUntil(
        lambda: [f.format.foreground().color() for f in formats(editor, 1)][:1] == [green]
    )


def test_a_long_text_is_coloured_to_its_end(qtbot: QtBot, editor: CodeEditor) -> None:
    """It takes several turns of the event loop, and the last line is reached."""
    lines = [f"x{n} = torch.relu(y{n} + {n})" for n in range(300)]
    editor.replace_text("\n".join(lines))
    qtbot.waitUntil(lambda: all(formats(editor, n) for n in range(300)), timeout=20_000)


@pytest.mark.parametrize(
    ("line", "state", "roles", "after"),
    [
        ("## Why `x`?", 0, ["heading"], 0),
        ("![](scene:cut) and `x` <!-- a -->", 0, ["call", "string", "comment"], 0),
        ("plain # words", 0, [], 0),
        ("```python", 0, ["comment"], 1),
        ("x = 1", 1, ["number"], 1),
        ("```", 1, ["comment"], 0),
    ],
)
def test_roles_of_a_line_of_markdown(line: str, state: int, roles: list[Role], after: int) -> None:
    found, state_after = markdown_roles(line, state)
    assert ([role for *_, role in found], state_after) == (roles, after)
