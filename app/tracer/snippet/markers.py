"""Code that marks each of its statements as it comes to it.

In front of every statement stands an assignment of one byte, `reached[line] = RAN`, whose target is
a constant of the code: no name, no call and no frame is added, and positions, docstrings and line
numbers stay.  It takes 20 nanoseconds.

`sys.monitoring`, which Python has since 3.12, costs less, but it loses sight of code that is copied
(`types.coroutine` and torch.fx do that) and of what runs inside a tracing function.

Known limitations: bytecode that the snippet looks at is another than in a plain run, so a text
that may do that is left alone.
"""

from __future__ import annotations

import ast
import re
import uuid
from collections.abc import Iterable, Iterator
from dis import Instruction, opmap
from types import CodeType

from app.tracer.child.reached import RAN, WAITING, Reached
from app.tracer.snippet.statements import blocks, first_line, runs

_LOOKS_AT_BYTECODE = re.compile(
    r"\b(?:numba|import\s+dis|from\s+dis|marshal|settrace|setprofile|f_trace\w*|\w+_lasti"
    r"|co_(?:code|consts|lines|lnotab|linetable|positions|stacksize|exceptiontable))\b"
)


def may_see_markers(text: str) -> bool:
    """Whether something in this text compiles, keeps or shows bytecode."""
    return bool(_LOOKS_AT_BYTECODE.search(text))


def with_markers(tree: ast.Module, filename: str, reached: Reached) -> CodeType:
    """The code of `tree`, which is changed: a line that waits in `reached` is marked there."""
    stand_in = f"reached {uuid.uuid4()}"  # no text holds it, not even in pieces
    _mark(tree, stand_in, {line for line, state in enumerate(reached[:]) if state == WAITING})
    return _with_constant(compile(tree, filename, "exec", dont_inherit=True), stand_in, reached)


def without_markers(instructions: Iterable[Instruction]) -> Iterator[Instruction]:
    """The instructions of some code, those of its markers replaced by such as do nothing."""
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


def _mark(node: ast.AST, stand_in: str, waiting: set[int]) -> None:
    for block in blocks(node):
        parts = block.copy()
        block.clear()
        for part in parts:
            if isinstance(part, ast.stmt) and runs(part) and first_line(part) in waiting:
                waiting.remove(first_line(part))
                block.append(_marker(part, stand_in))
            block.append(part)
            _mark(part, stand_in, waiting)


def _marker(statement: ast.stmt, stand_in: str) -> ast.stmt:
    """Takes no room in the text: it stands where the statement begins."""
    line, column = first_line(statement), statement.col_offset
    target = ast.Subscript(ast.Constant(stand_in), ast.Constant(line), ast.Store())
    marker = ast.Assign([target], ast.Constant(RAN), lineno=line, col_offset=column)
    marker.end_lineno, marker.end_col_offset = line, column
    return ast.fix_missing_locations(marker)


def _with_constant(code: CodeType, stand_in: str, reached: Reached) -> CodeType:
    constants: list[object] = []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            constants.append(_with_constant(constant, stand_in, reached))
        else:
            constants.append(reached if constant == stand_in else constant)
    return code.replace(co_consts=tuple(constants))
