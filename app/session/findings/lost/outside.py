"""Values that NumPy or Python computed between two tensors: the history ends at the first.

torch sees a value leave (`numpy()`, `item()`) and a new tensor being made. That the second holds
what was computed from the first is read off the program text: a statement that makes the tensor
uses names that lead back, by assignments and calls of the text's own functions, to the statement
in which the value left.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.contract.records import Finding, Fix, Gradient, Operation
from app.session.findings.case import Case, finding
from app.session.language import tr


@dataclass(frozen=True, slots=True)
class Detour:
    """`left` took a value out of torch, and `back` made the tensor of what was computed from it."""

    left: Operation
    back: Operation


def computed_outside_torch(case: Case) -> Iterator[Finding]:
    """Yield a finding for each place at which values of unreached parameters left torch."""
    if not case.is_whole:
        return
    rows = [
        row
        for row in case.trace.gradients
        if row.why.code == "not_on_path" and case.is_meant_to_train(row)
    ]
    roots = [root for backward in case.trace.backward_passes for root in backward.roots]
    detour = detour_behind(case, roots) if rows else None
    if detour is None:
        return
    rows = [row for row in rows if _reaches(case, row, detour.left)]
    if not rows:
        return
    title = tr("Values were computed outside torch")
    text = tr("{names} got no gradient. {reason}").format(
        names=case.owners(rows), reason=reason(case, detour)
    )
    yield finding("computed_outside_torch", "warning", detour.left.spot, title, text,
                  [detour.left, detour.back], [row.tensor for row in rows], advice())  # fmt: skip


def reason(case: Case, detour: Detour) -> str:
    """Return what happened, in two sentences."""
    return tr(
        "{left} took values out of torch, and what was computed from them there has no history. "
        "{back} made a new tensor of it."
    ).format(left=case.say(detour.left), back=case.say(detour.back))


def advice() -> Fix:
    return Fix(tr("Compute it with functions of torch, without leaving torch in between."), [])


def detour_behind(case: Case, values: Iterable[int]) -> Detour | None:
    """Return the last detour on the path to these values, or None if there is none."""
    lefts: dict[int | None, list[Operation]] = defaultdict(list)
    for operation in case.run.units.like(lambda form: form.reason == "to_python"):
        lefts[operation.spot].append(operation)
    if not lefts:
        return None
    text = _Text(case)
    made = {
        maker.event: maker
        for _, maker in case.run.behind(values)
        if maker is not None and maker.reason == "source" and not maker.inputs
    }
    for _, back in sorted(made.items(), reverse=True):
        found: list[Operation] = []
        for line in lefts.keys() & text.lines_behind(back.spot):
            there = lefts[line]
            # Later tensors were looked at before, so what does not fit here fits no other one.
            while there and (there[-1].event > back.event or not _has_history(case, there[-1])):
                there.pop()
            found += there[-1:]
        if found:
            return Detour(max(found, key=lambda operation: operation.event), back)
    return None


def _has_history(case: Case, left: Operation) -> bool:
    """Whether something that required grad was computed into what left."""
    behind = case.run.behind(left.inputs)
    return any(case.run.requiring.at(value, left.event) for value, _ in behind)


def _reaches(case: Case, row: Gradient, left: Operation) -> bool:
    identity = case.identity(row.tensor)
    return any(case.identity(value) == identity for value, _ in case.run.behind(left.inputs))


class _Text:
    """Which statements of the program lead to which others, by the names that they use."""

    def __init__(self, case: Case) -> None:
        self._source = case.source
        self._lines: dict[int | None, set[int]] = {}
        self._functions: dict[str, list[ast.expr | ast.stmt]] = defaultdict(list)
        for node in case.source.parts(ast.stmt):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._functions[node.name].append(node)

    def lines_behind(self, line: int | None) -> set[int]:
        """Return the lines of the statement on `line` and of all that lead to it."""
        if line not in self._lines:
            self._lines[line] = self._find_lines(line)
        return self._lines[line]

    def _find_lines(self, line: int | None) -> set[int]:
        first = self._source.statement(line)
        if line is None or first is None:
            return set()
        givers = self._givers(self._source.scope(line))
        stack: list[ast.expr | ast.stmt] = [first]
        seen: set[ast.AST] = set()
        lines: set[int] = set()
        while stack:
            part = stack.pop()
            if part in seen:
                continue
            seen.add(part)
            lines.update(range(part.lineno, (part.end_lineno or part.lineno) + 1))
            for name in _used(part):
                stack += givers.get(name, ())
                stack += self._functions.get(name, ())
        return lines

    @staticmethod
    def _givers(scope: ast.AST) -> dict[str, list[ast.expr | ast.stmt]]:
        """By name: the statements of a function (or of the module) that put something into it."""
        found: dict[str, list[ast.expr | ast.stmt]] = {}
        for node in ast.walk(scope):
            if not isinstance(node, (ast.expr, ast.stmt)):
                continue
            targets: list[ast.expr] = []
            match node:
                case ast.Assign():
                    targets = node.targets
                case ast.AugAssign() | ast.AnnAssign() | ast.NamedExpr():
                    targets = [node.target]
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=called))):
                    targets = [called]  # `parts.append(x)`
            for target in targets:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        found.setdefault(name.id, []).append(node)
            if isinstance(node, (ast.For, ast.AsyncFor)):
                for name in ast.walk(node.target):
                    if isinstance(name, ast.Name):
                        found.setdefault(name.id, []).append(node.iter)
        return found


def _used(node: ast.AST) -> Iterator[str]:
    """The names in a piece of code, those of called methods too."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
            yield inner.func.attr
