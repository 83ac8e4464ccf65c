"""The lines of the user's files that did not run, and why, if text and other lines show it.

Where a block was not entered, or was left before its end, is read off the lines that ran.  A cause
is given only if it holds in every run that could have run these lines and no others.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.contract.records import Lines, Trace
from app.contract.spots import line_and_file, spot
from app.session.language import ngettext, paragraph, tr
from app.session.source.files import FileText, texts_of
from app.session.source.parsing import first_line, parsed

_BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_CUT_OFF = ("stopped", "timeout")
"""Endings of runs that would have gone on, perhaps to any line."""
_LEAVING = {ast.Return: "return", ast.Raise: "raise", ast.Break: "break", ast.Continue: "continue"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines that did not run for one reason.  `cause` is a sentence, empty where none is known.

    `nodes` are the statements on them, in the text's own syntax tree.
    """

    lines: tuple[int, ...]
    cause: str = ""
    nodes: tuple[ast.stmt, ...] = ()
    is_function: bool = False
    """It is the body of a function that was never called."""
    is_loop: bool = False
    """It is the body of a loop that never ran it."""

    @property
    def text(self) -> str:
        """ "Lines 14–18 did not run. `train()`, defined on line 12, was never called."."""
        first, last = self.lines[0], self.lines[-1]
        until = line_and_file(last)[0]
        numbers = str(first) if first == last else f"{first}\N{EN DASH}{until}"
        return self._said(numbers, last - first + 1)

    def text_of(self, line: int) -> str:
        """Return the text for one of its lines."""
        return self._said(str(line), 1)

    def _said(self, numbers: str, count: int) -> str:
        text = ngettext("Line {lines} did not run.", "Lines {lines} did not run.", count)
        return paragraph((text.format(lines=numbers), self.cause))


def lines_that_ran(trace: Trace) -> frozenset[int]:
    """Return the spots of statements that ran; also empty if that is unknown."""
    return frozenset(
        spot(file, line)
        for file, _, lines in texts_of(trace)
        for line in (_numbers(lines.ran) if lines else ())
    )


def not_run(trace: Trace) -> list[Stretch]:
    """Return the stretches, whose lines are spots, in the order of the files and their texts; also
    empty if it is unknown which ran."""
    if trace.run.status == "syntax_error" and trace.error is not None and not trace.error.file:
        return _nothing(trace.snippet.text)
    return [one for source in texts_of(trace) for one in _not_run_in(trace, source)]


def _not_run_in(trace: Trace, source: FileText) -> Iterator[Stretch]:
    if source.lines is None or not source.lines.not_run:
        return
    tree = parsed(source.text)
    if not tree.body:  # only the Python that ran it understands it
        found = [Stretch(tuple(_numbers([one]))) for one in source.lines.not_run]
    else:
        found = list(_Reader(trace, source, source.lines).stretches(tree))
    for one in found:
        yield replace(one, lines=tuple(spot(source.file, line) for line in one.lines))


def _nothing(text: str) -> list[Stretch]:
    """Return every line with code, because Python refused the whole text."""
    cause = tr("The code has a syntax error, so nothing was run.")
    lines = enumerate(text.split("\n"), start=1)
    return [
        Stretch((number,), cause)
        for number, line in lines
        if line.strip() and not line.lstrip().startswith("#")
    ]


def _numbers(ranges: Sequence[tuple[int, int]]) -> Iterator[int]:
    for first, last in ranges:
        yield from range(first, last + 1)


@dataclass(frozen=True, slots=True)
class _Block:
    """Statements that run one after the other: the block `field` of `owner`."""

    owner: Any
    field: str
    statements: Sequence[ast.stmt]
    path: str
    """The names of the classes around it, each followed by a dot."""
    function: str = ""
    """The name of the function whose body it is."""


class _Reader:
    def __init__(self, trace: Trace, source: FileText, lines: Lines) -> None:
        self._missing = frozenset(_numbers(lines.not_run))
        self._ran = frozenset(_numbers(lines.ran))
        self._file = source.file
        self._error = trace.error
        partial = trace.run.partial
        self._may_yet_run = partial is not None and partial.because in _CUT_OFF
        self._text = source.text.split("\n")

    def stretches(self, tree: ast.Module) -> Iterator[Stretch]:
        waiting = [_Block(tree, "body", tree.body, "")]
        found = []
        while waiting:
            block = waiting.pop()
            before: ast.stmt | None = None
            for place, statement in enumerate(block.statements):
                if first_line(statement) in self._missing:
                    found.append(self._stretch(block, before, block.statements[place:]))
                    break
                waiting += _inside(statement, block.path)
                if first_line(statement) in self._ran:
                    before = statement
        yield from sorted((one for one in found if one.lines), key=lambda one: one.lines)

    def _stretch(
        self, block: _Block, before: ast.stmt | None, statements: Sequence[ast.stmt]
    ) -> Stretch:
        first, last = first_line(statements[0]), statements[-1].end_lineno or 0
        lines = tuple(line for line in range(first, last + 1) if line in self._missing)
        stretch = Stretch(lines, nodes=tuple(statements))
        if before is not None:
            return replace(stretch, cause=self._left(block, before))
        if self._failed_within(*_way_to(block)):
            return replace(stretch, cause=self._ended())
        function = isinstance(block.owner, _FUNCTIONS)
        loop = block.field == "body" and isinstance(block.owner, _LOOPS)
        cause = self._not_entered(block)
        return replace(stretch, cause=cause, is_function=function, is_loop=loop)

    def _not_entered(self, block: _Block) -> str:
        if self._may_yet_run:
            return ""
        owner, line = block.owner, getattr(block.owner, "lineno", 0)
        if isinstance(owner, _FUNCTIONS):
            return _function(owner).format(name=block.function, line=self._spot(line))
        text = _branch(owner) if block.field == "body" else _other_branch(owner, block.field)
        word = "elif" if self._text[line - 1].lstrip().startswith("elif") else "if"
        return text.format(line=self._spot(line), statement=word)

    # ------------------------------------------------------- a block that was left before its end

    def _left(self, block: _Block, before: ast.stmt) -> str:
        """Return why the statements after `before`, which ran, did not run."""
        first, last = first_line(before), before.end_lineno or 0
        if leaving := self._leaving(before):
            text = tr("The `{statement}` on line {line} comes before.")
            line = self._spot(leaving.lineno)
            return text.format(statement=_LEAVING[type(leaving)], line=line)
        if self._failed_within(first, last):
            return self._ended()
        if isinstance(block.owner, ast.Module):
            if self._error is not None and self._error.spot is not None:
                return self._ended()
            text = tr("The run ended on line {line}.")
            if first != last:
                text = tr("The run ended inside the statement that starts on line {line}.")
            return text.format(line=self._spot(first))
        if self._may_yet_run:
            return ""
        return tr("Line {line} was never finished.").format(line=self._spot(first))

    def _spot(self, line: int) -> int:
        return spot(self._file, line)

    def _failed_within(self, first: int, last: int) -> bool:
        """Return whether the error that ended the run was raised on these lines."""
        error = self._error
        if error is None or error.line is None or error.file != self._file:
            return False
        return first <= error.line <= last

    def _ended(self) -> str:
        assert self._error is not None
        return tr("The run ended on line {line}.").format(line=self._error.spot)

    def _leaving(self, node: ast.AST, in_loop: bool = False) -> Any:
        """The first statement in `node` that ran and leaves the block that `node` is in."""
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef, ast.expr)):
            return None
        if type(node) in _LEAVING:
            stays = in_loop and isinstance(node, (ast.Break, ast.Continue))
            caught = isinstance(node, ast.Raise) and self._error is not None
            ran = isinstance(node, ast.stmt) and node.lineno in self._ran
            return node if ran and not stays and not caught else None
        in_loop = in_loop or isinstance(node, _LOOPS)
        found = (self._leaving(child, in_loop) for child in ast.iter_child_nodes(node))
        return next(filter(None, found), None)


def _way_to(block: _Block) -> tuple[int, int]:
    """Return the lines that run before a block is entered, from its statement's first line."""
    owner, last = block.owner, first_line(block.statements[0]) - 1
    if isinstance(owner, ast.If):
        last = first_line(owner.body[0]) - 1  # the other branch is not on the path
    return getattr(owner, "lineno", last + 1), last


def _inside(node: Any, path: str) -> Iterator[_Block]:
    """The blocks of a statement."""
    function = ""
    if isinstance(node, ast.ClassDef):
        path = f"{path}{node.name}."
    elif isinstance(node, _FUNCTIONS):
        path, function = "", f"{path}{node.name}"
    for field in _BLOCKS:
        block = getattr(node, field, None) or []
        if block and isinstance(block[0], ast.stmt):
            yield _Block(node, field, block, path, function)
        for part in block:
            if isinstance(part, ast.ExceptHandler):
                yield _Block(part, "body", part.body, path)
            elif isinstance(part, ast.match_case):
                yield _Block(part.pattern, "body", part.body, path)


# -------------------------------------------------------------------- a block that was not entered


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    if any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in _own(node)):
        return tr("`{name}()`, defined on line {line}, was never iterated.")
    if isinstance(node, ast.AsyncFunctionDef):
        return tr("`{name}()`, defined on line {line}, was never awaited.")
    return tr("`{name}()`, defined on line {line}, was never called.")


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function, without those of functions inside it."""
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef, ast.Lambda)):
            yield node
            yield from _own(node)


def _branch(owner: Any) -> str:
    if isinstance(owner, ast.If):
        return tr("The `{statement}` on line {line} was never true.")
    if isinstance(owner, ast.While):
        return tr("The `while` on line {line} was never true.")
    if isinstance(owner, _LOOPS):
        return tr("The loop on line {line} never ran its body.")
    if isinstance(owner, ast.ExceptHandler):
        return tr("The `except` on line {line} caught nothing.")
    if isinstance(owner, ast.pattern):
        return tr("The `case` on line {line} was never taken.")
    return ""


def _other_branch(owner: Any, field: str) -> str:
    if isinstance(owner, ast.If):
        return tr("The `{statement}` on line {line} was never false.")
    if isinstance(owner, _LOOPS):
        return tr("The loop on line {line} never ran out.")
    if field == "orelse":
        return tr("The `try` on line {line} never reached its end.")
    return ""
