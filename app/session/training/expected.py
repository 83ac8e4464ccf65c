"""Compares what trained with what was expected to: patterns of names, and what breaks them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
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
        return title(self.expectation, self.names)


def title(expectation: Expectation, names: list[str]) -> str:
    """Return what these parameters are not: "`head.weight` does not train"."""
    if expectation == "trains":
        text = ngettext("{names} does not train", "{names} do not train", len(names))
    else:
        text = ngettext("{names} is not frozen", "{names} are not frozen", len(names))
    return text.format(names=listed(f"`{name}`" for name in names))


def broken(
    training: Training | None, expectation: Expectation, names: Mapping[int, str]
) -> Iterator[Broken]:
    """Yield, for each group, its parameters among `names` (by id) that are not as expected."""
    for group in training.groups if training is not None else ():
        found = [names[tensor] for tensor in group.tensors if tensor in names]
        if found and group.state != _HOLDS[expectation]:
            yield Broken(expectation, found, group)


def parameters(training: Training | None) -> dict[int, str]:
    """Return the names of all parameters by id."""
    groups = training.groups if training is not None else ()
    return {
        tensor: name
        for group in groups
        for name, tensor in zip(group.names, group.tensors, strict=True)
    }


def matches(name: str, pattern: str) -> bool:
    """Return whether the name of a parameter matches: as a whole, or from a dot on.

    >>> matches("model.head.weight", "head.*"), matches("model.ahead.weight", "head.*")
    (True, False)
    """
    return fnmatchcase(name, pattern) or fnmatchcase(name, f"*.{pattern}")


def near(pattern: str, names: Iterable[str]) -> list[str]:
    """Return up to three names that are most like a pattern."""
    return difflib.get_close_matches(pattern.replace("*", ""), list(names), 3, 0.0)
