"""Frames around regions (no_grad, inference_mode) and around unfolded modules and composites."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from app.drawing.grid import RectangleIndex, overlap
from app.drawing.lens import Detail, Lens, is_name
from app.drawing.shapes import STATUS_BORDERS, Border, Rect, Shapes, Sign, Text, shrunk
from app.drawing.tiles import tiles
from app.session.graph.payloads import FrameItem, ModeSwitch, Stepper
from app.session.look import geometry as g
from app.session.look.colors import Color, fill, graphic, written
from app.session.look.faces import Face
from app.session.look.glyphs import Glyph
from app.session.look.measure import header_height
from app.session.look.status import STATUS_STYLES
from app.session.words import line_words, step_words
from graphviz_render import Box

_MOST_TITLES: Final = 200
"""Frames that may have a floating title, the outer ones first: more cannot be read."""
_SMALL_BELOW: Final = 0.45
"""Below this zoom floating titles are smaller, as there are more of them."""


class Stepping(NamedTuple):
    """The right end of a loop's header: which pass is shown, and the buttons for other passes."""

    words: str
    words_right: float
    back: Box | None
    forward: Box | None


def ground(item: FrameItem, box: Box) -> Rect:
    """Draw the area of a frame with its border; everything in the frame lies above it."""
    return Rect("frame", box, g.FRAME_RADIUS, _ground_color(item), _border(item))


def _border(item: FrameItem) -> Border:
    return Border("line", g.BORDER_WIDTH) if item.is_plain else STATUS_BORDERS[item.status]


def title_color(item: FrameItem) -> Color:
    return "text" if item.is_plain else written(item.status)


def header(lens: Lens, item: FrameItem, box: Box, *, can_step: bool = True) -> Shapes:
    """Draw the header of a frame, above edges that cross it; `can_step` adds what can be
    clicked: a loop's buttons, the mode of a module."""
    if not has_header(lens):
        return []
    if item.group:
        return lens.centred(_of_group(lens, item, box, can_step))
    return lens.centred(_of_region(lens, item, box))


def has_header(lens: Lens) -> bool:
    """Return whether the header is written in its place; else `floating` writes it above."""
    return lens.detail is Detail.FULL


class Title(NamedTuple):
    """A title that floats above its frame."""

    frame: str
    place: Box
    drawing: Shapes


def floating(
    lens: Lens,
    frames: Iterable[tuple[str, FrameItem, Box]],
    seen: Box,
    nodes_in: Callable[[Box], Iterable[Box]] = lambda _: (),
) -> list[Title]:
    """Draw the titles of frames, outer ones first, at the top of what is `seen` of each.

    A title lies on its frame's upper border, below a frame or a node (`nodes_in` returns those in
    a place) that ends there and right of titles that are there already, or at the edge of the
    window if the border is out of sight.  A frame whose header can be read gets none, and neither
    does one in which no name has room.
    """
    found: list[Title] = []
    taken = RectangleIndex(())
    least = g.TITLE_TAG_LEAST * lens.unit, g.TITLE_TAG * lens.unit
    roomy = (one for one in frames if one[2].width >= least[0] and one[2].height >= least[1])
    named = list(islice(roomy, _MOST_TITLES))
    ends = [Box(box.x, box.bottom, box.width, 0) for _, _, box in named]
    ending = RectangleIndex(ends)
    for key, item, box in named:
        if has_header(lens) and box.y >= seen.y:
            continue
        rise = g.TITLE_TAG * lens.unit / 2
        above = Box(box.x, box.y - rise, box.width, rise)
        top = max([above.y, *(ends[n].y for n in ending.near(above) if overlap(ends[n], above))])
        others = [found[n].place for n in taken.near(box)]
        title = _floating(lens, key, item, box, top, seen, others)
        if title is not None and title.place.y < box.y:
            top = max([top, *_ends(title.place, box.y, nodes_in)])
            title = _floating(lens, key, item, box, top, seen, others)
        if title is not None:
            taken.add(len(found), title.place)
            found.append(title)
    return found


def _ends(place: Box, border: float, nodes_in: Callable[[Box], Iterable[Box]]) -> Iterator[float]:
    """Yield where nodes above a border that reach into a place end, stacks included."""
    stack = 2 * g.STACK_OFFSET
    reached = place._replace(y=place.y - stack, height=place.height + stack)
    for node in nodes_in(reached):
        if node.y < place.y:
            yield min(border, node.bottom + stack)


def _floating(
    lens: Lens, key: str, item: FrameItem, box: Box, top: float, seen: Box, taken: Sequence[Box]
) -> Title | None:
    unit = lens.unit
    face = lens.face(11 if lens.zoom < _SMALL_BELOW else 13, bold=True, mono=True)
    height, padding = g.TITLE_TAG * unit, g.TITLE_TAG_PADDING * unit
    top = min(max(top, seen.y), box.bottom - height)
    left, right = max(box.x, seen.x) + padding, min(box.right, seen.right) - padding
    for other in taken:
        if other.y < top + height and top < other.bottom and other.x < right:
            left = max(left, other.right + padding)
    start = left + (g.HEADER_GLYPH + g.TITLE_TAG_PADDING) * unit
    words = face.elided(item.title, right - padding - start)
    if right - left < g.TITLE_TAG_LEAST * unit or not is_name(words, item.title):
        return None
    place = Box(left, top, start + face.width(words) + padding - left, height)
    middle, side = top + height / 2, g.HEADER_GLYPH * unit * 0.85
    glyph, color = _sign(item)
    drawing: Shapes = [
        Rect("ground", place, 4 * unit, _ground_color(item), lens.border(_border(item))),
        Sign(glyph, left + padding, middle - side / 2, side, color),
        Text(start, middle + face.pixels * g.ROW_DROP, words, face, title_color(item)),
    ]
    return Title(key, place, drawing)


def stepping(box: Box, stepper: Stepper, *, can_step: bool = True) -> Stepping:
    words = step_words(stepper)
    if not can_step:
        return Stepping(words, box.right - g.FRAME_PADDING, None, None)
    side = g.STEP_BUTTON
    top = box.y + (g.GROUP_HEADER - side) / 2
    forward = Box(box.right - g.STEP_END - side, top, side, side)
    back = forward._replace(x=forward.x - side)
    return Stepping(words, back.x - g.STEP_GAP, back, forward)


class Switching(NamedTuple):
    """The halves of the switch between train and eval."""

    train: Box
    eval: Box


def switching(item: FrameItem, box: Box) -> Switching | None:
    """Return where the header of a module has its switch, None if it has none or no room."""
    if item.switch is None or item.stepper is not None or box.width < g.LEAST_WITH_SWITCH:
        return None
    width, height = g.MODE_SWITCH
    top = box.y + (g.GROUP_HEADER - height) / 2
    train = Box(box.right - g.STEP_END - width, top, width / 2, height)
    return Switching(train, train._replace(x=train.right))


def _switch(lens: Lens, switch: ModeSwitch, place: Switching) -> Shapes:
    """Draw the switch: the mode in force is filled with ink."""
    train, other = place
    face, radius = lens.faces.plain, g.MODE_SWITCH_RADIUS
    whole = Box(train.x, train.y, train.width + other.width, train.height)
    drawn: Shapes = [Rect("button", whole, radius, "raised", Border("line"))]
    for half, words, training in ((train, "train", True), (other, "eval", False)):
        is_on = switch.training is training
        if is_on:
            drawn.append(Rect("button", half, radius, "ink"))
        width, color = face.width(words), "panel" if is_on else "text_secondary"
        mark = g.HEADER_GLYPH - 1 if is_on and switch.is_changed else 0
        left = half.center[0] - (width + mark) / 2
        if mark:
            drawn.append(Sign("fork", left - 2, half.center[1] - mark / 2, mark, color))
        baseline = half.y + g.MODE_SWITCH_BASELINE - 4
        drawn.append(Text(left + mark, baseline, words, face, color))
    return drawn


def _of_region(lens: Lens, item: FrameItem, box: Box) -> Shapes:
    drawn: Shapes = []
    left, right = box.x + g.FRAME_PADDING, box.right - g.FRAME_PADDING
    baseline, end = box.y + g.HEADER_BASELINE, line_words(item.line)
    if end:
        face = lens.faces.small
        color = "text_tertiary" if item.is_plain else written(item.status)
        drawn.append(_clear(box, item, right - face.width(end), right))
        drawn.append(Text(right, baseline, end, face, color, ends=True))
        right -= face.width(end) + g.HEADER_LINE_GAP
    title, after = _title(lens.faces.mono_bold, item, left, right, baseline)
    return [*drawn, _clear(box, item, left, after), *title]


def _of_group(lens: Lens, item: FrameItem, box: Box, can_step: bool) -> Shapes:
    """Draw chevron, name and summary; for a loop also which pass is shown."""
    drawn: Shapes = []
    left, right = box.x + g.GROUP_HEADER_X, box.right - g.FRAME_PADDING
    baseline, plain = box.y + g.GROUP_HEADER_BASELINE, lens.faces.plain
    if item.stepper is not None:
        steps = stepping(box, item.stepper, can_step=can_step)
        drawn, start = _steps(lens, item, box, steps, item.stepper)
        right = start - g.END_GAP
    place = switching(item, box) if can_step else None
    if place is not None and item.switch is not None:
        right = place.train.x - g.END_GAP
        drawn += [_clear(box, item, right, place.eval.right), *_switch(lens, item.switch, place)]
    marks, taken = _tiles(lens, item, right, left, box)
    if marks:
        drawn += [_clear(box, item, right - taken, right), *marks]
    right -= taken
    title, end = _title(lens.faces.title_mono, item, left, right, baseline)
    after = end + g.END_GAP
    summary = _beginning(plain, item.summary, right - after)
    return [
        _clear(box, item, left, after + plain.width(summary)),
        *title,
        Text(after, baseline, summary, plain, "text_secondary"),
        *drawn,
    ]


def _beginning(face: Face, summary: str, room: float) -> str:
    """Return the first parts of a summary that fit into `room`: "5 recorded, grads 3/4"."""
    while summary and face.width(summary) > room:
        summary = summary.rpartition(", ")[0]
    return summary


def _title(
    face: Face, item: FrameItem, left: float, right: float, baseline: float
) -> tuple[Shapes, float]:
    """Return glyph and name, and the x at which they end."""
    start = left + g.HEADER_GLYPH + g.HEADER_GLYPH_GAP
    title = face.elided(item.title, right - start)
    glyph, sign = _sign(item)
    return [
        Sign(glyph, left, baseline - g.HEADER_GLYPH_RISE, g.HEADER_GLYPH, sign),
        Text(start, baseline, title, face, title_color(item)),
    ], start + face.width(title)


def _tiles(
    lens: Lens, item: FrameItem, right: float, left: float, box: Box
) -> tuple[Shapes, float]:
    room = Box(left, box.y, (right - left) / 3, g.GROUP_HEADER)
    return tiles(lens, item.tiles, right, room.center[1], room)


def _sign(item: FrameItem) -> tuple[Glyph, Color]:
    if item.is_plain:
        return "chevron_down" if item.group else "approx", "text_secondary"
    return STATUS_STYLES[item.status].glyph, graphic(item.status)


def _steps(
    lens: Lens, item: FrameItem, box: Box, steps: Stepping, stepper: Stepper
) -> tuple[Shapes, float]:
    """Return which pass is shown and the buttons, and the x at which they begin."""
    face, right = lens.faces.small, steps.words_right
    left, baseline = right - face.width(steps.words), box.y + g.GROUP_HEADER_BASELINE
    end = right if steps.forward is None else steps.forward.right
    drawn: Shapes = [
        _clear(box, item, left, end),
        Text(right, baseline, steps.words, face, "text_secondary", ends=True),
    ]
    if steps.back is not None and steps.forward is not None:
        drawn += _button(steps.back, "previous", works=not stepper.is_first)
        drawn += _button(steps.forward, "next", works=not stepper.is_last)
    return drawn, left


def _button(box: Box, glyph: Glyph, *, works: bool) -> Shapes:
    inset = g.STEP_GLYPH_INSET
    color = "text" if works else "line"
    return [
        Rect("button", shrunk(box, 1), g.STEP_BUTTON_RADIUS, "panel", Border("divider")),
        Sign(glyph, box.x + inset, box.y + inset, g.STEP_GLYPH, color),
    ]


def _clear(box: Box, item: FrameItem, left: float, right: float) -> Rect:
    """Cover the edges below a text."""
    margin, height = g.GROUND_MARGIN, header_height(item) - 2 * g.GROUND_TOP
    place = Box(left - margin, box.y + g.GROUND_TOP, right - left + 2 * margin, height)
    return Rect("ground", place, 0, _ground_color(item))


def _ground_color(item: FrameItem) -> Color:
    return "frame" if item.is_plain else fill(item.status)
