"""Keys that do more than insert a character: indentation and comments.

Every function is one undo step.
"""

from __future__ import annotations

import re

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument

from app.gui.editor.editing.brackets import code_of
from app.gui.editor.text.line_endings import insert
from app.gui.editor.text.units import column_of

INDENT = 4
_OPENS_BLOCK = re.compile(r":\s*$")
_OPENS_BRACKET = re.compile(r"[(\[{]\s*$")
_CLOSES_BRACKET = re.compile(r"\s*[)\]}]")
_ENDS_BLOCK = re.compile(r"\s*(return|pass|break|continue|raise)\b")
_CONTINUES = re.compile(r"\s*(else|elif|except|finally)\b.*:\s*$")
_CONTINUED = {
    "else": re.compile(r"\s*(if|elif|for|while|try|except|async for)\b"),
    "elif": re.compile(r"\s*(if|elif)\b"),
    "except": re.compile(r"\s*(try|except)\b"),
    "finally": re.compile(r"\s*(try|except|else)\b"),
}
_STEP = re.compile(rf" {{0,{INDENT - 1}}}\t| {{1,{INDENT}}}")
_COMMENT = re.compile(r"(\s*)# ?")


def leading(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def new_line(cursor: QTextCursor) -> None:
    """Insert a line break with the indentation that the line before requires.

    Between a bracket and the one that closes it, the closing one gets a line of its own.
    """
    cursor.beginEditBlock()
    cursor.removeSelectedText()
    text, column = cursor.block().text(), column_of(cursor)
    before, after = text[:column], text[column:]
    margin = inner = leading(before)
    code = "" if is_in_text(cursor.block()) else code_of(text)[:column]
    if _OPENS_BLOCK.search(code) or _OPENS_BRACKET.search(code):
        inner = margin + _step(margin)
    elif _ENDS_BLOCK.match(code):
        inner = _shortened(margin)
    insert(cursor, "\n" + inner)
    if _OPENS_BRACKET.search(code) and _CLOSES_BRACKET.match(after):
        position = cursor.position()
        insert(cursor, "\n" + margin)
        cursor.setPosition(position)
    cursor.endEditBlock()


def align(cursor: QTextCursor) -> None:
    """Align a line that has become `else:`, `except …:` or similar with what it continues."""
    block = cursor.block()
    found = _CONTINUES.match(block.text())
    if found is None or not cursor.atBlockEnd() or is_in_text(block):
        return
    margin, continued = leading(block.text()), _CONTINUED[found[1]]
    above = block.previous()
    while margin and above.isValid():
        text = above.text()
        here = leading(text)
        if text.strip() and len(here) < len(margin):
            if continued.match(text):
                _remove(block, len(here), len(margin) - len(here))
            return
        if here == margin and continued.match(text):
            return
        above = above.previous()


def is_in_text(block: QTextBlock) -> bool:
    """Return whether a line begins inside a triple-quoted string, as far as it was lexed."""
    return block.previous().userState() > 0


def indent(cursor: QTextCursor) -> None:
    """Indent the selected lines, or insert spaces up to the next multiple of four columns."""
    if not cursor.hasSelection():
        before = cursor.block().text()[: column_of(cursor)]
        in_tabs = "\t" in before and not before.strip()
        cursor.insertText("\t" if in_tabs else " " * (INDENT - _width(before) % INDENT))
        return
    cursor.beginEditBlock()
    for block in selected_blocks(cursor):
        if block.text().strip():
            QTextCursor(block).insertText(_step(leading(block.text())))
    cursor.endEditBlock()


def dedent(cursor: QTextCursor) -> None:
    """Unindent the selected lines, or the current one, by up to four columns or a tab."""
    cursor.beginEditBlock()
    for block in selected_blocks(cursor):
        if found := _STEP.match(block.text()):
            _remove(block, 0, found.end())
    cursor.endEditBlock()


def in_indentation(cursor: QTextCursor) -> bool:
    """Return whether nothing is selected and there is only white space before the cursor."""
    before = cursor.block().text()[: column_of(cursor)]
    return bool(before) and not before.strip() and not cursor.hasSelection()


def delete_indentation(cursor: QTextCursor) -> None:
    """Delete white space back to the previous multiple of four columns, or one tab."""
    before = cursor.block().text()[: column_of(cursor)]
    _remove(cursor.block(), len(_shortened(before)), len(before) - len(_shortened(before)))


def _width(text: str) -> int:
    """Return the width of white space in columns."""
    return len(text.expandtabs(INDENT))


def _step(margin: str) -> str:
    """Return the white space that indents a line with this margin further."""
    return "\t" if margin.endswith("\t") else " " * INDENT


def _shortened(margin: str) -> str:
    """Return white space shortened to the previous stop."""
    if margin.endswith("\t"):
        return margin[:-1]
    spaces = len(margin) - len(margin.rstrip(" "))
    return margin[: len(margin) - min(spaces, (_width(margin) - 1) % INDENT + 1)]


def toggle_comment(cursor: QTextCursor) -> None:
    """Comment the selected lines, or uncomment them if all are comments."""
    blocks = [block for block in selected_blocks(cursor) if block.text().strip()]
    if not blocks:
        return
    cursor.beginEditBlock()
    if all(_COMMENT.match(block.text()) for block in blocks):
        for block in blocks:
            if found := _COMMENT.match(block.text()):
                _remove(block, found.end(1), found.end() - found.end(1))
    else:
        column = min(len(leading(block.text())) for block in blocks)
        for block in blocks:
            at = QTextCursor(block)
            at.setPosition(block.position() + column)
            at.insertText("# ")
    cursor.endEditBlock()


def home(cursor: QTextCursor, mode: QTextCursor.MoveMode) -> None:
    """Move to the first character that is not a space, or from there to the start of the line."""
    block = cursor.block()
    first = len(leading(block.text()))
    column = 0 if cursor.positionInBlock() == first else first
    cursor.setPosition(block.position() + column, mode)


def selected_blocks(cursor: QTextCursor) -> list[QTextBlock]:
    """Return the selected lines, without a last line that has no selected character."""
    document: QTextDocument = cursor.document()
    first = document.findBlock(cursor.selectionStart())
    last = document.findBlock(cursor.selectionEnd())
    if last != first and cursor.selectionEnd() == last.position():
        last = last.previous()
    return [
        document.findBlockByNumber(number)
        for number in range(first.blockNumber(), last.blockNumber() + 1)
    ]


def _remove(block: QTextBlock, start: int, count: int) -> None:
    at = QTextCursor(block)
    at.setPosition(block.position() + start)
    at.setPosition(block.position() + start + count, QTextCursor.MoveMode.KeepAnchor)
    at.removeSelectedText()
