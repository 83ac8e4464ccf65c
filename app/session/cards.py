"""What each mark and word means: one card each, with an example from the shown run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from app.contract.records import Operation
from app.session.graph.payloads import STATUS_OF_REASON, StatusKey
from app.session.language import ngettext, number, tr, translatable
from app.session.look.colors import ToneKey
from app.session.look.glyphs import Glyph
from app.session.look.status import STATUS_STYLES
from app.session.numbers import size
from app.session.run import Run
from app.session.source.code_marks import unmarked
from app.session.summary.counts import status_counts
from app.session.summary.leaf_grads import counted, leaf_grads
from app.session.summary.why import short_why
from app.session.words import line_words


class Card(NamedTuple):
    key: str
    title: str
    glyph: Glyph
    tone: ToneKey | None
    text: str
    lesson: int
    """The number of the lesson that explains it, from 1."""


def _of_status(key: StatusKey, title: str, text: str, lesson: int) -> Card:
    return Card(key, title, STATUS_STYLES[key].glyph, key, text, lesson)


CARDS = (
    Card("leaf", translatable("leaf"), "leaf", None, translatable(
        "A tensor that no recorded operation made. `backward()` stores `.grad` in leaves that "
        "require grad; elsewhere only after `retain_grad()`."), 3),
    Card("grad_fn", "grad_fn", "steps", None, translatable(
        "The function that turns the gradient of a result into the gradients of its inputs. "
        "Without a grad_fn, no gradient flows further back."), 1),
    Card("None", ".grad None", "minus", None, translatable(
        "No backward pass has stored a gradient here. `None` is not zero: an optimizer skips the "
        "parameter instead of stepping by zero."), 4),
    _of_status("recorded", translatable("recorded"), translatable(
        "Autograd added a node: grad mode was on, and an input required grad. A gradient can flow "
        "back."), 1),
    _of_status("no_grad", "no_grad", translatable(
        "Skipped: `torch.no_grad()` or similar had turned grad mode off."), 4),
    _of_status("inference_mode", "inference_mode", translatable(
        "Skipped: `torch.inference_mode()` was on. Its tensors cannot be used in autograd "
        "later."), 5),
    _of_status("no_input_requires_grad", translatable("no input requires grad"), translatable(
        "Skipped: no input requires grad, so there is nothing to compute a gradient for."), 2),
    _of_status("not_differentiable", translatable("not differentiable"), translatable(
        "Skipped: the result cannot carry a gradient, such as that of `argmax`."), 2),
    _of_status("detached", translatable("detached"), translatable(
        "Cut on purpose: `detach`, `.data`, or a copy by `torch.tensor`."), 7),
    _of_status("left_torch", translatable("left torch"), translatable(
        "The value left torch: `item`, `numpy`, `tolist`. Autograd does not follow it."), 7),
    Card("cut", "CUT", "cut", "cut", translatable(
        "The gradient stops here: the value has no grad_fn, and something before it wanted a "
        "gradient."), 4),
    Card("gradient", translatable("gradient"), "gradient", "gradient", translatable(
        "`backward()` ran here, or a gradient flowed back through here. Blue lines carry "
        "gradients; grey arrows carry values only."), 1),
    Card("seed", translatable("seed"), "gradient", "gradient", translatable(
        "The gradient that a backward pass begins with: 1 for a scalar loss, or what "
        "`backward(gradient)` is given."), 1),
    Card("accumulate", translatable("accumulate"), "accumulate", "gradient", translatable(
        "`backward()` adds to `.grad`; it never replaces it. So the next iteration needs "
        "`zero_grad()`."), 10),
    Card("saved", translatable("saved tensors"), "save", None, translatable(
        "What the forward pass keeps because backward needs it. It takes memory until backward "
        "has used it."), 12),
    Card("frozen", translatable("frozen"), "padlock", "no_input_requires_grad", translatable(
        "The parameter's requires_grad is False, so it gets no gradient and does not train."), 9),
    Card("dot", translatable("nothing to decide"), "dot", None, translatable(
        "The line ran, and autograd had nothing to decide there."), 1),
    Card("not_run", translatable("not run"), "not_run", None, translatable(
        "The line did not run. Point at the mark to see why, if the reason is known."), 1),
    Card("warning", translatable("error"), "warning", "cut", translatable(
        "An error was raised here, or a finding is about this line."), 11),
)  # fmt: skip


def meaning(mark: str) -> str:
    """Return what a mark means, named by the key of its card or its glyph; empty without a card."""
    texts = (card.text for card in CARDS if mark in (card.key, card.glyph))
    return unmarked(tr(next(texts, "")))


def in_this_run(card: Card, run: Run) -> str:
    """Return the run's own example of a card; empty if it has none."""
    if card.key in STATUS_STYLES:
        return _of_operations(card, run)
    works = {
        "leaf": _leaf, "grad_fn": _grad_fn, "None": _none, "cut": _cut, "seed": _seed,
        "accumulate": _accumulate, "saved": _saved, "frozen": _frozen,
    }  # fmt: skip
    work = works.get(card.key)
    return "" if work is None else work(run)


def _of_operations(card: Card, run: Run) -> str:
    first = next((o for o in _placed(run) if STATUS_OF_REASON[o.reason] == card.key), None)
    if first is None:
        return ""
    count = sum(n for key, n in status_counts(run).items() if key == card.key)
    text = ngettext(
        "{code} ({line}). {count} operation in all.",
        "{code} ({line}). {count} operations in all.",
        count,
    )
    return text.format(code=_code(run, first), line=line_words(first.spot), count=number(count))


def _placed(run: Run) -> Iterator[Operation]:
    """Yield the operations with a known line, without those that only set up."""
    return iter(run.units_beside_set_up.like(lambda form: form.spot is not None))


def _code(run: Run, operation: Operation) -> str:
    return f"`{run.code(operation)}`"


def _leaf(run: Run) -> str:
    rows = [row for row in run.trace.gradients if run.tensors[row.tensor].is_leaf]
    if not rows:
        return ""
    count = counted(leaf_grads(run))
    text = ngettext(
        "`{name}`. {filled} of {count} leaf has a .grad.",
        "`{name}`. {filled} of {count} leaves have a .grad.",
        count.total,
    )
    filled, total = number(count.filled), number(count.total)
    return text.format(name=rows[-1].name, filled=filled, count=total)


def _grad_fn(run: Run) -> str:
    made = next((o for o in reversed(list(_placed(run))) if o.grad_fn), None)
    if made is None:
        return ""
    names = (run.name(tensor) for tensor in made.outputs)
    value = next((name for name in names if name), None)
    text = tr("`{value}.grad_fn` is `{function}` ({line}).")
    value = value or run.code(made)
    return text.format(value=value, function=made.grad_fn[-1], line=line_words(made.spot))


def _none(run: Run) -> str:
    row = next((row for row in run.trace.gradients if row.grad is None), None)
    text = tr("`{name}.grad` is None: {why}.")
    return "" if row is None else text.format(name=row.name, why=short_why(run, row))


def _cut(run: Run) -> str:
    cuts = [one for one in _placed(run) if one.id in run.cutting]
    text = tr("At {code} ({line}).")
    return text.format(code=_code(run, cuts[0]), line=line_words(cuts[0].spot)) if cuts else ""


def _seed(run: Run) -> str:
    first = next((one for one in run.trace.backward_passes if one.spot is not None), None)
    if first is None:
        return ""
    names = (run.name(root) for root in first.roots)
    root = next((name for name in names if name), None)
    if root is None:
        return ""
    return tr("backward() on {line} begins at `{name}`.").format(
        line=line_words(first.spot), name=root
    )


def _accumulate(run: Run) -> str:
    passes = [one for one in run.trace.backward_passes if one.accumulated_into and one.spot]
    if not passes:
        return ""
    count = len(passes[0].accumulated_into)
    text = ngettext(
        "backward() on {line} added to {count} .grad.",
        "backward() on {line} added to {count} .grads.",
        count,
    )
    return text.format(line=line_words(passes[0].spot), count=number(count))


def _saved(run: Run) -> str:
    most = max(_placed(run), key=lambda one: one.saved_bytes, default=None)
    if most is None or not most.saved_bytes:
        return ""
    text = tr("{code} keeps {size}, the most of all operations.")
    return text.format(code=_code(run, most), size=size(most.saved_bytes))


def _frozen(run: Run) -> str:
    frozen = [row for row in run.trace.gradients if row.why.code == "frozen"]
    text = tr("`{name}`, {count} in all.")
    return text.format(name=frozen[0].name, count=number(len(frozen))) if frozen else ""
