"""The text of a file, the code on its lines, and changes of it that a finding can suggest.

Each change is None, or no edits, unless the text has a plain form for which it is safe.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

from app.contract.records import Edit, Error, Operation, Trace
from app.contract.spots import LINES, FileId, line_and_file, spot
from app.session.source.files import FileText, texts_of
from app.session.source.parsing import parsed, unparsed
from app.session.source.short_code import shortened

N = TypeVar("N", bound=ast.AST)

_LOOSE = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda, ast.NamedExpr)
"""Expressions that fall apart beside an operator."""
_END_OF_HEADER = re.compile(r"[\s),]*:\s*(#.*)?")
"""What follows the last item of a `with`, with its comment."""


class _File:
    """The text of one file."""

    def __init__(self, file: FileId, text: str) -> None:
        self.file = file
        self.lines = text.split("\n")
        self._text = text

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree, whose lines are spots; empty if the text is not Python."""
        tree = parsed(self._text)
        if first := self.file * LINES:
            ast.increment_lineno(tree, first)
        return tree

    @cached_property
    def expressions(self) -> dict[int, list[ast.expr]]:
        """The expressions by the line on which they begin, outer ones first."""
        found: dict[int, list[ast.expr]] = defaultdict(list)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.expr):
                found[node.lineno].append(node)
        return found

    @cached_property
    def torch(self) -> str | None:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name == "torch":
                        return alias.asname or "torch"
        return None


class Source:
    """The texts of the files that ran, the statements in them by line.

    Lines are spots, those of syntax trees too.  Columns are 0-based characters.
    """

    def __init__(self, texts: Iterable[FileText]) -> None:
        self._files = {int(one.file): _File(one.file, one.text) for one in texts}

    def _file(self, at: int) -> _File:
        number = at // LINES
        if number not in self._files:
            self._files[number] = _File(FileId(number), "")
        return self._files[number]

    def _line(self, at: int) -> str:
        return self._file(at).lines[at % LINES - 1]

    def tree(self, at: int | None) -> ast.Module:
        """Return the syntax tree of the file of a spot, by default of the snippet."""
        return self._file(at or 0).tree

    def torch(self, at: int | None) -> str | None:
        """Return the name under which the file of a spot imports torch, or None."""
        return self._file(at or 0).torch

    def parts(self, kind: type[N]) -> Iterator[N]:
        """Yield what the files that ran have of a kind of expression or statement."""
        for file in list(self._files.values()):
            for node in ast.walk(file.tree):
                if isinstance(node, kind):
                    yield node

    @cached_property
    def _statements(self) -> dict[int, ast.stmt]:
        """The innermost statement of each line, if it shares its lines with no other."""
        found: dict[int, ast.stmt] = {}
        shared: set[int] = set()
        for node in self.parts(ast.stmt):
            if not hasattr(node, "body"):
                for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                    if line in found:
                        shared.add(line)
                    found[line] = node
        return {
            line: node
            for line, node in found.items()
            if line not in shared and self._begins_its_line(node)
        }

    def _begins_its_line(self, node: ast.stmt) -> bool:
        before = self._line(node.lineno)[: self.column(node.lineno, node.col_offset)]
        return not before.strip()

    def statement(self, line: int | None) -> ast.stmt | None:
        """Return the simple statement on this line, if it shares its lines with no other."""
        return None if line is None else self._statements.get(line)

    def column(self, line: int, offset: int) -> int:
        """Return a column in characters; Python's `offset` counts UTF-8 bytes."""
        return len(self._line(line).encode()[:offset].decode(errors="replace"))

    def segment(self, node: ast.expr | ast.stmt) -> str:
        """Return the code of an expression or a statement."""
        line, end_line = node.lineno, node.end_lineno or node.lineno
        lines = [self._line(at) for at in range(line, end_line + 1)]
        lines[-1] = lines[-1][: self.column(end_line, node.end_col_offset or 0)]
        lines[0] = lines[0][self.column(line, node.col_offset) :]
        return "\n".join(lines)

    def short(self, call: ast.Call) -> str:
        """Return the code of a call, with "…" for its arguments if it is long."""
        return shortened(self.segment(call))

    def in_parentheses(self, node: ast.expr) -> str:
        """Return the code of an expression, in parentheses if a method call needs them."""
        code = self.segment(node)
        return f"({code})" if isinstance(node, _LOOSE) else code

    def in_place_of(self, whole: ast.expr, part: ast.expr) -> str:
        """Return the code of `part`, with parentheses if `whole`, which it replaces, needs them."""
        code = self.segment(part)
        is_loose = isinstance(part, _LOOSE) and whole not in self._whole
        return f"({code})" if is_loose or "\n" in code else code

    def loads(self, name: str, within: ast.AST) -> list[ast.expr]:
        """Where `within` reads a variable (`fake`, `self.fake`), in the order of the text."""
        found = [
            node
            for node in ast.walk(within)
            if isinstance(node, ast.Name | ast.Attribute)
            and isinstance(node.ctx, ast.Load)
            and unparsed(node) == name
        ]
        return sorted(found, key=lambda node: (node.lineno, node.col_offset))

    def scope(self, line: int) -> ast.AST:
        """The innermost function that has this line, else the module."""
        around: ast.AST = self.tree(line)
        for node in ast.walk(around):  # outer ones first
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                around = node if node.lineno <= line <= (node.end_lineno or 0) else around
        return around

    @cached_property
    def _whole(self) -> set[ast.expr]:
        """Expressions around which parentheses make no difference: values and arguments."""
        found: set[ast.expr] = set()
        for node in self.parts(ast.AST):
            match node:
                case ast.Assign(value=value) | ast.Expr(value=value) | ast.Return(value=value):
                    found.update([value] if value is not None else [])
                case ast.Call(args=args):
                    found.update(args)
        return found

    def replaced(self, node: ast.expr | ast.stmt, text: str) -> Edit:
        line, end_line = node.lineno, node.end_lineno or node.lineno
        end = self.column(end_line, node.end_col_offset or 0)
        return self.edit(line, self.column(line, node.col_offset), end_line, end, text)

    def edit(self, line: int, column: int, end_line: int, end_column: int, text: str) -> Edit:
        """Return an edit that puts a text in place of what is between two places of a file."""
        at, file = line_and_file(line)
        return Edit(at, column, end_line % LINES, end_column, text, file)

    def before(self, statement: ast.stmt, *code: str) -> Edit:
        """Return an edit that inserts lines before a statement, indented like it."""
        column = self.column(statement.lineno, statement.col_offset)
        indent = self._line(statement.lineno)[:column]
        text = "".join(f"{line}\n{indent}" for line in code)
        return self.edit(statement.lineno, column, statement.lineno, column, text)

    def after(self, statement: ast.stmt, *code: str) -> Edit:
        """Return an edit that inserts lines after a statement, indented like it."""
        line = statement.end_lineno or statement.lineno
        indent = self.indent(statement)
        end = len(self._line(line))
        return self.edit(line, end, line, end, "".join(f"\n{indent}{one}" for one in code))

    def indent(self, statement: ast.stmt) -> str:
        column = self.column(statement.lineno, statement.col_offset)
        return self._line(statement.lineno)[:column]

    def is_one_line(self, statement: ast.stmt) -> bool:
        return statement.end_lineno == statement.lineno

    def under_no_grad(self, statement: ast.stmt) -> Edit | None:
        """Return an edit that puts the statement into a `no_grad` block."""
        torch = self.torch(statement.lineno)
        if torch is None or not self.is_one_line(statement):
            return None
        line, text = statement.lineno, self.segment(statement)
        column = self.column(line, statement.col_offset)
        block = f"with {torch}.no_grad():\n{self.indent(statement)}    {text}"
        return self.edit(line, column, line, column + len(text), block)

    def without_block(self, line: int) -> list[Edit]:
        """Return edits that replace a `with` block of one item by its body.

        A comment behind the item gets a line of its own.
        """
        blocks = [block for block in self.parts(ast.With) if block.lineno == line]
        if len(blocks) != 1 or len(blocks[0].items) != 1:
            return []
        (block,) = blocks
        first, last = block.body[0], block.body[-1]
        item = block.items[0].optional_vars or block.items[0].context_expr
        behind = self._line(line)[self.column(line, item.end_col_offset or 0) :]
        header = _END_OF_HEADER.fullmatch(behind) if item.end_lineno == line else None
        if header is None or self.indent(block).strip() or self._has_long_string(line, last):
            return []
        outer, inner = len(self.indent(block)), len(self.indent(first))
        deeper = self._indented(line + 1, last.end_lineno or 0, inner)
        comment = f"{self.indent(block)}{header[1]}\n" if header[1] else ""
        return [
            self.edit(line, 0, line + 1, 0, comment),
            *(self.edit(number, outer, number, inner, "") for number in deeper),
        ]

    def wrapped(self, first: ast.stmt, last: ast.stmt, header: str) -> list[Edit]:
        """Return edits that put statements into a block such as `with torch.no_grad():`."""
        end = last.end_lineno or last.lineno
        column = len(self.indent(first))
        shared = self.statement(first.lineno), self.statement(end)
        alone = all(one is not None or hasattr(node, "body")
                    for one, node in zip(shared, (first, last), strict=True))  # fmt: skip
        if not alone or self.indent(first).strip() or self._has_long_string(first.lineno, last):
            return []
        step = "\t" if "\t" in self.indent(first) else "    "
        opening = f"{header}\n{self.indent(first)}{step}"
        return [
            self.edit(first.lineno, column, first.lineno, column, opening),
            *(
                self.edit(number, column, number, column, step)
                for number in self._indented(first.lineno + 1, end, column)
            ),
        ]

    def _indented(self, first: int, last: int, column: int) -> list[int]:
        """Return the lines indented at least to `column`; others are empty or inside brackets."""
        return [
            number
            for number in range(first, last + 1)
            if self._line(number).strip() and not self._line(number)[:column].strip()
        ]

    def _has_long_string(self, first: int, last: ast.stmt) -> bool:
        """Return whether a string spans several of these lines, so that indenting changes it."""
        return any(
            isinstance(node, ast.Constant | ast.JoinedStr)
            and node.end_lineno != node.lineno
            and first <= node.lineno <= (last.end_lineno or 0)
            for node in ast.walk(self.tree(first))
        )

    def block(self, statement: ast.stmt) -> list[ast.stmt]:
        """Return the block that contains this statement."""
        for node in ast.walk(self.tree(statement.lineno)):
            for _, block in ast.iter_fields(node):
                if isinstance(block, list) and statement in block:
                    return block
        return [statement]

    def are_in_one_file(self, *statements: ast.stmt) -> bool:
        return len({self.tree(statement.lineno) for statement in statements}) == 1

    def enclosing(self, line: int, block: list[ast.stmt]) -> ast.stmt | None:
        """Return the statement of a block that contains this line, at any depth."""
        return next((s for s in block if s.lineno <= line <= (s.end_lineno or s.lineno)), None)

    def without_decorator(self, line: int) -> list[Edit]:
        """Return edits that remove the decorator on this line, if the line has nothing else."""
        found = [
            decorator
            for node in ast.walk(self.tree(line))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            for decorator in node.decorator_list
            if decorator.lineno == decorator.end_lineno == line
        ]
        return [self.edit(line, 0, line + 1, 0, "")] if len(found) == 1 else []

    def without(self, statement: ast.stmt) -> Edit | None:
        """Return an edit that removes a statement, if its block has others and keeps the rest."""
        line = statement.lineno
        ends = self._line(line).rstrip().endswith(self.segment(statement))
        is_last = line % LINES == len(self._file(line).lines)
        if not self.is_one_line(statement) or not ends or is_last:
            return None
        return self.edit(line, 0, line + 1, 0, "") if len(self.block(statement)) > 1 else None

    def calls(self, node: ast.AST, name: str) -> Iterator[ast.Call]:
        """The calls of a function or method of this name inside `node`."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call) and called_name(inner) == name:
                yield inner

    def spot(self, node: ast.expr | ast.stmt) -> int:
        return spot(self._file(node.lineno).file, node.lineno % LINES)

    def place(self, node: ast.expr) -> tuple[int, int, int, int]:
        """Spot, column, last spot and last column of an expression, as an operation has them."""
        line, end_line = node.lineno, node.end_lineno or node.lineno
        start, end = self.column(line, node.col_offset), node.end_col_offset or 0
        return line, start, end_line, self.column(end_line, end)

    def is_loop_variable(self, node: ast.expr, line: int) -> bool:
        """Whether a `for` around the line gives this name its values."""
        return isinstance(node, ast.Name) and any(
            isinstance(name, ast.Name) and name.id == node.id
            for loop in self.parts(ast.For)
            if loop.lineno <= line <= (loop.end_lineno or 0)
            for name in ast.walk(loop.target)
        )

    def expression(self, of: Operation | Error) -> ast.expr | None:
        """Return the expression that made a call, or raised an error."""
        wanted = of.spot, of.column, of.end_spot, of.end_column
        nodes = self._file(of.spot or 0).expressions.get(of.spot or 0, ())
        return next((node for node in nodes if self.place(node) == wanted), None)


def called_name(call: ast.Call) -> str:
    """Return the last name of the called function: "backward" for `loss.sum().backward()`."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def apply(text: str, edits: list[Edit]) -> str:
    """Return a file's text after edits of it, which must not overlap."""
    lines = text.split("\n")
    for edit in sorted(edits, key=lambda e: (e.line, e.column), reverse=True):
        head = lines[edit.line - 1][: edit.column]
        tail = lines[edit.end_line - 1][edit.end_column :]
        lines[edit.line - 1 : edit.end_line] = (head + edit.text + tail).split("\n")
    return "\n".join(lines)


def edited_texts(trace: Trace, edits: list[Edit]) -> dict[int, str]:
    """Return the texts of the files that the edits change, after them, by number."""
    texts = {int(one.file): one.text for one in texts_of(trace)}
    changed = sorted({int(edit.file) for edit in edits})
    return {n: apply(texts[n], [edit for edit in edits if edit.file == n]) for n in changed}


def origins(text: str, edits: list[Edit]) -> list[int]:
    """Return, for each line of the edited text, the line of `text` that it comes from."""
    lines = list(range(1, text.count("\n") + 2))
    for edit in sorted(edits, key=lambda e: (e.line, e.column), reverse=True):
        added = edit.text.count("\n")
        lines[edit.line - 1 : edit.end_line] = [edit.line] * added + [edit.end_line]
    return lines


def overlap(edits: list[Edit]) -> bool:
    """Whether two edits change the same characters."""
    ordered = sorted(edits, key=lambda e: (e.file, e.line, e.column, e.end_line, e.end_column))
    return any(
        (one.file, one.end_line, one.end_column) > (other.file, other.line, other.column)
        for one, other in pairwise(ordered)
    )
