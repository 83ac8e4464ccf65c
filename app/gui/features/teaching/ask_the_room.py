"""Asking the room: covers the answers of a run, takes guesses, and turns the cards over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QDockWidget, QToolButton, QWidget

from app.gui.actions import Actions
from app.gui.asking.card_turn import CardTurn
from app.gui.asking.chips import GuessChips
from app.gui.asking.keys import AskingKeys
from app.gui.asking.panel import QuestionPanel
from app.gui.asking.score import ScoreLine
from app.gui.asking.strip import QuestionStrip
from app.gui.controls.motion import animates
from app.gui.docks import BottomPanel, Docks
from app.gui.features.feature import Feature
from app.gui.graph.view import GraphView
from app.gui.panels.details.inspector import Inspector
from app.gui.panels.gradients.panel import GradientsPanel
from app.gui.panels.header import Header
from app.gui.panels.snippet_panel import SnippetPanel
from app.gui.panels.status_bar import StatusBar
from app.gui.panels.timeline.panel import Timeline
from app.session.asking.round import Round
from app.session.graph.choice import without_answers
from app.session.language import tr
from app.session.workspace import Selection

if TYPE_CHECKING:
    from app.gui.running.prepared import Prepared
    from app.session.asking.questions import RoomQuestion
    from app.session.workspace import Workspace


class _Begun(NamedTuple):
    """A run as it is and covered, and what to do as soon as it is covered."""

    bare: Prepared
    covered: Prepared
    then: Callable[[], object] | None


class AskTheRoom(Feature):
    """The round is in what the workspace shows, so that it stays with its run and its tab."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        docks: Docks,
        snippet: SnippetPanel,
        graph: GraphView,
        gradients: GradientsPanel,
        inspector: Inspector,
        timeline: Timeline,
        bottom: BottomPanel,
        header: Header,
        status: StatusBar,
        panel: QuestionPanel,
        strip: QuestionStrip,
        score: ScoreLine,
        chips: GuessChips,
        transport: QWidget,
        away: Sequence[QWidget],
        locked: Sequence[QWidget],
        do: Actions,
    ) -> None:
        """Controls that would show an answer or run the text again are hidden or `locked`."""
        super().__init__(graph)
        self._workspace, self._docks, self._snippet = workspace, docks, snippet
        self._graph, self._gradients, self._inspector = graph, gradients, inspector
        self._timeline, self._bottom, self._status = timeline, bottom, status
        self.panel, self._strip, self._score, self._chips = panel, strip, score, chips
        self._transport = transport
        self._away, self._locked, self._actions = away, locked, do
        self._is_shown = False
        self._marking = QTimer(self, singleShot=True, interval=0)
        """For the next event: what turns over is enough for one."""
        self.hear(self._marking.timeout, self._mark)
        self._in_front: QDockWidget | None = None
        """The dock that was in front of the question's, to be there again."""
        self._turn = CardTurn(self)
        self._group = QActionGroup(self)
        """While it is disabled, its actions are: whoever enables one of them has to wait."""
        self._group.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        for action in _telling(do):
            self._group.addAction(action)
        self._keys = AskingKeys(self)
        self._thread = self.latest("asking", self._begin)
        self._cards = self.latest("turned cards", self._keep_turned)
        self._turned: tuple[Prepared, Prepared] | None = None
        """What is shown while a card turns, and what will be once it has turned."""
        self._end = QToolButton()
        self._end.setText(tr("End"))
        self._end.setToolTip(tr("Show every answer and end (Esc)"))
        self._end.setProperty("flat", True)
        self._end.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._end.clicked.connect(self.stop)
        self._end.hide()
        header.add_widget(self._end)
        bottom.header.add_widget(score)
        panel.hide()
        score.hide()
        self._hear_all()

    def _hear_all(self) -> None:
        workspace, panel = self._workspace, self.panel
        self.on(self._actions.ask, self._toggle)
        self.on(self._actions.present, self._keep_keys)
        self.hear(self._graph.askWanted, self._actions.ask.trigger)
        self.hear(self._actions.compare.toggled, self._offer)
        self.hear(self._docks.inspectorTaken, self._place_question)
        for signal in (workspace.changed, workspace.covered_changed):
            self.hear(signal, self._show)
        self.hear(workspace.selection_changed, self._ask_about_selection)
        self.hear(self._timeline.positionChosen, self._ask_at)
        self.hear(self._keys.guessed, self._guess)
        self.hear(self._keys.stepped, self._step)
        self.hear(panel.guessed, self._guess)
        self.hear(self._chips.guessed, self._guess)
        self.hear(
            panel.handsCounted, lambda n, count: self._change(lambda r: r.count_hands(n, count))
        )
        self.hear(panel.turnWanted, self.turn_over)
        self.hear(panel.skipWanted, lambda: self._change(Round.skip))
        self.hear(panel.endWanted, self.stop)
        self.hear(panel.topicChosen, lambda topic, on: self._change(lambda r: r.about(topic, on)))
        self.hear(self._score.wanted, self._keep_score)
        self._ends.append(self._keys.stop)
        self._ends.append(self._turn.finish)

    # ------------------------------------------------------------------------- starting and ending

    @property
    def is_on(self) -> bool:
        return self._workspace.covered is not None

    @property
    def _round(self) -> Round | None:
        covered = self._workspace.covered
        return None if covered is None else covered.round

    def _toggle(self) -> None:
        if self.is_on:
            self.stop()
        else:
            self.start()

    def start(self, then: Callable[[], object] | None = None) -> None:
        """Cover the run that is shown, and call `then` while nothing has been turned over.

        Nothing happens if there is nothing to ask about.
        """
        shown = self._workspace.shown
        self._actions.ask.setChecked(self.is_on)
        if self.is_on and then is not None:
            then()
        if shown is None or self.is_on or not self._actions.ask.isEnabled():
            return
        self._workspace.choose(level=without_answers(self._workspace.choice.level))
        bare = self._workspace.shown
        assert bare is not None

        def covered(_: object) -> _Begun:
            from app.gui.asking.cover import cover  # seldom wanted
            from app.session.asking.questions import questions_of

            return _Begun(bare, self._ahead(cover(bare, Round.of(questions_of(bare.run)))), then)

        self._thread.ask(covered)

    def _begin(self, begun: _Begun) -> None:
        shown = self._workspace.shown
        if shown is None or shown.run is not begun.bare.run or self.is_on:
            return
        if shown is not begun.bare:  # folded meanwhile
            self.start(begun.then)
            return
        self._workspace.cover(begun.covered)
        if begun.then is not None:
            begun.then()

    def stop(self) -> None:
        """Show every answer and end."""
        shown = self._workspace.shown
        if shown is not None and self.is_on:
            from app.gui.asking.cover import uncover

            self._turn.finish()
            self._workspace.cover(uncover(shown))

    def ask(self, number: int | None) -> None:
        """Ask a question next, also of a topic that is not asked about otherwise."""
        if number is not None:
            self._change(lambda r: r.about(r.questions[number].topic, True).ask(number))

    # --------------------------------------------------------------------------------- one step

    def _put(self, asked: Round) -> None:
        shown, turned = self._workspace.shown, self._turned
        self._turned = None
        if shown is None or (shown.covered is not None and shown.covered.round is asked):
            return
        if turned is not None and turned[0] is shown and _round_of(turned[1]) is asked:
            self._workspace.cover(turned[1])
        else:
            from app.gui.asking.cover import cover

            self._workspace.cover(cover(shown, asked))

    def _ahead(self, shown: Prepared) -> Prepared:
        """Have the graph make its picture of it, too, in the thread that made it."""
        assert shown.covered is not None
        self._graph.cover_ahead(shown.covered)
        return shown

    def _keep_turned(self, turned: tuple[Prepared, Prepared]) -> None:
        self._turned = turned

    def _change(self, step: Callable[[Round], Round]) -> None:
        """Take a step of the round, after finishing a turn in progress."""
        self._turn.finish()
        if (asked := self._round) is not None:
            self._put(step(asked))

    def _step(self, step: str) -> None:
        if step == "turn":
            self.turn_over()
        elif step == "cover":
            self.cover_again()
        else:
            self.stop()

    def _guess(self, option: int) -> None:
        self._change(lambda asked: asked.guess(option))

    def _keep_score(self, wanted: bool) -> None:
        from dataclasses import replace

        self._change(lambda asked: replace(asked, keeps_score=wanted))

    def turn_over(self) -> None:
        """Turn the card of the question over and ask the next one."""
        self._flip(lambda asked: asked.question, Round.turn_over)

    def cover_again(self) -> None:
        """Cover the card that was turned over last, and ask about it again."""
        self._flip(lambda r: r.questions[r.turned[-1]] if r.turned else None, Round.cover_again)

    def _flip(
        self, card: Callable[[Round], RoomQuestion | None], step: Callable[[Round], Round]
    ) -> None:
        self._turn.finish()
        asked, shown = self._round, self._workspace.shown
        question = None if asked is None else card(asked)
        if asked is None or shown is None or question is None:
            return
        tensors = question.tensors
        operations = () if question.spot is None else tuple(shown.lines.get(question.spot, ()))
        line = None if question.spot is None else self._snippet.editor.line_now(question.spot)
        lines = frozenset(() if line is None else (line,))

        def squeeze(width: float) -> None:
            self._graph.turn(operations, tensors, width)
            self._snippet.editor.turn(lines, width)
            self._gradients.table.turn(tensors, width)

        after = step(asked)
        if animates(self._graph):  # the thread has it by the time its other side shows

            def covered(_: object) -> tuple[Prepared, Prepared]:
                from app.gui.asking.cover import cover

                return shown, self._ahead(cover(shown, after))

            self._cards.ask(covered)
        self._turn.start(squeeze, lambda: self._put(after), animated=animates(self._graph))

    # ----------------------------------------------------------------- what the user points at

    def _ask_about_selection(self) -> None:
        """Ask about the line or the leaf that the user has selected."""
        selection, covered = self._workspace.selection, self._workspace.covered
        if covered is None:
            return
        found = [covered.question_at(line) for line in selection.lines]
        if selection.row is not None or selection.tensors:
            tensors = {selection.row, *selection.tensors}
            questions = enumerate(covered.round.questions)
            found = [n for n, one in questions if not one.tensors.isdisjoint(tensors)] or found
        number = next((one for one in found if one is not None), None)
        if number is not None and number != covered.round.now:
            self._change(lambda asked: asked.ask(number))

    def _ask_at(self, position: int) -> None:
        """Ask about the block of the timeline that was clicked."""
        shown = self._workspace.shown
        if shown is None or shown.covered_lanes is None:
            return
        columns = shown.covered_lanes.columns
        number = shown.covered_lanes.question_at(min(max(position, 1), columns) - 1)
        if number is not None:
            self._change(lambda asked: asked.ask(number))

    # ----------------------------------------------------------------------------------- showing

    def _offer(self) -> None:
        """Offer to ask about a run that is over and that is not compared."""
        shown, do = self._workspace.shown, self._actions
        is_whole = shown is not None and not shown.is_running and bool(shown.run.trace.operations)
        do.ask.setEnabled(self.is_on or (is_whole and not do.compare.isChecked()))
        do.ask.setChecked(self.is_on)

    def _show(self) -> None:
        asked = self._round
        self._offer()
        if (asked is not None) != self._is_shown:
            self._is_shown = asked is not None
            self._change_window(asking=self._is_shown)
        if asked is None:
            self._cards.forget()
            self._turned = None
            self._chips.show_round(None, None)
            return
        question = asked.question
        spot = None if question is None else question.spot
        line = None if spot is None else self._snippet.editor.line_now(spot)
        self.panel.show_round(asked)
        self._score.show_round(asked)
        self._chips.show_round(asked, line)
        self._marking.start()

    def _mark(self) -> None:
        """Select what the question is about, in every part of the window."""
        shown, asked = self._workspace.shown, self._round
        if asked is None:
            return
        question = asked.question
        if shown is None or question is None:
            self._workspace.clear_selection()
        elif question.spot is not None:
            operations = tuple(shown.lines.get(question.spot, ()))
            self._workspace.select(Selection(operations, lines=frozenset((question.spot,))))
        elif question.tensors:
            tensors = tuple(sorted(question.tensors))
            self._workspace.select(Selection((), tensors, tensors[0]))
        else:
            self._workspace.clear_selection()

    def _change_window(self, *, asking: bool) -> None:
        """Disable what would reveal the answer, or enable it again."""
        self._group.setEnabled(not asking)
        for widget in self._locked:
            widget.setEnabled(not asking)
        self._snippet.editor.set_protected(asking, "asking")
        self._snippet.show_lock(asking)
        self._bottom.cover(asking)
        self._score.setVisible(asking)
        self._end.setVisible(asking)
        for widget in self._away:
            widget.setVisible(not asking)
        self._place_question()
        if not asking and self._in_front is not None:
            self._in_front.raise_()
        is_docked = asking and not self._docks.is_presenting
        self._in_front = self._docks.raise_inspector() if is_docked else None
        keys = tr("1 to 4 guess  ·  Space turn over  ·  Page Up cover again  ·  Esc show all")
        self._status.set_keys(keys if asking else "")
        if asking:
            self._start_keys()
        else:
            self._keys.stop()

    def _place_question(self) -> None:
        """Show the question below the table, or below the graph of a presentation."""
        is_flat = self._is_shown and self._docks.is_presenting
        self._strip.hide()
        self._inspector.show_instead(self.panel if self._is_shown and not is_flat else None)
        if is_flat:
            self._strip.hold(self.panel)
        elif self._is_shown:
            self.panel.set_flat(False)
            self._transport.hide()  # a presentation has given it back

    def _keep_keys(self) -> None:
        """Have the keys first, although a presentation has begun to take them."""
        if self.is_on:
            self._start_keys()

    def _start_keys(self) -> None:
        self._keys.presses_buttons = not self._docks.is_presenting
        self._keys.start()


def _round_of(shown: Prepared) -> Round | None:
    return None if shown.covered is None else shown.covered.round


def _telling(do: Actions) -> Sequence[QAction]:
    """Return the actions that show an answer, change the text, or run it again."""
    return (
        do.run, do.run_to_here, do.live, do.measure, do.measuring, do.nudge, do.run_settings,
        do.next_finding, do.previous_finding,
        do.compare, do.pin, *do.processes, *do.comparing, *do.what_if,
        do.find, do.find_next, do.find_previous,
        *do.stepping, do.go_to_iteration,
        do.hide_setup, do.bytes_kept, do.numbers, do.verdict, do.outline, do.legend_help,
        do.upstream, do.downstream, do.between, do.connection,
        do.save_trace, do.export, do.export_page,
        do.undo, do.redo, do.cut, do.paste, do.replace, do.complete, do.comment,
        do.lines_up, do.lines_down, do.duplicate_lines, do.delete_lines, do.present_edit,
    )  # fmt: skip
