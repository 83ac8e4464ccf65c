"""What is said of parameters that trained or did not: a clause for the verdict, a sentence each."""

from __future__ import annotations

from typing import assert_never

from app.session.explain.phrases import Phrases, listed
from app.session.explain.texts import reason
from app.session.language import ngettext, number, paragraph, tr
from app.session.run import Run
from app.session.training.states import Detail, Fate

_WITH_PLACE = ("cleared", "step_before")
"""Details of `no_step` for which the verdict names the lines; of the others these are only where
the optimizers were made."""


def clause(fate: Fate, count: int, lines: list[int]) -> str:
    """What holds for `count` parameters like this one: "203 are frozen (line 8)"."""
    text = _clause(fate, count).format(count=number(count))
    says_where = fate.state != "no_step" or fate.detail in _WITH_PLACE
    if not lines or not says_where:
        return text
    where = ngettext("{clause} (line {lines})", "{clause} (lines {lines})", len(lines))
    return where.format(clause=text, lines=listed(map(str, lines)))


def _clause(fate: Fate, n: int) -> str:
    match fate.state:
        case "trained":
            return ngettext("{count} trains", "{count} train", n)
        case "no_step":
            return _clause_without_step(fate.detail, n)
        case "stepped_without_gradient" if fate.detail == "zero_gradient":
            return ngettext("{count} has a gradient of zeros", "{count} have gradients of zeros", n)
        case "stepped_without_gradient":
            return ngettext(
                "{count} had no gradient at the step", "{count} had no gradients at the step", n
            )
        case "frozen":
            return ngettext("{count} is frozen", "{count} are frozen", n)
        case "moved_while_frozen":
            return ngettext(
                "{count} is frozen but still moved", "{count} are frozen but still moved", n
            )
        case "unchanged":
            return ngettext(
                "{count} was not changed by its steps", "{count} were not changed by their steps", n
            )
        case "cut":
            return ngettext(
                "{count} is cut off from the loss", "{count} are cut off from the loss", n
            )
        case "only_skipped":
            return ngettext(
                "{count} was used only where nothing is recorded",
                "{count} were used only where nothing is recorded",
                n,
            )
        case "unused":
            return ngettext("{count} is never used", "{count} are never used", n)
        case "not_on_path" if fate.detail != "no_backward":
            return ngettext(
                "{count} does not lead to the loss", "{count} do not lead to the loss", n
            )
        case "not_on_path":
            return tr("{count} had no backward pass")
        case "unknown":
            return ngettext(
                "{count} is unknown because the record is incomplete",
                "{count} are unknown because the record is incomplete",
                n,
            )
        case _:
            assert_never(fate.state)


def _clause_without_step(detail: Detail, n: int) -> str:
    match detail:
        case "no_optimizer":
            return ngettext("{count} is in no optimizer", "{count} are in no optimizer", n)
        case "never_stepped":
            return ngettext(
                "{count} is in an optimizer that never stepped",
                "{count} are in an optimizer that never stepped",
                n,
            )
        case "cleared":
            return ngettext(
                "{count} lost its gradient before the step",
                "{count} lost their gradients before the step",
                n,
            )
        case "step_before":
            return ngettext(
                "{count} got its gradient after the last step",
                "{count} got their gradients after the last step",
                n,
            )
        case (
            "" | "no_steps" | "by_hand" | "no_gradient" | "zero_gradient" | "backward_failed"
            | "no_backward"
        ):  # fmt: skip
            return ngettext(
                "{count} has a gradient that no optimizer step used",
                "{count} have gradients that no optimizer step used",
                n,
            )
        case _:
            assert_never(detail)


def sentence(run: Run, fate: Fate, count: int) -> str:
    """The same as a sentence of its own, about "this parameter" or "these 12 parameters"."""
    text = _sentence(fate, count)
    if text is not None:
        return text.format(count=number(count), line=fate.lines[0] if fate.lines else "")
    text = ngettext(
        "This parameter got no gradient: {reason}",
        "Not one of these {count} parameters got a gradient: {reason}",
        count,
    )
    return text.format(count=number(count), reason=reason(Phrases(run, marks=True), fate.row))


def _sentence(fate: Fate, n: int) -> str | None:
    match fate.state:
        case "trained" if fate.detail == "by_hand":
            return ngettext(
                "The program updated this parameter with its gradient.",
                "The program updated these {count} parameters with their gradients.",
                n,
            )
        case "trained":
            return ngettext(
                "An optimizer step used the gradient of this parameter.",
                "Optimizer steps used the gradients of these {count} parameters.",
                n,
            )
        case "frozen" | "moved_while_frozen":
            return _while_frozen(fate, n)
        case "unchanged":
            return _unchanged(fate, n)
        case "unknown":
            return ngettext(
                "The record does not show whether this parameter trains.",
                "The record does not show whether these {count} parameters train.",
                n,
            )
        case "stepped_without_gradient" if fate.detail == "zero_gradient":
            return ngettext(
                "The gradient of this parameter was zero everywhere at each step.",
                "The gradients of these {count} parameters were zero everywhere at each step.",
                n,
            )
        case "stepped_without_gradient" if fate.detail == "no_gradient":
            return ngettext(
                "This parameter had no gradient when the optimizer stepped on line {line}.",
                "These {count} parameters had no gradients when the optimizer stepped on line "
                "{line}.",
                n,
            )
        case "no_step":
            return _without_step(fate, n)
        case "not_on_path" if fate.detail == "no_backward":
            return ngettext(
                "No backward pass ran, so this parameter got no gradient.",
                "No backward pass ran, so these {count} parameters got no gradients.",
                n,
            )
        case "stepped_without_gradient" | "cut" | "not_on_path" | "only_skipped" | "unused":
            return None
        case _:
            assert_never(fate.state)


def _unchanged(fate: Fate, n: int) -> str:
    text = ngettext(
        "This parameter had a gradient, but its steps left its values as they were.",
        "These {count} parameters had gradients, but their steps left their values as they were.",
        n,
    )
    rate = fate.rate
    if fate.has_tiny_gradient:
        tiny = ngettext(
            "Next to its values the gradient was too small: the changes were lost to rounding in "
            "`{dtype}`.",
            "Next to their values the gradients were too small: the changes were lost to rounding "
            "in `{dtype}`.",
            n,
        )
        return paragraph((text, tiny.format(dtype=fate.tensor.dtype)))
    if rate is None:
        return text
    said = (
        tr("The learning rate was {rate}.")
        if rate == 0
        else tr("The learning rate was never greater than {rate}.")
    )
    short = rate and fate.tensor.dtype in ("float16", "bfloat16")
    lost = tr("A change much smaller than a value is lost to rounding in `{dtype}`.")
    after = [lost.format(dtype=fate.tensor.dtype)] if short else []
    return paragraph((text, said.format(rate=f"{rate:g}"), *after))


def _while_frozen(fate: Fate, n: int) -> str:
    if fate.state == "moved_while_frozen":
        return ngettext(
            "`requires_grad` of this parameter is False, and the step on line {line} still "
            "changed it.",
            "`requires_grad` of these {count} parameters is False, and the step on line "
            "{line} still changed them.",
            n,
        )
    if fate.lines:
        return ngettext(
            "`requires_grad` of this parameter has been False since line {line}.",
            "`requires_grad` of these {count} parameters has been False since line {line}.",
            n,
        )
    return ngettext(
        "`requires_grad` of this parameter is False.",
        "`requires_grad` of these {count} parameters is False.",
        n,
    )


def _without_step(fate: Fate, n: int) -> str:
    match fate.detail:
        case "no_optimizer":
            return ngettext(
                "A gradient arrived, but this parameter is in no optimizer.",
                "Gradients arrived, but these {count} parameters are in no optimizer.",
                n,
            )
        case "never_stepped":
            return ngettext(
                "A gradient arrived, but the optimizer of this parameter never stepped.",
                "Gradients arrived, but the optimizer of these {count} parameters never stepped.",
                n,
            )
        case "cleared":
            return ngettext(
                "Line {line} cleared the gradient of this parameter before a step could use it.",
                "Line {line} cleared the gradients of these {count} parameters before a step "
                "could use them.",
                n,
            )
        case "step_before":
            return ngettext(
                "The gradient of this parameter arrived after the last step, on line {line}.",
                "The gradients of these {count} parameters arrived after the last step, on line "
                "{line}.",
                n,
            )
        case (
            "" | "no_steps" | "by_hand" | "no_gradient" | "zero_gradient" | "backward_failed"
            | "no_backward"
        ):  # fmt: skip
            return ngettext(
                "A gradient of this parameter arrived, and no optimizer step followed.",
                "Gradients of these {count} parameters arrived, and no optimizer step followed.",
                n,
            )
        case _:
            assert_never(fate.detail)
