"""F1: a panel with a card for every mark and word, each with an example from the shown run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget

from app.gui.actions import Actions
from app.gui.docks import Docks
from app.gui.editor.code_editor import CodeEditor
from app.gui.features.appearance import Appearance
from app.gui.features.feature import Feature
from app.gui.graph.view import GraphView
from app.gui.panels.flow_text import Span, spans_of
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.header import Header
from app.gui.panels.sentence_list import Item, SentenceList
from app.session.graph.payloads import CutItem, GroupItem, OperationItem, TensorItem
from app.session.language import paragraph, tr

if TYPE_CHECKING:
    from app.session.cards import Card
    from app.session.look.measure import NodeItem
    from app.session.shown import Shown
    from app.session.workspace import Workspace


class MarkCards(Feature):
    """The panel is made when it is first opened.  F1 shows the card of what has the focus."""

    def __init__(
        self,
        workspace: Workspace[Shown],
        docks: Docks,
        editor: CodeEditor,
        graph: GraphView,
        gradients: GradientsPanel,
        appearance: Appearance,
        do: Actions,
        open_lesson: Callable[[int], object],
    ) -> None:
        super().__init__(graph)
        self._workspace, self._docks, self._editor = workspace, docks, editor
        self._graph, self._gradients, self._appearance = graph, gradients, appearance
        self._open_lesson = open_lesson
        self._panel: SentenceList | None = None
        self._dock: QDockWidget | None = None
        self.on(do.legend_help, self._toggle)
        self.hear(workspace.changed, self._show_examples)
        self.hear(appearance.changed, self._set_theme)

    @property
    def panel(self) -> SentenceList | None:
        return self._panel

    def _toggle(self) -> None:
        """Open the panel at the card of what has the focus, or close it if that is in view."""
        key = self._focused()
        if self._dock is not None and not self._dock.isHidden() and not key:
            self._dock.hide()
            return
        if self._dock is None or self._panel is None:
            self._make()
        assert self._dock is not None
        assert self._panel is not None
        self._dock.show()
        self._dock.raise_()
        self._show_examples()
        self._reveal(key)

    def _make(self) -> None:
        area, title = Qt.DockWidgetArea.RightDockWidgetArea, tr("What the marks mean")
        self._panel = panel = SentenceList(self._appearance.theme, title, "marksPanel")
        panel.actionChosen.connect(self._go_to_lesson)
        self._dock = self._docks.add("marks", title, Header(title), panel, area)
        self._docks.put_beside(self._docks.inspector, self._dock)

    def _set_theme(self) -> None:
        if self._panel is not None:
            self._panel.set_theme(self._appearance.theme)

    def _show_examples(self) -> None:
        from app.session.cards import CARDS

        if self._panel is not None and self._dock is not None and not self._dock.isHidden():
            self._panel.set_items([_item(card, self._workspace.shown) for card in CARDS])

    def _reveal(self, key: str) -> None:
        """Scroll to a card, named by its key or its glyph."""
        from app.session.cards import CARDS

        places = [i for i, card in enumerate(CARDS) if key in (card.key, card.glyph)]
        if places and self._panel is not None:
            self._panel.reveal(places[0])

    def _go_to_lesson(self, place: int) -> None:
        from app.session.cards import CARDS

        self._open_lesson(CARDS[place].lesson - 1)

    def _focused(self) -> str:
        """Return the key of the card for what has the focus; empty if it has none."""
        if self._gradients.table.hasFocus():
            return "None"
        if self._graph.hasFocus() and len(self._graph.selected_nodes) == 1:
            return _card_of(self._graph.scene.nodes[next(iter(self._graph.selected_nodes))].item)
        if self._editor.hasFocus():
            mark = self._editor.mark(self._editor.textCursor().blockNumber() + 1)
            return "" if mark is None or mark.glyph is None else mark.glyph
        return ""


def _card_of(item: NodeItem) -> str:
    """Return the key of the card for a node of the graph."""
    match item:
        case CutItem():
            return "cut"
        case TensorItem():
            return "grad_fn" if item.role == "result" else item.role
        case OperationItem() | GroupItem():
            return {"failed": "warning", "neutral": "dot"}.get(item.status, item.status)


def _item(card: Card, shown: Shown | None) -> Item:
    from app.session.cards import in_this_run
    from app.session.lectures.shipped import lessons

    example = "" if shown is None else in_this_run(card, shown.run)
    title = tr("{title}.").format(title=tr(card.title))
    spans = [replace(Span(title), is_strong=True)]
    spans += spans_of(paragraph((title, tr(card.text))).removeprefix(title))
    if example:
        spans += [Span(" "), replace(Span(tr("In this run:")), is_strong=True), Span(" ")]
        spans += spans_of(example)
    lesson = tr("Lesson {number}: {title}")
    title = lessons().pages[card.lesson - 1].title
    action = lesson.format(number=card.lesson, title=title)
    return Item(card.glyph, card.tone, tuple(spans), None, action)
