"""Runs a program up to a backward pass, again and again, with an element of a leaf moved.

Each run is in a process of its own and begins as the traced one did, with the same seed.  It ends
at the pass; its root is the loss.  Nothing is moved in the first two runs.  One finds the leaf at
the end of its path through autograd's graph, and reads `.grad` after the pass; the other finds the
call before which it can be moved: from there on the program leaves it as it is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from types import CodeType
from typing import Any, NamedTuple, NoReturn

from torch import Tensor

from app.contract.messages import NotNudgedRow, Nudge, NudgedRow, NudgeFoundRow, RunRequest
from app.tracer.autograd.backward import root_node
from app.tracer.autograd.nodes import is_leaf_node
from app.tracer.calls.hidden_mode import hide_the_mode
from app.tracer.child.outgoing import RowSender
from app.tracer.invisible import stay_invisible
from app.tracer.nudging.leaf_use import LeafUse, cells_around, element, why_not_movable
from app.tracer.patches import Patches
from app.tracer.private import ENGINE
from app.tracer.snippet.sandbox import RunConnection, filename_of, remember_source, up_to
from app.tracer.unseen import unseen
from app.tracer.untraced.apart import apart
from app.tracer.untraced.job import NotPossibleError, begin, do_job, words_of
from app.tracer.weak import hide_references

_clock = time.perf_counter


def nudge_program(request: RunRequest, connection: RunConnection) -> NoReturn:
    """Run the program of `request` with each value, send the rows, and end the process."""
    do_job(request, connection, lambda rows: _Nudging(request, rows).all(), NotNudgedRow)


class _AtThePass(SystemExit):
    """Raised where the pass would begin, or has ended: the run has been long enough."""


class _Reached(NamedTuple):
    """What a run found at the pass.  `leaf` is its number, `grad` the element of its `.grad`."""

    leaf: int
    values: list[float]
    """The element before each call that was given it."""
    first_recorded: int | None
    value: float
    loss: float
    grad: float | None
    """The element of the leaf's `.grad` after the pass, and `cells` as in `NudgeFoundRow`; both
    from the first run alone."""
    cells: list[list[float]]


class _Nudging:
    def __init__(self, request: RunRequest, rows: RowSender) -> None:
        if not hasattr(os, "fork"):
            raise NotPossibleError("programs are run again and again on Linux only")
        self._request, self._rows = request, rows
        self._nudge = Nudge(*(request.nudge or ()))
        text, filename = up_to(request.text, request.last_line), filename_of(request)
        self._code = compile(text, filename, "exec", dont_inherit=True)
        remember_source(filename, text)

    def all(self) -> None:
        place = self._nudge.place or self._find()
        if place is None:
            return
        leaf, call = place
        for value in self._nudge.values:
            begin = _clock()
            use = LeafUse(self._nudge.element, leaf, call, value)
            found = self._run(use, with_grad=False)
            seconds = _clock() - begin
            if isinstance(found, str):
                self._rows.send(NudgedRow(value, value, None, seconds, found))
            else:
                self._rows.send(NudgedRow(value, found.value, found.loss, seconds, None))

    def _find(self) -> list[int] | None:
        """Send and return the place at which the element can be moved; None if runs differ.

        Raises NotPossibleError if there is none.
        """
        index = self._nudge.element
        first = self._reached(LeafUse(index), with_grad=True)
        begin = _clock()
        watched = self._reached(LeafUse(index, first.leaf), with_grad=False)
        seconds = _clock() - begin
        losses, differ = [first.loss, watched.loss], repr(first.loss) != repr(watched.loss)
        place = [first.leaf, 0 if differ else _first_to_move(watched)]
        assert first.grad is not None
        row = NudgeFoundRow(place, watched.value, first.cells, losses, first.grad, seconds)
        self._rows.send(row)
        return None if differ else place

    def _reached(self, use: LeafUse, *, with_grad: bool) -> _Reached:
        found = self._run(use, with_grad=with_grad)
        if isinstance(found, str):
            raise NotPossibleError(found)
        return found

    def _run(self, use: LeafUse, *, with_grad: bool) -> _Reached | str:
        """Run the program in a process of its own; return what it found, or why nothing."""

        def run() -> Sequence[Any]:
            return _OneRun(self._nudge, use, with_grad).found(self._request, self._code)

        answer = apart(run)
        if isinstance(answer, str):
            return answer
        return answer[0] if len(answer) == 1 else _Reached(*answer)


def _first_to_move(watched: _Reached) -> int:
    """Return the first call from which on the program leaves the element as it is.

    Raises NotPossibleError if it changes it after a use that counts for `.grad`.
    """
    final, values = repr(watched.value), watched.values
    call = len(values)
    while call and repr(values[call - 1]) == final:
        call -= 1
    recorded = watched.first_recorded
    if call == len(values) or (recorded is not None and recorded < call):
        raise NotPossibleError("the program changes it in place after its first use")
    return call


class _OneRun:
    """One run of the program, up to the pass."""

    def __init__(self, nudge: Nudge, use: LeafUse, with_grad: bool) -> None:
        self._nudge, self._use, self._with_grad = nudge, use, with_grad
        self._passes = 0
        self._result: _Reached | None = None
        self._refused: str | None = None

    def found(self, request: RunRequest, code: CodeType) -> Sequence[Any]:
        """Run the program; return the fields of a `_Reached`, or the reason alone."""
        patches = Patches()
        stay_invisible(patches)
        hide_references(patches)
        hide_the_mode(patches)
        patches.wrap(ENGINE, self._watch)
        main = begin(request)
        try:
            with self._use:
                exec(code, vars(main))
        except BaseException as error:
            if self._result is None and self._refused is None and not _is_quiet(error):
                self._refused = words_of(error)
        if self._result is not None:
            return self._result
        return [self._refused or "the program ended before the backward pass"]

    def _watch(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def run(t_outputs: Any, *args: Any, **kwargs: Any) -> Any:
            number, self._passes = self._passes, self._passes + 1
            if number != self._nudge.backward or self._result is not None:
                return original(t_outputs, *args, **kwargs)
            try:
                self._result = self._at_pass(t_outputs, args, partial(original, **kwargs))
            except NotPossibleError as error:
                self._refused = str(error)
            raise _AtThePass

        return run

    def _at_pass(self, roots: Any, args: Sequence[Any], original: Callable[..., Any]) -> _Reached:
        """Return what is to be known at the pass.

        Raises NotPossibleError where it says nothing about the leaf.
        """
        index, use = self._nudge.element, self._use
        with unseen():
            root = _only(roots)
            _refuse_gradient(args[0])
            leaf = self._leaf(root)
            number = use.number_of(leaf)
            if number is None:
                raise NotPossibleError("no call from Python was given it before the pass")
            if (why := why_not_movable(leaf, index)) is not None:
                raise NotPossibleError(why)
            value, loss, before = element(leaf, index), float(root.detach().item()), leaf.grad
            if use.value is not None and repr(use.value) != repr(value):
                raise NotPossibleError("the program writes another value into it")
        grad, cells = None, []
        if self._with_grad:
            if before is not None:
                raise NotPossibleError("its .grad is not None before the pass")
            original(roots, *args)
            with unseen():
                if leaf.grad is None:
                    raise NotPossibleError("the pass leaves its .grad None")
                grad, cells = element(leaf.grad, index), cells_around(leaf, index)
        return _Reached(number, use.values, use.first_recorded, value, loss, grad, cells)

    def _leaf(self, root: Tensor) -> Tensor:
        """Return the leaf at the end of the path.  Raises NotPossibleError if it is another."""
        node = root_node(root)
        for step in self._nudge.path:
            after = [one for one, _ in node.next_functions if one is not None] if node else []
            node = after[step] if step < len(after) else None
        if node is None or not is_leaf_node(node):
            raise NotPossibleError("the run took another path than the traced one")
        leaf: Tensor = node.variable
        return leaf


def _only(roots: Any) -> Tensor:
    """Return the loss.  Raises NotPossibleError if the pass does not begin at one number."""
    found = list(roots) if isinstance(roots, (list, tuple)) else [roots]
    if len(found) != 1 or not isinstance(found[0], Tensor) or found[0].numel() != 1:
        raise NotPossibleError("the pass does not begin at a single number")
    if found[0].is_complex():
        raise NotPossibleError("the pass begins at a complex number")
    return found[0]


def _refuse_gradient(given: Any) -> None:
    """Raises NotPossibleError where the pass begins with another gradient than 1."""
    found = [one for one in (given or ()) if one is not None]
    if any(float(one.detach().sum().item()) != 1 for one in found):
        raise NotPossibleError("the program gives the pass a gradient to begin with")


def _is_quiet(error: BaseException) -> bool:
    """Return whether a program ends with this on purpose."""
    return isinstance(error, _AtThePass) or (isinstance(error, SystemExit) and not error.code)
