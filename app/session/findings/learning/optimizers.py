"""Compares the parameters of the optimizers with those that have gradients."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator

from app.contract.records import Finding, Fix, Gradient, Operation, Optimizer
from app.session.findings.case import Case, finding
from app.session.findings.learning.copies import (
    copied_modules,
    held_instead,
    is_only_in_optimizers,
)
from app.session.language import ngettext, number, paragraph, tr
from app.session.source.parsing import unparsed

_WITH_STATE = frozenset((
    "ASGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Muon", "NAdam", "RAdam",
    "RMSprop", "Rprop", "SparseAdam",
))  # fmt: skip
"""The optimizers of torch whose every step depends on what earlier steps left; SGD may not."""
_OFTEN = 3


def not_in_optimizer(case: Case) -> Iterator[Finding]:
    """Find parameters outside all optimizers: one finding per line that made them too late, and
    one for the rest."""
    if not case.given or not case.is_whole or case.trace.run.begins_late:
        return
    late: dict[int | None, list[tuple[Gradient, Operation]]] = defaultdict(list)
    rest, twice = [], _with_the_same(case)
    in_forward: dict[str, Operation | None] = {}
    for row in _missing(case):
        maker = _first_writer(case, case.identity(row.tensor))
        if maker is None:
            if row.name not in in_forward:
                in_forward[row.name] = _made_in_forward(case, row.name)
            maker = in_forward[row.name]
        if maker is not None and maker.event > _last(case).event:
            late[maker.spot].append((row, maker))
        elif twice or not is_on_path(case, row, through_cuts=True):
            rest.append(row)
    for line, made in late.items():
        yield _too_young(case, line, made)
    if rest:
        yield _left_out(case, rest, twice)


def optimizer_never_steps(case: Case) -> Iterator[Finding]:
    """Find optimizers without a step whose parameters got gradients, in runs where another steps.

    If no optimizer steps, nothing trains, and another finding reports that.
    """
    if not case.given or not case.is_whole:
        return
    for optimizer in case.trace.optimizers:
        if optimizer.number is not None:
            continue
        identities = map(case.identity, optimizer.parameters)
        rows = [
            case.rows[identity]
            for identity in identities
            if identity in case.rows
            and identity not in case.given
            and not case.evidence.changes(identity)
            and case.evidence.arrivals(identity)
        ]
        if rows:
            yield _never_steps(case, optimizer, rows)


def _never_steps(case: Case, optimizer: Optimizer, rows: list[Gradient]) -> Finding:
    title = tr("An optimizer never steps")
    text = tr(
        "The {optimizer} optimizer made on line {line} has {names}, which got gradients, and "
        "its `step()` was never called, so they keep their values."
    ).format(optimizer=optimizer.type, line=optimizer.spot, names=case.owners(rows))
    later = (one for one in case.trace.optimizers if one.event > optimizer.event)
    taken = {name for one in later for name in case.variables_of(one)}
    lost = next((name for name in case.variables_of(optimizer) if name in taken), None)
    if lost is not None:
        again = tr("{name} was later given another optimizer.").format(name=f"`{lost}`")
        text = paragraph((text, again))
    fix = Fix(tr("Give its parameters to the optimizer that steps, or call its `step()` too."), [])
    return finding("optimizer_never_steps", "warning", optimizer.spot, title, text, [],
                   [row.tensor for row in rows], fix)  # fmt: skip


def optimizer_made_again(case: Case) -> Iterator[Finding]:
    """Find a line that makes an optimizer of the same parameters for each single step, where steps
    use what earlier ones left (`_WITH_STATE`)."""
    steps: Counter[int | None] = Counter(one.optimizer for one in case.trace.optimizer_steps)
    made: dict[tuple[object, ...], list[Optimizer]] = defaultdict(list)
    for one in case.trace.optimizers:
        if one.type in _WITH_STATE and one.number is not None and one.spot is not None:
            made[one.spot, one.type, *map(case.identity, one.parameters)].append(one)
    for alike in made.values():
        first, count = alike[0], len(alike)
        if count < _OFTEN or any(steps[one.number] > 1 for one in alike):
            continue
        title = tr("An optimizer is made again for each step")
        text = tr(
            "Line {line} made {count} {optimizer} optimizers of the same parameters, and each made "
            "one step. What {optimizer} keeps for its next step, such as averages of gradients, "
            "was lost each time."
        ).format(line=first.spot, count=number(count), optimizer=first.type)
        fix = Fix(tr("Make the optimizer once, before the loop."), [])
        yield finding("optimizer_made_again", "warning", first.spot, title, text, [],
                      first.parameters, fix)  # fmt: skip


def _missing(case: Case) -> list[Gradient]:
    """The parameters that got a gradient, that no optimizer has and nothing else moves along it.

    Not copies of other parameters: a target or a teacher follows what it was copied from.
    """
    evidence, copies = case.evidence, copied_modules(case)
    found = []
    for row in case.trace.gradients:
        identity = case.identity(row.tensor)
        if identity in evidence.optimizers or not _is_to_be_trained(case, row, identity):
            continue
        if case.root_of(identity) in copies:
            continue
        if any(_got_nothing_else(case, one) for one in _that_had_the_name(case, row, identity)):
            found.append(row)
    return found


def _is_to_be_trained(case: Case, row: Gradient, identity: int) -> bool:
    """Whether a variable is a parameter, or is like the plain tensors that the optimizers have.

    Such a tensor may be an input instead: then the program reads its gradient or clears it.
    """
    if case.tensor(row.tensor).kind == "parameter":
        return True
    if any(case.tensor(one).kind == "parameter" for one in case.evidence.optimizers):
        return False
    asked = {case.identity(one) for b in case.trace.backward_passes for one in b.inputs}
    return (
        row.why.code == "accumulated_repeatedly"
        and identity not in asked
        and not case.gradient_uses.is_used(identity, -1, float("inf"))
    )


def _that_had_the_name(case: Case, row: Gradient, identity: int) -> list[int]:
    """The parameter of a row and those that it replaced (`net.weight = nn.Parameter(…)`)."""
    earlier = case.parameters_of_name.get(row.name, ())
    return [identity, *(one for one in earlier if one not in case.evidence.optimizers)]


def _got_nothing_else(case: Case, identity: int) -> bool:
    """Whether a gradient arrived and nothing changed the parameter afterwards."""
    filled = next((h for h in case.histories.of(identity) if h.kind == "accumulated"), None)
    changes = case.evidence.changes(identity)
    return filled is not None and not any(one.event > filled.event for one in changes)


def _first_writer(case: Case, identity: int) -> Operation | None:
    """Return the operation that gave it its first values."""
    values = case.run.values[identity]
    makers = (case.run.producers.get(value.id) for value in values)
    return next((maker for maker in makers if maker is not None), None)


def _made_in_forward(case: Case, name: str) -> Operation | None:
    """Return the operation by which modules made the parameters of a name while they ran, as in
    `scale = nn.Parameter(torch.ones(3))` in `forward`; None if there is one parameter only."""
    made = case.parameters_of_name.get(name, [])
    uses = case.flow.uses(case.run.values[made[-1]]) if len(made) > 1 else []
    if not uses or uses[0][0].spot is None or case.root_of(made[-1]) is not None:
        return None
    scope = case.source.scope(uses[0][0].spot)
    lines = {one.lineno for one in ast.walk(scope)
             if isinstance(one, ast.Assign) and unparsed(one.targets[0]) == name}  # fmt: skip
    makers = case.run.units.like(lambda form: form.spot in lines)
    return next((one for one in reversed(makers) if one.module is not None), None)


def _line_of_making(case: Case, maker: Operation) -> int | None:
    """The line that led to it in the function in which the optimizer was made: a line of a function
    that builds the model runs before the optimizer is made and after."""
    optimizer = _last(case)
    if maker.module is not None or optimizer.spot is None:
        return maker.spot
    scope = case.source.scope(optimizer.spot)
    called = (frame.spot for frame in maker.stack if case.source.scope(frame.spot) is scope)
    return next(called, maker.spot)


def _last(case: Case) -> Optimizer:
    """The last optimizer of those that stepped."""
    stepped = [one for one in case.trace.optimizers if one.number is not None]
    return max(stepped, key=lambda optimizer: optimizer.event)


def is_on_path(case: Case, row: Gradient, *, through_cuts: bool = False) -> bool:
    """Whether it belongs to a model of its own whose input was computed with parameters of an
    optimizer: gradients for an actor pass through its critic, which is not to be changed by them.

    With `through_cuts` also where the path to those parameters is cut: another finding says so.
    """
    comes = case.comes_from_optimized if through_cuts else case.leads_to_optimized
    identity = case.identity(row.tensor)
    root = case.root_of(identity)
    if root is None or root in set(map(case.root_of, case.evidence.optimizers)):
        return False
    values = case.run.values[identity]
    return any(
        one != value and comes(one)
        for operation, value in case.flow.uses(values)
        if operation.status == "recorded"  # not where an average follows it
        for one in operation.inputs
    )


def _too_young(case: Case, line: int | None, made: list[tuple[Gradient, Operation]]) -> Finding:
    rows = [row for row, _ in made]
    names, optimizer = case.owners(rows), _last(case)
    times = _times_made_since(case, *made[0], optimizer)
    title = tr("Parameters were made after the optimizer")
    text = tr(
        "The {optimizer} optimizer was made on line {made}, before {names} on line {line}, so its "
        "steps do not update {names}."
    )
    fix = tr("Make the optimizer after line {line}.")
    if any(operation.module is not None for _, operation in made):
        title = tr("Parameters are made during the forward pass")
        text = tr(
            "The model makes {names} on line {line} while it runs, after the {optimizer} optimizer "
            "was made on line {made}, so its steps do not update {names}."
        )
        fix = tr("Create it once, in `__init__`, instead of on line {line}.")
    elif times > 1:
        title = tr("Parameters are made again after the optimizer")
        text = tr(
            "Line {line} made {names} {times} times after the {optimizer} optimizer was made on "
            "line {made}, so its steps do not update {names}."
        )
        fix = tr("Make {names} once, before the optimizer.")
    text = text.format(
        line=line, names=names, made=optimizer.spot, optimizer=optimizer.type,
        times=number(times),
    )  # fmt: skip
    after = _line_of_making(case, made[0][1])
    if after != line:
        called = tr("The call on line {line} led there.").format(line=after)
        text = paragraph((text, called))
    makers = list({operation.id: operation for _, operation in made}.values())
    return finding(
        "not_in_optimizer", "warning", optimizer.spot, title, text, makers,
        [row.tensor for row in rows], Fix(fix.format(line=after, names=names), []),
    )  # fmt: skip


def _times_made_since(case: Case, row: Gradient, maker: Operation, optimizer: Optimizer) -> int:
    """How often the parameter of a name was made after the optimizer."""
    if maker.reason == "detached":  # of a computed tensor; some have died before they got a name
        alike = case.run.units.like(lambda form: form.reason == "detached")
        there = (one for one in alike if case.place(one) == case.place(maker))
        return sum(one.event > optimizer.event for one in there)
    made = [_first_writer(case, one) for one in case.parameters_of_name.get(row.name, ())]
    return sum(maker is not None and maker.event > optimizer.event for maker in made)


def _with_the_same(case: Case) -> list[Optimizer]:
    """Two optimizers that the program steps and that have the same parameters; else none."""
    seen: dict[frozenset[int], Optimizer] = {}
    for optimizer in (one for one in case.trace.optimizers if one.number is not None):
        other = seen.setdefault(frozenset(map(case.identity, optimizer.parameters)), optimizer)
        if other is not optimizer:
            return [other, optimizer]
    return []


def _left_out(case: Case, rows: list[Gradient], twice: list[Optimizer]) -> Finding:
    title = tr("Parameters with a gradient are in no optimizer")
    text = tr(
        "Backward passes filled the .grad of {names}, but no optimizer has them, so they "
        "keep their values."
    ).format(names=case.owners(rows))
    fix = Fix(tr("Give them to an optimizer, or set requires_grad to False to save the work."), [])
    if twice:
        same = tr(
            "The {optimizer} optimizer made on line {line} has the same parameters as the one made "
            "on line {other}."
        ).format(optimizer=twice[1].type, line=twice[1].spot, other=twice[0].spot)
        text = paragraph((text, same))
    optimizer = _last(case)
    held = [one for one in optimizer.parameters if is_only_in_optimizers(case, case.identity(one))]
    copied = next(filter(None, (_copied_from(case, one, rows) for one in held)), None)
    if copied is not None:
        row, maker = copied
        made = tr("What the {optimizer} optimizer has is {maker}, a tensor of its own.")
        text = paragraph((text, made.format(optimizer=optimizer.type, maker=case.say(maker))))
        fix = Fix(tr("Give the optimizer {name} itself.").format(name=case.owners([row])), [])
    elif instead := held_instead(case, rows, optimizer):
        made = tr("What the {optimizer} optimizer has is a copy, {name}, which got no gradient.")
        name = case.owners(instead)
        text = paragraph((text, made.format(optimizer=optimizer.type, name=name)))
        fix = Fix(tr("Give the optimizer {name} itself.").format(name=case.owners(rows)), [])
    elif held:
        replaced = ngettext(
            "The {optimizer} optimizer made on line {line} has a parameter that the program no "
            "longer has anywhere else.",
            "The {optimizer} optimizer made on line {line} has {count} parameters that the program "
            "no longer has anywhere else.",
            len(held),
        ).format(optimizer=optimizer.type, line=optimizer.spot, count=number(len(held)))
        text = paragraph((text, replaced))
        fix = Fix(tr("Make the optimizer after what replaces the parameters."), [])
        if any(len(case.parameters_of_name.get(row.name, ())) > 2 for row in rows):
            fix = Fix(
                tr("Make the parameter once, and change its values under `torch.no_grad()`."), []
            )
    return finding("not_in_optimizer", "warning", optimizer.spot, title, text, [],
                   [row.tensor for row in rows], fix)  # fmt: skip


def _copied_from(
    case: Case, parameter: int, rows: list[Gradient]
) -> tuple[Gradient, Operation] | None:
    """The row from which a parameter of an optimizer was made, and the operation that made it."""
    wanted = {case.identity(row.tensor): row for row in rows}
    made = case.run.producers.get(case.run.values[case.identity(parameter)][0].id)
    step = made
    while made is not None and step is not None and len(step.inputs) == 1:
        row = wanted.get(case.identity(step.inputs[0]))
        if row is not None:
            return row, made
        step = case.run.producers.get(step.inputs[0])
    return None


def frozen_in_optimizer(case: Case) -> Iterator[Finding]:
    first_steps: dict[int, int] = {}
    for step in case.trace.optimizer_steps:
        first_steps.setdefault(step.optimizer, step.event)
    frozen: dict[int, list[int]] = defaultdict(list)
    for optimizer in case.trace.optimizers:
        event = first_steps.get(-1 if optimizer.number is None else optimizer.number)
        if event is not None:
            frozen[optimizer.id] = [
                parameter
                for parameter in optimizer.parameters
                if not case.run.requiring.at(parameter, event)
                and not case.histories.of(case.identity(parameter))
            ]
    for optimizer in case.trace.optimizers:
        if frozen[optimizer.id]:
            yield _frozen_in_optimizer(case, optimizer, frozen[optimizer.id])


def _frozen_in_optimizer(case: Case, optimizer: Optimizer, parameters: list[int]) -> Finding:
    identities = [case.identity(parameter) for parameter in parameters]
    rows = [case.rows[identity] for identity in identities if identity in case.rows]
    title = tr("The optimizer has parameters that do not require grad")
    text = tr("{names} never got a gradient, so the steps of {optimizer} leave them alone.").format(
        names=case.owners(rows), optimizer=optimizer.type
    )
    spots = {next(iter(row.why.spots), None) if row.why.code == "frozen" else None for row in rows}
    line = spots.pop() if len(spots) == 1 else None
    if line is not None:
        frozen = tr("`requires_grad` was set to False on line {line}.").format(line=line)
        text = paragraph((text, frozen))
    return finding("frozen_in_optimizer", "info", optimizer.spot, title, text, [], parameters)
