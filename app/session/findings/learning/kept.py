"""Running totals and lists that keep the graph of every iteration alive."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.contract.records import BackwardPass, Finding, Fix, LoopPass, Operation
from app.session.findings.case import Case, finding
from app.session.language import number, tr
from app.session.numbers import size
from app.session.source.parsing import unparsed
from app.session.source.short_code import LONGEST
from app.session.trace.columns.operations import OUTSIDE, OperationForm

_FEWEST = 3
"""The fewest backward passes of a loop; with fewer, only the last value may be kept."""
_MOST = 64
"""A pass lists at most this many values that outlived an iteration."""
_SHORT = 24
"""Characters of code that a fix repeats."""


def graph_kept(case: Case) -> Iterator[Finding]:
    if case.is_whole:
        yield from _totals(case)
        yield from _lists(case)


# ------------------------------------------------------------------------------------------ totals


def _totals(case: Case) -> Iterator[Finding]:
    """Sums that grow from iteration to iteration, and that no backward pass began at."""
    columns = case.run.operation_columns
    found: list[tuple[int, int, int]] = []
    for site in _sites(case).values():
        last = next((place for place in reversed(site) if _before(case, place) is not None), None)
        if last is None or not _adds_a_graph(case, columns[last]):
            continue
        chain = [place for place in site if _before(case, place) is not None]
        first = _before(case, chain[0])
        made = {v for place in chain for v in columns.outputs(place)}
        if first is not None and case.in_losses.isdisjoint(made.union(columns.outputs(first))):
            found.append((chain[0], last, len(chain) + 1))
    for _, last, times in sorted(found):
        yield _told_of_total(case, columns[last], times)


def _sites(case: Case) -> dict[tuple[int | None, ...], list[int]]:
    """The recorded operations in loops that take something made on their own line, by their place
    in the program."""
    columns, makers = case.run.operation_columns, case.run.producers.places
    forms, loops = columns.form, columns.loops
    lines = [form.spot if form.status == "recorded" else 0 for form in columns.forms.values]
    found: dict[tuple[int | None, ...], list[int]] = defaultdict(list)
    places = [p for p in case.run.units.like(_is_recorded).places if loops[p] != OUTSIDE]
    for place, taken, _ in columns.taken_and_made(places):
        line = lines[forms[place]]
        for value in taken:
            maker = makers.get(value)
            if maker is not None and lines[forms[maker]] == line:
                form = columns.form_at(place)
                found[line, form.column, form.end_column].append(place)
                break
    return found


def _is_recorded(form: OperationForm) -> bool:
    return form.status == "recorded" and form.phase == "forward"


def _before(case: Case, place: int) -> int | None:
    """The operation at the same place of the program, in an earlier iteration, whose result this
    one goes on with: by itself, or through others on its line (`0.9 * total + 0.1 * loss`).

    Both are places in the columns.
    """
    columns, makers = case.run.operation_columns, case.run.producers.places
    own, loops = columns.form_at(place), columns.loops[place]
    stack = list(columns.inputs(place))
    seen = set(stack)
    while stack:
        maker = makers.get(stack.pop())
        form = None if maker is None else columns.form_at(maker)
        if maker is None or form is None or form.status != "recorded" or form.spot != own.spot:
            continue
        is_same_pass = columns.passes.are_same(columns.loops[maker], loops)
        is_same_call = (form.column, form.end_column) == (own.column, own.end_column)
        if is_same_call and not is_same_pass:
            return maker
        if is_same_pass:
            fresh = [value for value in columns.inputs(maker) if value not in seen]
            seen.update(fresh)
            stack += fresh
    return None


def _adds_a_graph(case: Case, operation: Operation) -> bool:
    """Return whether an iteration adds the output of a module, the root of a backward pass, or, in
    a loop that trains, a leaf: an average of weights, for example."""
    trains = any(one.loops[: len(operation.loops)] == operation.loops for one in case.backwards)
    stack, seen = list(operation.inputs), set(operation.inputs)
    while stack:
        value = stack.pop()
        tensor = case.tensor(value)
        if trains and tensor.is_leaf and tensor.requires_grad:
            return True
        maker = case.run.producers.get(value)
        if maker is None or maker.loops[: len(operation.loops)] != operation.loops:
            continue
        if maker.module is not None or value in case.in_losses:
            return True
        fresh = [source for source in maker.inputs if source not in seen]
        seen.update(fresh)
        stack += fresh
    return False


def _told_of_total(case: Case, last: Operation, times: int) -> Finding:
    title = tr("A running total keeps the graph of every iteration")
    text = tr("{code} adds a tensor with its history, {count} times. {cost}").format(
        code=_code(case, last), count=number(times), cost=_cost(case, last.outputs)
    )
    added = _added(case, last)
    fix = Fix(tr("Add a number, `.item()`, or a tensor without history, `.detach()`."), [])
    if added is not None:
        fix = _without_history(case, added)
    return finding("graph_kept", "warning", last.spot, title, text, [last], last.outputs, fix)


def _added(case: Case, operation: Operation) -> ast.expr | None:
    """`loss` of `total += loss` and of `total = total + loss`."""
    match case.source.statement(operation.spot):
        case ast.AugAssign(op=ast.Add() | ast.Sub(), value=added):
            return added
        case ast.Assign(targets=[target], value=ast.BinOp(op=ast.Add(), left=left, right=right)):
            name = unparsed(target)
            both = [one for one in (left, right) if unparsed(one) != name]
            return both[0] if len(both) == 1 else None
    return None


# ------------------------------------------------------------------------------------------- lists


class _Loop(NamedTuple):
    """Backward passes on one line inside one loop, from where it was entered to where it ended."""

    line: int | None
    loop: tuple[int, int]


def _lists(case: Case) -> Iterator[Finding]:
    reported: set[tuple[int | None, int | None]] = set()
    for loop, passes in _loops(case).items():
        earlier = {_passed(backward.loops, loop) for backward in passes[:-1]}
        if len(earlier) < _FEWEST - 1:
            continue
        for values in _kept(case, passes[-1], loop):
            maker = case.run.producers[values[0]]
            if len(values) < min(len(earlier), _MOST) or (maker.spot, maker.column) in reported:
                continue
            reported.add((maker.spot, maker.column))
            yield _told_of_list(case, maker, values)


def _loops(case: Case) -> dict[_Loop, list[BackwardPass]]:
    found: dict[_Loop, list[BackwardPass]] = defaultdict(list)
    for backward in case.backwards:
        for loop in backward.loops:
            found[_Loop(backward.spot, (loop.spot, loop.entry))].append(backward)
    return found


def _passed(loops: Iterable[LoopPass], loop: _Loop) -> int | None:
    """Which iteration of a loop these passes of loops are part of."""
    return next((one.passed for one in loops if (one.spot, one.entry) == loop.loop), None)


def _kept(case: Case, last: BackwardPass, loop: _Loop) -> Iterator[list[int]]:
    """The values of earlier iterations that the program still held, one for each iteration, by
    the place that made them."""
    places: dict[tuple[int | None, int | None], dict[int, int]] = defaultdict(dict)
    now = _passed(last.loops, loop)
    for value in last.outlived:
        maker = case.run.producers.get(value)
        passed = None if maker is None else _passed(maker.loops, loop)
        if maker is not None and passed is not None and passed != now:
            places[maker.spot, maker.column][passed] = value
    for values in places.values():
        yield list(values.values())


def _told_of_list(case: Case, maker: Operation, values: list[int]) -> Finding:
    name = case.run.name(values[-1])
    kept = _appended(case, maker, name)
    line = maker.spot if kept is None else case.source.spot(kept)
    title = tr("Values kept from each iteration keep its graph")
    text = tr("The program keeps {name} of each iteration with its history. {cost}")
    text = text.format(name=case.name(values[-1]), cost=_cost(case, values))
    fix = Fix(tr("Keep a number, `.item()`, or a tensor without history, `.detach()`."), [])
    if kept is not None:
        text = tr("{code} on line {line} keeps a tensor with its history in each iteration. {cost}")
        code = f"`{case.source.short(kept)}`"
        text = text.format(code=code, line=line, cost=_cost(case, values))
        (added,) = kept.args
        is_taken_out = not isinstance(added, ast.Name) and values[-1] in case.in_losses
        fix = fix if is_taken_out else _without_history(case, added)
    return finding("graph_kept", "warning", line, title, text, [maker], values[-1:], fix)


def _appended(case: Case, maker: Operation, name: str | None) -> ast.Call | None:
    """`losses.append(loss)`, if there is one such call for this value."""
    place = maker.spot, maker.column, maker.end_spot, maker.end_column
    found = [
        call
        for call in case.calls("append")
        if len(given := call.args) == 1
        and (unparsed(given[0]) == name or case.source.place(given[0]) == place)
    ]
    return found[0] if len(found) == 1 else None


# -------------------------------------------------------------------------------------------- both


def _cost(case: Case, values: Iterable[int]) -> str:
    """Return a sentence about how much of the graph these values keep alive."""
    operations = _graph(case, values)
    nodes = sum(len(operation.grad_fn) for operation in operations)
    ran = {step.operation for backward in case.backwards for step in backward.steps}
    kept = sum(operation.saved_bytes for operation in operations if operation.id not in ran)
    freed = sum(operation.saved_bytes for operation in operations if operation.id in ran)
    text = tr(
        "That keeps {nodes} autograd nodes alive, and more with each iteration; backward() freed "
        "the {bytes} that they had saved."
    )
    if not kept and not freed:
        text = tr("That keeps {nodes} autograd nodes alive, and more with each iteration.")
    if kept:
        text = tr(
            "That keeps {nodes} autograd nodes alive with the {bytes} that they saved for "
            "backward, and more with each iteration."
        )
    return text.format(nodes=number(nodes), bytes=size(kept or freed))


def _graph(case: Case, values: Iterable[int]) -> list[Operation]:
    """The recorded operations that these values lead back to."""
    found: dict[int, Operation] = {}
    stack = list(values)
    seen = set(stack)
    while stack:
        for link in case.flow.links(stack.pop()):
            if link.passes and link.operation is not None:
                found[link.operation.id] = link.operation
            if link.passes and link.source not in seen:
                seen.add(link.source)
                stack.append(link.source)
    return list(found.values())


def _without_history(case: Case, value: ast.expr) -> Fix:
    code = case.source.in_parentheses(value)
    text = tr("Use {number}, a number, or {tensor}, which has no history.")
    if len(code) > _SHORT:
        text, code = tr("Keep {tensor} instead, or {number} for a number."), ""
    text = text.format(number=f"`{code}.item()`", tensor=f"`{code}.detach()`")
    detached = f"{case.source.in_parentheses(value)}.detach()"
    return Fix(text, [case.source.replaced(value, detached)])


def _code(case: Case, operation: Operation) -> str:
    """ "`total += loss` on line 11": the statement, where it is short."""
    statement = case.source.statement(operation.spot)
    code = "" if statement is None else case.source.segment(statement)
    if not code or len(code) > LONGEST:
        return tr("Line {line}").format(line=operation.spot)
    return tr("{code} on line {line}").format(code=f"`{code}`", line=operation.spot)
