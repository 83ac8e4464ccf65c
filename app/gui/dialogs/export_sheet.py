"""The export dialog: what to draw, its format and ground, with a preview."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage, QStandardItemModel
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
from app.gui.controls.room import Scrolled, fit_into_screen
from app.gui.dialogs.preview import Preview
from app.gui.files.snippet_file import FileProblem
from app.gui.graph.painting.export import PNG_SCALE, Ground, SceneImage
from app.gui.graph.painting.sequence import MOST, fitting
from app.gui.panels.arrow_box import ArrowBox
from app.gui.running.background import IsWanted, Latest, NotWantedError
from app.gui.theme.metrics import SPACE, SPACE_MEDIUM
from app.session.language import ngettext, number, tr, translatable

FORMATS: Final = {
    ".svg": translatable("SVG: lines and text, for pages and slides"),
    ".pdf": translatable("PDF: lines and text, one page"),
    ".png": translatable("PNG: pixels"),
    ".dot": translatable("DOT: for Graphviz"),
}
OF_STEPS: Final = {
    ".svg": translatable("SVG: a numbered file for each step"),
    ".png": translatable("PNG: one file that moves (APNG)"),
    ".gif": translatable("GIF: one file that moves"),
}
GROUNDS: Final[dict[Ground, str]] = {
    "window": translatable("As in the window"),
    "white": translatable("White"),
    "transparent": translatable("Transparent"),
}
_LEAST_CHOICE: Final = 360
_PER_INCH: Final = 96
_USUAL_PACE: Final = 1200
_MS: Final = 1000


class MakePicture(Protocol):
    def __call__(self, *, in_view: bool, with_legend: bool, ground: Ground) -> SceneImage: ...


class PictureSteps(NamedTuple):
    """Several pictures that can be made: a part of the run step by step, or its scenes."""

    title: str
    length: int
    pictures: Callable[[SceneImage], Sequence[SceneImage]]
    """Receives the chosen picture.  What it returns is read in a thread, if they are not alike."""
    are_alike: bool = True
    """Whether all have the size of the chosen picture."""

    @property
    def words(self) -> str:
        count = self.length
        if count > MOST:
            return tr("{title} (more than {most} pictures)").format(title=self.title, most=MOST)
        of = ngettext("{title} ({count} picture)", "{title} ({count} pictures)", count)
        return of.format(title=self.title, count=count)


class ExportSheet(QDialog):
    """Lets the user choose what to export; its owner asks for the file name and writes it."""

    saveWanted = Signal()
    copyWanted = Signal()

    def __init__(
        self, parent: QWidget, make_picture: MakePicture, sequences: Sequence[PictureSteps] = ()
    ) -> None:
        super().__init__(parent)
        self.setObjectName("exportSheet")
        self.setWindowTitle(tr("Export the graph"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._make_picture = make_picture
        self.preview = Preview()
        self.preview.resized.connect(self._ask_for_preview)
        self._painter = Latest("preview", self)
        self._painter.answered.connect(self._show_preview)
        self._asked = 0
        self._turn = QTimer(self)
        self._turn.timeout.connect(self._show_next)
        self._place = 0
        self.what = ArrowBox()
        self.what.addItem(tr("The picture in the window"), None)
        for steps in sequences:
            self._offer(steps)
        self.format = ArrowBox()
        self.part = ArrowBox()
        self.part.addItem(tr("The whole graph"), False)
        self.part.addItem(tr("The visible part"), True)
        self.ground = ArrowBox()
        self.what.setMinimumWidth(_LEAST_CHOICE)
        for ground, text in GROUNDS.items():
            self.ground.addItem(tr(text), ground)
        self.legend = QCheckBox(tr("With the legend"))
        self.percent = LimitBox(round(PNG_SCALE * 100), "%", 50, {})
        self.percent.setRange(25, 800)
        self.percent.setAccessibleName(tr("Scale"))
        self.pace = LimitBox(_USUAL_PACE, "ms", 100, {})
        self.pace.setRange(100, 10_000)
        self.pace.setAccessibleName(tr("Each step"))
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
        self._fill_formats()
        self.what.currentIndexChanged.connect(self._fill_formats)
        for box in (self.format, self.part, self.ground):
            box.currentIndexChanged.connect(self._show)
        self.legend.toggled.connect(self._show)
        self.percent.valueChanged.connect(self._show)
        self.pace.valueChanged.connect(self._show)
        self.save.clicked.connect(self.saveWanted)
        self.copy.clicked.connect(self.copyWanted)
        self.finished.connect(self._painter.close)

    def _offer(self, steps: PictureSteps) -> None:
        self.what.addItem(steps.words, steps)
        model = self.what.model()
        if steps.length > MOST and isinstance(model, QStandardItemModel):
            model.item(self.what.count() - 1).setEnabled(False)

    def _build(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(SPACE_MEDIUM)
        form.setVerticalSpacing(SPACE)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        form.addRow(tr("S&how"), self.what)
        form.addRow(tr("&Format"), self.format)
        form.addRow(tr("&Part"), self.part)
        form.addRow(tr("&Ground"), self.ground)
        form.addRow("", self.legend)
        form.addRow(tr("&Scale"), self.percent)
        form.addRow(tr("&Each step"), self.pace)
        form.addRow(tr("Size"), self.size_note)
        self.close_button.clicked.connect(self.reject)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM, SPACE_MEDIUM)
        row.setSpacing(SPACE_MEDIUM)
        row.addWidget(self.preview, 1)
        column, bottom = QVBoxLayout(), QHBoxLayout()
        row.addLayout(column)
        column.addWidget(Scrolled(form), 1)
        column.addLayout(bottom)
        bottom.addWidget(self.copy)
        bottom.addStretch(1)
        bottom.addWidget(self.close_button)
        bottom.addWidget(self.save)
        fit_into_screen(self)

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
        self._show()

    @property
    def _choices(self) -> tuple[QWidget, ...]:
        return (
            self.what, self.format, self.part, self.ground, self.legend, self.percent, self.pace,
            self.copy, self.save,
        )  # fmt: skip

    # -------------------------------------------------------------------------- what was chosen

    @property
    def suffix(self) -> str:
        return str(self.format.currentData())

    @property
    def scale(self) -> float:
        """Device pixels per logical pixel, of a PNG or GIF."""
        return self.percent.value() / 100

    @property
    def seconds(self) -> float:
        """How long a picture that moves shows each step."""
        return self.pace.value() / _MS

    @property
    def picture(self) -> SceneImage:
        """The chosen picture.  Raises `ExportError` if no graph is shown any more."""
        return self._make_picture(
            in_view=bool(self.part.currentData()),
            with_legend=self.legend.isChecked(),
            ground=self.ground.currentData(),
        )

    @property
    def sequence(self) -> Sequence[SceneImage] | None:
        """The chosen pictures if there are several.  Raises `ExportError` like `picture`."""
        steps = self._steps
        return None if steps is None else steps.pictures(self.picture)

    @property
    def _steps(self) -> PictureSteps | None:
        found: PictureSteps | None = self.what.currentData()
        return found

    def _fill_formats(self) -> None:
        """Offer the formats of one picture, or of steps; keep the chosen one if it is there."""
        chosen, offered = self.format.currentData(), OF_STEPS if self._has_steps else FORMATS
        self.format.blockSignals(True)
        self.format.clear()
        for suffix, text in offered.items():
            self.format.addItem(tr(text), suffix)
        self.format.setCurrentIndex(max(0, self.format.findData(chosen)))
        self.format.blockSignals(False)
        self._place = 0
        self._show()

    @property
    def _has_steps(self) -> bool:
        return self._steps is not None

    def _show(self) -> None:
        is_text, moves = self.suffix == ".dot", self._has_steps and self.suffix != ".svg"
        has_own = self._steps is not None and not self._steps.are_alike
        self.ground.setEnabled(not is_text)
        for box in (self.part, self.legend):
            box.setEnabled(not is_text and not has_own)
        self.copy.setEnabled(not self._has_steps)
        self.percent.setEnabled(self.suffix in (".png", ".gif"))
        self.pace.setEnabled(moves)
        self.size_note.setText(tr("As Graphviz draws it") if is_text else self._size_words())
        self._turn.stop()
        if self._has_steps:
            self._turn.start(self.pace.value())
        self._ask_for_preview()

    def _size_words(self) -> str:
        picture, sequence = self.picture, self.sequence
        if self._steps is not None and not self._steps.are_alike:
            return tr("Each as large as its graph")
        width, height = picture.size.width(), picture.size.height()
        if self.suffix == ".pdf":
            inches = width / _PER_INCH, height / _PER_INCH
            return f"{inches[0] * 2.54:.1f} × {inches[1] * 2.54:.1f} cm"
        if self.suffix == ".svg":
            return f"{number(width)} × {number(height)} px"
        scale = picture.png_scale(self.scale)
        if sequence is not None:
            scale = fitting(sequence, self.scale)
        words = f"{number(round(width * scale))} × {number(round(height * scale))} px"
        if scale == self.scale:
            return words
        return tr("{size}, at {scale:.0%}: the largest possible size").format(
            size=words, scale=scale
        )

    # -------------------------------------------------------------------------------- the preview

    def _show_next(self) -> None:
        if self._steps is not None:
            self._place = (self._place + 1) % self._steps.length
            self._ask_for_preview()

    def _ask_for_preview(self) -> None:
        pictures, place = self.sequence or [self.picture], self._place if self._has_steps else 0
        preview = self.preview

        def drawn(is_wanted: IsWanted) -> QImage | None:
            try:
                picture = pictures[place]
                return picture.image(preview.scale_of(picture.size), is_wanted)
            except (NotWantedError, FileProblem):
                return None

        self._asked = self._painter.ask(drawn)

    def _show_preview(self, question: int, image: QImage | None) -> None:
        if question == self._asked and image is not None:
            self.preview.show_image(image)
