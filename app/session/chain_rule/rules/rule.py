"""An entry of the table of rules."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.session.chain_rule.expressions import expression, names_in


@dataclass(frozen=True, slots=True)
class NodeRule:
    """What a node does: expressions (`app.session.chain_rule.expressions`) and a sentence.

    `backward` has an expression for the gradient of each input, in the order of the node's
    `next_functions`; with one entry that begins with "*", for each of any number.
    `only` has settings of the node without which the rule does not hold; a tensor that the node
    saved is True there, one that it did not save None.
    """

    forward: str
    words: str
    backward: Mapping[str, str]
    only: Mapping[str, Any]

    def inputs(self, count: int) -> list[str]:
        """Return the names of so many inputs.

        >>> rule("cat(tensors)", "", tensors="*part(grad)").inputs(2)
        ['tensors[0]', 'tensors[1]']
        """
        (first, text), *_ = self.backward.items()
        if text.startswith("*"):
            return [f"{first}[{place}]" for place in range(count)]
        return list(self.backward)

    def of_input(self, name: str) -> str:
        return self.backward[name.partition("[")[0]].removeprefix("*")

    def is_linear(self, settings: Mapping[str, Any]) -> bool:
        """Return whether gradients are only moved, added and scaled by the settings.

        Other rules do not hold for complex numbers, as torch takes the conjugate of the factors.
        """
        texts = (text.removeprefix("*") for text in self.backward.values())
        return not any(names_in(expression(text, settings)) for text in texts)

    def holds(self, settings: Mapping[str, Any]) -> bool:
        return all(settings.get(name) == value for name, value in self.only.items())


def known_of(
    settings: Mapping[str, Any], given: Sequence[int], arrived: Sequence[int]
) -> dict[str, Any]:
    """Return the settings of a node with what follows from shapes: that of its first input, and
    that of the gradient that arrived.

    `count` is how many numbers each number of the result was computed from; `whole` says whether
    the result is one number.
    """
    count = round(math.prod(given) / max(1, math.prod(arrived)))
    known = {**settings, "count": count, "whole": not arrived}
    if known.get("correction", 0) is None:
        known["correction"] = 1  # as torch takes it
    return known


def rule(
    forward: str, words: str, only: Mapping[str, Any] | None = None, /, **backward: str
) -> NodeRule:
    return NodeRule(forward, words, backward, only or {})
