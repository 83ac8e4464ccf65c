"""The style sheet of the standard widgets, made from the colours.

A view asks for a look by a dynamic property instead of writing rules of its own:
``primary`` (the one filled button), ``flat`` (no border), ``segment`` (a joined switch:
"first", "middle" or "last"), ``heading`` (a dock's title), ``secondary`` (pale text),
``card`` (a rounded overlay).
"""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from app.gui.theme.colors import Colors, Tone

_RULES = Template("""
QWidget { color: $text; font-size: 13px; }
QMainWindow, QDialog { background: $panel; }
QMainWindow::separator { background: $divider; width: 1px; height: 1px; }
QSplitter::handle { background: $divider; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; border-radius: 6px;
    padding: 4px 6px; }

QToolBar { background: $panel; border: 0; border-bottom: 1px solid $divider;
    spacing: 8px; padding: 0 12px; }
QToolBar[whatIf="true"] { background: $selected; padding: 0; }
QToolBar::separator { background: $divider; width: 1px; margin: 12px 4px; }
QStatusBar { background: $panel; border-top: 1px solid $divider; color: $text_secondary;
    font-size: 12px; }
QStatusBar::item { border: 0; }
QStatusBar QLabel { color: $text_secondary; font-size: 12px; }

QPushButton, QToolButton, QComboBox { background: $panel; border: 1px solid $divider;
    border-radius: 6px; padding: 0 10px; min-height: 26px; }
QPushButton:hover, QToolButton:hover, QComboBox:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked { background: $selected; }
QPushButton:focus, QToolButton:focus, QComboBox:focus { border: 1px solid $accent; }
QPushButton:disabled, QToolButton:disabled, QComboBox:disabled { color: $text_tertiary; }
QPushButton[primary="true"], QToolButton[primary="true"] { background: $accent;
    border-color: $accent; color: $on_accent; font-weight: 600; padding: 0 12px; }
QPushButton[primary="true"]:hover, QToolButton[primary="true"]:hover { background: $accent_text; }
QPushButton[primary="true"]:focus, QToolButton[primary="true"]:focus { border-color: $ink; }
QPushButton[primary="true"]:disabled, QToolButton[primary="true"]:disabled {
    background: $raised; border-color: $divider; color: $text_tertiary; }
QPushButton[flat="true"], QToolButton[flat="true"] { border-color: transparent;
    background: transparent; color: $text_secondary; }
QPushButton[flat="true"]:hover, QToolButton[flat="true"]:hover { background: $hover; }
QPushButton[flat="true"]:focus, QToolButton[flat="true"]:focus { border-color: $accent; }
QToolButton[segment] { border-radius: 0; background: $raised; color: $text_secondary; }
QToolButton[segment]:checked { background: $selected; color: $text; font-weight: 600; }
QToolButton[segment="first"] { border-top-left-radius: 6px; border-bottom-left-radius: 6px; }
QToolButton[segment="middle"], QToolButton[segment="last"] { border-left: 0; }
QToolButton[segment="last"] { border-top-right-radius: 6px; border-bottom-right-radius: 6px; }
QToolButton::menu-indicator { image: none; }
QComboBox::drop-down { border: 0; width: 20px; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $line; border-radius: 6px;
    padding: 4px;    selection-background-color: $selected; selection-color: $text; outline: 0; }
QComboBox QAbstractItemView::item { min-height: 24px; padding: 0 6px; }

QLineEdit { background: $raised; border: 1px solid $divider; border-radius: 6px;
    padding: 0 8px; min-height: 26px; selection-background-color: $accent;
    selection-color: $on_accent; placeholder-text-color: $text_tertiary; }
QLineEdit:disabled, QSpinBox:disabled { color: $text_tertiary; }
QLineEdit:focus { border: 2px solid $accent; padding: 0 7px; min-height: 24px;
    background: $panel; }
QPlainTextEdit, QTextEdit, QTextBrowser { background: $panel; border: 0;
    selection-background-color: $accent; selection-color: $on_accent; }

QMenuBar { background: $panel; border-bottom: 1px solid $divider; }
QMenuBar::item { padding: 4px 10px; background: transparent; }
QMenuBar::item:selected { background: $hover; border-radius: 3px; }
QMenu { background: $panel; border: 1px solid $line; border-radius: 6px; padding: 4px; }
QMenu::item { padding: 4px 24px 4px 24px; border-radius: 3px; }
QMenu::item:selected { background: $selected; }
QMenu::item:disabled { color: $text_tertiary; }
QMenu::separator { height: 1px; background: $divider; margin: 4px 8px; }

QTabWidget::pane { border: 0; }
QTabBar { background: $panel; border: 0; }
QTabBar::tab { background: transparent; color: $text_secondary; padding: 9px 2px 7px 2px;
    margin: 0 6px 0 12px; border: 0; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; font-weight: 600; border-bottom-color: $ink; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:focus { border-bottom-color: $accent; }

QDockWidget { font-weight: 600; }
QHeaderView { background: $raised; border: 0; }
QHeaderView::section { background: $raised; color: $text_tertiary; font-size: 11px;
    border: 0; border-bottom: 1px solid $divider; padding: 0 12px; min-height: 25px; }
QTableView, QTreeView, QListView { background: $panel; border: 0; outline: 0;
    gridline-color: $divider; selection-background-color: $selected; selection-color: $text;
    alternate-background-color: $panel; }
QTableView::item:hover, QTreeView::item:hover, QListView::item:hover { background: $hover; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected {
    background: $selected; color: $text; }

QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $divider; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 32px; margin: 2px 3px; }
QScrollBar::handle:horizontal { min-width: 32px; margin: 3px 2px; }
QScrollBar::handle:hover { background: $line; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QLabel[heading="true"] { font-weight: 600; }
QLabel[secondary="true"] { color: $text_secondary; font-size: 12px; }
QFrame[card="true"] { background: $panel; border: 1px solid $divider; border-radius: 8px; }
QFrame[divider="true"] { background: $divider; border: 0; }
""")


def stylesheet_of(colors: Colors, accent: Tone) -> str:
    names = {name: color.name() for name, color in asdict(colors).items()}
    return _RULES.substitute(names, accent=accent.graphic.name(), accent_text=accent.text.name())
