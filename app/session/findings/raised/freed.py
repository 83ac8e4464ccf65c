"""backward() through a graph that an earlier pass has freed: what ties the two passes."""

from __future__ import annotations

from collections.abc import Iterator

from app.contract.records import AutogradNode, BackwardPass, Finding, Fix, Operation
from app.session.explain import phrases
from app.session.findings import loop_edits as loops
from app.session.findings.case import Case, finding
from app.session.findings.raised.failing import at, pass_words
from app.session.language import ngettext, paragraph, tr


def graph_freed(case: Case) -> Iterator[Finding]:
    backward = case.failed_pass
    if backward is None or not case.message_has("backward through the graph a second time"):
        return
    nodes = _reachable(case, backward)
    earlier = [b for b in case.trace.backward_passes if b.event < backward.event and b.ok]
    for before in reversed(earlier):
        ran = {step.node for step in before.steps}
        ties = _ties(case, nodes, ran)
        if not ties:
            continue
        yield _finding(case, before, backward, ties)
        return


def _finding(case: Case, before: BackwardPass, backward: BackwardPass, ties: list[int]) -> Finding:
    maker = case.run.producers.get(ties[0])
    title = tr("backward() reached a part of the graph that was freed")
    text = tr(
        "{later} goes back through {tie}, whose graph the backward pass {earlier} had already "
        "gone through and freed."
    ).format(later=pass_words(backward), tie=_names(case, ties), earlier=at(before.spot))
    around = _loops_after(maker, before, backward)
    is_same_loss = list(before.roots) == list(backward.roots)
    if is_same_loss and not around:
        fix = _keep_graph(case, before, backward, one_loss=True)
    elif _are_of_one_step(case, before, backward):
        fix = _keep_graph(case, before, backward, one_loss=False)
    elif around:
        made = ngettext(
            "{tie} was made once, on line {line}, before the loop on line {loop}.",
            "{tie} were made once, on line {line}, before the loop on line {loop}.",
            len(ties),
        )
        line = case.tensor(ties[0]).spot or (maker.spot if maker is not None else None)
        text = paragraph((text, made.format(tie=_names(case, ties), line=line, loop=around[0])))
        fix = _into_loop(case, ties, around)
        if is_same_loss:
            again = tr("Compute {names} inside the loop, again for each `backward()`.")
            fix = Fix(again.format(names=_names(case, ties)), fix.edits)
    else:
        if maker is not None and maker.spot is not None:
            made = ngettext("{tie} was made by {maker}.", "{tie} were made by {maker}.", len(ties))
            text = paragraph((text, made.format(tie=_names(case, ties), maker=case.say(maker))))
        fix = _detach_for_first(case, maker, ties, before, backward) or _detach_between(
            case, maker, ties
        )
    return finding("graph_freed", "error", backward.spot, title, text, [maker] if maker else [],
                   ties, fix)  # fmt: skip


def _loops_after(
    maker: Operation | None, before: BackwardPass, backward: BackwardPass
) -> list[int]:
    """Return the lines of the loops around both passes in which the value was not made."""
    if maker is None:
        return []
    pairs = zip(before.loops, backward.loops, strict=False)
    shared = [one.spot for one, other in pairs if one[:2] == other[:2]]
    around = {loop.spot for loop in maker.loops}
    return [line for line in shared if line not in around]


def _into_loop(case: Case, ties: list[int], around: list[int]) -> Fix:
    description = tr(
        "Compute {names} inside the loop: a value computed from parameters that are trained has to "
        "be computed again after each step. If it is not to be trained, detach it."
    ).format(names=_names(case, ties))
    return Fix(description, loops.moved_into(case, ties, around))


def _reachable(case: Case, backward: BackwardPass) -> list[AutogradNode]:
    makers = [case.run.producers.get(root) for root in backward.roots]
    stack = [node for op in makers if op is not None for node in case.nodes_of.get(op.id, [])[:1]]
    seen = {node.id: node for node in stack}
    while stack:
        for number in stack.pop().next:
            if number not in seen:
                seen[number] = case.nodes[number]
                stack.append(case.nodes[number])
    return list(seen.values())


def _ties(case: Case, nodes: list[AutogradNode], ran: set[int | None]) -> list[int]:
    """Return the values nearest to the root whose node an earlier pass freed.

    Of several results of one call, only those that operations of this pass used.
    """
    freed = {node.id for node in nodes if node.id in ran and node.operation is not None}
    fresh = [node for node in nodes if node.id not in ran]
    entered = {after for node in fresh for after in node.next if after in freed}
    if not entered and nodes and nodes[0].id in freed:
        entered = {nodes[0].id}
    operations = [case.run.operations[case.nodes[n].operation or 0] for n in entered]
    if not operations:
        return []
    last = max(operations, key=lambda operation: operation.event)
    users = [case.run.operations[n.operation] for n in fresh if n.operation is not None]
    taken = {value for user in users if user.id != last.id for value in user.inputs}
    return [value for value in last.outputs if value in taken] or last.outputs[:1]


def _names(case: Case, values: list[int]) -> str:
    return phrases.listed(case.name(value) for value in values)


def _are_of_one_step(case: Case, before: BackwardPass, backward: BackwardPass) -> bool:
    """Whether both passes are in the same pass of the same loops, without a step between."""
    steps = case.trace.optimizer_steps
    is_stepped = any(before.event < step.event < backward.event for step in steps)
    return list(before.loops) == list(backward.loops) and not is_stepped


def _keep_graph(case: Case, before: BackwardPass, backward: BackwardPass, *, one_loss: bool) -> Fix:
    description = tr("Pass retain_graph=True to the first backward(), or compute the loss again.")
    if not one_loss:
        description = tr(
            "Pass retain_graph=True to the first backward(), or add the losses and "
            "call backward() once."
        )
    statement = case.source.statement(before.spot)
    calls = [] if statement is None else list(case.source.calls(statement, "backward"))
    plain = len(calls) == 1 and not calls[0].args and not calls[0].keywords
    if not plain or before.spot == backward.spot:
        return Fix(description, [])
    code = case.source.segment(calls[0]).removesuffix("()") + "(retain_graph=True)"
    return Fix(description, [case.source.replaced(calls[0], code)])


def _detach_for_first(
    case: Case, maker: Operation | None, ties: list[int], before: BackwardPass,
    backward: BackwardPass,
) -> Fix | None:  # fmt: skip
    """Return the fix for a network that is trained by the second pass only, as in a GAN.

    None unless an optimizer stepped between the passes and had no parameter behind the value: then
    the gradients that the first pass computed for those were not used.
    """
    name = case.run.name(ties[0])
    if maker is None or maker.spot is None or before.spot is None or name is None or ties[1:]:
        return None
    between = {
        step.optimizer
        for step in case.trace.optimizer_steps
        if before.event < step.event < backward.event
    }
    stepped = {one.id for one in case.trace.optimizers if one.number in between}
    owners = (case.evidence.optimizers.get(leaf, ()) for leaf in _leaves_behind(case, ties))
    is_used = any(not stepped.isdisjoint(one) for one in owners)
    if list(before.loops) != list(backward.loops) or not between or is_used:
        return None
    scope = case.source.scope(before.spot)
    reads = [
        read for read in case.source.loads(name, scope) if maker.spot < read.lineno <= before.spot
    ]
    if not reads:
        return None
    text = tr(
        "Use {detached} on line {line}: the backward pass {earlier} then ends there and leaves the "
        "graph of {tie} to the one {later}."
    )
    said = {
        "detached": f"`{name}.detach()`", "line": case.source.spot(reads[0]),
        "earlier": at(before.spot), "tie": f"`{name}`", "later": at(backward.spot),
    }  # fmt: skip
    edits = [case.source.replaced(read, f"{name}.detach()") for read in reads]
    return Fix(text.format(**said), edits)


def _leaves_behind(case: Case, values: list[int]) -> set[int]:
    """Return the variables that these values were computed from."""
    return {
        case.identity(value)
        for value, maker in case.run.behind(values)
        if maker is None or case.tensor(value).is_leaf
    }


def _detach_between(case: Case, maker: Operation | None, ties: list[int]) -> Fix:
    text = ngettext(
        "Detach {names} where it is carried over, or compute again what both passes need.",
        "Detach {names} where they are carried over, or compute again what both passes need.",
        len({case.name(value) for value in ties}),
    )
    line = None if maker is None else maker.spot
    return Fix(text.format(names=_names(case, ties)), loops.detached_where_carried(case, line))
