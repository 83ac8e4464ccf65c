"""A change of the recorder changes no document: forty programs, against traces made before."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.contract.records import Trace
from tests.support import TraceText
from tests.tools.recorded import FOLDER, comparable, differences, load, made_with, recorder
from tests.tracer.recorded_programs import PROGRAMS


@pytest.fixture(scope="module")
def traced() -> Iterator[Callable[[str], Trace]]:
    with recorder() as traced:
        yield traced


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_document_is_the_one_recorded_before(traced: Callable[[str], Trace], name: str) -> None:
    before, made = load(name), traced(name)
    if made_with(made) != before.made_with:
        pytest.skip(f"recorded with {before.made_with}, and this is {made_with(made)}")
    for first in differences(before.document, comparable(made)):
        pytest.fail(
            f"{name}: {first}\nIf that is meant to be: python -m tests.tools.recorded {name!r}",
            pytrace=False,
        )


def test_there_are_forty_programs_and_no_other_recordings() -> None:
    assert len(PROGRAMS) == len(list(FOLDER.iterdir())) == 40


@pytest.fixture
def sample(trace: TraceText) -> Trace:
    return trace(*PROGRAMS["values of every size"])


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("$.operations[0].id", lambda d: d["operations"][0].update(id=77)),
        ("$.operations[3].loops", lambda d: d["operations"][3].pop("loops")),
        ("$.tensors[1].extra", lambda d: d["tensors"][1].update(extra=None)),
        ("$.run.seed", lambda d: d["run"].update(seed=0.0)),
        ("$.gradients[0].grad.max", lambda d: d["gradients"][0]["grad"].update(max=1.0)),
        ("$.tensors[0].requires_grad", lambda d: d["tensors"][0].update(requires_grad=1)),
    ],
)
def test_a_difference_has_its_path(sample: Trace, path: str, change: object) -> None:
    assert callable(change)
    before, now = comparable(sample), comparable(sample)
    assert not list(differences(before, now))
    change(now)
    assert [found.path for found in differences(before, now)] == [path]


def test_a_value_too_many_is_a_difference() -> None:
    assert [str(found) for found in differences([1.0], [1.0 + 1e-7, 2])] == [
        "$[1] was (missing) and is 2"
    ]
