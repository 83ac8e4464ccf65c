"""Nodes for a room: a row of the whole width, with everything that it says in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.drawing.lens import Lens
from app.drawing.pills import wide_pills
from app.drawing.shapes import Shapes, Sign, Text
from app.session.graph.payloads import GroupItem, OperationItem
from app.session.look import geometry as g
from app.session.look.colors import Color, graphic, written
from app.session.look.glyphs import Glyph
from app.session.look.marks import GUESSES, PASSES
from app.session.look.measure import group_count
from app.session.words import line_words
from graphviz_render import Box

if TYPE_CHECKING:
    from app.session.timeline.picture import StepProgress


def status_x(box: Box) -> float:
    """Return where the column of the statuses begins."""
    return box.x + max(g.WIDE_STATUS, round(box.width * g.WIDE_STATUS_SHARE))


def operation(lens: Lens, item: OperationItem, box: Box, note: StepProgress | None) -> Shapes:
    """Draw name, status, pills and line of an operation; its body and glyph are there already."""
    baseline = _baseline(box)
    drawn, end = _name(lens, box, (item.title, item.module), is_code=False)
    line = line_words(item.line)
    drawn.append(
        Text(box.right - g.WIDE_INSET, baseline, line, lens.faces.small_mono, "text_tertiary", True)
    )
    shapes, right = wide_pills(lens, item.pills, box)
    drawn += shapes
    if note is not None:
        return drawn + _note(lens, note, end, right, baseline)
    plain = lens.faces.plain
    words = plain.elided(item.summary or item.words, right - end)
    drawn.append(Text(end, baseline, words, plain, written(item.status)))
    return drawn + guessed(item, end + plain.width(words) + g.NOTE_GAP, baseline)


def guessed(item: OperationItem, x: float, baseline: float) -> Shapes:
    """Draw whether an operation is as guessed, once it has been turned over."""
    if item.guess not in GUESSES:
        return []
    return [Sign(GUESSES[item.guess], x, baseline - g.NOTE_GLYPH_RISE, g.NOTE_GLYPH, "text")]


def group(lens: Lens, item: GroupItem, box: Box, bar: Shapes) -> Shapes:
    """Draw title, what it holds and its count; `bar` are its shares, at the left of the words."""
    drawn, end = _name(lens, box, (item.title, item.detail), is_code=True)
    baseline, mono, plain = _baseline(box), lens.faces.mono, lens.faces.plain
    count, right = group_count(item), box.right - g.WIDE_INSET
    if count:
        drawn.append(Text(right, baseline, count, mono, "text_secondary", ends=True))
        right -= mono.width(count) + g.END_GAP
    left = end + g.GROUP_BAR_WIDTH + g.GROUP_BAR_GAP
    words = plain.elided(item.summary, right - left)
    return [*drawn, *bar, Text(left, baseline, words, plain, "text_secondary")]


def sign(glyph: Glyph, color: Color, box: Box) -> Sign:
    top = box.center[1] - g.GLYPH / 2
    return Sign(glyph, box.x + g.WIDE_INSET, top, g.GLYPH, color)


def _baseline(box: Box) -> float:
    return box.center[1] + g.WIDE_DROP


def _name(lens: Lens, box: Box, name: tuple[str, str], *, is_code: bool) -> tuple[Shapes, float]:
    """Draw a name and the detail beside it; return where the status begins."""
    title, detail = name
    face, mono = lens.faces.title_mono if is_code else lens.faces.title, lens.faces.mono
    left, end, baseline = box.x + g.WIDE_TITLE, status_x(box), _baseline(box)
    title = face.elided(title, end - g.TITLE_GAP - left)
    drawn: Shapes = [Text(left, baseline, title, face, "text")]
    left += face.width(title) + g.WIDE_NAME_GAP
    if detail and end - g.TITLE_GAP - left > g.LEAST_DETAIL:
        words = mono.elided(detail, end - g.TITLE_GAP - left)
        drawn.append(Text(left, baseline, words, mono, "text_secondary"))
    return drawn, end


def _note(lens: Lens, note: StepProgress, left: float, right: float, baseline: float) -> Shapes:
    """Draw an autograd node of a running backward pass and its progress, instead of the status."""
    (glyph, tone), face, plain = PASSES[note.state], lens.faces.small_mono, lens.faces.plain
    if note.state == "running":
        face, plain = lens.faces.small_mono_bold, lens.faces.bold
    start = left + g.NOTE_GLYPH + g.NOTE_GAP
    room = right - start - plain.width(note.words) - g.NOTE_GAP
    name = note.grad_fn if face.width(note.grad_fn) <= room else ""
    after = start + (face.width(name) + g.NOTE_GAP if name else 0)
    return [
        Sign(glyph, left, baseline - g.NOTE_GLYPH_RISE, g.NOTE_GLYPH, graphic(tone)),
        *([Text(start, baseline, name, face, written(tone))] if name else []),
        Text(after, baseline, plain.elided(note.words, right - after), plain, written(tone)),
    ]
