"""Code that marks each of its statements as it comes to it, and counts the passes of its loops.

In front of every statement stands an assignment of one byte, `reached[line] = RAN`, whose target is
a constant of the code.  It takes 20 nanoseconds.  A loop takes a tick of `app.tracer.snippet.loops`
at the beginning of each pass, before it asks for the next item or tests its condition:

    for x in it:             for x in map({}.get, ticks, it):    # the default: the item
    while test:              for loop[None] in ticks:
        ...                      if not test: break
                                 ...

No name and no frame is added, no item is kept alive, and positions, docstrings and line numbers
stay.  A pass of `for` takes 13 nanoseconds more, one of `while` 8, and the beginning of a loop 0.6
microseconds.

`sys.monitoring`, which Python has since 3.12, costs less, but it loses sight of code that is copied
(`types.coroutine` and torch.fx do that) and of what runs inside a tracing function.

Known limitations: bytecode that the snippet looks at is another than in a plain run, so a text
that may do that is left alone: nothing is known of its lines and loops.
"""

from __future__ import annotations

import ast
import re
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dis import Instruction, opmap
from types import CodeType
from typing import Any, TypeVar

from app.tracer.child.reached import RAN, WAITING, Reached
from app.tracer.snippet.loops import CountedLoop
from app.tracer.snippet.statements import blocks, first_line, runs

N = TypeVar("N", bound=ast.AST)
_LoopNode = ast.For | ast.AsyncFor | ast.While

_LOOKS_AT_BYTECODE = re.compile(
    r"\b(?:numba|import\s+dis|from\s+dis|marshal|settrace|setprofile|f_trace\w*|\w+_lasti"
    r"|co_(?:code|consts|lines|lnotab|linetable|positions|stacksize|exceptiontable))\b"
)


_ITERABLE_IS_NAMED = sys.version_info >= (3, 13)
"""Whether an error in getting the iterator is at the iterable, and not at the whole loop."""


def may_see_markers(text: str) -> bool:
    """Whether something in this text compiles, keeps or shows bytecode."""
    return bool(_LOOKS_AT_BYTECODE.search(text))


def with_markers(
    tree: ast.Module,
    filename: str,
    reached: Reached,
    cells: Sequence[int] = (),
    on_cell: Callable[[int], None] = print,
) -> CodeType:
    """The code of `tree`, which is changed: a line that waits in `reached` is marked there.

    It calls `on_cell` with each of the `cells`, first lines of parts of the module, before the
    first statement of that part.
    """
    marking = _Marking(reached)
    marking.mark(tree)
    marking.mark_cells(tree, cells, on_cell)
    return marking.completed(compile(tree, filename, "exec", dont_inherit=True))


def without_markers(instructions: Iterable[Instruction]) -> Iterator[Instruction]:
    """The instructions of some code, those that mark its lines replaced by such as do nothing."""
    found = [one for one in instructions if one.opname != "CACHE"]
    steps = [i for i, one in enumerate(found) if one.opname != "EXTENDED_ARG"]
    of_markers: set[int] = set()
    for at, index in enumerate(steps):
        if isinstance(found[index].argval, Reached):  # value, bytes, line, store
            of_markers.update(steps[at - 1 : at + 3])
    for index, one in enumerate(found):
        if index not in of_markers:
            yield one
            continue
        nop = one._replace(opname="NOP", opcode=opmap["NOP"], arg=None, argval=None, argrepr="")
        for offset in range(one.offset, found[index + 1].offset, 2):  # with room for a cache
            yield nop._replace(offset=offset)


class _Marking:
    """Changes one tree.  Strings stand in it for the constants that its code is to have."""

    def __init__(self, reached: Reached) -> None:
        self._waiting = {line for line, state in enumerate(reached[:]) if state == WAITING}
        self._constants: dict[str, object] = {}
        self._key = uuid.uuid4()  # no text holds it, not even in pieces
        self._reached = ast.literal_eval(self._constant(reached))
        self._frame = f"{self._constant(id)}({self._constant(sys._getframe)}())"
        self._map = self._constant(map)
        self._second = self._constant({}.get)
        self._next = self._constant(next)

    def _constant(self, value: object) -> str:
        """Return the expression that stands for a constant."""
        stand_in = f"{len(self._constants)} {self._key}"
        self._constants[stand_in] = value
        return repr(stand_in)

    def mark(self, node: ast.AST) -> None:
        for block in blocks(node):
            parts = block.copy()
            block.clear()
            for part in parts:
                if isinstance(part, ast.stmt) and runs(part) and first_line(part) in self._waiting:
                    line = first_line(part)
                    self._waiting.remove(line)
                    block.append(self._marker(line, part.col_offset))
                self.mark(part)
                block += self._counted(part) if isinstance(part, _LoopNode) else [part]

    def _marker(self, line: int, column: int) -> ast.stmt:
        """Return `reached[line] = RAN`, which stands at the beginning of a statement.

        It is made by hand: most of the time of marking goes here.
        """
        at: Any = {
            "lineno": line, "end_lineno": line, "col_offset": column, "end_col_offset": column
        }  # fmt: skip
        target = ast.Subscript(
            ast.Constant(self._reached, **at), ast.Constant(line, **at), ast.Store(), **at
        )
        return ast.Assign([target], ast.Constant(RAN, **at), **at)

    def mark_cells(
        self, tree: ast.Module, cells: Sequence[int], on_cell: Callable[[int], None]
    ) -> None:
        waiting, parts = list(cells), tree.body.copy()
        tree.body.clear()
        for part in parts:
            begun = [cell for cell in waiting if cell <= first_line(part)]
            if begun and runs(part):
                text = f"{self._constant(on_cell)}({begun[-1]})"
                tree.body += _statements(text, part, first_line(part))
                del waiting[: len(begun)]
            tree.body.append(part)

    def _counted(self, node: _LoopNode) -> list[ast.stmt]:
        """Return the statements of a loop that ticks."""
        counts = CountedLoop(node.lineno, node.body[-1].end_lineno or node.lineno)
        loop, forget = self._constant(counts), self._constant(counts.pop)
        ticks = f"{loop}[{self._frame}][1]"
        if isinstance(node, ast.For):
            items = f"{self._map}({self._second}, *(it, {ticks})[::-1])"  # entered when it is made
            node.iter = _around(node.iter, items, node.iter if _ITERABLE_IS_NAMED else node)
        elif isinstance(node, ast.AsyncFor):
            node.body[:0] = _statements(f"{self._next}({ticks})", node.body[0], node.lineno)
        elif node.orelse:  # which may leave a loop around this one
            node.test = _around(node.test, f"{self._next}({ticks}) and it", node.test)
        else:
            node = _over(f"for {loop}[None] in {ticks}:\n if not it: break", node)
        return [*_statements(f"{forget}({self._frame}, None)", node, node.lineno), node]

    def completed(self, code: CodeType) -> CodeType:
        """Return the code with its constants."""
        constants: list[object] = []
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                constants.append(self.completed(constant))
            elif isinstance(constant, str):
                constants.append(self._constants.get(constant, constant))
            else:
                constants.append(constant)
        return code.replace(co_consts=tuple(constants))


def _statements(text: str, at: ast.stmt, line: int) -> list[ast.stmt]:
    """Return statements that take no room in the program: they stand where `at` begins."""
    return _placed(ast.parse(text), line, at.col_offset).body


def _around(it: ast.expr, text: str, at: ast.AST) -> ast.expr:
    """Return the expression `text` around `it`, with the position of `at`."""
    outer = _placed(ast.parse(text, mode="eval"), it.lineno, it.col_offset)
    filled: ast.Expression = _Fill(it).visit(outer)
    return ast.copy_location(filled.body, at)


def _over(text: str, node: ast.While) -> ast.For:
    """Return the `for` loop `text`, which leaves by its first statement, with a `while`'s body."""
    loop: ast.For = _Fill(node.test).visit(_statements(text, node, node.lineno)[0])
    ast.copy_location(loop.body[0], node)  # where Python has it that the test is true or not
    loop.body += node.body
    return ast.copy_location(loop, node)


def _placed(tree: N, line: int, column: int) -> N:
    for node in ast.walk(tree):
        if isinstance(node, (ast.expr, ast.stmt)):
            node.lineno = node.end_lineno = line
            node.col_offset = node.end_col_offset = column
    return tree


class _Fill(ast.NodeTransformer):
    """Puts an expression in the place of the name `it`."""

    def __init__(self, it: ast.expr) -> None:
        self._it = it

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._it
