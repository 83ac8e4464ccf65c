"""The export dialog: format, whole graph or visible part, scale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.gui.controls.limit_box import LimitBox
from app.gui.graph.painting.export import PNG_SCALE, SceneImage
from app.gui.panels.arrow_box import ArrowBox
from app.gui.theme.metrics import SPACE, SPACE_MEDIUM
from app.session.language import number, tr, translatable

FORMATS: Final = {
    ".svg": translatable("SVG: lines and text, for pages and slides"),
    ".pdf": translatable("PDF: lines and text, one page"),
    ".png": translatable("PNG: pixels"),
    ".dot": translatable("DOT: for Graphviz"),
}
_WIDTH: Final = 460
_PER_INCH: Final = 96

MakePicture = Callable[[bool, bool], SceneImage]
"""Makes a picture, given (only the visible part, with the legend)."""


class ExportSheet(QDialog):
    """Lets the user choose what to export; its owner asks for the file name and writes it."""

    saveWanted = Signal()
    copyWanted = Signal()

    def __init__(self, parent: QWidget, make_picture: MakePicture) -> None:
        super().__init__(parent)
        self.setObjectName("exportSheet")
        self.setWindowTitle(tr("Export the graph"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._make_picture = make_picture
        self.format = ArrowBox()
        for suffix, text in FORMATS.items():
            self.format.addItem(tr(text), suffix)
        self.part = ArrowBox()
        self.part.addItem(tr("The whole graph"), False)
        self.part.addItem(tr("The visible part"), True)
        self.legend = QCheckBox(tr("With the legend"))
        self.percent = LimitBox(round(PNG_SCALE * 100), "%", 50, {})
        self.percent.setRange(25, 800)
        self.percent.setAccessibleName(tr("Scale"))
        self.size_note = QLabel()
        self.size_note.setProperty("secondary", True)
        self.save = QPushButton(tr("Save…"))
        self.save.setDefault(True)
        self.copy = QPushButton(tr("&Copy"))
        self.copy.setToolTip(
            tr("Copy it to the clipboard: DOT as text, other formats as a picture")
        )
        self.close_button = QPushButton(tr("Close"))
        self._build()
        for box in (self.format, self.part):
            box.currentIndexChanged.connect(self._show_size)
        self.legend.toggled.connect(self._show_size)
        self.percent.valueChanged.connect(self._show_size)
        self.save.clicked.connect(self.saveWanted)
        self.copy.clicked.connect(self.copyWanted)
        self._show_size()

    def _build(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(SPACE_MEDIUM)
        form.setVerticalSpacing(SPACE)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.addRow(tr("&Format"), self.format)
        form.addRow(tr("&Part"), self.part)
        form.addRow("", self.legend)
        form.addRow(tr("&Scale"), self.percent)
        form.addRow(tr("Size"), self.size_note)
        self.close_button.clicked.connect(self.reject)
        bottom = QHBoxLayout()
        bottom.addWidget(self.copy)
        bottom.addStretch(1)
        bottom.addWidget(self.close_button)
        bottom.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM)
        column.setSpacing(SPACE_MEDIUM)
        column.addLayout(form)
        column.addLayout(bottom)
        self.setMinimumWidth(_WIDTH)

    # --------------------------------------------------------------------------- while it writes

    def set_writing(self, path: Path) -> None:
        """Show that `path` is being written: only Cancel is enabled."""
        self.size_note.setText(tr("Writing {name}…").format(name=path.name))
        self.close_button.setText(tr("Cancel"))
        for box in self._choices:
            box.setEnabled(False)

    def set_idle(self) -> None:
        """Enable the choices again after writing failed or was cancelled."""
        self.close_button.setText(tr("Close"))
        for box in self._choices:
            box.setEnabled(True)
        self._show_size()

    @property
    def _choices(self) -> tuple[QWidget, ...]:
        return self.format, self.part, self.legend, self.percent, self.copy, self.save

    # -------------------------------------------------------------------------- what was chosen

    @property
    def suffix(self) -> str:
        return str(self.format.currentData())

    @property
    def scale(self) -> float:
        """Device pixels per logical pixel, of a PNG."""
        return self.percent.value() / 100

    @property
    def picture(self) -> SceneImage:
        """The chosen picture.  Raises `ExportError` if no graph is shown any more."""
        return self._make_picture(bool(self.part.currentData()), self.legend.isChecked())

    def _show_size(self) -> None:
        is_text = self.suffix == ".dot"
        for box in (self.part, self.legend):
            box.setEnabled(not is_text)
        self.percent.setEnabled(self.suffix == ".png")
        self.size_note.setText(tr("As Graphviz draws it") if is_text else self._size_words())

    def _size_words(self) -> str:
        picture = self.picture
        width, height = picture.size.width(), picture.size.height()
        if self.suffix == ".pdf":
            inches = width / _PER_INCH, height / _PER_INCH
            return f"{inches[0] * 2.54:.1f} × {inches[1] * 2.54:.1f} cm"
        if self.suffix == ".svg":
            return f"{number(width)} × {number(height)} px"
        scale = picture.png_scale(self.scale)
        words = f"{number(round(width * scale))} × {number(round(height * scale))} px"
        if scale == self.scale:
            return words
        return tr("{size}, at {scale:.0%}: the largest possible size").format(
            size=words, scale=scale
        )
