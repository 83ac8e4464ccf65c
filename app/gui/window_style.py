"""Rules for the window's own widgets, beside the theme's rules for the standard ones."""

from __future__ import annotations

from string import Template

from app.gui.theme import Theme
from app.gui.theme.fonts import mono_family, quoted, ui_family
from app.session import resources

_RULES = Template("""
QWidget { font-family: $ui; }
QToolTip { font-size: 12px; }
QScrollArea, QScrollArea > QWidget > QWidget { background: $panel; }
QTableView QHeaderView::section { padding: 0; }
QTableWidget::item { padding: 0 12px; }
QTableWidget QHeaderView::section { padding: 0 12px; }
QTableView QHeaderView::section:first { padding-left: 12px; }
QTreeView#iterationsTable QHeaderView::section { padding: 0 8px 0 4px; }
QTreeView#iterationsTable QHeaderView::section:first { padding-left: 18px; }
QAbstractScrollArea::corner { background: $panel; border: 0; }
QToolBar { padding: 0; }
QToolBar QToolButton { padding: 0 6px; }
QToolBar QToolButton[square="true"] { padding: 0; min-width: 26px; max-width: 26px; }
QWidget#room { background: $divider; }
QWidget#lecturePreview { background: $canvas; }
QWidget#roomBar, QWidget#roomFoot { background: $panel; }
QWidget#roomBar QToolButton { font-size: 18px; min-height: 40px; border-radius: 8px;
    padding: 0 14px; }
QWidget#roomBar QToolButton[segment] { border-radius: 0; padding: 0 16px; }
QWidget#roomBar QToolButton[segment="first"] { border-top-left-radius: 8px;
    border-bottom-left-radius: 8px; }
QWidget#roomBar QToolButton[segment="last"] { border-top-right-radius: 8px;
    border-bottom-right-radius: 8px; }
QWidget#roomBar QToolButton:checked, QWidget#roomBar QToolButton[down="true"] {
    background: $selected; border-color: $line; color: $text; }
QWidget#roomBar QToolButton[segment]:checked { border-color: $divider; }
QWidget#roomBar QLineEdit { font-size: 18px; min-height: 40px; }
QWidget#roomBar QLabel[subtitle="true"] { font-size: 20px; }
QWidget#speakerView { background: $panel; }
QLabel[speaker="small"] { font-size: 16px; color: $text_secondary; }
QLabel[speaker="text"] { font-size: 18px; color: $text_secondary; }
QLabel[speaker="name"] { font-size: 22px; font-weight: 600; }
QLabel[speaker="notes"] { font-size: 24px; }
QLabel[speaker="clock"] { font-size: 36px; }
QLabel[roomTitle="true"] { font-size: 20px; font-weight: 600; }
QLabel[roomNote="true"] { font-size: 20px; color: $text_secondary; }
QWidget#focusLine { background: $accent; }
QWidget[plain="true"] { background: $panel; }
QWidget[panelHeader="true"] { background: $panel; border-bottom: 1px solid $divider; }
QWidget[panelHeader="true"][below="true"] { border-top: 1px solid $divider; }
QToolButton[flat="true"]:checked { background: transparent; color: $text; }
QToolBar QToolButton[toggle="true"]:checked { background: $selected; border-color: $line; }
QToolBar QToolButton[menu="true"] { padding: 0 0 0 8px; }
QWidget[panelHeader="true"] QToolButton, QWidget#legendLine QToolButton,
QWidget#measureControls QToolButton {
    font-size: 12px; min-height: 22px; padding: 0 6px; }
QLabel[subtitle="true"] { color: $text_secondary; }
QLabel[hint="true"] { color: $text_secondary; }
QLabel[code="true"] { font-family: $mono; font-size: 12px; color: $text_secondary; }
QLabel[keycap="true"] { font-size: 11px; color: $text_tertiary; background: $panel;
    border: 1px solid $divider; border-radius: 3px; padding: 0 4px; }
QLabel[keycap="false"] { font-size: 12px; color: $text_secondary; background: transparent; }
QDialog[popup="true"] { border: 1px solid $line; border-radius: 6px; }
QDialog#guide QListView { border-right: 1px solid $divider; padding: 8px 0; }
QDialog#guide QListView::item { padding: 6px 16px; }
QStatusBar QToolButton { min-height: 16px; padding: 0 6px; font-size: 12px; border-radius: 3px;
    border: 1px solid $divider; color: $text; }
QLabel[sheetTitle="true"] { font-size: 16px; font-weight: 600; }
QLabel[problem="true"] { color: $cut_text; background: $cut_fill; border-radius: 6px;
    padding: 8px 12px; }
QPlainTextEdit[framed="true"], QListView[framed="true"] { background: $raised;
    border: 1px solid $divider; border-radius: 6px; padding: 2px 4px; }
QPlainTextEdit[framed="true"]:focus { border: 1px solid $accent; background: $panel; }
QLineEdit[code="true"], QPlainTextEdit[code="true"] { font-family: $mono; }
QSpinBox { background: $raised; border: 1px solid $divider; border-radius: 6px;
    padding: 0; }
QSpinBox::up-button, QSpinBox::down-button { width: 0; border: 0; background: transparent; }
QSpinBox[arrows="true"]::up-button, QSpinBox[arrows="true"]::down-button { width: 20px; }
QSpinBox::up-button:hover, QSpinBox::down-button:hover { background: $hover; }
QSpinBox QLineEdit { border: 0; padding: 0; min-height: 0; background: transparent; }
QSpinBox:focus { border: 1px solid $accent; }
QWidget[banner="true"] { background: $cut_fill; border-bottom: 1px solid $divider; }
QWidget[verdict="plain"] { background: $panel; border-bottom: 1px solid $divider; }
QWidget[verdict="error"] { background: $cut_fill; border-bottom: 1px solid $divider; }
QToolButton[chip="true"] { background: transparent; border-color: transparent; padding: 0 4px;
    min-height: 22px; }
QToolButton[chip="true"]:hover { background: $hover; }
QToolButton[chip="true"]:checked { background: $notice_fill; border-color: $accent; }
QToolButton[chip="true"]:focus { border-color: $accent; }
QToolButton[place="true"] { background: transparent; border: 0; border-radius: 0; padding: 0;
    min-height: 18px; color: $accent_text; border-bottom: 1px solid $accent; }
QToolButton[link="true"] { background: transparent; border: 0; border-radius: 0; padding: 0;
    min-height: 18px; color: $accent_text; font-size: 12px; }
QToolButton[link="true"]:hover, QToolButton[link="true"]:focus { background: $hover;
    text-decoration: underline; }
QWidget[fileLine="true"] { background: $raised; border-bottom: 1px solid $divider; }
QWidget[fileLine="true"] QLabel { background: transparent; color: $text_secondary;
    font-size: 12px; }
QWidget[lineFoot="true"] { background: $panel; border-top: 1px solid $divider; }
QWidget[lineFoot="true"] QLabel { background: transparent; font-size: 12px; }
QToolButton[fileList="true"] { background: $raised; border: 0; border-radius: 0; padding: 0;
    border-bottom: 1px solid $divider; min-height: 0; }
QToolButton[fileList="true"]:hover, QToolButton[fileList="true"]:focus { background: $hover; }
QToolButton[fileList="true"]::menu-indicator { image: none; width: 0; }
QToolButton[place="true"]:hover, QToolButton[place="true"]:focus { background: $hover;
    border-bottom-width: 2px; }
QWidget[verdict] QLabel { background: transparent; }
QWidget[banner="true"] QLabel { background: transparent; }
QWidget[banner="true"][room="true"] QLabel { font-size: 18px; }
QWidget[notice="true"] { background: $notice_fill; border-bottom: 1px solid $divider; }
QWidget[notice="true"] QLabel { background: transparent; font-size: 12px; }
QWidget[notice="true"] QPushButton { min-height: 22px; font-size: 12px; }
QWidget[editorBar="true"] { background: $raised; border-top: 1px solid $divider; }
QWidget[editorBar="true"] QLabel { background: transparent; font-size: 12px; }
QWidget[editorBar="true"] QToolButton { min-height: 22px; font-size: 12px; padding: 0 8px; }
QWidget[editorBar="true"] QToolButton[small="true"] { padding: 0 2px; min-width: 20px; }
QToolButton[toggle="true"]:checked { background: $notice_fill; color: $text;
    border-color: $accent; }
QFrame[popup="true"], QLabel[popupHint="true"] {
    background: $raised; border: 1px solid $line; border-radius: 6px; }
QLabel[popupHint="true"] { font-family: $mono; font-size: 12px; padding: 4px 8px; }
QFrame[popup="true"] QListView { background: $raised; font-family: $mono; font-size: 12px; }
QFrame[popup="true"] QListView::item { min-height: 24px; padding: 0 8px; }
QFrame[popupCard="true"] { background: $panel; border-left: 1px solid $divider; }
QTabBar::tear { width: 0; border: 0; image: none; }
QTabBar[files="true"] { background: $raised; border-bottom: 1px solid $divider; }
QTabBar[files="true"]::tab { background: $raised; color: $text_secondary; font-size: 12px;
    font-weight: 400; margin: 0; padding: 0 4px 0 12px; border: 0;
    border-right: 1px solid $divider; border-bottom: 1px solid $divider; }
QTabBar[files="true"]::tab:hover { background: $hover; }
QTabBar[files="true"]::tab:selected { background: $panel; color: $text; font-weight: 600;
    border-bottom: 2px solid $ink; }
QTabBar[files="true"]::tab:focus { color: $text; border-bottom-color: $accent; }
QLabel[bannerTitle="true"] { color: $cut_text; font-weight: 600; }
QToolButton[tab="true"] { border: 0; border-radius: 0; background: transparent;
    border-bottom: 2px solid transparent; color: $text_secondary; padding: 0 2px;
    font-size: 13px; min-height: 33px; }
QToolButton[tab="true"]:checked { color: $text; font-weight: 600; border-bottom-color: $ink;
    background: transparent; }
QToolButton[tab="true"]:hover { color: $text; background: transparent; }
QToolButton[tab="true"]:focus { background: $hover; border-bottom: 2px solid $accent; }
QLabel[title="true"] { font-size: 16px; font-weight: 600; }
QLabel[onInk="true"], QToolButton[onInk="true"], QPushButton[onInk="true"] {
    background: transparent; border: 0; color: $panel; font-size: 12px; }
QLabel[onInk="true"] { font-size: 13px; }
QToolButton[onInk="true"] { padding: 0; min-height: 18px; }
QPushButton[onInk="true"] { padding: 2px 0; min-height: 0; text-decoration: underline; }
QToolButton[onInk="true"]:hover, QPushButton[onInk="true"]:hover { background: $text_secondary; }
QToolButton[onInk="true"]:focus, QPushButton[onInk="true"]:focus { border: 1px solid $panel; }
QCheckBox { spacing: 8px; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid $line; border-radius: 3px;
    background: $raised; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$check"); }
QPushButton[primary="true"][withKey="true"] { text-align: left; }
QPushButton[option="true"] { background: $panel; border: 1px solid $divider; padding: 0; }
QPushButton[option="true"]:hover { background: $hover; }
QPushButton[option="true"]:focus { border: 1px solid $accent; }
QPushButton[option="true"]:checked { background: $panel; border: 2px solid $ink; }
QPushButton[option="true"] QLabel { background: transparent; color: $text; }
QPushButton[option="true"] QLabel[keycap="true"] { color: $text_tertiary; }
QLineEdit[hands="true"] { font-family: "$mono"; font-size: 12px; border: 1px solid transparent;
    border-radius: 3px; padding: 0 2px; min-height: 20px; background: transparent; }
QLineEdit[hands="true"]:hover { border-color: $divider; }
QLineEdit[hands="true"]:focus { border: 1px solid $accent; padding: 0 2px; min-height: 20px; }
QToolButton[guess="true"] { font-size: 11px; border: 1px solid $line; border-radius: 9px;
    padding: 0 7px 0 5px; min-height: 0; background: $panel; }
QToolButton[guess="true"]:hover { background: $hover; }
QToolButton[guess="true"]:checked { border: 2px solid $ink; padding: 0 6px 0 4px;
    background: $panel; font-weight: 600; }
QToolButton[topic="true"] { font-size: 12px; border: 1px solid $line; border-radius: 11px;
    min-height: 20px; max-height: 20px; padding: 0 9px 0 7px; background: $panel;
    color: $text_secondary; }
QToolButton[topic="true"]:checked { color: $text; background: $panel; }
QToolButton[topic="true"]:focus { border-color: $accent; }
QLabel[badge="true"] { font-size: 11px; color: $text_secondary; background: $hover;
    border-radius: 8px; padding: 0 6px; min-height: 16px; max-height: 16px; }
""")


def window_rules(theme: Theme) -> str:
    check = "check-dark.svg" if theme.is_dark else "check-light.svg"
    colors, cut, accent = theme.colors, theme.tone("cut"), theme.tone("gradient")
    return _RULES.substitute(
        panel=colors.panel.name(),
        canvas=colors.canvas.name(),
        divider=colors.divider.name(),
        hover=colors.hover.name(),
        line=colors.line.name(),
        selected=colors.selected.name(),
        raised=colors.raised.name(),
        accent=accent.graphic.name(),
        check=resources.path("icons", check).as_posix(),
        text=colors.text.name(),
        text_secondary=colors.text_secondary.name(),
        text_tertiary=colors.text_tertiary.name(),
        ink=colors.ink.name(),
        notice_fill=accent.fill.name(),
        accent_text=accent.text.name(),
        cut_fill=cut.fill.name(),
        cut_text=cut.text.name(),
        ui=quoted(ui_family()),
        mono=quoted(mono_family()),
    )
