"""Where the snippet's loops are, and in what order the places inside them can be passed.

Read off the syntax tree, for one code object at a time: a loop around a nested `def` is none of
that function's loops.  Of two places in a loop that were passed one after the other this says
whether the second can follow the first within one pass, or only in a later one.
"""

from __future__ import annotations

import ast
import builtins
import dis
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from types import CodeType
from typing import Any, NamedTuple

LoopNode = ast.For | ast.AsyncFor | ast.While
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SINGLE_BLOCK = (ast.Module, ast.With, ast.AsyncWith, ast.ExceptHandler)
_FETCH = dis.opmap["FOR_ITER"]
_COMPARE = dis.opmap["COMPARE_OP"]
_AND_ASK = 16 if sys.version_info >= (3, 13) else 0
"""The bit of its argument; before Python 3.13 that is an instruction of its own."""
_BUILTINS = frozenset(dir(builtins))


class Loop:
    """A `for` or `while` statement.

    `target` is a variable that each pass of a `for` loop sets and nothing else in it, or None.
    """

    __slots__ = ("line", "target")

    def __init__(self, node: LoopNode) -> None:
        self.line = node.lineno
        self.target = _target(node)


class _Step(NamedTuple):
    """One step down the tree: into a block of a compound statement, to one of its statements.

    Blocks come in the order of their ranks; those of equal rank exclude each other.
    """

    rank: int
    block: int
    position: int
    conditional: bool
    """Whether a pass may leave out what lies here."""


class Spot(NamedTuple):
    """A place inside loops, outermost first; `depths` says where in `steps` each begins."""

    lasti: int
    loops: tuple[Loop, ...]
    depths: tuple[int, ...]
    steps: tuple[_Step, ...]
    fetches: bool
    """It is where the innermost loop asks for its next item."""
    repeats: bool
    """One pass may come here several times: a comprehension, a built-in that calls back."""


class Order(NamedTuple):
    """How one spot can follow another."""

    common: int
    """How many loops they share, counted from the outermost."""
    later: bool
    """Only in a later pass of a shared loop."""
    sure: bool
    """Nothing but the same pass can be meant."""


class Loops:
    """The loops of one text."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._loops: dict[LoopNode, Loop] = {}
        self._codes: dict[int, _Code] = {}
        self.any = any(isinstance(node, _LOOPS) for node in ast.walk(tree))

    def of(self, code: CodeType) -> _Code:
        known = self._codes.get(id(code))
        if known is None:
            known = self._codes[id(code)] = _Code(code, self)
        return known

    def spot(self, lasti: int, fetches: bool, position: Sequence[int | None]) -> Spot | None:
        """The spot at these lines and columns, or None where no loop is around it."""
        line, _, column, _ = position
        if line is None:
            return None
        steps: list[_Step] = []
        loops: list[Loop] = []
        depths: list[int] = []
        node: ast.AST = self._tree
        while True:
            inner = _inner(node, line, 1 << 30 if column is None else column)
            if isinstance(node, _SCOPES) and inner is not None:
                steps, loops, depths = [], [], []
            if isinstance(node, _LOOPS) and _is_inside(node, inner, fetches):
                loops.append(self._loops.setdefault(node, Loop(node)))
                depths.append(len(steps))
                if inner is None:
                    steps.append(_Step(0, 0, 0, False))
            if inner is None:
                break
            node, step = inner
            steps.append(step)
        if not loops:
            return None
        own_fetch = fetches and isinstance(node, _LOOPS)
        repeats = _repeats(node, position)
        return Spot(lasti, tuple(loops), tuple(depths), tuple(steps), own_fetch, repeats)


class _Code:
    """The spots of one code object, by instruction, and the order of those that were asked for."""

    def __init__(self, code: CodeType, loops: Loops) -> None:
        self._code = code  # kept so that its id stays its own
        self._loops = loops
        self._spots: dict[int, Spot | None] = {}
        self._orders: dict[tuple[int, int], Order] = {}
        # Comprehensions of Python 3.11 and older, generator expressions: loops of their own kind.
        self._bare = code.co_name.startswith("<") and code.co_name != "<module>"
        self._positions: list[Sequence[int | None]] = []
        self._bytes = b""

    def spot(self, lasti: int) -> Spot | None:
        if self._bare or not self._loops.any:
            return None
        if lasti not in self._spots:
            self._spots[lasti] = self._find(lasti)
        return self._spots[lasti]

    def _find(self, lasti: int) -> Spot | None:
        if not self._positions:
            self._positions = list(_positions(self._code))
            self._bytes = self._code.co_code
        if not 0 <= lasti < len(self._bytes):
            return None
        fetches = self._bytes[lasti] == _FETCH
        spot = self._loops.spot(lasti, fetches, self._positions[lasti // 2])
        return spot._replace(repeats=True) if spot is not None and self._asks(lasti) else spot

    def _asks(self, lasti: int) -> bool:
        """Whether a comparison asks at once whether its result is true, which is a second call."""
        return self._bytes[lasti] == _COMPARE and bool(self._bytes[lasti + 1] & _AND_ASK)

    def order(self, one: Spot, other: Spot) -> Order:
        """How `other` can follow `one`."""
        key = one.lasti, other.lasti
        known = self._orders.get(key)
        if known is None:
            known = self._orders[key] = _order(one, other)
        return known


def _positions(code: CodeType) -> Iterator[Sequence[int | None]]:
    """Line, last line, column and last column (in bytes, as in the tree) of each instruction."""
    if hasattr(code, "co_positions"):
        yield from code.co_positions()
        return
    for start, stop, line in code.co_lines():  # Python 3.10: lines alone
        yield from [(line, None, None, None)] * ((stop - start) // 2)


# ------------------------------------------------------------------------------------------- order


def _order(one: Spot, other: Spot) -> Order:
    common = 0
    for ours, theirs in zip(one.loops, other.loops, strict=False):
        if ours is not theirs:
            break
        common += 1
    if not common:
        return Order(0, False, False)
    depth = one.depths[common - 1]
    steps = list(zip(one.steps[depth:], other.steps[depth:], strict=False))
    for index, (first, second) in enumerate(steps):
        if first == second:
            continue
        if first.rank != second.rank:
            left = one.steps[depth + index :]
            forward = first.rank < second.rank
        else:
            left = one.steps[depth + index + 1 :]
            forward = first.block == second.block and first.position < second.position
        return Order(common, not forward, forward and not any(s.conditional for s in left))
    if len(one.steps) != len(other.steps):  # the head of a statement and its body
        forward = len(one.steps) < len(other.steps)
        return Order(common, not forward, forward)
    forward = one.lasti < other.lasti or (one.repeats and other.repeats)
    return Order(common, not forward, forward and not other.repeats)


# -------------------------------------------------------------------------------------- descending

_Inner = tuple[ast.AST, _Step] | None


def _inner(node: ast.AST, line: int, column: int) -> _Inner:
    """The part of a compound statement's blocks that holds a position, or None: it is in its head,
    or the statement has no blocks."""
    for parts, rank, number, conditional in _blocks(node):
        index = bisect_right(parts, (line, column), key=_start) - 1
        if index >= 0 and line <= (parts[index].end_lineno or 0):
            return parts[index], _Step(rank, number, index, conditional)
    return None


def _start(part: Any) -> tuple[int, int]:
    decorators = [d.lineno for d in getattr(part, "decorator_list", ())]
    return min([part.lineno, *decorators]), part.col_offset


def _blocks(node: Any) -> Iterator[tuple[list[Any], int, int, bool]]:
    """The blocks of a statement, the last one first: (parts, rank, number, conditional)."""
    if isinstance(node, ast.If):
        yield node.orelse, 1, 1, True
        yield node.body, 1, 0, True
    elif isinstance(node, _LOOPS):
        yield node.orelse, 3, 0, True
        yield node.body, 2, 0, True
    elif isinstance(node, ast.Match):
        for number, case in reversed(list(enumerate(node.cases))):
            yield [_Part(case.pattern, case.body)], 1, number, True
    elif type(node).__name__ in ("Try", "TryStar"):
        yield node.finalbody, 3, 0, False
        yield node.orelse, 2, -1, True
        for number, handler in reversed(list(enumerate(node.handlers))):
            yield [handler], 2, number, True
        yield node.body, 1, 0, False
    elif isinstance(node, (*_SINGLE_BLOCK, *_SCOPES, _Part)):
        yield node.body, 1, 0, False


def _is_inside(node: LoopNode, inner: _Inner, fetches: bool) -> bool:
    """Whether a position in this loop statement is passed once a pass."""
    if inner is None:
        return fetches or isinstance(node, ast.While)  # its test
    return any(inner[0] is part for part in node.body)


class _Part(ast.AST):
    """A case of a match statement, with lines as a statement has them."""

    def __init__(self, pattern: ast.pattern, body: list[ast.stmt]) -> None:
        super().__init__()
        self.body = body
        self.lineno = pattern.lineno
        self.col_offset = pattern.col_offset
        self.end_lineno = body[-1].end_lineno


# -------------------------------------------------------------------------------- what is in a loop


def _target(node: LoopNode) -> str | None:
    if isinstance(node, ast.While):
        return None
    names = [n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)]
    elsewhere = {
        n.id
        for statement in node.body
        for n in ast.walk(statement)
        if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    }
    return next((name for name in names if name not in elsewhere), None)


def _repeats(statement: ast.AST, position: Sequence[int | None]) -> bool:
    """Whether one execution of the expression here may call into torch again and again."""
    for node in ast.walk(statement):
        if isinstance(node, _COMPREHENSIONS) and _holds(node, position):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in _BUILTINS and _extent(node) == tuple(position):
                return True
        elif isinstance(node, ast.Compare) and _extent(node) == tuple(position):
            return any(isinstance(op, (ast.In, ast.NotIn)) for op in node.ops)
    return False


def _extent(node: ast.expr) -> tuple[int | None, ...]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _holds(node: ast.expr, position: Sequence[int | None]) -> bool:
    line, end, column, end_column = position
    if line is None or end is None or column is None or end_column is None:
        return False
    after = (node.lineno, node.col_offset) <= (line, column)
    return after and (end, end_column) <= (node.end_lineno or 0, node.end_col_offset or 0)
