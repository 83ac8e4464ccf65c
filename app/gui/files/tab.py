"""An open text: its file, its sheet in the editor, and its last run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from PySide6.QtGui import QTextCursor

from app.contract.records import Change
from app.gui.editor.sheet import Sheet
from app.gui.files.snippet_file import SnippetText
from app.session.language import tr

if TYPE_CHECKING:
    from app.gui.lessons.opened import OpenLecture
    from app.gui.running.prepared import Prepared
    from app.session.cells.notebook import Notebook
    from app.session.lectures.lecture import Page
    from app.session.ranks.differing import ComparedProcesses
    from app.session.scenes.records import Scene


def untitled() -> str:
    """Return the name of a text without a file."""
    return tr("Untitled")


class Anchor(NamedTuple):
    """Follows a line through edits: a cursor in its text, and what it said about recording."""

    sheet: Sheet
    cursor: QTextCursor
    names: tuple[str, ...]


@dataclass(eq=False, slots=True)
class Tab:
    """`number` identifies what was opened here, and is used once: a run of an earlier text in the
    same tab is not taken for one of this text.

    `title` is the name of a text that has no `path`.  `newline` and `marked` are what
    `SnippetText` says of the file, and `on_disk` its text as it was last read or written here.
    """

    number: int
    sheet: Sheet
    path: Path | None = None
    title: str = field(default_factory=untitled)
    newline: str = "\n"
    marked: bool = False
    notebook: Notebook | None = None
    """The notebook whose cells the text has, as it was last read or written."""
    on_disk: SnippetText | None = None
    outside: Literal["changed", "gone"] | None = None
    """What another program did to the file since it was read."""
    prepared: Prepared | None = None
    processes: ComparedProcesses | None = None
    """The processes of the run that `prepared` is of, if it was read with others."""
    was_run: bool = False
    """Whether the user asked for a run of it."""
    what_if: tuple[Change, ...] = ()
    """The changes for its runs, which leave the text as it is."""
    anchors: dict[Change, Anchor] = field(default_factory=dict)
    """What follows the lines of these changes, and of those that can be undone or redone."""
    lecture: OpenLecture | None = None
    """The lecture that this text is from."""
    part: str = ""
    """The name of its file in the lecture; empty for a program in a page's text."""
    page: Page | None = None
    """The page of the lecture whose program this is."""
    answer: frozenset[int] = frozenset()
    """The options of the page's question that are ticked, by place."""
    scenes: tuple[Scene, ...] = ()
    """The kept views of its runs."""
    saved_scenes: tuple[Scene, ...] = ()
    """The scenes as they were last read or written."""
    main: Tab | None = None
    """The program whose run this file was part of; None for a text that runs by itself."""

    @property
    def program(self) -> Tab:
        """The tab whose text is run, and whose run is shown with this one."""
        return self.main or self

    @property
    def is_text(self) -> bool:
        """Whether it is the Markdown of a lecture, and not a program."""
        return self.sheet.language == "markdown"

    @property
    def beside(self) -> Path:
        """The path, without suffix, that is suggested for files made of its run."""
        return (self.path or Path(self.name)).with_suffix("")

    @property
    def name(self) -> str:
        return self.path.name if self.path else self.title

    @property
    def snippet(self) -> SnippetText:
        """The text with its line endings and byte order mark."""
        sheet = self.sheet
        return SnippetText(sheet.text, self.newline, sheet.endings, self.marked, self.notebook)

    def be(self, found: SnippetText) -> None:
        """Take over what a file has beside its text."""
        self.newline, self.marked, self.notebook = found.newline, found.marked, found.notebook

    @property
    def is_modified(self) -> bool:
        return self.sheet.is_modified or self.scenes != self.saved_scenes

    @property
    def is_free(self) -> bool:
        """Whether another text may replace it: it has no file and was not edited."""
        return self.path is None and not self.is_modified and not self.is_text
