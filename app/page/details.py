"""The details of operations and tensors as data for the page's script, each text once.

A page has room for so many characters; what is drawn comes first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from app.page.markup import clean
from app.session.details.facts import DetailBox, DetailFact, Details
from app.session.details.module import module_details
from app.session.details.operation import operation_details
from app.session.details.pictures import ValuesPicture
from app.session.details.tensor import tensor_details
from app.session.numbers import short
from app.session.timeline import History

ROOM = 900_000
_MOST_CELLS = 64

Row = list[object]


def details(
    history: History, operations: Iterable[int], tensors: Iterable[int]
) -> dict[str, object]:
    """Return `texts`, and rows of indices into them by keys (`op:1`, `tensor:2`, `module:3`)."""
    writer = _Writer()
    for key, found in _found(history, list(operations), list(tensors)):
        if not writer.add(key, found):
            break
    return writer.data


def _found(
    history: History, operations: Sequence[int], tensors: Sequence[int]
) -> Iterator[tuple[str, Details]]:
    """Yield details of operations first, then of tensors, then of what these mention."""
    run, then = history.run, history.at(history.end)
    modules: dict[int, None] = {}
    named: dict[int, None] = {}
    for id_ in operations:
        operation = run.operations[id_]
        yield f"op:{id_}", operation_details(then, operation)
        named.update(dict.fromkeys((*operation.inputs, *operation.outputs)))
        if operation.module is not None:
            modules[operation.module] = None
    for id_ in dict.fromkeys((*tensors, *named)):
        if id_ in run.tensors:
            yield f"tensor:{id_}", tensor_details(run, run.tensors[id_])
    for id_ in modules:
        yield f"module:{id_}", module_details(run, run.modules[id_])


class _Writer:
    def __init__(self) -> None:
        self._texts: dict[str, int] = {}
        self._rows: dict[str, Row] = {}
        self._size = 0

    def add(self, key: str, found: Details) -> bool:
        """Add details; return whether there was room for them."""
        row: Row = [
            *self._numbers(found.title, found.expression, found.glyph, found.tone, found.words),
            *self._numbers(found.caption, found.text),
            [self._numbers(s.question, s.detail, s.answer, s.state) for s in found.steps],
            [self._box(box) for box in found.boxes if box.facts],
        ]
        self._size += len(json.dumps(row, separators=(",", ":"))) + len(key) + 4
        if self._size > ROOM:
            return False
        self._rows[key] = row
        return True

    @property
    def data(self) -> dict[str, object]:
        return {"texts": list(self._texts), "rows": self._rows}

    def _box(self, box: DetailBox) -> Row:
        return [self._number(box.title), [self._fact(fact) for fact in box.facts]]

    def _fact(self, fact: DetailFact) -> Row:
        link = "" if fact.link is None else f"{_KINDS[fact.link.kind]}:{fact.link.id}"
        texts = (fact.label, fact.value, fact.detail, fact.tooltip, link, fact.tone or "")
        row: Row = [*self._numbers(*texts), int(fact.mono)]
        if isinstance(fact.picture, ValuesPicture) and fact.picture.counts:
            ends = [short(fact.picture.low), short(fact.picture.high)]
            row += [_cells(fact.picture), list(fact.picture.counts), ends]
        return row

    def _numbers(self, *texts: str) -> list[int]:
        return [self._number(text) for text in texts]

    def _number(self, text: str) -> int:
        text = clean(text)
        number = self._texts.setdefault(text, len(self._texts))
        if number == len(self._texts) - 1:
            self._size += len(text) + 3
        return number


_KINDS = {"operation": "op", "tensor": "tensor", "module": "module", "line": "line"}


def _cells(picture: ValuesPicture) -> list[list[float | None]]:
    """Shares of the largest magnitude, rounded to hundredths; None for what is not finite.

    Of values that are too many for a page, none: the histogram shows them.
    """
    if sum(map(len, picture.rows)) > _MOST_CELLS:
        return []
    largest = max(abs(picture.low), abs(picture.high)) or 1.0
    return [
        [round(value / largest, 2) if abs(value) <= largest else None for value in row]
        for row in picture.rows
    ]
