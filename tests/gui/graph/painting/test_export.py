from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QByteArray, QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from app.gui.graph.painting.export import (
    MARGIN,
    SUFFIXES,
    ExportError,
    SceneImage,
    drawn_legend,
    on_ground,
)
from app.gui.graph.scenes.scene import Scene
from app.gui.running.background import NotWantedError
from app.gui.theme import Theme
from tests.gui.graph.conftest import scene_of
from tests.gui.graph.demo_graphs import chain, counts_of, no_grad_cut

pytestmark = pytest.mark.usefixtures("qapp")
THEME = Theme("light")
WORDS = {"linear", "lin1", "skipped — no_grad", "torch.no_grad()"}


@pytest.fixture(scope="module")
def scene(qapp: object) -> Scene:
    return scene_of(no_grad_cut())


@pytest.fixture(scope="module")
def long_scene(qapp: object) -> Scene:
    return scene_of(chain(400))


def size_of(scene: Scene) -> QSizeF:
    return scene.bounds.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN).size()


def texts_in(svg: bytes) -> set[str | None]:
    root = ElementTree.fromstring(svg)
    return {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0, 3.0])
def test_png_has_as_many_pixels_as_asked_for(scene: Scene, scale: float) -> None:
    image = QImage.fromData(SceneImage(scene, THEME).png(scale))
    expected = size_of(scene) * scale
    assert image.width() == pytest.approx(expected.width(), abs=2)
    assert image.height() == pytest.approx(expected.height(), abs=2)
    at = scene.nodes["op:2"].rect.bottomLeft() - scene.bounds.topLeft() + QPointF(6, -10)
    x, y = int((at.x() + MARGIN) * scale), int((at.y() + MARGIN) * scale)
    assert image.pixelColor(x, y) == THEME.tone("no_grad").fill


def test_a_png_that_would_be_too_large_is_scaled_down(long_scene: Scene) -> None:
    picture = SceneImage(long_scene, THEME)
    assert picture.png_scale(0.1) == 0.1
    scale = picture.png_scale(8.0)
    assert picture.size.height() * scale <= 32_000
    assert picture.size.height() * picture.size.width() * scale**2 <= 120e6 + 1


def test_svg_holds_the_texts_as_text_and_looks_the_same(scene: Scene) -> None:
    svg = SceneImage(scene, THEME).svg()
    assert texts_in(svg) >= WORDS
    renderer = QSvgRenderer(QByteArray(svg))
    assert renderer.isValid()
    image = QImage(size_of(scene).toSize(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    renderer.render(painter, QRectF(image.rect()))
    painter.end()
    edge = scene.edges["op:3", "op:4", 0]
    at = edge.points[0] - scene.bounds.topLeft()
    color = image.pixelColor(int(at.x() + MARGIN), int(at.y() + MARGIN) + 4)
    assert color == THEME.tone("gradient").graphic


def test_pdf_is_one_page_of_the_graph_s_size_with_real_text(scene: Scene) -> None:
    pages = PdfReader(io.BytesIO(SceneImage(scene, THEME).pdf())).pages
    assert len(pages) == 1
    expected = size_of(scene) * 72 / 96
    assert float(pages[0].mediabox.width) == pytest.approx(expected.width(), abs=1.5)
    assert float(pages[0].mediabox.height) == pytest.approx(expected.height(), abs=1.5)
    text = pages[0].extract_text()
    assert all(word in text for word in ("linear", "lin1", "no_grad", "CUT"))


def test_a_long_graph_becomes_a_page_that_pdf_knows(long_scene: Scene) -> None:
    page = PdfReader(io.BytesIO(SceneImage(long_scene, THEME).pdf())).pages[0]
    assert size_of(long_scene).height() * 72 / 96 > 14_400
    assert float(page.mediabox.height) <= 14_400
    proportion = float(page.mediabox.height) / float(page.mediabox.width)
    expected = size_of(long_scene).height() / size_of(long_scene).width()
    assert proportion == pytest.approx(expected, rel=0.02)


def test_the_view_alone_holds_what_is_in_it(scene: Scene) -> None:
    area = scene.nodes["op:1"].rect.adjusted(-30, -10, 30, 10)
    picture = SceneImage(scene, THEME, area=area)
    assert abs(picture.size.width() - area.width()) <= 1
    texts = texts_in(picture.svg())
    assert "lin0" in texts
    assert "lin2" not in texts
    image = picture.image(1.0)
    assert image.pixelColor(2, 2) == THEME.colors.canvas


def test_the_legend_stands_beside_the_graph(scene: Scene) -> None:
    plain = SceneImage(scene, THEME)
    legend = SceneImage(scene, THEME, legend=drawn_legend(THEME, counts_of(no_grad_cut())))
    assert legend.size.width() > plain.size.width() + 200
    assert texts_in(legend.svg()) >= WORDS | {"recorded", "inference_mode", "gradient is cut"}
    assert "gradient is cut" not in texts_in(plain.svg())
    image = legend.image(1.0)
    moved = legend.size.width() - plain.size.width()
    at = scene.nodes["op:2"].rect.bottomLeft() - scene.bounds.topLeft() + QPointF(6, -10)
    x, y = int(at.x() + MARGIN) + moved, int(at.y() + MARGIN)
    assert image.pixelColor(x, y) == THEME.tone("no_grad").fill
    assert image.pixelColor(int(MARGIN) + 100, int(MARGIN) + 4) == THEME.colors.panel


def test_the_theme_is_the_one_on_the_screen(scene: Scene) -> None:
    image = QImage.fromData(SceneImage(scene, Theme("dark")).png())
    assert image.pixelColor(4, 4) == QColor("#13161A")


def test_errors_name_the_reason(scene: Scene) -> None:
    with pytest.raises(ExportError, match=r"Cannot export “\.gif” files\. Choose one of \.svg"):
        SceneImage(scene, THEME).data(".gif")
    with pytest.raises(ExportError, match="no graph to export"):
        SceneImage(Scene([], [], []), THEME)


def test_an_svg_names_other_fonts_for_computers_that_lack_ours(scene: Scene) -> None:
    root = ElementTree.fromstring(SceneImage(scene, THEME).svg())
    texts = root.iter("{http://www.w3.org/2000/svg}text")
    families = {text.get("font-family", "").rpartition(", ")[2] for text in texts}
    assert families == {"sans-serif", "monospace"}


def test_a_picture_that_nobody_waits_for_is_given_up(long_scene: Scene) -> None:
    picture = SceneImage(long_scene, THEME)
    answers = iter([True, True])
    for suffix in SUFFIXES:
        with pytest.raises(NotWantedError):
            picture.data(suffix, is_wanted=lambda: next(answers, False))


def test_the_legend_is_drawn_without_the_windows_thread(scene: Scene) -> None:
    picture = SceneImage(scene, THEME, legend=drawn_legend(THEME, counts_of(no_grad_cut())))
    with ThreadPoolExecutor(1) as thread:
        svg = thread.submit(picture.svg).result()
    assert {"Operations", "recorded", "no_grad"} <= texts_in(svg)


def test_a_white_picture_is_light_in_a_dark_window_and_a_transparent_one_has_no_ground(
    scene: Scene,
) -> None:
    dark = Theme("dark")
    node = scene.nodes["op:2"].rect.bottomLeft() - scene.bounds.topLeft() + QPointF(6, -10)
    at = int(node.x() + MARGIN), int(node.y() + MARGIN)
    white = QImage.fromData(SceneImage(scene, on_ground(dark, "white")).png(1.0))
    assert white.pixelColor(4, 4) == QColor("white")
    assert white.pixelColor(*at) == THEME.tone("no_grad").fill
    clear = QImage.fromData(SceneImage(scene, on_ground(dark, "transparent")).png(1.0))
    assert clear.pixelColor(4, 4).alpha() == 0
    assert clear.pixelColor(*at) == dark.tone("no_grad").fill
    svg = ElementTree.fromstring(SceneImage(scene, on_ground(dark, "transparent")).svg())
    image = QImage(size_of(scene).toSize(), QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(ElementTree.tostring(svg))).render(painter, QRectF(image.rect()))
    painter.end()
    assert image.pixelColor(4, 4).alpha() == 0
