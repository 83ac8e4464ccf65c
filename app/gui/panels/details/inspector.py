"""The table of gradients; below it tabs: findings, details, measures, nudging and others."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.gui.docks import TabHeader, stacked
from app.gui.panels.details.panel import DetailsPanel
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.sentence_list import SentenceList
from app.session.language import tr

_LEAST_TABLE, _LEAST_PAGE = 120, 24


class InspectorPage(IntEnum):
    WHAT_IF = 0
    FINDINGS = 1
    WORDS = 2
    DETAILS = 3
    MEASURE = 4
    NUDGE = 5
    SCENE = 6


LASTING = (InspectorPage.MEASURE, InspectorPage.NUDGE, InspectorPage.SCENE)
"""Pages that stay in front until the user leaves them; they need more room than the table."""


class Inspector(QWidget):
    """The table is as high as its rows, up to half of the height, until the user says otherwise."""

    def __init__(
        self, gradients: GradientsPanel, findings: SentenceList, details: DetailsPanel
    ) -> None:
        super().__init__()
        self._gradients = gradients
        titles = (
            tr("What it changed"), tr("Findings"), tr("In words"), tr("Details"), tr("Measure"),
            tr("Nudge"), tr("Scene"),
        )  # fmt: skip
        self.tabs = TabHeader(titles)
        self._pages = [QWidget() for _ in InspectorPage]
        self._available = set(InspectorPage)
        self.tabbed = QWidget()
        """The tabs with their pages."""
        column = _column(self.tabbed)
        column.addWidget(self.tabs)
        for page in self._pages:
            column.addWidget(page, 1)
            _column(page)
            page.setMinimumHeight(_LEAST_PAGE)
        self.hold(InspectorPage.FINDINGS, findings)
        self.hold(InspectorPage.DETAILS, details)
        gradients.setMinimumHeight(_LEAST_PAGE)
        self._splitter = stacked(gradients, self.tabbed, (250, 360))
        self._splitter.splitterMoved.connect(self._keep_split)
        self._is_fitted = True
        self._instead: QWidget | None = None
        gradients.table.heightChanged.connect(self._fit)
        self.tabs.changed.connect(self._show)
        self.show_page(InspectorPage.DETAILS)
        self.set_available(InspectorPage.WHAT_IF, False)
        for lasting in LASTING:
            self.set_available(lasting, False)
        _column(self).addWidget(self._splitter)

    def hold(self, page: InspectorPage, content: QWidget) -> None:
        """Take what a page shows; it stays here when another widget takes it away for a while."""
        layout = self._pages[page].layout()
        assert layout is not None
        layout.addWidget(content)

    def show_instead(self, content: QWidget | None) -> None:
        """Show this below the table in place of the tabs; None shows the tabs again."""
        if self._instead is not None:
            self._instead.hide()
        self._instead = content
        if content is not None:
            self._splitter.addWidget(content)
            content.show()
        self.tabbed.setVisible(content is None)
        self._fit()

    @property
    def page(self) -> InspectorPage:
        """The page that is shown."""
        return InspectorPage(self.tabs.current)

    def show_page(self, page: InspectorPage) -> None:
        self.tabs.set_current(page)
        self._show(page)

    def _show(self, shown: int) -> None:
        for place, page in enumerate(self._pages):
            page.setVisible(place == shown)
        self._fit()

    def set_available(self, page: InspectorPage, on: bool) -> None:
        """Show the tab of a page or hide it, with details in its place."""
        (self._available.add if on else self._available.discard)(page)
        self.tabs.set_available(page, on)
        if self.page not in self._available:
            self.show_page(InspectorPage.DETAILS)

    def is_available(self, page: InspectorPage) -> bool:
        return page in self._available

    def _keep_split(self) -> None:
        self._is_fitted = False

    def _fit(self) -> None:
        if self._is_fitted:
            height = self._splitter.height()
            least = min(_LEAST_TABLE, height // 3)
            most = least if self.page in LASTING else height // 2
            if self._instead is not None:
                most = max(least, height - self._instead.sizeHint().height())
            table = max(least, min(self._gradients.content_height, most))
            self._splitter.setSizes([table] + [height - table] * (self._splitter.count() - 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


def _column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column
