"""A file's text: where its blocks, functions and loops begin and end.

Positions are read off the code objects that run (`co_positions`, Python 3.11 and newer); what a
code object does not know (the last line of a with block, the line of a decorator) is read off the
syntax tree.
"""

from __future__ import annotations

import ast
from functools import cached_property
from types import CodeType
from typing import NamedTuple

from app.contract.spots import spot
from app.tracer.snippet.statements import first_line

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Position(NamedTuple):
    """Lines are 1-based, columns 0-based characters; None where Python gives none."""

    line: int
    end_line: int | None
    column: int | None
    end_column: int | None


class SourceFile:
    """A text that runs, under the file name its code objects carry; the snippet is number 0."""

    def __init__(self, text: str, filename: str, number: int = 0) -> None:
        self.text = text
        self.filename = filename
        self.number = number
        self._lines = text.split("\n")
        self._positions: dict[int, tuple[CodeType, list[Position | None]]] = {}
        self._segments: dict[ast.expr, str] = {}

    def place(self, code: CodeType, lasti: int) -> Position | None:
        """Return the place of the instruction at byte offset `lasti` of `code`, or None."""
        known = self._positions.get(id(code))
        if known is None:
            # The code object is kept so that its id stays its own.
            known = self._positions[id(code)] = (code, self._places(code))
        places = known[1]
        index = lasti // 2
        return places[index] if 0 <= index < len(places) else None

    def _places(self, code: CodeType) -> list[Position | None]:
        if hasattr(code, "co_positions"):
            return [
                None if line is None else self._characters(line, end, column, end_column)
                for line, end, column, end_column in code.co_positions()
            ]
        places: list[Position | None] = [None] * (len(code.co_code) // 2)
        for start, stop, line in code.co_lines():  # Python 3.10: lines without columns
            place = None if line is None else Position(line, None, None, None)
            places[start // 2 : stop // 2] = [place] * (stop // 2 - start // 2)
        return places

    def _characters(
        self, line: int, end: int | None, column: int | None, end_column: int | None
    ) -> Position:
        return Position(line, end, self._character(line, column), self._character(end, end_column))

    def _character(self, line: int | None, byte: int | None) -> int | None:
        """Return a column in characters from Python's, in UTF-8 bytes."""
        if line is None or byte is None or not 0 < line <= len(self._lines):
            return byte
        text = self._lines[line - 1]
        return byte if text.isascii() else len(text.encode()[:byte].decode(errors="ignore"))

    def spot(self, line: int | None) -> int | None:
        """Return a line of this file as a spot."""
        return None if line is None else spot(self.number, line)

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree; empty where the text is not what ran, or is not known."""
        try:
            return ast.parse(self.text)
        except (SyntaxError, ValueError):
            return ast.Module([], [])

    @cached_property
    def _withs(self) -> list[ast.With | ast.AsyncWith]:
        return [n for n in ast.walk(self.tree) if isinstance(n, (ast.With, ast.AsyncWith))]

    @cached_property
    def _functions(self) -> dict[int, FunctionNode]:
        """Functions by the line that their code objects call the first one."""
        return {
            first_line(node): node
            for node in ast.walk(self.tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }

    @cached_property
    def _loop_variables(self) -> dict[FunctionNode | None, frozenset[str]]:
        """By the function that they are in (None: the module)."""
        assigned: dict[tuple[FunctionNode | None, bool], set[str]] = {}
        stack: list[tuple[ast.AST, FunctionNode | None, bool]] = [(self.tree, None, False)]
        while stack:
            node, function, in_loop = stack.pop()
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                function, in_loop = node, False
            elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
                in_loop = True
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                assigned.setdefault((function, in_loop), set()).add(node.id)
            stack += [(child, function, in_loop) for child in ast.iter_child_nodes(node)]
        return {
            function: frozenset(names - assigned.get((function, False), set()))
            for (function, in_loop), names in assigned.items()
            if in_loop
        }

    def loop_variables(self, code: CodeType | None) -> frozenset[str]:
        """Return the variables that a function (None: the module) assigns only in loops."""
        function = None if code is None else self.function(code)
        if code is not None and function is None:
            return frozenset()
        return self._loop_variables.get(function, frozenset())

    def with_block(self, line: int, column: int | None, name: str) -> tuple[int, int] | None:
        """Return where the `with` statement whose head is at this position mentions `name`.

        That is the line of its item, or of the statement where none mentions it, and with it the
        last line of the block; None where there is no such statement.  The position of what enters
        an item is that of the item or of the statement, as the version of Python has it.
        """
        for node in self._withs:
            last = node.items[-1].context_expr
            last_line = last.end_lineno or last.lineno
            after = (
                line == last_line and column is not None and column >= (last.end_col_offset or 0)
            )
            if node.lineno <= line <= last_line and not after:
                items = [item.context_expr for item in node.items]
                named = [i.lineno for i in items if name in self._segment(i)]
                own = line if line in named or not named else named[0]
                return own, node.end_lineno or 0
        return None

    def _segment(self, node: ast.expr) -> str:
        """Return the text of a node; it is kept, as Python splits the whole file for each."""
        if node not in self._segments:
            self._segments[node] = ast.get_source_segment(self.text, node) or ""
        return self._segments[node]

    def function(self, code: CodeType) -> FunctionNode | None:
        """Return the definition of a code object, or None (a lambda, a comprehension)."""
        if code.co_filename != self.filename:
            return None
        return self._functions.get(code.co_firstlineno)

    def decorator_line(self, code: CodeType, name: str) -> int | None:
        """Return the line of the decorator of `code`'s function that mentions `name`."""
        node = self.function(code)
        if node is None:
            return None
        for decorator in node.decorator_list:
            if name in self._segment(decorator):
                return decorator.lineno
        return node.decorator_list[0].lineno if node.decorator_list else node.lineno
