"""A text that is open: where it is on disk, what is edited of it, and what its last run showed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.gui.editor.sheet import Sheet
from app.gui.snippet_file import SnippetText
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.prepared import Prepared
    from app.session.lessons import Lesson


def untitled() -> str:
    """What a text without a file is called."""
    return tr("Untitled")


@dataclass(eq=False, slots=True)
class Tab:
    """`number` is this tab's own for as long as the window lives.

    `title` is the name of a text that has no `path`.  `newline` and `marked` are what
    `SnippetText` says of the file, and `on_disk` its text as it was last read or written here.
    """

    number: int
    sheet: Sheet
    path: Path | None = None
    title: str = field(default_factory=untitled)
    newline: str = "\n"
    marked: bool = False
    on_disk: SnippetText | None = None
    outside: Literal["changed", "gone"] | None = None
    """What another program did to the file since."""
    prepared: Prepared | None = None
    mode: str = "as-written"
    """How it is to be run: what `--mode` takes."""
    lesson: Lesson | None = None
    """Whose snippet this is."""
    answer: frozenset[int] = frozenset()
    """The options of the lesson's question that are ticked, by place."""

    @property
    def name(self) -> str:
        return self.path.name if self.path else self.title

    @property
    def snippet(self) -> SnippetText:
        """The text with all that its file needs."""
        return SnippetText(self.sheet.text, self.newline, self.sheet.endings, self.marked)

    @property
    def is_modified(self) -> bool:
        return self.sheet.is_modified

    @property
    def is_free(self) -> bool:
        """Whether another text may take its place: nobody wrote in it and it is no file."""
        return self.path is None and not self.is_modified
