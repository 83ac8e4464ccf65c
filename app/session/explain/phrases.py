"""Parts of sentences: operations with lines, reasons with lines, lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import assert_never

from app.contract.records import BackwardPass, Operation
from app.session.causes.registry import kind_of
from app.session.language import listing, ngettext, number, tr
from app.session.places import on_line
from app.session.run import Run
from app.session.source.code_marks import Style

COPYING = ("tensor", "as_tensor", "asarray", "Tensor")
"""Calls that copy the values of a tensor into a new one."""
_NAMED = 4
"""The number of things that are named; further ones are counted."""
MOST_NAMED = _NAMED + 1
"""So many are all named: one is not counted."""


def joined(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return tr("{parts} and {last}").format(parts=listing(parts[:-1]), last=parts[-1])


def more(count: int) -> str:
    """Return the end of a long list: "12 more"."""
    return tr("{count} more").format(count=number(count))


def listed(parts: Iterable[str]) -> str:
    """Join parts, each once, and count those beyond the first few: "a, b, c, d and 12 more"."""
    unique = list(dict.fromkeys(parts))
    if len(unique) > MOST_NAMED:
        unique = [*unique[:_NAMED], more(len(unique) - _NAMED)]
    return joined(unique)


class Phrases(Style):
    """The parts of sentences about a run."""

    def __init__(self, run: Run, *, marks: bool) -> None:
        super().__init__(marks=marks)
        self.run = run

    def operation(self, op: Operation) -> str:
        """ "lin1(x1) on line 10"."""
        return on_line(self.code(self.run.code(op)), op.spot)

    def operations(self, ops: Iterable[Operation]) -> str:
        return listed(map(self.operation, ops))

    def loss(self, backward: BackwardPass) -> str:
        """Return the root of a backward pass: its name, or the expression that made it."""
        names = []
        for root in backward.roots:
            maker = self.run.producers.get(root)
            name = self.run.name(root) or (self.run.code(maker) if maker else None)
            names.append(tr("the loss") if name is None else self.code(name))
        return listed(names) or tr("the loss")

    def region(self, op: Operation) -> str:
        """Return where recording was off: "under torch.no_grad() (line 9)"."""
        if op.cause is None:
            return tr("under {region}").format(region=self.code(f"torch.{op.reason}()"))
        return kind_of(op.cause).where(op.cause, self)

    def not_recorded(self, op: Operation) -> str:
        """Return a clause about an operation that was not recorded."""
        text = tr("{call} {did}")
        return text.format(call=self.operation(op), did=self._did(op, 1))

    def unrecorded(self, op: Operation) -> str:
        """Return it with a relative clause: "w.item() on line 3, which took the values …"."""
        text = tr("{calls}, which {did}")
        return text.format(calls=self.operation(op), did=self._did(op, 1))

    def cuts(self, ops: Sequence[Operation]) -> list[str]:
        """Operations in a row, those with one reason together, each with a relative clause:
        "z.detach() on line 9, which passed the values on without their history"."""
        said = []
        for _, group in groupby(ops, key=self._stops):
            alike = list(group)
            text = tr("{calls}, which {did}")
            did = self._stops(alike[0], len(alike))
            said.append(text.format(calls=self.operations(alike), did=did))
        return said

    def _stops(self, op: Operation, count: int = 1) -> str:
        """Return why a gradient cannot pass an operation between a tensor and the loss."""
        if op.reason in ("recorded", "no_input_requires_grad"):
            return ngettext(
                "gives a result that cannot carry a gradient",
                "give results that cannot carry a gradient",
                count,
            )
        return self._did(op, count)

    def _did(self, op: Operation, count: int) -> str:
        """Return why it was not recorded, as words that follow its name."""
        match op.reason:
            case "no_grad" | "inference_mode":
                return tr("ran {region}").format(region=self.region(op))
            case "detached" if op.name in COPYING:
                return tr("copied the values without their history")
            case "detached":
                return tr("passed the values on without their history")
            case "to_python":
                return tr("took the values out of torch")
            case "no_input_requires_grad":
                return ngettext(
                    "was not recorded, as no input required grad",
                    "were not recorded, as no input required grad",
                    count,
                )
            case "source":
                return tr("took no tensor in")
            case "recorded":  # of several results, one cannot carry a gradient
                return self._stops(op, count)
            case "not_differentiable" | "unchanged":
                return ngettext("is not differentiable", "are not differentiable", count)
            case _:
                assert_never(op.reason)
