"""The graph as a file, drawn by the same function as on the screen."""

from __future__ import annotations

from math import ceil, sqrt
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMarginsF, QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from app.gui.graph.paint import NOTHING_DIMMED, Filter, paint_scene
from app.gui.graph.scene import Scene
from app.gui.theme import Theme

MARGIN: Final = 24.0
SUFFIXES: Final = (".svg", ".pdf", ".png")
_PNG_SCALE: Final = 2.0
_PNG_MOST_PIXELS: Final = 120e6
_PIXELS_PER_INCH: Final = 96
_MILLIMETRES_PER_INCH: Final = 25.4


class ExportError(Exception):
    """The picture could not be written; the text says why and what to do."""


def export_scene(scene: Scene, theme: Theme, path: Path, filtered: Filter = NOTHING_DIMMED) -> None:
    """Write the whole scene to `path`; its suffix chooses the format.

    Raises ExportError for an unknown suffix, an empty scene or a file that cannot be written.
    """
    if not scene.nodes:
        raise ExportError("There is no graph to export yet. Run the snippet first.")
    area = scene.bounds.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    write = {".svg": _svg, ".pdf": _pdf, ".png": _png}.get(path.suffix.lower())
    if write is None:
        raise ExportError(f"{path.name} ends in none of {', '.join(SUFFIXES)}.")
    try:
        path.touch()
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}.") from error
    if not write(scene, theme, path, area, filtered):
        raise ExportError(f"{path} could not be written completely. Is the disk full?")


def _draw(painter: QPainter, scene: Scene, theme: Theme, area: QRectF, filtered: Filter) -> None:
    painter.fillRect(QRectF(0, 0, area.width(), area.height()), theme.colors.canvas)
    painter.translate(-area.topLeft())
    paint_scene(painter, theme, scene, area, 1.0, filtered)


def _svg(scene: Scene, theme: Theme, path: Path, area: QRectF, filtered: Filter) -> bool:
    size = QSize(ceil(area.width()), ceil(area.height()))
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setTitle("What autograd recorded")
    generator.setResolution(_PIXELS_PER_INCH)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    return _paint_on(generator, scene, theme, area, filtered)


def _pdf(scene: Scene, theme: Theme, path: Path, area: QRectF, filtered: Filter) -> bool:
    """One page of the graph's own size."""
    writer = QPdfWriter(str(path))
    writer.setTitle("What autograd recorded")
    writer.setResolution(_PIXELS_PER_INCH)
    millimetres = area.size() / _PIXELS_PER_INCH * _MILLIMETRES_PER_INCH
    page = QPageSize(QSizeF(millimetres), QPageSize.Unit.Millimeter)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
    return _paint_on(writer, scene, theme, area, filtered)


def _paint_on(
    device: QSvgGenerator | QPdfWriter, scene: Scene, theme: Theme, area: QRectF, filtered: Filter
) -> bool:
    painter = QPainter()
    if not painter.begin(device):
        return False
    _draw(painter, scene, theme, area, filtered)
    return painter.end()


def _png(scene: Scene, theme: Theme, path: Path, area: QRectF, filtered: Filter) -> bool:
    """Two device pixels per pixel, fewer for what would not fit into memory."""
    pixels = area.width() * area.height()
    scale = min(_PNG_SCALE, sqrt(_PNG_MOST_PIXELS / pixels))
    size = QSize(ceil(area.width() * scale), ceil(area.height() * scale))
    image = QImage(size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.scale(scale, scale)
    _draw(painter, scene, theme, area, filtered)
    painter.end()
    return image.save(str(path))
