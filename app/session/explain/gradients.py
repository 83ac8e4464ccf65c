"""Decides, for each variable, which `WhyCode` holds, and has it put into words.

What was accumulated, cleared or assigned is read off the run's own account (`history`); where a
gradient got lost is worked out on the flow of values (`flow`, `reach`).  The order of the
questions is the order in which the functions below ask them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from app.contract.records import BackwardPass, Gradient, Operation, Tensor, Why, WhyCode
from app.session.explain import fixes, phrases, texts
from app.session.explain.candidates import Candidate
from app.session.explain.flow import Flow
from app.session.explain.history import Happening, Histories
from app.session.explain.origins import Origins
from app.session.explain.parametrized import originals
from app.session.explain.reach import NOTHING, Cuts, Reach
from app.session.partial import has_gaps, is_cut_short
from app.session.run import Run


def gradients(run: Run, candidates: Iterable[Candidate]) -> list[Gradient]:
    """One row per candidate, in the order of `candidates`."""
    explainer = _Explainer(run)
    return [explainer.gradient(candidate) for candidate in candidates]


_MEANT: tuple[WhyCode, ...] = ("frozen", "only_skipped", "cut", "not_on_path", "unused")
"""Reasons that are as they should be for a parameter that is not meant to train."""
_PASSES_LOOKED_AT = 20
"""Backward passes, the first and the last ones, in which another cut is looked for."""


class _Explainer:
    def __init__(self, run: Run) -> None:
        trace = run.trace
        self._trace = trace
        self._flow = Flow(run)
        self._run = run
        self._histories = Histories(run)
        self._origins = Origins(self._flow)
        self._reaches: dict[int, Reach] = {}
        self._backwards = [b for b in trace.backward_passes if b.call == "backward"]
        self._nones = {
            self._run.tensors[fact.tensor].identity: fact
            for fact in trace.facts
            if fact.kind == "none_returned"
        }

    def gradient(self, candidate: Candidate) -> Gradient:
        history = self._histories.of(candidate.tensor.identity)
        if candidate.grad:
            why = self._set_unseen(candidate, history) or self._why_set(candidate, history)
        else:
            why = self._why_none(candidate)
        if why.code in _MEANT and not self._is_to_train(candidate):
            why.fix = None
        if candidate.remade is not None:
            made = candidate.remade
            again = texts.made_again(candidate.name, made.times, made.line)
            why.text = f"{why.text} {again}"
        if (earlier := self._reached_before(candidate)) is not None:
            why.text = f"{why.text} {texts.replaced(candidate.name, earlier.line)}"
            why.lines = _lines([earlier.line, *why.lines])
        passes = [h.backward.id for h in _since_set(history)[1] if h.backward is not None]
        return Gradient(
            tensor=candidate.tensor.id,
            name=candidate.name,
            requires_grad=candidate.requires_grad,
            grad=candidate.grad,
            shape=candidate.shape,
            passes=passes if candidate.grad else [],
            why=why,
        )

    def _reached_before(self, candidate: Candidate) -> BackwardPass | None:
        """The last pass that filled the `.grad` of a leaf whose name it took."""
        added = (h for i in candidate.replaced for h in self._histories.of(i))
        passes = [h.backward for h in added if h.backward is not None]
        return passes[-1] if passes and candidate.grad is None else None

    def _is_to_train(self, candidate: Candidate) -> bool:
        """Where optimizers made steps, a parameter that none of them has is not meant to: it is
        that of a target network, or frozen."""
        is_parameter = candidate.tensor.kind == "parameter"
        return not self._given or not is_parameter or candidate.tensor.identity in self._given

    @cached_property
    def _given(self) -> set[int]:
        """What the optimizers that made a step have, by identity."""
        return {
            self._run.tensors[parameter].identity
            for optimizer in self._trace.optimizers
            if optimizer.number is not None
            for parameter in optimizer.parameters
        }

    # -------------------------------------------------------------------------- .grad has a value

    def _why_set(self, candidate: Candidate, history: list[Happening]) -> Why:
        name = candidate.name
        before, added = _since_set(history)
        lines = _lines(h.line for h in added)
        if len(added) > 1:
            text = texts.accumulated_repeatedly(name, added)
            return _why("accumulated_repeatedly", text, lines=lines, fix=fixes.clear(name))
        if added:
            text = texts.accumulated(name, added[0], before, not candidate.tensor.is_leaf)
            return _why("accumulated", text, lines=lines)
        return _why(
            "assigned",
            texts.assigned(name, before),
            lines=_lines([before.line if before else None]),
        )

    # -------------------------------------------------------------------- .grad is None: the tensor

    def _why_none(self, candidate: Candidate) -> Why:
        return (
            self._frozen(candidate)
            or self._non_leaf(candidate)
            or self._unseen(candidate)
            or self._cleared(candidate)
            or self._interrupted(candidate)
            or self._without_passes(candidate)
            or self._failed(candidate)
            or self._returned(candidate)
            or self._not_yet(candidate)
            or self._on_the_way(candidate)
        )

    # ------------------------------------------------------------------ the record ends before

    def _set_unseen(self, candidate: Candidate, history: list[Happening]) -> Why | None:
        """A `.grad` that has a value which more may have added to than was recorded."""
        partial = self._trace.run.partial
        if partial is None or not has_gaps(self._trace.run):
            return None
        added = _since_set(history)[1]
        if partial.because == "lost_rows" and len(added) == 1:
            return None  # what was recorded did happen
        lines = _lines(h.line for h in added)
        return _why("unknown", texts.set_unseen(candidate.name, partial), lines=lines)

    def _unseen(self, candidate: Candidate) -> Why | None:
        partial = self._trace.run.partial
        if partial is None or not has_gaps(self._trace.run):
            return None
        return _why("unknown", texts.none_unseen(candidate.name, partial))

    def _interrupted(self, candidate: Candidate) -> Why | None:
        """The pass in which the record ends had not reached it, or its value was not read."""
        last = self._backwards[-1] if self._backwards else None
        if last is None or not last.interrupted:
            return None
        history = self._histories.of(candidate.tensor.identity)
        if history and history[-1].backward is last:
            text = texts.not_read(candidate.name, last)
        elif self._alive(self._values(candidate), last):
            text = texts.not_reached_yet(candidate.name, last)
        else:
            return None
        return _why("unknown", text, lines=_lines([last.line]))

    def _not_yet(self, candidate: Candidate) -> Why | None:
        """The program was to go on, and nothing of what was to come is known."""
        if not is_cut_short(self._trace.run):
            return None
        uses = self._flow.uses(self._values(candidate))
        if not uses:
            return _why("unknown", texts.not_used_yet(candidate.name))
        last = self._backwards[-1]
        if all(op.event > last.event for op, _ in uses):
            text = texts.not_passed_yet(candidate.name, self._run, uses[0][0])
            return _why("unknown", text, [uses[0][0]], _lines([uses[0][0].line]))
        return None

    def _frozen(self, candidate: Candidate) -> Why | None:
        if candidate.requires_grad:
            return None
        fact = self._origins.frozen_by(candidate.tensor)
        if fact is not None and self._backwards and fact.event > self._backwards[-1].event:
            return None  # it required grad while the passes ran: that is not why it has none
        line = None if fact is None else fact.line
        tensor = candidate.tensor
        lost = None if fact is not None else self._origins.lost_history(tensor)
        updated = lost is not None and self._origins.took_the_name_of_a_leaf(tensor, lost)
        origin = self._origins.without_grad(tensor)
        text = texts.frozen(candidate.name, line, origin, updated)
        fix = fixes.for_frozen(self._run, candidate.name, lost, updated)
        made = [] if lost is None else [lost]
        lines = _lines([line, *(n for op in made for n in (_cause_line(op), op.line))])
        return _why("frozen", text, made, lines, fix)

    def _non_leaf(self, candidate: Candidate) -> Why | None:
        tensor = candidate.tensor
        if tensor.is_leaf or self._histories.retained_since(tensor.identity) is not None:
            return None
        maker = self._run.producers.get(tensor.id)
        leaves = self._origins.leaves_of(tensor)
        updated = any(self._run.names.get(leaf.identity) == candidate.name for leaf in leaves)
        told = [self._origins.describe(leaf) for leaf in leaves]
        text = texts.non_leaf(candidate.name, self._run, maker, told, updated)
        line = None if maker is None else maker.line
        meant = bool(leaves) and not any(leaf.identity in self._run.names for leaf in leaves)
        behind = originals(self._run, candidate.name)
        if behind:
            text = texts.computed_anew(candidate.name, behind)
        fix = fixes.for_non_leaf(candidate.name, updated, meant, line, behind)
        if meant and not behind and self._is_on_a_module(candidate.name, leaves):
            fix = fixes.for_parameter(candidate.name, line)
        lines = [line, *(self._origins.line_of(leaf) for leaf in leaves)]
        return _why("non_leaf", text, [maker] if maker else [], _lines(lines), fix)

    def _is_on_a_module(self, name: str, leaves: list[Tensor]) -> bool:
        """Whether a tensor is an attribute of a module, or was computed from a parameter."""
        owner = name.rpartition(".")[0]
        is_attribute = any(module.path == owner for module in self._trace.modules)
        return is_attribute or any(leaf.kind == "parameter" for leaf in leaves)

    def _cleared(self, candidate: Candidate) -> Why | None:
        history = self._histories.of(candidate.tensor.identity)
        last = next((h for h in reversed(history) if h.kind != "accumulated"), None)
        if last is None or last.kind != "cleared" or history[-1] is not last:
            return None
        added = history[-2] if len(history) > 1 else None
        later = any(b.event > last.event for b in self._backwards)
        why = self._not_reached_since(candidate, last.event) if later else None
        told = None if why is None else texts.reason_alone(candidate.name, why.text)
        text = texts.cleared(candidate.name, added, last, told)
        lines = [*(why.lines if why else []), *([added.line] if added else []), last.line]
        fix = fixes.read_earlier(last.line) if why is None else why.fix
        cleared = _why("cleared", text, lines=_lines(lines), fix=fix)
        if why is not None:
            cleared.operations, cleared.cuts = why.operations, why.cuts
        return cleared

    def _not_reached_since(self, candidate: Candidate, since: int) -> Why:
        """Of the passes after the event `since`; those before it had filled it."""
        return self._failed(candidate, since) or self._on_the_way(candidate, since)

    # -------------------------------------------------------------------- .grad is None: the passes

    def _asked(self, candidate: Candidate) -> BackwardPass | None:
        """The last `torch.autograd.grad` that returned this variable's gradient.

        One that had no way to it returned None (`allow_unused`), and is not the reason.
        """
        identity = candidate.tensor.identity
        for backward in reversed(self._trace.backward_passes):
            if backward.call != "autograd.grad" or not backward.ok:
                continue
            inputs = {self._run.tensors[t].identity for t in backward.inputs}
            if identity in inputs and self._alive(self._values(candidate), backward):
                return backward
        return None

    def _returned(self, candidate: Candidate) -> Why | None:
        asked = self._asked(candidate)
        if asked is None:
            return None
        text = texts.returned(candidate.name, asked)
        return _why(
            "returned", text, lines=_lines([asked.line]), fix=fixes.use_returned(candidate.name)
        )

    def _without_passes(self, candidate: Candidate) -> Why | None:
        if self._backwards:
            return None
        if is_cut_short(self._trace.run):
            return self._returned(candidate) or _why("unknown", texts.no_pass_yet(candidate.name))
        others = [b for b in self._trace.backward_passes if b.call == "autograd.grad"]
        text = texts.no_backward(candidate.name, others, self._trace.error is not None)
        why = _why(
            "no_backward", text, lines=_lines(b.line for b in others), fix=fixes.call_backward()
        )
        return self._returned(candidate) or why

    def _failed(self, candidate: Candidate, since: int = 0) -> Why | None:
        """A failed pass explains it if there was no other, or if it was on its way there."""
        passes = [b for b in self._backwards if b.event > since]
        failed = [b for b in passes if not b.ok and not b.interrupted]
        if not failed:
            return None
        last = failed[-1]
        values = self._values(candidate)
        if len(failed) < len(passes) and not self._alive(values, last):
            return None
        text = texts.backward_failed(candidate.name, last, self._trace.error)
        why = _why("backward_failed", text, lines=_lines([last.line]))
        if not self._alive(values, last):
            besides = self._on_the_way(candidate, since)
            told = texts.reason_alone(candidate.name, besides.text)
            why.text = texts.would_not_have_come(text, candidate.name, told)
            why.lines = _lines([*besides.lines, *why.lines])
            why.operations, why.cuts, why.fix = besides.operations, besides.cuts, besides.fix
        return why

    # ----------------------------------------------------------------------- .grad is None: the way

    def _on_the_way(self, candidate: Candidate, since: int = 0) -> Why:
        values = self._values(candidate)
        uses = self._flow.uses(values)
        if not uses:
            last = self._backwards[-1] if self._backwards else None
            copied = self._copied(values)
            text = texts.unused(candidate.name, last, copied)
            lines = _lines([copied, last.line if last else None])
            return _why("unused", text, lines=lines)
        backward = self._latest_pass(values, since)
        recorded = [op for op, value in uses if self._recorded_for(op, value)]
        if not recorded:
            return self._only_skipped(candidate, uses, backward)
        if backward is None:
            return self._not_on_path(candidate, recorded)
        if self._alive(values, backward):
            return self._not_delivered(candidate, recorded, backward)
        return self._cut(candidate, uses, recorded, backward)

    def _copied(self, values: list[Tensor]) -> int | None:
        """The line that last made a deep copy of it."""
        users = (op for value in values for op in self._run.users.get(value.id, ()))
        lines = [op.line for op in users if op.set_up == "copy"]
        return lines[-1] if lines else None

    def _only_skipped(
        self, candidate: Candidate, uses: list[tuple[Operation, int]], backward: BackwardPass | None
    ) -> Why:
        operations = [op for op, _ in uses]
        late = self._late(candidate, uses)
        text = texts.only_skipped(candidate.name, self._run, operations, late)
        cuts = NOTHING if backward is None else self._reach(backward).cuts(self._ids(candidate))
        beyond = [op for op in (*cuts.through, *cuts.also) if not _goes_with(op, operations)]
        if backward is not None and beyond:
            loss = phrases.loss(self._run, backward)
            text = texts.cut_again(text, self._run, beyond, loss)
        named = [*operations, *beyond]
        if late is not None:
            fix: str | None = fixes.require_earlier(candidate.name, operations[0].line)
        elif backward is not None:
            fix = fixes.for_cuts(self._run, named)
        else:  # recorded it would not lead to a loss either, unless Python computed with numbers
            fix = fixes.for_cuts(self._run, [o for o in operations if o.reason == "to_python"])
        lines = [line for op in named for line in (op.line, _cause_line(op))]
        why = _why("only_skipped", text, operations, _lines(lines), fix, cuts.nearest)
        if backward is not None and cuts.nearest:
            why.cuts_elsewhere = _nearest(self._cuts_elsewhere(candidate, backward))
        return why

    def _late(self, candidate: Candidate, uses: list[tuple[Operation, int]]) -> str | None:
        """A clause where all its uses came before it was made to require grad."""
        for op, value in uses:
            if self._flow.requiring.at(value, op.event):
                return None
        op, value = uses[0]
        fact = self._flow.requiring.switched_on_after(value, op.event)
        if fact is None:
            return None
        return texts.not_yet(candidate.name, phrases.operation(self._run, op), fact.line)

    def _cut(
        self,
        candidate: Candidate,
        uses: list[tuple[Operation, int]],
        recorded: list[Operation],
        backward: BackwardPass,
    ) -> Why:
        reach = self._reach(backward)
        cuts = reach.cuts(self._ids(candidate))
        loss = phrases.loss(self._run, backward)
        if not cuts.all:
            late = self._late(candidate, uses[:1])
            if late is None:
                return self._not_delivered(candidate, recorded, backward)
            early = uses[0][0]
            text = texts.too_late(candidate.name, late)
            fix_late = fixes.require_earlier(candidate.name, early.line)
            return _why("not_on_path", text, [early], _lines([early.line]), fix_late)
        text = texts.cut(candidate.name, self._run, recorded[0], cuts, loss)
        told = list(cuts.all)
        elsewhere = self._cuts_elsewhere(candidate, backward)
        other = _in_other_places(told, elsewhere)
        if other:
            text = texts.cut_elsewhere(text, self._run, other)
        away = self._led_nowhere(recorded, backward)
        if away:
            text = texts.led_nowhere(text, len(away), phrases.loss(self._run, away[-1]))
        told += other
        lines = [
            recorded[0].line,
            *(n for op in told for n in (op.line, _cause_line(op))),
        ]
        fix = fixes.for_cuts(self._run, cuts.through or cuts.nearest)
        why = _why("cut", text, [recorded[0], *told], _lines(lines), fix, cuts.nearest)
        why.cuts_elsewhere = _nearest(elsewhere)
        return why

    def _cuts_elsewhere(self, candidate: Candidate, backward: BackwardPass) -> list[Cuts]:
        """What cuts it off in other passes: the first, which is what is seen, and the last ones."""
        others = [b for b in self._passes if b is not backward]
        if len(others) > _PASSES_LOOKED_AT:
            others = [others[0], *others[1 - _PASSES_LOOKED_AT :]]
        return [self._reach(other).cuts(self._ids(candidate)) for other in others]

    def _led_nowhere(self, recorded: list[Operation], backward: BackwardPass) -> list[BackwardPass]:
        """The passes since `backward`, the last to which a way led, that followed a use of it."""
        after = [op for op in recorded if op.event > backward.event]
        return [b for b in self._passes if after and b.event > after[0].event]

    def _not_on_path(self, candidate: Candidate, recorded: list[Operation]) -> Why:
        last = self._backwards[-1]
        before = [op for op in recorded if op.event < last.event]
        if not before:
            text = texts.used_after(candidate.name, self._run, recorded[0], last.line)
            lines = _lines([recorded[0].line, last.line])
            return _why("not_on_path", text, recorded[:1], lines, fixes.backward_after())
        loss = phrases.loss(self._run, last)
        text = texts.not_on_path(candidate.name, self._run, before[-1], loss, last.line)
        lines = _lines([before[-1].line, last.line])
        makers = {step.made_in for step in last.steps} - {None}
        made = next((b for b in self._trace.backward_passes if b.id in makers), None)
        if made is not None:
            text = texts.not_in_gradients(candidate.name, self._run, before[-1], loss, made)
            lines = _lines([before[-1].line, made.line, last.line])
        return _why("not_on_path", text, before[-1:], lines, None)

    def _not_delivered(
        self, candidate: Candidate, recorded: list[Operation], backward: BackwardPass
    ) -> Why:
        """Recorded all the way, and still None."""
        none = self._nones.get(candidate.tensor.identity)
        if none is not None:
            by = self._origins.returned_none(backward, self._values(candidate))
            text = texts.none_returned(candidate.name, self._run, by, backward.line)
            lines = _lines([by.line if by else None, backward.line])
            return _why("none_returned", text, [by] if by else [], lines, fixes.return_gradient(by))
        if backward.inputs:
            text = texts.not_asked_for(candidate.name, backward.line)
            fix = fixes.ask_for(candidate.name)
            return _why("not_on_path", text, recorded[:1], _lines([backward.line]), fix)
        text = texts.not_connected(candidate.name, self._run, recorded[0], backward.line)
        lines = _lines([recorded[0].line, backward.line])
        return _why("not_on_path", text, recorded[:1], lines, None)

    # ------------------------------------------------------------------------------ looking up

    def _values(self, candidate: Candidate) -> list[Tensor]:
        return self._run.values[candidate.tensor.identity]

    def _ids(self, candidate: Candidate) -> list[int]:
        return [value.id for value in self._values(candidate)]

    def _recorded_for(self, op: Operation, value: int) -> bool:
        """Whether the operation was recorded on behalf of this value."""
        return op.status == "recorded" and self._flow.requiring.at(value, op.event)

    def _reach(self, backward: BackwardPass) -> Reach:
        return self._reaches.setdefault(backward.id, Reach(self._flow, backward))

    def _alive(self, values: list[Tensor], backward: BackwardPass) -> bool:
        return any(value.id in self._reach(backward).alive for value in values)

    def _latest_pass(self, values: list[Tensor], since: int = 0) -> BackwardPass | None:
        """The last pass whose roots were computed from one of the values, by whatever way.

        None where that was before the event `since`.
        """
        passes = self._passes
        if len(passes) == 1:
            leads = self._reach(passes[0]).leads_here(value.id for value in values)
            found = passes if leads else []
        else:
            found = [self._latest[value.id] for value in values if value.id in self._latest]
        latest = max(found, key=lambda backward: backward.event, default=None)
        return None if latest is None or latest.event < since else latest

    @cached_property
    def _passes(self) -> list[BackwardPass]:
        """The passes that could have filled something; failed ones only where all failed."""
        return [b for b in self._backwards if b.ok or b.interrupted] or self._backwards

    @cached_property
    def _latest(self) -> dict[int, BackwardPass]:
        """The last pass that each value leads to."""
        latest: dict[int, BackwardPass] = {}
        for backward in reversed(self._passes):
            stack = [root for root in backward.roots if root not in latest]
            latest.update(dict.fromkeys(stack, backward))
            while stack:
                for link in self._flow.links(stack.pop()):
                    if link.source not in latest:
                        latest[link.source] = backward
                        stack.append(link.source)
        return latest


def _since_set(history: list[Happening]) -> tuple[Happening | None, list[Happening]]:
    """What last set `.grad` other than by adding to it, and the passes that added since."""
    for position in range(len(history), 0, -1):
        if history[position - 1].kind != "accumulated":
            return history[position - 1], history[position:]
    return None, history


def _why(
    code: WhyCode,
    text: str,
    operations: Iterable[Operation] = (),
    lines: list[int] | None = None,
    fix: str | None = None,
    cuts: Iterable[Operation] = (),
) -> Why:
    return Why(code, text, [op.id for op in operations], lines or [], fix, [op.id for op in cuts])


def _nearest(elsewhere: Iterable[Cuts]) -> list[int]:
    """The cut nearest to the loss in each pass that has one."""
    return [cuts.nearest[0].id for cuts in elsewhere if cuts.nearest]


def _in_other_places(told: list[Operation], elsewhere: list[Cuts]) -> list[Operation]:
    """The cuts of other passes that stand at another place of the snippet than those told of."""
    places = {_place(op) for op in told}
    found: list[Operation] = []
    for op in (op for cuts in elsewhere for op in cuts.all):
        if _place(op) not in places:
            places.add(_place(op))
            found.append(op)
    return found


def _place(op: Operation) -> tuple[object, ...]:
    """Where an operation stands in the snippet, and why it was skipped."""
    return op.line, op.column, op.name, op.reason, _cause_line(op)


def _goes_with(op: Operation, others: list[Operation]) -> bool:
    """Whether it is one of the others, or cut by the very region that cuts one of them."""
    return any(
        op is other or (op.cause is not None and op.cause == other.cause) for other in others
    )


def _cause_line(op: Operation) -> int | None:
    return None if op.cause is None else op.cause.line


def _lines(lines: Iterable[int | None]) -> list[int]:
    """Each line once; the last is the one that a few words would name."""
    known = [line for line in lines if line is not None]
    return list(dict.fromkeys(reversed(known)))[::-1]
