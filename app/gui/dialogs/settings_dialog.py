"""The Settings dialog, for all files.  Changes apply at once."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.gui.commands import plain
from app.gui.controls.form import fill_form
from app.gui.controls.interpreter_box import InterpreterBox, InterpreterFinder
from app.gui.controls.limit_box import LimitBox
from app.gui.controls.room import Scrolled, fit_into_screen
from app.gui.features.exploring.arrangement import ENGINES
from app.gui.panels.arrow_box import ArrowBox
from app.gui.settings import LEAST_INTERFACE, MOST_INTERFACE, Settings
from app.gui.theme.metrics import SPACE_MEDIUM
from app.session import language
from app.session.language import LANGUAGES, tr

_WIDTH = 520


class SettingsDialog(QDialog):
    """Emits what was chosen; its owner stores and applies it."""

    languageChosen = Signal(str)
    """A key of `LANGUAGES`, from the next start on; empty for the system's."""
    themeChosen = Signal(str)
    """The name of a theme; empty for the system's."""
    textSizeChosen = Signal(int)
    """Pixels."""
    interfaceSizeChosen = Signal(int)
    """Percent, from the next start on."""
    pythonChosen = Signal(str)
    """A path; empty: the one that runs this program."""
    timeLimitChosen = Signal(int)
    """Seconds; 0 is none."""
    memoryLimitChosen = Signal(int)
    """MiB; 0 is none."""
    livePauseChosen = Signal(int)
    """Milliseconds."""
    engineChosen = Signal(str)
    animationsChosen = Signal(str)
    """"off"; empty: as the system wants."""

    def __init__(
        self, parent: QWidget, settings: Settings, text_size: int, finder: InterpreterFinder
    ) -> None:
        super().__init__(parent)
        self.setObjectName("settingsDialog")
        self.setWindowTitle(tr("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        engines = tuple((name, plain(tr(text))) for name, (text, _) in ENGINES.items())
        themes = (
            ("", tr("Same as the system")),
            ("light", tr("Light")),
            ("dark", tr("Dark")),
            ("contrast", tr("High contrast")),
        )
        languages = (("", tr("Same as the system")), *LANGUAGES.items())
        self.language = _choice(languages, language.chosen() or "")
        self.language.setToolTip(
            tr("Applies when Tapescope starts again, in the window and on the command line")
        )
        self.theme = _choice(themes, settings.theme or "")
        animations = (("", tr("Same as the system")), ("off", tr("Off")))
        self.animations = _choice(animations, "" if settings.animations else "off")
        self.engine = _choice(engines, settings.layout_engine)
        self.text_size = LimitBox(text_size, "px", 1, {})
        self.text_size.setRange(8, 48)
        self.interface_size = LimitBox(settings.interface_size, "%", 10, {})
        self.interface_size.setRange(LEAST_INTERFACE, MOST_INTERFACE)
        self.interface_size.setToolTip(tr("Applies to everything when Tapescope starts again"))
        self.python = InterpreterBox(finder, settings.interpreter or "", tr("The one of Tapescope"))
        no_limit = {0: tr("no limit")}
        self.seconds = LimitBox(round(settings.time_limit), "s", 10, no_limit)
        self.memory = LimitBox(settings.memory_limit, "MiB", 512, no_limit)
        self.pause = LimitBox(settings.live_pause, "ms", 50, {})
        self._build()
        self._connect()
        self.finished.connect(lambda _: finder.stop())
        finder.look(None)

    def _build(self) -> None:
        form = QFormLayout()
        fill_form(
            form,
            (
                (tr("La&nguage, after a restart"), self.language),
                (tr("&Theme"), self.theme),
                (tr("Size of the inter&face, after a restart"), self.interface_size),
                (tr("Text &size in the editor"), self.text_size),
                (tr("&Animations"), self.animations),
                (tr("&Layout of graphs"), self.engine),
                (tr("&Python that runs snippets"), self.python),
                (tr("Time l&imit of a text without a file"), self.seconds),
                (tr("&Memory limit of a run"), self.memory),
                (tr("Pause before a Li&ve run"), self.pause),
            ),
        )
        note = QLabel(tr("The run settings of a file override these."))
        note.setProperty("secondary", True)
        close = QPushButton(tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM)
        column.setSpacing(SPACE_MEDIUM)
        column.addWidget(Scrolled(form), 1)
        bottom = QHBoxLayout()
        column.addLayout(bottom)
        bottom.addWidget(note, 1)
        bottom.addWidget(close)
        self.setMinimumWidth(_WIDTH)
        fit_into_screen(self)

    def _connect(self) -> None:
        for box, chosen in (
            (self.language, self.languageChosen),
            (self.theme, self.themeChosen), (self.engine, self.engineChosen),
            (self.animations, self.animationsChosen),
            (self.python.box, self.pythonChosen),
        ):  # fmt: skip
            box.currentIndexChanged.connect(
                lambda _, box=box, chosen=chosen: chosen.emit(str(box.currentData()))
            )
        numbers: tuple[tuple[QSpinBox, object], ...] = (
            (self.interface_size, self.interfaceSizeChosen),
            (self.text_size, self.textSizeChosen), (self.seconds, self.timeLimitChosen),
            (self.memory, self.memoryLimitChosen), (self.pause, self.livePauseChosen),
        )  # fmt: skip
        for number, signal in numbers:
            number.valueChanged.connect(signal)


def _choice(entries: tuple[tuple[str, str], ...], chosen: str) -> QComboBox:
    box = ArrowBox()
    for value, text in entries:
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box
