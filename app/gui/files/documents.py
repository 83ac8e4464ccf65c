"""The open texts: their tabs, their files, and the protection of unsaved text."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.gui.editor.code_editor import CodeEditor
from app.gui.editor.sheet import Sheet
from app.gui.files import scene_files, snippet_file
from app.gui.files.drafts import Draft, Drafts
from app.gui.files.file_watch import FileWatch
from app.gui.files.snippet_file import FileProblem, SnippetText
from app.gui.files.tab import Tab, untitled
from app.gui.lessons.opened import OpenLecture
from app.gui.settings import Settings
from app.session.cells.marks import is_notebook
from app.session.language import tr, translatable
from app.session.lectures.lecture import Page, PageBlock
from app.session.lectures.reading import with_program
from app.session.trace.files import names_of

if TYPE_CHECKING:
    from app.session.scenes.records import Scene

_PYTHON = translatable("Python (*.py)")
_TO_OPEN = translatable("Python, notebooks and lectures (*.py *.ipynb *.md *.zip)")
_NOTEBOOKS = translatable("Notebooks (*.ipynb)")
_ALL = translatable("All files (*)")
_DRAFT_MS = 1000


class Documents(QObject):
    """Manages the open texts; typed text is lost only if the user says so.

    There is always a tab, and the editor shows the current one.  Unsaved text is written to a
    draft a second after the last key, so that it is there again after a crash.
    """

    changed = Signal()
    """Emitted when tabs, their names or files, or their unsaved state change."""
    opened = Signal()
    """Emitted when the editor shows another program, of another tab or in the same one."""
    closed = Signal(object)
    """The `Tab` that is gone."""
    saved = Signal(object)
    """The `Tab` whose text is in its file now."""
    failed = Signal(str)
    """A file could not be read or written; a sentence."""
    notebookRead = Signal(bool)
    """The notebook that was opened last is shown, or could not be read."""
    _was_read = Signal(object, object)
    """The path of a notebook, and its text or what went wrong."""

    def __init__(self, editor: CodeEditor, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._editor, self._settings, self._window = editor, settings, window
        self._numbers = count(1)
        self.drafts = Drafts(settings.drafts_path)
        self._drafter = QTimer(self, singleShot=True, interval=_DRAFT_MS)
        self._drafter.timeout.connect(self.save_drafts)
        self._watch = FileWatch(self)
        self._watch.touched.connect(self.look_at)
        self._readers: list[threading.Thread] = []
        self._is_ended = False
        self.reading: Path | None = None
        """The notebook that was opened last, while it is being read."""
        self._was_read.connect(self._on_notebook)
        self.current = self._tab_of(editor.sheet)
        self.tabs = [self.current]

    @property
    def program(self) -> Tab:
        """The tab whose text is run from here: the current one, or that whose file it shows."""
        return self.current.program

    @property
    def path(self) -> Path | None:
        return self.current.path

    @property
    def name(self) -> str:
        return self.current.name

    @property
    def names(self) -> dict[int, str]:
        """The names of the tabs by number, of like ones with their folders."""
        tabs = [tab for tab in self.tabs if not tab.is_text]
        paths = [str(tab.path) if tab.path else tab.title for tab in tabs]
        unlike = list(dict.fromkeys(paths))  # the same path twice has the same name
        of_path = dict(zip(unlike, names_of(unlike), strict=True))
        own = {tab.number: of_path[path] for tab, path in zip(tabs, paths, strict=True)}
        return {tab.number: tab.name for tab in self.tabs} | own

    @property
    def is_modified(self) -> bool:
        return self.current.is_modified

    # -------------------------------------------------------------------------------- tabs

    def _tab_of(self, sheet: Sheet) -> Tab:
        sheet.document.modificationChanged.connect(lambda _: self.changed.emit())
        sheet.edited.connect(self._drafter.start)
        return Tab(next(self._numbers), sheet)

    def tab(self, number: int) -> Tab | None:
        """The tab with this number, if it is still open."""
        return next((tab for tab in self.tabs if tab.number == number), None)

    def activate(self, tab: Tab) -> None:
        """Show this tab in the editor."""
        if tab is not self.current:
            before, self.current = self.program, tab
            self._editor.show_sheet(tab.sheet)
            if self.program is not before:
                self.opened.emit()
            self.changed.emit()

    def step(self, by: int) -> None:
        """Go to the tab `by` places to the right, wrapping around."""
        place = (self.tabs.index(self.current) + by) % len(self.tabs)
        self.activate(self.tabs[place])

    def move(self, before: int, after: int) -> None:
        """Move a tab from one place of the row to another."""
        self.tabs.insert(after, self.tabs.pop(before))
        self.changed.emit()

    def close(self, tab: Tab) -> bool:
        """Close a tab unless the user keeps it; return whether it is closed.

        The last tab is emptied instead.  The text of a lecture goes with its program.
        """
        texts = [one for one in self.tabs if one.is_text and one.main is tab]
        if not all(map(self._may_close, (tab, *texts))):
            return False
        for text in texts:
            self._remove(text)
        self._remove(tab)
        return True

    def _remove(self, tab: Tab) -> None:
        self.drafts.drop(tab.number)
        if len(self.tabs) == 1:
            self.tabs.append(self._new_tab())
        place = self.tabs.index(tab)
        if tab is self.current:
            self.activate(self.tabs[place + 1 if place + 1 < len(self.tabs) else place - 1])
        self.tabs.remove(tab)
        self.follow_files()
        self.closed.emit(tab)
        tab.sheet.deleteLater()
        self.changed.emit()

    def _new_tab(self) -> Tab:
        return self._tab_of(Sheet(self._editor.theme, self))

    def _add(self) -> None:
        """Make a new tab current, unless the current one may be reused."""
        if self.current.is_free:
            self.current.lecture = self.current.page = None
            self.current.part = ""
            return
        self.current = self.insert()
        self._editor.show_sheet(self.current.sheet)

    def insert(self) -> Tab:
        """Make a tab beside the current one and the files of the same program."""
        tab = self._new_tab()
        places = [n for n, one in enumerate(self.tabs) if one.program is self.program]
        self.tabs.insert(places[-1] + 1, tab)
        return tab

    # ---------------------------------------------------------------------------- opening

    def show_text(self, text: str, *, title: str = "") -> None:
        """Put a text into the current tab, without asking about its present text."""
        self._show(snippet_file.parse(text), title=title)

    def _show(self, found: SnippetText, *, title: str = "", path: Path | None = None) -> None:
        tab = self.current
        tab.path, tab.title, tab.main = path, title or untitled(), None
        tab.sheet.set_read_only(False)
        tab.be(found)
        tab.on_disk = None if path is None else found
        tab.outside, tab.prepared, tab.was_run = None, None, False
        tab.what_if, tab.anchors = (), {}
        self._read_scenes(tab)
        self.drafts.drop(tab.number)
        tab.number = next(self._numbers)
        self._editor.replace_text(found.text, found.endings)
        self.follow_files()
        self.opened.emit()
        self.changed.emit()

    def _read_scenes(self, tab: Tab) -> None:
        """Take the scenes that are beside a tab's file, or in the lecture that it is of."""
        tab.scenes = ()
        if tab.lecture is not None and tab.page is not None:
            tab.scenes = tab.lecture.lecture.scenes_of(tab.page.program)
        elif tab.path is not None:
            try:
                tab.scenes = scene_files.read(tab.path)
            except FileProblem as problem:
                self.failed.emit(str(problem))
        tab.saved_scenes = tab.scenes

    def set_scenes(self, scenes: tuple[Scene, ...]) -> None:
        """Give the program other scenes, and write them if it has a file."""
        tab = self.program
        tab.scenes = scenes
        if tab.path is not None:
            self._write_scenes(tab)
        elif tab.lecture is not None and tab.lecture.path is not None and tab.page is not None:
            self._write_lecture_scenes(tab, tab.lecture, tab.page.program or tab.part)
        else:
            self._drafter.start()
        self.changed.emit()

    def _write_lecture_scenes(self, tab: Tab, lecture: OpenLecture, program: str) -> None:
        try:
            tab.scenes = tab.saved_scenes = lecture.save_scenes(program, tab.scenes)
        except OSError as error:
            self._tell_unsaved(lecture, error)

    def _tell_unsaved(self, lecture: OpenLecture, error: OSError) -> None:
        text = tr("{path} cannot be written: {error}")
        self.failed.emit(text.format(path=lecture.path, error=error.strerror or error))

    def _write_scenes(self, tab: Tab) -> bool:
        """Return whether the scenes of a tab are beside its file now."""
        assert tab.path is not None
        try:
            scene_files.write(tab.path, tab.scenes)
        except FileProblem as problem:
            self.failed.emit(str(problem))
            return False
        tab.saved_scenes = tab.scenes
        return True

    def show_in_tab(self, text: str, *, title: str) -> None:
        """Put a text without a file into a new tab, or a tab that may be reused."""
        self._add()
        self.show_text(text, title=title)

    def open_page(self, lecture: OpenLecture, page: Page) -> None:
        """Show the program of a page in its tab, or in a new one.

        It may replace an unedited program of a lecture or an empty text.  A page about the program
        of the page before is shown beside it.
        """
        own = [tab for tab in self.tabs if tab.lecture is lecture and tab.page is not None]
        tab = next((tab for tab in own if tab.page is page), None)
        if tab is None and page.program:
            tab = next((tab for tab in own if tab.title == page.program), None)
        if tab is None:
            before = self.current
            if not before.is_free or (before.page is None and before.sheet.text):
                self.current = self.insert()
                self._editor.show_sheet(self.current.sheet)
            tab = self.current
            tab.lecture, tab.page, tab.answer = lecture, page, frozenset()
            tab.part = page.program if page.program in lecture.files else ""
            self.show_text(page.snippet, title=page.program or untitled())
        elif tab.page is not page:
            tab.page, tab.answer = page, frozenset()
        self.activate(tab)

    def open_text(self, lecture: OpenLecture, name: str) -> None:
        """Show a text of a lecture beside the program of the current page."""
        own = (tab for tab in self.tabs if tab.lecture is lecture and tab.part == name)
        tab = next(own, None)
        if tab is None:
            program = self.program
            tab = self.insert()
            tab.lecture, tab.part, tab.title, tab.main = lecture, name, name, program
            tab.sheet.set_language("markdown")
            tab.sheet.replace_text(lecture.files[name])
        elif tab is not self.current:
            tab.main = self.program
        self.activate(tab)

    def new(self) -> None:
        """Open an empty tab."""
        others = {other.title for other in self.tabs if other.path is None}
        names = (untitled() if place == 1 else f"{untitled()} {place}" for place in count(1))
        tab = self.insert()
        tab.title = next(name for name in names if name not in others)
        self.activate(tab)

    def open_example(self, path: Path) -> None:
        """Open an example as a text without a file, so that saving does not change it."""
        try:
            text = snippet_file.read(path).text
        except FileProblem as problem:
            self.failed.emit(str(problem))
        else:
            self.show_in_tab(text, title=path.name)

    def choose(self) -> Path | None:
        """Ask for a file to open."""
        folder = str(self.path.parent) if self.path else ""
        name, _ = QFileDialog.getOpenFileName(
            self._window, tr("Open a snippet"), folder, _filters(_TO_OPEN, _ALL)
        )  # fmt: skip
        return Path(name) if name else None

    def open(self, path: Path) -> bool:
        """Show a file, in its tab if it has one; return whether it could be read.

        A notebook is read in a thread and appears when it is there.
        """
        path = Path(os.path.realpath(path))
        if (tab := next((tab for tab in self.tabs if tab.path == path), None)) is not None:
            self.activate(tab)
            return True
        if is_notebook(path):
            reader = threading.Thread(target=self._read_notebook, args=(path,), daemon=True)
            self._readers = [*filter(threading.Thread.is_alive, self._readers), reader]
            self.reading = path
            reader.start()
            return True
        return self._on_read(path, _read(path))

    def _read_notebook(self, path: Path) -> None:
        """Called in a thread: what reads notebooks takes long to load."""
        found = _read(path)
        if not self._is_ended:
            self._was_read.emit(path, found)

    def _on_notebook(self, path: Path, found: SnippetText | FileProblem) -> None:
        is_shown = self._on_read(path, found)
        if path == self.reading:
            self.reading = None
            self.notebookRead.emit(is_shown)

    def _on_read(self, path: Path, found: SnippetText | FileProblem) -> bool:
        if isinstance(found, FileProblem):
            self.failed.emit(str(found))
            return False
        self._add()
        self._show(found, path=path)
        self._settings.add_recent(path)
        return True

    # ----------------------------------------------------------------------------- saving

    def save(self) -> bool:
        """Save the current text; return whether it is on disk now."""
        return self._save(self.current)

    def save_as(self) -> bool:
        return self._save_as(self.current)

    def _save(self, tab: Tab) -> bool:
        if tab.sheet.is_read_only:  # it may be older than the file
            return True
        if tab.lecture is not None and tab.lecture.path is not None:
            if tab.part:
                return self._save_part(tab, tab.lecture)
            if (found := tab.lecture.lecture.block_of(tab.title)) is not None:
                return self._save_in_text(tab, tab.lecture, *found)
        return self._write(tab, tab.path) if tab.path else self._save_as(tab)

    def _save_part(self, tab: Tab, lecture: OpenLecture) -> bool:
        """Save a text or program of a lecture into its folder or zip."""
        if not self._write_part(lecture, tab.part, tab.sheet.text):
            return False
        self._be_saved(tab)
        return True

    def _write_part(self, lecture: OpenLecture, name: str, text: str) -> bool:
        try:
            lecture.save(name, text)
        except OSError as error:
            self._tell_unsaved(lecture, error)
            return False
        return True

    def _be_saved(self, tab: Tab) -> None:
        tab.sheet.document.setModified(False)
        self.drafts.drop(tab.number)
        self.changed.emit()
        self.saved.emit(tab)

    def _save_in_text(self, tab: Tab, lecture: OpenLecture, page: Page, block: PageBlock) -> bool:
        """Save a program that is written in the text of a lecture, together with that text."""
        own = (one for one in self.tabs if one.lecture is lecture and one.part == page.file)
        text = next(own, None)
        before = lecture.files[page.file] if text is None else text.sheet.text
        after = with_program(before, block.line, tab.sheet.text)
        if after is None:
            words = tr("{file}, line {line}: the program no longer begins here. Correct the text, "
                       "then save again.")  # fmt: skip
            self.failed.emit(words.format(file=page.file, line=block.line))
            return False
        if not self._write_part(lecture, page.file, after):
            return False
        if text is not None:
            text.sheet.change_text(after)
            self._be_saved(text)
        self._be_saved(tab)
        return True

    def save_as_python(self) -> bool:
        """Save the cells of a notebook as a Python file with `# %%` marks."""
        tab = self.current
        suggestion = (tab.path or Path(tab.title)).with_suffix(".py")
        return self._save_as(tab, str(suggestion), _filters(_PYTHON, _ALL))

    def _save_as(self, tab: Tab, suggestion: str = "", filters: str = "") -> bool:
        title = tab.title if tab.title.endswith(".py") else "snippet.py"
        known = (_NOTEBOOKS, _PYTHON) if tab.notebook else (_PYTHON, _NOTEBOOKS)
        name, _ = QFileDialog.getSaveFileName(
            self._window, tr("Save the snippet"), suggestion or str(tab.path or title),
            filters or _filters(*known, _ALL),
        )  # fmt: skip
        return bool(name) and self._write(tab, Path(os.path.realpath(name)))

    def _write(self, tab: Tab, path: Path) -> bool:
        before, tab.on_disk = tab.on_disk, snippet_file.for_file(path, tab.snippet)
        try:
            snippet_file.write(path, tab.on_disk)
        except FileProblem as problem:
            tab.on_disk = before
            self.failed.emit(str(problem))
            return False
        tab.path, tab.outside, tab.notebook = path, None, tab.on_disk.notebook
        self._settings.add_recent(path)
        self.follow_files()
        tab.sheet.document.setModified(False)
        if (tab.scenes or tab.saved_scenes) and not self._write_scenes(tab):
            self.changed.emit()
            return False
        self.drafts.drop(tab.number)
        self.changed.emit()
        self.saved.emit(tab)
        return True

    def may_leave(self) -> bool:
        """Ask about unsaved texts; return whether the window may close."""
        return all(self._may_close(tab) for tab in list(self.tabs))

    def _may_close(self, tab: Tab) -> bool:
        if not tab.is_modified:
            return True
        self.activate(tab)
        from app.gui.dialogs.notice import ask

        text = tr("{name} has changes that are not saved.").format(name=tab.name)
        cancel, discard, save = tr("Cancel"), tr("Discard"), tr("Save")
        answer = ask(self._window, tr("Save the changes?"), text, (cancel, discard, save))
        if answer == save:
            return self._save(tab)
        if answer == discard:
            self.drafts.drop(tab.number)
            return True
        return False

    # --------------------------------------------------------------------- other programs

    def follow_files(self) -> None:
        self._watch.set_paths(tab.path for tab in self.tabs if tab.path is not None)

    def look_at(self, path: Path) -> None:
        """Check a file that another program may have changed."""
        for tab in self.tabs:
            if tab.path == path:
                before, tab.outside = tab.outside, _outside(tab, path)
                if tab.outside != before:
                    self.changed.emit()

    def reload(self) -> None:
        """Replace the text by the file on disk, as an edit that can be undone."""
        tab = self.current
        if tab.path is None:
            return
        try:
            found = snippet_file.read(tab.path)
        except FileProblem as problem:
            self.failed.emit(str(problem))
            return
        tab.be(found)
        tab.on_disk, tab.outside = found, None
        tab.sheet.change_text(found.text, found.endings)
        tab.sheet.document.setModified(False)
        self.drafts.drop(tab.number)
        self.changed.emit()

    def keep(self) -> None:
        """Keep the text as it is here; it counts as unsaved."""
        tab = self.current
        tab.on_disk = _text_of(tab.path) if tab.path else None
        tab.outside = None
        tab.sheet.document.setModified(True)
        self.changed.emit()

    # ----------------------------------------------------------------------------- drafts

    def save_drafts(self) -> None:
        self._drafter.stop()
        for tab in self.tabs:
            if tab.is_modified:
                path = str(tab.path) if tab.path else None
                is_saved = tab.scenes == tab.saved_scenes
                scenes = "" if is_saved else scene_files.written(tab.scenes).decode()
                draft = Draft(tab.snippet.exact, path, tab.title, tab.what_if, scenes)
                self.drafts.save(tab.number, draft)

    def end(self, *, given_up: bool) -> None:
        """Keep unsaved texts as drafts when the window closes, unless the user gave them up."""
        if not given_up:
            self.save_drafts()
        self._drafter.stop()
        self._is_ended = True
        for reader in self._readers:
            reader.join()
        self.drafts.close()

    def recover(self) -> None:
        """Open the drafts that an earlier window left, each in a tab."""
        for draft in self.drafts.left():
            self._add()
            path = Path(draft.path) if draft.path else None
            tab = self.current
            tab.path, tab.title = path, draft.title
            tab.on_disk = _text_of(path) if path else None
            before = tab.on_disk or SnippetText("")
            self._editor.replace_text(before.text, before.endings)
            text = snippet_file.parse(draft.text)
            tab.be(replace(text, notebook=before.notebook))
            tab.sheet.change_text(text.text, text.endings)
            tab.what_if = draft.what_if
            self._recover_scenes(tab, draft)
            self.opened.emit()
        self.save_drafts()
        self.drafts.forget_left()
        self.follow_files()
        self.changed.emit()

    def _recover_scenes(self, tab: Tab, draft: Draft) -> None:
        self._read_scenes(tab)
        if draft.scenes:
            try:
                tab.scenes = scene_files.parse(draft.scenes.encode(), tab.name)
            except FileProblem as problem:
                self.failed.emit(str(problem))


def _outside(tab: Tab, path: Path) -> Literal["changed", "gone"] | None:
    found = _text_of(path) if path.is_absolute() else None
    if found is None:
        return None if tab.on_disk is None else "gone"
    if tab.sheet.is_read_only:
        return None if found.text == tab.sheet.text else "changed"
    return None if found in (tab.on_disk, tab.snippet) else "changed"


def _text_of(path: Path) -> SnippetText | None:
    """Read a file; None if that fails."""
    found = _read(path)
    return None if isinstance(found, FileProblem) else found


def _read(path: Path) -> SnippetText | FileProblem:
    try:
        return snippet_file.read(path)
    except FileProblem as problem:
        return problem


def _filters(*names: str) -> str:
    return ";;".join(map(tr, names))
