"""Recognises set-up operations, which the graph hides and the legend does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.contract.records import Operation

if TYPE_CHECKING:
    from app.session.run import Run
    from app.session.trace.columns.operations import OperationForm


def set_up(run: Run) -> frozenset[int]:
    """Return the set-up operations by id.

    Sources that are given no value of the run's, the initialisation of parameters with all
    that a library works out for it, what a library does to construct or copy a module, what
    optimizers and backward formulas compute, and the bookkeeping of modules in their buffers.
    """
    initialises = bool(run.initialising)

    def may_be(form: OperationForm) -> bool:
        aside = form.reason == "source" or form.phase != "forward" or form.set_up is not None
        return aside or form.in_place or (initialises and form.module is None)

    asked = run.operation_columns.like(may_be)
    return frozenset(operation.id for operation in asked if _is_setup(run, operation))


def _is_setup(run: Run, operation: Operation) -> bool:
    if operation.reason == "source" and operation.id not in run.came_back:
        return True
    if operation.phase != "forward":
        return True
    if operation.set_up is not None and operation.status != "recorded":
        return True
    if operation.module is None and operation.event in run.initialising:
        return True
    if not operation.in_place:
        return False
    return is_initialisation(run, operation) or _keeps_books(run, operation)


def _keeps_books(run: Run, operation: Operation) -> bool:
    """Return whether it only changes buffers in place: `num_batches_tracked.add_(1)`."""
    made = (run.identity(output) for output in operation.outputs)
    return all(identity in run.buffers for identity in made)


def is_initialisation(run: Run, operation: Operation) -> bool:
    """Return whether a library's no_grad block (`torch.nn.init`) gives a leaf its first values.

    Under inference mode that block is not the cause of anything, and yet is there.
    """
    if operation.cause is None:
        return False
    if operation.cause.kind != "library" and operation.event not in run.librarys_blocks:
        return False
    made = (run.tensors[output] for output in (*operation.outputs, *operation.mutates))
    return operation.in_place and all(tensor.is_leaf for tensor in made)


def only_prepares(run: Run) -> frozenset[int]:
    """Return the operations of constructors and copies whose results nothing else uses.

    They do not use a parameter: `DistributedDataParallel(net)` looks at each of them,
    `copy.deepcopy` reads them to give the parameters of the copy their first values, and so does
    `load_state_dict` with what `state_dict` detached of them.
    """
    found: set[int] = set()
    asked = run.units.like(
        lambda form: form.set_up is not None or form.in_place or form.reason == "detached"
    )
    for operation in reversed(asked):  # whatever takes a result comes later
        if operation.set_up is None and operation.in_place:
            if is_initialisation(run, operation) and not _takes_history(run, operation):
                found.add(operation.id)
            continue
        is_computed = not all(run.tensors[one].is_leaf for one in operation.inputs)
        if operation.set_up is None and is_computed:
            continue
        made = {*operation.outputs, *operation.mutates}.difference(operation.inputs)
        users = [user.id for value in made for user in run.users.get(value, ())]
        if found.issuperset(users) and (users or operation.set_up is not None):
            found.add(operation.id)
    return frozenset(found)


def _takes_history(run: Run, operation: Operation) -> bool:
    """Return whether it gives leaves values that require grad, so that it cuts a path."""
    own = {run.identity(one) for one in (*operation.outputs, *operation.mutates)}
    given = (one for one in operation.inputs if run.identity(one) not in own)
    return any(run.requiring.at(one, operation.event) for one in given)
