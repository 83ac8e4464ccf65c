"""The groups around each operation, from the outermost to the innermost."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from app.contract.records import LoopPass, Module, ModuleCall, Operation
from app.contract.spots import spot
from app.session.graph.choice import Grouping
from app.session.graph.groups import Step, Tree, grow
from app.session.graph.loops import Loop, loops_of
from app.session.run import Run
from app.session.source.files import FileText, texts_of
from app.session.source.parsing import parsed
from app.session.trace.columns import NONE, Chosen
from app.session.words import iteration_words


def tree_of(
    run: Run,
    units: Chosen[Operation],
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
    )


def call_numbers(modules: Sequence[Module], event: int) -> tuple[tuple[int, int], ...]:
    """Each of the modules around something, with the number of its call that it is part of.

    A module that is called by itself, past those that it lies in, is in none of their calls: then
    these have a number that no call of theirs has.
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
        self._functions: dict[int, Step] = {}
        self._loops: dict[int, Loop] = {}
        for source in texts_of(run.trace):
            self._functions |= _functions(source)
            self._loops |= loops_of(source)
        self._modules: dict[int, tuple[Module, ...]] = {}
        self._steps = {step.id: step for step in run.trace.optimizer_steps}
        self._around: dict[int, tuple[Step, ...] | None] = {}
        self._called: dict[int, tuple[Step, ...]] = {NONE: ()}
        self._memo: dict[tuple[object, ...], tuple[Step, ...]] = {}

    def of(self, place: int) -> tuple[Step, ...]:
        """Return the chain of the operation at a place.

        Memoised by all that it depends on: most operations share their chain with others, but
        for the passes of loops, which are put in front where they stand in no class.
        """
        made = self._run.operation_columns
        setup = made.ids[place] in self._run.set_up
        loops = made.loops[place]
        around = self._passes(loops)
        inside = loops if around is None else None
        module = made.form_at(place).module
        module_calls: tuple[tuple[int, int], ...] = ()
        if module is not None:
            module_calls = call_numbers(self._modules_around(module), made.events[place])
        known = (inside, module_calls, made.form[place], made.part[place], setup)
        chain = self._memo.get(known)
        if chain is None:
            passes = () if inside is None else made.passes[inside]
            chain = self._memo[known] = self._chain(made[place], module_calls, passes, setup)
        return (around or ()) + chain + self._calls(made.parents[place])

    def _passes(self, number: int) -> tuple[Step, ...] | None:
        """Return the groups of some passes; None if one is in a class and so in a module."""
        if number not in self._around:
            pairs = [self._pass(one) for one in self._run.operation_columns.passes[number]]
            free = not any(owner for owner, _ in pairs)
            steps = tuple(step for _, pair in pairs for step in pair)
            self._around[number] = steps if free else None
        return self._around[number]

    def _chain(
        self,
        unit: Operation,
        modules: Sequence[tuple[int, int]],
        passes: Sequence[LoopPass],
        setup: bool,
    ) -> tuple[Step, ...]:
        loops = [self._pass(one) for one in passes]
        if unit.phase != "forward" or setup:
            steps = [self._aside(unit)]
        elif self._grouping == "lines":
            steps = self._lines(unit)
        else:
            return self._structure(unit, modules, loops)
        return (*(step for _, pair in loops for step in pair), *steps)

    def _structure(
        self,
        unit: Operation,
        modules: Sequence[tuple[int, int]],
        loops: list[tuple[str, tuple[Step, Step]]],
    ) -> tuple[Step, ...]:
        """Return the groups of modules and loops; loops in a module's methods are inside it."""
        inner: list[Step] = []
        rest = [self._module_step(*one) for one in modules]
        for owner, pair in loops:
            place = next((i for i, step in enumerate(rest) if self._type(step) == owner), None)
            if owner and place is not None:
                inner += rest[: place + 1]
                del rest[: place + 1]
            inner += pair
        steps = [*inner, *rest]
        if not modules and unit.spot in self._functions:
            steps.append(self._functions[unit.spot])
        elif not modules and unit.reason == "no_input_requires_grad":
            text = self._run.line_text(unit.spot or 0)
            steps.append(Step("preparation", f"line:{text}", text, unit.spot))
        return tuple(steps)

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

    def _pass(self, one: LoopPass) -> tuple[str, tuple[Step, Step]]:
        """Return the class whose method contains a loop, and the steps of the loop and the pass."""
        loop = self._loops.get(one.spot) or Loop(f"loop:{one.spot}", "loop", one.spot, "")
        return loop.owner, (
            Step("loop", loop.name, loop.title, loop.line, one.entry),
            Step("iteration", loop.name, iteration_words(one.passed), loop.line, one.passed),
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
        return [line] if function is None else [function, line]

    def _calls(self, number: int) -> tuple[Step, ...]:
        """Return a composite call with those around it, outer ones first; none for NONE."""
        found = self._called.get(number)
        if found is None:
            call = self._run.operations[number]
            step = Step("call", f"call:{call.name}", call.name, call.spot, operation=call.id)
            outer = NONE if call.parent is None else call.parent
            found = self._called[number] = (*self._calls(outer), step)
        return found


@dataclass(frozen=True, slots=True)
class _Function:
    name: str
    first: int
    last: int


def _functions(source: FileText) -> dict[int, Step]:
    """Return the innermost function around each spot of a file."""
    found: list[_Function] = []
    waiting: list[tuple[ast.AST, str]] = [(parsed(source.text), "")]
    while waiting:
        node, prefix = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = f"{prefix}{node.name}"
            prefix = f"{name}."
            if not isinstance(node, ast.ClassDef):
                found.append(_Function(name, node.lineno, node.end_lineno or node.lineno))
        waiting.extend((inner, prefix) for inner in ast.iter_child_nodes(node))
    found.sort(key=lambda function: (function.first, -function.last))
    steps: dict[int, Step] = {}
    kind = f"function:{source.file.name}:" if source.file else "function:"
    for function in found:  # inner ones come later, and win
        first, last = spot(source.file, function.first), spot(source.file, function.last)
        step = Step("function", f"{kind}{function.name}", f"{function.name}()", first)
        steps |= dict.fromkeys(range(first, last + 1), step)
    return steps
