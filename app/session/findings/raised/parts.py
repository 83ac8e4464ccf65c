"""`requires_grad` set on a part of a tensor: a slice has no flag that its tensor would follow."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.contract.records import Edit, Fact, Finding, Fix, Operation
from app.session.findings.case import Case, Severity, finding
from app.session.findings.raised.failing import error_line
from app.session.language import tr

_SETTERS = ("requires_grad", "requires_grad_")
_MASK = "mask"


def requires_grad_on_part(case: Case) -> Iterator[Finding]:
    call = case.failed_call
    if call is not None and call.name in _SETTERS and call.inputs:
        base = _whole(case, call.inputs[0])
        if base is not None and case.tensor(base).is_leaf and case.tensor(base).requires_grad:
            yield _refused(case, call.inputs[0], base)
    lines: set[int | None] = set()
    for fact, base in without_effect(case):
        if fact.spot not in lines:
            lines.add(fact.spot)
            yield _without_effect(case, fact, base)


def without_effect(case: Case) -> Iterator[tuple[Fact, int]]:
    """Where a part was made to require grad and then dropped, while the whole went into a loss;
    the whole with it."""
    for fact in case.trace.facts:
        if fact.kind != "requires_grad" or not fact.value:
            continue
        base = _whole(case, fact.tensor)
        if base is None or case.tensor(base).requires_grad:
            continue
        values = case.run.values[case.identity(fact.tensor)]
        used = {value.id for value in case.run.values[case.identity(base)]} & case.in_losses
        if used and not case.flow.uses(values) and not any(v.id in case.in_losses for v in values):
            yield fact, base


def _whole(case: Case, value: int) -> int | None:
    """The tensor that a value is a part of; None for another kind of value."""
    whole = value
    while (maker := case.run.producers.get(whole)) and _takes_part(case, maker, whole):
        whole = maker.inputs[0]
    is_part = case.tensor(whole).summary.numel > case.tensor(value).summary.numel
    return whole if is_part else None


def _takes_part(case: Case, maker: Operation, value: int) -> bool:
    is_view = case.tensor(value).is_view_of is not None and not maker.in_place
    return bool(maker.inputs) and (is_view or maker.name in ("getitem", "index_select"))


def _refused(case: Case, part: int, base: int) -> Finding:
    line = error_line(case)
    name = case.name(base)
    title = tr("requires_grad cannot be set for a part of a tensor")
    text = tr(
        "{part} is computed from {name}, not a leaf. Only the whole of {name} has a "
        "requires_grad flag."
    ).format(part=case.name(part), name=name)
    if case.message_has("If you want to use"):  # torch's words where it is to be False
        fix = Fix(
            tr(
                "Keep requires_grad of {name} as it is, and set the gradient of this part to 0 in "
                "a hook. Weight decay and momentum can still change the part."
            ).format(name=name),
            _masked(case, line),
        )
    else:
        fix = Fix(
            tr("Remove this line: {name} requires grad already.").format(name=name),
            _without_line(case, line),
        )
    maker = case.run.producers.get(part)
    made = [maker] if maker is not None else []
    return finding(
        "requires_grad_on_part", "error", line, title, text, made, [part, base], fix
    )  # fmt: skip


def _without_effect(case: Case, fact: Fact, base: int) -> Finding:
    maker = case.run.producers[fact.tensor]
    title = tr("requires_grad was set on a copy of a part, not on the tensor")
    text = tr(
        "{part} is a new tensor, and nothing uses it. {name} itself does not require grad, so it "
        "gets no gradient."
    ).format(part=case.say(maker), name=case.name(base))
    fix = Fix(
        tr(
            "Set requires_grad for the whole of {name}. To train only a part of it, make that part "
            "a leaf of its own and build {name} from the parts in each forward pass."
        ).format(name=case.name(base)),
        _on_whole(case, fact.spot),
    )
    severity: Severity = "error" if case.failed_pass is not None else "warning"
    return finding(
        "requires_grad_on_part", severity, fact.spot, title, text, [maker], [fact.tensor, base], fix
    )  # fmt: skip


def _part_in(statement: ast.stmt | None) -> tuple[ast.Subscript, bool] | None:
    """The `w[0]` of `w[0].requires_grad = True` and `w[0].requires_grad_()`, and what is set."""
    match statement:
        case ast.Assign(
            targets=[ast.Attribute(value=ast.Subscript() as part, attr="requires_grad")],
            value=ast.Constant(value=bool() as value),
        ):
            return part, value
        case ast.Expr(value=ast.Call(
            func=ast.Attribute(value=ast.Subscript() as part, attr="requires_grad_"),
            args=args, keywords=[],
        )):  # fmt: skip
            match args:
                case []:
                    return part, True
                case [ast.Constant(value=bool() as value)]:
                    return part, value
    return None


def _on_whole(case: Case, line: int | None) -> list[Edit]:
    """`w[0].requires_grad = True` becomes `w.requires_grad = True`."""
    found = _part_in(case.source.statement(line))
    if found is None or not found[1] or isinstance(found[0].value, ast.Subscript):
        return []
    return [case.source.replaced(found[0], case.source.segment(found[0].value))]


def _without_line(case: Case, line: int | None) -> list[Edit]:
    statement = case.source.statement(line)
    edit = (
        None if _part_in(statement) is None or statement is None else case.source.without(statement)
    )
    return [] if edit is None else [edit]


def _masked(case: Case, line: int | None) -> list[Edit]:
    """`w[0].requires_grad = False` becomes a hook that multiplies the gradient of `w[0]` by 0."""
    source = case.source
    statement = source.statement(line)
    found, torch = _part_in(statement), source.torch(line)
    if statement is None or found is None or found[1] or torch is None:
        return []
    part, taken = found[0], {name.id for name in source.parts(ast.Name)}
    if not source.is_one_line(statement) or _MASK in taken:
        return []
    whole, index = source.segment(part.value), source.segment(part.slice)
    indent = source.indent(statement)
    lines = (
        f"{_MASK} = {torch}.ones_like({whole})",
        f"{_MASK}[{index}] = 0",
        f"{whole}.register_hook(lambda grad, {_MASK}={_MASK}: grad * {_MASK})",
    )
    return [source.replaced(statement, f"\n{indent}".join(lines))]
