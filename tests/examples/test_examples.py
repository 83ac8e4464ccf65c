"""Every example, traced for real: each line, each reason and each `.grad`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.contract.records import Gradient, Operation, Trace
from app.session import resources
from tests.examples.expected import CONVOLUTIONS, EXPECTED
from tests.support import TraceText

INDEX = json.loads(resources.read_text("examples", "index.json"))["examples"]
FILES = [entry["file"] for entry in INDEX]
PLAIN_RUN = Path(__file__).with_name("plain_run.py")

each_example = pytest.mark.parametrize("file", FILES)


@pytest.fixture(scope="module")
def traces(trace: TraceText) -> dict[str, Trace]:
    """All of them from one server, one after the other, as in a window."""
    return {file: trace(resources.read_text("examples", file)) for file in FILES}


@pytest.fixture(scope="module")
def plain() -> Any:
    """What plain torch prints and leaves in `.grad`, by file."""
    paths = [str(resources.path("examples", file)) for file in FILES]
    return json.loads(subprocess.check_output([sys.executable, PLAIN_RUN, *paths]))


def test_the_index_lists_every_example_once() -> None:
    files = sorted(path.name for path in resources.path("examples").glob("*.py"))
    assert files == FILES == sorted(EXPECTED)
    assert len({entry["title"] for entry in INDEX}) == len(INDEX)
    assert all(entry["description"].endswith(".") for entry in INDEX)


@each_example
def test_it_runs_to_its_end_and_prints_what_plain_torch_prints(
    traces: dict[str, Trace], plain: Any, file: str
) -> None:
    traced = traces[file]
    assert (traced.run.status, traced.error) == ("ok", None)
    assert traced.output.stdout == plain[file]["stdout"]
    assert traced.output.stderr == ""


@each_example
def test_what_became_of_each_line(traces: dict[str, Trace], file: str) -> None:
    lines: dict[int | None, list[str]] = {}
    for operation in calls(traces[file]):
        outcomes = lines.setdefault(operation.line, [])
        if (outcome := in_short(operation)) not in outcomes:
            outcomes.append(outcome)
    assert {line: sorted(o) for line, o in lines.items()} == {
        line: sorted(o) for line, o in EXPECTED[file].lines.items()
    }


@each_example
def test_the_reason_of_each_gradient(traces: dict[str, Trace], file: str) -> None:
    codes = {row.name: row.why.code for row in traces[file].gradients}
    assert codes == EXPECTED[file].gradients


@each_example
def test_each_gradient_is_the_one_that_plain_torch_computes(
    traces: dict[str, Trace], plain: Any, file: str
) -> None:
    by_name = {name: one for one in plain[file]["tensors"] for name in one["names"]}
    for row in traces[file].gradients:
        truth = by_name[row.name]
        assert row.requires_grad == truth["requires_grad"], row.name
        assert row.shape == truth["shape"], row.name
        if row.grad is None:
            assert truth["norm"] is None, row.name
        else:
            assert row.grad.norm == pytest.approx(truth["norm"], rel=1e-6), row.name
            assert row.grad.values == truth["values"], row.name


@each_example
def test_no_leaf_is_missing_in_the_table(traces: dict[str, Trace], plain: Any, file: str) -> None:
    told = {row.name for row in traces[file].gradients}
    for one in plain[file]["tensors"]:
        if one["parameter"] or (one["leaf"] and one["requires_grad"]):
            assert told & set(one["names"]), f"{one['names']} has no row"


def test_the_cut_of_the_three_layers_is_named(traces: dict[str, Trace]) -> None:
    traced = traces["01_three_linear_layers.py"]
    middle = next(o for o in traced.operations if o.line == 10)
    for name in ("lin0.weight", "lin0.bias", "x"):
        why = gradient(traced, name).why
        assert why.cuts == [middle.id]
        assert 9 in why.lines
    assert middle.would_record


def test_the_frozen_network_names_the_line_that_froze_it(traces: dict[str, Trace]) -> None:
    traced = traces["06_frozen_features.py"]
    assert gradient(traced, "model.features.0.weight").why.lines == [40]
    convolutions = [o for o in calls(traced) if o.name == "conv2d"]
    assert len(convolutions) == len(CONVOLUTIONS)
    assert all(o.saved_bytes == 0 for o in convolutions)


def test_nesting_in_the_order_in_which_it_ran(traces: dict[str, Trace]) -> None:
    runs = [o for o in calls(traces["09_inference_mode_nested.py"]) if o.line == 7]
    assert [(o.occurrence, o.cause.line if o.cause else None) for o in runs] == [
        (0, 15),  # inference_mode in no_grad: inference mode is asked first
        (1, 14),
        (2, 19),  # no_grad in inference_mode changes nothing
        (3, 22),
        (4, 19),
        (5, 19),  # enable_grad does not help
        (6, None),  # inference_mode(False) does
        (7, None),
    ]
    assert [o.status for o in runs[6:]] == ["recorded", "recorded"]


def test_the_loop_clears_what_it_accumulates(traces: dict[str, Trace]) -> None:
    traced = traces["10_training_loop.py"]
    assert len(traced.backward_passes) == 5
    last = traced.backward_passes[-1].id
    assert [row.passes for row in traced.gradients] == [[last]] * 4


def calls(traced: Trace) -> Iterator[Operation]:
    """What the snippet itself calls; not what such a call is made of."""
    return (operation for operation in traced.operations if operation.parent is None)


def in_short(operation: Operation) -> str:
    """As `tests.examples.expected` has it."""
    cause = operation.cause
    internal = operation.phase == "optimizer" or _makes_parameters(operation)
    name = "" if internal or operation.status == "source" else f"{operation.name} "
    return f"{name}{operation.reason}" + (f" ({cause.kind}, line {cause.line})" if cause else "")


def _makes_parameters(operation: Operation) -> bool:
    """Whether it fills the tensors of a new layer, as `nn.init` does."""
    return operation.name in ("kaiming_uniform_", "uniform_", "zero_", "fill_")


def gradient(traced: Trace, name: str) -> Gradient:
    return next(row for row in traced.gradients if row.name == name)
