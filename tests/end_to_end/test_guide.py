"""The user guide: it opens beside the window, and what it names is there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QPixmap, QTextCharFormat, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.command_line import arguments
from app.gui.commands import plain
from app.gui.dialogs.guide import Guide, pages, title_of
from app.gui.main_window import MainWindow
from app.gui.theme import Theme
from app.session import resources
from tests.tools.messages import messages

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
PAGES = sorted(path.name for path in resources.path("guide").glob("*.md"))
_ENTRY = re.compile(r"\*\*([^*]+)\*\*(?: \(([^)\s]+)\))?")
_NAME = re.compile(r"(?<!\*)\*([^*\n]+(?:\n[^*\n]+)?)\*(?!\*)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


@pytest.fixture
def guide(qtbot: QtBot, window: MainWindow) -> Guide:
    """Opened from the menu."""
    _menu_entries(window)["Help > User guide"].trigger()
    found = window.findChild(Guide)
    assert found is not None
    qtbot.waitUntil(found.isVisible)
    found.resize(1100, 760)  # the screen of the tests has less room
    return found


def _menu_entries(window: MainWindow) -> dict[str, QAction]:
    return dict(_entries(window.menuBar().actions(), ""))


def _entries(actions: list[QAction], above: str) -> Iterator[tuple[str, QAction]]:
    for action in actions:
        path = f"{above}{plain(action.text())}"
        yield path, action
        if isinstance(menu := action.menu(), QMenu):
            yield from _entries(menu.actions(), f"{path} > ")


def _formats(document: QTextDocument) -> Iterator[QTextCharFormat]:
    block = document.begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            yield pieces.fragment().charFormat()
            pieces += 1
        block = block.next()


def test_a_page_is_chosen_from_the_list_and_by_a_link(qtbot: QtBot, guide: Guide) -> None:
    assert guide.contents.count() == len(PAGES)
    assert guide.page.toPlainText().startswith(title_of(pages()[PAGES[0]]))
    place = PAGES.index("06_timeline.md")
    item = guide.contents.visualItemRect(guide.contents.item(place))
    QTest.mouseClick(guide.contents.viewport(), Qt.MouseButton.LeftButton, pos=item.center())
    assert guide.page.toPlainText().startswith("The run step by step")
    guide.contents.setCurrentRow(0)
    guide.page.anchorClicked.emit("04_what_trains.md")
    assert guide.page.toPlainText().startswith("What trains")
    assert guide.contents.currentRow() == PAGES.index("04_what_trains.md")


def test_it_stays_beside_the_window_and_keeps_its_page(
    window: MainWindow, guide: Guide, press_run: Callable[[], object]
) -> None:
    guide.contents.setCurrentRow(3)
    guide.close()
    window.actions_.guide.trigger()
    assert window.findChildren(Guide) == [guide]
    assert guide.isVisible()
    assert not guide.isModal()
    assert guide.contents.currentRow() == 3


def test_code_follows_the_theme(window: MainWindow, guide: Guide) -> None:
    for name in ("dark", "light"):
        theme = Theme(name)
        window.set_theme(theme)
        grounds = {
            form.background().color().name()
            for form in _formats(guide.page.document())
            if form.background().style() != Qt.BrushStyle.NoBrush
        }
        assert grounds == {theme.colors.hover.name()}


@pytest.mark.parametrize("name", PAGES)
def test_links_and_pictures_lead_somewhere(guide: Guide, name: str) -> None:
    guide.contents.setCurrentRow(PAGES.index(name))
    document = guide.page.document()
    room = guide.page.viewport().width()
    kind = QTextDocument.ResourceType.ImageResource.value
    for form in _formats(document):
        if form.isAnchor():
            assert form.anchorHref() in PAGES
        if form.isImageFormat():
            picture = document.resource(kind, form.toImageFormat().name())
            assert isinstance(picture, QPixmap)
            assert 0 < picture.width() <= room


@pytest.mark.parametrize("name", PAGES)
def test_menu_entries_and_keys_are_those_of_the_window(window: MainWindow, name: str) -> None:
    entries = _menu_entries(window)
    for path, keys in _ENTRY.findall(_text(name)):
        assert path in entries
        if keys:
            assert QKeySequence(keys) in entries[path].shortcuts(), path


@pytest.mark.parametrize("name", PAGES)
def test_names_are_those_that_the_program_shows(name: str) -> None:
    shown, with_gaps = _shown()
    for text in _NAME.findall(_text(name)):
        said = plain(" ".join(text.split()))
        assert said in shown or any(pattern.fullmatch(said) for pattern in with_gaps), said


@cache
def _shown() -> tuple[set[str], list[re.Pattern[str]]]:
    """The texts that the program shows; those that are filled in as patterns."""
    shown = {plain(message.one) for message in messages()}
    gap = re.compile(r"\\\{\w+\\\}")
    filled_in = {gap.sub(".+", re.escape(text)) for text in shown if "{" in text}
    return shown, [re.compile(pattern) for pattern in filled_in]


def test_options_are_those_of_the_command_line() -> None:
    pages = ("14_command_line.md", "15_continuous_integration.md", "16_measuring.md")
    text = "".join(map(_text, pages))
    parsers = (
        arguments.window_parser, arguments.trace_parser, arguments.check_parser,
        arguments.diff_parser, arguments.measure_parser, arguments.self_test_parser,
    )  # fmt: skip
    known = {option for parser in parsers for option in _OPTION.findall(parser().format_help())}
    of_others = {"--steps", "--lr", "--no-python", "--nproc-per-node"}
    assert set(_OPTION.findall(text)) - of_others == known - of_others


def test_pages_have_a_title_and_pictures_are_small() -> None:
    assert all(title_of(path) for path in pages().values())
    named = {name for page in PAGES for name in re.findall(r"\(pictures/([\w.]+)\)", _text(page))}
    translated = {path.parent for path in resources.path("guide").glob("*/*.md")}
    for folder in (resources.path("guide"), *translated):
        files = list((folder / "pictures").glob("*.png"))
        assert {file.name for file in files} == named, folder
        assert all(file.stat().st_size < 150_000 for file in files)


def test_a_picture_is_looked_for_beside_its_page_first(guide: Guide) -> None:
    assert guide.page.searchPaths()[0] == str(pages()[PAGES[0]].parent)


def _text(name: str) -> str:
    return resources.read_text("guide", name)
