"""Whatever is edited and undone in whatever order, each character and line ending stays its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.contract.records import Edit
from app.gui.editor.sheet import Sheet
from app.gui.files.snippet_file import SnippetText, parse
from app.gui.theme import Theme

pytestmark = pytest.mark.usefixtures("qapp")
ODD = "ab \t#'é😀\u00a0\u2028\u2029\ufdd0\ufdd1\ufeff\x0b\x0c\x1c\x85\u202e"
TEXTS = st.text(ODD + "\n", max_size=8)
FILES = st.lists(
    st.sampled_from([*ODD.replace("\ufeff", ""), "\n", "\r\n", "\r"]), max_size=30
).map(lambda parts: re.sub("\r\n", "\n", "".join(parts)) if "\r\n" not in parts else "".join(parts))
WHERE = st.integers(0, 1000)


class Editing(RuleBasedStateMachine):
    """The model is the list of a text's characters, a line break with the ending it has."""

    def __init__(self) -> None:
        super().__init__()
        self.sheet = Sheet(Theme("light"))
        self.parts: Sequence[str] = ()
        self.undone: list[Sequence[str]] = []
        self.done: list[Sequence[str]] = []
        self.newline = "\n"

    @initialize(text=FILES)
    def open(self, text: str) -> None:
        found = parse(text)
        self.newline = found.newline
        self.sheet.replace_text(found.text, found.endings)
        self.parts = re.findall(r"\r\n|[\s\S]", text)

    @rule(at=WHERE, text=TEXTS)
    def insert(self, at: int, text: str) -> None:
        self._edit(at % (len(self.parts) + 1), 0, text)

    @rule(at=WHERE, count=st.integers(1, 6), text=TEXTS)
    def replace(self, at: int, count: int, text: str) -> None:
        self._edit(at % (len(self.parts) + 1), count, text)

    @rule(text=TEXTS)
    def change(self, text: str) -> None:
        """As a repair does: to another text, whose line breaks are the file's own."""
        if text != self.sheet.text:
            self.sheet.change_text(text, {})
            self.done.append(self.parts)
            self.undone.clear()
            self.parts = [self._ending(one) for one in text]

    @precondition(lambda self: self.done)
    @rule()
    def undo(self) -> None:
        self.sheet.document.undo()
        self.undone.append(self.parts)
        self.parts = self.done.pop()

    @precondition(lambda self: self.undone)
    @rule()
    def redo(self) -> None:
        self.sheet.document.redo()
        self.done.append(self.parts)
        self.parts = self.undone.pop()

    @invariant()
    def the_file_would_have_exactly_these_characters(self) -> None:
        sheet = self.sheet
        assert SnippetText(sheet.text, self.newline, sheet.endings).exact == "".join(self.parts)

    def _edit(self, at: int, count: int, text: str) -> None:
        gone = self.parts[at : at + count]
        if not gone and not text:
            return
        after = [
            *self.parts[:at],
            *(self._ending(one) for one in text),
            *self.parts[at + len(gone) :],
        ]
        line, column = self._place(at)
        end_line, end_column = self._place(at + len(gone))
        self.sheet.apply([Edit(line, column, end_line, end_column, text)])
        self.done.append(self.parts)
        self.undone.clear()
        self.parts = after

    def _ending(self, character: str) -> str:
        return self.newline if character == "\n" else character

    def _place(self, at: int) -> tuple[int, int]:
        """The line, from 1, and the column of a place."""
        lines = "".join("\n" if part[-1] in "\r\n" else part for part in self.parts[:at]).split(
            "\n"
        )
        return len(lines), len(lines[-1])


TestEditing = Editing.TestCase
TestEditing.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestEditing = pytest.mark.usefixtures("qapp")(TestEditing)
