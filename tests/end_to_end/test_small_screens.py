"""Window and dialogs where there is little room: 1280 by 800 pixels and an interface of 200 %."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.gui.dialogs.about import About
from app.gui.dialogs.guide import Guide, pages
from app.gui.main_window import MainWindow
from app.gui.panels.details.inspector import InspectorPage
from tests.end_to_end.conftest import TIMEOUT
from tests.gui.conftest import THREE_LAYERS
from tests.tools.tour import clipped_in

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # windows offscreen
ROOM = QSize(640, 400)
FAILS = """import torch
w = torch.ones(3, requires_grad=True)
loss = (w * 2).sum()
loss.backward()
loss.backward()
"""
DIALOGS = (
    "settings", "run_settings", "about", "shortcuts", "palette", "export", "guide",
)  # fmt: skip


def opened(window: MainWindow, name: str) -> QDialog:
    getattr(window.actions_, name).trigger()
    found = [one for one in QApplication.topLevelWidgets() if one.isVisible() and one is not window]
    (dialog,) = (one for one in found if isinstance(one, QDialog))
    return dialog


def is_reached(widget: QWidget) -> bool:
    """Return whether all of a widget is inside its dialog and not scrolled away."""
    return widget.visibleRegion().boundingRect().size() == widget.size()


def test_dialogs_fit_into_a_small_screen_and_keep_their_buttons(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.load_text(THREE_LAYERS)
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.run()
    screen = window.screen().availableGeometry().size()
    for name in DIALOGS:
        dialog = opened(window, name)
        assert dialog.size().boundedTo(screen) == dialog.size(), name
        if name != "palette":  # it is as high as the window lets it
            assert dialog.minimumSizeHint().boundedTo(ROOM) == dialog.minimumSizeHint(), name
            dialog.resize(ROOM)
        QApplication.processEvents()
        assert list(clipped_in(dialog)) == [], name
        buttons = [one for one in dialog.findChildren(QPushButton) if one.isVisible()]
        assert all(is_reached(one) for one in buttons if one.text() != "Browse…"), name
        dialog.close()
        qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None, timeout=TIMEOUT)


def test_the_palette_is_no_higher_than_its_window(window: MainWindow) -> None:
    window.setMinimumSize(1, 1)
    window.resize(ROOM)
    palette = opened(window, "palette")
    assert palette.frameGeometry().bottom() <= window.frameGeometry().bottom()
    palette.close()


def parts_of(window: MainWindow) -> dict[str, QRect]:
    """The areas of the docks and of the graph, as far as they are shown."""
    centre = window.centralWidget()
    assert centre is not None
    parts: dict[str, QWidget] = {dock.objectName(): dock for dock in window.docks.all()}
    parts |= {"centre": centre, "status": window.status, "toolbar": window.toolbar}
    return {
        name: QRect(part.mapTo(window, QPoint()), part.size())
        for name, part in parts.items()
        if not part.visibleRegion().isEmpty()
    }


def has_room(window: MainWindow, size: QSize) -> bool:
    """Raises AssertionError where a part of the window has too little."""
    assert window.size() == size
    assert window.minimumSizeHint().boundedTo(size) == window.minimumSizeHint()
    parts = parts_of(window)
    assert all(window.rect().contains(area) for area in parts.values()), parts
    for (one, area), (other, its_area) in combinations(parts.items(), 2):
        assert not area.intersects(its_area), (one, other)
    assert list(clipped_in(window)) == []
    return True


@pytest.mark.parametrize("size", [ROOM, QSize(960, 540)], ids=["640x400", "960x540"])
def test_a_small_window_has_room_for_its_parts(
    qtbot: QtBot, window: MainWindow, size: QSize
) -> None:
    window.setMinimumSize(1, 1)
    window.resize(size)
    window.docks.set_default_sizes(size)
    window.load_text(FAILS)
    with qtbot.waitSignal(window.graph.layoutFinished, timeout=TIMEOUT):
        window.run()
    for measures in (False, True):
        if measures:
            window.actions_.measuring.trigger()
        qtbot.waitUntil(lambda: has_room(window, size), timeout=TIMEOUT)
    assert window.inspector.page is InspectorPage.MEASURE
    window.toolbar.mode.choose("inference")  # its longest word
    QApplication.processEvents()
    level = window.toolbar.level
    assert level.geometry().right() < window.toolbar.search.geometry().left()
    assert level.width() >= level.sizeHint().width()
    for choice in (window.toolbar.device, window.toolbar.mode):
        assert choice.isVisible()
        assert choice.width() >= choice.sizeHint().width()


def test_pictures_of_the_guide_are_no_wider_than_its_page(window: MainWindow) -> None:
    guide = opened(window, "guide")
    assert isinstance(guide, Guide)
    guide.resize(ROOM)
    page = next(row for row, file in enumerate(pages().values()) if "![" in file.read_text())
    guide.contents.setCurrentRow(page)
    QApplication.processEvents()
    assert guide.page.document().idealWidth() <= guide.page.viewport().width()
    guide.close()


def test_about_stays_on_the_screen_when_the_versions_are_there(
    qtbot: QtBot, window: MainWindow
) -> None:
    room = window.screen().availableGeometry()
    about = opened(window, "about")
    assert isinstance(about, About)
    low = room.bottom() - about.height()
    about.move(room.left(), low)
    qtbot.waitUntil(lambda: about.y() < low, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: about.height() > room.bottom() - low, timeout=TIMEOUT)
    assert room.contains(about.frameGeometry())
    about.close()
