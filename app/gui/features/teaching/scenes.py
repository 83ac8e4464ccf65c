"""The scenes of a program: kept from the window, shown again, and matched with each run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtWidgets import QLabel

from app.gui.actions import Actions
from app.gui.docks import BottomPage, BottomPanel
from app.gui.features.feature import Feature
from app.gui.files.documents import Documents
from app.gui.files.history import UndoStates
from app.gui.graph.view import ROOM_LEAST_ZOOM, GraphView
from app.gui.panels.scenes.inspector import SceneView
from app.gui.panels.scenes.strip import SceneCard, SceneStrip
from app.session.language import ngettext, number

if TYPE_CHECKING:
    from app.gui.features.teaching.ask_the_room import AskTheRoom
    from app.gui.features.teaching.besides import Besides
    from app.gui.features.teaching.presentation import Presentation
    from app.gui.files.tab import Tab
    from app.gui.running.prepared import Prepared
    from app.session.asking.questions import RoomQuestion
    from app.session.run import Run
    from app.session.scenes.matching import Index
    from app.session.scenes.records import FreePart, Scene, ScenePane, Thing
    from app.session.workspace import Workspace


class Scenes(Feature):
    changed = Signal()
    """There are other scenes, or another one is shown."""
    ended = Signal(int)
    """Emitted instead of a step beyond the last scene (1) or before the first (-1)."""

    def __init__(
        self,
        workspace: Workspace[Prepared],
        documents: Documents,
        graph: GraphView,
        strip: SceneStrip,
        bottom: BottomPanel,
        do: Actions,
    ) -> None:
        super().__init__(strip)
        self._workspace, self._documents, self._graph = workspace, documents, graph
        self._cards, self._steps, self._bottom = strip.cards, strip.steps, bottom
        self.stage: Presentation | None = None
        """The presentation, which shows panes and the spotlight."""
        self.asks: AskTheRoom | None = None
        """What covers the answers of a scene."""
        self.besides: Besides | None = None
        """What shows the run that a scene has beside it."""
        self.current: int | None = None
        self._tab: Tab | None = None
        self._index: Index | None = None
        self._missing: dict[str, str] = {}
        self._then: list[Callable[[Index], object]] = []
        """What is done as soon as the run is known."""
        self._history: UndoStates[tuple[Scene, ...]] = UndoStates()
        self._looks_later = False
        self._numbers, self._ask, self._run = do.numbers, do.ask, do.run
        self._finder = self.latest("scenes of a run", self._found)
        self._note = QLabel()
        self._note.setProperty("secondary", True)
        self._note.hide()
        bottom.header.add_widget(self._note)
        bottom.header.add_widget(strip.steps)
        self._connect(do)
        self._follow()

    def _connect(self, do: Actions) -> None:
        cards, documents = self._cards, self._documents
        self.on(do.keep_view, self.keep)
        self.hear(self._graph.viewKept, self.keep)
        self.hear(cards.keepWanted, self.keep)
        self.hear(cards.chosen, self.show)
        self.hear(self._steps.chosen, self.show)
        self.hear(cards.mendWanted, self.mend)
        self.hear(cards.moved, self._move)
        self.hear(cards.deleteWanted, self._delete)
        self.hear(cards.renamed, lambda place, field, text: self.edit(place, **{field: text}))
        self.hear(cards.undo_keys.undoWanted, self._undo)
        self.hear(cards.undo_keys.redoWanted, self._redo)
        self.hear(self._workspace.changed, self._on_run)
        self.hear(self._graph.layoutFinished, self._look_later)
        self.hear(documents.opened, self._on_opened)
        self.hear(documents.changed, self._follow)
        self.hear(documents.closed, self._history.forget)
        self.hear(self._bottom.header.changed, lambda _: self._describe())

    @property
    def all(self) -> tuple[Scene, ...]:
        """The scenes of the current program."""
        return self._documents.program.scenes

    # ------------------------------------------------------------------------------ the run

    def _on_opened(self) -> None:
        """Forget which scene was shown: another program may be in the same tab."""
        self._tab = None
        self._follow()

    def _follow(self) -> None:
        """Show the scenes of the current program."""
        self._follow_program()
        self._show_cards()
        if self.all and self._index is None:
            self._find()

    def _follow_program(self) -> None:
        """Forget which scene was shown of another program."""
        tab = self._documents.program
        if tab is not self._tab:
            self._tab, self.current = tab, None
            self._missing, self._then = {}, []
        if self.current is not None and self.current >= len(self.all):
            self.current = None

    def _on_run(self) -> None:
        self._index, self._missing = None, {}
        self._follow_program()
        self._show_cards()
        if self.all or self._then:
            self._find()

    def _find(self) -> None:
        """Look up in a thread what the shown run has."""
        shown = self._workspace.shown
        if shown is None or shown.is_running:
            return
        run: Run = shown.run

        is_asked = any(scene.covered for scene in self.all)

        def found(_: object) -> Index:
            from app.session.scenes.matching import Index  # loads msgspec

            index = Index(run)
            if is_asked:
                _ = index.questions  # which the window would wait for
            return index

        self._finder.ask(found)

    def _found(self, index: Index) -> None:
        shown = self._workspace.shown
        if shown is None or shown.run is not index.run:
            return
        self._index = index
        self._match()
        waiting, self._then = self._then, []
        for work in waiting:
            work(index)

    def _with_index(self, work: Callable[[Index], object]) -> None:
        """Call `work` at once if the run is known, or as soon as it is."""
        if self._index is not None:
            work(self._index)
        else:
            self._then.append(work)
            self._find()

    def _match(self) -> None:
        index, shown = self._index, self._workspace.shown
        if index is None or shown is None:
            return
        groups = shown.drawing.tree.groups
        self._missing = {scene.name: ", ".join(index.missing(scene, groups)) for scene in self.all}
        self._show_cards()

    def _show_cards(self) -> None:
        cards = [SceneCard(scene, self._missing.get(scene.name, "")) for scene in self.all]
        self._cards.show_cards(cards, self.current)
        self._bottom.header.set_count(BottomPage.SCENES, len(cards))
        self._describe()
        self.changed.emit()

    def _describe(self) -> None:
        """Say in the header how many scenes fit the run."""
        count, lost = len(self.all), sum(map(bool, self._missing.values()))
        words = ""
        if lost:
            text = ngettext(
                "{lost} of {count} scenes does not match this run",
                "{lost} of {count} scenes do not match this run",
                lost,
            )
            words = text.format(lost=number(lost), count=number(count))
        elif count and self._index is not None:
            text = ngettext(
                "The scene matches this run", "All {count} scenes match this run", count
            )
            words = text.format(count=number(count))
        self._note.setText(words)
        is_here = self._bottom.header.current == BottomPage.SCENES
        self._note.setVisible(bool(words) and is_here)
        self._steps.show_place(self.current, count)
        self._steps.setVisible(is_here and count > 0)

    # ------------------------------------------------------------------------------ showing

    def show(self, place: int) -> None:
        """Show a scene, as far as the run has it; run the program first if it has no run."""
        self.current = place
        self._show_cards()
        scene = self.all[place]
        self._with_index(lambda index: self._show(index, scene))
        if self._workspace.shown is None:
            self._run.trigger()

    def step(self, by: int) -> None:
        """Show the next scene (1) or the one before (-1)."""
        place = (-1 if by > 0 else len(self.all)) if self.current is None else self.current
        if 0 <= place + by < len(self.all):
            self.show(place + by)
        else:
            self.ended.emit(by)

    def _show(self, index: Index, scene: Scene) -> None:
        """Show a scene; one with covered answers is covered before anything of it is seen."""
        if self.besides is not None:
            is_seen = not scene.covered and not self._documents.current.is_text
            self._looks_later = self.besides.show(scene.beside if is_seen else None)
        if scene.covered and self.asks is not None:
            self.asks.start(lambda: self._restore(index, scene))
            return
        if self.asks is not None:
            self.asks.stop()
        self._restore(index, scene)

    def _restore(self, index: Index, scene: Scene) -> None:
        from app.session.scenes import taking  # loads msgspec

        had_numbers = self._graph.opened is not None
        taking.show(self._workspace, index, scene)
        then = self._workspace.moment
        is_inside = then is not None and then.backward is not None
        self._numbers.setChecked(scene.numbers and is_inside)
        if scene.covered != self._ask.isChecked() and self._ask.isEnabled():
            self._ask.trigger()
        if self.asks is not None and scene.covered and scene.asks is not None:
            self.asks.ask(index.question_of(scene.asks))
        if self.stage is not None:
            self.stage.show_pane_of(scene.pane)
        if self._workspace.is_drawn and self._numbers.isChecked() == had_numbers:
            self._look(index, scene)
        else:
            self._looks_later = True

    def leave_beside(self) -> None:
        """Take away the run beside the scene that is shown."""
        if self.besides is not None:
            self.besides.leave()

    def show_beside(self) -> None:
        """Show the scene again if it has a run beside it."""
        if self.current is not None and self.all[self.current].beside is not None:
            self.show(self.current)

    def look_again(self) -> None:
        """Look at the scene again once another graph is beside it."""
        self._looks_later = True
        QTimer.singleShot(0, self, self._look_later)

    def _look_later(self) -> None:
        """Look at the scene that the graph has been drawn for.

        An earlier picture, with other nodes, may have been drawn meanwhile.  One that was drawn
        again, as in a pane of another size, no longer shows what the scene does.
        """
        is_lost = self._looks_later or self._graph.aim == "opening"
        if not is_lost or not self._workspace.is_drawn:
            return
        if self._index is not None and self.current is not None:
            self._looks_later = False
            self._look(self._index, self.all[self.current])

    def _look(self, index: Index, scene: Scene) -> None:
        from app.gui.features.teaching.views import look_at

        is_on = self.stage is not None and self.stage.is_on
        look_at(self._graph, index, scene, ROOM_LEAST_ZOOM if is_on else 0.0)
        if self.stage is not None:
            self.stage.show_spotlight_of(scene, index)

    # ------------------------------------------------------------------------------ keeping

    def keep(self) -> None:
        """Keep what the window shows as a scene, after the current one."""
        self._with_index(self._keep)

    def _keep(self, index: Index) -> None:
        from app.session.scenes.taking import free_name  # loads msgspec

        scene = self._taken(index, free_name(scene.name for scene in self.all))
        place = len(self.all) if self.current is None else self.current + 1
        self.current = place
        self._change((*self.all[:place], scene, *self.all[place:]))
        if self.stage is None or not self.stage.is_on:
            self._bottom.header.set_current(BottomPage.SCENES)

    def _taken(self, index: Index, name: str) -> Scene:
        """Return the scene of what the window shows."""
        from app.gui.features.teaching.views import centre_of, picture_of
        from app.session.scenes.taking import take

        scene = take(self._workspace, index, name)
        found = centre_of(self._graph, index)
        zoom, centre = (None, None) if found is None else found
        pane: ScenePane = "graph"
        lit: Mapping[str, Thing | FreePart | None] = {}
        if self.stage is not None and self.stage.is_on:
            pane, lit = self.stage.pane, self.stage.lit(index)
        return scene.but(
            zoom=zoom, centre=centre, pane=pane, **lit,
            numbers=self._graph.opened is not None,
            beside=None if self.besides is None else self.besides.described(index.run),
            picture=picture_of(*self.graphs),
        )  # fmt: skip

    @property
    def graphs(self) -> tuple[GraphView, ...]:
        """What a picture of the window shows, from left to right."""
        pinned = None if self.besides is None else self.besides.pinned_graph
        both = (self._graph,) if pinned is None else (self._graph, pinned)
        return tuple(sorted(both, key=lambda one: one.mapToGlobal(QPoint()).x()))

    def mend(self, place: int) -> None:
        """Take a scene from the window again; its name and its words stay."""
        self._with_index(lambda index: self._mend(index, place))

    def _mend(self, index: Index, place: int) -> None:
        old = self.all[place]
        new = self._taken(index, old.name)
        new = new.but(sentence=old.sentence, notes=old.notes, snippet=old.snippet)
        self._change((*self.all[:place], new, *self.all[place + 1 :]))

    # ----------------------------------------------------------------------------- changing

    def _change(self, scenes: tuple[Scene, ...]) -> None:
        self._history.change(self._documents.program, self.all)
        self._set(scenes)

    def _set(self, scenes: tuple[Scene, ...]) -> None:
        self._documents.set_scenes(scenes)
        self._match()

    def _undo(self) -> None:
        if self._history.can_undo(tab := self._documents.program):
            self._set(self._history.undo(tab, self.all))

    def _redo(self) -> None:
        if self._history.can_redo(tab := self._documents.program):
            self._set(self._history.redo(tab, self.all))

    def _move(self, before: int, after: int) -> None:
        scenes = [*self.all]
        scenes.insert(after, scenes.pop(before))
        self.current = after
        self._change(tuple(scenes))

    def _delete(self, place: int) -> None:
        """Delete a scene without asking: undo brings it back."""
        scenes = (*self.all[:place], *self.all[place + 1 :])
        self.current = min(place, len(scenes) - 1) if scenes else None
        self._change(scenes)

    def edit(self, place: int, **fields: object) -> None:
        """Give a scene other fields; its name stays one that no other scene has."""
        from app.session.scenes.taking import free_name

        scene = self.all[place]
        if (name := fields.get("name")) is not None:
            others = [other.name for other in self.all if other is not scene]
            fields["name"] = free_name(others, str(name) or scene.name)
        new = scene.but(**fields)
        if new != scene:
            self._change((*self.all[:place], new, *self.all[place + 1 :]))

    def set_position(self, place: int, position: int) -> None:
        """Have a scene show another position of the shown run, and show it."""
        shown = self._workspace.shown
        if shown is None:
            return
        history = shown.history
        moment = None if position >= history.end else history.at(position).moment

        def move(index: Index) -> None:
            is_end = position >= history.end
            self.edit(place, moment=None if is_end else index.moment(moment))
            self.show(place)

        self._with_index(move)

    def set_question(self, place: int, question: int | None) -> None:
        """Have a covered scene ask one of the questions about the run first."""
        self._with_index(
            lambda index: self.edit(place, asks=None if question is None else index.asked(question))
        )

    def view(self) -> SceneView | None:
        """Return the scene that is shown, with where its moment is in the run."""
        if self.current is None or self.current >= len(self.all):  # another program is current
            return None
        from app.session.scenes.taking import position_of  # loads msgspec

        scene, shown = self.all[self.current], self._workspace.shown
        end, position, index = 0, None, self._index
        if index is not None and shown is not None:
            end = shown.history.end
            position = position_of(scene, index, shown.history)
        questions: tuple[RoomQuestion, ...] = ()
        asked: int | None = None
        if index is not None and scene.covered:
            questions = index.questions
            asked = None if scene.asks is None else index.question_of(scene.asks)
        missing = self._missing.get(scene.name, "")
        return SceneView(
            scene, self.current, len(self.all), position, end, missing, questions, asked
        )
