"""The menu bar: every action, and the lists of examples and of recent files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from app.gui.actions import Actions
from app.gui.docks import Docks
from app.gui.examples import examples
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
    file = bar.addMenu(tr("&File"))
    recent = QMenu(tr("Open &recent"), window)
    recent.aboutToShow.connect(lambda: _fill_recent(recent, settings, open_recent))
    file.addActions([actions.new, actions.open])
    file.addMenu(recent)
    file.addMenu(example_menu)
    file.addSeparator()
    file.addActions([actions.save, actions.save_as])
    file.addSeparator()
    file.addActions([actions.open_trace, actions.save_trace, actions.export, actions.export_page])
    file.addSeparator()
    file.addActions([actions.next_tab, actions.previous_tab, actions.close_tab])
    file.addSeparator()
    file.addAction(actions.quit)

    edit = bar.addMenu(tr("&Edit"))
    edit.addActions([actions.undo, actions.redo])
    edit.addSeparator()
    edit.addActions([actions.cut, actions.copy, actions.paste, actions.select_all])
    edit.addSeparator()
    edit.addActions([actions.complete, actions.comment])
    lines = edit.addMenu(tr("Li&nes"))
    lines.addActions([actions.lines_up, actions.lines_down, actions.duplicate_lines])
    lines.addActions([actions.delete_lines, actions.select_lines])
    edit.addSeparator()
    edit.addActions([actions.find_text, actions.replace, actions.go_to_line])
    edit.addSeparator()
    edit.addActions([actions.find, actions.find_next, actions.find_previous])
    edit.addSeparator()
    edit.addAction(actions.settings)

    run = bar.addMenu(tr("&Run"))
    run.addActions([actions.run, actions.stop, actions.live])
    run.addSeparator()
    run.addActions([actions.next_finding, actions.previous_finding])
    run.addSeparator()
    run.addAction(actions.run_settings)

    bar.addMenu(tr("&Timeline")).addActions(actions.stepping)

    graph = bar.addMenu(tr("&Graph"))
    graph.addActions([actions.fit, actions.zoom_selection])
    graph.addSeparator()
    graph.addActions([actions.upstream, actions.downstream, actions.between, actions.connection])
    graph.addSeparator()
    graph.addActions([actions.back, actions.forward])
    graph.addMenu(_bookmarks(window, actions))

    view = bar.addMenu(tr("&View"))
    view.addActions([actions.hide_setup])
    view.addMenu(layout)
    view.addMenu(fold_menu(window, actions))
    view.addSeparator()
    view.addActions([actions.zoom_in, actions.zoom_out, actions.zoom_reset])
    view.addSeparator()
    view.addActions([*(dock.toggleViewAction() for dock in docks.all()), actions.outline])
    view.addSeparator()
    view.addActions([actions.next_pane, actions.previous_pane])
    view.addSeparator()
    view.addActions([actions.reset_layout, actions.theme, actions.present])

    bar.addMenu(lessons)
    bar.addMenu(tr("&Help")).addActions(
        [actions.palette, actions.shortcuts, actions.legend_help, actions.about]
    )


def fold_menu(parent: QWidget, actions: Actions) -> QMenu:
    """What can be done to groups; also the graph's context menu."""
    menu = QMenu(tr("F&olding"), parent)
    menu.addActions([actions.unfold, actions.fold])
    menu.addSeparator()
    menu.addActions([actions.unfold_all, actions.fold_all, *actions.depths, actions.fold_default])
    menu.addSeparator()
    menu.addActions([actions.previous_pass, actions.next_pass])
    menu.addSeparator()
    menu.addAction(actions.group_by_lines)
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
