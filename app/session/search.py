"""Finding operations and tensors of a trace by their names, lines, shapes and reasons.

A query is words that must all occur, in any order and case: names, modules, variables, reasons
("no_grad"), autograd's nodes ("AddmmBackward0"), "None" for leaves without a gradient.  ``line 12``
or ``:12`` is a line, ``[2, 3]`` a shape, ``"two words"`` one text, and ``/…/`` a regular
expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import regex

from app.contract.records import Operation, Tensor
from app.session.language import tr
from app.session.run import Run
from app.session.words import status_words

_SECONDS: Final = 1.0
"""The time limit of a regular expression for one operation."""
_BLOCK: Final = 1000
_FACT: Final = "\n"
_BETWEEN: Final = "\n\x00\n"
_TERM: Final = regex.compile(
    r"""(?<!\S)(?:line[ ]+|:)(?P<line>\d+)(?!\S)   # line 12, :12
      | (?P<shape>\[[\d,\ ]*\]?)                   # [2, 3]
      | "(?P<quoted>[^"]+)"?
      | (?P<word>[^\s"]+)""",
    regex.VERBOSE | regex.IGNORECASE,
)
_Term = str | regex.Pattern[str]


class QueryError(Exception):
    """A regular expression that cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Hits:
    """The results of a search, in the order of the run.

    `operations` by id, composite calls before what they are made of; `tensors` are parameters,
    buffers and leaves, each variable once.
    """

    operations: tuple[int, ...] = ()
    tensors: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.operations) + len(self.tensors)


def _always() -> bool:
    return True


class SearchIndex:
    """The searchable text of a trace: built once, not in the window's thread."""

    def __init__(self, run: Run) -> None:
        operations, setup = run.trace.operations, run.set_up
        facts = _Facts(run)
        self._operations = _Texts(
            (op.id, facts.of_operation(op)) for op in operations if op.id not in setup
        )
        self._tensors = _Texts((t.id, facts.of_tensor(t)) for t in _variables(run))
        self._setup = _Texts((op.id, facts.of_operation(op)) for op in operations if op.id in setup)

    def matching(self, query: str, is_wanted: Callable[[], bool] = _always) -> Hits:
        """Return everything that matches; nothing for an empty query.

        Set-up operations are found only if nothing else is.  Stops when `is_wanted` returns False.
        Raises QueryError.
        """
        terms = _parsed(query)
        if not terms:
            return Hits()
        operations = self._operations.having(terms, is_wanted)
        tensors = self._tensors.having(terms, is_wanted)
        if not operations and not tensors:
            operations = self._setup.having(terms, is_wanted)
        return Hits(operations, tensors)


def _variables(run: Run) -> Iterator[Tensor]:
    """Yield named parameters, buffers and leaves, each by its value with a gradient row if any."""
    rows = {run.identity(row.tensor): row.tensor for row in run.trace.gradients}
    for identity, values in run.values.items():
        name = run.names.get(identity)
        if name is None or name.endswith(".grad"):
            continue
        if identity in rows or values[0].kind != "intermediate":
            yield run.tensors[rows.get(identity, values[0].id)]


class _Facts:
    """The searchable facts of operations and tensors, one fact per line."""

    def __init__(self, run: Run) -> None:
        self._run = run
        none = (row for row in run.trace.gradients if row.requires_grad and row.grad is None)
        self._without_grad = {run.identity(row.tensor) for row in none}

    def of_operation(self, operation: Operation) -> str:
        run = self._run
        tensors = [run.tensors[id_] for id_ in (*operation.inputs, *operation.outputs)]
        facts = [operation.qualified_name, operation.name]
        if operation.module is not None:
            facts.append(run.modules[operation.module].path)
        if operation.spot is not None:
            facts.append(f"line {operation.spot}")
        facts += [operation.reason, status_words(operation), *operation.grad_fn]
        facts += [str(tensor.shape) for tensor in tensors]
        facts += [name for tensor in tensors if (name := run.name(tensor.id))]
        return _FACT.join(dict.fromkeys(facts))

    def of_tensor(self, tensor: Tensor) -> str:
        name = self._run.name(tensor.id) or ""
        facts = [name, tensor.kind, tensor.dtype, str(tensor.shape)]
        if tensor.spot is not None:
            facts.append(f"line {tensor.spot}")
        if tensor.identity in self._without_grad:
            facts.append(".grad None")
        return _FACT.join(facts)


class _Texts:
    """Texts with the ids of what they describe, joined in blocks that are searched as one.

    A few long searches are quicker than many short ones, and between two of them the window's
    thread has its turn.
    """

    def __init__(self, texts: Iterable[tuple[int, str]]) -> None:
        self._blocks: list[tuple[str, list[int]]] = []
        waiting: list[str] = []
        ids: list[int] = []
        for id_, text in texts:
            waiting.append(text)
            ids.append(id_)
            if len(ids) == _BLOCK:
                self._add(waiting, ids)
                waiting, ids = [], []
        if ids:
            self._add(waiting, ids)

    def _add(self, texts: list[str], ids: list[int]) -> None:
        block = _BETWEEN.join(texts).lower()
        self._blocks.append((f"{_FACT}{block}{_FACT}", ids))

    def having(self, terms: list[_Term], is_wanted: Callable[[], bool]) -> tuple[int, ...]:
        """Return the ids of the texts in which every term occurs."""
        found: list[int] = []
        for block, ids in self._blocks:
            if not is_wanted():
                break
            places = set(_places(block, terms[0]))
            for term in terms[1:]:
                if places:
                    places.intersection_update(_places(block, term))
            found += [ids[place] for place in sorted(places)]
        return tuple(found)


def _places(block: str, term: _Term) -> Iterator[int]:
    """Yield the numbers of a block's texts that contain a term."""
    if not isinstance(term, str):
        for number, text in enumerate(block.split(_BETWEEN)):
            if _matches(text, term):
                yield number
        return
    number = counted = 0
    at = block.find(term)
    while at >= 0:
        number += block.count(_BETWEEN, counted, at)
        yield number
        counted = block.find(_BETWEEN, at)  # one place in each text is enough
        at = block.find(term, counted) if counted >= 0 else -1


def _matches(text: str, pattern: regex.Pattern[str]) -> bool:
    try:
        return pattern.search(text, timeout=_SECONDS, concurrent=True) is not None
    except TimeoutError as error:
        raise QueryError(
            tr("This regular expression takes too long. Try a simpler one.")
        ) from error


def _parsed(query: str) -> list[_Term]:
    """Return the terms of a query, which must all occur.  Raises QueryError."""
    query = query.strip()
    if query.startswith("/"):
        return _pattern(query[1:].removesuffix("/"))
    terms: list[_Term] = []
    for found in _TERM.finditer(query):
        if (line := found["line"]) is not None:
            terms.append(f"{_FACT}line {int(line)}{_FACT}")
        elif (shape := found["shape"]) is not None:
            terms.append(_spaced(shape))
        else:
            terms.append((found["quoted"] or found["word"]).lower())
    return terms


def _pattern(text: str) -> list[_Term]:
    if not text:
        return []
    try:
        return [regex.compile(text, regex.IGNORECASE | regex.MULTILINE)]
    except regex.error as error:
        text = tr("This is not a regular expression: {error}.")
        raise QueryError(text.format(error=error)) from error


def _spaced(shape: str) -> str:
    """Return a shape as Python writes it: ``[2,3`` becomes ``[2, 3``."""
    sizes = [size.strip() for size in shape.strip("[]").split(",")]
    return "[" + ", ".join(sizes).rstrip() + ("]" if shape.endswith("]") else "")
