"""Which tab is below the table of gradients, and where the run in words is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.gui.docks import Docks
from app.gui.features.feature import Feature
from app.gui.panels.details.inspector import LASTING, Inspector, InspectorPage
from app.gui.panels.sentence_list import SentenceList
from app.gui.panels.snippet_panel import SnippetPanel

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.workspace import Workspace


class Inspecting(Feature):
    """A run shows its findings, a what-if what it changed; a selection shows its details.

    Measurements and nudging stay in front until the user leaves them: one selects what to measure.
    """

    def __init__(
        self,
        workspace: Workspace[Prepared],
        inspector: Inspector,
        snippet: SnippetPanel,
        words: SentenceList,
        docks: Docks,
    ) -> None:
        super().__init__(inspector)
        self._workspace, self._inspector, self._docks = workspace, inspector, docks
        self._snippet, self._words = snippet, words
        self.hear(workspace.changed, self._show_run)
        self.hear(workspace.findings_changed, self._count_findings)
        self.hear(workspace.selection_changed, self._show_selection)
        self.hear(workspace.moment_changed, self._show_moment)
        self.hear(snippet.roomChanged, self.follow)
        self.hear(docks.wideChanged, self.follow)
        self.follow()

    def follow(self) -> None:
        """Put the run in words below the text if it has room there, else behind a tab."""
        if self._docks.is_presenting:  # which has borrowed it, and gives it back
            return
        below = self._snippet.has_room_below and not self._docks.is_wide
        self._inspector.set_available(InspectorPage.WORDS, not below)
        if below:
            self._snippet.hold_words(self._words)
        else:
            self._inspector.hold(InspectorPage.WORDS, self._words)

    def _show_run(self) -> None:
        shown, inspector = self._workspace.shown, self._inspector
        self._count_findings()
        is_compared = shown is not None and shown.comparison is not None
        inspector.set_available(InspectorPage.WHAT_IF, is_compared)
        self._snippet.make_room()
        if inspector.page in LASTING:
            return
        first = next(page for page in InspectorPage if inspector.is_available(page))
        inspector.show_page(first)

    def _count_findings(self) -> None:
        findings, inspector = len(self._workspace.findings), self._inspector
        was_available = inspector.is_available(InspectorPage.FINDINGS)
        inspector.tabs.set_count(InspectorPage.FINDINGS, findings)
        inspector.set_available(InspectorPage.FINDINGS, bool(findings))
        if findings and not was_available and self._workspace.subject is None:
            inspector.show_page(InspectorPage.FINDINGS)

    def _show_selection(self) -> None:
        if self._workspace.subject is not None and self._inspector.page not in LASTING:
            self._inspector.show_page(InspectorPage.DETAILS)

    def _show_moment(self) -> None:
        """Show details of the moment, unless the user reads it in words."""
        if self._inspector.page == InspectorPage.FINDINGS:
            self._inspector.show_page(InspectorPage.DETAILS)
