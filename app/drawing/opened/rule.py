"""The band with the rule: the operation in symbols, its gradients, and what is not asked for."""

from __future__ import annotations

from typing import Final, NamedTuple

from app.drawing.opened.formulas import formula_at, width_of
from app.drawing.shapes import Border, Line, Rect, Shapes, Sign, Text
from app.session.chain_rule.model import NotAsked, OpenedStep, Rule
from app.session.chain_rule.symbols import Formula, Piece
from app.session.language import tr
from app.session.look.colors import Color, graphic, written
from app.session.look.faces import Face, Faces
from app.session.look.glyphs import Glyph
from app.session.look.status import STATUS_STYLES
from app.session.look.wrapping import wrapped
from graphviz_render import Box

_HEIGHT: Final = 44.0
_MORE: Final = 26.0
"""Each further line is so much higher."""
_TEXT_LINE: Final = 18.0
_INSET: Final = 16.0
_LEFT: Final = 64.0
_BASELINE: Final = 28.0
_SIZES: Final = (16, 14, 12)
_ARROW: Final = 22.0
_GAP: Final = 16.0
_FAR: Final = 24.0
_INDENT: Final = 18.0
"""Of what a formula goes on with in another line."""
_SIGN: Final = 13.0
_ARROW_PATH: Final = Border("line", 1.5, round=True)


class _Line(NamedTuple):
    """`backward` begins at `x`; of the first line, after the arrow."""

    x: float
    backward: Formula
    not_asked: NotAsked | None = None
    not_asked_at: float = 0.0


class RuleBand(NamedTuple):
    """`sentences` are the rule in words, or in its place what is wrong; they are below it."""

    height: float
    rule: Rule | None
    pixels: int
    lines: tuple[_Line, ...]
    sentences: tuple[str, ...]
    sign: tuple[Glyph, Color] | None
    """The glyph before the sentences."""

    def drawing(self, faces: Faces[Face], box: Box) -> Shapes:
        """Draw it at the upper edge of `box`."""
        if not self.height:
            return []
        x, y = box.x, box.y
        inner = Box(x + 1.5, y, box.width - 3, self.height)
        drawn: Shapes = [Rect("inner", inner, 0, "raised")]
        for edge in (y + 0.5, y + self.height + 0.5):
            path = ("M", (inner.x, edge)), ("L", (inner.right, edge))
            drawn.append(Line(path, Border("divider")))
        if self.rule is not None:
            drawn += self._rule(faces, self.rule, x, y)
        below = y + (_height(len(self.lines)) if self.lines else 0)
        for place, sentence in enumerate(self.sentences):
            baseline = below + 26 + place * _TEXT_LINE - (12 if self.lines else 0)
            left = x + _INSET
            if self.sign is not None:
                left += 20
                if place == 0:
                    drawn.append(Sign(self.sign[0], x + _INSET, baseline - 11, 14, self.sign[1]))
            drawn.append(Text(left, baseline, sentence, faces.plain, "text_secondary"))
        return drawn

    def _rule(self, faces: Faces[Face], rule: Rule, x: float, y: float) -> Shapes:
        baseline = y + _BASELINE
        drawn: Shapes = [
            Text(x + _INSET, baseline, tr("Rule"), faces.small, "text_tertiary"),
            *formula_at(faces, rule.forward, (x + _LEFT, baseline), self.pixels),
        ]
        for place, line in enumerate(self.lines):
            lower = baseline + place * _MORE
            if line.backward:
                if rule.forward and (place == 0 or line.x == _LEFT + _ARROW + _GAP):
                    drawn.append(_arrow(x + line.x - _GAP - _ARROW, lower - 6))
                drawn += formula_at(faces, line.backward, (x + line.x, lower), self.pixels)
            if line.not_asked is not None:
                drawn += _not_asked(faces, line.not_asked, x + line.not_asked_at, lower)
        return drawn


def rule_band(faces: Faces[Face], step: OpenedStep, width: float, *, waits: bool) -> RuleBand:
    """Place the rule of a step on a card of this width, as large as there is room for.

    `waits` says that torch is still asked for it.
    """
    rule, right = step.rule, width - _INSET
    text = step.problem or step.no_rule or ("" if rule is None else rule.words)
    sign: tuple[Glyph, Color] | None = ("warning", graphic("cut")) if step.problem else None
    if waits and rule is None and not text:
        text, sign = tr("Asking torch for the rule and the other numbers…"), ("waiting", "line")
    sentences = wrapped(text, right - _INSET - 20, faces.plain.width)
    lines: tuple[_Line, ...] = ()
    pixels = _SIZES[0]
    if rule is not None:
        for pixels in _SIZES:
            x = _LEFT
            if rule.forward:
                x += width_of(faces, rule.forward, pixels) + 2 * _GAP + _ARROW
            widest = max((width_of(faces, one, pixels) for one in rule.backward), default=0.0)
            if x + widest <= right:
                break
        lines = _lines(faces, rule, step, pixels, x if x + widest <= right else None, right)
    height = _height(len(lines)) if lines else 0.0
    if sentences:
        height += len(sentences) * _TEXT_LINE + (4 if lines else 26)
    return RuleBand(height, rule, pixels, lines, tuple(sentences), sign)


def _lines(
    faces: Faces[Face], rule: Rule, step: OpenedStep, pixels: int, x: float | None, right: float
) -> tuple[_Line, ...]:
    """Return the lines of the band; those of gradients begin below where they have no room."""
    lines = [_Line(_LEFT if x is None else x, one) for one in rule.backward]
    if x is None:
        below = _LEFT + _ARROW + _GAP
        lines = [_Line(_LEFT, ())]
        for one in rule.backward:
            first, *rest = _broken(faces, one, pixels, right - below - _INDENT)
            lines.append(_Line(below, first))
            lines += [_Line(below + _INDENT, more) for more in rest]
    forward = _LEFT + width_of(faces, rule.forward, pixels)
    place = 0
    for not_asked in step.not_asked:
        at = right - _not_asked_width(faces, not_asked)
        while place < len(lines):
            end = lines[place].x + width_of(faces, lines[place].backward, pixels)
            if max(end, forward if place == 0 else 0.0) + _FAR <= at:
                break
            place += 1
        if place == len(lines):
            lines.append(_Line(_LEFT, ()))
            at = _LEFT
        lines[place] = lines[place]._replace(not_asked=not_asked, not_asked_at=at)
        place += 1
    return tuple(lines or [_Line(_LEFT, ())])


def _broken(faces: Faces[Face], whole: Formula, pixels: int, room: float) -> list[Formula]:
    """Return a formula in parts that fit into `room`, broken before signs."""
    terms: list[list[Piece]] = [[]]
    for piece in whole:
        if piece.style == "roman" and piece.level == 0 and piece.text.startswith(" "):
            terms.append([])
        terms[-1].append(piece)
    lines: list[Formula] = [()]
    for term in terms:
        longer = (*lines[-1], *term)
        if lines[-1] and width_of(faces, longer, pixels) > room:
            lines.append(tuple(term))
        else:
            lines[-1] = longer
    return lines


def _height(lines: int) -> float:
    return _HEIGHT + (lines - 1) * _MORE


def _not_asked_width(faces: Faces[Face], one: NotAsked) -> float:
    return _SIGN + 6 + width_of(faces, one.name, 12) + 4 + faces.plain.width(one.text)


def _not_asked(faces: Faces[Face], one: NotAsked, x: float, baseline: float) -> Shapes:
    glyph = STATUS_STYLES["no_input_requires_grad"].glyph
    color = written("no_input_requires_grad")
    start = x + _SIGN + 6
    after = start + width_of(faces, one.name, 12) + 4
    return [
        Sign(glyph, x, baseline - 12, _SIGN, graphic("no_input_requires_grad")),
        *formula_at(faces, one.name, (start, baseline - 1), 12, color=color, plain=True),
        Text(after, baseline - 1, one.text, faces.plain, color),
    ]


def _arrow(x: float, y: float) -> Line:
    end = x + _ARROW
    path = (
        ("M", (x, y)), ("L", (end, y)), ("M", (end - 5, y - 4)), ("L", (end, y)),
        ("L", (end - 5, y + 4)),
    )  # fmt: skip
    return Line(path, _ARROW_PATH)
