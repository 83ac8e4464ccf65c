"""The table of saved tensors beside an opened node: what was kept, and what was not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from app.drawing.opened.formulas import formula_at, width_of
from app.drawing.opened.not_kept import not_kept_pill, pill_width
from app.drawing.shapes import Border, Line, Rect, Shape, Shapes, Text
from app.session.chain_rule.model import SavedRow
from app.session.chain_rule.symbols import plain
from app.session.language import number, tr
from app.session.look.faces import Face, Faces
from app.session.look.wrapping import wrapped
from graphviz_render import Box

HEADER: Final = 28.0
_ROW: Final = 32.0
_HIGHER: Final = 44.0
"""Of a row with two lines."""
_INSET: Final = 16.0
_GAP: Final = 12.0
_LINE: Final = 15.0
_LEAST: Final = (42.0, 82.0, 36.0)
_MOST: Final = 120.0


def tops(faces: Faces[Face], rows: Sequence[SavedRow], width: float) -> list[float]:
    """Return where the rows begin below the header, and where the last one ends."""
    words = _columns(faces, rows)[-1]
    found = [HEADER]
    for row in rows:
        lines = _lines(faces, row, width - words)
        found.append(found[-1] + (_HIGHER if len(lines) > 1 else _ROW))
    return found


def saved_table(faces: Faces[Face], rows: Sequence[SavedRow], width: float) -> Shapes:
    """Draw the table from the upper left corner."""
    columns = _columns(faces, rows)
    titles = tr("Saved"), tr("As"), tr("Bytes"), tr("Where from, what for")
    drawn: Shapes = [Rect("inner", Box(0, 0, width, HEADER), 0, "raised")]
    for x, title in zip(columns, titles, strict=True):
        drawn.append(Text(x, 18, title, faces.small, "text_secondary"))
    for row, (top, end) in zip(rows, pairwise(tops(faces, rows, width)), strict=True):
        for y in top, end:
            path = ("M", (0, y + 0.5)), ("L", (width, y + 0.5))
            drawn.append(Line(path, Border("divider")))
        drawn += _row(faces, row, columns, (top + end) / 2, width)
    return drawn


def in_words(row: SavedRow) -> str:
    """Return a row as a sentence, for screen readers and as a tooltip."""
    kept = tr("saved as {name}, {count} bytes").format(name=row.as_, count=number(row.bytes))
    what = kept if row.is_kept else tr("not kept")
    return f"{row.name}: {what}; {row.text} {plain(row.for_)}".strip()


def _columns(faces: Faces[Face], rows: Sequence[SavedRow]) -> list[float]:
    """Return where the columns begin: as wide as what is in them, between two bounds."""
    pill = pill_width(faces)
    texts = (
        [faces.mono.width(row.name) for row in rows],
        [faces.mono.width(row.as_) if row.is_kept else pill for row in rows],
        [faces.mono.width(number(row.bytes)) for row in rows],
    )
    starts = [_INSET]
    for wanted, least in zip(texts, _LEAST, strict=True):
        wide = min(_MOST, max(least, *wanted)) if wanted else least
        starts.append(starts[-1] + wide + _GAP)
    return starts


def _lines(faces: Faces[Face], row: SavedRow, room: float) -> list[str]:
    """Return the words of a row in one line or two, with room for the formula after them."""
    beside = room - width_of(faces, row.for_, 12) - 4 - _INSET
    return wrapped(row.text, beside, faces.plain.width)[:2] or [""]


def _row(
    faces: Faces[Face], row: SavedRow, columns: Sequence[float], middle: float, width: float
) -> Iterator[Shape]:
    name, as_, count, words = columns
    baseline, mono = middle + 4.5, faces.mono
    quiet = "text" if row.is_kept else "text_secondary"
    yield Text(name, baseline, mono.elided(row.name, as_ - name - _GAP), mono, "text")
    if row.is_kept:
        shown = mono.elided(row.as_, count - as_ - _GAP)
        yield Text(as_, baseline, shown, mono, "text_secondary")
    else:
        yield from not_kept_pill(faces, as_, middle)
    yield Text(count, baseline, number(row.bytes), mono, quiet)
    lines = _lines(faces, row, width - words)
    baseline -= (len(lines) - 1) * _LINE / 2
    for place, text in enumerate(lines):
        shown = faces.plain.elided(text, width - words - _INSET)
        yield Text(words, baseline + place * _LINE, shown, faces.plain, quiet)
    at = words + faces.plain.width(lines[-1]) + 4, baseline + (len(lines) - 1) * _LINE
    yield from formula_at(faces, row.for_, at, 12, color=quiet, plain=True)
