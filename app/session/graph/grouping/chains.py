"""The groups around each operation, from the outermost to the innermost."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat

from app.contract.records import Frame, LoopPass, Module, ModuleCall, Operation
from app.contract.spots import spot
from app.session.graph.choice import Grouping
from app.session.graph.grouping.groups import Step, Tree, grow
from app.session.graph.grouping.loops import Loop, loops_of
from app.session.run import Run
from app.session.source.files import FileText, texts_of
from app.session.source.parsing import parsed
from app.session.trace.columns.columns import NONE, RecordsAt
from app.session.words import iteration_words


def tree_of(
    run: Run,
    units: RecordsAt[Operation],
    *,
    grouping: Grouping = "structure",
    whole_modules: bool = False,
) -> Tree:
    """Return the tree of groups over `units`, which are in the order of the run.

    With `whole_modules` a module is a group even if it made one call.
    """
    chains, made = _Chains(run, grouping), run.operation_columns
    builds = [hash((form.name, form.reason)) for form in made.forms.values]
    return grow(
        [made.ids[place] for place in units.places],
        [chains.of(place) for place in units.places],
        [builds[made.form[place]] for place in units.places],
        whole=whole_modules,
        names=[made.form_at(place).name for place in units.places],
    )


def call_numbers(modules: Sequence[Module], event: int) -> tuple[tuple[int, int], ...]:
    """Pair each of the modules around an event with the number of its call that the event is in.

    If a module is called directly, not by the modules that contain it, the event is in no call of
    those; they then get a number that no call of theirs has.
    """
    found: list[tuple[int, int]] = []
    direct = 0
    for module in reversed(modules):
        number = bisect_left(module.called, event, key=_event) - 1
        found.append((module.id, direct or max(0, number)))
        if not direct and number >= 0 and module.called[number].inside is None:
            direct = -1 - module.called[number].event
    return tuple(reversed(found))


def _event(call: ModuleCall) -> int:
    return call.event


class _Chains:
    def __init__(self, run: Run, grouping: Grouping) -> None:
        self._run = run
        self._grouping = grouping
        self._functions: dict[int, _Function] = {}
        self._loops: dict[int, Loop] = {}
        for source in texts_of(run.trace):
            self._functions |= _functions(source)
            self._loops |= loops_of(source)
        self._modules: dict[int, tuple[Module, ...]] = {}
        self._steps = {step.id: step for step in run.trace.optimizer_steps}
        self._passes: dict[int, tuple[tuple[int, ...], tuple[tuple[Step, Step], ...]]] = {}
        self._called: dict[int, tuple[Step, ...]] = {NONE: ()}
        self._memo: dict[tuple[object, ...], tuple[Step | int, ...]] = {}

    def of(self, place: int) -> tuple[Step, ...]:
        """Return the chain of the operation at a place.

        Memoised by all that it depends on but the passes of loops, which are put in afterwards:
        most operations share their chain with others.
        """
        made = self._run.operation_columns
        setup = made.ids[place] in self._run.set_up
        loops, passes = self._passes_of(made.loops[place])
        module = made.form_at(place).module
        module_calls: tuple[tuple[int, int], ...] = ()
        if module is not None:
            module_calls = call_numbers(self._modules_around(module), made.events[place])
        known = (loops, module_calls, made.form[place], made.part[place], setup)
        chain = self._memo.get(known)
        if chain is None:
            chain = self._memo[known] = self._chain(made[place], module_calls, loops, setup)
        steps: list[Step] = []
        for one in chain:
            if isinstance(one, int):
                steps += passes[one]
            else:
                steps.append(one)
        return (*steps, *self._calls(made.parents[place]))

    def _passes_of(self, number: int) -> tuple[tuple[int, ...], tuple[tuple[Step, Step], ...]]:
        """Return the spots of the loops of some passes, outer first, and the groups of each."""
        found = self._passes.get(number)
        if found is None:
            passes = self._run.operation_columns.passes[number]
            loops = tuple(one.spot for one in passes)
            found = self._passes[number] = loops, tuple(map(self._pass, passes))
        return found

    def _chain(
        self,
        unit: Operation,
        modules: Sequence[tuple[int, int]],
        loops: Sequence[int],
        setup: bool,
    ) -> tuple[Step | int, ...]:
        """Return the groups around a call; a number is the pass of one of the loops."""
        if unit.phase != "forward" or setup:
            return (*self._nested(unit, (), loops), self._aside(unit))
        if self._grouping == "lines":
            return (*range(len(loops)), *self._lines(unit))
        found = self._nested(unit, modules, loops)
        is_loose = all(isinstance(one, int) for one in found)
        if is_loose and unit.reason == "no_input_requires_grad":
            text = self._run.line_text(unit.spot or 0)
            found.append(Step("preparation", f"line:{text}", text, unit.spot))
        return tuple(found)

    def _nested(
        self, unit: Operation, modules: Sequence[tuple[int, int]], loops: Sequence[int]
    ) -> list[Step | int]:
        """Return the groups of functions, modules and loops as the user's frames lie in each other.

        A module's `forward` is the module.  In that of a base class, which does not say what module
        it is, functions have no groups.
        """
        found: list[Step | int] = []
        rest = [self._module_step(*one) for one in modules]
        waiting = dict(enumerate(loops))
        caller: tuple[int, int | None] | None = None
        is_known = True
        frames = unit.stack or self._only_frame(unit)
        columns = *unit.call_columns, *repeat(None, len(frames))
        for frame, column in reversed([*zip(frames, columns, strict=False)]):
            function = self._functions.get(frame.spot)
            if function is not None and function.name == frame.function:
                entered = self._entered(function, rest)
                found += entered
                is_known &= bool(entered) or not rest or not function.is_forward
                if is_known and not (entered and function.is_forward):
                    found.append(function.step(caller))
            own = [n for n, loop in waiting.items() if self._functions.get(loop) is function]
            for number in own:
                found.append(number)
                del waiting[number]
            caller = frame.spot, column
        return [*found, *waiting, *rest]

    def _only_frame(self, unit: Operation) -> tuple[Frame, ...]:
        """Return the frame of a call in a document that has no stacks."""
        function = self._functions.get(unit.spot or 0)
        if function is None or unit.line is None or unit.module is not None:
            return ()
        return (Frame(unit.file, unit.line, function.name),)

    def _entered(self, function: _Function, rest: list[Step]) -> list[Step]:
        """Take the modules from `rest` that a method is called in, and return them.

        Those are up to the one of its class if it is the `forward` of that, or if it was called
        without a call of the module.
        """
        for place, step in enumerate(rest):
            if self._type(step) == function.owner and (function.is_forward or step.number < 0):
                entered = rest[: place + 1]
                del rest[: place + 1]
                return entered
        return []

    def _type(self, step: Step) -> str:
        return "" if step.module is None else self._run.modules[step.module].type

    def _modules_around(self, module: int) -> tuple[Module, ...]:
        """Return the modules around a module and itself, without containers that are not called."""
        inner: list[int] = []
        outer: int | None = module
        while outer is not None and outer not in self._modules:
            inner.append(outer)
            outer = self._run.modules[outer].parent
        known = () if outer is None else self._modules[outer]
        for number in reversed(inner):
            found = self._run.modules[number]
            if found.called or found.calls:
                known = (*known, found)
            self._modules[number] = known
        return known

    def _module_step(self, module: int, call: int) -> Step:
        path = self._run.modules[module].path
        return Step("module", f"module:{path}", path, number=call, module=module)

    def _pass(self, one: LoopPass) -> tuple[Step, Step]:
        """Return the steps of a loop and of one pass."""
        loop = self._loops.get(one.spot) or Loop(f"loop:{one.spot}", "loop", one.spot)
        words = iteration_words(one.passed)
        return (
            Step("loop", loop.name, loop.title, loop.line, one.entry),
            Step("iteration", loop.name, words, loop.line, one.passed),
        )

    def _aside(self, unit: Operation) -> Step:
        """Return the group of set-up, of an optimizer's step, or of Python code in backward."""
        text = self._run.line_text(unit.spot or 0)
        step = self._steps.get(-1 if unit.optimizer_step is None else unit.optimizer_step)
        if step is not None:
            part = f"step:{step.optimizer}"
            return Step("step", part, f"{step.type}.step", step.spot, number=step.id)
        if unit.phase == "backward":
            number = unit.backward_pass or 0
            return Step("backward", f"backward:{text}", text or "backward", unit.spot, number)
        return Step("setup", f"setup:{text}", text or "setup", unit.spot)

    def _lines(self, unit: Operation) -> list[Step]:
        function = self._functions.get(unit.spot or 0)
        text = self._run.line_text(unit.spot or 0)
        line = Step("line", f"line:{text}", text, unit.spot)
        return [line] if function is None else [function.step(None), line]

    def _calls(self, number: int) -> tuple[Step, ...]:
        """Return a composite call with those around it, outer ones first; none for NONE."""
        found = self._called.get(number)
        if found is None:
            call = self._run.operations[number]
            step = Step("call", f"call:{call.name}", call.name, call.spot, operation=call.id)
            outer = NONE if call.parent is None else call.parent
            found = self._called[number] = (*self._calls(outer), step)
        return found


_COLUMNS = 2**16
"""More than a line has: line and column of a call become one number."""


@dataclass(frozen=True, slots=True)
class _Function:
    """`title` has the classes and functions around it too; `owner` is the class of a method."""

    name: str
    title: str
    owner: str
    part: str
    first: int
    last: int
    """The spots of its text."""

    @property
    def is_forward(self) -> bool:
        return self.name == "forward" and bool(self.owner)

    def step(self, caller: tuple[int, int | None] | None) -> Step:
        """Return the group of a call of it, made at this spot and column."""
        title = f"{self.title}()"
        if caller is None:
            return Step("function", self.part, title, self.first)
        at, column = caller
        return Step("function", self.part, title, at, at * _COLUMNS + (column or 0))


def _functions(source: FileText) -> dict[int, _Function]:
    """Return the innermost function around each spot of a file."""
    kind = f"function:{source.file.name}:" if source.file else "function:"
    found: list[_Function] = []
    waiting: list[tuple[ast.AST, str, str]] = [(parsed(source.text), "", "")]
    while waiting:
        node, prefix, owner = waiting.pop()
        if isinstance(node, ast.ClassDef):
            prefix, owner = f"{prefix}{node.name}.", node.name
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            title = f"{prefix}{node.name}"
            first, last = (spot(source.file, n or 0) for n in (node.lineno, node.end_lineno))
            found.append(_Function(node.name, title, owner, f"{kind}{title}", first, last))
            prefix, owner = f"{title}.", ""
        waiting.extend((inner, prefix, owner) for inner in ast.iter_child_nodes(node))
    found.sort(key=lambda function: (function.first, -function.last))
    around: dict[int, _Function] = {}
    for function in found:  # inner ones come later, and win
        around |= dict.fromkeys(range(function.first, function.last + 1), function)
    return around
