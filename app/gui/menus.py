"""The menu bar: every action, and the lists of examples and of recent files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from app.gui.actions import Actions
from app.gui.docks import Docks
from app.gui.files.examples import examples
from app.gui.settings import Settings
from app.session.language import tr


def fill_menu_bar(
    window: QMainWindow,
    actions: Actions,
    docks: Docks,
    settings: Settings,
    example_menu: QMenu,
    lessons: QMenu,
    layout: QMenu,
    open_recent: Callable[[Path], object],
) -> None:
    bar = window.menuBar()
    recent = QMenu(tr("Open &recent"), window)
    recent.aboutToShow.connect(lambda: _fill_recent(recent, settings, open_recent))
    _fill_file(bar.addMenu(tr("&File")), actions, recent, example_menu)
    _fill_edit(bar.addMenu(tr("&Edit")), actions)
    _fill_run(bar.addMenu(tr("&Run")), actions)
    lanes = [actions.lanes, actions.on_clock]
    _fill(bar.addMenu(tr("&Timeline")), actions.stepping, [actions.go_to_iteration], lanes)
    _fill_graph(bar.addMenu(tr("&Graph")), actions, _bookmarks(window, actions))
    folding = fold_menu(window, actions)
    _fill_view(bar.addMenu(tr("&View")), actions, docks, [layout, folding])
    bar.addMenu(lessons)
    bar.addMenu(tr("&Help")).addActions(
        [
            actions.first_steps,
            actions.guide,
            actions.palette,
            actions.shortcuts,
            actions.legend_help,
            actions.about,
        ]
    )


def _fill(menu: QMenu, *groups: Sequence[QAction | QMenu]) -> None:
    """Fill a menu with groups of entries, separated by lines."""
    for place, group in enumerate(groups):
        if place:
            menu.addSeparator()
        for entry in group:
            if isinstance(entry, QMenu):
                menu.addMenu(entry)
            else:
                menu.addAction(entry)


def _fill_file(file: QMenu, actions: Actions, recent: QMenu, example_menu: QMenu) -> None:
    _fill(
        file,
        [actions.new, actions.open, recent, example_menu],
        [actions.save, actions.save_as, actions.save_as_python],
        [
            actions.open_trace,
            actions.open_lecture,
            actions.save_trace,
            actions.export,
            actions.export_page,
        ],
        [actions.next_tab, actions.previous_tab, actions.close_tab],
        [actions.quit],
    )


def _fill_edit(edit: QMenu, actions: Actions) -> None:
    lines = QMenu(tr("Li&nes"), edit)
    lines.addActions([actions.lines_up, actions.lines_down, actions.duplicate_lines])
    lines.addActions([actions.delete_lines, actions.select_lines])
    _fill(
        edit,
        [actions.undo, actions.redo],
        [actions.cut, actions.copy, actions.paste, actions.select_all],
        [actions.complete, actions.comment, lines],
        [actions.find_text, actions.replace, actions.go_to_line],
        [actions.find, actions.find_next, actions.find_previous],
        [actions.settings],
    )


def _fill_run(run: QMenu, actions: Actions) -> None:
    what_if = QMenu(tr("&What if"), run)
    what_if.addActions(actions.what_if)
    _fill(
        run,
        [actions.run, actions.run_to_here, actions.stop, actions.live],
        [actions.next_finding, actions.previous_finding],
        [actions.compare, actions.pin, *actions.comparing],
        actions.processes,
        [actions.ask],
        [actions.measure, actions.measuring, actions.nudge],
        [what_if],
        [actions.run_settings],
    )


def _fill_graph(graph: QMenu, actions: Actions, bookmarks: QMenu) -> None:
    _fill(
        graph,
        [actions.fit, actions.zoom_selection],
        [actions.upstream, actions.downstream, actions.between, actions.connection],
        [actions.back, actions.forward, bookmarks],
    )


def _fill_view(view: QMenu, actions: Actions, docks: Docks, inner: Sequence[QMenu]) -> None:
    _fill(
        view,
        [actions.hide_setup, actions.bytes_kept, actions.numbers, *inner],
        [actions.zoom_in, actions.zoom_out, actions.zoom_reset],
        [*(dock.toggleViewAction() for dock in docks.all()), actions.outline],
        [actions.next_pane, actions.previous_pane],
        [actions.verdict, actions.reset_layout],
        [actions.theme, actions.contrast, actions.present, actions.spotlight, actions.keep_view],
    )


def fold_menu(parent: QWidget, actions: Actions) -> QMenu:
    """Return the Folding menu, which is also in the graph's context menu."""
    menu = QMenu(tr("F&olding"), parent)
    _fill(
        menu,
        [actions.unfold, actions.fold],
        [actions.unfold_all, actions.fold_all, *actions.depths, actions.fold_default],
        [actions.previous_pass, actions.next_pass],
        [actions.group_by_lines],
    )
    return menu


def example_menu(window: QMainWindow, show: Callable[[Path], object]) -> QMenu:
    menu = QMenu(tr("&Examples"), window)
    menu.setToolTipsVisible(True)
    for example in examples():
        action = menu.addAction(example.title.replace("&", "&&"))
        action.setToolTip(example.description)
        action.setStatusTip(example.description)
        action.triggered.connect(lambda _=False, path=example.path: show(path))
    return menu


def _bookmarks(window: QMainWindow, actions: Actions) -> QMenu:
    menu = QMenu(tr("&Bookmarks"), window)
    menu.addActions([go for go, _ in actions.bookmarks.values()])
    menu.addSeparator()
    put = menu.addMenu(tr("&Set"))
    put.addActions([put for _, put in actions.bookmarks.values()])
    return menu


def _fill_recent(menu: QMenu, settings: Settings, show: Callable[[Path], object]) -> None:
    menu.clear()
    for path in settings.recent:
        action = menu.addAction(str(path).replace("&", "&&"))
        action.triggered.connect(lambda _=False, path=path: show(path))
    if menu.isEmpty():
        menu.addAction(tr("No files yet")).setEnabled(False)
    else:
        menu.addSeparator()
        menu.addAction(tr("Clear this list"), settings.clear_recent)
