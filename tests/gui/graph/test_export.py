from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from app.gui.graph.export import MARGIN, ExportError, export_scene
from app.gui.graph.scene import Scene
from app.gui.theme import Theme
from tests.gui.graph.conftest import scene_of
from tests.gui.graph.demo_graphs import no_grad_cut

pytestmark = pytest.mark.usefixtures("qapp")
THEME = Theme("light")


@pytest.fixture(scope="module")
def scene(qapp: object) -> Scene:
    return scene_of(no_grad_cut())


def size_of(scene: Scene) -> QSizeF:
    return scene.bounds.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN).size()


def test_png_has_two_pixels_per_pixel(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "graph.png"
    export_scene(scene, THEME, path)
    image = QImage(str(path))
    assert image.size() == (size_of(scene) * 2).toSize()
    at = (scene.nodes["op:2"].rect.bottomLeft() - scene.bounds.topLeft()) * 2
    x, y = int(at.x() + 2 * MARGIN) + 12, int(at.y() + 2 * MARGIN) - 20
    assert image.pixelColor(x, y) == THEME.tone("no_grad").fill


def test_svg_holds_the_texts_as_text_and_looks_the_same(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    export_scene(scene, THEME, path)
    root = ElementTree.parse(path).getroot()
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"linear", "lin1", "skipped — no_grad", "torch.no_grad()"} <= texts
    renderer = QSvgRenderer(str(path))
    assert renderer.isValid()
    image = QImage(size_of(scene).toSize(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    renderer.render(painter, QRectF(image.rect()))
    painter.end()
    edge = scene.edges["op:3", "op:4", 0]
    at = edge.points[0] - scene.bounds.topLeft()
    color = image.pixelColor(int(at.x() + MARGIN), int(at.y() + MARGIN) + 4)
    assert color == THEME.tone("gradient").graphic


def test_pdf_is_one_page_of_the_graph_s_size(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "graph.PDF"
    export_scene(scene, THEME, path)
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    box = content.partition(b"/MediaBox [")[2].partition(b"]")[0].split()
    expected = size_of(scene) * 72 / 96
    assert float(box[2]) == pytest.approx(expected.width(), abs=1.5)
    assert float(box[3]) == pytest.approx(expected.height(), abs=1.5)


def test_the_theme_is_the_one_on_the_screen(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "dark.png"
    export_scene(scene, Theme("dark"), path)
    assert QImage(str(path)).pixelColor(4, 4) == QColor("#13161A")


def test_errors_name_the_file_and_the_reason(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"graph\.gif ends in none of \.svg"):
        export_scene(scene, THEME, tmp_path / "graph.gif")
    with pytest.raises(ExportError, match="cannot be written: No such file"):
        export_scene(scene, THEME, tmp_path / "missing" / "graph.svg")
    with pytest.raises(ExportError, match="no graph to export"):
        export_scene(Scene([], [], []), THEME, tmp_path / "graph.svg")
