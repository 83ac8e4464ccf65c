"""The menus' actions as a list of commands with their keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar


@dataclass(frozen=True, slots=True)
class Command:
    title: str
    group: str
    keys: tuple[str, ...]
    """Key sequences as the platform writes them, the main one first."""
    do: Callable[[], object]


def menu_commands(bar: QMenuBar) -> Iterator[tuple[Command, QAction]]:
    """Yield the menus' actions in their order, disabled ones too."""
    for top in bar.actions():
        menu = top.menu()
        if isinstance(menu, QMenu):
            yield from _of_menu(menu, plain(top.text()))


def _of_menu(menu: QMenu, group: str) -> Iterator[tuple[Command, QAction]]:
    menu.aboutToShow.emit()  # lists of files and the like are filled when they are wanted
    for action in menu.actions():
        below = action.menu()
        if isinstance(below, QMenu):
            yield from _of_menu(below, plain(action.text()))
        elif not action.isSeparator() and action.text():
            yield Command(plain(action.text()), group, keys_of(action), action.trigger), action


def keys_of(action: QAction) -> tuple[str, ...]:
    """Return the keys of an action on an ordinary keyboard: Qt adds special Copy and Undo keys."""
    form = QKeySequence.SequenceFormat.NativeText
    return tuple(keys.toString(form) for keys in action.shortcuts() if _is_common(keys))


def _is_common(keys: QKeySequence) -> bool:
    if keys.isEmpty():
        return False
    key = keys[0].key()  # type: ignore[index]  # missing in the stubs
    return not (Qt.Key.Key_F13 <= key <= Qt.Key.Key_F35 or key >= Qt.Key.Key_Back)


def set_words(action: QAction, text: str) -> None:
    """Give an action its text; buttons and tooltips lack a letter in brackets, "打开(&O)"."""
    action.setText(text)
    if "(&" in text:
        action.setIconText(plain(text))
        action.setToolTip(plain(text))


def plain(text: str) -> str:
    """Return a menu's text without its mnemonic and its dots.

    >>> plain("Save &as…"), plain("Cut && paste"), plain("打开(&O)…")
    ('Save as', 'Cut & paste', '打开')
    """
    text = re.sub(r"\(&\w\)", "", text)
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")
