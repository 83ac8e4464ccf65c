"""Operations, folded groups, tensors and cut bars."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from app.drawing import wide_rows
from app.drawing.lens import Detail, Lens, is_name
from app.drawing.pills import pills
from app.drawing.shapes import (
    STATUS_BORDERS,
    Area,
    Border,
    Rect,
    Shape,
    Shapes,
    Sign,
    Text,
    node_fill,
    shrunk,
    stack,
)
from app.drawing.strip import strip
from app.drawing.tiles import tiles
from app.session.graph.payloads import (
    CutItem,
    GroupItem,
    OperationItem,
    StatusKey,
    TensorItem,
    Tile,
)
from app.session.kept import Amount
from app.session.language import tr
from app.session.look import geometry as g
from app.session.look.colors import Color, fill, graphic, written
from app.session.look.faces import Face
from app.session.look.glyphs import Glyph, Path
from app.session.look.marks import PASSES, ROLES, TILES
from app.session.look.measure import (
    Form,
    NodeItem,
    cut_block,
    group_count,
    proportions,
    row_parts,
)
from app.session.look.status import STATUS_STYLES
from app.session.numbers import size
from app.session.words import line_words
from graphviz_render import Box

if TYPE_CHECKING:
    from app.drawing.opened.card import Opened
    from app.session.timeline.picture import StepProgress


class _NodeBytes(NamedTuple):
    """What a node keeps for backward, and `most`, what the largest node keeps."""

    amount: Amount
    most: int
    status: StatusKey

    @property
    def words(self) -> str:
        return size(self.amount.total) if self.amount.total else tr("keeps 0 bytes")

    @property
    def color(self) -> Color:
        return "text_secondary" if self.amount.total else written(self.status)


def _node_bytes(item: NodeItem, most: int) -> _NodeBytes | None:
    if isinstance(item, (TensorItem, CutItem)) or item.kept is None:
        return None
    return _NodeBytes(item.kept, most, item.status)


_WORD: Final = re.compile(r"(?:\[[^\]]*\]|\S)+")
_OPENED_FROM: Final = 0.4
"""The zoom from which an opened node shows what is in it."""
_TENSOR_BORDERS: Final[dict[str, Border]] = {
    "frozen": STATUS_BORDERS["no_input_requires_grad"],
    "cut": Border(graphic("cut"), g.BORDER_WIDTH),
}


def node(
    lens: Lens,
    item: NodeItem,
    box: Box,
    *,
    form: Form = "full",
    note: StepProgress | None = None,
    by_training: bool = False,
    most_kept: int | None = None,
    opened: Opened | None = None,
) -> Shapes:
    """Draw a node in `box`; `note` is the progress of a running backward pass in it.

    `opened` is drawn in place of all that a node shows, as far as it can be read.

    `by_training` colours it by what happened to its parameters rather than by its status.  With
    `most_kept`, what the largest node keeps for backward, what it keeps itself is drawn in the
    place of shapes and tiles.
    """
    if lens.detail is Detail.BLOCKS:
        return [Rect("block", box, 0, block_color(item))]
    if opened is not None and lens.zoom >= _OPENED_FROM:
        glyph, color = _sign(item)
        sign = None if glyph is None else Sign(glyph, box.x, box.y, g.GLYPH, color)
        return opened.drawing(outline(item, box), sign)
    if by_training:
        drawn = node(lens, item, box, form=form, note=note, most_kept=most_kept)
        return [_by_training(item, shape) for shape in drawn]
    kept = None if most_kept is None else _node_bytes(item, most_kept)
    if form in ("row", "lined") or opened is not None or lens.detail is Detail.ROWS:
        return _one_row(lens, item, box, kept, is_lined=form == "lined")
    if isinstance(item, CutItem):
        drawn = _cut(lens, item, box)
    elif isinstance(item, TensorItem):
        drawn = _tensor(lens, item, box)
    elif form == "wide":
        drawn = _wide(lens, item, box, note, kept)
    elif isinstance(item, GroupItem):
        return [*lens.centred(_group(lens, item, box, kept)), *strip(lens, item, box)]
    else:
        drawn = _operation(lens, item, box, note, kept)
    return lens.centred(drawn)


def outline(item: NodeItem, box: Box) -> Rect:
    """Draw the outline of a node: a capsule for tensors, else with the border of the status."""
    if isinstance(item, TensorItem):
        border = _TENSOR_BORDERS.get(item.role, Border("line", g.BORDER_WIDTH))
        return Rect("outline", box, box.height / 2 - 1, "raised", border)
    if isinstance(item, CutItem):
        return Rect("outline", box, g.NODE_RADIUS, "panel", _TENSOR_BORDERS["cut"])
    status, border = item.status, STATUS_BORDERS[item.status]
    if isinstance(item, OperationItem) and item.guess == "taken":
        border = border._replace(color="ink")
    return Rect("outline", box, g.NODE_RADIUS, node_fill(status), border)


def _tiles(item: NodeItem) -> Sequence[Tile]:
    return () if isinstance(item, (TensorItem, CutItem)) else item.tiles


def _by_training(item: NodeItem, shape: Shape) -> Shape:
    if not isinstance(shape, Rect) or shape.part not in ("outline", "behind", "inner"):
        return shape
    marks = _tiles(item)
    border = shape.border or Border("line")
    if not marks:
        return shape._replace(fill="node", border=Border("line", border.width))
    tone = TILES[marks[0].kind][1]
    return shape._replace(fill=fill(tone), border=border._replace(color=graphic(tone)))


def block_color(item: NodeItem) -> Color:
    """Return the colour of a whole node at a zoom of a few percent."""
    if isinstance(item, TensorItem):
        return "line"
    return graphic("cut" if isinstance(item, CutItem) else item.status)


def _body(item: OperationItem | GroupItem, box: Box) -> Shapes:
    """Draw the outline of an operation or a group, with those of what it holds behind it."""
    several = item.summary if isinstance(item, OperationItem) else item.count > 1
    drawn = stack(box, item.status) if several else []
    drawn.append(outline(item, box))
    style = STATUS_STYLES[item.status]
    if style.doubled:
        inner = shrunk(box, g.DOUBLE_INSET)
        radius = g.NODE_RADIUS - g.DOUBLE_INSET + 1
        drawn.append(Rect("inner", inner, radius, None, Border(graphic(item.status), style.width)))
    return drawn


# ---------------------------------------------------------------------------------------- one row


def _one_row(
    lens: Lens, item: NodeItem, box: Box, kept: _NodeBytes | None, *, is_lined: bool
) -> Shapes:
    """Draw glyph and name in one row, or the glyph alone where a name has no room.

    A row that `is_lined` says its line too.
    """
    body = [outline(item, box)] if isinstance(item, (TensorItem, CutItem)) else _body(item, box)
    drawn = [lens.bordered(shape) for shape in body]
    unit, parts = lens.unit, row_parts(item)
    glyph, color = _sign(item)
    if isinstance(item, GroupItem) and (below := strip(lens, item, box)):
        drawn += below
        box = box._replace(height=box.height - g.STRIP_HEIGHT)
    inset, gap = min(g.ROW_INSET * unit, box.width / 12), g.ROW_GAP * unit
    side = min(g.ROW_GLYPH * unit, max(box.height * 0.8, g.ROW_LEAST_GLYPH * unit))
    face = lens.name_face(box.height, mono=not isinstance(item, (OperationItem, CutItem)))
    small = lens.face(11, bold=False, mono=True)
    needed = 0.0 if face is None else face.width(parts.name) + small.width(parts.times)
    before = 0.0 if glyph is None else side + gap
    if 2 * inset + before + needed > box.width:  # the name counts more than the room around it
        inset = gap = min(inset, g.ROW_TIGHT * unit)
        before = 0.0 if glyph is None else side + gap
    (x, y), left, right = box.center, box.x + inset, box.right - inset
    start = left + before
    if kept is not None:
        shown, taken = _bytes_in_row(lens, kept, right, y, right - start - needed)
    else:
        marks = _tiles(item)
        shown, taken = tiles(lens, marks, right, y, box._replace(width=right - start - needed))
    right -= taken
    end = right - small.width(parts.times) - gap if parts.times else right
    name = "" if face is None else _shortened(face, item, parts.name, end - start)
    if face is None or not is_name(name, parts.name):
        return [*drawn, Sign(glyph or "dot", x - side / 2, y - side / 2, side, color)]
    drawn += shown
    after = start + face.width(name) + gap
    if isinstance(item, TensorItem):
        detail = _ending(small, parts.detail, end - after)
        if not detail and not parts.times:  # in the middle, as nothing is written at the end
            left, start = (at + max(0.0, right + gap - after) / 2 for at in (left, start))
    else:
        detail = _parts(small, parts.detail, end - after)
    if glyph is not None:
        drawn.append(Sign(glyph, left, y - side / 2, side, color))
    baseline = y + face.pixels * g.ROW_DROP
    drawn.append(Text(start, baseline, name, face, "text"))
    if parts.times:
        drawn.append(Text(right, baseline, parts.times, small, "text_secondary", ends=True))
    start = after
    if detail:
        drawn.append(Text(start, baseline, detail, small, "text_secondary"))
        start += small.width(detail) + gap
    if is_lined and isinstance(item, OperationItem) and not taken:
        line = line_words(item.line)
        if start + small.width(line) <= right:
            drawn.append(Text(right, baseline, line, small, "text_tertiary", ends=True))
    return drawn


def _shortened(face: Face, item: NodeItem, name: str, room: float) -> str:
    """Return as much of a name as fits: of an operation its beginning, of a path both ends."""
    if not isinstance(item, OperationItem) or face.width(name) <= room:
        return face.elided(name, room)
    cut = (f"{name[:length]}…" for length in range(len(name) - 1, 0, -1))
    return next((shown for shown in cut if face.width(shown) <= room), "")


def _parts(face: Face, detail: str, room: float) -> str:
    """Return as many parts of a detail as fit, or the first one with its middle left out."""
    while face.width(detail) > room and ", " in detail:
        detail = detail.rpartition(", ")[0]
    shown = face.elided(detail, room)
    fits = face.width(shown) <= room  # one letter never does where nothing is left
    return shown if fits and 2 * len(shown) > len(detail) and is_name(shown, detail) else ""


def _sign(item: NodeItem) -> tuple[Glyph | None, Color]:
    """Return the glyph of a node and its colour; results have none beside their name."""
    if isinstance(item, CutItem):
        return "cut", graphic("cut")
    if isinstance(item, GroupItem):
        return _group_sign(item)
    if isinstance(item, OperationItem):
        return STATUS_STYLES[item.status].glyph, graphic(item.status)
    if item.role not in ROLES:
        return None, "text_secondary"
    glyph, tone = ROLES[item.role]
    return glyph, graphic(tone)


# -------------------------------------------------------------------------------------- wide rows


def _wide(
    lens: Lens,
    item: OperationItem | GroupItem,
    box: Box,
    note: StepProgress | None,
    kept: _NodeBytes | None,
) -> Shapes:
    """Draw one row of the whole width; what a node keeps is in the place of its pills."""
    at_end: Shapes = []
    if kept is not None:
        end = box.right - g.WIDE_LINE - g.WIDE_INSET
        room = end - wide_rows.status_x(box)
        at_end, _ = _bytes_in_row(lens, kept, end, box.center[1], room)
    if isinstance(item, OperationItem):
        glyph, color = STATUS_STYLES[item.status].glyph, graphic(item.status)
        shown = item if kept is None else replace(item, pills=())
        words = wide_rows.operation(lens, shown, box, note)
    else:
        glyph, color = _group_sign(item)
        bar = _bar(item, wide_rows.status_x(box), box.center[1] - g.GROUP_BAR_HEIGHT / 2)
        words = wide_rows.group(lens, item, box, bar)
    return [*_body(item, box), wide_rows.sign(glyph, color, box), *words, *at_end]


# ----------------------------------------------------------------------------------- operations


def _operation(
    lens: Lens, item: OperationItem, box: Box, note: StepProgress | None, kept: _NodeBytes | None
) -> Shapes:
    drawn = _body(item, box)
    glyph, color = STATUS_STYLES[item.status].glyph, graphic(item.status)
    drawn.append(Sign(glyph, box.x + g.NODE_INSET, box.y + g.GLYPH_TOP, g.GLYPH, color))
    drawn += _title(
        lens, box, g.TITLE_X, (item.title, lens.faces.title), item.module,
        (line_words(item.line), lens.faces.small_mono, "text_tertiary"), item.tiles,
    )  # fmt: skip
    if note is not None:
        drawn += _note(lens, note, box)
    else:
        drawn += _status(lens, item, box) if kept is None else _bytes(lens, item, kept, box)
    if item.pills:
        drawn += pills(lens, item.pills, box)
    return drawn


def _title(
    lens: Lens,
    box: Box,
    start: float,
    title: tuple[str, Face],
    detail: str,
    end: tuple[str, Face, Color],
    marks: Sequence[Tile],
) -> Shapes:
    """Draw a name, a detail beside it, tiles, and a text at the end.  The detail is shortened."""
    left, right = box.x + start, box.right - g.NODE_INSET
    baseline = box.y + g.TITLE_BASELINE
    middle = min(g.TILE_MIDDLE, g.TILE_FOOT - g.TILE * lens.unit / 2)
    drawn, taken = tiles(lens, marks, right, box.y + middle, box)
    right -= taken + g.TILE_GAP * lens.unit if taken else 0
    if end[0]:
        drawn.append(Text(right, baseline, *end, ends=True))
        right -= end[1].width(end[0]) + g.END_GAP
    name, face = title
    name = face.elided(name, right - left)
    drawn.append(Text(left, baseline, name, face, "text"))
    left += face.width(name) + g.TITLE_GAP
    if detail and right - left > g.LEAST_DETAIL:
        mono = lens.faces.mono
        words = mono.elided(detail, right - left)
        if is_name(words, detail):
            drawn.append(Text(left, baseline, words, mono, "text_secondary"))
    return drawn


def _status(lens: Lens, item: OperationItem, box: Box) -> Shapes:
    plain, mono = lens.faces.plain, lens.faces.small_mono
    left, right = box.x + g.TITLE_X, box.right - g.NODE_INSET
    baseline = box.y + g.STATUS_BASELINE
    words = plain.elided(item.summary or item.words, right - left)
    room = right - left - plain.width(words) - g.TITLE_GAP
    shapes = _fitting(mono, item.shapes, room)
    return [
        Text(left, baseline, words, plain, written(item.status)),
        *wide_rows.guessed(item, left + plain.width(words) + g.NOTE_GAP, baseline),
        Text(right, baseline, shapes, mono, "text_secondary", ends=True),
    ]


def _bytes(lens: Lens, item: OperationItem, kept: _NodeBytes, box: Box) -> Shapes:
    """Draw the status and what the operation keeps for backward."""
    left = box.x + g.TITLE_X
    at_end, end = _bytes_at_end(lens, kept, box)
    words = lens.faces.plain.elided(item.summary or item.words, end - left - g.TITLE_GAP)
    status = Text(left, box.y + g.STATUS_BASELINE, words, lens.faces.plain, written(item.status))
    return [status, *at_end]


def _bytes_at_end(lens: Lens, kept: _NodeBytes, box: Box) -> tuple[Shapes, float]:
    """Draw bar and number at the right of the second line, and return where they begin.

    Zero has no bar.
    """
    face, baseline = lens.faces.small_mono, box.y + g.STATUS_BASELINE
    text = Text(box.right - g.NODE_INSET, baseline, kept.words, face, kept.color, ends=True)
    begin = text.x - face.width(kept.words)
    if not kept.amount.total:
        return [text], begin
    place = Box(box.right - g.BYTES_END - g.BYTES_WIDTH, baseline - g.BYTES_HEIGHT, g.BYTES_WIDTH,
                g.BYTES_HEIGHT)  # fmt: skip
    return [*_bytes_bar(kept, place), text], min(begin, place.x)


def _bytes_bar(kept: _NodeBytes, place: Box) -> Shapes:
    """Draw bytes on the scale of the largest node: filled if only backward needs them."""
    tone, radius = graphic("gradient"), place.height / 4
    scale = place.width / max(kept.most, 1)
    whole = max(g.BYTES_LEAST, kept.amount.total * scale)
    only = kept.amount.only / kept.amount.total * whole
    drawn: Shapes = [
        Rect("share", place, radius, "divider"),
        Rect("share", place._replace(width=whole), radius, fill("gradient"), Border(tone, 1.5)),
    ]
    if only:
        drawn.append(Rect("share", place._replace(width=only), radius, tone))
    return drawn


def _bytes_in_row(
    lens: Lens, kept: _NodeBytes, right: float, y: float, room: float
) -> tuple[Shapes, float]:
    """Draw what a node of one row keeps, as far as there is room; return the room it took.

    The bar takes what the words leave, or all where they have none.
    """
    face, unit = lens.face(11, bold=False, mono=True), lens.unit
    width, gap = face.width(kept.words), g.ROW_GAP * unit
    high, wide = g.BYTES_HEIGHT * unit, g.BYTES_ROW_WIDTH * unit
    words: Shapes = []
    taken = 0.0
    if width + gap <= room:
        baseline = y + face.pixels * g.ROW_DROP
        words.append(Text(right, baseline, kept.words, face, kept.color, ends=True))
        taken = width + gap
    wide = min(wide, max(room - taken - gap, g.BYTES_ROW_LEAST * unit))
    if not kept.amount.total or taken + wide + gap > room:
        return words, taken
    place = Box(right - taken - wide, y - high / 2, wide, high)
    return [*_bytes_bar(kept, place), *words], taken + wide + gap


def _fitting(face: Face, shapes: str, room: float) -> str:
    """Return "in → out" if it fits, else the output, else as much of the output as fits."""
    if face.width(shapes) <= room:
        return shapes
    result = "→ " + shapes.rpartition("→ ")[2]
    if face.width(result) <= room:
        return result
    return face.elided(result, room) if room > g.LEAST_SHAPE else ""


def _note(lens: Lens, note: StepProgress, box: Box) -> Shapes:
    """Draw an autograd node of a running backward pass and its progress, instead of the status."""
    (glyph, tone), face, plain = PASSES[note.state], lens.faces.small_mono, lens.faces.plain
    if note.state == "running":
        face, plain = lens.faces.small_mono_bold, lens.faces.bold
    left, baseline = box.x + g.TITLE_X, box.y + g.STATUS_BASELINE
    start = left + g.NOTE_GLYPH + g.NOTE_GAP
    room = box.right - g.NODE_INSET - start - plain.width(note.words) - g.NOTE_GAP
    name = face.elided(note.grad_fn, room)
    after = start + face.width(name) + g.NOTE_GAP
    return [
        Sign(glyph, left, baseline - g.NOTE_GLYPH_RISE, g.NOTE_GLYPH, graphic(tone)),
        Text(start, baseline, name, face, written(tone)),
        Text(after, baseline, note.words, plain, written(tone)),
    ]


# --------------------------------------------------------------------------------------- groups


def _group(lens: Lens, item: GroupItem, box: Box, kept: _NodeBytes | None) -> Shapes:
    """Draw a folded group: title, count, and the shares of the statuses."""
    drawn = _body(item, box)
    x, y = box.x + g.GROUP_TITLE_X, box.y + g.STATUS_BASELINE - g.GROUP_BAR_RISE
    glyph, color = _group_sign(item)
    drawn.append(Sign(glyph, box.x + g.GROUP_GLYPH_X, box.y + g.GLYPH_TOP, g.GROUP_GLYPH, color))
    drawn += _title(
        lens, box, g.GROUP_TITLE_X, (item.title, lens.faces.title_mono), item.detail,
        (group_count(item), lens.faces.mono, "text_secondary"), item.tiles,
    )  # fmt: skip
    drawn += _bar(item, x, y)
    if kept is not None:
        at_end, _ = _bytes_at_end(lens, kept, box)
        return drawn + at_end
    plain, left = lens.faces.plain, x + g.GROUP_BAR_WIDTH + g.GROUP_BAR_GAP
    words = plain.elided(item.summary, box.right - g.NODE_INSET - left)
    drawn.append(Text(left, box.y + g.STATUS_BASELINE, words, plain, "text_secondary"))
    return drawn


def _group_sign(item: GroupItem) -> tuple[Glyph, Color]:
    """Return a chevron if the group can be unfolded, else the glyph of its status."""
    if item.can_open:
        return "chevron_right", "text_secondary"
    return STATUS_STYLES[item.status].glyph, graphic(item.status)


def _bar(item: GroupItem, x: float, y: float) -> Shapes:
    """Draw the share of each status: filled if recorded, else with a dashed border."""
    drawn: Shapes = []
    for status, start, width in proportions(item):
        place = Box(x + start, y, width, g.GROUP_BAR_HEIGHT)
        if status == "recorded":
            drawn.append(Rect("share", place, g.GROUP_BAR_RADIUS, graphic(status)))
        else:
            border = Border(graphic(status), 1, (2, 1.5))
            drawn.append(Rect("share", place, g.GROUP_BAR_RADIUS, fill(status), border))
    return drawn


# -------------------------------------------------------------------------------------- tensors


def _tensor(lens: Lens, item: TensorItem, box: Box) -> Shapes:
    drawn: Shapes = [outline(item, box)]
    middle = box.center[1]
    left, right = box.x + g.TENSOR_INSET, box.right - g.TENSOR_INSET
    if item.role in ROLES:
        glyph, tone = ROLES[item.role]
        place = box.x + g.TENSOR_GLYPH_X, middle - g.TENSOR_GLYPH / 2
        drawn.append(Sign(glyph, *place, g.TENSOR_GLYPH, graphic(tone)))
        left = box.x + g.TENSOR_TITLE_X
    face, small = lens.faces.title_mono, lens.faces.small_mono
    title = face.elided(item.title, right - left)
    drawn.append(Text(left, middle + g.TENSOR_DROP, title, face, "text"))
    room = right - left - face.width(title) - g.TITLE_GAP
    if detail := _ending(small, item.detail, room):
        baseline = middle + g.TENSOR_DETAIL_DROP
        drawn.append(Text(right, baseline, detail, small, "text_secondary", ends=True))
    return drawn


def _ending(face: Face, detail: str, room: float) -> str:
    """Return the last words of a detail that fit.  A shape is one word: half of it says nothing."""
    words = _WORD.findall(detail)
    endings = (" ".join(words[start:]) for start in range(1, len(words)))
    return next((text for text in (detail, *endings) if face.width(text) <= room), "")


# ------------------------------------------------------------------------------------- cut bars


def _cut(lens: Lens, item: CutItem, box: Box) -> Shapes:
    width = round(cut_block(lens.faces))
    drawn: Shapes = [outline(item, box), Area(_left_block(box, width), graphic("cut"))]
    bold, plain, baseline = lens.faces.bold, lens.faces.plain, box.y + g.CUT_BASELINE
    words = plain.elided(item.text, box.width - width - 2 * g.CUT_GLYPH_INSET)
    return [
        *drawn,
        Sign("cut", box.x + g.CUT_GLYPH_INSET, box.y + g.CUT_GLYPH_INSET, g.CUT_GLYPH, "on_accent"),
        Text(box.x + g.CUT_WORD_X, baseline, tr("CUT"), bold, "on_accent"),
        Text(box.x + width + g.CUT_GAP, baseline, words, plain, written("cut")),
    ]


def _left_block(box: Box, width: float) -> Path:
    """Return the left end of a box, `width` wide, with its round corners."""
    radius, right = g.NODE_RADIUS, box.x + width
    return (
        ("M", (box.x + radius, box.y)),
        ("L", (right, box.y)),
        ("L", (right, box.bottom)),
        ("A", (box.x + radius, box.bottom - radius, radius, 270, -90)),
        ("A", (box.x + radius, box.y + radius, radius, 180, -90)),
        ("Z", ()),
    )
