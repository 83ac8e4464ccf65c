"""A paragraph in which code has a tinted background, and places are links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.gui.controls.shortened import shortened
from app.gui.theme import Theme
from app.gui.theme.fonts import mono_font, ui_font
from app.gui.theme.metrics import FONT_BASE, FONT_SECONDARY, RADIUS_TICK
from app.session.look.wrapping import may_break, unbroken

LINE_HEIGHT = 20
_LONGEST = 2_000
_CODE_HEIGHT = 16
_CODE_PADDING = 4


@dataclass(frozen=True, slots=True)
class Span:
    text: str
    is_code: bool = False
    is_strong: bool = field(default=False, repr=False)
    """Whether it is bold."""
    link: int | None = field(default=None, repr=False)
    """The spot that a click leads to."""


@dataclass(slots=True)
class _Piece:
    """A piece of text that is never broken; a `glued` one stays on the line of the one before."""

    text: str
    is_code: bool
    glued: bool
    space: bool
    """Whether there is a space before it."""
    link: int | None = None
    joined: bool = False
    """Goes on with the code of the piece before it, on the same ground where they share a line."""
    is_strong: bool = False


def spans_of(text: str) -> list[Span]:
    """Split a text with code between backquotes into spans.

    >>> spans_of("use `x`.")
    [Span(text='use ', is_code=False), Span(text='x', is_code=True), Span(text='.', is_code=False)]
    """
    parts = re.split(r"`([^`]*)`", text)
    return [Span(part, index % 2 == 1) for index, part in enumerate(parts) if part]


def with_places(spans: Iterable[Span], spots: Mapping[str, int]) -> Iterator[Span]:
    """Make links of places, "freeze.py:6"; `spots` has the first spot of each file by name.

    >>> [(span.text, span.link) for span in with_places([Span("at b.py:6, c.py:1")], {"b.py": 100})]
    [('at ', None), ('b.py:6', 106), (', c.py:1', None)]
    """
    if not spots:
        yield from spans
        return
    names = "|".join(re.escape(name) for name in sorted(spots, key=len, reverse=True))
    place = re.compile(rf"(?<![\w./-])((?:{names}):\d+)(?!\w)")
    for span in spans:
        for index, part in enumerate(place.split(span.text)):
            if index % 2:
                name, _, line = part.rpartition(":")
                yield replace(span, text=part, link=spots[name] + int(line))
            elif part:
                yield replace(span, text=part)


def _first(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield as much as can be laid out quickly: a message may have a million characters."""
    room = _LONGEST
    for span in spans:
        if room > 0:
            yield replace(span, text=shortened(span.text, room))
        room -= len(span.text)


class FlowText(QWidget):
    """Wraps the text at its width; its accessible name is the plain text."""

    linkChosen = Signal(int)
    """The spot of the place that was clicked."""

    def __init__(self, theme: Theme, pixels: int = FONT_BASE) -> None:
        super().__init__()
        self._theme = theme
        self._pieces: list[_Piece] = []
        self._widths: list[float] = []
        """The width of each piece."""
        self._heights: dict[int, int] = {}
        """Heights by width: a layout asks for the same ones repeatedly."""
        self._fonts = {False: ui_font(pixels), True: mono_font(FONT_SECONDARY)}
        self._strong = ui_font(pixels, bold=True)
        self._secondary = pixels < FONT_BASE
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMouseTracking(True)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_spans(self, spans: Iterable[Span]) -> None:
        spans = list(_first(spans))
        self._pieces = list(_pieces(spans))
        self._widths = list(map(self._width, self._pieces))
        self._heights.clear()
        self.setAccessibleName("".join(span.text for span in spans))
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        return self.accessibleName()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if (height := self._heights.get(width)) is None:
            lines = max((line for line, *_ in self._placed(width)), default=0) + 1
            height = self._heights[width] = lines * LINE_HEIGHT
        return height

    def sizeHint(self) -> QSize:
        return QSize(240, self.heightForWidth(240))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, LINE_HEIGHT)

    def _placed(self, width: float) -> Iterator[tuple[int, float, float, _Piece]]:
        """Yield each piece with its line, its left edge and its width."""
        space = _advance(self._fonts[False], " ")
        within = _advance(self._fonts[True], " ") - 2 * _CODE_PADDING
        line, x = 0, 0.0
        for index, piece in enumerate(self._pieces):
            need = self._unbreakable_width(index)
            gap = (within if piece.joined else space) if piece.space and x else 0.0
            if x and not piece.glued and x + gap + need > width:
                line, x, gap = line + 1, 0.0, 0.0
            own = self._widths[index]
            yield line, x + gap, own, piece
            x += gap + own

    def _unbreakable_width(self, index: int) -> float:
        """Return the width of a piece and of those glued to it."""
        width = self._widths[index]
        for later in range(index + 1, len(self._pieces)):
            if not self._pieces[later].glued:
                break
            width += self._widths[later]
        return width

    def _font(self, piece: _Piece) -> QFont:
        return self._strong if piece.is_strong else self._fonts[piece.is_code]

    def _width(self, piece: _Piece) -> float:
        width = _advance(self._font(piece), piece.text)
        has_ground = piece.is_code and piece.link is None
        return width + 2 * _CODE_PADDING if has_ground else width

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        for line, left, width, piece in self._placed(self.width()):
            rect = QRectF(left, line * LINE_HEIGHT, width, LINE_HEIGHT)
            if piece.link is not None:
                self._paint_link(painter, rect, piece)
                continue
            if piece.is_code:
                ground = QRectF(left, rect.center().y() - _CODE_HEIGHT / 2, width, _CODE_HEIGHT)
                if piece.joined and left:
                    ground.setLeft(left - RADIUS_TICK)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colors.hover)
                painter.drawRoundedRect(ground, RADIUS_TICK, RADIUS_TICK)
                rect.translate(_CODE_PADDING, 0)
            quiet = self._secondary and not piece.is_code
            painter.setPen(colors.text_secondary if quiet else colors.text)
            painter.setFont(self._font(piece))
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, piece.text)

    def _paint_link(self, painter: QPainter, rect: QRectF, piece: _Piece) -> None:
        """Paint a place with a line below its underscores."""
        tone, font = self._theme.tone("gradient"), self._font(piece)
        painter.setFont(font)
        painter.setPen(tone.text)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, piece.text)
        painter.setPen(tone.graphic)
        bottom = rect.center().y() + QFontMetricsF(font).height() / 2 + 0.5
        painter.drawLine(QLineF(rect.left(), bottom, rect.right(), bottom))

    # -------------------------------------------------------------------------------------- mouse

    def link_at(self, place: QPointF) -> int | None:
        """Return the spot of the link at a place, or None."""
        for line, left, width, piece in self._placed(self.width()):
            rect = QRectF(left, line * LINE_HEIGHT, width, LINE_HEIGHT)
            if piece.link is not None and rect.contains(place):
                return piece.link
        return None

    def place_of(self, link: int) -> QPoint:
        """Return the middle of the first link to a spot.  Raises StopIteration without one."""
        found = (one for one in self._placed(self.width()) if one[3].link == link)
        line, left, width, _ = next(found)
        return QPointF(left + width / 2, (line + 0.5) * LINE_HEIGHT).toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.link_at(event.position()) is None:
            self.unsetCursor()
        else:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Follow a link; what is around the text takes other clicks."""
        link = self.link_at(event.position())
        if link is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
        else:
            self.linkChosen.emit(link)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.link_at(event.position()) is None:
            event.ignore()  # else the release does not go to what is around


def _advance(font: QFont, text: str) -> float:
    return QFontMetricsF(font).horizontalAdvance(text)


def _pieces(spans: Iterable[Span]) -> Iterator[_Piece]:
    space, last = False, " "
    for span in spans:
        if span.is_code:
            for index, part in enumerate(span.text.split(" ")):
                joined = index > 0
                glued = not joined and _holds(last, part)
                yield _Piece(part, True, glued, space or joined, span.link, joined)
            space, last = False, span.text[-1:] or " "
            continue
        for part in re.split(r"(\s+)", span.text):
            if not part:
                continue
            if part.isspace():
                space, last = True, " "
                continue
            for one in unbroken(part):
                glued = _holds(last, one)
                yield _Piece(one, False, glued, space, span.link, is_strong=span.is_strong)
                space, last = False, one[-1]


def _holds(last: str, part: str) -> bool:
    """Return whether a piece stays on the line of the letter before it."""
    return last != " " and not may_break(last, part[:1])
