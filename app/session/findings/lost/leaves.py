"""Faults about leaves: requires_grad set too late or on the wrong tensor, mistaken leaves."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from app.contract.records import BackwardPass, Clause, Edit, Fact, Finding, Fix, Gradient, Operation
from app.session.explain import texts
from app.session.explain.parametrized import originals
from app.session.findings.case import Case, finding
from app.session.findings.lost.uncut import removed_with_patches
from app.session.language import tr
from app.session.source.code_marks import as_code
from app.session.source.parsing import unparsed

_STAND_INS = frozenset(
    ("mul", "div", "true_divide", "add", "sub", "to", "float", "double", "half", "bfloat16", "type",
     "cuda", "cpu", "clone")
)  # fmt: skip
"""Functions applied to a new leaf by mistake, to get a leaf with other values or dtype."""


def patched_loss(case: Case) -> Iterator[Finding]:
    for backward in case.backwards:
        for root in backward.roots:
            maker = _lost_history(case, root, backward)
            if maker is None:
                continue
            name = case.name(root)
            title = tr("backward() began at a leaf, so it trained nothing")
            text = tr(
                "{name} had no history when it was made to require grad: {maker}. The "
                "backward pass on line {line} filled its own .grad and reached nothing else."
            )
            if maker.reason == "source":
                text = tr(
                    "{name} has no history: {maker} made it of numbers. The backward pass on line "
                    "{line} filled its own .grad and reached nothing else."
                )
            text = text.format(
                name=name, line=backward.spot, maker=case.say(maker)
                if maker.reason == "source" else case.phrases.not_recorded(maker),
            )  # fmt: skip
            facts = case.run.requiring.changes(root)
            line = next((fact.spot for fact in facts if fact.value), maker.spot)
            description = tr(
                "Do not set requires_grad on {name}; make sure the operations that compute it are "
                "recorded."
            ).format(name=name)
            yield finding("patched_loss", "error", line, title, text, [maker], [root],
                          Fix(description, _recorded_again(case, root)))  # fmt: skip
            return  # the same in every pass of a loop


def _recorded_again(case: Case, root: int) -> list[Edit]:
    """Return edits that remove the cut behind a root, if it is one call or region."""
    cuts: dict[tuple[object, ...], Operation] = {}
    stack, seen = [case.run.values[case.identity(root)][0].id], {root}
    while stack:
        maker = case.run.producers.get(stack.pop())
        if maker is None:
            continue
        wanted = any(case.run.requiring.at(value, maker.event) for value in maker.inputs)
        if wanted and maker.status == "skipped":
            place = (maker.cause.spot,) if maker.cause is not None else case.place(maker)
            cuts.setdefault(place, maker)
            continue
        fresh = [value for value in maker.inputs if value not in seen]
        seen.update(fresh)
        stack += fresh
    return removed_with_patches(case, next(iter(cuts.values()))) if len(cuts) == 1 else []


def _lost_history(case: Case, root: int, backward: BackwardPass) -> Operation | None:
    """What made a root which is itself a leaf, and the only one reached: a skipped operation, or
    `torch.tensor(…)` in a program that trains."""
    tensor = case.tensor(root)
    if not tensor.is_leaf or not tensor.requires_grad or tensor.kind == "parameter":
        return None
    reached = {case.identity(one) for one in backward.accumulated_into}
    maker = case.run.producers.get(case.run.values[tensor.identity][0].id)
    if maker is None or reached - {tensor.identity}:
        return None
    if maker.status == "skipped":
        return maker
    if left := case.run.came_back.get(maker.id, ()):
        return left[-1]
    trains = case.trace.optimizers and tensor.identity not in case.evidence.optimizers
    return maker if trains and maker.name == "tensor" else None


def set_too_late(case: Case) -> Iterator[Finding]:
    late: dict[int | None, list[tuple[Fact, Gradient, Operation]]] = defaultdict(list)
    for row in case.trace.gradients:
        found = None if row.grad is not None else _set_late(case, row)
        if found is not None:
            late[found[0].spot].append((found[0], row, found[1]))
    for line, cases in late.items():
        names = case.owners(row for _, row, _ in cases)
        use = cases[0][2]
        title = tr("requires_grad was set too late")
        text = tr(
            "{names} did not require grad yet when {use} ran, so that was not recorded for it; "
            "requires_grad was set afterwards."
        ).format(names=names, use=case.say(use))
        fix = Fix(
            tr("Set requires_grad before line {line}.").format(line=use.spot),
            _set_earlier(case, line, use),
        )
        tensors = [row.tensor for _, row, _ in cases]
        yield finding("set_too_late", "warning", line, title, text, [use], tensors, fix)


def _set_earlier(case: Case, line: int | None, use: Operation) -> list[Edit]:
    """The statement that sets requires_grad, moved to before the use: both in one block."""
    source = case.source
    statement = source.statement(line)
    if statement is None or use.spot is None or not _sets_requires_grad(statement):
        return []
    block = source.block(statement)
    place = source.enclosing(use.spot, block)
    removed = source.without(statement)
    if place is None or removed is None or place.lineno >= statement.lineno:
        return []
    return [source.before(place, source.segment(statement)), removed]


def _sets_requires_grad(statement: ast.stmt) -> bool:
    plain = re.compile(r"[\w.\[\]]+\.requires_grad( = True|_\((True)?\))")
    return plain.fullmatch(unparsed(statement)) is not None


def _set_late(case: Case, row: Gradient) -> tuple[Fact, Operation] | None:
    """The moment at which it was set, and a use before it that leads to a loss."""
    values, requiring = case.run.values[case.identity(row.tensor)], case.run.requiring
    if not any(fact.value for value in values for fact in requiring.changes(value.id)):
        return None
    uses = case.flow.uses(values)
    if not uses or any(requiring.at(value, op.event) for op, value in uses):
        return None
    for op, value in uses:
        fact = requiring.switched_on_after(value, op.event)
        seen = op.reason in ("no_input_requires_grad", "recorded")
        if fact is not None and seen and _leads_to_loss(case, value):
            return fact, op
    return None


def _leads_to_loss(case: Case, value: int) -> bool:
    passes = [*case.backwards, *([case.failed_pass] if case.failed_pass else [])]
    return any(case.reach(backward).leads_here([value]) for backward in passes)


def non_leaf_parameter(case: Case) -> Iterator[Finding]:
    call = case.failed_call
    refused = call.inputs if call is not None and call.name == "add_param_group" else []
    for row in _meant_as_leaves(case):
        if row.tensor in refused:
            continue  # `non_leaf_in_optimizer` says it
        maker = case.run.producers[row.tensor]
        title = tr("{name} is the result of an operation, not a leaf").format(name=f"`{row.name}`")
        advice = texts.advice(case.phrases, row)
        fix = None if advice is None else Fix(advice, leaf_edits(case, row.name, maker))
        text = tr("Its .grad stays None: {reason}").format(reason=texts.reason(case.phrases, row))
        yield finding("non_leaf_parameter", "warning", maker.spot, title, text, [maker],
                      [row.tensor], fix)  # fmt: skip


def _meant_as_leaves(case: Case) -> list[Gradient]:
    roots = {case.identity(root) for b in case.trace.backward_passes for root in b.roots}
    return [
        row
        for row in case.trace.gradients
        if row.why.code == "non_leaf"
        and case.identity(row.tensor) not in roots
        and _stands_for_leaf(case, row.tensor)
    ]


def _stands_for_leaf(case: Case, value: int) -> bool:
    """Return whether a result replaced a leaf: it has the leaf's name, or the leaf has none."""
    tensor, name = case.tensor(value), case.run.name(value)
    seen: set[int] = set()
    while value not in seen:
        seen.add(value)
        maker = case.run.producers.get(value)
        wanting = [] if maker is None else [i for i in dict.fromkeys(maker.inputs)
                                            if case.tensor(i).requires_grad]  # fmt: skip
        if maker is None or len(wanting) != 1:
            return False
        source = case.tensor(wanting[0])
        known_as = case.run.names.get(source.identity)
        if source.is_leaf:
            is_alike = source.shape == tensor.shape and maker.name in _STAND_INS
            return known_as == name or (known_as is None and is_alike)
        if known_as != name:
            return False
        value = source.id
    return False


def leaf_edits(case: Case, name: str, maker: Operation) -> list[Edit]:
    statement = case.source.statement(maker.spot)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return []
    target = statement.targets[0]
    if isinstance(target, ast.Attribute) and target.attr == name.rpartition(".")[2]:
        return _as_parameter(case, statement)
    if not isinstance(target, ast.Name) or target.id != name:
        return []
    return _required_last(case, statement) or _updated_in_place(case, statement, target.id)


def _as_parameter(case: Case, statement: ast.Assign) -> list[Edit]:
    """`self.w = nn.Parameter(x) * 0.1` becomes `self.w = nn.Parameter(x * 0.1)`."""
    source, value = case.source, statement.value
    calls = [call for call in source.calls(value, "Parameter") if len(call.args) == 1]
    if (
        len(calls) != 1
        or calls[0].keywords
        or calls[0] is value
        or not source.is_one_line(statement)
    ):
        return []
    (call,) = calls
    code, start = source.segment(value), source.place(value)[1]
    _, first, _, last = source.place(call)
    inner = source.in_parentheses(call.args[0])
    whole = f"{code[: first - start]}{inner}{code[last - start :]}"
    return [source.replaced(value, f"{source.segment(call.func)}({whole})")]


def _required_last(case: Case, statement: ast.Assign) -> list[Edit]:
    """`randn(3, requires_grad=True) * 0.1` becomes `(randn(3) * 0.1).requires_grad_()`."""
    source = case.source
    calls = [
        (node, keyword)
        for node in ast.walk(statement.value)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "requires_grad"
    ]
    if len(calls) != 1 or not source.is_one_line(statement):
        return []
    call, keyword = calls[0]
    before = [*call.args, *(k.value for k in call.keywords if k is not keyword)]
    if not before or keyword is not call.keywords[-1]:
        return []
    end = max((one.end_lineno or 0, one.end_col_offset or 0) for one in before)
    start = source.column(end[0], end[1])
    stop = source.column(statement.lineno, keyword.value.end_col_offset or 0)
    _, first, line, last = source.place(statement.value)
    opened, closed = ("", "") if isinstance(statement.value, ast.Call) else ("(", ")")
    edits = [
        source.edit(line, start, line, stop, ""),
        source.edit(line, last, line, last, f"{closed}.requires_grad_()"),
    ]
    if opened:
        edits.insert(0, source.edit(line, first, line, first, opened))
    return edits


def _updated_in_place(case: Case, statement: ast.Assign, name: str) -> list[Edit]:
    """`w = w - lr * w.grad` becomes an update of the leaf, whose `.grad` is then cleared."""
    source, value = case.source, statement.value
    torch = source.torch(statement.lineno)
    if torch is None or not source.is_one_line(statement):
        return []
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, (ast.Sub, ast.Add)):
        return []
    reads = any(isinstance(n, ast.Attribute) and n.attr == "grad" for n in ast.walk(value.right))
    if not reads or not isinstance(value.left, ast.Name) or value.left.id != name:
        return []
    sign = "-=" if isinstance(value.op, ast.Sub) else "+="
    indent = source.indent(statement)
    code = (
        f"with {torch}.no_grad():\n{indent}    {name} {sign} {source.segment(value.right)}\n"
        f"{indent}{name}.grad = None"
    )
    return [source.replaced(statement, code)]


def non_leaf_grad_read(case: Case) -> Iterator[Finding]:
    reported = {case.identity(row.tensor) for row in _meant_as_leaves(case)}
    lines: set[tuple[int | None, str | None]] = set()
    for fact in case.trace.facts:
        tensor = case.tensor(fact.tensor)
        if fact.kind != "grad_read" or fact.value or tensor.is_leaf or tensor.identity in reported:
            continue
        kept = case.histories.retained(tensor.identity)
        late = _retained_late(case, tensor.identity)
        place = fact.spot, case.run.name(tensor.id)
        if place in lines or (kept is not None and kept.event < fact.event and late is None):
            continue
        lines.add(place)
        name, maker = case.name(tensor.id), case.run.producers.get(tensor.id)
        title = tr("The .grad of {name} was read, but it is not a leaf").format(name=name)
        text = tr("Backward passes keep gradients for leaves only.")
        if maker is not None:
            text = tr("It is the result of {maker}, and .grad is kept for leaves only.").format(
                maker=case.say(maker)
            )
        if late is not None:
            text = texts.reason(case.phrases, late)
        known_as = case.run.name(tensor.id)
        behind = [] if known_as is None else originals(case.run, known_as)
        fix = None
        if known_as is not None and behind:
            computed = Clause("parametrized", count=len(behind))
            text = texts.in_words(case.phrases, known_as, [computed])
            text = f"{text[:1].upper()}{text[1:]}"
            edits = _read_original(case, fact, known_as, behind)
            read = texts.in_words(case.phrases, known_as, [Clause("read_originals")])
            fix = Fix(read, edits)
        elif known_as is not None and (code := as_code(known_as)) is not None:
            description = tr("Call {call} before backward() to keep it.")
            call = f"`{code}.retain_grad()`"
            edits = _retain(case, fact, maker)
            former = case.source.statement(kept.spot) if kept is not None and late else None
            removed = None if former is None else case.source.without(former)
            edits += [removed] if edits and removed is not None else []
            fix = Fix(description.format(call=call), edits)
        made = [maker] if maker else []
        yield finding("non_leaf_grad_read", "info", fact.spot, title, text, made, [tensor.id], fix)


def _retained_late(case: Case, identity: int) -> Gradient | None:
    """The row of a result whose `retain_grad()` came after the backward pass."""
    row = case.rows.get(identity)
    clauses = () if row is None else row.why.clauses
    return row if any(clause.kind == "retained_late" for clause in clauses) else None


def _read_original(case: Case, fact: Fact, name: str, behind: list[str]) -> list[Edit]:
    """Where the line says `linear.weight.grad`, the `.grad` of the leaf in its place."""
    reads = [
        node
        for node in case.source.parts(ast.Attribute)
        if node.lineno == fact.spot and unparsed(node) == f"{name}.grad"
    ]
    if len(reads) != 1 or len(behind) != 1:
        return []
    return [case.source.replaced(reads[0], f"{behind[0]}.grad")]


def _retain(case: Case, fact: Fact, maker: Operation | None) -> list[Edit]:
    """A line behind the one that made it, where a backward pass would have come by."""
    name = case.run.name(fact.tensor)
    statement = None if maker is None else case.source.statement(maker.spot)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return []
    target = statement.targets[0]
    before = [backward for backward in case.backwards if backward.event < fact.event]
    reached = any(fact.tensor in case.reach(backward).alive for backward in before[-1:])
    if not reached or not isinstance(target, ast.Name) or target.id != name:
        return []
    return [case.source.after(statement, f"{name}.retain_grad()")]
