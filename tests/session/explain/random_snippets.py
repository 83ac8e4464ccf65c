"""Random snippets whose every line is one operation that a mode or a detach may cut."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Literal

Cut = Literal["", "no_grad", "detach", "round"]

_FIRST_LINE = 3
_WORDS: dict[Cut, str] = {
    "": "{name} = {expression}",
    "no_grad": "with torch.no_grad(): {name} = {expression}",
    "detach": "{name} = ({expression}).detach()",
    "round": "{name} = ({expression}).to(torch.int64)",
}


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    expression: str
    cut: Cut

    @property
    def text(self) -> str:
        return _WORDS[self.cut].format(name=self.name, expression=self.expression)


@dataclass(frozen=True, slots=True)
class Program:
    """Leaves `p0`, `p1`, ...; then a line for each operation; then backward on the last value."""

    leaves: int
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        leaves = [f"p{n} = torch.ones(2, requires_grad=True)" for n in range(self.leaves)]
        body = [line.text for line in self.lines]
        ending = [f"loss = ({self.lines[-1].name} + anchor).sum()", "loss.backward()"]
        start = ["import torch", "anchor = torch.ones(2, requires_grad=True)"]
        return "\n".join([*start, *leaves, *body, *ending]) + "\n"

    def without_cuts_on(self, numbers: set[int]) -> Program:
        """The same with the operations on these lines (1-based) recorded."""
        first = _FIRST_LINE + self.leaves
        lines = tuple(
            replace(line, cut="") if first + index in numbers else line
            for index, line in enumerate(self.lines)
        )
        return replace(self, lines=lines)


def random_program(seed: int) -> Program:
    source = random.Random(seed)
    leaves = source.randint(1, 4)
    values = [f"p{n}" for n in range(leaves)]
    lines = []
    for number in range(source.randint(2, 14)):
        # Mostly recent values, so that chains come about and not only fans.
        recent = values[-4:] if source.random() < 0.7 else values
        one, other = source.choice(recent), source.choice(values)
        cuts: list[Cut] = ["no_grad", "detach", "round"]
        cut = source.choice(cuts) if source.random() < 0.35 else ""
        name = f"v{number}"
        lines.append(Line(name, f"{one} * 1.5 + {other}", cut))
        values.append(name)
    return Program(leaves, tuple(lines))
