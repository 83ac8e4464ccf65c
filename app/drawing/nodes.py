"""Operations, folded groups, tensors and cut bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.drawing.lens import Detail, Lens
from app.drawing.pills import pills
from app.drawing.shapes import (
    STATUS_BORDERS,
    Area,
    Border,
    Rect,
    Shapes,
    Sign,
    Text,
    node_fill,
    shrunk,
    stack,
)
from app.session.graph.payloads import CutItem, GroupItem, OperationItem, TensorItem
from app.session.language import tr
from app.session.look import geometry as g
from app.session.look.colors import Color, fill, graphic, written
from app.session.look.faces import Face
from app.session.look.glyphs import Glyph, Path
from app.session.look.marks import PASSES, ROLES
from app.session.look.measure import (
    NodeItem,
    compact_module,
    cut_block,
    group_count,
    proportions,
)
from app.session.look.status import STATUS_STYLES
from app.session.words import line_words
from graphviz_render import Box

if TYPE_CHECKING:
    from app.session.timeline.picture import Note

_TENSOR_BORDERS: Final[dict[str, Border]] = {
    "frozen": STATUS_BORDERS["no_input_requires_grad"],
    "cut": Border(graphic("cut"), g.BORDER_WIDTH),
}


def node(
    lens: Lens, item: NodeItem, box: Box, *, compact: bool = False, note: Note | None = None
) -> Shapes:
    """Draw a node in `box`; `note` is the progress of a running backward pass in it."""
    if lens.detail is Detail.BLOCKS:
        return [Rect("block", box, 0, block_color(item))]
    if isinstance(item, CutItem):
        return _cut(lens, item, box)
    if isinstance(item, TensorItem):
        return _tensor(lens, item, box)
    if isinstance(item, GroupItem):
        return _group(lens, item, box)
    return _operation(lens, item, box, compact, note)


def outline(item: NodeItem, box: Box) -> Rect:
    """Draw the outline of a node: a capsule for tensors, else with the border of the status."""
    if isinstance(item, TensorItem):
        border = _TENSOR_BORDERS.get(item.role, Border("line", g.BORDER_WIDTH))
        return Rect("outline", box, box.height / 2 - 1, "raised", border)
    if isinstance(item, CutItem):
        return Rect("outline", box, g.NODE_RADIUS, "panel", _TENSOR_BORDERS["cut"])
    status = item.status
    return Rect("outline", box, g.NODE_RADIUS, node_fill(status), STATUS_BORDERS[status])


def block_color(item: NodeItem) -> Color:
    """Return the colour that stands for a whole node at a few percent."""
    if isinstance(item, TensorItem):
        return "line"
    return graphic("cut" if isinstance(item, CutItem) else item.status)


# ----------------------------------------------------------------------------------- operations


def _operation(
    lens: Lens, item: OperationItem, box: Box, compact: bool, note: Note | None
) -> Shapes:
    drawn = stack(box, item.status) if item.summary else []
    drawn.append(outline(item, box))
    style, color = STATUS_STYLES[item.status], graphic(item.status)
    if style.doubled:
        inner = shrunk(box, g.DOUBLE_INSET)
        radius = g.NODE_RADIUS - g.DOUBLE_INSET + 1
        drawn.append(Rect("inner", inner, radius, None, Border(color, style.width)))
    if lens.detail is Detail.SHAPES:
        side = min(box.height - 2 * g.LONE_GLYPH_MARGIN, g.LONE_GLYPH)
        x, y = box.center
        drawn.append(Sign(style.glyph, x - side / 2, y - side / 2, side, color))
    elif lens.detail is Detail.TITLES:
        drawn += _large_title(lens, box, item.title, (style.glyph, color))
    elif compact:
        drawn += _compact(lens, item, box)
    else:
        glyph = Sign(style.glyph, box.x + g.NODE_INSET, box.y + g.GLYPH_TOP, g.GLYPH, color)
        drawn.append(glyph)
        drawn += _title(
            lens, box, g.TITLE_X, (item.title, lens.faces.title), item.module,
            (line_words(item.line), lens.faces.small_mono, "text_tertiary"),
        )  # fmt: skip
        drawn += _status(lens, item, box) if note is None else _note(lens, note, box)
        if item.pills:
            drawn += pills(lens, item.pills, box)
    return drawn


def _compact(lens: Lens, item: OperationItem, box: Box) -> Shapes:
    title, mono = lens.faces.plain, lens.faces.mono
    left, right = box.x + g.COMPACT_TITLE_X, box.right - g.COMPACT_GAP
    baseline = box.center[1] + g.COMPACT_DROP
    words = title.elided(item.title, right - left)
    after = left + title.width(words) + g.COMPACT_GAP
    return [
        Sign(
            STATUS_STYLES[item.status].glyph, box.x + g.NODE_INSET, box.center[1] - g.GLYPH / 2,
            g.GLYPH, graphic(item.status),
        ),
        Text(left, baseline, words, title, "text"),
        Text(after, baseline, mono.elided(compact_module(item), right - after), mono,
             "text_secondary"),
    ]  # fmt: skip


def _title(
    lens: Lens,
    box: Box,
    start: float,
    title: tuple[str, Face],
    detail: str,
    end: tuple[str, Face, Color],
) -> Shapes:
    """Draw a name, a detail beside it and a text at the end.  The detail is shortened first."""
    drawn: Shapes = []
    left, right = box.x + start, box.right - g.NODE_INSET
    baseline = box.y + g.TITLE_BASELINE
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
        Text(right, baseline, shapes, mono, "text_secondary", ends=True),
    ]


def _fitting(face: Face, shapes: str, room: float) -> str:
    """Return "in → out" if it fits, else the output, else as much of the output as fits."""
    if face.width(shapes) <= room:
        return shapes
    result = "→ " + shapes.rpartition("→ ")[2]
    if face.width(result) <= room:
        return result
    return face.elided(result, room) if room > g.LEAST_SHAPE else ""


def _note(lens: Lens, note: Note, box: Box) -> Shapes:
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


def _large_title(
    lens: Lens,
    box: Box,
    title: str,
    sign: tuple[Glyph, Color],
    *,
    mono: bool = False,
    count: str = "",
) -> Shapes:
    """Draw a glyph and the name at a size that is readable from a distance."""
    share = g.LARGE_MONO_SHARE if mono else g.LARGE_SHARE
    face = lens.large_face(box.height * share, mono=mono)
    side, middle = face.pixels * g.LARGE_GLYPH, box.center[1]
    baseline = middle + face.pixels * g.LARGE_DROP
    left, right = box.x + g.LARGE_INSET + side + g.LARGE_GAP, box.right - g.LARGE_INSET
    drawn: Shapes = [Sign(sign[0], box.x + g.LARGE_INSET, middle - side / 2, side, sign[1])]
    if count:
        drawn.append(Text(right, baseline, count, face, "text_secondary", ends=True))
        right -= face.width(count) + g.LARGE_INSET
    drawn.append(Text(left, baseline, face.elided(title, right - left), face, "text"))
    return drawn


# --------------------------------------------------------------------------------------- groups


def _group(lens: Lens, item: GroupItem, box: Box) -> Shapes:
    """Draw a folded group: title, count, and the shares of the statuses."""
    drawn = stack(box, item.status) if item.count > 1 else []
    drawn.append(outline(item, box))
    x, y = box.x + g.GROUP_TITLE_X, box.y + g.STATUS_BASELINE - g.GROUP_BAR_RISE
    if lens.detail is Detail.SHAPES:
        return drawn + _bar(item, x, y - g.LONE_BAR_RISE)
    glyph, color = _group_sign(item)
    if lens.detail is Detail.TITLES:
        count = group_count(item)
        return drawn + _large_title(lens, box, item.title, (glyph, color), mono=True, count=count)
    drawn.append(Sign(glyph, box.x + g.GROUP_GLYPH_X, box.y + g.GLYPH_TOP, g.GROUP_GLYPH, color))
    drawn += _title(
        lens, box, g.GROUP_TITLE_X, (item.title, lens.faces.title_mono), item.detail,
        (group_count(item), lens.faces.mono, "text_secondary"),
    )  # fmt: skip
    drawn += _bar(item, x, y)
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
    if lens.detail is Detail.SHAPES:
        return drawn
    left, right = box.x + g.TENSOR_INSET, box.right - g.TENSOR_INSET
    if item.role in ROLES:
        glyph, tone = ROLES[item.role]
        place = box.x + g.TENSOR_GLYPH_X, box.y + g.TENSOR_GLYPH_TOP
        drawn.append(Sign(glyph, *place, g.TENSOR_GLYPH, graphic(tone)))
        left = box.x + g.TENSOR_TITLE_X
    if lens.detail is Detail.TITLES:
        face = lens.large_face(box.height * g.LARGE_SHARE, mono=True)
        baseline = box.center[1] + face.pixels * g.LARGE_DROP
        drawn.append(Text(left, baseline, face.elided(item.title, right - left), face, "text"))
        return drawn
    face, small = lens.faces.title_mono, lens.faces.small_mono
    title = face.elided(item.title, right - left)
    drawn.append(Text(left, box.y + g.TENSOR_BASELINE, title, face, "text"))
    room = right - left - face.width(title) - g.TITLE_GAP
    if room >= g.LEAST_DETAIL:
        detail, baseline = small.elided(item.detail, room), box.y + g.TENSOR_DETAIL_BASELINE
        drawn.append(Text(right, baseline, detail, small, "text_secondary", ends=True))
    return drawn


# ------------------------------------------------------------------------------------- cut bars


def _cut(lens: Lens, item: CutItem, box: Box) -> Shapes:
    width = round(cut_block(lens.faces))
    drawn: Shapes = [outline(item, box), Area(_left_block(box, width), graphic("cut"))]
    if lens.detail < Detail.TITLES:
        return drawn
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
