"""Exports the graph as a picture, drawn by the same functions as on the screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, assert_never

from PySide6.QtCore import (
    QBuffer,
    QIODevice,
    QMarginsF,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QImage,
    QPageLayout,
    QPageSize,
    QPaintDevice,
    QPainter,
    QPdfWriter,
    QPicture,
    QRegion,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from app.gui.files.snippet_file import FileProblem
from app.gui.graph.floating.legend import Legend
from app.gui.graph.painting.as_it_was import AsItWas
from app.gui.graph.painting.canvas import Canvas
from app.gui.graph.painting.marks import MarkedItems, paint_marks
from app.gui.graph.painting.paint import NOTHING_DIMMED, Filter, always, paint_scene
from app.gui.graph.scenes.scene import Scene
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_family, ui_family
from app.session.graph.payloads import StatusKey
from app.session.language import tr, translatable

if TYPE_CHECKING:
    from app.session.timeline import Snapshot

MARGIN: Final = 24.0
BETWEEN: Final = 40
"""Between two pictures beside each other, in pixels."""
SUFFIXES: Final = (".svg", ".pdf", ".png")
PNG_SCALE: Final = 2.0
_PNG_MOST_PIXELS: Final = 120e6
_PNG_LONGEST_SIDE: Final = 32_000
"""A painter on an image draws no further."""
_PIXELS_PER_INCH: Final = 96
_MILLIMETRES_PER_INCH: Final = 25.4
_LONGEST_PAGE: Final = 5000.0
"""In millimetres: the PDF format knows no pages of more than 200 inches."""
_TITLE: Final = translatable("What autograd recorded")


Ground = Literal["window", "white", "transparent"]
"""What is behind the graph."""


def on_ground(theme: Theme, ground: Ground) -> Theme:
    """Return the theme of a picture: on white the light one, as a slide's own text is dark."""
    match ground:
        case "window":
            return theme
        case "white":
            return Theme("light", QColor(Qt.GlobalColor.white))
        case "transparent":
            return Theme(theme.name, QColor(Qt.GlobalColor.transparent))
        case _:
            assert_never(ground)


class ExportError(FileProblem):
    """There is no picture; the text says why and what to do."""


class DrawnLegend(NamedTuple):
    drawn: QPicture
    size: QSize


def drawn_legend(theme: Theme, counts: Mapping[StatusKey, int]) -> DrawnLegend:
    """Draw the legend with words and without hidden entries.  For the window's thread."""
    table = QWidget()  # what the legend lies on: it is never shown
    legend = Legend(theme, table)
    legend.set_counts(counts)
    legend.adjustSize()
    drawn = QPicture()
    with _painting(drawn) as painter:
        legend.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    return DrawnLegend(drawn, legend.size())


@dataclass(frozen=True)
class SceneImage:
    """A scene or a part of it as a picture, which can be drawn in any thread."""

    scene: Scene
    theme: Theme
    filtered: Filter = NOTHING_DIMMED
    area: QRectF | None = None
    """In scene coordinates; None is all of it, with a margin."""
    legend: DrawnLegend | None = None
    beside: SceneImage | None = None
    """The picture right of it."""

    def __post_init__(self) -> None:
        if not self.scene.nodes:
            raise ExportError(tr("There is no graph to export yet. Run the snippet first."))

    @property
    def size(self) -> QSize:
        """The size in logical pixels."""
        area, left = self._area, self._legend_room
        least = 0.0 if self.legend is None else self.legend.size.height() + 2 * MARGIN
        own = QSize(ceil(area.width() + left), ceil(max(area.height(), least)))
        if self.beside is None:
            return own
        other = self.beside.size
        wide = own.width() + BETWEEN + other.width()
        return QSize(wide, max(own.height(), other.height()))

    def png_scale(self, wanted: float = PNG_SCALE) -> float:
        """Return device pixels per logical pixel, reduced if the picture would be too large."""
        width, height = self.size.width(), self.size.height()
        pixels = sqrt(_PNG_MOST_PIXELS / (width * height))
        return min(wanted, pixels, _PNG_LONGEST_SIDE / max(width, height))

    def data(
        self, suffix: str, scale: float = PNG_SCALE, is_wanted: Callable[[], bool] = always
    ) -> bytes:
        """The picture in the format of files that end in `suffix`; `scale` counts for PNG.

        Raises ExportError for another suffix than `SUFFIXES`, and NotWantedError soon after
        `is_wanted` says no.
        """
        if suffix == ".svg":
            return self.svg(is_wanted)
        if suffix == ".pdf":
            return self.pdf(is_wanted)
        if suffix == ".png":
            return self.png(scale, is_wanted)
        text = tr("Cannot export “{suffix}” files. Choose one of {known}.")
        raise ExportError(text.format(suffix=suffix, known=", ".join(SUFFIXES)))

    def image(self, scale: float = PNG_SCALE, is_wanted: Callable[[], bool] = always) -> QImage:
        scale = self.png_scale(scale)
        image = QImage((QSizeF(self.size) * scale).toSize(), self._pixels)
        image.fill(Qt.GlobalColor.transparent)
        with _painting(image) as painter:
            painter.scale(scale, scale)
            self._draw(painter, is_wanted)
        return image

    def png(self, scale: float = PNG_SCALE, is_wanted: Callable[[], bool] = always) -> bytes:
        buffer = _Memory()
        self.image(scale, is_wanted).save(buffer, "PNG")  # type: ignore[call-overload]  # takes a str
        return buffer.content

    def svg(self, is_wanted: Callable[[], bool] = always) -> bytes:
        buffer, generator = _Memory(), QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setTitle(tr(_TITLE))
        generator.setResolution(_PIXELS_PER_INCH)
        generator.setSize(self.size)
        generator.setViewBox(QRect(0, 0, self.size.width(), self.size.height()))
        with _painting(generator) as painter:
            self._draw(painter, is_wanted)
        return _with_other_fonts(buffer.content)

    def pdf(self, is_wanted: Callable[[], bool] = always) -> bytes:
        """Return a PDF of one page of the picture's size."""
        millimetres = QSizeF(self.size) / _PIXELS_PER_INCH * _MILLIMETRES_PER_INCH
        shrink = max(1.0, millimetres.width() / _LONGEST_PAGE, millimetres.height() / _LONGEST_PAGE)
        buffer = _Memory()
        writer = QPdfWriter(buffer)
        writer.setTitle(tr(_TITLE))
        writer.setResolution(_PIXELS_PER_INCH)
        page = QPageSize(millimetres / shrink, QPageSize.Unit.Millimeter)
        writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
        with _painting(writer) as painter:
            painter.scale(1 / shrink, 1 / shrink)
            self._draw(painter, is_wanted)
        return buffer.content

    def at(self, then: Snapshot) -> SceneImage:
        """Return the picture of the same graph at another moment of the run."""
        return replace(self, filtered=replace(self.filtered, as_it_was=AsItWas(then)))

    # ------------------------------------------------------------------------------- drawing

    @property
    def _pixels(self) -> QImage.Format:
        is_opaque = self.theme.colors.canvas.alpha() == 255
        return QImage.Format.Format_RGB32 if is_opaque else QImage.Format.Format_ARGB32

    @property
    def _area(self) -> QRectF:
        if self.area is not None:
            return self.area
        return self.scene.bounds.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)

    @property
    def _legend_room(self) -> float:
        return 0.0 if self.legend is None else self.legend.size.width() + MARGIN

    def _draw(self, painter: QPainter, is_wanted: Callable[[], bool]) -> None:
        area, left = self._area, self._legend_room
        if self.beside is not None:
            painter.fillRect(QRect(QPoint(0, 0), self.size), self.theme.colors.canvas)
            painter.save()
            painter.translate(self.size.width() - self.beside.size.width(), 0)
            self.beside._draw(painter, is_wanted)
            painter.restore()
            replace(self, beside=None)._draw(painter, is_wanted)
            return
        painter.fillRect(QRect(QPoint(0, 0), self.size), self.theme.colors.canvas)
        if self.legend is not None:
            painter.drawPicture(QPointF(MARGIN, MARGIN), self.legend.drawn)
        painter.translate(left - area.left(), -area.top())
        painter.setClipRect(area)
        paint_scene(painter, self.theme, self.scene, area, 1.0, self.filtered, is_wanted)
        if (then := self.filtered.as_it_was) is not None:
            marks = MarkedItems(running=then.running(self.scene), filling=then.filling)
            paint_marks(Canvas(painter, self.theme), self.scene, area, marks)


@contextmanager
def _painting(device: QPaintDevice) -> Iterator[QPainter]:
    painter = QPainter(device)
    try:
        yield painter
    finally:
        painter.end()


def _with_other_fonts(svg: bytes) -> bytes:
    """Add fallback fonts: Qt names one font, without which a browser would use serifs."""
    for family, others in (
        (ui_family(), "Arial, Helvetica, sans-serif"),
        (mono_family(), "Menlo, Consolas, monospace"),
    ):
        named = f"font-family=\"'{family}', {others}\""
        svg = re.sub(f'font-family="{re.escape(family)}[^"]*"'.encode(), named.encode(), svg)
    return svg


class _Memory(QBuffer):
    """A file in memory, open for writing."""

    def __init__(self) -> None:
        super().__init__()
        self.open(QIODevice.OpenModeFlag.WriteOnly)

    @property
    def content(self) -> bytes:
        return bytes(self.data().data())
