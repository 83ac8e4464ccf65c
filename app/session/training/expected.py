"""Compares what trained with what was expected to: patterns of names, and what breaks them."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from app.contract.records import Training, TrainingGroup, TrainState
from app.session.explain.phrases import listed
from app.session.language import ngettext

Expectation = Literal["trains", "frozen"]
_HOLDS: dict[Expectation, TrainState] = {"trains": "trained", "frozen": "frozen"}


class Broken(NamedTuple):
    """Parameters of one group that are not as expected; the group says why."""

    expectation: Expectation
    names: list[str]
    group: TrainingGroup

    @property
    def title(self) -> str:
        """ "`head.weight` does not train"."""
        count = len(self.names)
        if self.expectation == "trains":
            text = ngettext("{names} does not train", "{names} do not train", count)
        else:
            text = ngettext("{names} is not frozen", "{names} are not frozen", count)
        return text.format(names=listed(f"`{name}`" for name in self.names))


def broken(
    training: Training, expectation: Expectation, tensors: Container[int]
) -> Iterator[Broken]:
    """Yield, for each group, its parameters among `tensors` (ids) that are not as expected."""
    for group in training.groups:
        if group.state != _HOLDS[expectation]:
            pairs = zip(group.names, group.tensors, strict=True)
            if names := [name for name, tensor in pairs if tensor in tensors]:
                yield Broken(expectation, names, group)


def matching(training: Training | None, pattern: str) -> set[int]:
    """Return the parameters (ids) whose name matches: as a whole, or from a dot on."""
    return {
        tensor
        for name, tensor in _parameters(training)
        if fnmatchcase(name, pattern) or fnmatchcase(name, f"*.{pattern}")
    }


def near_names(training: Training | None, pattern: str) -> list[str]:
    """Return the names of up to three parameters that are most like a pattern."""
    names = [name for name, _ in _parameters(training)]
    return difflib.get_close_matches(pattern.replace("*", ""), names, 3, 0.0)


def _parameters(training: Training | None) -> Iterable[tuple[str, int]]:
    for group in training.groups if training is not None else ():
        yield from zip(group.names, group.tensors, strict=True)
