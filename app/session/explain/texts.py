"""The words of every clause, side by side, so that they can be reviewed together.

Code is between backquotes, which are removed where a text is shown without marks.  Names are the
snippet's own; lines are named wherever they are known.  `_Values` lists the names in braces.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.contract.records import BackwardPass, Clause, ClauseKind, Gradient, Operation
from app.session.explain import fixes
from app.session.explain.parametrized import originals
from app.session.explain.phrases import Phrases, listed
from app.session.language import ngettext, number, paragraph, plural, tr, translatable
from app.session.places import message_of, on_line
from app.session.source.code_marks import as_code
from app.session.words import line_words

WORDS: dict[ClauseKind, str | tuple[str, str]] = {
    # ------------------------------------------------------------------------- .grad has a value
    "accumulated": translatable("{Pass} reached `{name}` and filled its `.grad`."),
    "added": translatable("{Pass} reached `{name}` and added to its `.grad`."),
    "assigned_before": translatable("It was set by hand{at} before, so both are in it."),
    "retained": translatable(
        "`{name}` is not a leaf; its gradient was kept because of `retain_grad()`."
    ),
    "accumulated_repeatedly": plural(
        "{count} backward pass{lines} added up in `{name}.grad`: nothing cleared it between them, "
        "so it is the sum of their gradients.",
        "{count} backward passes{lines} added up in `{name}.grad`: nothing cleared it between "
        "them, so it is the sum of their gradients.",
    ),
    "set_otherwise": translatable(
        "No backward pass of this run was seen to add to `{name}.grad`; it was set otherwise."
    ),
    "zeroed": translatable("`{name}.grad` was filled with zeros{at}; nothing was added since."),
    "assigned": translatable("`{name}.grad` was set by hand{at}, not by a backward pass."),
    "set_after_limit": translatable(
        "`{name}.grad` has a value. Recording stopped at the limit of operations, so it is unknown "
        "which backward passes added to it."
    ),
    "set_unrecorded": translatable(
        "`{name}.grad` has a value. Part of the record is missing, so it is unknown which backward "
        "passes added to it."
    ),
    # --------------------------------------------------------- what introduces the clauses after it
    "is_none": translatable("`{name}.grad` is None: {reason}"),
    "not_since": translatable("No backward pass since has reached it: {reason}"),
    "not_reached_either": translatable("It would not have reached `{name}`: {reason}"),
    "recorded": translatable("{call} was recorded, but {reason}"),
    # ------------------------------------------------------------------ .grad is None: the tensor
    "frozen": translatable("`requires_grad` was set to False{at}."),
    "frozen_what_if": translatable("`{name}` is frozen by the what-if."),
    "frozen_before": translatable("`{name}` did not require grad when the recorded block began."),
    "cannot_require_grad": translatable(
        "`{name}` does not require grad; a tensor of type `{dtype}` cannot, only floating point "
        "and complex ones can."
    ),
    "not_asked_for_grad": translatable(
        "`{name}` does not require grad; it was made without `requires_grad=True`."
    ),
    "history_dropped": translatable("`{name}` does not require grad; {call} dropped its history."),
    "result_unrecorded": translatable(
        "`{name}` does not require grad; it is the result of {unrecorded}."
    ),
    "name_taken": translatable(
        "The name `{name}` no longer refers to the leaf that it was computed from."
    ),
    "parametrized": plural(
        "the module computes `{name}` each time from {originals}, and `backward()` fills the "
        "`.grad` of that leaf.",
        "the module computes `{name}` each time from {originals}, and `backward()` fills the "
        "`.grad` of those leaves.",
    ),
    "result": translatable("`{name}` is the result of {call}, and grads are kept for leaves."),
    "result_unseen": translatable(
        "`{name}` is the result of an operation, and grads are kept for leaves."
    ),
    "retained_late": translatable(
        "`{name}` is not a leaf, and `retain_grad()` was called{at}, after the backward pass."
    ),
    "leaves": plural(
        "The leaf is {leaves}.",
        "The leaves are {leaves}.",
    ),
    "cleared": translatable("it was set to None{at}."),
    "had_one": translatable("It had one."),
    "had_been_filled": translatable("{Pass} had filled it."),
    "had_been_assigned": translatable("It had been set by hand{at}."),
    "replaced": translatable("{Pass} filled the `.grad` of an earlier `{name}`."),
    "made_again": translatable("`{name}` was made {count} times{at}; this is the last one."),
    # ------------------------------------------------------------------ .grad is None: the passes
    "no_backward": translatable("`backward()` was not called."),
    "no_backward_before_error": translatable("`backward()` was not called before the error."),
    "only_returned": translatable(
        "`torch.autograd.grad`{at} returns gradients and leaves `.grad` alone."
    ),
    "no_pass_yet": translatable("the run was cut short before a backward pass."),
    "not_reached_yet": translatable("the run was cut short in {pass}, before it reached `{name}`."),
    "not_read": translatable(
        "{Pass} had added to `{name}.grad` when the run was cut short. Its value was not read."
    ),
    "not_used_yet": translatable("no operation had used it when the run was cut short."),
    "not_passed_yet": translatable(
        "the run was cut short between {call} and the next backward pass."
    ),
    "none_after_limit": translatable(
        "recording stopped at the limit of operations, so the reason is unknown."
    ),
    "none_unrecorded": translatable("part of the record is missing, so the reason is unknown."),
    "pass_failed": translatable("{pass} failed{error}."),
    "pass_refused": translatable("`backward()`{at} would not start{error}."),
    "returned": translatable(
        "`torch.autograd.grad`{at} returned the gradient to its caller and leaves `.grad` alone."
    ),
    "none_returned": translatable(
        "{pass} got as far as `{name}`, but the backward of {call} returned None for it."
    ),
    "none_returned_unseen": translatable(
        "{pass} got as far as `{name}`, but a custom backward returned None for it."
    ),
    # -------------------------------------------------------------------- .grad is None: the path
    "never_used": translatable("no operation used `{name}`."),
    "unused": translatable("no operation used `{name}`, so {pass} could not reach it."),
    "only_copied": translatable(
        "no operation used `{name}` itself. It was only copied{at}, and a copy has a `.grad` of "
        "its own."
    ),
    "only_skipped": plural(
        "the only operation that used it was not recorded: {skipped}.",
        "not one of the {count} operations that used it was recorded: {skipped}.",
    ),
    "used_too_early": plural(
        "the only operation that used it was not recorded, because `{name}` did not require grad "
        "yet when {call} ran; it was set{at}.",
        "not one of the {count} operations that used it was recorded, because `{name}` did not "
        "require grad yet when {call} ran; it was set{at}.",
    ),
    "too_late": translatable("`{name}` did not require grad yet when {call} ran; it was set{at}."),
    "cut_everywhere": translatable("every path from there to {loss} is cut: at {cuts_or}."),
    "cut_through": translatable("its result reaches {loss} only through {cuts_then}."),
    "cut_also": translatable("Every path is also cut a second time, for example at {cuts_and}."),
    "cut_again": translatable("Beyond that the path to {loss} is cut again: at {cuts_and}."),
    "cut_elsewhere": translatable("In other backward passes it is cut elsewhere: at {cuts_or}."),
    "led_nowhere": plural(
        "In the backward pass after that one its result does not lead to {loss} at all.",
        "In the {count} backward passes after that one its result does not lead to {loss} at all.",
    ),
    "others_skipped": translatable("Its other uses were not recorded: {skipped}."),
    "not_on_path": translatable(
        "its result does not lead to {loss}, on which `backward` was called{at}."
    ),
    "not_in_gradients": translatable(
        "{loss} was computed from gradients that {maker} had made, and these do not depend on "
        "`{name}`."
    ),
    "used_after": translatable("{pass} had already run when {call} used it."),
    "not_asked_for": translatable(
        "`backward(inputs=...)`{at} was asked to fill the `.grad` of other tensors only."
    ),
    "not_connected": translatable(
        "although its result leads to where `backward` was called{at}, autograd's own graph has no "
        "connection from there to `{name}`: the operation does not compute with its values."
    ),
    # ---------------------------------------------------------------------------------------- fixes
    "call_backward": translatable("Call `backward()` on the loss."),
    "require_grad": translatable("Call `{code}.requires_grad_(True)` before it is used."),
    "update_in_place": translatable(
        "Update it in place under `torch.no_grad()`, so that `{name}` stays the leaf."
    ),
    "make_parameter": translatable(
        "Make `{name}` a parameter{at}: put `nn.Parameter(…)` around the whole value."
    ),
    "retain_grad": translatable("Call `{code}.retain_grad()` before `backward()`."),
    "retain_or_detach": translatable(
        "Call `{code}.retain_grad()` before `backward()`, or make `{code}` a leaf{after}: "
        "`{code} = {code}.detach().requires_grad_()`."
    ),
    "read_originals": translatable("Read {grads}."),
    "read_earlier": translatable("Read `.grad`{before}, or call `backward()` again."),
    "require_earlier": translatable("Set `{code}.requires_grad`{before}."),
    "let_through": translatable("{let_through}"),
    "backward_after": translatable("Call `backward()` after using it."),
    "clear_between": translatable(
        "Call `zero_grad()` or set `{code}.grad = None` between the passes, unless they should "
        "add up."
    ),
    "use_returned": translatable(
        "Use what it returned, or call `backward()` to fill `{code}.grad`."
    ),
    "return_gradient": translatable(
        "Return a gradient for this input from `{operation}.backward`."
    ),
    "return_gradient_unseen": translatable(
        "Return a gradient for this input from the custom backward."
    ),
    "ask_for": translatable("Add `{code}` to `inputs=...`, or leave `inputs` out."),
}


def in_words(say: Phrases, name: str, clauses: Sequence[Clause]) -> str:
    """Put clauses about the tensor `name` into words; one may introduce those after it."""
    said = ""
    for clause in reversed(clauses):
        words = WORDS[clause.kind]
        template = tr(words) if isinstance(words, str) else ngettext(*words, clause.count)
        text = say.text(template, _Values(say, name, clause, said))
        said = text if "{reason}" in template else paragraph((text, said))
    unnamed = tr("an unnamed tensor")
    return said.replace(f"`{unnamed}`", unnamed)  # which is not code


def whole(say: Phrases, row: Gradient) -> str:
    """Say why `.grad` is as it is; a document that has no clauses has a text."""
    return in_words(say, row.name, row.why.clauses) or row.why.text


def reason(say: Phrases, row: Gradient) -> str:
    """The same without "w.grad is None:"."""
    return (
        in_words(say, row.name, [c for c in row.why.clauses if c.kind != "is_none"]) or row.why.text
    )


def advice(say: Phrases, row: Gradient) -> str | None:
    """Say what would fill `.grad`."""
    if row.why.advice is None:
        return row.why.fix
    return in_words(say, row.name, [row.why.advice]) or None


class _Values(dict[str, object]):
    """The values of a template's braces, each computed when the template asks for it.

    If a clause of a document lacks what its kind names, the value is a vaguer text.
    """

    def __init__(self, say: Phrases, name: str, clause: Clause, rest: str) -> None:
        super().__init__(name=name, reason=rest)
        self._say = say
        self._run = say.run
        self._clause = clause
        self._name = name

    def __missing__(self, key: str) -> object:
        return getattr(self, f"_{key}")()

    # --------------------------------------------------------------------- operations and tensors

    @property
    def _operations(self) -> list[Operation]:
        return [self._run.operations[number] for number in self._clause.operations]

    def _call(self) -> str:
        return self._say.operations(self._operations[:1])

    def _operation(self) -> str:
        return "".join(operation.name for operation in self._operations[:1])

    def _unrecorded(self) -> str:
        return "".join(self._say.unrecorded(operation) for operation in self._operations[:1])

    def _skipped(self) -> str:
        return listed(map(self._say.not_recorded, self._operations))

    def _cuts_or(self) -> str:
        return tr("; or at ").join(self._say.cuts(self._operations))

    def _cuts_and(self) -> str:
        return tr("; and at ").join(self._say.cuts(self._operations))

    def _cuts_then(self) -> str:
        return tr(", and then through ").join(self._say.cuts(self._operations))

    def _let_through(self) -> str:
        return fixes.for_cuts(self._say, self._operations) or ""

    def _code(self) -> str:
        return as_code(self._name) or self._name

    def _originals(self) -> str:
        return listed(map(self._say.code, originals(self._run, self._name)))

    def _grads(self) -> str:
        return listed(self._say.code(f"{one}.grad") for one in originals(self._run, self._name))

    def _dtype(self) -> str:
        return "".join(self._run.tensors[number].dtype for number in self._clause.tensors[:1])

    def _leaves(self) -> str:
        return listed(map(self._leaf, self._clause.tensors))

    def _leaf(self, number: int) -> str:
        """ "w", or "the unnamed result of randn(3) on line 4"."""
        if (name := self._run.name(number)) is not None:
            return self._say.code(name)
        maker = self._run.producers.get(number)
        if maker is None:
            return tr("an unnamed tensor")
        return tr("the unnamed result of {call}").format(call=self._say.operation(maker))

    # ---------------------------------------------------------------------------- backward passes

    @property
    def _passes(self) -> list[BackwardPass]:
        return [self._run.passes[number] for number in self._clause.passes]

    def _pass(self) -> str:
        return on_line(tr("the backward pass"), self._line)

    def _Pass(self) -> str:
        return on_line(tr("The backward pass"), self._line)

    def _loss(self) -> str:
        return "".join(map(self._say.loss, self._passes[-1:])) or tr("the loss")

    def _maker(self) -> str:
        return "".join(on_line(self._say.code(b.call), b.spot) for b in self._passes[:1])

    def _error(self) -> str:
        error = self._run.trace.error
        if error is None or error.spot not in (None, self._line):
            return ""
        message = message_of(error).split("\n")[0].partition(" Hint: ")[0].rstrip(".")
        return tr(", with {error}").format(error=f"{error.type}: {message}")

    # --------------------------------------------------------------------------- places and counts

    @property
    def _line(self) -> int | None:
        lines = [self._clause.spot, *(b.spot for b in self._passes[-1:])]
        return next((line for line in lines if line is not None), None)

    def _at(self) -> str:
        return "" if self._line is None else tr(" on line {line}").format(line=self._line)

    def _before(self) -> str:
        return "" if self._line is None else tr(" before line {line}").format(line=self._line)

    def _after(self) -> str:
        return "" if self._line is None else tr(" after line {line}").format(line=self._line)

    def _lines(self) -> str:
        lines = listed(filter(None, (line_words(b.spot) for b in self._passes)))
        return tr(" ({lines})").format(lines=lines) if lines else ""

    def _count(self) -> str:
        return number(self._clause.count)
