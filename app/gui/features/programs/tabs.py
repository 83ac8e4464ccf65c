"""The tab bar above the editor, and notices about changed files and unsaved text."""

from __future__ import annotations

from app.gui.actions import Actions
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.files.tab import Tab
from app.gui.panels.notice_bar import Choice, NoticeBar
from app.gui.panels.tab_bar import TabBar, TabLabel
from app.session.language import ngettext, number, tr


class Tabs(Feature):
    def __init__(self, documents: Documents, bar: TabBar, notice: NoticeBar, do: Actions) -> None:
        super().__init__(bar)
        self._documents, self._bar, self._notice = documents, bar, notice
        self.hear(documents.changed, self._show)
        self.hear(bar.currentChanged, lambda place: documents.activate(self._tabs[place]))
        self.hear(bar.tabMoved, self._move)
        self.hear(bar.tabCloseRequested, lambda place: documents.close(self._tabs[place]))
        self.on(do.close_tab, lambda: documents.close(documents.current))
        self.on(do.next_tab, lambda: documents.step(1))
        self.on(do.previous_tab, lambda: documents.step(-1))
        self._offer: tuple[str, list[Choice]] = "", []
        """What is offered for the current text, where nothing else is to be said."""
        self._greeted: set[int] = set()
        """The numbers of the tabs whose notice about notebooks was closed."""
        self._left = [draft.path or draft.title for draft in documents.drafts.left()]
        self._show()

    @property
    def _tabs(self) -> list[Tab]:
        """The tabs in the bar: the text of a lecture is shown with its program."""
        return [tab for tab in self._documents.tabs if not tab.is_text]

    def _move(self, before: int, after: int) -> None:
        places = [place for place, tab in enumerate(self._documents.tabs) if not tab.is_text]
        self._documents.move(places[before], places[after])

    def _show(self) -> None:
        tabs, current = self._tabs, self._documents.current
        names = self._documents.names
        labels = [
            TabLabel(names[tab.number], _tip(tab), tab.is_modified, tab.sheet.is_read_only)
            for tab in tabs
        ]
        self._bar.set_tabs(labels, tabs.index(current.program if current.is_text else current))
        self.show_notice()

    def show_notice(self) -> None:
        text, choices = self._wanted_notice()
        if text:
            self._notice.show_notice(text, choices)
        else:
            self._notice.hide()

    def _wanted_notice(self) -> tuple[str, list[Choice]]:
        tab = self._documents.current
        if tab.sheet.is_read_only:  # a line above says so
            return "", []
        keep = (tr("Keep"), self._documents.keep)
        if tab.outside == "gone":
            text = tr("{name} was moved or deleted by another program.").format(name=tab.name)
            return text, [(tr("Save again"), self._documents.save), keep]
        if tab.outside == "changed":
            text = tr("{name} was changed by another program.")
            if tab.is_modified:
                text = tr(
                    "{name} was changed by another program. "
                    "Reloading replaces what you wrote; undo brings it back."
                )
            return text.format(name=tab.name), [(tr("Reload"), self._documents.reload), keep]
        if self._left:
            choices: list[Choice] = [(tr("Restore"), self._restore), (tr("Discard"), self._discard)]
            return _left_text(self._left), choices
        if tab.notebook is not None and not self._offer[0] and tab.number not in self._greeted:
            text = tr("Opened as cells. Saving keeps the outputs.")
            choices = [
                (tr("Save as .py"), self._documents.save_as_python),
                (tr("Close"), lambda: self._greet(tab)),
            ]
            return text, choices
        return self._offer

    def _greet(self, tab: Tab) -> None:
        self._greeted.add(tab.number)
        self.show_notice()

    def set_offer(self, text: str, choices: list[Choice]) -> None:
        """Offer something for the current text; an empty `text` takes the offer back."""
        self._offer = text, choices
        self.show_notice()

    def _restore(self) -> None:
        self._left = []
        self._documents.recover()

    def _discard(self) -> None:
        self._left = []
        self._documents.drafts.forget_left()
        self.show_notice()


def _tip(tab: Tab) -> str:
    where = str(tab.path) if tab.path else tr("{name}, not a file yet").format(name=tab.title)
    return tr("{name}, not saved").format(name=where) if tab.is_modified else where


def _left_text(left: list[str]) -> str:
    """Return the notice about texts that an earlier window did not save."""
    names = [name.replace("\\", "/").rpartition("/")[2] for name in left]
    text = ngettext(
        "{name} has changes that were not saved when Tapescope ended.",
        "{count} texts, {name} among them, have changes that were not saved when Tapescope ended.",
        len(names),
    )
    return text.format(name=names[0], count=number(len(names)))
