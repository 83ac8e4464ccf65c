"""Code that marks each of its statements as it comes to it, and counts the passes of its loops.

Every statement is preceded by an assignment of one byte, `reached[line] = RAN`, whose target is a
constant of the code.  It takes 20 nanoseconds.  A loop takes a tick of `app.tracer.snippet.loops`
at the beginning of each pass, before it asks for the next item or tests its condition:

    for x in it:             for x in map({}.get, *counted(it, ticks)):    # the default: the item
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
from typing import Any

from app.tracer.child.reached import RAN, WAITING, Reached
from app.tracer.snippet.loops import CountedLoop, counted
from app.tracer.snippet.statements import blocks, first_line, runs

_LoopNode = ast.For | ast.AsyncFor | ast.While
_LOAD = ast.Load()

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
    """Changes one tree.  In it, strings are placeholders for the constants of its code."""

    def __init__(self, reached: Reached) -> None:
        states = reached[:].rstrip(b"\0")  # there may be room for many more lines
        self._waiting = {line for line, state in enumerate(states) if state == WAITING}
        self._constants: dict[str, object] = {}
        self._key = uuid.uuid4()  # no text holds it, not even in pieces
        self._reached = self._constant(reached)
        self._id, self._getframe = self._constant(id), self._constant(sys._getframe)
        self._map, self._next = self._constant(map), self._constant(next)
        self._second, self._counted_items = self._constant({}.get), self._constant(counted)

    def _constant(self, value: object) -> str:
        """Return the string that is the placeholder of a constant."""
        stand_in = f"{len(self._constants)} {self._key}"
        self._constants[stand_in] = value
        return stand_in

    def mark(self, node: ast.AST) -> None:
        for block in blocks(node):
            parts = block.copy()
            block.clear()
            for part in parts:
                if isinstance(part, ast.stmt) and runs(part):
                    line = first_line(part)
                    if line in self._waiting:
                        self._waiting.remove(line)
                        block.append(self._marker(line, part.col_offset))
                self.mark(part)
                block += self._counted(part) if isinstance(part, _LoopNode) else [part]

    def _marker(self, line: int, column: int) -> ast.stmt:
        """Return `reached[line] = RAN`, which precedes a statement."""
        at = _Place(line, column)
        target = at.item(at.constant(self._reached), at.constant(line), ast.Store())
        return ast.Assign([target], at.constant(RAN), **at.position)

    def mark_cells(
        self, tree: ast.Module, cells: Sequence[int], on_cell: Callable[[int], None]
    ) -> None:
        waiting, parts = list(cells), tree.body.copy()
        tree.body.clear()
        for part in parts:
            begun = [cell for cell in waiting if cell <= first_line(part)]
            if begun and runs(part):
                at = _Place(first_line(part), part.col_offset)
                call = at.call(self._constant(on_cell), at.constant(begun[-1]))
                tree.body.append(ast.Expr(call, **at.position))
                del waiting[: len(begun)]
            tree.body.append(part)

    def _counted(self, node: _LoopNode) -> list[ast.stmt]:
        """Return the statements of a loop that ticks."""
        counts = CountedLoop(node.lineno, node.body[-1].end_lineno or node.lineno)
        loop, at = self._constant(counts), _Place(node.lineno, node.col_offset)
        forget = at.call(self._constant(counts.pop), self._frame(at), at.constant(None))
        if isinstance(node, ast.For):
            items = self._items(node.iter, loop)
            node.iter = ast.copy_location(items, node.iter if _ITERABLE_IS_NAMED else node)
        elif isinstance(node, ast.AsyncFor):
            inside = _Place(node.lineno, node.body[0].col_offset)
            tick = inside.call(self._next, self._ticks(loop, inside))
            node.body.insert(0, ast.Expr(tick, **inside.position))
        elif node.orelse:  # which may leave a loop around this one
            before = _Place(node.test.lineno, node.test.col_offset)
            tick = before.call(self._next, self._ticks(loop, before))
            node.test = ast.copy_location(ast.BoolOp(ast.And(), [tick, node.test]), node.test)
        else:
            node = self._over(node, loop, at)
        return [ast.Expr(forget, **at.position), node]

    def _frame(self, at: _Place) -> ast.expr:
        """Return `id(_getframe())`."""
        return at.call(self._id, at.call(self._getframe))

    def _ticks(self, loop: str, at: _Place) -> ast.expr:
        """Return `loop[id(_getframe())][1]`, which enters the loop."""
        return at.item(at.item(at.constant(loop), self._frame(at)), at.constant(1))

    def _items(self, it: ast.expr, loop: str) -> ast.expr:
        """Return `map(second, *counted(it, ticks))`: the loop is entered when `it` is made."""
        at = _Place(it.lineno, it.col_offset)
        both = at.call(self._counted_items, it, self._ticks(loop, at))
        arguments = ast.Starred(both, _LOAD, **at.position)
        return at.call(self._map, at.constant(self._second), arguments)

    def _over(self, node: ast.While, loop: str, at: _Place) -> ast.For:
        """Return `for loop[None] in ticks`, which leaves by its first statement, for a `while`."""
        leave = ast.If(
            ast.UnaryOp(ast.Not(), node.test, **at.position), [ast.Break(**at.position)], []
        )
        ast.copy_location(leave, node)  # where Python has it that the test is true or not
        target = at.item(at.constant(loop), at.constant(None), ast.Store())
        over = ast.For(target, self._ticks(loop, at), [leave, *node.body], [])
        return ast.copy_location(over, node)

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


class _Place:
    """Makes nodes that take no room in the program: they begin and end at one place.

    They are made by hand: to parse their text would take most of the time of marking.
    """

    def __init__(self, line: int, column: int) -> None:
        self.position: Any = {"lineno": line, "col_offset": column}

    def constant(self, value: Any) -> ast.expr:
        return ast.Constant(value, **self.position)

    def call(self, function: str, *arguments: ast.expr) -> ast.expr:
        name = self.constant(function)
        # The compiler warns of strings that are called, and does not see one in a condition.
        called = ast.IfExp(name, name, name, **self.position)
        return ast.Call(called, [*arguments], [], **self.position)

    def item(
        self, of: ast.expr, index: ast.expr, context: ast.expr_context = _LOAD
    ) -> ast.Subscript:
        return ast.Subscript(of, index, context, **self.position)
