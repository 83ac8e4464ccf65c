"""Decides, for each variable, which `WhyCode` holds, and has it put into words.

What was accumulated, cleared or assigned is read off the run's own account (`history`); where a
gradient got lost is worked out on the flow of values (`flow`, `reach`).  The order of the
questions is the order in which the functions below ask them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from app.contract.records import (
    BackwardPass,
    Clause,
    ClauseKind,
    Fact,
    Gradient,
    Operation,
    Tensor,
    Why,
    WhyCode,
)
from app.contract.spots import line_and_file
from app.session.explain import texts
from app.session.explain.candidates import Candidate
from app.session.explain.flow import Flow
from app.session.explain.history import Happening, Histories
from app.session.explain.origins import Origins
from app.session.explain.parametrized import originals
from app.session.explain.phrases import Phrases
from app.session.explain.reach import NOTHING, Cuts, Reach
from app.session.run import Run
from app.session.source.code_marks import as_code
from app.session.trace.partial import has_gaps, is_cut_short
from app.session.what_if.changes import is_frozen


def gradients(run: Run, candidates: Iterable[Candidate]) -> list[Gradient]:
    """One row per candidate, in the order of `candidates`."""
    explainer = _Explainer(run)
    return [explainer.gradient(candidate) for candidate in candidates]


_IS_NONE = Clause("is_none")
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
        self._plain = Phrases(run, marks=False)
        self._histories = Histories(run)
        self._origins = Origins(self._flow)
        self._reaches: dict[int, Reach] = {}
        self._backwards = [b for b in trace.backward_passes if b.call == "backward"]
        self._passes_of: dict[frozenset[int | None], list[BackwardPass]] = {}
        self._latest: dict[int, dict[int, BackwardPass]] = {}
        """By the `id()` of a list of passes, which is kept."""
        self._nones = {
            self._run.identity(fact.tensor): fact
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
            why.advice = None
        if (made := candidate.remade) is not None:
            why.clauses.append(_at(made.line, Clause("made_again", count=made.times)))
        if (earlier := self._reached_before(candidate)) is not None:
            why.clauses.append(Clause("replaced", passes=[earlier.id]))
            why.spots = _lines([earlier.spot, *why.spots])
        passes = [h.backward.id for h in _since_set(history)[1] if h.backward is not None]
        row = Gradient(
            tensor=candidate.tensor.id,
            name=candidate.name,
            requires_grad=candidate.requires_grad,
            grad=candidate.grad,
            shape=candidate.shape,
            passes=passes if candidate.grad else [],
            why=why,
        )
        why.text, why.fix = texts.whole(self._plain, row), texts.advice(self._plain, row)
        if why.fix is None:
            why.advice = None
        return row

    def _reached_before(self, candidate: Candidate) -> BackwardPass | None:
        """The last pass that filled the `.grad` of a leaf whose name it took."""
        added = (h for i in candidate.replaced for h in self._histories.of(i))
        passes = [h.backward for h in added if h.backward is not None]
        return passes[-1] if passes and candidate.grad is None else None

    def _is_to_train(self, candidate: Candidate) -> bool:
        """Whether it is meant to be trained.  If optimizers stepped and do not have this parameter,
        it is not: it belongs to a target network, or is frozen."""
        is_parameter = candidate.tensor.kind == "parameter"
        return not self._given or not is_parameter or candidate.tensor.identity in self._given

    @cached_property
    def _given(self) -> set[int]:
        """What the optimizers that made a step have, by identity."""
        return {
            self._run.identity(parameter)
            for optimizer in self._trace.optimizers
            if optimizer.number is not None
            for parameter in optimizer.parameters
        }

    # -------------------------------------------------------------------------- .grad has a value

    def _why_set(self, candidate: Candidate, history: list[Happening]) -> Why:
        before, added = _since_set(history)
        lines = _lines(h.line for h in added)
        if len(added) > 1:
            first = {h.line: h.backward.id for h in reversed(added) if h.backward is not None}
            passes = sorted(first.values())  # one for each line: there may be thousands
            said = Clause("accumulated_repeatedly", passes=passes, count=len(added))
            return _why("accumulated_repeatedly", [said], lines, advice=Clause("clear_between"))
        if added:
            return _why("accumulated", list(_accumulated(candidate, added[0], before)), lines)
        if before is None:
            return _why("assigned", [Clause("set_otherwise")])
        kind: ClauseKind = "zeroed" if before.kind == "zeroed" else "assigned"
        return _why("assigned", [_at(before.line, Clause(kind))], _lines([before.line]))

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
            or self._on_path(candidate)
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
        limit = partial.because == "max_ops"
        return _why("unknown", [Clause("set_after_limit" if limit else "set_unrecorded")], lines)

    def _unseen(self, candidate: Candidate) -> Why | None:
        partial = self._trace.run.partial
        if partial is None or not has_gaps(self._trace.run):
            return None
        if self._run.goes_round and not self._histories.of(candidate.tensor.identity):
            return None
        limit = partial.because == "max_ops"
        return _none("unknown", [Clause("none_after_limit" if limit else "none_unrecorded")])

    def _interrupted(self, candidate: Candidate) -> Why | None:
        """The pass in which the record ends had not reached it, or its value was not read."""
        last = self._backwards[-1] if self._backwards else None
        if last is None or not is_cut_short(self._trace.run):
            return None
        history = self._histories.of(candidate.tensor.identity)
        if history and history[-1].backward is last:
            return _why("unknown", [Clause("not_read", passes=[last.id])], _lines([last.spot]))
        if not last.interrupted or not self._alive(self._values(candidate), last):
            return None
        if self._run.goes_round and not history:
            return None
        return _none("unknown", [Clause("not_reached_yet", passes=[last.id])], _lines([last.spot]))

    def _not_yet(self, candidate: Candidate) -> Why | None:
        """The program was to go on, and nothing of what was to come is known."""
        if not self._run.is_cut_short:
            return None
        uses = self._flow.uses(self._values(candidate))
        if not uses:
            return _none("unknown", [Clause("not_used_yet")])
        last = self._backwards[-1]
        if all(op.event > last.event for op, _ in uses):
            use = uses[0][0]
            said = Clause("not_passed_yet", [use.id])
            return _none("unknown", [said], _lines([use.spot]), [use])
        return None

    def _frozen(self, candidate: Candidate) -> Why | None:
        if candidate.requires_grad:
            return None
        if is_frozen(self._run.trace, candidate.tensor.identity):
            return _none("frozen", [Clause("frozen_what_if")])
        fact = self._origins.frozen_by(candidate.tensor)
        if fact is not None and self._backwards and fact.event > self._backwards[-1].event:
            return None  # it required grad while the passes ran: that is not why it has none
        line = None if fact is None else fact.spot
        tensor = candidate.tensor
        lost = None if fact is not None else self._origins.lost_history(tensor)
        updated = lost is not None and self._origins.took_the_name_of_a_leaf(tensor, lost)
        said = [self._origins.without_grad(tensor)]
        if line is not None:
            said = [_at(line, Clause("frozen"))]
        if updated:
            said.append(Clause("name_taken"))
        made = [] if lost is None else [lost]
        lines = _lines([line, *(n for op in made for n in (_cause_line(op), op.spot))])
        advice = None if as_code(candidate.name) is None else Clause("require_grad")
        if updated:
            advice = Clause("update_in_place")
        elif lost is not None and lost.in_place:
            advice = Clause("let_through", [lost.id])
        return _none("frozen", said, lines, made, advice)

    def _non_leaf(self, candidate: Candidate) -> Why | None:
        tensor = candidate.tensor
        if tensor.is_leaf:
            return None
        retained = self._histories.retained(tensor.identity)
        if retained is not None:
            return self._retained_late(candidate, retained)
        maker = self._run.producers.get(tensor.id)
        leaves = self._origins.leaves_of(tensor)
        updated = any(self._run.names.get(leaf.identity) == candidate.name for leaf in leaves)
        line = None if maker is None else maker.spot
        meant = bool(leaves) and not any(leaf.identity in self._run.names for leaf in leaves)
        behind = originals(self._run, candidate.name)
        said = [Clause("result_unseen") if maker is None else Clause("result", [maker.id])]
        if behind:
            said = [Clause("parametrized", count=len(behind))]
        elif updated:
            said.append(Clause("name_taken"))
        elif leaves:
            said.append(Clause("leaves", tensors=[x.id for x in leaves], count=len(leaves)))
        advice: Clause | None = None
        if updated:
            advice = Clause("update_in_place")
        elif behind:
            advice = Clause("read_originals")
        elif meant and self._is_on_a_module(candidate.name, leaves):
            advice = _at(line, Clause("make_parameter"))
        elif as_code(candidate.name) is not None:
            meant = meant and tensor.identity not in self._roots
            advice = _at(line, Clause("retain_or_detach" if meant else "retain_grad"))
        lines = [line, *(self._origins.line_of(leaf) for leaf in leaves)]
        return _none("non_leaf", said, _lines(lines), [maker] if maker else [], advice)

    def _retained_late(self, candidate: Candidate, retained: Fact) -> Why | None:
        """`retain_grad()` after the last pass that reached the result."""
        values = self._values(candidate)
        reached = [b for b in self._backwards if b.ok and self._alive(values, b)]
        if not reached or reached[-1].event > retained.event:
            return None
        late = _at(retained.spot, Clause("retained_late"))
        lines = _lines([reached[-1].spot, retained.spot])
        return _none("non_leaf", [late], lines, advice=Clause("retain_grad"))

    @cached_property
    def _roots(self) -> set[int]:
        """What backward passes began at, by identity: a loss is meant to be a result."""
        passes = self._trace.backward_passes
        return {self._run.identity(root) for backward in passes for root in backward.roots}

    def _is_on_a_module(self, name: str, leaves: Sequence[Tensor]) -> bool:
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
        said = [_at(last.line, Clause("cleared")), _had(added)]
        lines = [*([added.line] if added else []), last.line]
        if not later:
            advice = _at(last.line, Clause("read_earlier"))
            return _none("cleared", said, _lines(lines), advice=advice)
        why = self._not_reached_since(candidate, last.event)
        why.code, why.cuts_elsewhere = "cleared", []
        why.clauses = [_IS_NONE, *said, Clause("not_since"), *why.clauses[1:]]
        why.spots = _lines([*why.spots, *lines])
        return why

    def _not_reached_since(self, candidate: Candidate, since: int) -> Why:
        """Of the passes after the event `since`; those before it had filled it."""
        return self._failed(candidate, since) or self._on_path(candidate, since)

    # -------------------------------------------------------------------- .grad is None: the passes

    def _asked(self, candidate: Candidate) -> BackwardPass | None:
        """The last `torch.autograd.grad` that returned this variable's gradient.

        One that had no path to it returned None (`allow_unused`), and is not the reason.
        """
        identity = candidate.tensor.identity
        for backward in reversed(self._trace.backward_passes):
            if backward.call != "autograd.grad" or not backward.ok:
                continue
            inputs = {self._run.identity(t) for t in backward.inputs}
            if identity in inputs and self._alive(self._values(candidate), backward):
                return backward
        return None

    def _returned(self, candidate: Candidate) -> Why | None:
        asked = self._asked(candidate)
        if asked is None:
            return None
        said = Clause("returned", passes=[asked.id])
        if not any(b.event > asked.event for b in self._backwards):
            return _none("returned", [said], _lines([asked.spot]), advice=Clause("use_returned"))
        why = self._not_reached_since(candidate, asked.event)
        why.code, why.cuts_elsewhere = "returned", []
        why.clauses = [_IS_NONE, said, Clause("not_since"), *why.clauses[1:]]
        why.spots = _lines([asked.spot, *why.spots])
        return why

    def _without_passes(self, candidate: Candidate) -> Why | None:
        if self._backwards:
            return None
        if self._run.is_cut_short:
            return self._returned(candidate) or _none("unknown", [Clause("no_pass_yet")])
        others = [b for b in self._trace.backward_passes if b.call == "autograd.grad"]
        failed = self._trace.error is not None
        said = [Clause("no_backward_before_error" if failed else "no_backward")]
        said += [Clause("only_returned", passes=[b.id]) for b in others[-1:]]
        lines = _lines(b.spot for b in others)
        return self._returned(candidate) or _none(
            "no_backward", said, lines, advice=Clause("call_backward")
        )

    def _failed(self, candidate: Candidate, since: int = 0) -> Why | None:
        """A failed pass explains it if there was no other pass, or if it would have got there."""
        passes = [b for b in self._backwards if b.event > since]
        failed = [b for b in passes if not b.ok and not b.interrupted]
        if not failed:
            return None
        last = failed[-1]
        values = self._values(candidate)
        if len(failed) < len(passes) and not self._alive(values, last):
            return None
        said = Clause("pass_failed" if last.steps else "pass_refused", passes=[last.id])
        if self._alive(values, last):
            return _none("backward_failed", [said], _lines([last.spot]))
        why = self._on_path(candidate, since)
        why.code, why.cuts_elsewhere = "backward_failed", []
        why.clauses = [_IS_NONE, said, Clause("not_reached_either"), *why.clauses[1:]]
        why.spots = _lines([*why.spots, last.spot])
        return why

    # ---------------------------------------------------------------------- .grad is None: the path

    def _on_path(self, candidate: Candidate, since: int = 0) -> Why:
        values = self._values(candidate)
        uses = self._flow.uses(values)
        if not uses:
            last = self._backwards[-1] if self._backwards else None
            copied = self._copied(values)
            said = Clause("never_used")
            if copied is not None:
                said = _at(copied, Clause("only_copied"))
            elif last is not None:
                said = Clause("unused", passes=[last.id])
            return _none("unused", [said], _lines([copied, last.spot if last else None]))
        backward = self._latest_pass(values, since)
        recorded = [op for op, value in uses if self._recorded_for(op, value)]
        if not recorded:
            return self._only_skipped(candidate, uses, backward)
        if backward is None:
            return self._not_on_path(candidate, recorded)
        if self._alive(values, backward):
            return self._not_delivered(candidate, recorded, backward)
        return self._cut(candidate, uses, recorded, backward)

    def _copied(self, values: Sequence[Tensor]) -> int | None:
        """The line that last made a deep copy of it."""
        users = (op for value in values for op in self._run.users.get(value.id, ()))
        lines = [op.spot for op in users if op.set_up == "copy"]
        return lines[-1] if lines else None

    def _only_skipped(
        self, candidate: Candidate, uses: list[tuple[Operation, int]], backward: BackwardPass | None
    ) -> Why:
        operations = [op for op, _ in uses]
        late = self._late(uses)
        said = [Clause("only_skipped", [op.id for op in operations], count=len(uses))]
        if late is not None:
            said = [_at(late.spot, Clause("used_too_early", [operations[0].id], count=len(uses)))]
        cuts = NOTHING if backward is None else self._reach(backward).cuts(self._ids(candidate))
        beyond = [op for op in (*cuts.through, *cuts.also) if not _goes_with(op, operations)]
        if backward is not None and beyond:
            said.append(_clause("cut_again", beyond, backward))
        named = [*operations, *beyond]
        if late is not None:
            advice = _at(operations[0].spot, Clause("require_earlier"))
        elif backward is not None:
            advice = _clause("let_through", named)
        else:  # recorded it would not lead to a loss either, unless Python computed with numbers
            advice = _clause("let_through", [o for o in operations if o.reason == "to_python"])
        lines = [line for op in named for line in (op.spot, _cause_line(op))]
        why = _none("only_skipped", said, _lines(lines), operations, advice)
        why.cuts = [op.id for op in cuts.nearest]
        if backward is not None and cuts.nearest:
            why.cuts_elsewhere = _nearest(self._cuts_elsewhere(candidate, backward))
        return why

    def _late(self, uses: list[tuple[Operation, int]]) -> Fact | None:
        """What made it require grad, where all its uses came before that."""
        for op, value in uses:
            if self._flow.requiring.at(value, op.event):
                return None
        op, value = uses[0]
        return self._flow.requiring.switched_on_after(value, op.event)

    def _cut(
        self,
        candidate: Candidate,
        uses: list[tuple[Operation, int]],
        recorded: list[Operation],
        backward: BackwardPass,
    ) -> Why:
        cuts = self._reach(backward).cuts(self._ids(candidate))
        if not cuts.all:
            late = self._late(uses[:1])
            if late is None:
                return self._not_delivered(candidate, recorded, backward)
            early = uses[0][0]
            said = [_at(late.spot, Clause("too_late", [early.id]))]
            advice = _at(early.spot, Clause("require_earlier"))
            return _none("not_on_path", said, _lines([early.spot]), [early], advice)
        if beside := self._beside(recorded, backward):
            kept = {op.id for op in recorded}
            skipped = [op for op, _ in uses if op.id not in kept]
            return self._not_on_path(candidate, beside, skipped)
        said = [_clause("recorded", recorded[:1]), *_cut_off(cuts, backward)]
        named = list(cuts.all)
        elsewhere = self._cuts_elsewhere(candidate, backward)
        if other := _in_other_places(named, elsewhere):
            said.append(_clause("cut_elsewhere", other))
        if away := self._led_nowhere(recorded, backward):
            said.append(Clause("led_nowhere", passes=[away[-1].id], count=len(away)))
        named += other
        lines = [
            recorded[0].spot,
            *(n for op in named for n in (op.spot, _cause_line(op))),
        ]
        advice = _clause("let_through", cuts.through or cuts.nearest)
        why = _none("cut", said, _lines(lines), [recorded[0], *named], advice)
        why.cuts = [op.id for op in cuts.nearest]
        why.cuts_elsewhere = _nearest(elsewhere)
        return why

    def _beside(self, recorded: list[Operation], backward: BackwardPass) -> list[Operation]:
        """Return the recorded uses since the pass before, if what they computed left torch and did
        not lead to the loss: what is cut then are other uses, which may be meant to be."""
        passes = self._trace.backward_passes
        before = max((b.event for b in passes if b.event < backward.event), default=-1)
        since = [op for op in recorded if before < op.event < backward.event]
        reach = self._reach(backward)
        if any(reach.leads_here((*op.outputs, *op.mutates)) for op in since):
            return []
        return since if self._leaves_torch(since, backward.event) else []

    def _leaves_torch(self, operations: list[Operation], until: int) -> bool:
        """Return whether Python took a value computed from their results, before an event."""
        stack, seen = [value for op in operations for value in op.outputs], set[int]()
        while stack:
            for user in self._run.users.get(stack.pop(), ()):
                if user.event < until and user.id not in seen:
                    if user.reason == "to_python":
                        return True
                    seen.add(user.id)
                    stack += user.outputs
        return False

    def _cuts_elsewhere(self, candidate: Candidate, backward: BackwardPass) -> list[Cuts]:
        """What cuts it off in other passes: the first, which is what is seen, and the last ones."""
        others = [b for b in self._passes_for(candidate.tensor.identity) if b is not backward]
        if len(others) > _PASSES_LOOKED_AT:
            others = [others[0], *others[1 - _PASSES_LOOKED_AT :]]
        return [self._reach(other).cuts(self._ids(candidate)) for other in others]

    def _led_nowhere(self, recorded: list[Operation], backward: BackwardPass) -> list[BackwardPass]:
        """The passes after `backward`, the last with a path to it, that came after a use of it."""
        after = [op for op in recorded if op.event > backward.event]
        return [b for b in self._passes if after and b.event > after[0].event]

    def _not_on_path(
        self, candidate: Candidate, recorded: list[Operation], skipped: Sequence[Operation] = ()
    ) -> Why:
        """`skipped` are other uses, whose results may lead to the loss."""
        last = self._backwards[-1]
        before = [op for op in recorded if op.event < last.event]
        if not before:
            said = [Clause("used_after", [recorded[0].id], [last.id])]
            lines = _lines([recorded[0].spot, last.spot])
            advice = Clause("backward_after")
            return _none("not_on_path", said, lines, recorded[:1], advice)
        said = [_clause("recorded", before[-1:]), Clause("not_on_path", passes=[last.id])]
        places = [before[-1].spot, last.spot]
        makers = {step.made_in for step in last.steps} - {None}
        made = next((b for b in self._trace.backward_passes if b.id in makers), None)
        if made is not None:
            said[1] = Clause("not_in_gradients", passes=[made.id, last.id])
            places.insert(1, made.spot)
        if skipped:
            said.append(_clause("others_skipped", skipped[-1:]))
        return _none("not_on_path", said, _lines(places), before[-1:])

    def _not_delivered(
        self, candidate: Candidate, recorded: list[Operation], backward: BackwardPass
    ) -> Why:
        """Explain a `.grad` that is None although the whole path was recorded."""
        passes = [backward.id]
        if candidate.tensor.identity in self._nones:
            by = self._origins.returned_none(backward, self._values(candidate))
            if by is None:
                said = [Clause("none_returned_unseen", passes=passes)]
                advice = Clause("return_gradient_unseen")
                return _none("none_returned", said, _lines([backward.spot]), advice=advice)
            said = [Clause("none_returned", [by.id], passes)]
            advice = _clause("return_gradient", [by])
            return _none("none_returned", said, _lines([by.spot, backward.spot]), [by], advice)
        if backward.inputs:
            said, advice = [Clause("not_asked_for", passes=passes)], Clause("ask_for")
            return _none("not_on_path", said, _lines([backward.spot]), recorded[:1], advice)
        said = [_clause("recorded", recorded[:1]), Clause("not_connected", passes=passes)]
        lines = _lines([recorded[0].spot, backward.spot])
        return _none("not_on_path", said, lines, recorded[:1])

    # ------------------------------------------------------------------------------ looking up

    def _values(self, candidate: Candidate) -> Sequence[Tensor]:
        return self._run.values[candidate.tensor.identity]

    def _ids(self, candidate: Candidate) -> list[int]:
        return [value.id for value in self._values(candidate)]

    def _recorded_for(self, op: Operation, value: int) -> bool:
        """Whether the operation was recorded on behalf of this value."""
        return op.status == "recorded" and self._flow.requiring.at(value, op.event)

    def _reach(self, backward: BackwardPass) -> Reach:
        return self._reaches.setdefault(backward.id, Reach(self._flow, backward))

    def _alive(self, values: Sequence[Tensor], backward: BackwardPass) -> bool:
        return any(value.id in self._reach(backward).alive for value in values)

    def _latest_pass(self, values: Sequence[Tensor], since: int = 0) -> BackwardPass | None:
        """The last pass whose roots were computed from one of the values, on any path.

        Preferably one for an optimizer that has it: a GAN cuts the generator off from the
        discriminator's pass on purpose.  None if that was before the event `since`.
        """
        own = self._passes_for(self._run.identity(values[-1].id)) if values else []
        for passes in (own, self._passes):
            if len(passes) == 1:
                leads = self._reach(passes[0]).leads_here(value.id for value in values)
                found = passes if leads else []
            else:
                latest = self._latest_of(passes)
                found = [latest[value.id] for value in values if value.id in latest]
            last = max(found, key=lambda backward: backward.event, default=None)
            if last is not None and last.event >= since:
                return last
        return None

    @cached_property
    def _passes(self) -> list[BackwardPass]:
        """The passes that could have filled something; failed ones only where all failed."""
        return [b for b in self._backwards if b.ok or b.interrupted] or self._backwards

    def _passes_for(self, identity: int) -> list[BackwardPass]:
        """Those before steps of an optimizer that has a parameter; all if there are none."""
        having = frozenset(
            one.number for one in self._trace.optimizers if identity in self._owned[one.id]
        )
        if having not in self._passes_of:
            found = [b for b in self._passes if not having.isdisjoint(self._steps_after[b.id])]
            self._passes_of[having] = found or self._passes
        return self._passes_of[having]

    @cached_property
    def _owned(self) -> dict[int, set[int]]:
        """What each optimizer has, by identity."""
        return {
            one.id: set(map(self._run.identity, one.parameters)) for one in self._trace.optimizers
        }

    @cached_property
    def _steps_after(self) -> dict[int, set[int]]:
        """By pass: the optimizers that made the next steps, until there was another pass."""
        steps = [(s.end_event or s.event, s.optimizer) for s in self._trace.optimizer_steps]
        waiting, after, is_next = sorted(steps), dict[int, set[int]](), set[int]()
        for backward in reversed(self._passes):
            begun = len(waiting)
            while waiting and waiting[-1][0] > backward.event:
                if begun == len(waiting):
                    is_next = set()
                is_next.add(waiting.pop()[1])
            after[backward.id] = is_next
        return after

    def _latest_of(self, passes: list[BackwardPass]) -> dict[int, BackwardPass]:
        """The last of some passes that each value leads to."""
        key = id(passes)
        if key not in self._latest:
            latest = self._latest[key] = {}
            for backward in reversed(passes):
                stack = [root for root in backward.roots if root not in latest]
                latest.update(dict.fromkeys(stack, backward))
                while stack:
                    for link in self._flow.links(stack.pop()):
                        if link.source not in latest:
                            latest[link.source] = backward
                            stack.append(link.source)
        return self._latest[key]


def _since_set(history: list[Happening]) -> tuple[Happening | None, list[Happening]]:
    """What last set `.grad` other than by adding to it, and the passes that added since."""
    for position in range(len(history), 0, -1):
        if history[position - 1].kind != "accumulated":
            return history[position - 1], history[position:]
    return None, history


def _accumulated(
    candidate: Candidate, added: Happening, before: Happening | None
) -> Iterator[Clause]:
    passes = [] if added.backward is None else [added.backward.id]
    is_added = before is not None and before.kind != "cleared"
    yield Clause("added" if is_added else "accumulated", passes=passes)
    if before is not None and before.kind == "assigned":
        yield _at(before.line, Clause("assigned_before"))
    if not candidate.tensor.is_leaf:
        yield Clause("retained")


def _had(added: Happening | None) -> Clause:
    """What a `.grad` held before it was cleared."""
    if added is None:
        return Clause("had_one")
    if added.backward is not None:
        return Clause("had_been_filled", passes=[added.backward.id])
    return _at(added.line, Clause("had_been_assigned"))


def _cut_off(cuts: Cuts, backward: BackwardPass) -> Iterator[Clause]:
    if not cuts.through:
        yield _clause("cut_everywhere", cuts.nearest[::-1], backward)
        return
    yield _clause("cut_through", cuts.through, backward)
    if also := [op for op in cuts.also if not _goes_with(op, list(cuts.through))]:
        yield _clause("cut_also", also)


def _clause(
    kind: ClauseKind, operations: Iterable[Operation], backward: BackwardPass | None = None
) -> Clause:
    return Clause(kind, [op.id for op in operations], [] if backward is None else [backward.id])


def _at(at: int | None, clause: Clause) -> Clause:
    """Return a clause about a spot."""
    clause.line, clause.file = line_and_file(at)
    return clause


def _why(
    code: WhyCode,
    clauses: list[Clause],
    lines: list[int] | None = None,
    operations: Iterable[Operation] = (),
    advice: Clause | None = None,
) -> Why:
    """The texts follow when all of it is known."""
    ids = [op.id for op in operations]
    why = Why(code, "", ids, [], None, clauses=clauses, advice=advice)
    why.spots = lines or []
    return why


def _none(
    code: WhyCode,
    clauses: list[Clause],
    lines: list[int] | None = None,
    operations: Iterable[Operation] = (),
    advice: Clause | None = None,
) -> Why:
    """The same of a `.grad` that is None."""
    return _why(code, [_IS_NONE, *clauses], lines, operations, advice)


def _nearest(elsewhere: Iterable[Cuts]) -> list[int]:
    """The cut nearest to the loss in each pass that has one."""
    return [cuts.nearest[0].id for cuts in elsewhere if cuts.nearest]


def _in_other_places(named: list[Operation], elsewhere: list[Cuts]) -> list[Operation]:
    """The cuts of other passes that are elsewhere in the snippet than those already named."""
    places = {_place(op) for op in named}
    found: list[Operation] = []
    for op in (op for cuts in elsewhere for op in cuts.all):
        if _place(op) not in places:
            places.add(_place(op))
            found.append(op)
    return found


def _place(op: Operation) -> tuple[object, ...]:
    """Where an operation is in the snippet, and why it was skipped."""
    return op.spot, op.column, op.name, op.reason, _cause_line(op)


def _goes_with(op: Operation, others: list[Operation]) -> bool:
    """Whether it is one of the others, or cut by the very region that cuts one of them."""
    return any(
        op.id == other.id or (op.cause is not None and op.cause == other.cause) for other in others
    )


def _cause_line(op: Operation) -> int | None:
    return None if op.cause is None else op.cause.spot


def _lines(lines: Iterable[int | None]) -> list[int]:
    """Each line once; the last is the one that a few words would name."""
    known = [line for line in lines if line is not None]
    return list(dict.fromkeys(reversed(known)))[::-1]
