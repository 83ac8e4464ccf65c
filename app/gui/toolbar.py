"""The toolbar: run, device and mode, level, the file's name, search."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from app.contract.messages import Device
from app.gui.actions import Actions
from app.gui.controls.corners import round_corners
from app.gui.controls.elided_label import ElidedLabel
from app.gui.controls.icon_button import IconButton
from app.gui.controls.segments import as_segments
from app.gui.controls.switch import ToggleSwitch
from app.gui.theme import Theme
from app.gui.theme.fonts import ui_font
from app.gui.theme.glyphs import paint_glyph
from app.gui.theme.metrics import (
    BUTTON_HEIGHT,
    FONT_BASE,
    FONT_SMALL,
    SPACE,
    SPACE_SMALL,
    TOOLBAR_HEIGHT,
)
from app.session.language import listing, tr, translatable
from app.session.run_settings import RunSettings, summary

_INSET, _GAP, _ARROW = 10, 6, 14
_RUN_SETTINGS_WIDTH = 120
_NARROW = 1400
_SEARCH_NARROW = 180
_LEAST_FOR_ALL = 1180
_SEARCH_WIDTH, _SEARCH_LEAST_WIDTH, _SEARCH_WITH_SHORTCUT = 268, 64, 126

MODES: tuple[tuple[str, str, str], ...] = (
    ("as-written", translatable("As written"), translatable("Run the snippet unchanged")),
    ("grad", "grad", translatable("What if grad mode were on everywhere?")),
    ("no-grad", "no_grad", translatable("What if grad mode were off everywhere?")),
    ("inference", "inference_mode", translatable("What if inference mode were on everywhere?")),
)
LEVELS: tuple[tuple[str, str, str], ...] = (
    ("modules", translatable("Modules"), translatable("One node for each module")),
    ("calls", translatable("Calls"), translatable("One node for each call into torch")),
    (
        "autograd",
        translatable("Autograd"),
        translatable("Autograd's own nodes with their saved tensors"),
    ),
)


class Choice(QComboBox):
    """A choice with a label in front; disabled entries have their reason as a tooltip."""

    def __init__(self, theme: Theme, name: str, label: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(label)
        self._theme = theme
        self._label = label
        self._shown_label = ""
        self.show_label(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.currentIndexChanged.connect(self.updateGeometry)

    def show_label(self, on: bool) -> None:
        """Show the label in front of the chosen entry, or the entry alone."""
        shown = self._label if on else ""
        if shown == self._shown_label:
            return  # a style sheet takes long, and a window is resized often
        self._shown_label = shown
        width = QFontMetrics(ui_font(FONT_SMALL)).horizontalAdvance(self._label)
        self._text_left = _INSET + (width + _GAP if on else 0)
        self.setStyleSheet(f"QComboBox {{ padding: 0 0 0 {self._text_left}px; }}")
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size for the chosen entry; the list may be wider."""
        text = QFontMetrics(ui_font(FONT_BASE)).horizontalAdvance(self.currentText())
        width = self._text_left + text + 12 + _ARROW + _INSET
        return QSize(width, BUTTON_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def showPopup(self) -> None:
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 24)
        super().showPopup()
        round_corners(self.view().window())

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setFont(ui_font(FONT_SMALL))
        painter.setPen(self._theme.colors.text_tertiary)
        area = self.rect().adjusted(_INSET, 0, 0, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self._shown_label)
        arrow = QRectF(self.width() - _INSET - _ARROW, 0, _ARROW, _ARROW)
        arrow.moveTop((self.height() - _ARROW) / 2)
        paint_glyph(painter, "chevron_down", arrow, self._theme.colors.text_tertiary)

    def set_entries(self, entries: Sequence[tuple[str, str, str, bool]]) -> None:
        """Set (value, text, tooltip, enabled) entries; keep the chosen one if possible."""
        chosen = self.value
        self.clear()
        for value, text, tooltip, enabled in entries:
            self.addItem(text, value)
            place = self.count() - 1
            self.setItemData(place, tooltip, Qt.ItemDataRole.ToolTipRole)
            model = self.model()
            assert isinstance(model, QStandardItemModel)
            model.item(place).setEnabled(enabled)
            if enabled and value == chosen:
                self.setCurrentIndex(place)

    def choose(self, value: str) -> None:
        """Choose an entry without emitting a signal."""
        self.setCurrentIndex(max(0, self.findData(value)))

    @property
    def value(self) -> str:
        found = self.currentData()
        return found if isinstance(found, str) else ""


class SearchField(QLineEdit):
    left = Signal()
    """Escape: back to the editor."""
    stepped = Signal(int)
    """Enter: +1, Shift+Enter: −1."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("searchField")
        self.setAccessibleName(tr("Find operation, tensor or line"))
        self.setPlaceholderText(tr("Find operation, tensor or line"))
        self.setClearButtonEnabled(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._count = QLabel(self)
        self._count.setProperty("keycap", True)
        self._count.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.show_count(None)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_SEARCH_WIDTH, BUTTON_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(_SEARCH_LEAST_WIDTH, BUTTON_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        place = QRectF(8, (self.height() - _ARROW) / 2, _ARROW, _ARROW)
        paint_glyph(painter, "search", place, self._theme.colors.text_tertiary)

    def show_count(self, text: str | None) -> None:
        """Show the number of matches at the right end; None shows the shortcut."""
        self._count.setText(tr("Ctrl K") if text is None else text)
        if self._count.property("keycap") is not (text is None):
            self._count.setProperty("keycap", text is None)
            self._count.style().unpolish(self._count)
            self._count.style().polish(self._count)
        self._count.adjustSize()
        self._place_count()

    @property
    def count(self) -> str:
        """How many matches it shows."""
        return "" if self._count.property("keycap") else self._count.text()

    def _place_count(self) -> None:
        """Put it at the right end; the shortcut is left out where the field is narrow."""
        size = self._count.sizeHint()
        has_room = bool(self.count) or self.width() >= _SEARCH_WITH_SHORTCUT
        self._count.setVisible(has_room)
        self.setTextMargins(_ARROW + 4, 0, size.width() + 4 if has_room else 0, 0)
        self._count.setGeometry(
            self.width() - size.width() - 8,
            (self.height() - size.height()) // 2,
            size.width(),
            size.height(),
        )

    def resizeEvent(self, event):  # type: ignore[no-untyped-def]  # Qt's
        super().resizeEvent(event)
        self._place_count()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.stepped.emit(-1 if back else 1)
            event.accept()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            self.clear()
            self.left.emit()
            event.accept()
            return True
        return super().event(event)


class LevelSwitch(QWidget):
    changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(BUTTON_HEIGHT)
        self.setObjectName("levelChoice")
        self.setAccessibleName(tr("Level of detail"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        group = QActionGroup(self)
        self._actions: dict[str, QAction] = {}
        buttons: list[QToolButton] = []
        for value, text, tooltip in LEVELS:
            action = QAction(tr(text), self, checkable=True)
            action.setActionGroup(group)
            button = QToolButton()
            button.setDefaultAction(action)
            buttons.append(button)
            row.addWidget(button)
            self._actions[value] = action
            action.setToolTip(tr(tooltip))
        as_segments(buttons)
        self._actions["calls"].setChecked(True)
        group.triggered.connect(lambda _: self.changed.emit(self.value))

    @property
    def value(self) -> str:
        return next(value for value, action in self._actions.items() if action.isChecked())

    def show_value(self, value: str) -> None:
        """Show another level as chosen, without emitting a signal."""
        self._actions[value].setChecked(True)


class Toolbar(QToolBar):
    def __init__(self, theme: Theme, actions: Actions, examples: QMenu) -> None:
        super().__init__(tr("Toolbar"))
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setFixedHeight(TOOLBAR_HEIGHT + 1)
        self.setIconSize(QSize(16, 16))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.device = Choice(theme, "deviceChoice", tr("Device"))
        self.mode = Choice(theme, "modeChoice", tr("Mode"))
        self.level = LevelSwitch()
        self.live = ToggleSwitch(theme, actions.live)
        self.search = SearchField(theme)
        self._run_settings = QToolButton()
        self.file_name = ElidedLabel(centred=True)
        self.file_name.setProperty("subtitle", True)
        self._content = QWidget()
        self._content.setFixedHeight(TOOLBAR_HEIGHT)
        self._row = QHBoxLayout(self._content)
        self._row.setContentsMargins(SPACE, 0, SPACE, 0)
        self._row.setSpacing(SPACE_SMALL)
        self.addWidget(self._content)
        self._build(actions, examples)
        for choice in (self.device, self.mode):
            choice.currentIndexChanged.connect(lambda _: self._fit(self.width()))

    def _build(self, actions: Actions, examples: QMenu) -> None:
        self._run = self._button(actions.run, text=True)
        self._run.setProperty("primary", True)
        self._stop = self._button(actions.stop, text=True)
        self._row.addWidget(self.live)
        self._before_choices = self._add_divider()
        for widget in (self.device, self.mode, self.level):
            self._row.addWidget(widget)
        self._fill()
        self._run_settings.setProperty("flat", True)
        self._run_settings.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._run_settings.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._run_settings.clicked.connect(actions.run_settings.trigger)
        self._run_settings.hide()
        self._row.addWidget(self._run_settings)
        self._row.addWidget(self.file_name, 1)
        self._row.addWidget(self.search)
        divider = self._add_divider()
        self._examples = QToolButton()
        self._examples.setText(tr("Examples"))
        self._examples.setProperty("flat", True)
        self._examples.setProperty("menu", True)
        self._examples.setMenu(examples)
        self._examples.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._row.addWidget(self._examples)
        toggles = actions.compare, actions.ask, actions.measuring
        self._toggles = [self._button(action) for action in toggles]
        for button in self._toggles:
            button.setProperty("toggle", True)
        ends = self._button(actions.theme), self._button(actions.export)
        self._at_end = *ends, divider
        for button in (*self._toggles, *ends):
            button.setProperty("flat", True)

    def _fill(self) -> None:
        self.mode.set_entries(
            [(value, tr(text), tr(tooltip), True) for value, text, tooltip in MODES]
        )
        self.set_devices([])

    def _button(self, action: QAction, *, text: bool = False) -> QToolButton:
        button = IconButton(action)
        button.setProperty("square", not text)
        if not text:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._row.addWidget(button)
        return button

    def _add_divider(self) -> QFrame:
        line = QFrame()
        line.setProperty("divider", True)
        line.setFixedSize(1, 20)
        self._row.addSpacing(4)
        self._row.addWidget(line)
        self._row.addSpacing(4)
        return line

    def set_devices(self, devices: Sequence[Device]) -> None:
        """Set torch's devices; until then there are "auto" and the CPU."""
        known = devices or [Device("cpu", "CPU", None)]
        self.device.set_entries(
            [
                (device.name, device.label, device.reason or "", device.reason is None)
                for device in known
            ]
        )

    def show_run_settings(self, settings: RunSettings) -> None:
        """Show a button with the settings that differ from the default, if any."""
        words = summary(settings)
        metrics = QFontMetrics(ui_font(FONT_BASE))
        text = metrics.elidedText(listing(words), Qt.TextElideMode.ElideRight, _RUN_SETTINGS_WIDTH)
        self._run_settings.setText(f" {text}")
        said = tr("Run settings: {settings}").format(settings=listing(words))
        self._run_settings.setToolTip(said)
        self._run_settings.setAccessibleName(said)
        self._run_settings.setVisible(bool(words))
        self._fit(self.width())

    @property
    def run_settings_text(self) -> str:
        """The text of that button; empty while it is hidden."""
        return "" if self._run_settings.isHidden() else self._run_settings.text().strip()

    def follow(self, width: int) -> None:
        """Adapt to the window's width: a narrow one hides controls that menus also have.

        Those that only the toolbar has stay, without their labels where there is no room.
        """
        style = Qt.ToolButtonStyle
        self._run_settings.setToolButtonStyle(
            style.ToolButtonIconOnly if width < _NARROW else style.ToolButtonTextBesideIcon
        )
        for button in (self._examples, *self._toggles):
            button.setVisible(width >= _LEAST_FOR_ALL)
        self.search.setMaximumWidth(_SEARCH_NARROW if width < _NARROW else _SEARCH_WIDTH)
        self._fit(width)

    def _fit(self, width: int) -> None:
        """Leave out one thing after another until the rest have room."""
        shows = [widget.setVisible for widget in self._at_end]
        shows += [self.device.show_label, self.mode.show_label]
        shows += [self.live.setVisible, self._before_choices.setVisible, self._stop.setVisible]
        for show in shows:
            show(True)
        for show in shows:
            if self._row.minimumSize().width() <= width:
                break
            show(False)

    def set_file_name(self, name: str, *, modified: bool) -> None:
        self.file_name.setText(f"{name} •" if modified else name)
        self.file_name.setToolTip(tr("Not saved") if modified else "")

    def set_theme(self, theme: Theme) -> None:
        for part in (self.live, self.search, self.device, self.mode):
            part.set_theme(theme)
        self._run_settings.setIcon(theme.icon("sliders"))
        self._examples.setIcon(theme.icon("chevron_down", size=14))
        self._examples.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._examples.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
